//! Reads the tables `[cme]` and `[dhcp]`.

use adr_diagnostic::Diagnostic;

use super::layer::Layer;
use crate::cme::{Cme, RuleUrl};
use crate::dhcp::DhcpOption;
use crate::finding::{HOST_IN_OPTION_150, INHERITED_DHCP_OPTION};
use crate::names::Role;
use crate::reader::{Entry, Reader, Table};
use crate::server::Server;

/// Most templates of CME.
const TEMPLATES: u32 = 10;

/// The table `[cme]` of all PCs or of a site.
#[derive(Clone, Debug)]
pub(super) struct CmeLayer {
    template: Option<u8>,
    application_rules: Option<RuleUrl>,
    lookup_rules: Option<RuleUrl>,
}

impl CmeLayer {
    /// These settings, and those of `base` where these have none.
    pub(super) fn over(self, base: Self) -> Self {
        Self {
            template: self.template.or(base.template),
            application_rules: self.application_rules.or(base.application_rules),
            lookup_rules: self.lookup_rules.or(base.lookup_rules),
        }
    }

    /// The settings; `None` if they have no URL.
    pub(super) fn settings(self) -> Option<Cme> {
        let Self { template, application_rules, lookup_rules } = self;
        let has_url = application_rules.is_some() || lookup_rules.is_some();
        template.filter(|_| has_url).map(|template| Cme {
            template,
            application_rules,
            lookup_rules,
        })
    }
}

/// Reads the table. That of all PCs needs a template, and sites can have another one.
pub(super) fn cme(reader: &mut Reader, entry: &Entry<'_>, is_site: bool) -> Option<CmeLayer> {
    let known = ["application_rules", "lookup_rules", "template"];
    let table = entry.table(reader, &known, "a table with `template`")?;
    let url = |key, reader: &mut Reader| {
        table.get(key).and_then(|entry| entry.checked(reader, |text| RuleUrl::new(text).ok_or(URL)))
    };
    let application_rules = url("application_rules", reader);
    let lookup_rules = url("lookup_rules", reader);
    let template = table.get("template");
    if template.is_none() && !is_site {
        let help = "write the number of a `voice register template`, such as `template = 1`";
        entry.report(reader, "`cme` has no `template`".to_owned(), help);
    }
    let template = template.and_then(|entry| entry.number(reader, 1..=TEMPLATES));
    let template = template.and_then(|number| u8::try_from(number).ok());
    Some(CmeLayer { template, application_rules, lookup_rules })
}

const URL: &str = "a router takes `http://`, `https://` or `tftp://` and at most 220 ASCII \
                   characters without spaces, quotes, `?` and `\\`";

pub(super) fn dhcp(reader: &mut Reader, entry: &Entry<'_>) -> Option<Vec<DhcpOption>> {
    let table = entry.table(reader, &["options"], "a table with `options`")?;
    let Some(options) = table.get("options") else {
        return Some(vec![DhcpOption::ServerName, DhcpOption::ServerAddresses]);
    };
    let list = options.list(reader, "a list, such as `[150, 66]`")?;
    let option = |item: &Entry<'_>| match item.number(reader, 66..=150)? {
        66 => Some(DhcpOption::ServerName),
        150 => Some(DhcpOption::ServerAddresses),
        other => {
            let message = format!("option {other} does not name TFTP servers");
            item.report(reader, message, "write 66 or 150");
            None
        }
    };
    let mut options: Vec<_> = list.iter().filter_map(option).collect();
    options.sort_unstable();
    options.dedup();
    Some(options)
}

/// Reports TFTP servers that option 150 leaves out, where `table` names them or the option.
///
/// `layer` has also what the table does not name itself, and `base` is that of all PCs.
pub(super) fn report_hosts(reader: &mut Reader, table: &Table<'_>, layer: &Layer, base: &Layer) {
    let place = table.get("servers").or_else(|| table.get("dhcp"));
    let Some(place) = place.map(|entry| entry.key_span(reader)) else { return };
    let help = match base.has_option(DhcpOption::ServerAddresses) {
        true => HOST_HELP_FOR_ALL,
        false => HOST_HELP,
    };
    let options = layer.dhcp.iter().flatten();
    if !options.into_iter().any(|option| *option == DhcpOption::ServerAddresses) {
        return;
    }
    let servers = layer.servers.get(&Role::Tftp).into_iter().flatten();
    for host in servers.filter(|server| server.ipv4().is_none()) {
        reader.push(left_out(host).at(place).with_help(help));
    }
}

const HOST_HELP: &str = "write the address, or use option 66 alone: `options = [66]`";

/// A site inherits option 150 of all PCs, so that it cannot use option 66 alone.
const HOST_HELP_FOR_ALL: &str = "write the address, or use option 66 alone, in `[dhcp]` of all PCs \
                                 and of each site: `options = [66]`";

fn left_out(server: &Server) -> Diagnostic {
    let message = format!("option 150 has IPv4 addresses only, so it leaves out `{server}`");
    HOST_IN_OPTION_150.found(message)
}

/// Reports options that all PCs have and a site does not, where the `table` of the site names its
/// options or servers. DHCP servers give a subnet each option that it does not set itself.
pub(super) fn report_inherited(
    reader: &mut Reader,
    table: &Table<'_>,
    layer: &Layer,
    base: &Layer,
) {
    let place = table.get("dhcp").or_else(|| table.get("servers"));
    let Some(place) = place.map(|entry| entry.key_span(reader)) else { return };
    for option in [DhcpOption::ServerAddresses, DhcpOption::ServerName] {
        if !base.has_option(option) || layer.has_option(option) {
            continue;
        }
        let number = option.number();
        let value = match option {
            DhcpOption::ServerAddresses => "an IPv4 address in `servers.tftp`",
            DhcpOption::ServerName => "a server in `servers.tftp`",
        };
        let message = format!(
            "the site has no option {number}, so its phones get option {number} of all PCs"
        );
        let help = format!(
            "give the site option {number} and {value}, or remove option {number} from `[dhcp]` of \
             all PCs and write it at each site that needs it"
        );
        reader.push(INHERITED_DHCP_OPTION.found(message).at(place).with_help(help));
    }
}
