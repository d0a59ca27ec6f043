//! Watches the publication, and lets the worker bring the folder up to date.

use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::disk::{IO_TIME_LIMIT, Unfinished};
use adr_server::Part;
use adr_watcher::publication::{Publication, PublicationError};
use adr_watcher::publish::Base;
use tokio::sync::mpsc;

use super::member::{CatchUpFailure, Member};
use crate::event::Event;
use crate::generation_source::CLUSTER_TIME_LIMIT;
use crate::{Error, part};

/// How long one question waits for another generation.
const WATCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Pauses after failures: the first, and the longest. Each is twice as long as the one before.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// The longest pause after a generation that could not be installed, unless there is another one.
const LONGEST_REFUSAL_PAUSE: Duration = Duration::from_secs(60);

/// How often a pause looks whether the process ends.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// What is known about the cluster of this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodesEvent {
    /// It answers; the number of its current generation, 0 for none.
    Answered(u64),
    /// It says which generation is current, 0 for none. Whether this node gets it is not known yet,
    /// after a silence.
    Announced(u64),
    /// It does not answer, or rejects this node.
    Silent(PublicationError),
    /// The folder of this node has its current generation.
    Installed,
    /// The folder of this node does not get its current generation: why, and what to do.
    NotInstalled(String),
}

/// Starts a thread that follows the publication until the receiver of events is dropped.
///
/// # Errors
///
/// The operating system does not start a thread.
pub(crate) fn start(member: Member, events: mpsc::Sender<Event>) -> Result<(), Error> {
    let reported = events.clone();
    part::start("nodes", Part::Nodes, events, move || follow(&member, &reported))
}

fn follow(member: &Member, events: &mpsc::Sender<Event>) -> Result<(), Unfinished> {
    let publication = &member.nodes.publication;
    let tell = |event| events.blocking_send(Event::Nodes(event)).is_ok();
    let (mut silent_pause, mut install_pause) = (PAUSES.0, PAUSES.0);
    let mut refusal_pause = PAUSES.0;
    let mut was_silent = true;
    member.wait_for_look(IO_TIME_LIMIT);
    while !events.is_closed() {
        let known = member.progress().in_folder;
        let answer = publication.watch(known.as_ref(), WATCH_TIMEOUT);
        let current = match answer {
            Ok(current) => current,
            Err(error) => {
                was_silent = true;
                tell(NodesEvent::Silent(error));
                rest(&mut silent_pause, events);
                continue;
            }
        };
        silent_pause = PAUSES.0;
        let number = current.as_ref().map_or(0, |it| it.generation);
        let before = member.progress();
        let is_current = before.in_folder == current;
        // files may come from elsewhere than the number, and be missing still
        let is_heard = is_current || !was_silent;
        tell(if is_heard { NodesEvent::Answered } else { NodesEvent::Announced }(number));
        if is_current && !was_silent && !before.has_unpublished {
            (install_pause, refusal_pause) = (PAUSES.0, PAUSES.0);
            // a job may have installed it meanwhile
            tell(NodesEvent::Installed);
            continue;
        }
        if events.blocking_send(Event::FolderChanged).is_err() {
            return Ok(());
        }
        let mut after = member.wait(before.attempts, CLUSTER_TIME_LIMIT);
        if after.failure.is_none() {
            // it may have been a job that began before; the one that was asked for follows
            after = member.wait_for_folder(current.as_ref(), install_pause);
        }
        was_silent = matches!(after.failure, Some(CatchUpFailure::Silent(_)));
        if !is_heard && !was_silent {
            tell(NodesEvent::Answered(number));
        }
        let is_done = after.failure.is_none() && after.has_reached(current.as_ref());
        match after.failure {
            Some(CatchUpFailure::Silent(error)) => tell(NodesEvent::Silent(error)),
            Some(CatchUpFailure::NotInstalled(reason)) => {
                tell(NodesEvent::NotInstalled(reason));
                // another attempt fetches the whole generation again
                wait_for_other(publication.as_ref(), current.as_ref(), &mut refusal_pause, events);
                continue;
            }
            None if is_done => tell(NodesEvent::Installed),
            Some(CatchUpFailure::Local) | None => true,
        };
        // rules that wait are published by a later job, whose end this thread does not see
        if !is_done || before.has_unpublished {
            rest(&mut install_pause, events);
        }
    }
    Ok(())
}

/// Waits until another generation than `refused` is current, for a pause, or until the process
/// ends. The next pause is longer.
fn wait_for_other(
    publication: &dyn Publication,
    refused: Option<&Base>,
    pause: &mut Duration,
    events: &mpsc::Sender<Event>,
) {
    let end = Instant::now() + *pause;
    *pause = (*pause * 2).min(LONGEST_REFUSAL_PAUSE);
    while Instant::now() < end && !events.is_closed() {
        let left = end.saturating_duration_since(Instant::now());
        match publication.watch(refused, left.min(WATCH_TIMEOUT)) {
            Ok(current) if current.as_ref() == refused => thread::sleep(LOOK_INTERVAL),
            // the caller asks again, and says why
            Ok(_) | Err(_) => return,
        }
    }
}

/// Rests for a pause, or until the process ends. The next pause is longer.
fn rest(pause: &mut Duration, events: &mpsc::Sender<Event>) {
    let end = Instant::now() + *pause;
    *pause = (*pause * 2).min(PAUSES.1);
    while Instant::now() < end && !events.is_closed() {
        thread::sleep(LOOK_INTERVAL);
    }
}
