//! Jobs that panic or hang: the findings of a check are shown by a function of the test, which
//! injects the fault.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel as std_channel};

use adr_language::Levels;

use super::*;
use crate::Publishing;
use crate::generation_source::ShowFindings;

const PLAN: &str = "application { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\n";

/// A call of a handler.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Started,
    Completed(Result<(), String>),
    Restarted(Part),
    Running(bool),
}

/// Records its calls, apart from the starts of jobs, and passes each to a function of the test.
struct Recorder<F> {
    calls: Vec<Call>,
    on_call: F,
}

impl<F: FnMut(&Call)> Recorder<F> {
    fn record(&mut self, call: Call) {
        (self.on_call)(&call);
        self.calls.push(call);
    }
}

impl<F: FnMut(&Call)> Handler for Recorder<F> {
    fn started(&mut self, _: Cause) {
        (self.on_call)(&Call::Started);
    }

    fn finished(&mut self, _: JobEnd) -> Result<bool, Error> {
        Ok(true)
    }

    fn completed(&mut self, _: Cause, result: &Result<(), JobError>, _: bool) {
        self.record(Call::Completed(result.clone().map_err(|error| error.to_string())));
    }

    fn reload_running(&mut self, time: Option<Duration>) {
        self.record(Call::Running(time.is_some()));
    }

    fn restarted(&mut self, part: Part) {
        self.record(Call::Restarted(part));
    }

    fn polling_only(&mut self, _: &str, _: &str) {}

    fn generation(&self) -> u64 {
        0
    }
}

/// Runs a driver until an event ends it; returns the calls of its handler.
fn drive(show: ShowFindings, on_call: impl FnMut(&Call, &mpsc::Sender<Event>)) -> Vec<Call> {
    let sandbox = tempfile::tempdir().unwrap();
    drive_source(source(sandbox.path(), None, show), on_call)
}

fn publishing() -> Publishing {
    let host = "tftp1".to_owned();
    Publishing { keep: 1, signing: None, host, user: None, version: "test", now: || 0 }
}

/// The source of a plan in this folder, which publishes into another one.
fn source(folder: &Path, publish: Option<PathBuf>, show: ShowFindings) -> GenerationSource {
    let plan = folder.join("plan.adr");
    fs::write(&plan, PLAN).unwrap();
    let paths = vec![plan.display().to_string()];
    let source = Source::Rules { paths, publish, cluster: None };
    let publishing = publishing();
    GenerationSource::new((source, Levels::default(), publishing), None, true, show)
}

fn drive_source(
    source: GenerationSource,
    on_call: impl FnMut(&Call, &mpsc::Sender<Event>),
) -> Vec<Call> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut on_call = on_call;
    let calls = runtime.block_on(async {
        let mut driver = Driver::start(Origin::Sources, None, None, source).unwrap();
        let sender = driver.sender().clone();
        let on_call = |call: &Call| on_call(call, &sender);
        let mut recorder = Recorder { calls: Vec::new(), on_call };
        driver.run(&mut recorder).await.unwrap();
        recorder.calls
    });
    runtime.shutdown_background();
    calls
}

/// Shows findings by waiting until the sender is dropped.
fn hanging() -> (Sender<()>, ShowFindings) {
    let (release, released): (Sender<()>, Receiver<()>) = std_channel();
    let released = Mutex::new(released);
    let wait = move |_: &_| {
        let _ = released.lock().unwrap().recv();
    };
    (release, Box::new(wait))
}

#[test]
fn job_that_panics_is_a_failure_and_the_next_one_succeeds() {
    let has_panicked = AtomicBool::new(false);
    let show: ShowFindings =
        Box::new(move |_| assert!(has_panicked.swap(true, Ordering::SeqCst), "injected"));
    let calls = drive(show, |call, events| match call {
        Call::Completed(Err(_)) => events.try_send(Event::Reload(Cause::Signal, None)).unwrap(),
        Call::Completed(Ok(())) => events.try_send(Event::Stop).unwrap(),
        _ => {}
    });
    let calls: Vec<_> = calls.into_iter().filter(|it| !matches!(it, Call::Running(_))).collect();
    let expected = [
        Call::Restarted(Part::Reload),
        Call::Completed(Err("internal error: injected".to_owned())),
        Call::Completed(Ok(())),
    ];
    assert_eq!(calls, expected);
}

#[test]
fn reload_that_runs_long_is_reported_until_its_end() {
    let (release, show) = hanging();
    let mut release = Some(release);
    let calls = drive(show, |call, events| match call {
        Call::Running(true) => drop(release.take()),
        Call::Completed(_) => events.try_send(Event::Stop).unwrap(),
        _ => {}
    });
    assert_eq!(calls.first(), Some(&Call::Running(true)));
    let end = [Call::Running(false), Call::Completed(Ok(()))];
    assert!(calls.ends_with(&end), "{calls:?}");
}

#[test]
fn process_ends_although_a_job_hangs() {
    let (release, show) = hanging();
    let mut is_asked = false;
    let calls = drive(show, |call, events| {
        // a second signal would end it at once
        if *call == Call::Running(true) && !is_asked {
            is_asked = true;
            events.try_send(Event::Reload(Cause::Signal, None)).unwrap();
            events.try_send(Event::Stop).unwrap();
        }
    });
    assert!(!calls.iter().any(|it| matches!(it, Call::Completed(_))), "{calls:?}");
    drop(release);
}

/// Asks the driver to stop so many times, once the publication of its first job is running.
fn stop_while_publishing(
    writing: Writing,
    times: usize,
) -> impl FnMut(&Call, &mpsc::Sender<Event>) {
    move |call, events| {
        if *call == Call::Started {
            let (events, writing) = (events.clone(), writing.clone());
            std::thread::spawn(move || {
                while !writing.is_running() {
                    std::thread::yield_now();
                }
                for _ in 0..times {
                    events.try_send(Event::Stop).unwrap();
                }
            });
        }
    }
}

/// The first publication takes longer than the process waits for a first job that reads.
#[test]
fn end_of_the_process_waits_for_its_first_publication() {
    let sandbox = tempfile::tempdir().unwrap();
    let published = sandbox.path().join("published");
    let delay = FIRST_JOB_TIMEOUT * 3;
    let writing = Writing::taking(delay);
    let mut source = source(sandbox.path(), Some(published.clone()), Box::new(|_| ()));
    source.writing = writing.clone();
    let began = Instant::now();
    let calls = drive_source(source, stop_while_publishing(writing.clone(), 1));
    assert!(calls.contains(&Call::Completed(Ok(()))), "{calls:?}");
    assert!(adr_server::load(&published).is_ok() && !writing.is_running());
    let time = began.elapsed();
    assert!(time >= delay && time < JOB_TIMEOUT, "{time:?}");
}

/// A second signal does not wait, and the process knows that it interrupts a publication.
#[test]
fn second_signal_interrupts_a_publication() {
    let sandbox = tempfile::tempdir().unwrap();
    let published = sandbox.path().join("published");
    let writing = Writing::taking(JOB_TIMEOUT);
    let mut source = source(sandbox.path(), Some(published.clone()), Box::new(|_| ()));
    source.writing = writing.clone();
    let calls = drive_source(source, stop_while_publishing(writing.clone(), 2));
    assert!(!calls.iter().any(|it| matches!(it, Call::Completed(_))), "{calls:?}");
    assert!(writing.is_running() && adr_server::load(&published).is_err());
}

#[test]
fn process_ends_soon_although_its_first_job_hangs() {
    let (release, show) = hanging();
    let began = Instant::now();
    let calls = drive(show, |call, events| {
        if *call == Call::Started {
            events.try_send(Event::Stop).unwrap();
        }
    });
    let time = began.elapsed();
    assert!(calls.is_empty() && time < JOB_TIMEOUT, "{time:?}: {calls:?}");
    drop(release);
}
