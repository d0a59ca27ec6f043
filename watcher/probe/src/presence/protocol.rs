//! Names what a port speaks in place of TLS.

/// What is known of protocols: what their first bytes are, in lower case, and their name.
const BEGINNINGS: [(&str, &str); 9] = [
    ("http/", "HTTP"),
    ("<!doctype html", "HTTP"),
    ("<html", "HTTP"),
    ("ssh-", "SSH"),
    ("220", "SMTP or FTP"),
    ("* ok", "IMAP"),
    ("+ok", "POP3"),
    ("sip/", "SIP"),
    ("rfb ", "VNC"),
];

/// What the first bytes of an answer look like, such as `HTTP`; `None` if they are the beginning of
/// TLS, or if there are none.
pub(super) fn other_protocol(first: &[u8]) -> Option<&'static str> {
    match first {
        [] | [20..=23, 3, ..] | [20..=23] => None,
        bytes => {
            let text = String::from_utf8_lossy(bytes).trim_start().to_ascii_lowercase();
            let known = BEGINNINGS.iter().find(|(beginning, _)| text.starts_with(beginning));
            Some(known.map_or("unknown", |(_, name)| name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::other_protocol;

    #[test]
    fn protocols_are_named() {
        assert_eq!(other_protocol(b"HTTP/1.1 400 Bad Request\r\n"), Some("HTTP"));
        assert_eq!(other_protocol(b"\n<!DOCTYPE HTML PUBLIC"), Some("HTTP"));
        assert_eq!(other_protocol(b"SSH-2.0-OpenSSH_9.9\r\n"), Some("SSH"));
        assert_eq!(other_protocol(b"220 mail ESMTP"), Some("SMTP or FTP"));
        assert_eq!(other_protocol(&[0xff, 0, 1]), Some("unknown"));
        assert_eq!(other_protocol(&[22, 3, 1, 0, 5]), None);
        assert_eq!(other_protocol(&[21]), None);
        assert_eq!(other_protocol(&[]), None);
    }
}
