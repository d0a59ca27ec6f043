//! The settings of all PCs or of one site, before they are merged.

use std::collections::BTreeMap;

use adr_diagnostic::{Span, visible};

use super::network::{self, CmeLayer};
use super::{jabber, places::Places};
use crate::core_start::CoreStart;
use crate::dhcp::DhcpOption;
use crate::finding::{EQUAL_SERVERS, INVALID_PROFILE_VALUE, INVALID_SERVER, UNVERIFIED_NAME};
use crate::jabber::Jabber;
use crate::key::Key;
use crate::names::{Kind, Names, Role};
use crate::plain_text::PlainText;
use crate::reader::{Entry, Reader, Table, shortened};
use crate::server::Server;
use crate::setting::{SettingName, SettingValue, Settings};

/// Keys that a profile and a site have.
pub(super) const KEYS: &[&str] = &["cme", "core", "dhcp", "jabber", "keys", "servers", "values"];

/// Settings of all PCs or of one site. What is `None` is not written there.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    pub(super) keys: Option<Vec<Key>>,
    pub(super) servers: BTreeMap<Role, Vec<Server>>,
    pub(super) values: Settings,
    pub(super) jabber: Option<Jabber>,
    pub(super) cme: Option<CmeLayer>,
    pub(super) dhcp: Option<Vec<DhcpOption>>,
    pub(super) core: Option<CoreStart>,
    pub(super) places: Places,
}

/// What a value takes in memory beside its name and text, about, in bytes.
pub(super) const VALUE_SIZE: usize = 64;

impl Layer {
    /// Reads the settings of a profile or of a site, and reports what is wrong.
    pub(super) fn read(
        reader: &mut Reader,
        table: &Table<'_>,
        names: &Names,
        is_site: bool,
    ) -> Self {
        let keys = table.get("keys").and_then(|entry| keys(reader, &entry));
        let servers = table.get("servers").map(|entry| servers(reader, &entry, names));
        let mut places = Places::default();
        let values =
            table.get("values").map(|entry| values(reader, &entry, names, &mut places.values));
        let jabber =
            table.get("jabber").and_then(|entry| jabber::read(reader, &entry, &mut places.jabber));
        let cme = table.get("cme").and_then(|entry| network::cme(reader, &entry, is_site));
        let dhcp = table.get("dhcp").and_then(|entry| network::dhcp(reader, &entry));
        let core = table.get("core").and_then(|entry| core(reader, &entry));
        let servers = servers.unwrap_or_default();
        let values = values.unwrap_or_default();
        Self { keys, servers, values, jabber, cme, dhcp, core, places }
    }

    /// What its values and servers take in memory, about, in bytes.
    pub(super) fn size(&self) -> usize {
        let values = self.values.iter();
        let values = values.map(|(name, value)| name.as_str().len() + value.as_str().len());
        let servers = self.servers.values().flatten().map(|server| server.to_string().len());
        values.chain(servers).map(|length| length + VALUE_SIZE).sum()
    }

    /// The keys that it writes: that of the policies by default.
    pub(super) fn keys(&self) -> &[Key] {
        self.keys.as_deref().unwrap_or(&[Key::Policies])
    }

    /// What it writes into its keys: values, and servers by the names of their roles.
    pub(super) fn settings(&self, names: &Names) -> Settings {
        let mut settings = self.values.clone();
        for role in Role::ALL {
            let servers = self.servers.get(&role).into_iter().flatten();
            for (known, server) in names.of_role(role).zip(servers) {
                if let Ok(value) = SettingValue::new(server.to_string()) {
                    settings.insert(known.name.clone(), value);
                }
            }
        }
        settings
    }

    /// Whether it sets values of the key of the policies, which is the default.
    pub(super) fn sets_policies(&self) -> bool {
        let servers = self.servers.values().any(|servers| !servers.is_empty());
        self.keys().contains(&Key::Policies) && (servers || !self.values.is_empty())
    }

    /// Whether it gives an option a value: option 150 needs an address, option 66 a server.
    pub(super) fn has_option(&self, option: DhcpOption) -> bool {
        let mut servers = self.servers.get(&Role::Tftp).into_iter().flatten();
        self.dhcp.iter().flatten().any(|it| *it == option)
            && match option {
                DhcpOption::ServerAddresses => servers.any(|server| server.ipv4().is_some()),
                DhcpOption::ServerName => servers.next().is_some(),
            }
    }

    /// These settings, and those of `base` where these have none.
    pub(super) fn over(self, base: Self) -> Self {
        let mut servers = base.servers;
        servers.extend(self.servers);
        let both = |(name, value): (&SettingName, &SettingValue)| (name.clone(), value.clone());
        let values = base.values.iter().chain(self.values.iter()).map(both).collect();
        let jabber = match (self.jabber, base.jabber) {
            (Some(own), Some(base)) => Some(own.over(base)),
            (own, base) => own.or(base),
        };
        Self {
            keys: self.keys.or(base.keys),
            servers,
            values,
            jabber,
            cme: match (self.cme, base.cme) {
                (Some(own), Some(base)) => Some(own.over(base)),
                (own, base) => own.or(base),
            },
            dhcp: self.dhcp.or(base.dhcp),
            core: self.core.or(base.core),
            places: self.places.over(base.places),
        }
    }
}

const KEY_WORDS: &[(&str, Key)] = &[("policies", Key::Policies), ("plain", Key::Plain)];

fn keys(reader: &mut Reader, entry: &Entry<'_>) -> Option<Vec<Key>> {
    let list = entry.list(reader, "a list, such as `[\"policies\"]`")?;
    let mut keys: Vec<_> = list.iter().filter_map(|item| item.word(reader, KEY_WORDS)).collect();
    if list.is_empty() {
        let help = "write `policies`, `plain`, or both";
        entry.report(reader, "`keys` is empty".to_owned(), help);
    }
    keys.sort_unstable();
    keys.dedup();
    Some(keys)
}

fn servers(reader: &mut Reader, entry: &Entry<'_>, names: &Names) -> BTreeMap<Role, Vec<Server>> {
    let words = Role::ALL.map(Role::word);
    let Some(table) = entry.table(reader, &words, "a table of lists") else {
        return BTreeMap::new();
    };
    let mut servers = BTreeMap::new();
    for role in Role::ALL {
        let Some(entry) = table.get(role.word()) else { continue };
        let Some(list) = entry.list(reader, "a list of hosts or addresses in quotes") else {
            continue;
        };
        let limit = names.of_role(role).count();
        if let Some(more) = list.get(limit) {
            let message = format!("`servers.{}` has more than {limit} servers", role.word());
            let found = INVALID_PROFILE_VALUE.found(message).at(more.span(reader));
            let help = "remove it, or add the name that it gets to `[names]`, with its `role`";
            reader.push(found.with_help(help));
        }
        servers.insert(role, distinct(reader, &list));
    }
    servers
}

/// Reads servers; reports those that are equal to one before.
fn distinct(reader: &mut Reader, list: &[Entry<'_>]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    for item in list {
        let Some(server) = server(reader, item) else { continue };
        if servers.contains(&server) {
            let message = format!("`{server}` is listed twice, so no other server takes over");
            let found = EQUAL_SERVERS.found(message).at(item.span(reader));
            reader.push(found.with_help("write another server, or one server only"));
        }
        servers.push(server);
    }
    servers
}

/// Reads a server; reports a text that is neither a host nor an address.
pub(super) fn server(reader: &mut Reader, entry: &Entry<'_>) -> Option<Server> {
    let text = entry.text(reader)?;
    match Server::new(text) {
        Ok(server) => Some(server),
        Err(error) => {
            let message =
                format!("`{}` is neither a host nor an address: {error}", shortened(text));
            let found = INVALID_SERVER.found(message).at(entry.span(reader));
            reader.push(found.with_help(error.help()));
            None
        }
    }
}

fn values(
    reader: &mut Reader,
    entry: &Entry<'_>,
    names: &Names,
    places: &mut BTreeMap<SettingName, Span>,
) -> Settings {
    let Some(table) = entry.open_table(reader) else {
        return Settings::default();
    };
    let mut settings = Settings::default();
    for entry in table.entries() {
        let Some(name) = reader.setting_name(&entry, places) else { continue };
        let known = names.get(&name);
        if let Some(role) = known.and_then(|known| known.role) {
            let message = format!("`{name}` is a server");
            let found = INVALID_PROFILE_VALUE.found(message).at(entry.key_span(reader));
            reader.push(found.with_help(format!("write it in the list `servers.{}`", role.word())));
            continue;
        }
        if known.is_none() {
            report_unverified(reader, &entry);
        }
        let value = match known.map(|known| known.kind) {
            Some(Kind::Server) => {
                server(reader, &entry).and_then(|it| SettingValue::new(it.to_string()).ok())
            }
            _ => entry.checked(reader, |text| SettingValue::new(text)),
        };
        if let Some(value) = value {
            settings.insert(name, value);
        }
    }
    settings
}

fn report_unverified(reader: &mut Reader, entry: &Entry<'_>) {
    let key = visible(entry.key());
    let message = format!("no document that adrc knows confirms the name `{key}`");
    let found = UNVERIFIED_NAME.found(message).at(entry.key_span(reader));
    reader.push(found.with_help("check it, and name its document in `[names]`"));
}

fn core(reader: &mut Reader, entry: &Entry<'_>) -> Option<CoreStart> {
    let table = entry.table(reader, &["arguments", "program"], "a table with `program`")?;
    let text =
        |entry: &Entry<'_>, reader: &mut Reader| entry.checked(reader, |text| PlainText::new(text));
    let Some(program) = table.get("program") else {
        let message = "`core` has no `program`".to_owned();
        let help = r"write the path of `adrc.exe`, such as `'C:\Program Files\adrc\adrc.exe'`";
        entry.report(reader, message, help);
        return None;
    };
    let program = text(&program, reader)?;
    let arguments = match table.get("arguments") {
        Some(list) => list.list(reader, "a list of texts in quotes")?,
        None => Vec::new(),
    };
    let arguments: Option<Vec<_>> = arguments.iter().map(|item| text(item, reader)).collect();
    match CoreStart::new(&program, &arguments?) {
        Ok(start) => Some(start),
        Err(error) => {
            let message = format!("the command of `core` cannot start at logon: {error}");
            let help = "write the path in `program` and each argument in `arguments`, without \
                        quotes, variables and parts that the client core does not need";
            entry.report(reader, message, help);
            None
        }
    }
}
