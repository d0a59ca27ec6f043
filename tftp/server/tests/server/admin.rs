//! The admin port: files to look at, numbers to try, history, failed reloads, and ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::signature::{SigningKey, Statement, new_keys};
use adr_server::{
    AlertScope, Alerts, Backend, BlockedByRollback, Generation, History, PastGeneration, Reload,
    ReloadError, ReloadFinding, ReloadReport, TlsFiles, Trace, TraceStep, Trial,
};

use crate::harness::{TestServer, exchange, files, generation, signed};

/// The answer to a request with further header lines and a body.
fn ask(admin: SocketAddr, request: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    exchange(admin, text.as_bytes())
}

fn get(admin: SocketAddr, path: &str) -> String {
    ask(admin, &format!("GET {path}"), "", "")
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[track_caller]
fn assert_has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "`{part}` is missing in\n{page}");
    }
}

/// A backend with a history, whose rules put a 9 in front of every number.
#[derive(Debug)]
struct Prefixing;

impl Backend for Prefixing {
    fn history(&self, most: usize) -> Option<Result<History, String>> {
        let generations = vec![
            PastGeneration {
                generation: 9,
                published: Some(UNIX_EPOCH + Duration::from_secs(1_772_323_200)),
                message: Some("back to <b>before</b>".to_owned()),
                user: Some("ada".to_owned()),
                commit: Some("0123456789ab+".to_owned()),
                remark: "rolled back from 8 to 7".to_owned(),
                is_current: true,
            },
            PastGeneration { generation: 8, ..PastGeneration::default() },
        ];
        assert!(most >= 10);
        let since = Some(UNIX_EPOCH + Duration::from_secs(1_772_323_200));
        let blocked = Some(BlockedByRollback { generations: vec![8], since });
        Some(Ok(History { generations, blocked }))
    }

    fn can_dial(&self) -> bool {
        true
    }

    fn dial(&self, trial: &Trial<'_>) -> Option<Trace> {
        let step = TraceStep {
            position: 1,
            place: format!("{}:2", trial.file),
            rule: format!("of {} bytes", trial.content.len()),
            wins: true,
            reason: "prefix 9".to_owned(),
        };
        Some(Trace {
            cleaned: trial.number.to_owned(),
            result: format!("9{}", trial.number),
            remarks: vec!["a remark".to_owned()],
            steps: vec![step],
            omitted: 3,
        })
    }
}

#[test]
fn files_of_the_served_generation_are_shown_as_plain_text() {
    let mut served = TestServer::with(|_| {});
    let admin = served.admin();
    let shown = get(admin, "/-/files/7/0/CUPC/AppDialRules.xml");
    assert_eq!((status(&shown), body(&shown)), ("200", "<DialRules>default</DialRules>\n"));
    let head = shown.to_ascii_lowercase();
    assert_has(
        &head,
        &[
            "content-type: text/plain; charset=utf-8",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
            "content-security-policy: default-src 'none'",
        ],
    );
    assert_eq!(
        body(&get(admin, "/-/files/7/1/CUPC/AppDialRules.xml")),
        "<DialRules>here</DialRules>\n"
    );
    assert_eq!(status(&get(admin, "/-/files/7/0/manifest.json")), "200");
    for path in [
        "/-/files/6/0/AppDialRules.xml",
        "/-/files/7/2/AppDialRules.xml",
        "/-/files/7/0/sites/here/CUPC/AppDialRules.xml",
        "/-/files/7/0/../1/AppDialRules.xml",
        "/-/files/7/0/%2e%2e/AppDialRules.xml",
        "/-/files/7/0/nothing",
    ] {
        let answer = get(admin, path);
        assert!(["400", "404"].contains(&status(&answer)), "{path}: {answer}");
    }
    // every link of the page leads to a file
    let page = get(admin, "/");
    let links: Vec<_> = page.split("href=\"/-/files/").skip(1).collect();
    assert!(links.len() > 5, "{page}");
    for link in links {
        let path = link.split('"').next().unwrap();
        assert_eq!(status(&get(admin, &format!("/-/files/{path}"))), "200", "{path}");
    }
    served.store.swap(generation(8, &files()));
    let former = get(admin, "/-/files/7/0/AppDialRules.xml");
    assert_eq!(status(&former), "404");
    assert_has(body(&former), &["generation 7 is not served any more, but 8"]);
}

#[test]
fn tried_number_is_answered_with_its_trace_and_kept_nowhere() {
    let mut served = TestServer::with(|_| {});
    let admin = served.admin_with(|admin| admin.backend = Arc::new(Prefixing));
    let own = format!("origin: http://{admin}\r\n");
    let tried =
        ask(admin, "POST /-/try", &own, "number=%2B5551212%3Cb%3E&view=here&list=application");
    assert_eq!(status(&tried), "200");
    let size = "<DialRules>here</DialRules>\n".len();
    assert_has(
        &tried,
        &[
            "<code>+5551212&lt;b&gt;</code>",
            "<code>9+5551212&lt;b&gt;</code>",
            "prefix 9",
            "AppDialRules.xml:2",
            &format!("of {size} bytes"),
            "a remark",
            "3 other rules above do not match either",
            "<option value=\"here\" selected>",
            "value=\"+5551212&lt;b&gt;\"",
            "Generation 7",
        ],
    );
    // afterwards the number is nowhere: not on the page, not in metrics, not among the requests
    for path in ["/", "/metrics", "/-/try"] {
        assert!(!get(admin, path).contains("5551212"), "{path}");
    }
    assert!(served.server().latest_records().is_empty());
    let form = get(admin, "/-/try");
    assert_eq!(status(&form), "303");
    assert_has(&form.to_ascii_lowercase(), &["location: /#try"]);
}

#[test]
fn form_of_another_page_and_invalid_forms_are_rejected() {
    let mut served = TestServer::with(|_| {});
    let admin = served.admin_with(|admin| admin.backend = Arc::new(Prefixing));
    let post = |headers: &str, body: &str| ask(admin, "POST /-/try", headers, body);
    for origin in ["null", "http://evil.example", "http://127.0.0.1:1"] {
        let answer = post(&format!("origin: {origin}\r\n"), "number=1");
        assert_eq!(status(&answer), "403", "{origin}");
        assert!(!answer.contains("91"), "{answer}");
    }
    for (body, reason) in [
        ("", "Type a number"),
        ("number=++", "Type a number"),
        (&*format!("number={}", "1".repeat(101)), "at most 100 characters"),
        ("number=1&view=nowhere", "There is no view of this name"),
        ("number=1&list=lookup", "This view has no DirLookupDialRules.xml"),
    ] {
        let answer = post("", body);
        assert_eq!(status(&answer), "422", "{body}");
        assert_has(&answer, &[reason]);
    }
    assert_eq!(status(&post("", &format!("number={}", "1".repeat(5_000)))), "413");
    // a process that cannot read rules has no form
    let plain = served.admin();
    assert!(!get(plain, "/").contains("<form"));
    assert_eq!(status(&ask(plain, "POST /-/try", "", "number=1")), "501");
}

#[test]
fn page_shows_history_and_what_a_rollback_blocks() {
    let mut served = TestServer::with(|_| {});
    let alerts = Alerts::default();
    let shown = alerts.clone();
    let admin = served.admin_with(|admin| {
        admin.backend = Arc::new(Prefixing);
        admin.alerts = shown;
    });
    let page = get(admin, "/");
    assert_has(
        &page,
        &[
            "<h2>Rolled back</h2>",
            "Generation 8 was rolled back on 01 Mar 2026 00:00:00 GMT",
            "publish them by hand with <code>adrc compile</code>",
            "back to &lt;b&gt;before&lt;/b&gt;",
            "0123456789ab+",
            "ada",
            "aria-current=\"true\"",
            "current, rolled back from 8 to 7",
        ],
    );
    alerts.set_blocked(Some("these rules are those of generation 8".to_owned()));
    let page = get(admin, "/");
    assert_has(&page, &["A rollback blocks these rules", "These rules are those of generation 8."]);
    assert!(!page.contains("<h2>Rolled back</h2>"), "{page}");
    let memory = served.admin();
    assert_has(&get(memory, "/"), &["Generations are only in memory"]);
}

/// Answers every reload with a failure that has these findings.
fn rejecting(served: &TestServer, report: ReloadReport) -> tokio::sync::mpsc::Sender<Reload> {
    let (sender, mut reloads) = tokio::sync::mpsc::channel::<Reload>(1);
    let report = Arc::new(report);
    served.runtime.spawn(async move {
        while let Some(reload) = reloads.recv().await {
            let error = ReloadError::new("the rules have 102 errors");
            let _ = reload.send(Err(error.with_report(Some(Arc::clone(&report)))));
        }
    });
    sender
}

#[test]
fn failed_reload_answers_with_its_findings_as_text_or_json() {
    let mut served = TestServer::with(|_| {});
    let finding = |at: usize| ReloadFinding {
        is_error: true,
        text: format!("error[bad-value]: <{at}>\n --> plan.adr:{at}:1"),
        object: serde_json::json!({ "name": "bad-value", "line": at }),
    };
    let report = ReloadReport::new((1..).map(finding), 102);
    let sender = rejecting(&served, report.clone());
    let alerts = Alerts::default();
    let reason = Some("the rules have 102 errors".to_owned());
    alerts.set_with_report(AlertScope::Rules, reason, Some(Arc::new(report)));
    let admin = served.admin_with(|admin| {
        admin.reload = Some(sender);
        admin.alerts = alerts;
    });
    let text = ask(admin, "POST /-/reload", "", "");
    assert_eq!(status(&text), "422");
    let expected = "the rules have 102 errors\n\nerror[bad-value]: <1>\n --> plan.adr:1:1\n\nerror";
    assert!(body(&text).starts_with(expected), "{text}");
    assert!(body(&text).ends_with("plan.adr:100:1\n\nand 2 more findings\n"), "{text}");
    let json = ask(admin, "POST /-/reload", "accept: application/json\r\n", "");
    assert_eq!(status(&json), "422");
    let document: serde_json::Value = serde_json::from_str(body(&json)).unwrap();
    assert_eq!(document["valid"], false);
    assert_eq!(document["error"], "the rules have 102 errors");
    assert_eq!(document["findings"].as_array().unwrap().len(), 100);
    assert_eq!((&document["findings"][99]["line"], &document["omitted"]), (&100.into(), &2.into()));
    let page = get(admin, "/");
    assert_has(
        &page,
        &[
            "The last reload failed",
            "the rules have 102 errors",
            "error[bad-value]: &lt;1&gt;",
            " --&gt; plan.adr:100:1",
            "and 2 more findings",
        ],
    );
    assert!(!page.contains("plan.adr:101:1"), "{page}");
}

#[test]
fn ends_of_certificate_and_signature_are_shown_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2001, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2002, 1, 1);
    std::fs::write(folder.path().join("cert.pem"), wanted.self_signed(&key).unwrap().pem())
        .unwrap();
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    let tls = TlsFiles {
        certificate: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    let (secret, _) = new_keys().unwrap();
    let statement =
        Statement { timestamp: now, expires: Some(now + 86_400), ..Statement::default() };
    let sign =
        |manifest: &[u8]| SigningKey::parse(&secret).unwrap().sign(manifest, &statement).unwrap();
    let mut served = TestServer::of(signed(7, &files(), sign), |settings| {
        settings.https = settings.http.clone();
        settings.tls = Some(tls);
    });
    let admin = served.admin();
    let page = get(admin, "/");
    assert_has(
        &page,
        &[
            "<dt>HTTPS certificate ends</dt><dd>01 Jan 2002 00:00:00 GMT, ",
            "/-/files/7/0/manifest.json.minisig\">its signature</a>",
            "HTTPS certificate: it ended ",
            "<dt>Signature ends</dt>",
        ],
    );
    assert!(!page.contains("Signature: it ends"), "a day of a day is left: {page}");
    assert_has(
        &get(admin, "/metrics"),
        &[
            "\nadrc_certificate_start_timestamp_seconds 978307200\n",
            "\nadrc_certificate_end_timestamp_seconds 1009843200\n",
            &format!("\nadrc_signature_start_timestamp_seconds {now}\n"),
            &format!("\nadrc_signature_end_timestamp_seconds {}\n", now + 86_400),
        ],
    );
    // without a signature there is nothing that ends
    served.store.swap(Generation::empty());
    let metrics = get(admin, "/metrics");
    assert!(!metrics.contains("adrc_signature"), "{metrics}");
}

#[test]
fn page_works_without_scripts_and_names_its_parts() {
    let mut served = TestServer::with(|_| {});
    let admin = served.admin_with(|admin| admin.backend = Arc::new(Prefixing));
    let page = get(admin, "/");
    assert!(!page.contains("<script") && !page.contains("http://"), "{page}");
    assert_has(&page.to_ascii_lowercase(), &["form-action 'self'", "referrer-policy: same-origin"]);
    // every link of the navigation leads to a section, every field has a label, and every table
    // has a caption
    for id in page.split("href=\"/#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("<section id=\"{id}\" ")), "{id}");
    }
    for field in page.split(" id=\"").skip(1).filter(|rest| rest.contains("name=\"")) {
        let id = field.split('"').next().unwrap();
        let is_field = ["number", "view", "list"].contains(&id);
        assert!(!is_field || page.contains(&format!("<label for=\"{id}\">")), "{id}");
    }
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
}
