//! OS Administration: logging in, and the page that uploads files to TFTP.

use crate::http::{Answer, Request};
use crate::multipart::{self, Part};
use crate::pages::{self, Outcome};
use crate::platform::{COOKIE, Session};
use crate::state::State;

/// First release with tokens, and with the login at its present path.
const TOKENS_SINCE: u32 = 11;

const ROOT: &str = "/cmplatform";
const UPLOAD: &str = "/cmplatform/tftpFileUpload.do";
const LOGIN: &str = "/cmplatform/j_security_check";
const OLD_LOGIN: &str = "/cmplatform/WEB-INF/pages/j_security_check";

/// Answers a request below `/cmplatform`.
pub(crate) fn handle(state: &mut State, node: &str, request: &Request) -> Answer {
    let login = if state.major() >= TOKENS_SINCE { LOGIN } else { OLD_LOGIN };
    match (request.method.as_str(), request.path.trim_end_matches('/')) {
        ("GET", ROOT) => front(state, node, login),
        ("POST", path) if path == login => log_in(state, node, request, login),
        ("GET", UPLOAD) => upload_page(state, node, request, Outcome::None),
        ("POST", UPLOAD) => upload(state, node, request),
        ("GET", "/cmplatform/showHome.do") => Answer::html(200, "<html><body>Home</body></html>"),
        _ => Answer::error_page(404, "Not Found"),
    }
}

/// The front page, which begins a session.
fn front(state: &mut State, node: &str, login: &str) -> Answer {
    let cookie = state.new_secret();
    let session = Session { node: node.to_owned(), is_logged_in: false, token: None };
    state.platform.sessions.insert(cookie.clone(), session);
    let page = pages::login(state.platform.language, login);
    with_cookie(Answer::html(200, page), &cookie)
}

fn with_cookie(answer: Answer, value: &str) -> Answer {
    answer.with("set-cookie", format!("{COOKIE}={value}; Path={ROOT}; Secure; HttpOnly"))
}

fn log_in(state: &mut State, node: &str, request: &Request, login: &str) -> Answer {
    let field = |name| multipart::field(request, name).unwrap_or_default();
    let (name, password) = (field("j_username"), field("j_password"));
    let mut users = state.users.iter();
    let is_right = users.any(|it| it.platform && it.name == name && it.password == password);
    let full = {
        let sessions = state.platform.sessions.values();
        sessions.filter(|session| session.is_logged_in).count() >= state.platform.max_sessions
    };
    let refused = Answer::html(200, pages::login(state.platform.language, login));
    if state.platform.is_locked() || full || state.platform.session(node, request).is_none() {
        return refused;
    }
    if !is_right || field("appNav") != "cmplatform" {
        state.platform.failures += 1;
        return refused;
    }
    state.platform.failures = 0;
    let mut answer = Answer::html(302, "").with("location", "/cmplatform/showHome.do".to_owned());
    if state.platform.renews_cookie {
        let old = request.cookie(COOKIE).unwrap_or_default();
        let session = state.platform.sessions.remove(old);
        let cookie = state.new_secret();
        state.platform.sessions.extend(session.map(|session| (cookie.clone(), session)));
        answer = with_cookie(answer, &cookie);
        if let Some(session) = state.platform.sessions.get_mut(&cookie) {
            session.is_logged_in = true;
        }
    } else if let Some(session) = state.platform.session(node, request) {
        session.is_logged_in = true;
    }
    answer
}

/// The upload page with a new token; the login page for a request that is not logged in.
fn upload_page(state: &mut State, node: &str, request: &Request, outcome: Outcome<'_>) -> Answer {
    let with_token = state.major() >= TOKENS_SINCE;
    let token = with_token.then(|| state.new_secret());
    let (language, other_markup) = (state.platform.language, state.platform.other_markup);
    let session = state.platform.session(node, request).filter(|session| session.is_logged_in);
    let Some(session) = session else {
        let login = if with_token { LOGIN } else { OLD_LOGIN };
        return Answer::html(200, pages::login(language, login));
    };
    session.token.clone_from(&token);
    Answer::html(200, pages::upload(language, token.as_deref(), outcome, other_markup))
}

fn upload(state: &mut State, node: &str, request: &Request) -> Answer {
    let with_token = state.major() >= TOKENS_SINCE;
    let session = state.platform.session(node, request).filter(|session| session.is_logged_in);
    let Some(token) = session.map(|session| session.token.take()) else {
        return upload_page(state, node, request, Outcome::None);
    };
    let parts = multipart::parts(request).unwrap_or_default();
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    let text = |name: &str| {
        let content = part(name).map(|part| part.content.clone()).unwrap_or_default();
        String::from_utf8(content).unwrap_or_default()
    };
    let is_named = text("struts.token.name") == "token";
    if with_token && (!is_named || token.is_none_or(|token| token != text("token"))) {
        return upload_page(state, node, request, Outcome::SentTwice);
    }
    let file = part("file").and_then(|part| Some((part, part.file_name.clone()?)));
    let target = file.and_then(|(part, name)| Some((part, target(&text("directory"), &name)?)));
    let Some((Part { content, .. }, path)) = target else {
        return upload_page(state, node, request, Outcome::Refused);
    };
    if let Some(node) = state.node_mut(node) {
        node.upload(path.clone(), content);
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    upload_page(state, node, request, Outcome::Stored(name))
}

/// The path of a file below the TFTP root; `None` if it would be outside.
fn target(directory: &str, name: &str) -> Option<String> {
    let parts = directory.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<_> = parts.chain([name]).collect();
    let is_inside = !name.is_empty() && !name.contains('/') && !parts.contains(&"..");
    is_inside.then(|| parts.join("/"))
}
