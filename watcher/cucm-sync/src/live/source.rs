//! Runs a [`Live`] in a thread of its own, which asks CUCM and reports.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use adr_bundle::folder::phrase;
use adr_cucm_client::{Pause, Session, TokioPause};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::former::Former;
use super::machine::{Input, Live, Output};
use super::question::{Lists, Parts, Question, list_change};
use super::settings::{Settings, Used};
use super::snapshot::Snapshot;
use super::text::{Text, UnusableRules};
use crate::connect::ConnectError;
use crate::read::{ReadError, read_patterns, read_rules};
use crate::runtime::runtime;

/// Time between two looks at the settings while new settings should help.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a live source reports.
#[derive(Debug)]
pub enum LiveEvent {
    /// The rules of the cluster, to be published if the dial plan with them is valid; or why no
    /// client can apply them.
    Rules(Result<Text, UnusableRules>),
    /// CUCM answered at this time.
    Answered(SystemTime),
    /// CUCM answers again.
    Recovered,
    /// CUCM does not answer.
    Silent(Silent),
    /// The lists shrank, a phrase: adrc reads them a second time before it publishes them. `None`
    /// when that is over.
    Held(Option<String>),
    /// The settings of the cluster were read again and cannot be used. The former ones stay.
    InvalidSettings(ConnectError),
    /// The thread panicked, and follows the cluster again: it reads everything.
    Restarted,
}

/// Pause before the thread follows the cluster again after its first panic; it doubles with each
/// further one.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// Longest such pause.
const MAX_RESTART_PAUSE: Duration = Duration::from_secs(10);

/// CUCM does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// The time of the last answer, or of the start.
    pub since: SystemTime,
    /// Why, a phrase in one line.
    pub reason: String,
    /// What to do; may be empty.
    pub help: String,
    /// Whether adrc asks again only in an hour, unless the settings change or somebody requests it.
    pub is_stopped: bool,
}

/// A running live source. Dropping it ends the source, and does not wait.
#[derive(Debug)]
pub struct LiveSource {
    control: mpsc::UnboundedSender<()>,
    /// Kept so that the thread's name stays visible in a debugger.
    _thread: JoinHandle<()>,
}

impl LiveSource {
    /// Starts a thread that follows the cluster and calls `on_event`. `former` is what an earlier
    /// run published: much shorter lists have to be confirmed by a second answer.
    ///
    /// # Errors
    ///
    /// The settings of the cluster cannot be used, or the operating system refuses a thread or what
    /// the runtime needs. That CUCM does not answer is an event and not an error.
    pub fn start(
        settings: Settings,
        former: Option<Former>,
        on_event: impl FnMut(LiveEvent) + Send + 'static,
    ) -> Result<Self, StartError> {
        Self::start_with(settings, former, Arc::new(TokioPause), on_event)
    }

    /// Starts as [`LiveSource::start`] does, with another way to wait while CUCM is busy. Polls
    /// keep their interval.
    ///
    /// # Errors
    ///
    /// As for [`LiveSource::start`].
    pub fn start_with(
        settings: Settings,
        former: Option<Former>,
        pause: Arc<dyn Pause>,
        on_event: impl FnMut(LiveEvent) + Send + 'static,
    ) -> Result<Self, StartError> {
        let used = settings.read()?;
        let session = used.session()?.with_pause(Arc::clone(&pause));
        let runtime = runtime()?;
        let (control, requests) = mpsc::unbounded_channel();
        let mut follower = Follower {
            live: Live::new(used.poll).with_former(former),
            settings,
            used,
            session,
            pause,
            requests,
            began: Instant::now(),
            on_event,
        };
        let follow = move || follower.supervise(&runtime);
        let thread = std::thread::Builder::new().name("cucm".to_owned()).spawn(follow)?;
        Ok(Self { control, _thread: thread })
    }

    /// Reads the settings again, and everything from CUCM.
    pub fn reload(&self) {
        // the thread runs as long as this sender
        let _ = self.control.send(());
    }
}

/// Why a live source does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings of the cluster cannot be used.
    #[error(transparent)]
    Settings(#[from] ConnectError),
    /// The operating system refuses a thread, or what the runtime needs.
    #[error("threads: {}", phrase(.0))]
    Threads(#[from] io::Error),
    /// The rules could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl StartError {
    /// What to do; may be empty.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Settings(error) => error.help(),
            Self::Read(error) => error.help().to_owned(),
            Self::Threads(_) => String::new(),
        }
    }
}

/// The state of the thread.
struct Follower<F> {
    settings: Settings,
    /// What the session was made of.
    used: Used,
    session: Session,
    pause: Arc<dyn Pause>,
    live: Live,
    requests: mpsc::UnboundedReceiver<()>,
    began: Instant,
    on_event: F,
}

/// What ends a wait.
enum Wake {
    Input(Input),
    /// The owner asks to read everything again.
    Requested,
    /// New settings should help: the time of a look at them has come.
    Look,
    /// The owner is gone.
    Gone,
}

impl<F: FnMut(LiveEvent)> Follower<F> {
    /// Runs until the owner is gone, and starts again after a panic.
    fn supervise(&mut self, runtime: &Runtime) {
        let mut first = Input::Tick;
        let mut pause = RESTART_PAUSE;
        while catch_unwind(AssertUnwindSafe(|| self.run(runtime, first))).is_err() {
            std::thread::sleep(pause);
            pause = (pause * 2).min(MAX_RESTART_PAUSE);
            first = Input::Reload;
            // it may have been lost
            self.live.published = None;
            // a receiver that panics on this event as well is left alone
            let _ = catch_unwind(AssertUnwindSafe(|| (self.on_event)(LiveEvent::Restarted)));
        }
    }

    fn run(&mut self, runtime: &Runtime, first: Input) {
        let mut input = first;
        let mut question = None;
        loop {
            let random = self.pause.random();
            for output in self.live.handle(input, self.began.elapsed(), random) {
                question = None;
                match output {
                    Output::Ask(next) => question = Some(next),
                    // outside of the runtime, so that the event may block
                    output => self.report(output),
                }
            }
            input = loop {
                match runtime.block_on(self.wait(question.as_ref())) {
                    Wake::Input(input) => break input,
                    Wake::Requested => {
                        self.take_settings();
                        break Input::Reload;
                    }
                    Wake::Look => {
                        let other = self.settings.read().ok().filter(|read| *read != self.used);
                        if other.is_some() {
                            self.take_settings();
                            break Input::Reload;
                        }
                    }
                    Wake::Gone => return,
                }
            };
        }
    }

    /// Waits for the answer to the open question, or for the time of the next one.
    async fn wait(&mut self, question: Option<&Question>) -> Wake {
        let (session, due, began) = (&self.session, self.live.due(), self.began);
        let is_stopped = self.live.is_stopped();
        let next = async {
            if let Some(question) = question {
                return Wake::Input(ask(session, question).await);
            }
            let rest = due.map_or(LOOK_EVERY, |due| due.saturating_sub(began.elapsed()));
            if is_stopped && rest > LOOK_EVERY {
                tokio::time::sleep(LOOK_EVERY).await;
                return Wake::Look;
            }
            tokio::time::sleep(rest).await;
            Wake::Input(Input::Tick)
        };
        tokio::select! {
            biased;
            request = self.requests.recv() => request.map_or(Wake::Gone, |()| Wake::Requested),
            wake = next => wake,
        }
    }

    /// Uses the settings as the files say now. Without valid ones, the former settings stay.
    fn take_settings(&mut self) {
        let taken = self.settings.read().and_then(|used| {
            let session = used.session()?.with_pause(Arc::clone(&self.pause));
            Ok((used, session))
        });
        match taken {
            Ok((used, session)) => {
                self.live.set_poll(used.poll);
                (self.used, self.session) = (used, session);
            }
            Err(error) => (self.on_event)(LiveEvent::InvalidSettings(error)),
        }
    }

    fn report(&mut self, output: Output) {
        let event = match output {
            Output::Ask(_) => return,
            Output::Answered => LiveEvent::Answered(SystemTime::now()),
            Output::Recovered => LiveEvent::Recovered,
            Output::Publish(snapshot) => {
                let origin = self.settings.source_name();
                LiveEvent::Rules(Text::of(&origin, &self.used.profile, &snapshot))
            }
            Output::Silent { since, failure } => {
                let ago = self.began.elapsed().saturating_sub(since);
                let Failure { reason, help, .. } = failure;
                LiveEvent::Silent(Silent {
                    since: SystemTime::now().checked_sub(ago).unwrap_or(SystemTime::UNIX_EPOCH),
                    reason,
                    help,
                    is_stopped: self.live.is_stopped(),
                })
            }
            Output::Held(shrunk) => LiveEvent::Held(shrunk.map(|shrunk| shrunk.to_string())),
        };
        (self.on_event)(event);
    }
}

/// Asks CUCM a question.
async fn ask(session: &Session, question: &Question) -> Input {
    let answer = match question {
        Question::Baseline => {
            session.changes(&list_change(None)).await.map(|it| Input::Baseline(it.cursor))
        }
        Question::Changes(cursor) => {
            session.changes(&list_change(Some(cursor.clone()))).await.map(Input::Changes)
        }
        Question::Lists(parts) => {
            return lists(session, *parts)
                .await
                .unwrap_or_else(|error| Input::Failed(Failure::of_read(question, &error)));
        }
    };
    answer.unwrap_or_else(|error| Input::Failed(Failure::of_call(question, &error)))
}

async fn lists(session: &Session, parts: Parts) -> Result<Input, ReadError> {
    let rules = if parts.rules { Some(read_rules(session).await?) } else { None };
    let flagged = if parts.patterns { Some(read_patterns(session).await?) } else { None };
    Ok(Input::Lists(Lists::new(rules, flagged)))
}

/// Reads the rules of a cluster once, for a check: the text, or why CUCM's rules are not usable.
///
/// # Errors
///
/// The settings of the cluster cannot be used, or CUCM does not answer.
pub fn read_once(settings: &Settings) -> Result<Result<Text, UnusableRules>, StartError> {
    let used = settings.read()?;
    let session = used.session()?;
    let runtime = runtime()?;
    let snapshot = runtime.block_on(async {
        let rules = Arc::new(Lists::new(Some(read_rules(&session).await?), None).rules);
        Ok::<_, ReadError>((rules, Arc::new(read_patterns(&session).await?)))
    });
    let (rules, flagged) = snapshot?;
    let rules = Arc::new(Arc::unwrap_or_clone(rules).unwrap_or_default());
    Ok(Text::of(&settings.source_name(), &used.profile, &Snapshot { rules, flagged }))
}
