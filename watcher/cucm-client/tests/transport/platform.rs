//! Uploads by OS Administration.

use adr_cucm::upload::FileUpload;
use adr_cucm_client::{CallError, PlatformError, PlatformSession};

use crate::server::{PASSWORD, Reply, Request, Server};

const FILE: FileUpload<'_> =
    FileUpload { name: "AppDialRules.xml", bytes: b"<DialRules/>", directory: "CUPC" };

fn form(token: &str) -> String {
    format!(
        "<html><form><input name=\"struts.token.name\" value=\"token\">\
         <input name=\"token\" value=\"{token}\"><input type=file name=file></form></html>"
    )
}

const LOGIN: &str =
    "<html>Sign in<form><input name=j_username><input name=j_password></form></html>";

async fn open(server: &Server) -> Result<PlatformSession, PlatformError> {
    let cluster = server.cluster();
    PlatformSession::open(&cluster, &server.node, &cluster.credentials).await
}

/// A node that redirects as CUCM does, and counts tokens.
fn node(number: usize, request: &Request) -> Reply {
    match &*request.path {
        "/cmplatform" => Reply::new(302, "")
            .header("Location", "/cmplatform/showHome.do?x=1")
            .header("Set-Cookie", "JSESSIONID=first; Path=/cmplatform"),
        "/cmplatform/showHome.do?x=1" => Reply::ok(LOGIN),
        "/cmplatform/j_security_check" => Reply::new(302, "")
            .header("Location", "showHome.do")
            .header("Set-Cookie", "JSESSIONID=second; Path=/cmplatform")
            .header("Set-Cookie", "JSESSIONIDSSO=sso; Path=/"),
        "/cmplatform/showHome.do" => Reply::ok("<html>Welcome</html>"),
        "/cmplatform/tftpFileUpload.do" => Reply::ok(form(&format!("T{number}"))),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn session_logs_in_and_uploads_with_a_new_token_each_time() {
    let server = Server::start(node);
    let mut session = open(&server).await.unwrap();
    session.upload(&FILE).await.unwrap();
    session.upload(&FILE).await.unwrap();
    let requests = server.requests();
    let login = &requests[2];
    assert_eq!(login.header("cookie"), Some("JSESSIONID=first"));
    assert!(login.body.starts_with("appNav=cmplatform&j_username=axl&j_password=hunter2-p%C3%A4"));
    for (at, token) in [(5, "\r\n\r\nT4\r\n"), (6, "\r\n\r\nT5\r\n")] {
        let upload = &requests[at];
        assert_eq!(upload.header("cookie"), Some("JSESSIONID=second; JSESSIONIDSSO=sso"));
        assert!(upload.body.contains(token), "{}", upload.body);
        assert!(upload.body.contains("<DialRules/>"), "{}", upload.body);
    }
    let shown = format!("{session:?}");
    assert!(!shown.contains("second") && !shown.contains(PASSWORD), "{shown}");
}

#[tokio::test]
async fn old_release_gets_the_login_at_its_own_path() {
    let server = Server::start(|_, request| match &*request.path {
        "/cmplatform" => Reply::ok(LOGIN),
        "/cmplatform/j_security_check" => Reply::new(404, ""),
        "/cmplatform/WEB-INF/pages/j_security_check" => Reply::ok("<html>Welcome</html>"),
        _ => Reply::ok("<html><form><input type=file name=file></form></html>"),
    });
    open(&server).await.unwrap().upload(&FILE).await.unwrap();
}

#[tokio::test]
async fn wrong_password_is_sent_once_and_named() {
    let server = Server::start(|_, _| Reply::ok(LOGIN));
    let error = open(&server).await.unwrap_err();
    assert!(matches!(&error, PlatformError::LoggedOut { text } if text.contains("Sign in")));
    let posts = server.requests().iter().filter(|request| !request.body.is_empty()).count();
    assert_eq!(posts, 1);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn page_without_forms_is_a_lock_out() {
    let server = Server::start(|_, _| Reply::ok("<html>The maximum number of sessions</html>"));
    let error = open(&server).await.unwrap_err();
    assert!(error.to_string().contains("maximum number of sessions"), "{error}");
    assert!(matches!(error, PlatformError::LockedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn redirect_to_another_node_is_not_followed() {
    let elsewhere = Server::start(|_, _| Reply::ok(LOGIN));
    let target = format!("https://{}/cmplatform", elsewhere.node);
    let server = Server::start(move |_, request| match &*request.path {
        "/cmplatform" => Reply::ok(LOGIN),
        _ => Reply::new(302, "").header("Location", &target),
    });
    let error = open(&server).await.unwrap_err();
    let PlatformError::Call(CallError::Redirected { target: Some(_), .. }) = &error else {
        panic!("{error:?}");
    };
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let server = Server::start(|_, _| Reply::new(302, "").header("Location", "/cmplatform"));
    assert!(matches!(open(&server).await, Err(PlatformError::Call(CallError::Answer(_)))));
    assert_eq!(server.requests().len(), 7);
}
