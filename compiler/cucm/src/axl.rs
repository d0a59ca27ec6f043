//! AXL, the SOAP interface to CUCM's database: `POST /axl/` on port 8443 of the publisher.
//!
//! An operation is a value, such as [`ListRules`]; [`request()`] makes the bytes of a request from
//! it, and [`answer()`] reads the bytes of the answer into the operation's own type.
//!
//! Facts: the operation element is in the namespace of the schema version, its children have no
//! namespace; answers are matched by local name, because real ones vary. Boolean `returnedTags` are
//! filled with `f`, because the schema refuses empty ones.

mod change;
mod mlpp;
mod node;
mod page;
mod pattern;
mod rules;
mod sql;
mod system;

pub use change::{Change, ChangeCursor, ChangeList, ListChange, Queue};
pub use mlpp::{ListMlppDomain, ListSoftphones, MlppDomain, SoftphonePrecedence};
pub use node::{ListProcessNodeService, NodeService, tftp_nodes};
pub use page::Page;
pub use pattern::{ListRoutePattern, ListTransPattern, PatternTags, RoutingPattern};
pub use rules::{AddRule, GetRule, ListRules, RemoveRule, RuleChange, RuleKey, UpdateRule};
pub use sql::{ExecuteSql, SqlRow, SqlRows};
pub use system::GetCcmVersion;

use crate::answer_error::AnswerError;
use crate::http::HttpRequest;
use crate::soap;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element, ForbiddenCharacter};

/// Path of AXL. The slash at its end is required.
pub const PATH: &str = "/axl/";

/// An operation of AXL.
pub trait AxlOperation {
    /// What the answer holds.
    type Answer;

    /// Name of the operation, such as `listApplicationDialRules`.
    fn name(&self) -> String;

    /// Writes the children of the operation element.
    fn write(&self, version: SchemaVersion, body: &mut Body);

    /// Reads the answer's element, `<name>Response`.
    ///
    /// # Errors
    ///
    /// An element that the result needs is absent or another one.
    fn read(&self, response: Element<'_>) -> Result<Self::Answer, AnswerError>;
}

/// The request for an operation.
///
/// # Errors
///
/// A text of the operation holds a character that XML cannot carry.
pub fn request<O: AxlOperation>(
    version: SchemaVersion,
    operation: &O,
) -> Result<HttpRequest, ForbiddenCharacter> {
    let mut body = Body::new("");
    operation.write(version, &mut body);
    let name = operation.name();
    let action = format!("CUCM:DB ver={version} {name}");
    let element = ("axl:", &*name, &*version.namespace());
    Ok(soap::request(PATH, &action, element, &body.finish()?))
}

/// The result of an operation, from the HTTP status and body of its answer.
///
/// # Errors
///
/// See [`AnswerError`]. A fault, a web page or a part of an answer is never an empty result.
pub fn answer<O: AxlOperation>(
    operation: &O,
    status: u16,
    body: &[u8],
) -> Result<O::Answer, AnswerError> {
    soap::response(status, body, &operation.name(), |response| operation.read(response))
}

/// The element `return` of an answer.
fn returned(response: Element<'_>) -> Result<Element<'_>, AnswerError> {
    response.child("return").ok_or_else(|| soap::missing("return"))
}

/// The records of a list, all of which have this name. `<return/>` is a list without records.
fn records<'r>(
    response: Element<'r>,
    name: &str,
) -> Result<impl Iterator<Item = Element<'r>> + use<'r>, AnswerError> {
    let returned = returned(response)?;
    if !returned.text().trim().is_empty() {
        return Err(soap::unexpected(name, "text"));
    }
    match returned.children().find(|child| child.name() != name) {
        Some(other) => Err(soap::unexpected(name, other.name())),
        None => Ok(returned.children()),
    }
}
