//! The status page of a running `adrc serve`: findings, numbers, history, rollbacks, certificates.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::Command;

use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;

use super::server_process::ServerProcess;

const PLAN: &str = "application {\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\n\
                    site \"Dallas\" {\n  clients 10.20.0.0/16\n  application { rule \"Local\" { begins-with 5; digits 7; prefix 8 } }\n}\n";

const ARGUMENTS: [&str; 4] = ["plan.adr", "--publish", "published", "--admin-reload"];

fn sandbox() -> tempfile::TempDir {
    let sandbox = tempfile::tempdir().unwrap();
    write(sandbox.path(), PLAN);
    sandbox
}

fn write(folder: &Path, plan: &str) {
    fs::write(folder.join("plan.adr"), plan).unwrap();
}

/// Runs `adrc` with these arguments in a folder.
fn adrc(folder: &Path, arguments: &[&str]) {
    let output = adr_tests::adrc(folder).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[track_caller]
fn assert_has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "`{part}` is missing in\n{page}");
    }
}

#[test]
fn failed_reload_is_answered_and_shown_with_its_findings() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &ARGUMENTS);
    write(sandbox.path(), &PLAN.replace("digits 7", "digits 1O"));
    let text = server.admin(&["-XPOST", "/-/reload"]);
    assert_eq!(text.status, 422);
    let parts = [
        "the rules have 2 errors; the first: plan.adr:2: bad-value: ",
        "error[bad-value]: `1O` is not a valid value here",
        "--> plan.adr:2:",
        "help: letters are not digits",
        "--> plan.adr:6:",
    ];
    assert_has(&text.body, &parts);
    assert_has(
        &server.admin(&["/"]).body,
        &[
            "The last reload failed",
            "2 findings",
            "error[bad-value]: `1O` is not a valid value here",
            "--&gt; plan.adr:6:",
            "help: letters are not digits",
        ],
    );
    let json = server.admin(&["-XPOST", "-HAccept: application/json", "/-/reload"]);
    let document: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!((json.status, &document["valid"]), (422, &false.into()));
    assert_eq!(document["findings"][1]["line"], 6);
    let metrics = server.admin(&["/metrics"]).body;
    assert_has(
        &metrics,
        &["adrc_reload_failures_total{kind=\"rules\"} 2\n", "adrc_failed_reloads 1\n"],
    );
    let good = |metrics: &str| {
        let lines = metrics.lines();
        let mut value =
            lines.filter_map(|it| it.strip_prefix("adrc_last_reload_success_timestamp_seconds "));
        value.next().unwrap().parse::<u64>().unwrap()
    };
    let before = good(&metrics);
    assert!(before > 1_764_000_000, "the start was a good one");
    write(sandbox.path(), PLAN);
    let json = server.admin(&["-XPOST", "-HAccept: application/json", "/-/reload"]);
    let document: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(
        document,
        serde_json::json!({ "format_version": 2, "valid": true, "generation": 1 })
    );
    let metrics = server.admin(&["/metrics"]).body;
    assert_has(&metrics, &["adrc_failed_reloads 0\n"]);
    assert!(good(&metrics) >= before);
    assert!(!server.admin(&["/"]).body.contains("The last reload failed"));
}

#[test]
fn number_is_tried_by_the_published_rules_and_not_logged() {
    needs!("curl");
    let sandbox = sandbox();
    let mut server = ServerProcess::start(sandbox.path(), &ARGUMENTS[..3]);
    let dial = |view: &str, list: &str| {
        let view = format!("view={view}");
        let list = format!("list={list}");
        let encoded = "--data-urlencode";
        server.admin(&[encoded, "number=555-0143", encoded, &view, "-d", &list, "/-/try"])
    };
    for (view, result) in [("", "95550143"), ("Dallas", "85550143")] {
        let tried = dial(view, "application");
        assert_eq!(tried.status, 200);
        let result = format!("<strong><code>{result}</code></strong>");
        assert_has(&tried.body, &["<code>5550143</code>", &result, "AppDialRules.xml:", "decides"]);
    }
    assert_has(&dial("", "lookup").body, &["No rule matches: the number goes out unchanged."]);
    // the rules of the sources count only after they were published
    write(sandbox.path(), &PLAN.replace("prefix 9", "prefix 7"));
    assert_has(&dial("", "application").body, &["95550143"]);
    for path in ["/", "/metrics", "/-/clients"] {
        assert!(!server.admin(&[path]).body.contains("5550143"), "{path}");
    }
    server.signal(Signal::TERM);
    server.wait_for("ended");
    let log = format!("{:?}", server.events(""));
    assert!(log.contains("ready") && !log.contains("0143"), "{log}");
}

#[test]
fn page_shows_the_history_and_how_to_release_what_a_rollback_blocks() {
    needs!("curl");
    let sandbox = sandbox();
    let server = ServerProcess::start(sandbox.path(), &ARGUMENTS);
    write(sandbox.path(), &PLAN.replace("prefix 9", "prefix 7"));
    adrc(sandbox.path(), &["compile", "plan.adr", "--publish=published", "-m", "Use <seven>"]);
    adrc(sandbox.path(), &["rollback", "--publish=published", "-m", "Nine was right"]);
    let reloaded = server.admin(&["-XPOST", "/-/reload"]);
    let why = "these rules are those of generation 2, which was rolled back; generation 3 stays \
               current; change the rules, or publish them again with `adrc compile`";
    let expected = format!("generation 3\nnot published: {why}\n");
    assert_eq!((reloaded.status, reloaded.body), (200, expected));
    let json = server.admin(&["-XPOST", "-HAccept: application/json", "/-/reload"]).body;
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = serde_json::json!({
        "format_version": 2, "valid": true, "generation": 3, "blocked": why
    });
    assert_eq!(document, expected);
    let log = format!("{:?}", server.events(""));
    assert!(!log.contains("reloaded"), "nothing was reloaded: {log}");
    let page = server.admin(&["/"]).body;
    assert_has(
        &page,
        &[
            "A rollback blocks these rules",
            "These rules are those of generation 2, which was rolled back",
            "Generation 2 was rolled back on ",
            "change the rules, or publish them again with `adrc compile`",
            "Use &lt;seven&gt;",
            "Nine was right",
            "current, rolled back from 2 to 1",
        ],
    );
    assert_has(&server.admin(&["/metrics"]).body, &["adrc_publishing_blocked 1\n"]);
    write(sandbox.path(), &PLAN.replace("prefix 9", "prefix 6"));
    assert_eq!(server.admin(&["-XPOST", "/-/reload"]).body, "generation 4\n");
    assert_has(&server.admin(&["/metrics"]).body, &["adrc_publishing_blocked 0\n"]);
    let page = server.admin(&["/"]).body;
    assert!(!page.contains("rollback blocks") && !page.contains("Rolled back"), "{page}");
}

#[test]
fn history_of_generations_that_a_server_publishes_has_user_and_commit() {
    needs!("curl", "git", "id");
    let sandbox = sandbox();
    let output_of = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).current_dir(sandbox.path()).args(arguments).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    output_of("git", &["init", "-q"]);
    output_of("git", &["add", "plan.adr"]);
    let person = ["-c", "user.name=a", "-c", "user.email=a@b"];
    output_of("git", &[&person[..], &["commit", "-q", "-m", "first"]].concat());
    let commit = output_of("git", &["rev-parse", "--short=12", "HEAD"]);
    let user = output_of("id", &["-un"]);
    // publishing waits a second for git, and a busy machine may need longer: then it goes without
    let mut folders = (1..).map(|number| format!("--publish=published-{number}"));
    let mut start = || {
        let publish = folders.next().unwrap();
        ServerProcess::start(sandbox.path(), &["plan.adr", &publish, "--admin-reload"])
    };
    let server = RefCell::new(start());
    let page = || server.borrow().admin(&["/"]).body;
    let committed = || {
        let has_commit = page().contains(&format!("{commit}<"));
        if !has_commit {
            server.replace(start());
        }
        has_commit
    };
    wait_within(TIMEOUT, committed, page);
    let mut prefixes = (1..9).cycle();
    let modified = || {
        let prefix = format!("prefix {}", prefixes.next().unwrap());
        write(sandbox.path(), &PLAN.replace("prefix 9", &prefix));
        assert_eq!(server.borrow().admin(&["-XPOST", "/-/reload"]).status, 200);
        page().contains(&format!("{commit}+<"))
    };
    wait_within(TIMEOUT, modified, page);
    assert_has(&page(), &[&format!("<td>{user}</td>")]);
}

/// Waits until the metric and the page agree whether a rollback blocks the present rules.
#[track_caller]
fn wait_until_blocked(server: &ServerProcess, is_blocked: bool) {
    let metric = format!("adrc_publishing_blocked {}\n", u8::from(is_blocked));
    let has_metric = || server.admin(&["/metrics"]).body.contains(&metric);
    wait_within(TIMEOUT, has_metric, || metric.clone());
    let page = server.admin(&["/"]).body;
    assert_eq!(page.contains("A rollback blocks these rules"), is_blocked, "{page}");
    assert!(!page.contains("<p></p>"), "{page}");
}

#[test]
fn rollback_blocks_and_compiling_releases_the_rules_without_a_reload() {
    needs!("curl");
    let sandbox = sandbox();
    adrc(sandbox.path(), &["compile", "plan.adr", "--publish=published"]);
    write(sandbox.path(), &PLAN.replace("prefix 9", "prefix 7"));
    let server = ServerProcess::start_watching(sandbox.path(), &ARGUMENTS, ["127.0.0.1:0"; 3]);
    wait_until_blocked(&server, false);
    adrc(sandbox.path(), &["rollback", "--publish=published"]);
    wait_until_blocked(&server, true);
    let page = server.admin(&["/"]).body;
    assert_has(&page, &["generation 3 stays current", "Generation 2 was rolled back on "]);
    adrc(sandbox.path(), &["compile", "plan.adr", "--publish=published"]);
    wait_until_blocked(&server, false);
    // the same after a reload has found that the rules are blocked
    adrc(sandbox.path(), &["rollback", "--publish=published"]);
    assert_has(&server.admin(&["-XPOST", "/-/reload"]).body, &["generation 5\nnot published: "]);
    wait_until_blocked(&server, true);
    adrc(sandbox.path(), &["compile", "plan.adr", "--publish=published"]);
    wait_until_blocked(&server, false);
    assert_eq!(server.admin(&["-XPOST", "/-/reload"]).body, "generation 6\n");
}

#[test]
fn invalid_certificate_is_shown_and_counted_until_it_is_corrected() {
    needs!("curl");
    let sandbox = sandbox();
    let path = |name: &str| sandbox.path().join(name);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(path("key.pem"), &key).unwrap();
    let settings =
        "https = \"127.0.0.1:0\"\ntls = { certificate = \"cert.pem\", key = \"key.pem\" }\n";
    fs::write(path("adrc.toml"), settings).unwrap();
    let arguments = ["plan.adr", "--publish=published", "--config=adrc.toml"];
    let server = ServerProcess::start(sandbox.path(), &arguments);
    let page = || server.admin(&["/"]).body;
    fs::write(path("key.pem"), "not a key").unwrap();
    server.signal(Signal::HUP);
    let what = || "the alert".to_owned();
    wait_within(TIMEOUT, || page().contains("The new certificate is not used"), what);
    assert_has(&page(), &["HTTPS still uses the previous one", "key.pem: "]);
    let metrics = server.admin(&["/metrics"]).body;
    assert_has(
        &metrics,
        &["adrc_reload_failures_total{kind=\"certificate\"} 1\n", "adrc_failed_reloads 1\n"],
    );
    fs::write(path("key.pem"), key).unwrap();
    server.signal(Signal::HUP);
    wait_within(TIMEOUT, || !page().contains("The new certificate is not used"), what);
}
