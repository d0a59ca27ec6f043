//! The causes of presence, one file each, in the order in which they are judged.

mod account_not_judged;
mod account_rejected;
mod alternative_name_mismatch;
mod answer_does_not_end;
mod answer_is_not_http;
mod basic_authentication_off;
mod calls_rejected_after_login;
mod certificate_expired;
mod certificate_expires_soon;
mod certificate_not_yet_valid;
mod certificate_too_large;
mod common_name_mismatch;
mod connection_times_out;
mod deleted_user_still_shown;
mod engine_not_restarted;
mod ews_blocked;
mod ews_error;
mod ews_not_found;
mod ews_retired;
mod exchange_online_ends_ews;
mod frozen_after_mailbox_move;
mod gateway_is_not_a_host_name;
mod handshake_is_cut;
mod identity_certificate_uploaded;
mod isapi_extensions_missing;
mod issuer_has_another_key;
mod issuer_missing;
mod issuer_without_ca_bit;
mod localized_calendar_folder;
mod mailbox_not_found;
mod modern_authentication_only;
mod name_does_not_resolve;
mod no_common_tls;
mod no_impersonation_role;
mod no_mailbox_permission;
mod no_route_to_gateway;
mod no_server_certificate;
mod no_webdav;
mod not_an_exchange_server;
mod one_440_per_request;
mod only_old_tls;
mod only_ten_gateways_have_a_status;
mod out_of_office_not_shown;
mod page_in_place_of_ews;
mod page_is_forbidden;
mod path_length_exceeded;
mod port_is_closed;
mod port_speaks_another_protocol;
mod redirect_leads_away;
mod redirect_to_owa;
mod renewed_certificate;
mod repeated_440;
mod server_is_busy;
mod unexpected_answer_of_ews;
mod unknown_authentication;
mod unreadable_server_certificate;
mod unreadable_upload;
mod unsupported_algorithm;
mod weak_key;
mod web_service_unavailable;
mod wildcard_certificate;
mod wrong_form_of_user_name;

use super::observation::Observations;
use crate::cause::Check;

/// The checks, in the order in which they are judged. Of causes at the same step, the one that
/// explains the others comes first.
pub(crate) static CHECKS: &[Check<Observations>] = &[
    gateway_is_not_a_host_name::CHECK,
    name_does_not_resolve::CHECK,
    port_is_closed::CHECK,
    connection_times_out::CHECK,
    no_route_to_gateway::CHECK,
    handshake_is_cut::CHECK,
    port_speaks_another_protocol::CHECK,
    certificate_too_large::CHECK,
    no_common_tls::CHECK,
    only_old_tls::CHECK,
    no_server_certificate::CHECK,
    unreadable_server_certificate::CHECK,
    common_name_mismatch::CHECK,
    alternative_name_mismatch::CHECK,
    wildcard_certificate::CHECK,
    issuer_missing::CHECK,
    identity_certificate_uploaded::CHECK,
    issuer_without_ca_bit::CHECK,
    path_length_exceeded::CHECK,
    issuer_has_another_key::CHECK,
    renewed_certificate::CHECK,
    certificate_expired::CHECK,
    certificate_not_yet_valid::CHECK,
    certificate_expires_soon::CHECK,
    unsupported_algorithm::CHECK,
    weak_key::CHECK,
    unreadable_upload::CHECK,
    isapi_extensions_missing::CHECK,
    web_service_unavailable::CHECK,
    not_an_exchange_server::CHECK,
    page_is_forbidden::CHECK,
    redirect_leads_away::CHECK,
    ews_not_found::CHECK,
    page_in_place_of_ews::CHECK,
    unexpected_answer_of_ews::CHECK,
    answer_is_not_http::CHECK,
    answer_does_not_end::CHECK,
    redirect_to_owa::CHECK,
    no_webdav::CHECK,
    one_440_per_request::CHECK,
    repeated_440::CHECK,
    ews_retired::CHECK,
    exchange_online_ends_ews::CHECK,
    ews_blocked::CHECK,
    modern_authentication_only::CHECK,
    basic_authentication_off::CHECK,
    unknown_authentication::CHECK,
    wrong_form_of_user_name::CHECK,
    account_rejected::CHECK,
    account_not_judged::CHECK,
    calls_rejected_after_login::CHECK,
    no_impersonation_role::CHECK,
    no_mailbox_permission::CHECK,
    mailbox_not_found::CHECK,
    server_is_busy::CHECK,
    ews_error::CHECK,
    frozen_after_mailbox_move::CHECK,
    deleted_user_still_shown::CHECK,
    localized_calendar_folder::CHECK,
    engine_not_restarted::CHECK,
    only_ten_gateways_have_a_status::CHECK,
    out_of_office_not_shown::CHECK,
];
