//! The upload page: login, tokens, lock-out, languages, and the files on the node.

use adr_cucm_kit::{CucmStandIn, Fault, Injection, Language, UploadOutcome};
use reqwest::blocking::Response;

use crate::client::{Agent, recorded, recorded_bytes};

const UPLOAD: &str = "/cmplatform/tftpFileUpload.do";
const LOGIN: &str = "/cmplatform/j_security_check";
const FILE: &str = "CUPC/AppDialRules.xml";
const TOKEN: &str = "7QK2M9ZC4XN8R1VH5TB0WJ3YD6LFGPSA";

/// A browser: an agent with a session cookie.
struct Session<'a> {
    agent: Agent<'a>,
    cookie: String,
}

impl<'a> Session<'a> {
    fn open(cucm: &'a CucmStandIn) -> Self {
        let mut session = Self { agent: Agent::new(cucm), cookie: String::new() };
        let front = session.agent.request("GET", "/cmplatform").send().unwrap();
        session.keep_cookie(&front);
        session
    }

    fn keep_cookie(&mut self, response: &Response) {
        if let Some(cookie) = response.headers().get("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
    }

    fn log_in(&mut self, path: &str, password: &str) -> u16 {
        let form = format!("appNav=cmplatform&j_username=platform&j_password={password}");
        let request = self.agent.request("POST", path).header("cookie", &self.cookie);
        let response = request.body(form).send().unwrap();
        self.keep_cookie(&response);
        response.status().as_u16()
    }

    fn logged_in(cucm: &'a CucmStandIn) -> Self {
        let mut session = Self::open(cucm);
        assert_eq!(session.log_in(LOGIN, "platform-secret"), 302);
        session
    }

    /// The upload page, and its token.
    fn page(&self) -> (String, Option<String>) {
        let request = self.agent.request("GET", UPLOAD).header("cookie", &self.cookie);
        let page = request.send().unwrap().text().unwrap();
        let token = token(&page);
        (page, token)
    }

    /// Sends a recorded upload with this token instead of the recorded one.
    fn upload(&self, file: &str, token: &str) -> reqwest::Result<String> {
        let recorded = recorded(file);
        let (head, body) = recorded.split_once("\r\n\r\n").unwrap();
        let content_type = head.split_once("Content-Type: ").unwrap().1.lines().next().unwrap();
        let request = self.agent.request("POST", UPLOAD).header("cookie", &self.cookie);
        let request = request.header("content-type", content_type);
        request.body(body.replace(TOKEN, token)).send()?.text()
    }
}

/// The token of a page.
fn token(page: &str) -> Option<String> {
    let at = page.find("name=\"token\"").or_else(|| page.find("name='token'"))?;
    let line = page[..at].rfind('\n').unwrap();
    let rest = &page[line..][page[line..].find("value=").unwrap() + 7..];
    Some(rest[..rest.find(['"', '\'']).unwrap()].to_owned())
}

const REQUEST: &str = "59-tftpFileUpload-upload-req.http";

#[test]
fn recorded_upload_is_stored_and_gets_the_next_token() {
    let cucm = CucmStandIn::start();
    let session = Session::logged_in(&cucm);
    let (page, first) = session.page();
    let first = first.unwrap();
    assert_eq!(first.len(), 32);
    assert_eq!(page, recorded("58-tftpFileUpload-page-res.html").replace(TOKEN, &first));
    let answer = session.upload(REQUEST, &first).unwrap();
    let second = token(&answer).unwrap();
    let expected = recorded("59-tftpFileUpload-upload-res.html");
    let next = token(&expected).unwrap();
    assert_eq!(answer, expected.replace(&next, &second));
    assert_eq!(cucm.state().nodes[0].files[FILE], recorded_bytes("AppDialRules.xml"));
    assert!(cucm.state().nodes[0].served.is_empty());
    assert_ne!(first, second);
    assert!(session.upload(REQUEST, &second).unwrap().contains("was stored"));
}

#[test]
fn used_token_stores_nothing() {
    let cucm = CucmStandIn::start();
    let session = Session::logged_in(&cucm);
    let token_1 = session.page().1.unwrap();
    session.upload(REQUEST, &token_1).unwrap();
    cucm.state().nodes[0].files.clear();
    let answer = session.upload(REQUEST, &token_1).unwrap();
    let expected = recorded("60-tftpFileUpload-again-res.html");
    let next = token(&expected).unwrap();
    assert_eq!(answer, expected.replace(&next, &token(&answer).unwrap()));
    assert!(cucm.state().nodes[0].files.is_empty());
}

#[test]
fn request_without_login_gets_the_login_page() {
    let cucm = CucmStandIn::start();
    let login = recorded("61-tftpFileUpload-login-res.html");
    let mut session = Session::open(&cucm);
    assert_eq!(session.page(), (login.clone(), None));
    assert_eq!(session.upload(REQUEST, TOKEN).unwrap(), login);
    assert_eq!(session.log_in(LOGIN, "wrong"), 200);
    assert_eq!(session.log_in("/cmplatform/WEB-INF/pages/j_security_check", "x"), 404);
    assert_eq!(session.log_in(LOGIN, "platform-secret"), 302);
    assert!(session.page().1.is_some());
    cucm.state().platform.expire_sessions();
    assert_eq!(session.page().1, None);
}

#[test]
fn failed_logins_lock_out() {
    let cucm = CucmStandIn::start();
    cucm.state().platform.max_failures = 2;
    let mut session = Session::open(&cucm);
    for password in ["a", "b", "platform-secret"] {
        assert_eq!(session.log_in(LOGIN, password), 200);
    }
    assert!(cucm.state().platform.is_locked());
    cucm.state().platform.unlock();
    assert_eq!(session.log_in(LOGIN, "platform-secret"), 302);
}

#[test]
fn too_many_sessions_are_refused() {
    let cucm = CucmStandIn::start();
    cucm.state().platform.max_sessions = 1;
    let _first = Session::logged_in(&cucm);
    assert_eq!(Session::open(&cucm).log_in(LOGIN, "platform-secret"), 200);
}

#[test]
fn page_in_another_language_and_markup_has_a_token() {
    let cucm = CucmStandIn::start();
    let session = Session::logged_in(&cucm);
    cucm.state().platform.other_markup = true;
    let (page, first) = session.page();
    let expected = recorded("62-tftpFileUpload-page-other-order-res.html");
    assert_eq!(page, expected.replace(TOKEN, &first.unwrap()));
    cucm.state().platform.language = Language::German;
    let (page, second) = session.page();
    assert!(page.contains("Ordner"));
    assert!(session.upload(REQUEST, &second.unwrap()).unwrap().contains("gespeichert"));
}

#[test]
fn release_before_11_has_no_tokens_and_another_login() {
    let cucm = CucmStandIn::start_release("10.5.2.10000(5)");
    let mut session = Session::open(&cucm);
    assert_eq!(session.log_in(LOGIN, "platform-secret"), 404);
    let login = "/cmplatform/WEB-INF/pages/j_security_check";
    assert_eq!(session.log_in(login, "platform-secret"), 302);
    assert_eq!(session.page().1, None);
    let answer = session.upload("63-tftpFileUpload-before-11-req.http", "").unwrap();
    assert!(answer.contains("was stored"));
    assert_eq!(cucm.state().nodes[0].files[FILE], recorded_bytes("AppDialRules.xml"));
}

#[test]
fn page_can_say_stored_and_store_something_else() {
    let cucm = CucmStandIn::start();
    let session = Session::logged_in(&cucm);
    for (outcome, length) in [(UploadOutcome::Lost, None), (UploadOutcome::Halved, Some(110))] {
        cucm.state().nodes[0].uploads = outcome;
        let answer = session.upload(REQUEST, &session.page().1.unwrap()).unwrap();
        assert!(answer.contains("was stored"));
        let length_found = cucm.state().nodes[0].files.get(FILE).map(Vec::len);
        assert_eq!(length_found, length);
    }
}

#[test]
fn node_dies_after_it_took_the_file() {
    let mut cucm = CucmStandIn::start();
    let other = cucm.add_node("cucm-sub1.example.com");
    let session = Session::logged_in(&cucm);
    let token = session.page().1.unwrap();
    let fault = Injection::new(Fault::DieAfter).method("POST").operation("tftpFileUpload.do");
    cucm.faults().add(fault.times(1));
    session.upload(REQUEST, &token).unwrap_err();
    assert!(cucm.state().nodes[0].files.contains_key(FILE));
    session.agent.file(FILE).unwrap_err();
    session.agent.request("GET", UPLOAD).send().unwrap_err();
    let alive = session.agent.file_of(&other, FILE);
    assert_eq!(alive.unwrap().status(), 404);
    cucm.state().nodes[0].is_alive = true;
    assert_eq!(session.agent.file(FILE).unwrap().status(), 404);
}
