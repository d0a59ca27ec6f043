//! `adrc watch`: whoever saves a rule sees it published a moment later.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_language::Parsed;
use adr_watcher::publish::PublishError;
use adr_watcher::sources::{Input, InputError, recognise};
use adr_watcher::watch::{Answer, Noticed, Requests, Timing, requests, watch};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::book::{check_parsed, show};
use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::{Publishing, publish};
use crate::signing::{Signer, Signing};

/// Arguments of `adrc watch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Publishes once at the start, then after every change, until it is stopped. Rules with errors are reported once,\n\
                  and what was published stays until they are mended. A rollback stays until the rules give other files.\n\
                  SIGHUP reads the rules at once, SIGTERM ends with 0 after what is being published."
)]
pub(crate) struct Watch {
    /// Rule sources: .adr files, or folders of them; together they are one book
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// The published folder; made if it is not there
    #[arg(long, value_name = "DIR")]
    publish: PathBuf,
    #[command(flatten)]
    timing: TimingArguments,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    levels: LevelArguments,
}

/// How soon a change is noticed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct TimingArguments {
    /// Time without a change before the rules are read
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    quiet: Duration,
    /// Time between looks where the system tells of no changes, as on network drives
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    poll: Duration,
}

impl TimingArguments {
    /// The same for the watcher.
    pub(crate) fn timing(self) -> Timing {
        Timing { floor: self.poll, ..Timing::with_quiet(self.quiet) }
    }
}

impl Watch {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        self.refuse_what_is_no_source()?;
        let (requests, receiver) = requests();
        listen_to_signals(requests.clone())?;
        if let Some(time) = self.signing.looks() {
            remind_every(time, requests.clone())?;
        }
        let mut following =
            Following { watch: &self, console, complaint: String::new(), is_again: false };
        let noticed = |noticed| following.noticed(noticed);
        watch(&self.paths, self.timing.timing(), (&requests, &receiver), noticed);
        Ok(Status::Done)
    }

    /// A path that goes later is waited for; one that is not there at the start is a mistake.
    fn refuse_what_is_no_source(&self) -> Result<(), Failure> {
        let is_book = matches!(recognise(&self.paths)?, Input::Book(_));
        let missing = self.paths.iter().find(|path| !Path::new(path).exists());
        match missing {
            Some(path) => Err(Failure::new(
                format!("{path}: no such file or folder"),
                "check the path; only rule sources on disk are watched",
            )),
            None if !is_book => Err(Failure::new(
                format!("{}: this is compiled already", self.paths.join(" ")),
                "name .adr files or folders of them",
            )),
            None => Ok(()),
        }
    }
}

/// Turns signals into requests, from now on: SIGHUP into a reload, SIGTERM and SIGINT into the end.
fn listen_to_signals(requests: Requests) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals: {error}"), "");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
    let entered = runtime.enter();
    let mut reload = signal(SignalKind::hangup()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    drop(entered);
    let listen = async move {
        loop {
            tokio::select! {
                _ = reload.recv() => requests.reload(),
                _ = terminate.recv() => requests.stop(),
                _ = interrupt.recv() => requests.stop(),
            }
        }
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || runtime.block_on(listen)).map_err(failed)?;
    Ok(())
}

/// Reminds a watch now and then, as long as this process lives.
fn remind_every(time: Duration, requests: Requests) -> Result<(), Failure> {
    let thread = std::thread::Builder::new().name("reminder".to_owned());
    let remind = move || {
        loop {
            requests.remind();
            std::thread::sleep(time);
        }
    };
    let begun = thread.spawn(remind);
    begun.map(drop).map_err(|error| Failure::new(format!("threads: {error}"), ""))
}

struct Following<'w> {
    watch: &'w Watch,
    console: &'w Console,
    /// The last thing that went wrong, which is not said again.
    complaint: String,
    /// The same sources come once more, because they could not be published; their warnings were
    /// shown.
    is_again: bool,
}

impl Following<'_> {
    fn noticed(&mut self, noticed: Noticed) -> Answer {
        match noticed {
            Noticed::Sources { parsed, .. } => self.sources(parsed),
            Noticed::Reminded => {
                self.renew();
                Answer::Done
            }
            Noticed::PollingOnly { folder, reason } => {
                let (folder, poll) = (folder.display(), self.watch.timing.poll);
                self.console.message(format_args!(
                    "{folder}: {reason}; changes are noticed by looking every {}",
                    humantime::format_duration(poll)
                ));
                Answer::Done
            }
        }
    }

    fn sources(&mut self, parsed: Result<Box<Parsed>, InputError>) -> Answer {
        match self.publish(parsed) {
            Ok(true) => self.is_over(),
            Ok(false) => {
                self.is_over();
                let folder = self.watch.publish.display();
                self.console.message(format_args!("nothing is published: {folder} is as it was"));
            }
            Err((failure, answer)) => {
                self.complain(&failure);
                self.is_again = answer == Answer::TellAgain;
                if answer == Answer::Done {
                    self.renew();
                }
                return answer;
            }
        }
        Answer::Done
    }

    /// Nothing is wrong any more.
    fn is_over(&mut self) {
        self.complaint.clear();
        self.is_again = false;
    }

    /// True when the rules are published, false when they have errors, which were shown.
    fn publish(&self, parsed: Result<Box<Parsed>, InputError>) -> Result<bool, (Failure, Answer)> {
        let done = |failure| (failure, Answer::Done);
        let parsed = parsed.map_err(Failure::from).map_err(done)?;
        let checked = check_parsed(*parsed, self.watch.levels.levels()).map_err(done)?;
        if !self.is_again || checked.plan().is_none() {
            show(&checked, self.console);
        }
        let Some(book) = checked.into_plan() else {
            return Ok(false);
        };
        let artefacts = book.artifacts();
        let folder = &self.watch.publish;
        let signer = self.watch.signing.signer().map_err(done)?;
        let publisher = self.watch.publishing.publisher(folder).holding_rollbacks();
        let publisher = Signer::hire(signer.as_ref(), publisher);
        match publish(&publisher, folder, (&book, &artefacts), self.console) {
            Ok(_) => Ok(true),
            Err(error) => {
                // a disk may get room again, and another publisher comes to its end
                let is_held = matches!(error, PublishError::RolledBack { .. });
                let answer = if is_held { Answer::Done } else { Answer::TellAgain };
                Err((error.into(), answer))
            }
        }
    }

    /// Signs anew what is published where its signature comes to its end, whether the rules change
    /// or not.
    fn renew(&mut self) {
        let folder = &self.watch.publish;
        let renewed = self.watch.signing.signer().and_then(|signer| {
            let publisher = || self.watch.publishing.publisher(folder);
            let renewed = signer.map(|signer| signer.renew(publisher()));
            Ok(renewed.transpose()?.flatten())
        });
        match renewed {
            Ok(None) => {}
            Ok(Some(published)) => {
                let (folder, generation) = (folder.display(), published.generation);
                self.console.message(format_args!(
                    "{folder}: published generation {generation}, the same signed anew"
                ));
            }
            Err(failure) => self.complain(&failure),
        }
    }

    fn complain(&mut self, failure: &Failure) {
        let complaint = failure.to_string();
        if self.complaint != complaint {
            self.console.failure(failure);
            self.complaint = complaint;
        }
    }
}
