//! The TFTP addresses in the settings of a PC.

use adr_doctor::client::observation::TftpAddress;
use adr_provision::{ClientFile, Names, Reason, Role, SettingName, ValueVerdict, Verdict};

/// The TFTP addresses that the clients of a PC use, and why, as `adrc provision verify` finds them.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_probe::client::tftp_addresses;
/// use adr_provision::read_client_file;
///
/// let text = "Windows Registry Editor Version 5.00\n\
///     [HKCU\\Software\\Policies\\Cisco Systems, Inc.\\Client Services Framework\\AdminData]\n\
///     \"TftpServer1\"=\"10.9.9.9\"\n";
/// let file = read_client_file("pc.reg", text.as_bytes(), &mut Sources::new());
/// let addresses = tftp_addresses(&[file]);
/// assert_eq!((addresses[0].address.as_str(), addresses[0].is_certain), ("10.9.9.9", true));
/// ```
#[must_use]
pub fn tftp_addresses(files: &[ClientFile]) -> Vec<TftpAddress> {
    let names = Names::built_in();
    let verdict = Verdict::of(files, None, names);
    let mut addresses = Vec::new();
    for client in &verdict.clients {
        for value in &client.values {
            let address = value.winner.data.as_text().unwrap_or_default().trim();
            if is_tftp(names, value) && !address.is_empty() {
                addresses.push(TftpAddress {
                    client: client.client.to_string(),
                    name: value.name.clone(),
                    address: address.to_owned(),
                    place: value.winner.origin.to_string(),
                    reason: value.reason.to_string(),
                    is_certain: !matches!(value.reason, Reason::NotDocumented | Reason::SetTwice),
                });
            }
        }
    }
    addresses
}

fn is_tftp(names: &Names, value: &ValueVerdict) -> bool {
    let name = SettingName::new(&value.name).ok();
    name.and_then(|name| names.get(&name)).is_some_and(|known| known.role == Some(Role::Tftp))
}
