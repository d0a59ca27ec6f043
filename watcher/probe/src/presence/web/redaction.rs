//! Keeps credentials out of what is kept of answers: a hostile server may send them back.

use adr_cucm_client::Credentials;

/// What stands for a text that repeats credentials.
const REDACTED: &str = "(left out: it repeats the credentials)";

/// The parts of the credentials that no kept text may repeat.
#[derive(Default)]
pub(in crate::presence) struct Redaction(Vec<String>);

impl Redaction {
    pub(in crate::presence) fn of(credentials: Option<&Credentials>) -> Self {
        let Some(Credentials { user, password }) = credentials else {
            return Self::default();
        };
        let password = password.reveal();
        let sent = base64(format!("{user}:{password}").as_bytes());
        let alone = base64(password.as_bytes());
        let parts = [password.to_owned(), sent, alone, percent(password)];
        Self(parts.into_iter().filter(|part| !part.is_empty()).collect())
    }

    /// Whether a text repeats credentials.
    pub(in crate::presence) fn reveals(&self, text: &str) -> bool {
        self.0.iter().any(|part| text.to_lowercase().contains(&part.to_lowercase()))
    }

    /// The text, or what stands for it.
    pub(super) fn of_text(&self, text: &str) -> String {
        match self.reveals(text) {
            true => REDACTED.to_owned(),
            false => text.to_owned(),
        }
    }
}

/// The text as a path of a URL has it.
fn percent(text: &str) -> String {
    let mut url = reqwest::Url::parse("https://x/").ok();
    if let Some(url) = &mut url {
        url.set_path(text);
    }
    url.map(|url| url.path().trim_start_matches('/').to_owned()).unwrap_or_default()
}

/// Base64 of RFC 4648, as the header `Authorization` has it, without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits = part.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - part.len()));
        for digit in 0..=part.len() {
            text.push(char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use adr_cucm_client::Secret;

    use super::*;

    #[test]
    fn texts_with_credentials_are_left_out() {
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ");
        let password = Secret::new("open sesame".to_owned());
        let credentials = Credentials { user: "Aladdin".to_owned(), password };
        let redaction = Redaction::of(Some(&credentials));
        for text in ["/owa?p=Open Sesame", "/open%20sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="] {
            assert_eq!(redaction.of_text(text), REDACTED, "{text}");
        }
        assert_eq!(redaction.of_text("Microsoft-IIS/10.0"), "Microsoft-IIS/10.0");
        assert!(!Redaction::of(None).reveals("anything"));
    }
}
