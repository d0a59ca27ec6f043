//! What a person reads about the cluster of this node.

use std::time::SystemTime;

use super::follow::NodesEvent;
use crate::cluster::Line;

/// What is known about the cluster of this node.
#[derive(Debug)]
pub(crate) struct NodesStatus {
    /// The name of the publication.
    name: String,
    /// Since when it does not answer, why, and what to do.
    silence: Option<Silence>,
    /// Why its current generation is not in the folder of this node.
    not_installed: Option<String>,
    /// The number of its current generation; 0 for none, or before the first answer.
    pub(crate) current: u64,
}

#[derive(Debug)]
struct Silence {
    since: SystemTime,
    reason: String,
    help: &'static str,
}

impl NodesStatus {
    pub(crate) fn new(name: String) -> Self {
        Self { name, silence: None, not_installed: None, current: 0 }
    }

    /// Takes note of an event at this time; returns the line about it, if a person should see one.
    /// `served` is the generation that clients get, 0 for none.
    pub(crate) fn line(
        &mut self,
        event: &NodesEvent,
        served: u64,
        now: SystemTime,
    ) -> Option<Line> {
        let name = &self.name;
        match event {
            NodesEvent::Answered(current) => {
                self.current = *current;
                let silence = self.silence.take()?;
                let since = moment(silence.since);
                Some(Line::Info(format!("cluster {name} answers again; it did not since {since}")))
            }
            NodesEvent::Silent(error) => {
                let (reason, help) = (error.to_string(), error.help());
                let before = self.silence.take();
                let is_new = before.is_none();
                let since = before.map_or(now, |before| before.since);
                self.silence = Some(Silence { since, reason, help });
                is_new.then(|| self.silence(served).map(Line::Warning)).flatten()
            }
            NodesEvent::Installed => {
                self.not_installed.take()?;
                let current = self.current;
                Some(Line::Info(format!(
                    "this node has generation {current} of cluster {name} again"
                )))
            }
            NodesEvent::NotInstalled(reason) => {
                let is_same = self.not_installed.as_ref() == Some(reason);
                self.not_installed = Some(reason.clone());
                (!is_same).then(|| self.not_installed(served).map(Line::Warning)).flatten()
            }
        }
    }

    /// Whether the cluster answers.
    pub(crate) fn is_up(&self) -> bool {
        self.silence.is_none()
    }

    /// What is wrong now, one sentence in each line. `served` is the generation that clients get.
    pub(crate) fn alert(&self, served: u64) -> Option<String> {
        let lines: Vec<String> =
            self.silence(served).into_iter().chain(self.not_installed(served)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn silence(&self, served: u64) -> Option<String> {
        let Silence { since, reason, help } = self.silence.as_ref()?;
        let since = moment(*since);
        let serves = serves(served);
        Some(format!("no answer from the cluster since {since}: {reason}; {serves}; {help}"))
    }

    fn not_installed(&self, served: u64) -> Option<String> {
        let reason = self.not_installed.as_ref()?;
        let serves = serves(served);
        Some(format!("this node does not get the current generation: {reason}; {serves}"))
    }
}

fn serves(served: u64) -> String {
    match served {
        0 => "adrc serves nothing yet, and tries again".to_owned(),
        _ => format!("adrc keeps serving generation {served}, and tries again"),
    }
}

/// "2026-11-25T14:02:11Z".
fn moment(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use adr_watcher::publication::PublicationError;

    use super::*;

    fn silent(reason: &str) -> NodesEvent {
        let name = "nats://nats1".to_owned();
        NodesEvent::Silent(PublicationError::Unreachable { name, reason: reason.to_owned() })
    }

    #[test]
    fn silence_is_said_once_with_its_beginning_and_so_is_its_end() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(status.line(&NodesEvent::Answered(6), 6, at(0)), None);
        assert!(status.is_up());
        let Some(Line::Warning(line)) = status.line(&silent("refused"), 6, at(10)) else {
            panic!()
        };
        for part in [
            "since 1970-01-01T00:00:10Z: nats://nats1 does not answer: refused",
            "serving generation 6",
        ] {
            assert!(line.contains(part), "{line}");
        }
        assert_eq!(status.line(&silent("timed out"), 6, at(20)), None);
        let alert = status.alert(6).unwrap();
        assert!(alert.contains("00:00:10Z") && alert.contains("timed out"), "{alert}");
        assert!(!status.is_up());
        let Some(Line::Info(line)) = status.line(&NodesEvent::Answered(7), 6, at(30)) else {
            panic!()
        };
        assert!(line.contains("answers again") && line.contains("00:00:10Z"), "{line}");
        assert_eq!((status.alert(6), status.current), (None, 7));
    }

    #[test]
    fn generation_that_is_not_installed_is_an_alert_until_one_is() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let bad = NodesEvent::NotInstalled("the signature is missing".to_owned());
        let now = SystemTime::UNIX_EPOCH;
        assert!(matches!(status.line(&bad, 0, now), Some(Line::Warning(_))));
        assert_eq!(status.line(&bad, 0, now), None);
        assert!(status.alert(0).unwrap().contains("serves nothing yet"));
        assert!(matches!(status.line(&NodesEvent::Installed, 7, now), Some(Line::Info(_))));
        assert_eq!(status.line(&NodesEvent::Installed, 7, now), None);
        assert_eq!(status.alert(7), None);
    }
}
