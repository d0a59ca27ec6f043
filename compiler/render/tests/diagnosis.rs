//! A diagnosis as text, JSON, JUnit and Markdown.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use adr_doctor::presence::diagnose;
use adr_doctor::presence::observation::{
    Certificate, Chain, Connection, ConnectionFailure, Handshake, Observations, PresenceServer,
    PublicKey, Resolution, Symptom,
};
use adr_doctor::{Area, Diagnosis, causes};
use adr_render::Terminal;
use adr_render::diagnosis::{NOTHING_SEEN, NOTHING_WRONG, to_json, to_junit, to_markdown, to_text};
use serde_json::Value;

fn address_as_gateway() -> Diagnosis {
    diagnose(&address_seen())
}

/// A gateway that is an address, and a certificate that has a name.
fn address_seen() -> Observations {
    let certificate = Certificate {
        subject: "CN=owa.apps.local".to_owned(),
        common_names: vec!["owa.apps.local".to_owned()],
        issuer: "CN=Apps Root CA".to_owned(),
        serial: "1a2b".to_owned(),
        not_before: 1_780_000_000,
        not_after: 1_830_000_000,
        alternative_names: None,
        is_authority: None,
        path_length: None,
        public_key: PublicKey { algorithm: "RSA".to_owned(), bits: 2048, sha256: "k".to_owned() },
        signature_algorithm: "sha256WithRSAEncryption".to_owned(),
        sha256: "c".to_owned(),
        signed_by: Vec::new(),
        perhaps_signed_by: Vec::new(),
    };
    let address = "192.168.1.100".parse().unwrap();
    Observations {
        gateway: "192.168.1.100".to_owned(),
        port: 443,
        looked_at: 1_796_000_000,
        resolution: Some(Resolution::Address(address)),
        connections: vec![Connection { address, milliseconds: 3, failure: None }],
        handshake: Some(Handshake {
            milliseconds: 18,
            version: Some("TLS 1.2".to_owned()),
            versions: vec!["TLS 1.2".to_owned()],
            failure: None,
        }),
        chain: Some(Chain { sent: vec![certificate], ..Chain::default() }),
        ..Observations::default()
    }
}

fn hostile() -> Diagnosis {
    diagnose(&Observations {
        gateway: "owa\u{1b}[2J`|\u{202e}.local</failure>".to_owned(),
        resolution: Some(Resolution::NoAnswer("line\nline\u{7}".to_owned())),
        ..Observations::default()
    })
}

#[test]
fn text_shows_the_path_the_cause_and_the_fix() {
    let text = to_text(&address_as_gateway(), Terminal { width: 80, color: false });
    let path = "  you ── DNS ── TCP ── TLS ─✗ certificate ┄┄ HTTP ┄┄ account ┄┄ mailbox\n";
    assert!(text.contains(path), "{text}");
    for part in [
        "presence gateway 192.168.1.100, port 443\n",
        "  WRONG        certificate  owa.apps.local, until 2027-12-28\n",
        "  not reached  HTTP, account, mailbox\n",
        "error: common-name-mismatch\n",
        "  evidence  the certificate has no subject alternative names",
        "              Presence > Gateways > Presence Gateway: owa.apps.local\n",
        "could not be looked at\n  - HTTP, account, mailbox: not reached, because an earlier step fails\n",
        "1 error; `adrc explain common-name-mismatch` explains the first\n",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

#[test]
fn text_keeps_the_width_except_for_commands() {
    for width in [60, 80, 100] {
        let text = to_text(&address_as_gateway(), Terminal { width, color: false });
        let too_wide =
            |line: &&str| line.chars().count() > width && !line.starts_with("              ");
        assert_eq!(text.lines().find(too_wide), None);
    }
}

#[test]
fn text_with_color_says_the_same() {
    let plain = to_text(&address_as_gateway(), Terminal { width: 80, color: false });
    let mut colored = to_text(&address_as_gateway(), Terminal { width: 80, color: true });
    while let Some(start) = colored.find('\u{1b}') {
        let end = start + colored[start..].find('m').unwrap();
        colored.replace_range(start..=end, "");
    }
    assert_eq!(plain, colored);
}

#[test]
fn no_format_passes_control_characters_on() {
    let diagnosis = hostile();
    let text = to_text(&diagnosis, Terminal { width: 80, color: false });
    for shown in [text, to_markdown(&diagnosis), to_json(&diagnosis), to_junit(&diagnosis)] {
        let json = shown.starts_with('{') || shown.starts_with("<?xml");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
        assert!(json || !shown.contains('\u{202e}'), "{shown}");
    }
}

#[test]
fn json_has_the_path_and_the_findings() {
    let value: Value = serde_json::from_str(&to_json(&address_as_gateway())).unwrap();
    assert_eq!(value["format_version"], 2);
    assert_eq!(value["area"], "presence");
    assert_eq!(value["healthy"], false);
    assert_eq!(value["path"][4]["step"], "certificate");
    assert_eq!(value["path"][4]["outcome"], "bad");
    assert_eq!(value["path"][5]["outcome"], "not-reached");
    let found = &value["found"][0];
    assert_eq!(found["name"], "common-name-mismatch");
    assert_eq!(found["fixes"][0]["place"], "administration page of the server");
    assert!(!found["evidence"].as_array().unwrap().is_empty());
}

#[test]
fn junit_has_a_case_for_each_cause_and_skips_unseen_ones() {
    let junit = to_junit(&address_as_gateway());
    let all = causes().into_iter().filter(|(area, _)| *area == Area::Presence).count();
    assert_eq!(junit.matches("<testcase ").count(), all);
    assert_eq!(junit.matches("<failure ").count(), 1);
    let case = |name: &str| {
        let from = junit.find(&format!("name=\"{name}\"")).unwrap();
        junit[from..].split("<testcase").next().unwrap().to_owned()
    };
    assert!(case("common-name-mismatch").contains("owa.apps.local A ADDRESS"));
    assert!(case("account-rejected").contains("<skipped message=\"an earlier step stops"));
    assert!(!case("name-does-not-resolve").contains("skipped"));
}

#[test]
fn markdown_keeps_commands_in_code_blocks() {
    let markdown = to_markdown(&address_as_gateway());
    for part in [
        "## presence gateway `192.168.1.100, port 443`\n",
        "| certificate | WRONG | owa.apps.local, until 2027-12-28 |\n",
        "### error: common-name-mismatch\n",
        "```text\nowa.apps.local A ADDRESS\n```\n",
    ] {
        assert!(markdown.contains(part), "`{part}` is missing in:\n{markdown}");
    }
}

#[test]
fn markdown_of_a_hostile_name_is_text() {
    let name = "<img src=x onerror=y>|[a](https://evil.example)**b**_c_";
    let seen = Observations { gateway: name.to_owned(), ..Observations::default() };
    let mut diagnosis = diagnose(&seen);
    diagnosis.path[1].detail = name.to_owned();
    diagnosis.remarks.push(name.to_owned());
    diagnosis.found[0].message = name.to_owned();
    let markdown = to_markdown(&diagnosis);
    let text = r"\<img src=x onerror=y\>\|\[a\](https://evil.example)\*\*b\*\*\_c\_";
    assert_eq!(markdown.matches(text).count(), 3, "{markdown}");
    // everything else that names it is code
    let outside: String = markdown.replace(text, "").split('`').step_by(2).collect();
    assert!(!outside.contains("<img") && !outside.contains("evil.example"), "{markdown}");
}

#[test]
fn junit_skips_causes_without_their_input() {
    let junit = to_junit(&address_as_gateway());
    let case = |name: &str| {
        let from = junit.find(&format!("name=\"{name}\"")).unwrap();
        junit[from..].split("<testcase").next().unwrap().to_owned()
    };
    for name in ["issuer-missing", "identity-certificate-uploaded", "unreadable-upload"] {
        let skipped = "<skipped message=\"no folder of uploaded certificates is given\"";
        assert!(case(name).contains(skipped), "{}", case(name));
    }
    assert!(!case("certificate-expired").contains("skipped"));
    let cluster = adr_doctor::cucm::Observations {
        nodes: Some(vec![adr_doctor::cucm::Node {
            files: Some(Ok(Vec::new())),
            ..Default::default()
        }]),
        ..Default::default()
    };
    let junit = to_junit(&adr_doctor::cucm::diagnose(&cluster));
    let from = junit.find("name=\"files-differ-from-plan\"").unwrap();
    let case = junit[from..].split("<testcase").next().unwrap();
    assert!(case.contains("<skipped message=\"no dial plan is given\""), "{case}");
}

#[test]
fn refused_connection_is_named_in_the_path() {
    let address = "10.1.1.5".parse().unwrap();
    let refused =
        Connection { address, milliseconds: 0, failure: Some(ConnectionFailure::Refused) };
    let seen = Observations {
        gateway: "owa.apps.local".to_owned(),
        resolution: Some(Resolution::Addresses(vec![address])),
        connections: vec![refused],
        ..Observations::default()
    };
    let text = to_text(&diagnose(&seen), Terminal { width: 80, color: false });
    for line in [
        "  WRONG        TCP          10.1.1.5, refused after 0 ms\n",
        "  not reached  TLS, certificate, HTTP, account, mailbox\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn reason_for_the_order_is_true() {
    let old_engine = PresenceServer {
        engine_started: Some(1_790_000_000),
        changed: Some(1_795_000_000),
        ..PresenceServer::default()
    };
    let diagnosis = diagnose(&Observations { server: old_engine, ..address_seen() });
    assert_eq!(diagnosis.names(), ["common-name-mismatch", "engine-not-restarted"]);
    let of_the_path = "the step certificate comes before the step presence server, and no later \
                       step of the path was reached";
    assert_eq!(diagnosis.why_before_next(0).as_deref(), Some(of_the_path));
    assert_eq!(diagnosis.why_before_next(1), None);
    let symptoms = vec![Symptom::ChangeWithoutEffect];
    let diagnosis = diagnose(&Observations { symptoms, ..address_seen() });
    let of_severity = "`engine-not-restarted` is a warning, and errors come before warnings";
    assert_eq!(diagnosis.why_before_next(0).as_deref(), Some(of_severity));
}

#[test]
fn nothing_wrong_is_an_answer() {
    let seen = Observations {
        gateway: "owa.apps.local".to_owned(),
        resolution: Some(Resolution::Addresses(vec!["10.1.1.5".parse().unwrap()])),
        ..Observations::default()
    };
    let diagnosis = diagnose(&seen);
    let text = to_text(&diagnosis, Terminal { width: 80, color: false });
    assert!(text.ends_with(&format!("{NOTHING_WRONG}\n")), "{text}");
    assert!(
        text.contains("- the account: no account is given; `--account USER` looks at it\n"),
        "{text}"
    );
    assert!(to_markdown(&diagnosis).contains(NOTHING_WRONG));
}

#[test]
fn junit_of_logs_has_a_failed_case_for_each_finding() {
    let mut tally = adr_doctor::log::Tally::new(0, 1_796_040_000);
    tally.begin("epe.txt");
    tally.line("2026-11-30 10:00:00 EWS user=jane ErrorAccessDenied");
    tally.line("2026-11-30 10:00:00 owa: connection refused");
    tally.end(None);
    let diagnosis = adr_doctor::log::diagnose(&tally.finish());
    assert_eq!(diagnosis.names(), ["port-is-closed", "no-mailbox-permission"]);
    let junit = to_junit(&diagnosis);
    for name in diagnosis.names() {
        let case = junit.split("<testcase ").find(|case| case.contains(&format!("\"{name}\"")));
        assert!(case.is_some_and(|case| case.contains("<failure")), "{name}: {junit}");
    }
    assert_eq!(junit.matches("<failure").count(), 2);
    let presence = causes().iter().filter(|(area, _)| *area == Area::Presence).count();
    assert_eq!(junit.matches("<skipped").count(), presence - 2);
}

#[test]
fn log_without_a_mention_is_not_called_healthy() {
    let mut tally = adr_doctor::log::Tally::new(0, 1_796_040_000);
    tally.begin("epe.txt");
    tally.line("2026-11-30 10:00:00 something else");
    tally.end(None);
    let diagnosis = adr_doctor::log::diagnose(&tally.finish());
    assert!(!diagnosis.has_looked);
    let text = to_text(&diagnosis, Terminal { width: 80, color: false });
    assert!(text.ends_with(&format!("{NOTHING_SEEN}\n")), "{text}");
    assert!(to_markdown(&diagnosis).contains(NOTHING_SEEN));
}
