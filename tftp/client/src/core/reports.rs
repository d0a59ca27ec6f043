//! Telling the followed server what runs: one report at a time, the latest one counts, and none is
//! lost.

use std::time::Duration;

use adr_protocol::Report;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::fetch::wire::Wire;
use crate::schedule::{Chance, LONGEST_PAUSE, pause};
use crate::server::Server;

/// How long a report may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Shortest rest that a server without room is given.
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// A report and who is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) server: Server,
    pub(super) report: Report,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    /// The server has it, or never wants one like it.
    Done,
    /// The server has no room, and is to be asked again after this time.
    Later(Duration),
    /// Nobody knows whether it arrived.
    Lost,
}

/// A way to a server.
pub(super) trait Post {
    fn post(&self, letter: &Letter) -> impl Future<Output = Posted> + Send;
}

/// Posts what stands in `letters` until nobody writes any more; of letters that come while one is
/// under way, the last. What is lost is posted again, later each time, the first time after about
/// `first`.
pub(super) async fn run(
    post: impl Post,
    mut letters: watch::Receiver<Option<Letter>>,
    first: Duration,
    mut chance: Chance,
) {
    let mut failures = 0;
    let mut is_open = letters.changed().await.is_ok();
    while is_open {
        let Some(letter) = letters.borrow_and_update().clone() else {
            return;
        };
        is_open = match post.post(&letter).await {
            Posted::Done => {
                failures = 0;
                letters.changed().await.is_ok()
            }
            Posted::Lost => {
                failures += 1;
                let rest = pause(first, failures, &mut chance);
                wait(&mut letters, rest, |_| false).await
            }
            Posted::Later(rest) => {
                failures = 0;
                let rest = rest.clamp(SHORTEST_REST, LONGEST_PAUSE);
                wait(&mut letters, rest, |next| next.server == letter.server).await
            }
        };
    }
}

/// Waits for so long, or for a letter that cannot wait; false when nobody writes any more.
async fn wait(
    letters: &mut watch::Receiver<Option<Letter>>,
    rest: Duration,
    can_wait: impl Fn(&Letter) -> bool,
) -> bool {
    let urgent = async {
        while letters.changed().await.is_ok() {
            if !letters.borrow_and_update().as_ref().is_some_and(&can_wait) {
                return true;
            }
        }
        false
    };
    timeout(rest, urgent).await.unwrap_or(true)
}

impl Post for Wire {
    async fn post(&self, letter: &Letter) -> Posted {
        let body = serde_json::to_vec(&letter.report).unwrap_or_default();
        let request = self.http.post(letter.server.file("-/report"));
        let request = request.header(CONTENT_TYPE, "application/json");
        match request.timeout(PATIENCE).body(body).send().await {
            Ok(response) => answered(response.status(), response.headers().get(RETRY_AFTER)),
            Err(_) => Posted::Lost,
        }
    }
}

fn answered(status: StatusCode, after: Option<&reqwest::header::HeaderValue>) -> Posted {
    let seconds = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
    match (status, seconds) {
        (StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS, Some(seconds)) => {
            Posted::Later(Duration::from_secs(seconds))
        }
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _) => Posted::Lost,
        (StatusCode::NOT_IMPLEMENTED, _) => Posted::Done,
        (status, _) if status.is_server_error() => Posted::Lost,
        _ => Posted::Done,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    use reqwest::header::HeaderValue;
    use tokio::time::{Instant, sleep};

    use super::*;

    const FIRST: Duration = Duration::from_secs(5);

    /// A server that says what it is told to say, in order, and then yes; each answer takes a
    /// second.
    #[derive(Clone)]
    struct Scripted {
        answers: Arc<Mutex<VecDeque<Posted>>>,
        /// Which generation was posted to which port after how many milliseconds.
        posted: Arc<Mutex<Vec<(u64, String, u64)>>>,
        alone: Arc<tokio::sync::Mutex<()>>,
        began: Instant,
    }

    impl Post for Scripted {
        async fn post(&self, letter: &Letter) -> Posted {
            let _alone = self.alone.try_lock().unwrap();
            let generation = letter.report.generation;
            let server = letter.server.file("").to_string();
            let after = u64::try_from(self.began.elapsed().as_millis()).unwrap();
            self.posted.lock().unwrap().push((generation, server, after));
            sleep(Duration::from_secs(1)).await;
            let answer = self.answers.lock().unwrap().pop_front();
            answer.unwrap_or(Posted::Done)
        }
    }

    fn letter(server: &str, generation: u64) -> Option<Letter> {
        Some(Letter {
            server: Server::parse(&format!("http://{server}")).unwrap(),
            report: Report {
                client: "core-0001".into(),
                generation,
                sha256: String::new(),
                version: String::new(),
                refused: None,
            },
        })
    }

    /// What is posted in an hour when these letters are written at these milliseconds, and after
    /// how many milliseconds.
    fn posted(answers: &[Posted], written: &[(u64, &str, u64)]) -> Vec<(u64, String, u64)> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let scripted = Scripted {
                answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
                posted: Arc::default(),
                alone: Arc::default(),
                began: Instant::now(),
            };
            let (writer, letters) = watch::channel(None);
            let running = tokio::spawn(run(scripted.clone(), letters, FIRST, Chance::new(7)));
            for (at, server, generation) in written {
                tokio::time::sleep_until(scripted.began + Duration::from_millis(*at)).await;
                writer.send_replace(letter(server, *generation));
            }
            sleep(Duration::from_secs(3600)).await;
            drop(writer);
            running.await.unwrap();
            let posted = scripted.posted.lock().unwrap();
            posted.clone()
        })
    }

    fn at(generation: u64, server: &str, after: u64) -> (u64, String, u64) {
        (generation, format!("http://{server}/"), after)
    }

    #[test]
    fn one_is_under_way_and_the_latest_follows() {
        let written = [(0, "h", 1), (500, "h", 2), (600, "h", 3), (9_000, "h", 3)];
        let expected = [at(1, "h", 0), at(3, "h", 1_000), at(3, "h", 9_000)];
        assert_eq!(posted(&[], &written), expected);
    }

    #[test]
    fn what_is_lost_is_posted_again_and_later_each_time() {
        let posted = posted(&[Posted::Lost; 8], &[(0, "h", 1)]);
        assert_eq!(posted.len(), 9, "until it is heard: {posted:?}");
        let pauses: Vec<u64> = posted.windows(2).map(|two| two[1].2 - two[0].2 - 1_000).collect();
        let bounds = (0..8).map(|doublings| (5_000 << doublings).min(300_000));
        for (pause, bound) in pauses.iter().zip(bounds) {
            assert!((bound / 2..=bound * 3 / 2).contains(pause), "{pauses:?}");
        }
    }

    #[test]
    fn what_is_new_does_not_wait_for_what_was_lost() {
        let written = [(0, "h", 1), (500, "h", 2), (2_500, "h", 3)];
        let expected = [at(1, "h", 0), at(2, "h", 1_000), at(3, "h", 2_500)];
        assert_eq!(posted(&[Posted::Lost; 2], &written), expected);
    }

    #[test]
    fn a_server_without_room_is_left_alone_and_gets_the_latest() {
        let later = Posted::Later(Duration::from_secs(40));
        let written = [(0, "h", 1), (500, "h", 2), (5_000, "h", 3)];
        assert_eq!(posted(&[later], &written), [at(1, "h", 0), at(3, "h", 41_000)]);
        // another server may have room
        let written = [(0, "h", 1), (5_000, "g", 2)];
        assert_eq!(posted(&[later], &written), [at(1, "h", 0), at(2, "g", 5_000)]);
        // and nobody is asked without a pause, or forgotten
        let at_once = Posted::Later(Duration::ZERO);
        assert_eq!(posted(&[at_once], &[(0, "h", 1)]), [at(1, "h", 0), at(1, "h", 2_000)]);
        let never = Posted::Later(Duration::MAX);
        assert_eq!(posted(&[never], &[(0, "h", 1)]), [at(1, "h", 0), at(1, "h", 301_000)]);
    }

    #[test]
    fn what_answers_mean() {
        let answered = |status, after: Option<&'static str>| {
            let after = after.map(HeaderValue::from_static);
            answered(StatusCode::from_u16(status).unwrap(), after.as_ref())
        };
        for status in [200, 204, 400, 404, 405, 413, 501] {
            assert_eq!(answered(status, Some("9")), Posted::Done, "{status}");
        }
        for status in [408, 429, 500, 502, 503] {
            assert_eq!(answered(status, None), Posted::Lost, "{status}");
            assert_eq!(answered(status, Some("soon")), Posted::Lost, "{status}");
        }
        for status in [429, 503] {
            let later = Posted::Later(Duration::from_secs(9));
            assert_eq!(answered(status, Some("9")), later, "{status}");
        }
    }
}
