//! What `adrc serve` is told: a file in TOML, over it the flags, under both the defaults.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use adr_server::{
    HTTP_PORT, Limits, Settings as ServerSettings, TFTP_PORT, TlsFiles, UpstreamServer,
    renamed_setting,
};
use adr_watcher::sources::{Input, read_file, recognise};
use adr_watcher::watch::Timing;
use ipnet::IpNet;
use rustix::thread::{CapabilitySet, CapabilitySets};
use serde::Deserialize;

use super::Serve;
use super::address::{Address, Admin, HttpAddress, HttpsAddress, TftpAddress};
use super::log::LogFormat;
use crate::failure::Failure;

/// Most bytes of a configuration file.
const FILE_BYTES: u64 = 1 << 20;

/// The port of TFTP where this process may not have 69.
const UNPRIVILEGED_TFTP_PORT: u16 = 6969;

/// The admin port where nobody names another one.
const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 6980);

/// Every address, of both kinds.
const EVERYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

/// Everything that is told, put together.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What is served.
    pub(crate) source: Source,
    /// What the server is told.
    pub(crate) server: ServerSettings,
    /// Whether nobody named addresses for TFTP, so that those in `server` are our own choice.
    pub(crate) is_tftp_default: bool,
    /// The same for HTTP.
    pub(crate) is_http_default: bool,
    /// Where the admin port listens; `None` where it is off.
    pub(crate) admin: Option<SocketAddr>,
    /// Whether `POST /-/reload` is answered.
    pub(crate) admin_reload: bool,
    /// How the log is written.
    pub(crate) log: LogFormat,
    /// How soon changes of files are noticed; `None` where nobody watches.
    pub(crate) watch: Option<Timing>,
}

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Rule sources, compiled here, and published into a folder where one is named.
    Rules {
        /// As on the command line.
        paths: Vec<String>,
        /// The published folder.
        publish: Option<PathBuf>,
    },
    /// A folder that somebody else publishes.
    Tree(PathBuf),
}

/// The configuration file. Paths in it are relative to its folder.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    paths: Vec<PathBuf>,
    tree: Option<PathBuf>,
    publish: Option<PathBuf>,
    tftp: Vec<TftpAddress>,
    http: Vec<HttpAddress>,
    https: Vec<HttpsAddress>,
    tls: Option<TlsFiles>,
    admin: Option<Admin>,
    admin_reload: bool,
    log: Option<LogFormat>,
    watch: Option<bool>,
    case_insensitive: bool,
    trusted_proxies: Vec<IpNet>,
    exempt: Option<Vec<IpNet>>,
    root: Option<PathBuf>,
    upstream: Vec<UpstreamServer>,
    deny: Option<Vec<String>>,
    limits: Limits,
}

impl Settings {
    /// Reads the configuration file, if one is named, and lays the flags over it.
    pub(crate) fn of(serve: &Serve) -> Result<Self, Failure> {
        let file = serve.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
        let source = source(serve, &file)?;
        let tftp = chosen(&serve.tftp, &file.tftp);
        let http = chosen(&serve.http, &file.http);
        let admin = serve.admin.or(file.admin).unwrap_or(Admin::At(ADMIN));
        let settings = Self {
            source,
            is_tftp_default: tftp.is_empty(),
            is_http_default: http.is_empty(),
            server: ServerSettings {
                tftp: if tftp.is_empty() { everywhere(tftp_port()) } else { tftp },
                http: if http.is_empty() { everywhere(HTTP_PORT) } else { http },
                https: chosen(&serve.https, &file.https),
                tls: file.tls,
                case_insensitive: file.case_insensitive,
                trusted_proxies: file.trusted_proxies,
                exempt: file.exempt.unwrap_or_else(|| ServerSettings::default().exempt),
                root: serve.root.clone().or(file.root),
                upstream: if serve.upstream.is_empty() {
                    file.upstream
                } else {
                    serve.upstream.clone()
                },
                deny: file.deny.unwrap_or_else(|| ServerSettings::default().deny),
                limits: file.limits,
            },
            admin: match admin {
                Admin::At(address) => Some(address),
                Admin::Off => None,
            },
            admin_reload: serve.admin_reload || file.admin_reload,
            log: serve.log.or(file.log).unwrap_or_default(),
            watch: (!serve.no_watch && file.watch.unwrap_or(true)).then(|| serve.timing.timing()),
        };
        settings.server.check().map_err(|wrong| {
            let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
            Failure::new(wrong.join("; "), "")
        })?;
        Ok(settings)
    }
}

impl File {
    fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.to_string_lossy();
        let bytes =
            read_file(&shown, FILE_BYTES).map_err(|error| Failure::reading(&shown, error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("{shown}: this is not UTF-8"), "save it as UTF-8"))?;
        let mut file: Self = toml::from_str(&text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let (line, column) = place_of(&text, span.start);
            let former = text.get(span).unwrap_or_default();
            let help = renamed_setting(former).map_or_else(
                || "docs/operations.md describes every setting".to_owned(),
                |name| format!("did you mean `{name}`? `{former}` is its former name"),
            );
            Failure::new(format!("{shown}:{line}:{column}: {}", error.message()), help)
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in file.own_paths() {
            *path = folder.join(&*path);
        }
        Ok(file)
    }

    fn own_paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut();
        let tls = tls.flat_map(|tls| [&mut tls.certificate, &mut tls.key]);
        let folders = [&mut self.tree, &mut self.publish, &mut self.root];
        let folders = folders.into_iter().flatten();
        self.paths.iter_mut().chain(folders).chain(tls)
    }
}

/// Line and column of a byte, from 1.
fn place_of(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

fn source(serve: &Serve, file: &File) -> Result<Source, Failure> {
    let said = !serve.paths.is_empty() || serve.tree.is_some();
    let (paths, tree) = if said {
        (serve.paths.clone(), serve.tree.clone())
    } else {
        let paths = file.paths.iter().map(|path| path.to_string_lossy().into_owned());
        (paths.collect(), file.tree.clone())
    };
    let publish = serve.publish.clone().or_else(|| file.publish.clone());
    match (tree, paths.as_slice()) {
        (Some(tree), []) => Ok(Source::Tree(tree)),
        (Some(_), _) => Err(Failure::new(
            "`paths` and `tree` are both named, and only one of them is served",
            "leave one out",
        )),
        (None, []) => Err(Failure::new(
            "nothing to serve is named",
            "name rule sources, or a published folder with --tree DIR",
        )),
        (None, _) => match recognise(&paths)? {
            Input::Book(_) => Ok(Source::Rules { paths, publish }),
            Input::Published(folder) => Ok(Source::Tree(folder.into())),
            Input::Deployed(_) => Err(Failure::new(
                format!("{}: a deployed file tells neither sites nor networks", paths.join(" ")),
                "make rule sources of it with `adrc import`, and serve those",
            )),
        },
    }
}

fn chosen<const PORT: u16>(flags: &[Address<PORT>], file: &[Address<PORT>]) -> Vec<SocketAddr> {
    let chosen = if flags.is_empty() { file } else { flags };
    chosen.iter().map(|address| address.0).collect()
}

fn everywhere(port: u16) -> Vec<SocketAddr> {
    EVERYWHERE.map(|address| SocketAddr::new(address, port)).into()
}

fn tftp_port() -> u16 {
    let capabilities = rustix::thread::capabilities(None);
    let may_have_69 =
        |sets: CapabilitySets| sets.effective.contains(CapabilitySet::NET_BIND_SERVICE);
    if capabilities.is_ok_and(may_have_69) { TFTP_PORT } else { UNPRIVILEGED_TFTP_PORT }
}

impl Source {
    /// Whether generations are published into a folder from here.
    pub(crate) fn publishes(&self) -> bool {
        matches!(self, Self::Rules { publish: Some(_), .. })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules { paths, .. } => f.write_str(&paths.join(" ")),
            Self::Tree(folder) => folder.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns() {
        let text = "a = 1\nβ = 2\n";
        assert_eq!(place_of(text, 0), (1, 1));
        assert_eq!(place_of(text, 6), (2, 1));
        assert_eq!(place_of(text, 8), (2, 2));
        assert_eq!(place_of(text, 99), (3, 1));
    }
}
