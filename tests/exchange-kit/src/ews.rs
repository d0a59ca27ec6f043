//! Exchange Web Services: envelopes, who asks for whom, and the operations.
//!
//! Answers follow the public reference of EWS. Operations that read are answered; those that change
//! something are refused, and the log has them.

mod availability;
mod fields;
mod folders;
mod items;
mod names;
mod restriction;

use adr_kit::xml::{Element, SOAP, escaped, leaf, wrap};

use crate::http::{Answer, Request};
use crate::state::{Account, Mailbox, State};

/// Namespace of operations and their answers.
const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
/// Namespace of what operations contain.
const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";
/// Namespace of what SOAP faults contain.
const ERRORS: &str = "http://schemas.microsoft.com/exchange/services/2006/errors";

/// A request of EWS.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    /// `Version` of `RequestServerVersion`.
    version: Option<String>,
    /// The user whom the account impersonates: an address or a principal name.
    impersonated: Option<String>,
    operation: Element,
}

impl Envelope {
    /// The envelope of a request; `None` if it has none that can be read.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let root = Element::read(std::str::from_utf8(&request.body).ok()?).ok()?;
        if root.name != "Envelope" || root.namespace != SOAP {
            return None;
        }
        let header = root.child("Header");
        let version = header.and_then(|header| header.child("RequestServerVersion"));
        let impersonation = header.and_then(|header| header.child("ExchangeImpersonation"));
        let user =
            impersonation.and_then(|element| element.child("ConnectingSID")?.children.first());
        let operation = root.child("Body")?.children.first()?.clone();
        Some(Self {
            version: version.and_then(|element| element.attribute("Version")).map(str::to_owned),
            impersonated: user.map(|user| user.text.clone()),
            operation: (operation.namespace == MESSAGES).then_some(operation)?,
        })
    }

    /// The name of the operation. The element of one of them is `GetUserAvailabilityRequest`.
    fn name(&self) -> &str {
        self.operation.name.trim_end_matches("Request")
    }

    /// The operation and the user whom it impersonates.
    pub(crate) fn summary(&self) -> (String, Option<String>) {
        (self.name().to_owned(), self.impersonated.clone())
    }
}

/// Why an operation fails: a response code, and a text.
#[derive(Clone, Debug)]
struct Failure {
    code: &'static str,
    message: &'static str,
}

impl Failure {
    fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }

    fn no_mailbox() -> Self {
        let message = "The SMTP address has no mailbox associated with it.";
        Self::new("ErrorNonExistentMailbox", message)
    }

    fn access_denied() -> Self {
        let message = "Access is denied. Check credentials and try again.";
        Self::new("ErrorAccessDenied", message)
    }
}

/// Who asks, and as whom.
struct Caller<'a> {
    state: &'a State,
    account: &'a Account,
    /// The mailbox of the impersonated user, or of the account; the account may have none.
    mailbox: Option<&'a Mailbox>,
    is_impersonated: bool,
}

impl<'a> Caller<'a> {
    /// Checks the impersonation.
    fn of(
        state: &'a State,
        account: &'a Account,
        impersonated: Option<&str>,
    ) -> Result<Self, Failure> {
        let Some(user) = impersonated else {
            let mailbox = account.mailbox.as_ref().and_then(|address| state.mailbox(address));
            return Ok(Self { state, account, mailbox, is_impersonated: false });
        };
        if !account.impersonates {
            let message = "The account does not have permission to impersonate the requested user.";
            return Err(Failure::new("ErrorImpersonateUserDenied", message));
        }
        let mailbox = state.mailbox(user).ok_or_else(Failure::no_mailbox)?;
        Ok(Self { state, account, mailbox: Some(mailbox), is_impersonated: true })
    }

    /// The mailbox with this address, or the caller's own without one, if the caller may read it.
    fn readable(&self, address: Option<&str>) -> Result<&'a Mailbox, Failure> {
        let mailbox = match address {
            Some(address) => self.state.mailbox(address),
            None => self.mailbox,
        };
        let mailbox = mailbox.ok_or_else(Failure::no_mailbox)?;
        let is_own = self.mailbox.is_some_and(|own| own.address == mailbox.address);
        let is_shared = !self.is_impersonated && self.account.may_read(&mailbox.address);
        if is_own || is_shared { Ok(mailbox) } else { Err(Failure::access_denied()) }
    }
}

/// Processes a request of an account that has logged in.
pub(crate) fn handle(state: &State, account: &Account, envelope: Option<&Envelope>) -> Answer {
    let Some(envelope) = envelope else {
        let text = "The request failed schema validation.";
        return fault("ErrorSchemaValidation", text, Some(state));
    };
    let newer = "The specified server version is invalid.";
    if envelope.version.as_deref().is_some_and(|version| !is_spoken(state, version)) {
        return fault("ErrorInvalidServerVersion", newer, Some(state));
    }
    let caller = match Caller::of(state, account, envelope.impersonated.as_deref()) {
        Ok(caller) => caller,
        Err(failure) => return fault(failure.code, failure.message, Some(state)),
    };
    let request = &envelope.operation;
    let answer = match envelope.name() {
        "GetFolder" => folders::get(&caller, request),
        "FindFolder" => folders::find(&caller, request),
        "FindItem" => items::find(&caller, request),
        "GetItem" => items::get(&caller, request),
        "GetUserAvailability" => availability::get(&caller, request),
        "ResolveNames" => names::resolve(&caller, request),
        "ConvertId" => names::convert(&caller, request),
        "GetServerTimeZones" => names::time_zones(request),
        "GetUserConfiguration" => {
            let message = "The specified object was not found in the store.";
            responses("GetUserConfiguration", [Err(Failure::new("ErrorItemNotFound", message))])
        }
        _ => {
            let failure = Failure::access_denied();
            return fault(failure.code, failure.message, Some(state));
        }
    };
    let header = wrap("s:Header", &version_info(state));
    Answer::new(200, "text/xml; charset=utf-8", document(&(header + &wrap("s:Body", &answer))))
}

/// Whether the server knows this version of the schema.
fn is_spoken(state: &State, version: &str) -> bool {
    let year = |text: &str| text.strip_prefix("Exchange")?.get(..4)?.parse::<u32>().ok();
    let newest = year(state.release.schema()).unwrap_or(2016);
    year(version).is_some_and(|year| year <= newest)
}

fn version_info(state: &State) -> String {
    let [major, minor, major_build, minor_build] = state.release.build();
    let version = state.release.schema();
    format!(
        "<h:ServerVersionInfo MajorVersion=\"{major}\" MinorVersion=\"{minor}\" \
         MajorBuildNumber=\"{major_build}\" MinorBuildNumber=\"{minor_build}\" \
         Version=\"{version}\" xmlns:h=\"{TYPES}\"/>"
    )
}

fn document(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{SOAP}\">{content}\
         </s:Envelope>"
    )
}

/// A SOAP fault, with the version of the server where it is known.
pub(crate) fn fault(code: &str, message: &str, state: Option<&State>) -> Answer {
    fault_with(code, message, "", state)
}

/// The SOAP fault of a server that limits its clients.
pub(crate) fn busy(milliseconds: u64) -> Answer {
    let value = format!("<t:Value Name=\"BackOffMilliseconds\">{milliseconds}</t:Value>");
    let more = format!("<t:MessageXml xmlns:t=\"{TYPES}\">{value}</t:MessageXml>");
    let text = "The server cannot service this request right now. Try again later.";
    fault_with("ErrorServerBusy", text, &more, None)
}

fn fault_with(code: &str, message: &str, more: &str, state: Option<&State>) -> Answer {
    let (code, message) = (escaped(code), escaped(message));
    let fault = format!(
        "<faultcode xmlns:a=\"{TYPES}\">a:{code}</faultcode>\
         <faultstring xml:lang=\"en-US\">{message}</faultstring><detail>\
         <e:ResponseCode xmlns:e=\"{ERRORS}\">{code}</e:ResponseCode>\
         <e:Message xmlns:e=\"{ERRORS}\">{message}</e:Message>{more}</detail>"
    );
    let header = state.map(|state| wrap("s:Header", &version_info(state))).unwrap_or_default();
    let body = wrap("s:Body", &wrap("s:Fault", &fault));
    Answer::new(500, "text/xml; charset=utf-8", document(&(header + &body)))
}

/// The element of an answer, with the namespaces that its content uses.
fn response(operation: &str, content: &str) -> String {
    format!(
        "<m:{operation}Response xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\">{content}\
         </m:{operation}Response>"
    )
}

/// An answer with one message for each thing that was asked for.
fn responses(
    operation: &str,
    results: impl IntoIterator<Item = Result<String, Failure>>,
) -> String {
    let messages = results.into_iter().map(|result| match result {
        Ok(content) => format!(
            "<m:{operation}ResponseMessage ResponseClass=\"Success\">\
             <m:ResponseCode>NoError</m:ResponseCode>{content}</m:{operation}ResponseMessage>"
        ),
        Err(failure) => format!(
            "<m:{operation}ResponseMessage ResponseClass=\"Error\">{}</m:{operation}ResponseMessage>",
            failure_text(&failure)
        ),
    });
    response(operation, &wrap("m:ResponseMessages", &messages.collect::<String>()))
}

fn failure_text(failure: &Failure) -> String {
    let text = leaf("m:MessageText", failure.message) + &leaf("m:ResponseCode", failure.code);
    text + "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>"
}

/// The first descendant of this name.
fn descendant<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    element
        .children
        .iter()
        .find_map(|child| if child.name == name { Some(child) } else { descendant(child, name) })
}
