//! The admin port: health, metrics, reload, and the page for people.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::clients::Client;
use super::served::{Served, curl};

const PLAN: &str = "emergency 911\napplication {\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\n\
                    site \"Dallas\" {\n  clients 10.20.0.0/16\n  application { rule \"Local\" { begins-with 5; digits 7; prefix 8 } }\n}\n\
                    test { dial 911 -> unchanged }\n";

fn room() -> tempfile::TempDir {
    let room = tempfile::tempdir().unwrap();
    fs::write(room.path().join("plan.adr"), PLAN).unwrap();
    room
}

#[test]
fn health_readiness_and_version() {
    let room = room();
    let served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    for (path, body) in [
        ("/-/healthy", "healthy\n"),
        ("/-/ready", "ready, generation 1\n"),
        ("/-/version", concat!("adrc ", env!("CARGO_PKG_VERSION"), "\n")),
    ] {
        let answer = served.admin(&[path]);
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    }
    assert_eq!(served.admin(&["/no-such-page"]).status, 404);
    assert_eq!(served.admin(&["-XPOST", "/-/healthy"]).status, 405);
    // the files are served on the other ports, and the admin pages are not
    assert_eq!(served.admin(&["/AppDialRules.xml"]).status, 404);
    let public = curl(&[], &format!("http://{}/metrics", served.http));
    assert_eq!(public.status, 404);
}

#[test]
fn metrics_are_as_prometheus_wants_them() {
    let room = room();
    let served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    for (client, name) in [(Client::Curl, "AppDialRules.xml"), (Client::CurlHttp, "missing.xml")] {
        let _ = client.fetch(client.address(&served), name, room.path());
    }
    let metrics = served.admin(&["/metrics"]);
    assert!(metrics.head.contains("content-type: text/plain; version=0.0.4"), "{metrics:?}");
    for line in [
        "adrc_requests_total{protocol=\"tftp\",result=\"complete\"} 1\n",
        "adrc_requests_total{protocol=\"http\",result=\"missing\"} 1\n",
        "adrc_generation 1\n",
    ] {
        assert!(metrics.body.contains(line), "{line} is not in\n{}", metrics.body);
    }
    promtool(&metrics.body);
}

/// `promtool check metrics`, of Debian's package prometheus; it complains of names, types and
/// missing help.
fn promtool(metrics: &str) {
    let unpacked = adr_tests::root().join("target/debian/prometheus/usr/bin/promtool");
    let promtool = if unpacked.exists() { unpacked } else { "promtool".into() };
    let checking = Command::new(&promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut checking =
        checking.unwrap_or_else(|error| panic!("promtool: {error}; tests/run unpacks it"));
    let mut input = checking.stdin.take().unwrap();
    // the line that ends OpenMetrics is none of the older text form, which is what promtool reads
    input.write_all(metrics.replace("# EOF\n", "").as_bytes()).unwrap();
    drop(input);
    let output = checking.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}\n{metrics}");
}

#[test]
fn reload_by_http_is_off_unless_enabled_and_never_for_web_pages() {
    let room = room();
    let served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    assert_eq!(served.admin(&["-XPOST", "/-/reload"]).status, 403);
    drop(served);
    let served =
        Served::start(room.path(), &["plan.adr", "--publish", "published", "--admin-reload"]);
    let change = |text: &str| fs::write(room.path().join("plan.adr"), text).unwrap();
    change(&PLAN.replace("prefix 9", "prefix 7"));
    assert_eq!(served.admin(&["-XPOST", "-HOrigin: http://127.0.0.1", "/-/reload"]).status, 403);
    let reloaded = served.admin(&["-XPOST", "/-/reload"]);
    assert_eq!((reloaded.status, reloaded.body.as_str()), (200, "generation 2\n"));
    let same = served.admin(&["-XPOST", "/-/reload"]);
    assert_eq!((same.status, same.body.as_str()), (200, "generation 2\n"));
    change("application {");
    let failed = served.admin(&["-XPOST", "/-/reload"]);
    assert_eq!(failed.status, 422, "{failed:?}");
    assert_eq!(served.admin(&["/-/ready"]).body, "ready, generation 2\n");
    let page = served.admin(&["/"]);
    assert!(page.body.contains("The last reload failed"), "{}", page.body);
    assert_eq!(served.admin(&["-HHost: evil.example", "/-/healthy"]).status, 421);
}

#[test]
fn a_hangup_reloads_and_errors_keep_what_is_served() {
    let room = room();
    let mut served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    let fetch =
        |served: &Served| Client::Curl.fetch(served.tftp, "AppDialRules.xml", room.path()).unwrap();
    let first = fetch(&served);
    fs::write(room.path().join("plan.adr"), PLAN.replace("prefix 9", "prefix 7")).unwrap();
    served.signal(Signal::HUP);
    assert_eq!(served.wait_for("reloaded")["generation"], 2);
    let second = fetch(&served);
    assert_ne!(first, second);
    fs::write(room.path().join("plan.adr"), "application {").unwrap();
    served.signal(Signal::HUP);
    assert_eq!(served.wait_for("reload failed")["generation"], 2);
    assert!(!served.events("finding").is_empty());
    assert_eq!(fetch(&served), second);
    assert_eq!(fs::read(room.path().join("published/AppDialRules.xml")).unwrap(), second);
    assert_eq!(served.end(), Some(0));
}

#[test]
fn the_page_tells_what_is_served_to_whom_and_who_asked() {
    let room = room();
    let served = Served::start(room.path(), &["plan.adr", "--publish", "published"]);
    let name = "CUPC/AppDialRules.xml";
    Client::Curl.fetch(served.tftp, name, room.path()).unwrap();
    let _ = Client::CurlHttp.fetch(served.http, "%3Cb%3E.xml", room.path());
    let page = served.admin(&["/"]);
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
        assert!(page.body.contains(part), "{part} is not in\n{}", page.body);
    }
    assert!(!page.body.contains("<b>") && !page.body.contains("<script"), "{}", page.body);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    // nothing from elsewhere
    assert!(!page.body.contains("http://") && !page.body.contains("https://"), "{}", page.body);
    let style = served.admin(&["/-/style.css"]);
    assert!(style.head.contains("text/css"), "{}", style.head);
}
