//! The causes of clients, one file each, in the order in which they are judged.

mod client_file_missing;
mod client_file_unavailable;
mod client_ignores_parts;
mod client_older_than_rules;
mod logged_number_disagrees;
mod no_tftp_address;
mod one_transport_only;
mod rule_file_invalid;
mod rule_files_differ;
mod rules_not_of_plan;
mod server_name_unknown;
mod tftp_server_silent;
mod undecided_tftp_address;

use super::observation::Observations;
use crate::cause::Check;

/// The checks, in the order in which they are judged.
pub(crate) static CHECKS: &[Check<Observations>] = &[
    no_tftp_address::CHECK,
    undecided_tftp_address::CHECK,
    server_name_unknown::CHECK,
    tftp_server_silent::CHECK,
    one_transport_only::CHECK,
    client_file_missing::CHECK,
    client_file_unavailable::CHECK,
    rule_file_invalid::CHECK,
    rule_files_differ::CHECK,
    client_ignores_parts::CHECK,
    rules_not_of_plan::CHECK,
    client_older_than_rules::CHECK,
    logged_number_disagrees::CHECK,
];
