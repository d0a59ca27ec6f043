//! Which client cores an answer lists, as the query of `GET /-/clients` says.

use adr_protocol::{ClientRow, ClientState};
use percent_encoding::percent_decode_str;

/// Selects client cores. The default selects all.
///
/// ```
/// use adr_server::ClientFilter;
///
/// let filter = ClientFilter::parse("search=10.20.&state=behind,refused")?;
/// assert_eq!((filter.search.as_str(), filter.states.len()), ("10.20.", 2));
/// assert!(ClientFilter::parse("state=asleep").is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// A part of the name or of the address; empty selects any.
    pub search: String,
    /// The states; empty selects any. [`ClientState::Refused`] also selects cores that rejected a
    /// generation and are in another state.
    pub states: Vec<ClientState>,
    /// Only names greater than this one, in byte order; for the rows after those of an answer
    /// before.
    pub after: String,
}

impl ClientFilter {
    /// Reads the query of a request: `search=TEXT`, `state=WORD,WORD…` and `after=NAME`, each at
    /// most once or with the last one counting, in percent-encoding.
    ///
    /// # Errors
    ///
    /// A parameter or a state is unknown, or a value is not UTF-8; the text says what is allowed.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| format!("`{name}` must be UTF-8"))?;
            match name {
                "search" => filter.search = value.into_owned(),
                "after" => filter.after = value.into_owned(),
                "state" => filter.states = states(&value)?,
                _ => return Err("the parameters are `search`, `state` and `after`".to_owned()),
            }
        }
        Ok(filter)
    }

    /// Whether it selects a core with this row.
    pub(super) fn selects(&self, row: &Selectable<'_>) -> bool {
        let Selectable { name, address, state, has_refusal } = row;
        let is_refusing = *has_refusal && self.states.contains(&ClientState::Refused);
        *name > self.after.as_str()
            && (self.states.is_empty() || self.states.contains(state) || is_refusing)
            && (self.search.is_empty()
                || name.contains(&self.search)
                || address.is_some_and(|address| address.contains(&self.search)))
    }

    /// Whether it needs the address as text.
    pub(super) fn needs_address(&self) -> bool {
        !self.search.is_empty()
    }
}

/// What a filter looks at.
pub(super) struct Selectable<'r> {
    pub(super) name: &'r str,
    /// The address as text; `None` if unknown, or if the filter does not need it.
    pub(super) address: Option<&'r str>,
    pub(super) state: ClientState,
    pub(super) has_refusal: bool,
}

/// The rows that a filter selects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRows {
    /// How many cores the filter selects.
    pub matching: usize,
    /// The first of them by name, at most [`MAX_ROWS`](adr_protocol::MAX_ROWS).
    pub rows: Vec<ClientRow>,
}

fn states(words: &str) -> Result<Vec<ClientState>, String> {
    let words = words.split(',').filter(|word| !word.is_empty());
    let states = words.map(|word| {
        let known = || ClientState::ALL.map(ClientState::word).join(", ");
        ClientState::of_word(word).ok_or_else(|| format!("a `state` is one of {}", known()))
    });
    states.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(query: &str, name: &str, address: &str, state: ClientState, refuses: bool) -> bool {
        let row = Selectable { name, address: Some(address), state, has_refusal: refuses };
        ClientFilter::parse(query).unwrap().selects(&row)
    }

    #[test]
    fn filter_selects_by_name_address_and_state() {
        let one = |query| selects(query, "core-0005", "10.0.0.5", ClientState::Behind, false);
        for query in [
            "",
            "search=0005",
            "search=10.0.",
            "search=",
            "state=behind",
            "state=current,behind",
            "state=",
            "after=core-0004",
            "search=core%2D&state=behind&after=core-0000",
        ] {
            assert!(one(query), "{query}");
        }
        for query in ["search=0006", "state=current", "state=refused", "after=core-0005"] {
            assert!(!one(query), "{query}");
        }
        let v6 = |query| selects(query, "core-0005", "fd00::5", ClientState::Current, true);
        assert!(v6("search=fd00:") && v6("search=fd00%3a%3a5"));
        assert!(v6("state=refused"), "a refusal is found in every state");
    }

    #[test]
    fn wrong_query_is_an_error() {
        for query in ["states=behind", "state=asleep", "search=%ff", "limit=5", "name"] {
            let error = ClientFilter::parse(query).unwrap_err();
            assert!(error.contains('`'), "{query}: {error}");
        }
    }
}
