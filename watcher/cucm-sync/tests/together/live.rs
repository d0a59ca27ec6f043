//! The live source, and whether it reports what CUCM held.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use adr_cucm_client::Profile;
use adr_cucm_sync::Options;
use adr_cucm_sync::live::{LiveEvent, LiveSource, Settings, Text, UnusableRules};

use crate::broken::LIVE_USER;
use crate::no_pause::NoPause;
use crate::site::Site;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Time between two polls.
const POLL: Duration = Duration::from_millis(10);

/// Within so many answers after the last edit and fault, the live source reports what CUCM holds,
/// even if the queue is lost and lists are read a second time because they shrank.
const ANSWERS: usize = 10;

/// What the live source reports.
type Reported = Result<Text, UnusableRules>;

pub(crate) struct Live {
    settings: Settings,
    profile: Profile,
    source: LiveSource,
    events: Receiver<LiveEvent>,
    /// What CUCM held, as the live source should report it; as long as the history, or shorter.
    expected: Vec<Reported>,
    /// The place in the history of what was reported last. No report is of an earlier moment.
    place: usize,
    last: Option<Reported>,
    answers: usize,
}

impl Live {
    pub(crate) fn start(site: &Site) -> Self {
        let settings = settings(site);
        let (source, events) = source(&settings);
        let profile = settings.profile().unwrap();
        let (expected, place, last, answers) = Default::default();
        Self { settings, profile, source, events, expected, place, last, answers }
    }

    /// Ends the process that follows the cluster, and starts another one.
    pub(crate) fn restart(&mut self, site: &Site) {
        self.check(site);
        (self.source, self.events) = source(&self.settings);
        self.last = None;
    }

    /// Looks at everything that was reported since the last look.
    pub(crate) fn check(&mut self, site: &Site) {
        while let Ok(event) = self.events.try_recv() {
            self.handle(event, site);
        }
    }

    /// Waits until another program has done everything, and the live source has reported what CUCM
    /// holds and reports nothing else.
    pub(crate) fn wait_for_quiet(&mut self, site: &Site) {
        self.check(site);
        while site.has_edits_to_come() || !self.is_up_to_date(site) {
            self.wait(site);
        }
        // answers from before the last edit do not count
        self.check(site);
        self.answers = 0;
        while self.answers < ANSWERS {
            self.wait(site);
        }
        assert!(self.is_up_to_date(site), "{}", self.shown());
    }

    fn wait(&mut self, site: &Site) {
        let event = self.events.recv_timeout(TIMEOUT);
        let event = event.unwrap_or_else(|_| panic!("no event after:\n{}", self.shown()));
        self.handle(event, site);
    }

    fn handle(&mut self, event: LiveEvent, site: &Site) {
        match event {
            LiveEvent::Rules(reported) => {
                self.expect(site);
                let rest = self.expected.iter().skip(self.place);
                let found = rest.clone().position(|expected| *expected == reported);
                self.last = Some(reported);
                let Some(found) = found else {
                    panic!("CUCM never held, or not any more:\n{}", self.shown())
                };
                self.place += found;
            }
            LiveEvent::Answered(_) => self.answers += 1,
            LiveEvent::Silent(silent) if silent.is_stopped => self.source.reload(),
            LiveEvent::InvalidSettings(error) => panic!("{error}"),
            LiveEvent::Restarted => panic!("the live source panicked"),
            LiveEvent::Silent(_) | LiveEvent::Recovered | LiveEvent::Held(_) => {}
        }
    }

    /// Learns what CUCM held meanwhile.
    fn expect(&mut self, site: &Site) {
        let origin = self.settings.source_name();
        let history = site.history.all();
        for contents in history.iter().skip(self.expected.len()) {
            self.expected.push(Text::of(&origin, &self.profile, &contents.snapshot()));
        }
    }

    fn is_up_to_date(&mut self, site: &Site) -> bool {
        self.expect(site);
        self.last.is_some() && self.last.as_ref() == self.expected.last()
    }

    fn shown(&self) -> String {
        match &self.last {
            None => "nothing".to_owned(),
            Some(Ok(text)) => text.text.to_string(),
            Some(Err(error)) => error.to_string(),
        }
    }
}

fn source(settings: &Settings) -> (LiveSource, Receiver<LiveEvent>) {
    let (sender, events) = channel();
    // the receiver may be gone at the end of a test
    let report = move |event| drop(sender.send(event));
    (LiveSource::start_with(settings.clone(), None, Arc::new(NoPause), report).unwrap(), events)
}

fn settings(site: &Site) -> Settings {
    let folder = site.folder.path();
    let secret = folder.join("hq.secret");
    fs::write(&secret, format!("user = '{LIVE_USER}'\npassword = '{LIVE_USER}-secret'\n")).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let (address, fingerprint) = (site.cucm.address(), site.cucm.fingerprint());
    let text = format!(
        "[cucm.hq]\npublisher = \"{address}\"\ncredentials = \"hq.secret\"\n\
         fingerprint = \"{fingerprint}\"\n"
    );
    let file = folder.join("adrc.toml");
    fs::write(&file, text).unwrap();
    Settings {
        name: "hq".to_owned(),
        file: Some(file),
        options: Options::default(),
        poll: Some(POLL),
    }
}
