//! The settings of `adrc serve`: options override the settings file, which overrides the defaults.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use adr_cucm_sync::live;
use adr_daemon::Source;
use adr_daemon::address::{Address, Admin};
use adr_daemon::config::ConfigFile;
use adr_daemon::serve::Settings;
use adr_server::{HTTP_PORT, Settings as ServerSettings, TFTP_PORT};
use adr_watcher::sources::{Input, recognize};

use super::Serve;
use crate::console::Console;
use crate::failure::Failure;
use crate::platform::may_bind_low_ports;
use crate::target::{Target, target};

/// The port of TFTP where this process may not bind port 69.
const UNPRIVILEGED_TFTP_PORT: u16 = 6969;

/// The default address of the admin port.
const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 6980);

/// All IPv4 and all IPv6 addresses.
const EVERYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

impl Serve {
    /// Reads the settings file, if there is one, and applies the options.
    pub(super) fn settings(&self, console: &Console) -> Result<Settings, Failure> {
        let file = self.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let cluster = self.config.as_deref().map(|path| (path, file.follow.as_ref()));
        let cluster = self.live.cluster(cluster);
        let nodes = self.nodes.of_node(self.config.as_deref(), self.publishing.keep, console)?;
        let target = self.target(&file, cluster.is_some() || nodes.is_some())?;
        let source = self.source(&file, &target, cluster, nodes.is_some())?;
        let nodes = nodes.map(|cluster| cluster.nodes(&self.node, source.folder())).transpose()?;
        let admin = match self.admin.or(file.admin).unwrap_or(Admin::At(ADMIN)) {
            Admin::At(address) => Some(address),
            Admin::Off => None,
        };
        let is_watched = !self.no_watch && file.watch.unwrap_or(true);
        let settings = Settings {
            source,
            is_tftp_default: self.tftp.is_empty() && file.tftp.is_empty(),
            is_http_default: self.http.is_empty() && file.http.is_empty(),
            admin,
            admin_hosts: file.admin_hosts.clone(),
            admin_reload: self.admin_reload || file.admin_reload,
            log: self.log.or(file.log).unwrap_or_default(),
            watch: is_watched.then(|| self.timing.timing()),
            levels: self.levels.levels(&target),
            publishing: self.publishing.of_daemon(&self.signing),
            nodes,
            server: self.server(file),
        };
        settings.check()?;
        Ok(settings)
    }

    fn server(&self, file: ConfigFile) -> ServerSettings {
        let default = ServerSettings::default();
        let tftp = chosen(&self.tftp, &file.tftp);
        let http = chosen(&self.http, &file.http);
        let flags = &self.upstream;
        ServerSettings {
            tftp: if tftp.is_empty() { everywhere(tftp_port()) } else { tftp },
            http: if http.is_empty() { everywhere(HTTP_PORT) } else { http },
            https: chosen(&self.https, &file.https),
            tls: file.tls,
            case_insensitive: file.case_insensitive,
            trusted_proxies: file.trusted_proxies,
            exempt: file.exempt.unwrap_or(default.exempt),
            root: self.root.clone().or(file.root),
            upstream: if flags.is_empty() { file.upstream } else { flags.clone() },
            deny: file.deny.unwrap_or(default.deny),
            limits: file.limits,
        }
    }

    /// The paths of the command line, of the configuration, or else the plan of the project.
    fn target(&self, file: &ConfigFile, needs_no_paths: bool) -> Result<Target, Failure> {
        let paths: Vec<String> = match self.paths.is_empty() {
            true => file.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            false => self.paths.clone(),
        };
        let target = target(&paths)?;
        match paths.is_empty() && target.is_current_folder() {
            false => Ok(target),
            true if needs_no_paths => Ok(Target { paths: Vec::new(), ..target }),
            true => Err(Failure::new(
                "there is nothing to serve",
                "name rule sources, or a published folder",
            )),
        }
    }

    fn source(
        &self,
        file: &ConfigFile,
        target: &Target,
        cluster: Option<live::Settings>,
        is_node: bool,
    ) -> Result<Source, Failure> {
        let paths = target.paths.clone();
        let publish = self.publish.as_ref().or(file.publish.as_ref()).or(target.publish.as_ref());
        let publish = publish.cloned();
        if is_node && paths.is_empty() && cluster.is_none() {
            // a node without rule sources serves what others publish
            return publish.map(Source::Published).ok_or_else(no_folder_of_node);
        }
        match recognize(&paths)? {
            Input::Plan(_) if is_node && publish.is_none() => Err(no_folder_of_node()),
            Input::Plan(_) => {
                let cluster = cluster.map(Box::new);
                Ok(Source::Rules { paths, publish, cluster })
            }
            Input::Published(folder) if publish.is_none() && cluster.is_none() => {
                Ok(Source::Published(folder.into()))
            }
            Input::Published(folder) => Err(Failure::new(
                format!("{folder}: this folder is already published"),
                "leave --publish and --cucm out, or name the rule sources",
            )),
            Input::Deployed(_) => Err(Failure::new(
                format!("{}: a deployed file has neither sites nor networks", paths.join(" ")),
                "convert it to rule source with `adrc import`, and serve that",
            )),
        }
    }
}

fn no_folder_of_node() -> Failure {
    Failure::new(
        "a node of a cluster needs a folder",
        "name one with --publish DIR; the node serves from it while the cluster does not answer",
    )
}

fn chosen<const PORT: u16>(flags: &[Address<PORT>], file: &[Address<PORT>]) -> Vec<SocketAddr> {
    let chosen = if flags.is_empty() { file } else { flags };
    chosen.iter().map(|address| address.0).collect()
}

fn everywhere(port: u16) -> Vec<SocketAddr> {
    EVERYWHERE.map(|address| SocketAddr::new(address, port)).into()
}

fn tftp_port() -> u16 {
    if may_bind_low_ports() { TFTP_PORT } else { UNPRIVILEGED_TFTP_PORT }
}
