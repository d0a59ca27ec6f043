//! The supervisor: its actions in typical situations, and its guarantees under random events.
#![allow(clippy::unwrap_used, reason = "a failure there fails the test")]

use std::time::Duration;

use adr_watcher::supervisor::{
    Action, AlertScope, Cause, Input, Job, JobError, Origin, Outcome, RETRY_AFTER, RequestId,
    State, Supervisor,
};
use proptest::prelude::*;

const START: Duration = Duration::ZERO;

fn started(origin: Origin) -> Supervisor<u32> {
    let mut supervisor = Supervisor::new(origin, None);
    supervisor.handle(Input::Start, START);
    supervisor
}

fn snapshot(sources: u32, reads: u64) -> Input<u32> {
    Input::Snapshot { sources, is_changed: true, reads }
}

fn publish(sources: u32, cause: Cause) -> Action<u32> {
    Action::Run(Job::Publish { sources: Some(sources), is_retry: false }, cause)
}

fn failed(reason: &str) -> Input<u32> {
    Input::Finished(Outcome::Failed(reason.to_owned()))
}

fn reload(request: RequestId) -> Input<u32> {
    Input::Reload { cause: Cause::Admin, request: Some(request) }
}

/// The completed jobs among actions: cause, requests, whether it succeeded, whether it is a repeat.
fn completed(actions: &[Action<u32>]) -> Vec<(Cause, Vec<RequestId>, bool, bool)> {
    let completed = actions.iter().filter_map(|action| match action {
        Action::Completed { cause, requests, result, is_repeat } => {
            Some((*cause, requests.clone(), result.is_ok(), *is_repeat))
        }
        _ => None,
    });
    completed.collect()
}

#[test]
fn newest_sources_are_published_after_the_running_job() {
    let mut supervisor = started(Origin::WatchedSources);
    assert_eq!(supervisor.handle(snapshot(1, 0), START), [publish(1, Cause::Start)]);
    assert_eq!(supervisor.handle(snapshot(2, 0), START), []);
    assert_eq!(supervisor.handle(snapshot(3, 0), START), []);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(completed(&actions), [(Cause::Start, vec![], true, false)]);
    assert_eq!(actions.last(), Some(&publish(3, Cause::Files)));
}

#[test]
fn reload_is_answered_after_a_later_read() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    assert_eq!(supervisor.handle(reload(7), START), [Action::Read]);
    // this read began before the reload was requested
    supervisor.handle(snapshot(2, 0), START);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(completed(&actions), [(Cause::Start, vec![], true, false)]);
    supervisor.handle(snapshot(3, 1), START);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(completed(&actions), [(Cause::Files, vec![], true, false)]);
    assert_eq!(actions.last(), Some(&publish(3, Cause::Admin)));
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(completed(&actions), [(Cause::Admin, vec![7], true, false)]);
}

#[test]
fn failed_job_is_retried_after_a_second_and_logged_once() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    let actions = supervisor.handle(failed("locked"), START);
    assert_eq!(completed(&actions), [(Cause::Start, vec![], false, false)]);
    let alert = Action::Alert(AlertScope::Rules, Some(JobError::new("locked")));
    assert!(actions.contains(&alert));
    assert_eq!((supervisor.state(), supervisor.due()), (State::WaitingToRetry, Some(RETRY_AFTER)));
    let now = RETRY_AFTER;
    assert_eq!(supervisor.handle(Input::Tick, now), [Action::Read]);
    let again = Job::Publish { sources: Some(1), is_retry: true };
    let retry = Action::Run(again, Cause::Retry);
    let same = Input::Snapshot { sources: 1, is_changed: false, reads: 1 };
    assert_eq!(supervisor.handle(same, now), [retry]);
    let actions = supervisor.handle(failed("locked"), now);
    assert_eq!(completed(&actions), [(Cause::Retry, vec![], false, true)]);
    supervisor.handle(Input::Tick, now * 2);
    supervisor.handle(snapshot(1, 2), now * 2);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), now * 2);
    assert!(actions.contains(&Action::Alert(AlertScope::Rules, None)));
    assert_eq!((supervisor.state(), supervisor.due()), (State::Published, None));
}

/// A reader of the log, and a requester, find the alerts that belong to a result.
#[test]
fn alerts_come_before_the_result() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    for (outcome, alerts) in [(failed("locked"), 1), (Input::Finished(Outcome::Done), 2)] {
        let actions = supervisor.handle(outcome, START);
        let is_alert = |action: &Action<u32>| matches!(action, Action::Alert(..));
        let is_result = |action: &Action<u32>| matches!(action, Action::Completed { .. });
        assert_eq!(actions.iter().take_while(|it| is_alert(it)).count(), alerts, "{actions:?}");
        assert!(is_result(&actions[alerts]), "{actions:?}");
        supervisor.handle(Input::Tick, RETRY_AFTER);
        supervisor.handle(snapshot(2, 1), RETRY_AFTER);
    }
}

#[test]
fn sources_that_changed_before_a_retry_show_their_warnings() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    supervisor.handle(failed("locked"), START);
    supervisor.handle(Input::Tick, RETRY_AFTER);
    let actions = supervisor.handle(snapshot(2, 1), RETRY_AFTER);
    assert_eq!(actions, [publish(2, Cause::Files)]);
}

#[test]
fn rejected_rules_are_not_retried() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    supervisor.handle(Input::Finished(Outcome::Rejected("1 error".to_owned())), START);
    assert_eq!((supervisor.state(), supervisor.due()), (State::Rejected, None));
    assert_eq!(supervisor.handle(snapshot(2, 0), START), [publish(2, Cause::Files)]);
}

#[test]
fn loaded_folder_keeps_the_alert_about_rules() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    supervisor.handle(Input::Finished(Outcome::Rejected("1 error".to_owned())), START);
    assert_eq!(
        supervisor.handle(Input::FolderChanged, START),
        [Action::Run(Job::LoadFolder, Cause::Folder)]
    );
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert!(actions.contains(&Action::Alert(AlertScope::Folder, None)));
    assert!(!actions.contains(&Action::Alert(AlertScope::Rules, None)));
    assert_eq!(supervisor.state(), State::Rejected);
}

#[test]
fn damaged_folder_is_retried_after_a_second() {
    let mut supervisor = started(Origin::PublishedFolder);
    supervisor.handle(Input::Finished(Outcome::Done), START);
    supervisor.handle(Input::FolderChanged, START);
    supervisor.handle(failed("damaged"), START);
    let actions = supervisor.handle(Input::Tick, RETRY_AFTER);
    assert_eq!(actions, [Action::Run(Job::LoadFolder, Cause::Retry)]);
}

#[test]
fn renewal_runs_at_the_start_and_at_every_interval() {
    let every = Duration::from_secs(60);
    let mut supervisor: Supervisor<u32> = Supervisor::new(Origin::Sources, Some(every));
    let job = Job::Publish { sources: None, is_retry: false };
    let publish = Action::Run(job, Cause::Start);
    assert_eq!(supervisor.handle(Input::Start, START), [publish]);
    supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(supervisor.due(), Some(START));
    assert_eq!(supervisor.handle(Input::Tick, START), [Action::Run(Job::Renew, Cause::Renewal)]);
    let actions = supervisor.handle(failed("no key"), START);
    assert_eq!(completed(&actions), [(Cause::Renewal, vec![], false, false)]);
    assert_eq!(supervisor.due(), Some(every));
    supervisor.handle(Input::Tick, every);
    let actions = supervisor.handle(failed("no key"), every);
    assert_eq!(completed(&actions), [(Cause::Renewal, vec![], false, true)]);
}

#[test]
fn shutdown_waits_for_the_running_job_only() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    supervisor.handle(snapshot(2, 0), START);
    assert_eq!(supervisor.handle(Input::Shutdown, START), []);
    let actions = supervisor.handle(failed("locked"), START);
    assert_eq!(actions.last(), Some(&Action::Stop));
    assert_eq!(supervisor.due(), None);
}

/// A step of a random run.
#[derive(Clone, Debug)]
enum Step {
    Save,
    Read,
    Reload,
    Folder,
    Finish(u8),
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        Just(Step::Save),
        Just(Step::Read),
        Just(Step::Reload),
        Just(Step::Folder),
        (0..3_u8).prop_map(Step::Finish),
        Just(Step::Wait),
    ];
    proptest::collection::vec(step, 0..200)
}

/// A supervisor with a simulated disk, watch and worker.
struct Simulation {
    supervisor: Supervisor<u32>,
    now: Duration,
    /// The rules on the disk.
    saved: u32,
    /// How many reads were requested from the watch.
    reads: u64,
    /// Whether the watch has a change or a requested read to report.
    has_report: bool,
    running: Option<Job<u32>>,
    /// The rules that were published last.
    published: u32,
    requested: Vec<RequestId>,
    answered: Vec<RequestId>,
}

impl Simulation {
    fn new() -> Self {
        let supervisor = started(Origin::WatchedSources);
        Self {
            supervisor,
            now: START,
            saved: 0,
            reads: 0,
            has_report: true,
            running: None,
            published: u32::MAX,
            requested: Vec::new(),
            answered: Vec::new(),
        }
    }

    fn feed(&mut self, input: Input<u32>) {
        for action in self.supervisor.handle(input, self.now) {
            match action {
                Action::Read => {
                    self.reads += 1;
                    self.has_report = true;
                }
                Action::Run(job, _) => {
                    assert!(self.running.is_none(), "two jobs at once");
                    self.running = Some(job);
                }
                Action::Completed { requests, .. } => self.answered.extend(requests),
                Action::Alert(..) => {}
                Action::Stop => unreachable!("no shutdown was requested"),
            }
        }
    }

    /// Whether a report, a job or a retry is outstanding.
    fn is_busy(&self) -> bool {
        self.has_report || self.running.is_some() || self.supervisor.due().is_some()
    }

    fn read(&mut self) {
        if std::mem::take(&mut self.has_report) {
            self.feed(snapshot(self.saved, self.reads));
        }
    }

    fn finish(&mut self, how: u8) {
        let Some(job) = self.running.take() else { return };
        let outcome = match how {
            0 => Outcome::Done,
            1 => Outcome::Rejected("errors".to_owned()),
            _ => Outcome::Failed("locked".to_owned()),
        };
        if let (Job::Publish { sources, .. }, Outcome::Done) = (job, &outcome) {
            self.published = sources.unwrap();
        }
        self.feed(Input::Finished(outcome));
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Save => {
                self.saved += 1;
                self.has_report = true;
            }
            Step::Read => self.read(),
            Step::Reload => {
                let request = self.requested.len() as RequestId;
                self.requested.push(request);
                self.feed(reload(request));
            }
            Step::Folder => self.feed(Input::FolderChanged),
            Step::Finish(how) => self.finish(*how),
            Step::Wait => {
                if let Some(due) = self.supervisor.due() {
                    self.now = due;
                    self.feed(Input::Tick);
                }
            }
        }
    }
}

proptest! {
    /// After any sequence of saves, failures and requests: once jobs succeed, the rules that were
    /// saved last are published, and each request has exactly one answer.
    #[test]
    fn newest_rules_are_published_and_every_request_is_answered_once(steps in steps()) {
        let mut simulation = Simulation::new();
        for step in &steps {
            simulation.step(step);
        }
        // rejected rules are not retried until the sources change
        simulation.step(&Step::Save);
        while simulation.is_busy() {
            simulation.read();
            simulation.finish(0);
            simulation.step(&Step::Wait);
        }
        prop_assert_eq!(simulation.published, simulation.saved);
        simulation.answered.sort_unstable();
        prop_assert_eq!(&simulation.answered, &simulation.requested);
        prop_assert_eq!(simulation.supervisor.state(), State::Published);
    }
}
