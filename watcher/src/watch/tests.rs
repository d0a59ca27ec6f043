//! Watches that panic, and disks that do not answer.

use std::fs;
use std::sync::mpsc::{Sender, channel};

use adr_bundle::disk::MAX_HANGING_THREADS;

use super::*;

const PLAN: &str = "application { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\n";

/// A folder with a plan, and the watch of it.
fn watched() -> (tempfile::TempDir, Watched) {
    let sandbox = tempfile::tempdir().unwrap();
    let plan = sandbox.path().join("plan.adr");
    fs::write(&plan, PLAN).unwrap();
    let watched = Watched::from(vec![plan.display().to_string()]);
    (sandbox, watched)
}

#[test]
fn watch_that_panics_starts_again_and_reports_the_sources() {
    let (_sandbox, watched) = watched();
    let (sender, events) = channel();
    let mut count = 0;
    let watch = SourceWatch::start(watched, Timing::default(), move |event| {
        let is_sources = matches!(event, WatchEvent::Sources { .. });
        count += usize::from(is_sources);
        assert!(!is_sources || count != 1, "injected");
        sender.send(event).unwrap();
    });
    let watch = watch.unwrap();
    watch.read();
    assert!(matches!(events.recv().unwrap(), WatchEvent::Restarted));
    loop {
        let WatchEvent::Sources { sources, reads, .. } = events.recv().unwrap() else {
            continue;
        };
        assert!(sources.is_ok());
        if reads == 1 {
            break;
        }
    }
    watch.stop().unwrap();
}

#[test]
fn disk_that_does_not_answer_is_reported_instead_of_the_sources() {
    let (_sandbox, watched) = watched();
    let mut disk = TimeLimit::new("read", Duration::from_millis(200));
    let hanging: Vec<_> = (0..MAX_HANGING_THREADS).map(|_| hang(&mut disk)).collect();
    let (sender, events) = channel();
    let on_event = move |event| sender.send(event).unwrap();
    let watch = SourceWatch::start_with(watched, Timing::default(), disk, on_event).unwrap();
    watch.read();
    let unanswered = |event| match event {
        WatchEvent::Sources { sources: Err(InputError::Unanswered { message }), reads, .. } => {
            assert!(message.contains("does not answer"), "{message}");
            reads
        }
        other => panic!("{other:?}"),
    };
    while unanswered(events.recv().unwrap()) < 1 {}
    drop(hanging);
    loop {
        watch.read();
        let event = events.recv().unwrap();
        if matches!(event, WatchEvent::Sources { sources: Ok(_), .. }) {
            break;
        }
    }
    watch.stop().unwrap();
}

/// Lets a thread hang until the result is dropped.
fn hang(disk: &mut TimeLimit) -> Sender<()> {
    let (release, released) = channel::<()>();
    let result = disk.run(move |_| released.recv().is_ok());
    assert!(matches!(result, Err(Unfinished::TimedOut(_))), "{result:?}");
    release
}
