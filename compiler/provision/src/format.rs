//! The formats: one file each, with what undoes it.

mod admx;
mod batch;
mod bootstrap;
mod cme;
mod dhcp;
mod installer;
mod intune;
mod jabber_config;
mod powershell;
mod preferences;
mod reg;
mod registry_pol;
mod url;
mod xml;

use crate::output::{OutputFile, Refusals};
use crate::profile::Target;

/// Writes the files of one format; none if the target has nothing for it.
pub(crate) type Writer = fn(&Target) -> Result<Vec<OutputFile>, Refusals>;

/// Every format, in the order of the output, with the files that a refusal is about.
pub(crate) const WRITERS: &[(&[&str], Writer)] = &[
    (&[], reg::files),
    (&[], batch::files),
    (&["csf.ps1", "csf-remove.ps1"], powershell::files),
    (
        &["local-policy/User/Registry.pol", "local-policy-remove/User/Registry.pol"],
        registry_pol::files,
    ),
    (&["policy-definitions/adrc-csf.admx", "policy-definitions/en-US/adrc-csf.adml"], admx::files),
    (&["preferences/Registry.xml", "preferences-remove/Registry.xml"], preferences::files),
    (&["intune/template.json"], intune::template),
    (&["intune/settings.json", "intune/settings-remove.json"], intune::settings),
    (
        &[
            "intune/detect.ps1",
            "intune/remediate.ps1",
            "intune/remove-detect.ps1",
            "intune/remove-remediate.ps1",
        ],
        intune::scripts,
    ),
    (&["jabber/install.txt"], installer::install),
    (&[], installer::uninstall),
    (
        &["jabber/jabber-bootstrap.properties", "jabber/jabber-bootstrap-remove.bat"],
        bootstrap::files,
    ),
    (&["jabber/jabber-config.xml"], jabber_config::files),
    (&[], url::files),
    (&[], cme::files),
    (&[], dhcp::files),
];

/// Lines that end with CR and LF, as Windows has them.
fn crlf(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\r\n").collect()
}

/// The bytes of a text in UTF-16 with the low byte first.
fn utf16(text: &str) -> impl Iterator<Item = u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes)
}
