//! Requests to Exchange, and what came back.

use serde::{Deserialize, Serialize};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// `/exchange`: WebDAV of Exchange 2003 and 2007.
    Exchange,
    /// `/owa`: Outlook Web App.
    Owa,
    /// `/ews/exchange.asmx`: Exchange Web Services.
    Ews,
}

/// The forms of a user name that servers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserForm {
    /// `user`
    Plain,
    /// `DOMAIN\user`
    Domain,
    /// `user@example.com`
    Principal,
}

/// A request and its answer. Bodies are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpExchange {
    /// What was asked.
    pub endpoint: Endpoint,
    /// How the user was named; `None` for a request without credentials.
    pub user: Option<UserForm>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The status of each answer: those of redirects first.
    pub statuses: Vec<u16>,
    /// The paths to which the answers redirected, in order, without host and query.
    pub redirects: Vec<String>,
    /// The authentication schemes of `WWW-Authenticate`, in lower case: `basic`, `ntlm`,
    /// `negotiate`, `bearer`.
    pub schemes: Vec<String>,
    /// The values of the headers that causes depend on, by their names in lower case:
    /// `x-ews-policy-reason`, `x-ms-diagnostics`, `server`, `retry-after`.
    pub headers: Vec<(String, String)>,
    /// Why no answer, or no whole one, came; `None` if one did.
    pub failure: Option<HttpFailure>,
}

/// Why no whole answer came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpFailure {
    /// Nothing, or no end, came in time.
    TimedOut,
    /// The body is larger than the limit.
    TooLarge,
    /// Redirects lead in a circle, or there are too many of them.
    RedirectLoop,
    /// A redirect leads to another host: credentials are not sent there.
    OtherHost,
    /// What came is not HTTP.
    NotHttp,
    /// The connection broke.
    Broken,
}

/// Why the password of the account was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// Neither an uploaded certificate nor the system vouches for the certificate of the server.
    UnknownIssuer,
    /// The certificate is for another name.
    OtherName,
    /// The certificate has expired, or is not valid yet.
    NotInPeriod,
    /// The certificate cannot be verified for another reason.
    Unverifiable,
    /// The server offers other schemes only than the one with which the doctor logs in, Basic.
    NoBasic,
}

/// An operation of Exchange Web Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EwsCall {
    /// `GetFolder` of the calendar.
    GetFolder,
    /// `FindItem` in the calendar, one item at most.
    FindItem,
    /// `GetUserAvailability`
    GetUserAvailability,
}

/// The answer of an operation, without anything of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EwsAnswer {
    /// The operation.
    pub call: EwsCall,
    /// Whether the account impersonated the owner of the mailbox.
    pub is_impersonated: bool,
    /// The status of HTTP.
    pub status: u16,
    /// The response code, such as `NoError` or `ErrorAccessDenied`; `None` if the body has none.
    pub code: Option<String>,
    /// `BackOffMilliseconds` of a busy server.
    pub back_off_milliseconds: Option<u64>,
    /// The version of the server, such as `Exchange2016`, if the answer names one.
    pub version: Option<String>,
}
