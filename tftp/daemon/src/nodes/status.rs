//! What a person reads about the cluster of this node.

use std::time::SystemTime;

use adr_watcher::publication::PublicationError;

use super::follow::NodesEvent;
use crate::cluster::Line;

/// What is known about the cluster of this node.
#[derive(Debug)]
pub(crate) struct NodesStatus {
    /// The name of the publication.
    name: String,
    /// Since when it does not answer, or cannot be used, and why.
    silence: Option<Silence>,
    /// Why its current generation is not in the folder of this node.
    not_installed: Option<String>,
    /// The number of its current generation; 0 for none, or before the first answer.
    pub(crate) current: u64,
}

#[derive(Debug)]
struct Silence {
    since: SystemTime,
    error: PublicationError,
}

impl Silence {
    /// Whether an answer is missing; else the cluster answers, and does not serve this node.
    fn is_without_answer(&self) -> bool {
        self.error.is_temporary()
    }
}

impl NodesStatus {
    pub(crate) fn new(name: String) -> Self {
        Self { name, silence: None, not_installed: None, current: 0 }
    }

    /// Takes note of an event at this time; returns the line about it, if a person should see one.
    /// `served` is the generation that clients get, 0 for none; `None` if adrc does not serve.
    pub(crate) fn line(
        &mut self,
        event: &NodesEvent,
        served: Option<u64>,
        now: SystemTime,
    ) -> Option<Line> {
        let name = &self.name;
        match event {
            NodesEvent::Answered(current) => {
                self.current = *current;
                let silence = self.silence.take()?;
                let since = moment(silence.since);
                Some(Line::Info(match silence.is_without_answer() {
                    true => format!("cluster {name} answers again; it did not since {since}"),
                    false => {
                        format!("cluster {name} can be used again; it could not since {since}")
                    }
                }))
            }
            NodesEvent::Announced(current) => {
                self.current = *current;
                None
            }
            NodesEvent::Silent(error) => {
                let before = self.silence.take().filter(|before| {
                    std::mem::discriminant(&before.error) == std::mem::discriminant(error)
                });
                let is_new = before.is_none();
                let since = before.map_or(now, |before| before.since);
                self.silence = Some(Silence { since, error: error.clone() });
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

    /// What is wrong now, one sentence in each line. `served` is as in [`Self::line`].
    pub(crate) fn alert(&self, served: Option<u64>) -> Option<String> {
        let lines: Vec<String> =
            self.silence(served).into_iter().chain(self.not_installed(served)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn silence(&self, served: Option<u64>) -> Option<String> {
        let silence = self.silence.as_ref()?;
        let (since, error) = (moment(silence.since), &silence.error);
        let what = match silence.is_without_answer() {
            true => "no answer from the cluster since",
            false => "the cluster cannot be used since",
        };
        let (serves, help) = (serves(served), error.help());
        Some(format!("{what} {since}: {error}{serves}; {help}"))
    }

    fn not_installed(&self, served: Option<u64>) -> Option<String> {
        let reason = self.not_installed.as_ref()?;
        let serves = serves(served);
        Some(format!("this node does not get the current generation: {reason}{serves}"))
    }
}

/// A clause about what clients get.
fn serves(served: Option<u64>) -> String {
    match served {
        None => String::new(),
        Some(0) => "; adrc serves nothing yet, and tries again".to_owned(),
        Some(served) => format!("; adrc keeps serving generation {served}, and tries again"),
    }
}

/// "2026-11-25T14:02:11Z".
fn moment(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn silent(reason: &str) -> NodesEvent {
        let name = "nats://nats1".to_owned();
        NodesEvent::Silent(PublicationError::Unreachable { name, reason: reason.to_owned() })
    }

    #[test]
    fn silence_is_said_once_with_its_beginning_and_so_is_its_end() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(status.line(&NodesEvent::Answered(6), Some(6), at(0)), None);
        assert!(status.is_up());
        let Some(Line::Warning(line)) = status.line(&silent("refused"), Some(6), at(10)) else {
            panic!()
        };
        for part in [
            "since 1970-01-01T00:00:10Z: nats://nats1 does not answer: refused",
            "serving generation 6",
        ] {
            assert!(line.contains(part), "{line}");
        }
        assert_eq!(status.line(&silent("timed out"), Some(6), at(20)), None);
        let alert = status.alert(Some(6)).unwrap();
        assert!(alert.contains("00:00:10Z") && alert.contains("timed out"), "{alert}");
        assert!(!status.is_up());
        let Some(Line::Info(line)) = status.line(&NodesEvent::Answered(7), Some(6), at(30)) else {
            panic!()
        };
        assert!(line.contains("answers again") && line.contains("00:00:10Z"), "{line}");
        assert_eq!((status.alert(Some(6)), status.current), (None, 7));
    }

    /// NATS keeps numbers and files in different streams, and one of them may be without a leader.
    #[test]
    fn silence_lasts_while_only_the_number_of_the_generation_is_known() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(matches!(status.line(&silent("no files"), Some(6), at(0)), Some(Line::Warning(_))));
        for seconds in (10..60).step_by(10) {
            assert_eq!(status.line(&NodesEvent::Announced(7), Some(6), at(seconds)), None);
            assert_eq!((status.is_up(), status.current), (false, 7));
            assert_eq!(status.line(&silent("no files"), Some(6), at(seconds + 5)), None);
        }
        assert!(status.alert(Some(6)).unwrap().contains("since 1970-01-01T00:00:00Z"));
        let answered = status.line(&NodesEvent::Answered(7), Some(6), at(60));
        assert!(matches!(answered, Some(Line::Info(_))) && status.is_up());
    }

    #[test]
    fn generation_that_is_not_installed_is_an_alert_until_one_is() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let bad = NodesEvent::NotInstalled("the signature is missing".to_owned());
        let now = SystemTime::UNIX_EPOCH;
        assert!(matches!(status.line(&bad, Some(0), now), Some(Line::Warning(_))));
        assert_eq!(status.line(&bad, Some(0), now), None);
        assert!(status.alert(Some(0)).unwrap().contains("serves nothing yet"));
        assert!(matches!(status.line(&NodesEvent::Installed, Some(7), now), Some(Line::Info(_))));
        assert_eq!(status.line(&NodesEvent::Installed, Some(7), now), None);
        assert_eq!(status.alert(Some(7)), None);
    }

    #[test]
    fn cluster_that_answers_and_rejects_this_node_is_not_silent() {
        let mut status = NodesStatus::new("nats://nats1".to_owned());
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(matches!(status.line(&silent("refused"), None, at(1)), Some(Line::Warning(_))));
        let (name, reason) = ("nats://nats1".to_owned(), "no user".to_owned());
        let denied = NodesEvent::Silent(PublicationError::Denied { name, reason });
        let Some(Line::Warning(line)) = status.line(&denied, None, at(2)) else { panic!() };
        assert!(line.contains("cannot be used since 1970-01-01T00:00:02Z"), "{line}");
        assert!(!line.contains("serv"), "`adrc watch` serves nothing: {line}");
        assert_eq!(status.line(&denied, None, at(3)), None);
        let answered = NodesEvent::Answered(7);
        let Some(Line::Info(line)) = status.line(&answered, None, at(4)) else { panic!() };
        assert!(line.contains("can be used again"), "{line}");
    }
}
