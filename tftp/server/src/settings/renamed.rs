//! Settings that had another name before.

/// Former names of settings, each with the present one.
const RENAMED: [(&str, &str); 27] = [
    ("any_case", "case_insensitive"),
    ("proxies", "trusted_proxies"),
    ("uncounted", "exempt"),
    // limits.tftp
    ("transfers", "max_transfers"),
    ("transfers_per_client", "max_transfers_per_client"),
    ("unanswered_per_client", "max_unacknowledged_per_client"),
    ("block_size", "max_block_size"),
    ("window_size", "max_window_size"),
    ("receive_buffer", "receive_buffer_bytes"),
    // limits.http
    ("connections", "max_connections"),
    ("connections_per_client", "max_connections_per_client"),
    ("header_bytes", "max_header_bytes"),
    ("header_milliseconds", "header_timeout_milliseconds"),
    ("handshake_milliseconds", "handshake_timeout_milliseconds"),
    ("write_milliseconds", "write_timeout_milliseconds"),
    // limits.upstream
    ("fetches", "max_concurrent_fetches"),
    ("waiting", "max_queued_requests"),
    ("streams", "max_streams"),
    ("streams_per_client", "max_streams_per_client"),
    ("missing_seconds", "negative_cache_seconds"),
    ("largest_bytes", "max_file_bytes"),
    // limits.announce
    ("listeners", "max_listeners"),
    ("reports", "max_reports"),
    ("reports_per_client", "max_reports_per_client"),
    ("poll_milliseconds", "poll_timeout_milliseconds"),
    ("window", "fetch_window"),
    ("event_bytes", "max_event_bytes"),
];

/// The present name of a setting that had another name before.
///
/// ```
/// assert_eq!(adr_server::renamed_setting("uncounted"), Some("exempt"));
/// assert_eq!(adr_server::renamed_setting("exempt"), None);
/// ```
#[must_use]
pub fn renamed_setting(former: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().find(|(known, _)| *known == former);
    renamed.map(|(_, present)| *present)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    #[test]
    fn current_names_are_settings_and_former_names_are_not() {
        let settings = serde_json::to_string(&Settings::default()).unwrap();
        for (former, present) in RENAMED {
            assert!(settings.contains(&format!("\"{present}\":")), "{present}");
            assert!(!settings.contains(&format!("\"{former}\":")), "{former}");
        }
    }
}
