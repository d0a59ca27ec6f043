//! A watch with a rule source that is not a file.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the suite writes files and waits; a failure there fails the test"
)]

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use adr_language::{Levels, ReadError};
use adr_watcher::watch::{ExtraText, SourceWatch, Timing, WatchEvent, Watched};

/// How long to wait for a report; generous, since the machine may be loaded.
const TIMEOUT: Duration = Duration::from_secs(60);

const SITE: &str =
    "site \"A\" {\nclients 10.0.0.0/8\napplication { rule \"S\" { digits 4; prefix 3 } }\n}\n";

fn rules(prefix: u32) -> String {
    format!("application {{ rule \"R\" {{ digits 5; prefix {prefix} }} }}\n")
}

/// A watch on a folder and on `cucm://hq`; reports are the number of views, or the error.
fn watch(folder: &Path) -> (SourceWatch, Receiver<Result<usize, String>>) {
    let (sender, reports) = channel();
    let watched =
        Watched { paths: vec![folder.display().to_string()], extra: Some("cucm://hq".to_owned()) };
    let on_event = move |event: WatchEvent| {
        let WatchEvent::Sources { sources, .. } = event else { return };
        let views = sources
            .map_err(|error| error.to_string())
            .map(|parsed| parsed.check(&Levels::default()).into_plan().unwrap().sites().len() + 1);
        let _ = sender.send(views);
    };
    let timing = Timing::with_quiet(Duration::from_millis(20));
    (SourceWatch::start(watched, timing, on_event).unwrap(), reports)
}

fn text(text: &str) -> ExtraText {
    Ok(text.into())
}

#[test]
fn sources_are_reported_together_with_the_text_and_not_before_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sites.adr"), SITE).unwrap();
    let (watch, reports) = watch(folder.path());
    watch.read();
    watch.set_text(text(&rules(1)));
    assert_eq!(reports.recv_timeout(TIMEOUT).unwrap(), Ok(2));
    // the same text and the same files are not reported again
    watch.set_text(text(&rules(1)));
    watch.set_text(text(&(rules(2) + &SITE.replace("10.", "11.").replace("\"A\"", "\"B\""))));
    assert_eq!(reports.recv_timeout(TIMEOUT).unwrap(), Ok(3));
    fs::remove_file(folder.path().join("sites.adr")).unwrap();
    fs::write(folder.path().join("empty.adr"), "// no sites\n").unwrap();
    assert_eq!(reports.recv_timeout(TIMEOUT).unwrap(), Ok(2));
}

#[test]
fn source_without_a_text_is_an_error_until_the_next_text() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sites.adr"), SITE).unwrap();
    let (watch, reports) = watch(folder.path());
    watch.set_text(Err(ReadError { reason: "CUCM is away".to_owned(), help: String::new() }));
    let error = reports.recv_timeout(TIMEOUT).unwrap();
    assert_eq!(error, Err("cucm://hq: CUCM is away".to_owned()));
    watch.set_text(text(&rules(1)));
    assert_eq!(reports.recv_timeout(TIMEOUT).unwrap(), Ok(2));
}
