//! The supervisor, driven through scripts and through random events.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use adr_watcher::supervisor::{
    Action, AlertScope, Cause, Input, Job, Origin, Outcome, RETRY_AFTER, RequestId, State,
    Supervisor,
};
use proptest::prelude::*;

const START: Duration = Duration::ZERO;

fn started(origin: Origin) -> Supervisor<u32> {
    let mut supervisor = Supervisor::new(origin, None);
    supervisor.handle(Input::Start, START);
    supervisor
}

fn snapshot(sources: u32, reads: u64) -> Input<u32> {
    Input::Snapshot { sources, reads }
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

/// What the actions say that was completed: cause, requests, success, repeat.
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
fn sources_read_while_a_job_runs_are_published_after_it_and_only_the_newest() {
    let mut supervisor = started(Origin::WatchedSources);
    assert_eq!(supervisor.handle(snapshot(1, 0), START), [publish(1, Cause::Start)]);
    assert_eq!(supervisor.handle(snapshot(2, 0), START), []);
    assert_eq!(supervisor.handle(snapshot(3, 0), START), []);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), START);
    assert_eq!(completed(&actions), [(Cause::Start, vec![], true, false)]);
    assert_eq!(actions.last(), Some(&publish(3, Cause::Files)));
}

#[test]
fn reload_is_answered_by_sources_read_after_it() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    assert_eq!(supervisor.handle(reload(7), START), [Action::Read]);
    // read before the reload was requested
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
fn failed_job_runs_again_after_a_second_and_is_logged_once() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    let actions = supervisor.handle(failed("locked"), START);
    assert_eq!(completed(&actions), [(Cause::Start, vec![], false, false)]);
    let alert = Action::Alert(AlertScope::Rules, Some("locked".to_owned()));
    assert!(actions.contains(&alert));
    assert_eq!((supervisor.state(), supervisor.due()), (State::WaitingToRetry, Some(RETRY_AFTER)));
    let now = RETRY_AFTER;
    assert_eq!(supervisor.handle(Input::Tick, now), [Action::Read]);
    let again = Job::Publish { sources: Some(1), is_retry: true };
    assert_eq!(supervisor.handle(snapshot(1, 1), now), [Action::Run(again, Cause::Retry)]);
    let actions = supervisor.handle(failed("locked"), now);
    assert_eq!(completed(&actions), [(Cause::Retry, vec![], false, true)]);
    supervisor.handle(Input::Tick, now * 2);
    supervisor.handle(snapshot(1, 2), now * 2);
    let actions = supervisor.handle(Input::Finished(Outcome::Done), now * 2);
    assert!(actions.contains(&Action::Alert(AlertScope::Rules, None)));
    assert_eq!((supervisor.state(), supervisor.due()), (State::Published, None));
}

#[test]
fn rejected_rules_wait_for_other_sources() {
    let mut supervisor = started(Origin::WatchedSources);
    supervisor.handle(snapshot(1, 0), START);
    supervisor.handle(Input::Finished(Outcome::Rejected("1 error".to_owned())), START);
    assert_eq!((supervisor.state(), supervisor.due()), (State::Rejected, None));
    assert_eq!(supervisor.handle(snapshot(2, 0), START), [publish(2, Cause::Files)]);
}

#[test]
fn loaded_folder_leaves_the_alert_about_rules() {
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
fn damaged_folder_is_loaded_again_after_a_second() {
    let mut supervisor = started(Origin::PublishedFolder);
    supervisor.handle(Input::Finished(Outcome::Done), START);
    supervisor.handle(Input::FolderChanged, START);
    supervisor.handle(failed("damaged"), START);
    let actions = supervisor.handle(Input::Tick, RETRY_AFTER);
    assert_eq!(actions, [Action::Run(Job::LoadFolder, Cause::Retry)]);
}

#[test]
fn signature_is_renewed_at_the_start_and_at_every_interval() {
    let every = Duration::from_secs(60);
    let mut supervisor: Supervisor<u32> = Supervisor::new(Origin::Sources, Some(every));
    let job = Job::Publish { sources: None, is_retry: false };
    assert_eq!(supervisor.handle(Input::Start, START), [Action::Run(job, Cause::Start)]);
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
fn shutdown_waits_for_the_running_job_and_starts_no_other() {
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

/// A disk, a watch and a worker around a supervisor.
struct World {
    supervisor: Supervisor<u32>,
    now: Duration,
    /// What is saved on the disk.
    saved: u32,
    /// Reads that the watch was asked for, and whether it has to tell.
    asked: u64,
    must_tell: bool,
    running: Option<Job<u32>>,
    published: u32,
    requested: Vec<RequestId>,
    answered: Vec<RequestId>,
}

impl World {
    fn new() -> Self {
        let supervisor = started(Origin::WatchedSources);
        Self {
            supervisor,
            now: START,
            saved: 0,
            asked: 0,
            must_tell: true,
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
                    self.asked += 1;
                    self.must_tell = true;
                }
                Action::Run(job, _) => {
                    assert!(self.running.is_none(), "two jobs at once");
                    self.running = Some(job);
                }
                Action::Completed { requests, .. } => self.answered.extend(requests),
                Action::Alert(..) => {}
                Action::Stop => unreachable!("nobody asked for the end"),
            }
        }
    }

    fn read(&mut self) {
        if std::mem::take(&mut self.must_tell) {
            self.feed(snapshot(self.saved, self.asked));
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
                self.must_tell = true;
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
    /// However saves, failures and requests follow each other: once jobs succeed, what was saved
    /// last is published and every request has exactly one answer.
    #[test]
    fn newest_rules_are_published_and_every_request_is_answered_once(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        // rejected rules wait for others
        world.step(&Step::Save);
        while world.must_tell || world.running.is_some() || world.supervisor.due().is_some() {
            world.read();
            world.finish(0);
            world.step(&Step::Wait);
        }
        prop_assert_eq!(world.published, world.saved);
        world.answered.sort_unstable();
        prop_assert_eq!(&world.answered, &world.requested);
        prop_assert_eq!(world.supervisor.state(), State::Published);
    }
}
