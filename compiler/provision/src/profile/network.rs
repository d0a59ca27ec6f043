//! Reads the tables `[cme]` and `[dhcp]`.

use adr_diagnostic::Diagnostic;

use super::layer::Layer;
use crate::cme::{Cme, RuleUrl};
use crate::dhcp::DhcpOption;
use crate::finding::HOST_IN_OPTION_150;
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
/// `layer` has also what the table does not name itself.
pub(super) fn report_hosts(reader: &mut Reader, table: &Table<'_>, layer: &Layer) {
    let place = table.get("servers").or_else(|| table.get("dhcp"));
    let Some(place) = place.map(|entry| entry.key_span(reader)) else { return };
    let options = layer.dhcp.iter().flatten();
    if !options.into_iter().any(|option| *option == DhcpOption::ServerAddresses) {
        return;
    }
    let servers = layer.servers.get(&Role::Tftp).into_iter().flatten();
    for host in servers.filter(|server| server.ipv4().is_none()) {
        reader.push(left_out(host).at(place));
    }
}

fn left_out(server: &Server) -> Diagnostic {
    let message = format!("option 150 has IPv4 addresses only, so it leaves out `{server}`");
    let help = "write the address, or use option 66 alone: `options = [66]`";
    HOST_IN_OPTION_150.found(message).with_help(help)
}
