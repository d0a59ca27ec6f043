//! Findings about a profile and about what it becomes, one file each.

mod bad_bootstrap_line;
mod bad_jabber_config;
mod bad_registry_header;
mod bad_registry_line;
mod client_file_too_large;
mod conflicting_bootstrap_file;
mod damaged_registry_pol;
mod differs_from_profile;
mod duplicate_setting;
mod empty_profile;
mod empty_value;
mod equal_servers;
mod guessed_text_encoding;
mod host_in_option_150;
mod inherited_dhcp_option;
mod invalid_profile;
mod invalid_profile_value;
mod invalid_server;
mod missing_client_value;
mod not_in_template;
mod plain_value_ignored;
mod repeated_parameter;
mod script_needs_administrator;
mod setting_without_effect;
mod stale_bootstrap_file;
mod tftp_addresses_differ;
mod two_tftp_addresses;
mod unknown_client_file;
mod unknown_profile_key;
mod unread_key;
mod untrimmed_value;
mod unverified_name;
mod unwritable_setting;
mod value_not_in_profile;
mod value_only_in_plain_key;
mod wrong_value_type;

use adr_diagnostic::Finding;

pub(crate) use bad_bootstrap_line::BAD_BOOTSTRAP_LINE;
pub(crate) use bad_jabber_config::BAD_JABBER_CONFIG;
pub(crate) use bad_registry_header::BAD_REGISTRY_HEADER;
pub(crate) use bad_registry_line::BAD_REGISTRY_LINE;
pub(crate) use client_file_too_large::CLIENT_FILE_TOO_LARGE;
pub(crate) use conflicting_bootstrap_file::CONFLICTING_BOOTSTRAP_FILE;
pub(crate) use damaged_registry_pol::DAMAGED_REGISTRY_POL;
pub(crate) use differs_from_profile::DIFFERS_FROM_PROFILE;
pub(crate) use duplicate_setting::DUPLICATE_SETTING;
pub(crate) use empty_profile::EMPTY_PROFILE;
pub(crate) use empty_value::EMPTY_VALUE;
pub(crate) use equal_servers::EQUAL_SERVERS;
pub(crate) use guessed_text_encoding::GUESSED_TEXT_ENCODING;
pub(crate) use host_in_option_150::HOST_IN_OPTION_150;
pub(crate) use inherited_dhcp_option::INHERITED_DHCP_OPTION;
pub(crate) use invalid_profile::INVALID_PROFILE;
pub(crate) use invalid_profile_value::INVALID_PROFILE_VALUE;
pub(crate) use invalid_server::INVALID_SERVER;
pub(crate) use missing_client_value::MISSING_CLIENT_VALUE;
pub(crate) use not_in_template::NOT_IN_TEMPLATE;
pub(crate) use plain_value_ignored::PLAIN_VALUE_IGNORED;
pub(crate) use repeated_parameter::REPEATED_PARAMETER;
pub(crate) use script_needs_administrator::SCRIPT_NEEDS_ADMINISTRATOR;
pub(crate) use setting_without_effect::SETTING_WITHOUT_EFFECT;
pub(crate) use stale_bootstrap_file::STALE_BOOTSTRAP_FILE;
pub(crate) use tftp_addresses_differ::TFTP_ADDRESSES_DIFFER;
pub(crate) use two_tftp_addresses::TWO_TFTP_ADDRESSES;
pub(crate) use unknown_client_file::UNKNOWN_CLIENT_FILE;
pub(crate) use unknown_profile_key::UNKNOWN_PROFILE_KEY;
pub(crate) use unread_key::UNREAD_KEY;
pub(crate) use untrimmed_value::UNTRIMMED_VALUE;
pub(crate) use unverified_name::UNVERIFIED_NAME;
pub(crate) use unwritable_setting::UNWRITABLE_SETTING;
pub(crate) use value_not_in_profile::VALUE_NOT_IN_PROFILE;
pub(crate) use value_only_in_plain_key::VALUE_ONLY_IN_PLAIN_KEY;
pub(crate) use wrong_value_type::WRONG_VALUE_TYPE;

/// Every kind of finding of this crate, sorted by name.
static FINDINGS: &[&Finding] = &[
    &BAD_BOOTSTRAP_LINE,
    &BAD_JABBER_CONFIG,
    &BAD_REGISTRY_HEADER,
    &BAD_REGISTRY_LINE,
    &CLIENT_FILE_TOO_LARGE,
    &CONFLICTING_BOOTSTRAP_FILE,
    &DAMAGED_REGISTRY_POL,
    &DIFFERS_FROM_PROFILE,
    &DUPLICATE_SETTING,
    &EMPTY_PROFILE,
    &EMPTY_VALUE,
    &EQUAL_SERVERS,
    &GUESSED_TEXT_ENCODING,
    &HOST_IN_OPTION_150,
    &INHERITED_DHCP_OPTION,
    &INVALID_PROFILE,
    &INVALID_PROFILE_VALUE,
    &INVALID_SERVER,
    &MISSING_CLIENT_VALUE,
    &NOT_IN_TEMPLATE,
    &PLAIN_VALUE_IGNORED,
    &REPEATED_PARAMETER,
    &SCRIPT_NEEDS_ADMINISTRATOR,
    &SETTING_WITHOUT_EFFECT,
    &STALE_BOOTSTRAP_FILE,
    &TFTP_ADDRESSES_DIFFER,
    &TWO_TFTP_ADDRESSES,
    &UNKNOWN_CLIENT_FILE,
    &UNKNOWN_PROFILE_KEY,
    &UNREAD_KEY,
    &UNTRIMMED_VALUE,
    &UNVERIFIED_NAME,
    &UNWRITABLE_SETTING,
    &VALUE_NOT_IN_PROFILE,
    &VALUE_ONLY_IN_PLAIN_KEY,
    &WRONG_VALUE_TYPE,
];

/// Every kind of finding about the provisioning of clients, sorted by name.
#[must_use]
pub fn findings() -> &'static [&'static Finding] {
    FINDINGS
}

/// The kind of finding with this name.
///
/// ```
/// assert!(adr_provision::finding("unverified-name").is_some());
/// ```
#[must_use]
pub fn finding(name: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_sorted_and_have_pages() {
        assert!(FINDINGS.is_sorted_by(|before, after| before.name < after.name));
        for finding in FINDINGS {
            assert!(finding.page.contains("Fix: "), "{}", finding.name);
            assert!(finding.page.lines().all(|line| line.len() <= 100), "{}", finding.name);
        }
    }
}
