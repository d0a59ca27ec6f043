//! The admin port: health, metrics, reload and the status page.

use adr_kit::needs;
use std::fs;

use rustix::process::Signal;

use super::promtool;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::http::curl;
use adr_kit::wait::{TIMEOUT, wait_within};

const PLAN: &str = "emergency 911\napplication {\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\n\
                    site \"Dallas\" {\n  clients 10.20.0.0/16\n  application { rule \"Local\" { begins-with 5; digits 7; prefix 8 } }\n}\n\
                    test { dial 911 -> unchanged }\n";

/// A folder with `plan.adr`.
fn sandbox() -> tempfile::TempDir {
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), PLAN).unwrap();
    sandbox
}

#[test]
fn health_readiness_and_version_are_served_on_the_admin_port_only() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    assert_eq!(server.until_ready(), "ready, generation 1\n");
    for (path, body) in [
        ("/-/healthy", "healthy\n"),
        ("/-/version", concat!("adrc ", env!("CARGO_PKG_VERSION"), "\n")),
    ] {
        let answer = server.admin(&[path]);
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    }
    assert_eq!(server.admin(&["/no-such-page"]).status, 404);
    assert_eq!(server.admin(&["-XPOST", "/-/healthy"]).status, 405);
    // dial rules are served on the other ports only, and admin pages on this one
    assert_eq!(server.admin(&["/AppDialRules.xml"]).status, 404);
    let public = curl(&[], &format!("http://{}/metrics", server.http));
    assert_eq!(public.status, 404);
}

#[test]
fn metrics_pass_promtool() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    for (client, name) in [(Client::Curl, "AppDialRules.xml"), (Client::CurlHttp, "missing.xml")] {
        let _ = client.fetch(client.address(&server), name, sandbox.path());
    }
    // the server counts a transfer when it has read the last acknowledgement of the client
    for line in [
        "adrc_requests_total{protocol=\"tftp\",result=\"complete\"} 1\n",
        "adrc_requests_total{protocol=\"http\",result=\"missing\"} 1\n",
        "adrc_generation 1\n",
    ] {
        let metrics = || server.admin(&["/metrics"]).body;
        let missing = || format!("`{line}` is missing in\n{}", metrics());
        wait_within(TIMEOUT, || metrics().contains(line), missing);
    }
    let metrics = server.admin(&["/metrics"]);
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{metrics:?}");
    if promtool::is_there() {
        // promtool reads the older text format, which has no end line
        let text = metrics.body.replace("# EOF\n", "");
        let (is_ok, complaints) = promtool::run(sandbox.path(), &["check", "metrics"], &text);
        assert!(is_ok && complaints.is_empty(), "{complaints}\n{text}");
    }
}

#[test]
fn reload_by_http_is_off_by_default_and_rejected_from_web_pages() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    assert_eq!(server.admin(&["-XPOST", "/-/reload"]).status, 403);
    drop(server);
    let server = ServerProcess::start(
        sandbox.path(),
        &["plan.adr", "--publish", "published", "--admin-reload"],
    );
    let change = |text: &str| fs::write(sandbox.path().join("plan.adr"), text).unwrap();
    change(&PLAN.replace("prefix 9", "prefix 7"));
    assert_eq!(server.admin(&["-XPOST", "-HOrigin: http://127.0.0.1", "/-/reload"]).status, 403);
    let reloaded = server.admin(&["-XPOST", "/-/reload"]);
    assert_eq!((reloaded.status, reloaded.body.as_str()), (200, "generation 2\n"));
    let same = server.admin(&["-XPOST", "/-/reload"]);
    assert_eq!((same.status, same.body.as_str()), (200, "generation 2\n"));
    change("application {");
    let failed = server.admin(&["-XPOST", "/-/reload"]);
    assert_eq!(failed.status, 422, "{failed:?}");
    assert_eq!(server.until_ready(), "ready, generation 2\n");
    let page = server.admin(&["/"]);
    assert!(page.body.contains("The last reload failed"), "{}", page.body);
    assert_eq!(server.admin(&["-HHost: evil.example", "/-/healthy"]).status, 421);
}

#[test]
fn sighup_reloads_and_invalid_rules_leave_served_files_unchanged() {
    needs!("curl");
    let sandbox = sandbox();
    let mut server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    let fetch = |server: &ServerProcess| {
        Client::Curl.fetch(server.tftp, "AppDialRules.xml", sandbox.path()).unwrap()
    };
    let first = fetch(&server);
    fs::write(sandbox.path().join("plan.adr"), PLAN.replace("prefix 9", "prefix 7")).unwrap();
    server.signal(Signal::HUP);
    assert_eq!(server.wait_for("reloaded")["generation"], 2);
    let second = fetch(&server);
    assert_ne!(first, second);
    fs::write(sandbox.path().join("plan.adr"), "application {").unwrap();
    server.signal(Signal::HUP);
    assert_eq!(server.wait_for("reload failed")["generation"], 2);
    assert!(!server.events("finding").is_empty());
    assert_eq!(fetch(&server), second);
    assert_eq!(fs::read(sandbox.path().join("published/AppDialRules.xml")).unwrap(), second);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn admin_page_lists_files_clients_and_requests() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--publish", "published"]);
    let name = "CUPC/AppDialRules.xml";
    Client::Curl.fetch(server.tftp, name, sandbox.path()).unwrap();
    let _ = Client::CurlHttp.fetch(server.http, "%3Cb%3E.xml", sandbox.path());
    for part in [
        "Generation 1",
        "Dallas",
        "10.20.0.0/16",
        "all other clients",
        name,
        "127.0.0.1",
        "complete",
        "missing",
        "&lt;b&gt;.xml",
    ] {
        let page = || server.admin(&["/"]).body;
        let missing = || format!("`{part}` is missing in\n{}", page());
        wait_within(TIMEOUT, || page().contains(part), missing);
    }
    let page = server.admin(&["/"]);
    assert!(!page.body.contains("<b>") && !page.body.contains("<script"), "{}", page.body);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    // the page loads nothing from other servers
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "{}", page.body);
    let style = server.admin(&["/-/style.css"]);
    assert!(style.head.contains("text/css"), "{}", style.head);
}
