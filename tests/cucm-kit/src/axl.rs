//! The service `/axl/`: users, cookies, versions, and the operations.

use crate::http::{Answer, Request};
use crate::pattern_lists::{self, PatternKind};
use crate::rules::RuleKind;
use crate::soap::{self, SoapFault};
use crate::state::State;
use crate::users::{AxlAccess, User};
use crate::versions::version_number;
use crate::xml::{Element, leaf, wrap};
use crate::{mlpp, node_list, rule_requests, sql};

/// Begin of the namespace; the schema version follows.
const NAMESPACE: &str = "http://www.cisco.com/AXL/API/";

/// Name of the cookie that saves logins.
pub(crate) const COOKIE: &str = "JSESSIONIDSSO";

/// First release in which the typed operations for dial rules and `listChange` work.
const TYPED_SINCE: u32 = 10;

/// Answers a request for `/axl/`.
pub(crate) fn handle(state: &mut State, request: &Request) -> Answer {
    let (user, cookie) = match authenticate(state, request) {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if user.axl == AxlAccess::None {
        return Answer::error_page(403, "Access to the requested resource has been denied");
    }
    let answer = if request.method == "POST" {
        post(state, &user, request)
    } else {
        Answer::html(200, "<html><body>The AXL Web Service is working.</body></html>\n")
    };
    match cookie {
        Some(value) => {
            answer.with("set-cookie", format!("{COOKIE}={value}; Path=/; Secure; HttpOnly"))
        }
        None => answer,
    }
}

/// The user of a request, and a new cookie if the user logged in by password.
fn authenticate(state: &mut State, request: &Request) -> Result<(User, Option<String>), Answer> {
    if let Some(cookie) = request.cookie(COOKIE) {
        let name = state.sso.get(cookie);
        let user = name.and_then(|name| state.users.iter().find(|user| user.name == *name));
        let user = user.cloned().ok_or_else(|| Answer::error_page(404, "Not Found"))?;
        return Ok((user, None));
    }
    let user = password_user(state, request).cloned().ok_or_else(Answer::unauthorized)?;
    let secret = state.new_secret();
    state.sso.insert(secret.clone(), user.name.clone());
    Ok((user, Some(secret)))
}

/// The user whose name and password a request has.
pub(crate) fn password_user<'a>(state: &'a State, request: &Request) -> Option<&'a User> {
    let (name, password) = request.basic()?;
    state.users.iter().find(|user| user.name == name && user.password == password)
}

fn post(state: &mut State, user: &User, request: &Request) -> Answer {
    let action = request.header("soapaction").unwrap_or_default().trim_matches('"');
    let version = action.strip_prefix("CUCM:DB ver=").and_then(|rest| rest.split(' ').next());
    let supported = |version: &str| {
        state.versions.iter().any(|it| version_number(it) == version_number(version))
    };
    let Some(version) = version.filter(|version| supported(version)) else {
        return unsupported(state);
    };
    let name = request.operation();
    let namespace = format!("{NAMESPACE}{version}");
    let fault_namespace = state.axl.namespaced_faults.then(|| namespace.clone());
    let refuse = |fault: &SoapFault| fault.answer(&name, fault_namespace.as_deref());
    let operation = match soap::operation(&request.body) {
        Ok(operation) => operation,
        Err(fault) => return refuse(&fault),
    };
    if operation.namespace.starts_with(NAMESPACE) && operation.namespace != namespace {
        return unsupported(state);
    }
    if operation.namespace != namespace || operation.name != name {
        return refuse(&SoapFault::invalid(&operation.name));
    }
    if let Some(child) = operation.outside("") {
        return refuse(&SoapFault::invalid(&child.name));
    }
    let is_write = ["add", "update", "remove"].iter().any(|verb| name.starts_with(verb));
    if is_write && user.axl != AxlAccess::Full {
        return Answer::error_page(403, "Access to the requested resource has been denied");
    }
    if !is_within_limits(state, is_write) {
        return Answer::error_page(503, "Service Unavailable");
    }
    match run(state, version, &operation) {
        Ok(content) => soap::answer(&name, &namespace, &content),
        Err(fault) => refuse(&fault),
    }
}

/// The answer to a version that the cluster does not support, or to a request with two versions.
fn unsupported(state: &State) -> Answer {
    let list = state.versions.join(",");
    Answer::error_page(599, &format!("Incorrect axl version. Supported axl versions: {list}"))
}

fn is_within_limits(state: &mut State, is_write: bool) -> bool {
    let all = state.axl.limit.as_mut().is_none_or(crate::rate::RateLimit::allows);
    let writes = state.axl.write_limit.as_mut().filter(|_| is_write);
    all && writes.is_none_or(crate::rate::RateLimit::allows)
}

/// Runs an operation, and returns the content of its answer.
fn run(state: &mut State, version: &str, operation: &Element) -> Result<String, SoapFault> {
    match operation.name.as_str() {
        "getCCMVersion" => {
            let version = leaf("version", &state.release);
            Ok(wrap("return", &wrap("componentVersion", &version)))
        }
        "executeSQLQuery" => sql::answer(state, operation),
        "listMlppDomain" => mlpp::list_domains(state, operation),
        "listPhone" => mlpp::list_phones(state, operation),
        "listProcessNodeService" => node_list::list(state, operation),
        "listRoutePattern" => pattern_lists::list(state, PatternKind::Route, version, operation),
        "listTransPattern" => {
            pattern_lists::list(state, PatternKind::Translation, version, operation)
        }
        _ if state.major() < TYPED_SINCE => Err(unknown(operation)),
        "listChange" => state.changes.list(operation),
        _ => run_on_rules(state, operation),
    }
}

/// Runs an operation whose name is a verb and a kind of rules.
fn run_on_rules(state: &mut State, operation: &Element) -> Result<String, SoapFault> {
    let verbs = ["list", "get", "add", "update", "remove"];
    let parts = verbs.iter().find_map(|verb| {
        let kind = RuleKind::of_object(operation.name.strip_prefix(verb)?)?;
        Some((*verb, kind))
    });
    match parts {
        Some(("list", kind)) => rule_requests::list(state, kind, operation),
        Some(("get", kind)) => rule_requests::get(state, kind, operation),
        Some(("add", kind)) => rule_requests::add(state, kind, operation),
        Some(("update", kind)) => rule_requests::update(state, kind, operation),
        Some((_, kind)) => rule_requests::remove(state, kind, operation),
        None => Err(unknown(operation)),
    }
}

fn unknown(operation: &Element) -> SoapFault {
    SoapFault::axl(-1, format!("The operation {} is not supported.", operation.name))
}
