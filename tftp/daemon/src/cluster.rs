//! What a person reads about a CUCM that a daemon follows.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use adr_cucm_sync::live::{
    DEFAULT_POLL, LiveEvent, Settings, Silent, Text, UnusableRules, read_once,
};
use adr_language::ReadError;
use adr_render::text::count;
use adr_watcher::watch::ExtraText;

use crate::{Error, Messages};

/// What is known about the cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    name: String,
    silent: Option<Silent>,
    /// Why lists are read a second time.
    held: Option<String>,
    /// Whether CUCM's rules were read since the start.
    has_rules: bool,
}

/// A line for a person.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing is wrong.
    Info(String),
    /// An administrator should look at CUCM or at the settings.
    Warning(String),
}

impl Cluster {
    pub(crate) fn new(name: String) -> Self {
        Self { name, silent: None, held: None, has_rules: false }
    }

    /// Takes note of an event; returns the line about it, if a person should see one.
    pub(crate) fn line(&mut self, event: &LiveEvent) -> Option<Line> {
        let name = self.name.clone();
        match event {
            LiveEvent::Answered(_) | LiveEvent::Restarted => None,
            LiveEvent::Rules(Ok(text)) => {
                self.has_rules = true;
                let line = format!("CUCM {name} has new rules: {}", Holds(text));
                Some(if text.unchecked > 0 { Line::Warning(line) } else { Line::Info(line) })
            }
            // the job that gets this text reports the rule
            LiveEvent::Rules(Err(_)) => {
                self.has_rules = true;
                None
            }
            LiveEvent::Recovered => {
                let since = self.silent.take().map(|silent| moment(silent.since));
                let since = since.unwrap_or_default();
                Some(Line::Info(format!("CUCM {name} answers again; it was silent since {since}")))
            }
            LiveEvent::Silent(silent) => {
                self.silent = Some(silent.clone());
                self.silence().map(Line::Warning)
            }
            LiveEvent::Held(held) => {
                self.held.clone_from(held);
                match held {
                    Some(_) => self.hold().map(Line::Warning),
                    None => None,
                }
            }
            LiveEvent::InvalidSettings(error) => Some(Line::Warning(format!(
                "CUCM {name}: the new settings are not used: {error}; the former ones stay"
            ))),
        }
    }

    /// Whether CUCM does not answer, or has not answered yet.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.is_some()
    }

    /// What is wrong with the cluster now, one sentence in each line.
    pub(crate) fn alert(&self) -> Option<String> {
        let lines: Vec<_> = self.silence().into_iter().chain(self.hold()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn silence(&self) -> Option<String> {
        let Silent { since, reason, help, is_stopped } = self.silent.as_ref()?;
        let stays = match self.has_rules {
            true => "; the rules published before stay",
            false => "; adrc has read no rules since it started",
        };
        let asks = match is_stopped {
            true => "; adrc asks again when the settings change, at a reload, or in an hour",
            false => "",
        };
        let help = if help.is_empty() { String::new() } else { format!("; {help}") };
        let since = moment(*since);
        Some(format!("CUCM {} is silent since {since}: {reason}{stays}{asks}{help}", self.name))
    }

    fn hold(&self) -> Option<String> {
        let held = self.held.as_ref()?;
        let name = &self.name;
        Some(format!("CUCM {name}: {held}; adrc publishes this after a second, equal answer"))
    }
}

/// Reads the rules of a cluster once, and says what there is to follow.
///
/// # Errors
///
/// The settings of the cluster cannot be used, or CUCM does not answer.
pub(crate) fn read(cluster: &Settings, messages: &dyn Messages) -> Result<ExtraText, Error> {
    let read = read_once(cluster).map_err(|error| Error::of_cluster(cluster, &error))?;
    if let Ok(text) = &read {
        let name = &cluster.name;
        let poll = humantime::format_duration(cluster.poll_interval().unwrap_or(DEFAULT_POLL));
        let line = format!(
            "CUCM {name} answers: {}; adrc would ask for changes every {poll}",
            Holds(text)
        );
        messages.message(&line, &mut std::io::stderr());
    }
    Ok(extra_text(&read))
}

fn extra_text(read: &Result<Text, UnusableRules>) -> ExtraText {
    let unusable = |unusable: &UnusableRules| ReadError {
        reason: unusable.to_string(),
        help: "correct the rule on CUCM's page".to_owned(),
    };
    read.as_ref().map(|text| Arc::clone(&text.text)).map_err(unusable)
}

/// What a cluster holds: "12 dial rules, 2 emergency numbers".
struct Holds<'t>(&'t Text);

impl fmt::Display for Holds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Text { rules, emergency, unchecked, .. } = self.0;
        f.write_str(&count(*rules, "dial rule"))?;
        match emergency {
            Some(emergency) => write!(f, ", {}", count(*emergency, "emergency number"))?,
            None => f.write_str("; this release does not flag emergency numbers")?,
        }
        if *unchecked > 0 {
            let patterns = count(*unchecked, "flagged pattern");
            write!(f, "; {patterns} without numbers that adrc can check")?;
        }
        Ok(())
    }
}

/// "2026-11-25T14:02:11Z".
fn moment(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

/// The text that an event gives to the rule source of the cluster. `is_fatal` is whether a failure
/// is one of the rule source, because it has no text yet.
pub(crate) fn text(event: &LiveEvent, is_fatal: impl FnOnce(&Silent) -> bool) -> Option<ExtraText> {
    match event {
        LiveEvent::Rules(read) => Some(extra_text(read)),
        LiveEvent::Silent(silent) if is_fatal(silent) => {
            Some(Err(ReadError { reason: silent.reason.clone(), help: silent.help.clone() }))
        }
        LiveEvent::Silent(_)
        | LiveEvent::Answered(_)
        | LiveEvent::Recovered
        | LiveEvent::Held(_)
        | LiveEvent::InvalidSettings(_)
        | LiveEvent::Restarted => None,
    }
}
