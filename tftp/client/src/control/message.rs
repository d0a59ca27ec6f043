//! Requests and replies of the control socket.

use std::borrow::Cow;

use adr_engine::Cleaner;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::handle::ReloadResult;
use crate::status::Status;

/// The version of this protocol.
pub const PROTOCOL_VERSION: u32 = 2;

/// A request: `{"verb": "dial", "number": "+14085551212"}`. Unknown fields are ignored.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request<'a> {
    /// `hello`, `dial`, `lookup`, `reload`, `status` or `subscribe`.
    #[serde(borrow)]
    pub verb: Cow<'a, str>,
    /// The number to dial or to look up.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Cow<'a, str>>,
    /// Whether to clean the number as [`Cleaner`] does.
    #[serde(default)]
    pub clean: bool,
    /// Whether cleaning turns letters into the digits of their keys.
    #[serde(default)]
    pub letters: bool,
    /// Any value; the reply has the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
}

impl Request<'_> {
    /// The number to dial, and a remark about cleaning for the person who dials.
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

/// A reply with the `id` of its request.
#[derive(Serialize)]
struct WithId<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    #[serde(flatten)]
    reply: &'a T,
}

/// The reply to `hello`.
#[derive(Serialize)]
pub(crate) struct HelloReply {
    ok: bool,
    protocol: u32,
    version: &'static str,
}

impl HelloReply {
    pub(crate) const CURRENT: Self =
        Self { ok: true, protocol: PROTOCOL_VERSION, version: env!("CARGO_PKG_VERSION") };
}

/// The reply to `dial` and `lookup`.
#[derive(Serialize)]
pub(crate) struct DialReply<'a> {
    pub(crate) ok: bool,
    /// The result. If a rule removes a part of a UTF-8 character, the rest of it becomes U+FFFD.
    pub(crate) result: Cow<'a, str>,
    /// The position of the rule in its file, from 1; `null` if no rule matched.
    pub(crate) rule: Option<usize>,
    /// What cleaning cut from the number, and what it left that no phone dials; for the person who
    /// dials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
}

/// The reply to a successful `reload`.
#[derive(Serialize)]
struct ReloadReply {
    ok: bool,
    generation: u64,
    changed: bool,
}

/// The reply to `status` and `subscribe`, and what a subscriber receives from then on.
#[derive(Serialize)]
pub(crate) struct StatusMessage<'a> {
    /// `true` in a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    /// `status` in a message to a subscriber.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'static str>,
    status: &'a Status,
}

impl<'a> StatusMessage<'a> {
    pub(crate) fn reply(status: &'a Status) -> Self {
        Self { ok: Some(true), event: None, status }
    }

    pub(crate) fn event(status: &'a Status) -> Self {
        Self { ok: None, event: Some("status"), status }
    }
}

/// A reply with an error.
#[derive(Serialize)]
pub(crate) struct ErrorReply {
    ok: bool,
    code: &'static str,
    message: Cow<'static, str>,
}

impl ErrorReply {
    pub(crate) const DENIED: Self = Self::new("denied", "this core belongs to another user");
    pub(crate) const BUSY: Self =
        Self::new("busy", "64 connections are open; close one and try again");
    pub(crate) const TOO_MANY_RELOADS: Self =
        Self::new("busy", "32 connections wait for a reload; try again later");
    pub(crate) const TOO_LONG: Self = Self::new("too-long", "a request has at most 8192 bytes");
    pub(crate) const TOO_SLOW: Self =
        Self::new("too-slow", "a request must be complete within 10 seconds");
    pub(crate) const NO_NUMBER: Self = Self::new("bad-request", "`number` is missing");
    pub(crate) const UNKNOWN_VERB: Self = Self::new(
        "unknown-verb",
        "the verbs are hello, dial, lookup, reload, status and subscribe",
    );

    const fn new(code: &'static str, message: &'static str) -> Self {
        Self { ok: false, code, message: Cow::Borrowed(message) }
    }

    /// The reply to a line that is not a request. It does not repeat the line, which may contain a
    /// dialed number.
    pub(crate) fn unreadable(error: &serde_json::Error) -> Self {
        let column = error.column();
        let message = format!(
            "invalid request at column {column}; for example `{{\"verb\": \"dial\", \"number\": \"…\"}}`"
        );
        Self { ok: false, code: "bad-request", message: Cow::Owned(message) }
    }
}

/// The reply to a reload.
pub(crate) fn reload_reply(id: Option<&Value>, result: &ReloadResult) -> Vec<u8> {
    match result {
        Ok(reloaded) => {
            let (generation, changed) = (reloaded.generation, reloaded.changed);
            to_line(id, &ReloadReply { ok: true, generation, changed })
        }
        Err(rejection) => {
            let code = rejection.reason().word();
            let message = Cow::Owned(rejection.to_string());
            to_line(id, &ErrorReply { ok: false, code, message })
        }
    }
}

/// A reply as one line of JSON with its line end.
pub(crate) fn to_line(id: Option<&Value>, reply: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(&WithId { id, reply }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
