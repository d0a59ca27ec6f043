//! The causes of clusters of nodes, one file each, in the order in which they are judged.

mod bucket_of_another_program;
mod clocks_apart;
mod cluster_not_prepared;
mod generation_damaged;
mod generation_not_signed;
mod nats_certificate_rejected;
mod nats_does_not_answer;
mod nats_login_rejected;
mod nats_server_missing;
mod no_node_reports;
mod no_quorum;
mod node_behind;
mod node_down;
mod node_of_another_sequence;
mod nothing_published;
mod too_few_copies;

use super::observation::Observations;
use crate::cause::Check;

/// The checks, in the order in which they are judged.
pub(crate) static CHECKS: &[Check<Observations>] = &[
    nats_does_not_answer::CHECK,
    nats_certificate_rejected::CHECK,
    nats_login_rejected::CHECK,
    cluster_not_prepared::CHECK,
    bucket_of_another_program::CHECK,
    no_quorum::CHECK,
    nats_server_missing::CHECK,
    too_few_copies::CHECK,
    nothing_published::CHECK,
    generation_damaged::CHECK,
    generation_not_signed::CHECK,
    no_node_reports::CHECK,
    node_down::CHECK,
    node_of_another_sequence::CHECK,
    node_behind::CHECK,
    clocks_apart::CHECK,
];
