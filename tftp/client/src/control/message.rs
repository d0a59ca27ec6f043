//! The words on the control socket.

use std::borrow::Cow;

use adr_engine::Cleaner;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::Reloaded;
use crate::status::Status;

/// The version of these words.
pub const PROTOCOL: u32 = 1;

/// A request: `{"verb": "dial", "number": "+14085551212"}`. Unknown fields are ignored.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request<'a> {
    /// `hello`, `dial`, `lookup`, `reload`, `status` or `subscribe`.
    #[serde(borrow)]
    pub verb: Cow<'a, str>,
    /// What to dial or to look up.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Cow<'a, str>>,
    /// Whether to clean the number as [`Cleaner`](adr_engine::Cleaner) does.
    #[serde(default)]
    pub clean: bool,
    /// Whether cleaning turns letters into the digits of their keys.
    #[serde(default)]
    pub letters: bool,
    /// Comes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

impl Request<'_> {
    /// The number as it is to be dialed, and what a person should know about it.
    pub(crate) fn cleaned<'n>(&self, number: &'n [u8]) -> (Cow<'n, [u8]>, Option<String>) {
        if !self.clean {
            return (number.into(), None);
        }
        let cleaner = Cleaner { letters: self.letters };
        let cleaned = cleaner.clean(number);
        let remark = cleaned.remark();
        (cleaned.number, remark)
    }
}

/// What every answer has.
#[derive(Serialize)]
struct Answer<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    #[serde(flatten)]
    answer: &'a T,
}

/// The answer to `hello`.
#[derive(Serialize)]
pub(crate) struct Hello {
    pub(crate) ok: bool,
    pub(crate) protocol: u32,
    pub(crate) version: &'static str,
}

/// The answer to `dial` and `lookup`.
#[derive(Serialize)]
pub(crate) struct Dialled<'a> {
    pub(crate) ok: bool,
    /// What goes out. Where removal cut a character in two, the rest of it is U+FFFD.
    pub(crate) result: Cow<'a, str>,
    /// Position of the rule in its file, from 1; `null` when none matched.
    pub(crate) rule: Option<usize>,
    /// What cleaning cut from the number, and what it left that no phone dials; for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
}

/// The answer to `reload` when it is done.
#[derive(Serialize)]
pub(crate) struct ReloadDone {
    pub(crate) ok: bool,
    pub(crate) generation: u64,
    pub(crate) changed: bool,
}

/// The answer to `status` and `subscribe`, and what a subscriber gets from then on.
#[derive(Serialize)]
pub(crate) struct State<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ok: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<&'static str>,
    pub(crate) status: &'a Status,
}

/// An answer that says no.
#[derive(Serialize)]
pub(crate) struct Refused {
    ok: bool,
    code: &'static str,
    message: Cow<'static, str>,
}

impl Refused {
    pub(crate) const DENIED: Self = Self::new("denied", "this core belongs to another user");
    pub(crate) const BUSY: Self =
        Self::new("busy", "64 connections are open already; close one and try again");
    pub(crate) const TOO_LONG: Self = Self::new("too-long", "a request has at most 8192 bytes");
    pub(crate) const TOO_SLOW: Self =
        Self::new("too-slow", "the rest of a request has to come within 10 seconds");
    pub(crate) const NO_NUMBER: Self = Self::new("bad-request", "`number` is missing");

    pub(crate) const fn new(code: &'static str, message: &'static str) -> Self {
        Self { ok: false, code, message: Cow::Borrowed(message) }
    }

    /// A line that is no request. What was in it is not repeated: it may be a number that somebody
    /// dials.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        let column = error.column();
        let message = format!(
            "this is no request, see column {column}; write `{{\"verb\": \"dial\", \"number\": \"…\"}}`"
        );
        Self { ok: false, code: "bad-request", message: Cow::Owned(message) }
    }

    pub(crate) fn unknown_verb() -> Self {
        Self::new("unknown-verb", "the verbs are hello, dial, lookup, reload, status and subscribe")
    }
}

/// The answer to a reload.
pub(crate) fn reloaded(id: Option<&Value>, reloaded: &Reloaded) -> Vec<u8> {
    match reloaded {
        Ok(done) => {
            line(id, &ReloadDone { ok: true, generation: done.generation, changed: done.changed })
        }
        Err(refusal) => line(
            id,
            &Refused {
                ok: false,
                code: refusal.reason.word(),
                message: Cow::Owned(refusal.to_string()),
            },
        ),
    }
}

/// One line of JSON with its line end.
pub(crate) fn line(id: Option<&Value>, answer: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&Answer { id, answer }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
