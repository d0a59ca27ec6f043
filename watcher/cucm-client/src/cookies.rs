//! Cookies of a session with one node.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};

/// Most cookies of a session. CUCM sets two.
const MAX_COOKIES: usize = 20;

/// Names and values. `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Takes the cookies of an answer whose names `is_wanted` accepts. An empty value removes a
    /// cookie. Paths are ignored, because a session asks one application only.
    pub(crate) fn take(&mut self, headers: &HeaderMap, is_wanted: impl Fn(&str) -> bool) {
        for cookie in headers.get_all(SET_COOKIE) {
            let pair =
                cookie.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            let Some((name, value)) = pair.map(|(name, value)| (name.trim(), value.trim())) else {
                continue;
            };
            if !is_wanted(name) {
                continue;
            }
            self.0.retain(|(known, _)| known != name);
            if !value.is_empty() && self.0.len() < MAX_COOKIES {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The header `Cookie`; `None` without cookies.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        if self.is_empty() {
            return None;
        }
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut header = HeaderValue::try_from(pairs.join("; ")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
