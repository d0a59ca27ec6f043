//! The thread of the live source against the stand-in for CUCM.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Fault, Injection, Pattern, Rule, RuleKind};
use adr_cucm_sync::Options;
use adr_cucm_sync::live::{LiveEvent, LiveSource, Settings, Silent};
use tempfile::TempDir;

const TIMEOUT: Duration = Duration::from_secs(120);

/// A stand-in, the settings of a daemon that follows it, and the source.
struct Followed {
    cucm: CucmStandIn,
    folder: TempDir,
    source: Option<LiveSource>,
    events: Receiver<LiveEvent>,
    /// Whether the receiver of events panics when the next rules come.
    panics: Arc<AtomicBool>,
}

impl Followed {
    fn new() -> Self {
        Self::with("axladmin-secret", |_| {})
    }

    /// Follows a cluster with four rules with this password.
    fn with(password: &str, prepare: impl FnOnce(&CucmStandIn)) -> Self {
        let cucm = CucmStandIn::start();
        for at in 0..4 {
            let rule = Rule::new(&format!("rule {at}"), &at.to_string(), [7, 0], "9").priority(at);
            cucm.state().add_rule(RuleKind::Application, rule);
        }
        prepare(&cucm);
        let (folder, (sender, events)) = (tempfile::tempdir().unwrap(), channel());
        let panics = Arc::new(AtomicBool::new(false));
        let is_next = Arc::clone(&panics);
        let mut followed = Self { cucm, folder, source: None, events, panics };
        let fingerprint = followed.cucm.fingerprint().to_owned();
        followed.write_settings(&format!("fingerprint = \"{fingerprint}\"\n"));
        followed.write_password(password);
        let settings = Settings {
            name: "hq".to_owned(),
            file: Some(followed.path("adrc.toml")),
            options: Options::default(),
            poll: Some(Duration::from_millis(100)),
        };
        // the receiver may be gone at the end of a test
        let report = move |event| {
            let is_rules = matches!(event, LiveEvent::Rules(_));
            assert!(!is_rules || !is_next.swap(false, Ordering::SeqCst), "injected");
            drop(sender.send(event));
        };
        followed.source = Some(LiveSource::start(settings, None, report).unwrap());
        followed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_settings(&self, trust: &str) {
        let address = self.cucm.address();
        let text =
            format!("[cucm.hq]\npublisher = \"{address}\"\ncredentials = \"hq.secret\"\n{trust}");
        fs::write(self.path("adrc.toml"), text).unwrap();
    }

    fn write_password(&self, password: &str) {
        let aside = self.path("aside");
        fs::write(&aside, format!("user = 'axladmin'\npassword = '{password}'\n")).unwrap();
        fs::set_permissions(&aside, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(aside, self.path("hq.secret")).unwrap();
    }

    /// The first event for which `wanted` gives a value.
    fn wait<T>(&self, wanted: impl Fn(LiveEvent) -> Option<T>) -> T {
        loop {
            let event = self.events.recv_timeout(TIMEOUT).unwrap();
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    /// Waits for rules with this text.
    fn wait_for_text(&self, part: &str) -> String {
        self.wait(|event| match event {
            LiveEvent::Rules(Ok(text)) if text.text.contains(part) => Some(text.text.to_string()),
            _ => None,
        })
    }

    fn wait_for_silence(&self) -> Silent {
        self.wait(|event| match event {
            LiveEvent::Silent(silent) => Some(silent),
            _ => None,
        })
    }

    fn wait_for_recovery(&self) {
        self.wait(|event| matches!(event, LiveEvent::Recovered).then_some(()));
    }

    fn edit(&self, name: &str) {
        let edit = |rule: &mut Rule| name.clone_into(&mut rule.name);
        let first = self.cucm.state().rules(RuleKind::Application)[0].name.clone();
        assert!(self.cucm.state().edit_rule(RuleKind::Application, &first, edit));
    }
}

#[test]
fn edit_in_cucm_becomes_a_new_text() {
    let followed = Followed::new();
    let first = followed.wait_for_text("rule 3");
    assert!(first.starts_with("// The rules of cucm://hq."), "{first}");
    followed.edit("edited");
    followed.wait_for_text("edited");
}

#[test]
fn thread_that_panics_follows_again_and_reports_the_rules() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    followed.panics.store(true, Ordering::SeqCst);
    followed.edit("edited");
    followed.wait(|event| matches!(event, LiveEvent::Restarted).then_some(()));
    followed.wait_for_text("edited");
}

#[test]
fn quiet_poll_costs_one_small_request() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    followed.cucm.clear_log();
    for _ in 0..5 {
        followed.wait(|event| matches!(event, LiveEvent::Answered(_)).then_some(()));
    }
    let log = followed.cucm.log();
    let is_small = |entry: &adr_cucm_kit::LogEntry| {
        entry.operation == "listChange" && entry.body_bytes < 1000 && !entry.with_password
    };
    assert!(log.len() >= 4 && log.iter().all(is_small), "{log:?}");
}

#[test]
fn wrong_password_is_sent_once_and_a_corrected_file_is_noticed() {
    let followed = Followed::with("wrong", |_| {});
    let silent = followed.wait_for_silence();
    assert!(silent.is_stopped && silent.reason.contains("HTTP 401"), "{silent:?}");
    followed.write_password("axladmin-secret");
    followed.wait_for_text("rule 3");
    let log = followed.cucm.log();
    let rejected = log.iter().filter(|entry| entry.status == Some(401)).count();
    assert_eq!(rejected, 1, "{log:?}");
}

#[test]
fn request_of_the_owner_asks_once_more() {
    let followed = Followed::with("wrong", |_| {});
    followed.wait_for_silence();
    followed.source.as_ref().unwrap().reload();
    assert!(followed.wait_for_silence().is_stopped);
    assert_eq!(followed.cucm.log().len(), 2);
}

#[test]
fn untrusted_certificate_is_named_and_gets_no_password() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    let other = "00".repeat(32);
    followed.write_settings(&format!("fingerprint = \"{other}\"\n"));
    followed.cucm.clear_log();
    followed.source.as_ref().unwrap().reload();
    let silent = followed.wait_for_silence();
    let shown = silent.reason.replace(':', "").to_lowercase();
    assert!(silent.is_stopped && shown.contains(followed.cucm.fingerprint()), "{silent:?}");
    assert_eq!(followed.cucm.log(), []);
}

#[test]
fn role_that_an_administrator_takes_away_and_gives_back_is_noticed() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    for status in [403, 599] {
        followed.cucm.faults().add(Injection::new(Fault::Status(status)));
        let silent = followed.wait_for_silence();
        assert!(!silent.is_stopped, "{silent:?}");
        followed.cucm.faults().clear();
        followed.wait_for_recovery();
    }
}

#[test]
fn outage_ends_by_itself() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    followed.cucm.faults().add(Injection::new(Fault::Close));
    let silent = followed.wait_for_silence();
    assert!(!silent.is_stopped, "{silent:?}");
    followed.edit("edited");
    followed.cucm.faults().clear();
    followed.wait_for_recovery();
    followed.wait_for_text("edited");
}

/// The faults that may happen to any request; the stand-in processes it or not.
fn faults() -> Vec<Fault> {
    vec![
        Fault::Status(500),
        Fault::Status(404),
        Fault::Status(403),
        Fault::Status(503),
        Fault::Redirect("https://elsewhere.example.com/axl/".to_owned()),
        Fault::Bytes(b"<html><title>Proxy</title></html>".to_vec()),
        Fault::Bytes(Vec::new()),
        Fault::Close,
        Fault::CloseAfter,
        Fault::CutAt(0),
        Fault::CutAt(700),
        Fault::Delay(Duration::from_millis(50)),
    ]
}

#[test]
fn any_fault_at_any_request_is_survived() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    let positions = if std::env::var_os("ADR_LONG").is_some() { 8 } else { 3 };
    for (kind, fault) in faults().into_iter().enumerate() {
        for position in 1..=positions {
            followed.cucm.faults().at(position, fault.clone());
            let name = format!("edit {kind} {position}");
            followed.edit(&name);
            let text = followed.wait_for_text(&name);
            assert!(text.contains("rule 3"), "{text}");
        }
    }
}

#[test]
fn restarted_queue_and_a_switched_off_one_lose_no_edit() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    followed.cucm.state().restart_axl();
    followed.edit("after the restart");
    followed.wait_for_text("after the restart");
    followed.cucm.state().changes.enabled = false;
    followed.edit("without changes");
    followed.wait_for_text("without changes");
    followed.edit("compared");
    followed.wait_for_text("compared");
}

#[test]
fn emptied_list_is_held_until_a_second_equal_answer() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    followed.cucm.clear_log();
    followed.cucm.state().set_rules(RuleKind::Application, Vec::new());
    let held = followed.wait(|event| match event {
        LiveEvent::Held(held) => held,
        _ => None,
    });
    assert_eq!(held, "CUCM lists 0 application dial rules where it had 4");
    let empty = followed.wait(|event| match event {
        LiveEvent::Rules(Ok(text)) => Some(text.rules),
        _ => None,
    });
    assert_eq!(empty, 0);
    let operations = followed.cucm.operations();
    let reads = operations.iter().filter(|it| *it == "listApplicationDialRules").count();
    assert_eq!(reads, 2, "{operations:?}");
}

#[test]
fn flagged_pattern_becomes_an_emergency_number() {
    let followed = Followed::new();
    let before = followed.wait_for_text("rule 3");
    assert!(!before.contains("emergency "), "{before}");
    let pattern = Pattern::new("112", "PSTN").emergency();
    let uuid = pattern.uuid.clone();
    {
        let mut state = followed.cucm.state();
        state.route_patterns.push(pattern);
        state.changes.record("RoutePattern", &uuid, adr_cucm_kit::Edit::Add);
    }
    followed.wait_for_text("emergency 112");
}

#[test]
fn rule_that_no_client_can_apply_is_an_error_and_not_left_out() {
    let followed = Followed::new();
    followed.wait_for_text("rule 3");
    let rule = Rule::new("letters", "12a", [7, 0], "9").priority(9);
    followed.cucm.state().add_rule(RuleKind::Application, rule);
    let error = followed.wait(|event| match event {
        LiveEvent::Rules(read) => read.err().map(|error| error.to_string()),
        _ => None,
    });
    assert!(error.contains("`letters`") && error.contains("line "), "{error}");
}

#[test]
fn old_release_without_flags_and_changes_is_compared() {
    let followed = Followed::with("axladmin-secret", |cucm| {
        cucm.state().set_release("10.5.2.10000(5)");
        cucm.state().changes.enabled = false;
    });
    let text = followed.wait_for_text("rule 3");
    assert!(text.contains("does not say which patterns are emergency numbers"), "{text}");
    followed.edit("edited");
    followed.wait_for_text("edited");
}

#[test]
fn settings_without_a_password_are_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("adrc.toml");
    fs::write(&file, "[cucm.hq]\npublisher = \"127.0.0.1:1\"\nuser = \"axl\"\n").unwrap();
    let settings = Settings {
        name: "hq".to_owned(),
        file: Some(file),
        options: Options::default(),
        poll: None,
    };
    let error = LiveSource::start(settings, None, |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "adrc has no password for the user `axl` of AXL");
    assert!(error.help().contains("ADRC_CUCM_PASSWORD"), "{}", error.help());
}
