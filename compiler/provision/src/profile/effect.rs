//! Reports settings that no file has, and files that only some can use.

use adr_diagnostic::{Diagnostic, visible};

use super::layer::Layer;
use crate::finding::{NOT_IN_TEMPLATE, SCRIPT_NEEDS_ADMINISTRATOR, SETTING_WITHOUT_EFFECT};
use crate::jabber::Mode;
use crate::key::Key;
use crate::names::Role;
use crate::reader::{Entry, Reader, Table};

/// A setting that can be without effect.
struct Setting {
    /// Its table and, if it is a setting of this, its key.
    table: &'static str,
    key: Option<&'static str>,
    /// Whether the settings of all PCs or of a site use it.
    is_used: fn(&Layer) -> bool,
    message: &'static str,
    help: &'static str,
}

const SETTINGS: [Setting; 3] = [
    Setting {
        table: "jabber",
        key: Some("configuration_host"),
        is_used: |layer| {
            layer.jabber.as_ref().is_none_or(|jabber| jabber.mode == Some(Mode::Phone))
        },
        message: "no file has `configuration_host`, which only the phone mode has",
        help: "write `mode = \"phone\"`, or remove it",
    },
    Setting {
        table: "dhcp",
        key: None,
        is_used: |layer| {
            let servers = layer.servers.get(&Role::Tftp);
            servers.is_some_and(|servers| !servers.is_empty())
                && layer.dhcp.as_ref().is_none_or(|options| !options.is_empty())
        },
        message: "no DHCP file is written: there is no TFTP server, or no option",
        help: "write `servers.tftp`, and options such as `options = [150, 66]`",
    },
    Setting {
        table: "cme",
        key: None,
        is_used: |layer| layer.cme.clone().is_none_or(|cme| cme.settings().is_some()),
        message: "no file for CME is written: there is no URL",
        help: "write `application_rules` or `lookup_rules`",
    },
];

/// Reports what `layers` do not use, for all PCs and for each site, where `table` has it; nothing
/// if the profile has errors.
///
/// What all PCs have is used if one site uses it.
pub(super) fn report(reader: &mut Reader, table: &Table<'_>, layers: &[(Option<String>, Layer)]) {
    if reader.has_errors() {
        return;
    }
    for setting in &SETTINGS {
        for (site, layer) in layers {
            let Some(entry) = entry(table, site.as_deref(), setting) else { continue };
            let is_used = match site {
                Some(_) => (setting.is_used)(layer),
                None => layers.iter().any(|(_, layer)| (setting.is_used)(layer)),
            };
            if !is_used {
                let found = SETTING_WITHOUT_EFFECT.found(setting.message);
                reader.push(found.at(entry.key_span(reader)).with_help(setting.help));
            }
        }
    }
    report_notes(reader, table, layers);
}

fn entry<'t>(table: &Table<'t>, site: Option<&str>, setting: &Setting) -> Option<Entry<'t>> {
    let table = of_site(table, site)?;
    match setting.key {
        Some(key) => table.sub_table(setting.table)?.get(key),
        None => table.get(setting.table),
    }
}

/// The table of a site, or that of all PCs.
fn of_site<'t>(table: &Table<'t>, site: Option<&str>) -> Option<Table<'t>> {
    match site {
        Some(site) => table.sub_table("site")?.sub_table(site),
        None => Some(table.clone()),
    }
}

/// Reports each note about the keys once, at its first place.
fn report_notes(reader: &mut Reader, table: &Table<'_>, layers: &[(Option<String>, Layer)]) {
    let mut at_first = |keys: &[&str], is: fn(&Layer) -> bool, found: Diagnostic| {
        let mut places = layers.iter().filter(|(_, layer)| is(layer));
        let place = places.find_map(|(site, _)| {
            let table = of_site(table, site.as_deref())?;
            keys.iter().find_map(|key| table.get(key))
        });
        if let Some(entry) = place {
            reader.push(found.at(entry.key_span(reader)));
        }
    };
    let own = ["keys", "servers", "values"];
    let message = "an ordinary user cannot write the key of the policies, so `logon.bat`, \
                   `csf.ps1` and the scripts of Intune fail for it";
    let help = "write `keys = [\"policies\"]` if you use Intune's settings, the template or the \
                preferences, and `keys = [\"plain\"]` for scripts";
    let found = SCRIPT_NEEDS_ADMINISTRATOR.found(message).with_help(help);
    at_first(&own, |layer| layer.keys.is_none() && layer.sets_policies(), found);
    let message = "the administrative template and Intune's settings set the key of the policies, \
                   and not the plain key";
    let help = "use the other files for the plain key, such as `intune/remediate.ps1`";
    let found = NOT_IN_TEMPLATE.found(message).with_help(help);
    at_first(&own, sets_plain_key, found);
    let message = format!(
        "the administrative template and Intune's settings do not have `{}`, which starts the core",
        visible(crate::key::RUN_NAME)
    );
    let help = "use the other files to start the core, such as `intune/remediate.ps1`";
    at_first(
        &["core"],
        |layer| layer.core.is_some(),
        NOT_IN_TEMPLATE.found(message).with_help(help),
    );
}

fn sets_plain_key(layer: &Layer) -> bool {
    let servers = layer.servers.values().any(|servers| !servers.is_empty());
    let has_values = servers || !layer.values.is_empty();
    has_values && layer.keys.as_ref().is_some_and(|keys| keys.contains(&Key::Plain))
}
