//! Keeps the list of known client cores in the published folder, so that a restarted server knows
//! which of them have yet to come back.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use adr_bundle::Folder;
use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit, Unfinished};
use adr_server::{Announcer, Faults, KnownClients, Part};
use adr_watcher::write;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::event::Event;
use crate::part;
use crate::{Error, Source};

/// The time between two looks whether other cores are known.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// The shortest time between two writes.
const WRITE_INTERVAL: Duration = Duration::from_secs(60);

/// How long the end of the process waits for the last write.
const LAST_WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// When the list is written: soon after other cores are known, and again before it is too old, for
/// a process that ends without writing it.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    /// The version of the list that was written last.
    version: u64,
    /// When the list may be written again if other cores are known.
    earliest: Instant,
    /// When the list is written again in any case.
    latest: Instant,
}

impl Schedule {
    /// The list was read at this time. It may be changed at once.
    fn new(version: u64, now: Instant) -> Self {
        Self { version, earliest: now, latest: now + KnownClients::REFRESH_INTERVAL }
    }

    /// Whether to write a list of this version now. `knows_any` is asked only if nothing else says
    /// so: the list of another server that knows nobody stays as it is.
    fn is_due(&self, version: u64, now: Instant, knows_any: impl FnOnce() -> bool) -> bool {
        (version != self.version && now >= self.earliest) || (now >= self.latest && knows_any())
    }

    /// Notes an attempt to write a list of this version. One that failed is repeated.
    fn tried(&mut self, version: u64, now: Instant, is_written: bool) {
        if is_written {
            self.version = version;
        }
        (self.earliest, self.latest) = (now + WRITE_INTERVAL, now + KnownClients::REFRESH_INTERVAL);
    }
}

/// The writes of one process, one after the other: an attempt that is late must not replace a newer
/// list by its older one.
#[derive(Clone, Debug, Default)]
pub(super) struct Writes {
    /// Whether the last list was written, after which no other is.
    has_ended: Arc<Mutex<bool>>,
}

impl Writes {
    /// Writes a list, unless the attempt was abandoned meanwhile or the last list was written.
    ///
    /// # Errors
    ///
    /// The operating system reported an error; its words.
    fn write(
        &self,
        folder: &Path,
        known: KnownClients,
        is_abandoned: impl FnOnce() -> bool,
    ) -> Result<(), String> {
        let has_ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        if *has_ended || is_abandoned() {
            return Ok(());
        }
        replace(folder, known)
    }

    /// Writes the last list, after an attempt that is writing.
    ///
    /// # Errors
    ///
    /// Those of [`Writes::write`].
    fn write_last(&self, folder: &Path, known: KnownClients) -> Result<(), String> {
        let mut has_ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        *has_ended = true;
        replace(folder, known)
    }
}

/// Starts a thread that reads the list of the folder, and writes it when other cores are known, at
/// most once a minute, and while a core is known at least every five minutes, until the receiver of
/// events is dropped. Without a folder there is nothing to do. `faults` are reached whenever the
/// disk is used. The result is for [`save_at_end`].
///
/// # Errors
///
/// The operating system does not start a thread.
pub(super) fn start(
    source: &Source,
    announcer: &Arc<Announcer>,
    events: mpsc::Sender<Event>,
    faults: Faults,
) -> Result<Writes, Error> {
    let writes = Writes::default();
    let Some(folder) = source.folder().map(Path::to_owned) else { return Ok(writes) };
    let mut list = List {
        folder,
        announcer: Arc::clone(announcer),
        faults,
        disk: TimeLimit::new("list", IO_TIME_LIMIT),
        writes: writes.clone(),
        schedule: None,
        has_failed: false,
    };
    let of_looks = events.clone();
    part::start("clients", Part::KnownClients, events, move || {
        while !of_looks.is_closed() {
            list.restore()?;
            list.look()?;
            thread::sleep(LOOK_INTERVAL);
        }
        Ok(())
    })?;
    Ok(writes)
}

/// The list of a folder, and when it is written.
struct List {
    folder: PathBuf,
    announcer: Arc<Announcer>,
    faults: Faults,
    disk: TimeLimit,
    writes: Writes,
    /// `None` until the list was read.
    schedule: Option<Schedule>,
    /// Whether the last write failed, which was logged.
    has_failed: bool,
}

impl List {
    /// Reads the list, once. A drive that does not answer is asked again in the next look.
    ///
    /// # Errors
    ///
    /// Reading panicked.
    fn restore(&mut self) -> Result<(), Unfinished> {
        if self.schedule.is_some() {
            return Ok(());
        }
        let (folder, faults) = (self.folder.clone(), self.faults.clone());
        let known = self.disk.run(move |_| {
            faults.reach(Part::KnownClients);
            read(&folder)
        });
        let Ok(known) = part::unless_panicked(known)? else { return Ok(()) };
        known.into_iter().for_each(|known| self.announcer.restore_clients(known));
        let version = self.announcer.known_clients_version();
        self.schedule = Some(Schedule::new(version, Instant::now()));
        Ok(())
    }

    /// Writes the list if that is due.
    ///
    /// # Errors
    ///
    /// Writing panicked.
    fn look(&mut self) -> Result<(), Unfinished> {
        let version = self.announcer.known_clients_version();
        let knows_any = || !self.announcer.known_clients().is_empty();
        let Some(schedule) = &mut self.schedule else { return Ok(()) };
        if !schedule.is_due(version, Instant::now(), knows_any) {
            return Ok(());
        }
        let (folder, faults) = (self.folder.clone(), self.faults.clone());
        let known = self.announcer.known_clients();
        let writes = self.writes.clone();
        let written = self.disk.run(move |attempt| {
            faults.reach(Part::KnownClients);
            writes.write(&folder, known, || attempt.is_abandoned())
        });
        let result = part::unless_panicked(written)?.map_err(|error| error.to_string()).flatten();
        schedule.tried(version, Instant::now(), result.is_ok());
        if let (Err(reason), false) = (&result, self.has_failed) {
            tracing::warn!(
                file = %self.folder.join(KnownClients::FILE_NAME).display(),
                reason,
                "the list of client cores cannot be kept; after a restart, `--wait` does not wait for cores \
                 that have yet to come back"
            );
        }
        self.has_failed = result.is_err();
        Ok(())
    }
}

/// Writes the list a last time, before the cores lose their streams.
pub(super) async fn save_at_end(source: &Source, announcer: &Announcer, writes: Writes) {
    let Some(folder) = source.folder().map(Path::to_owned) else { return };
    let known = announcer.known_clients();
    let save = spawn_blocking(move || {
        let mut disk = TimeLimit::new("list", LAST_WRITE_TIMEOUT);
        disk.run(move |_| writes.write_last(&folder, known))
    });
    // a reason was logged before, and a folder that hangs must not hold the process up
    let _ = timeout(LAST_WRITE_TIMEOUT, save).await;
}

/// The list of a folder; `None` without a valid one.
fn read(folder: &Path) -> Option<KnownClients> {
    let folder = Folder::open(folder).ok()?;
    let text = folder.read(KnownClients::FILE_NAME, KnownClients::MAX_BYTES).ok()?;
    KnownClients::parse(&text.bytes)
}

/// Replaces the list by one with the cores that only the file knows as well: another server may
/// serve from the same folder. Creates no file as long as no core is known.
fn replace(folder: &Path, known: KnownClients) -> Result<(), String> {
    let known = match read(folder) {
        Some(earlier) => known.merged_with(earlier),
        None if known.is_empty() => return Ok(()),
        None => known,
    };
    let path = folder.join(KnownClients::FILE_NAME);
    write::write_private(&path, known.to_json().as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use adr_server::AnnounceLimits;

    use super::*;
    use crate::event::channel;
    use crate::part::tests::{faults, wait_for_restarts};

    fn known(saved: u64, client: &str) -> KnownClients {
        let text = format!(
            r#"{{"format_version":1,"saved":{saved},"clients":[{{"client":"{client}","seen":{saved}}}]}}"#
        );
        KnownClients::parse(text.as_bytes()).unwrap()
    }

    fn keep(folder: &Path, known: KnownClients) {
        Writes::default().write(folder, known, || false).unwrap();
    }

    fn list(clients: &[&str]) -> KnownClients {
        let one = |client: &&str| format!(r#"{{"client":"{client}","seen":1000}}"#);
        let clients = clients.iter().map(one).collect::<Vec<_>>().join(",");
        let text = format!(r#"{{"format_version":1,"saved":1000,"clients":[{clients}]}}"#);
        KnownClients::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn late_attempt_does_not_replace_the_last_list() {
        let sandbox = tempfile::tempdir().unwrap();
        let writes = Writes::default();
        writes.write_last(sandbox.path(), known(2_000, "core-0002")).unwrap();
        writes.write(sandbox.path(), known(1_000, "core-0001"), || false).unwrap();
        assert_eq!(read(sandbox.path()), Some(known(2_000, "core-0002")));
    }

    /// An attempt with an older list has begun and is held up: the last list waits for it, and has
    /// its cores as well.
    #[test]
    fn last_list_follows_an_attempt_that_is_writing() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        let writes = Writes::default();
        let (begins, has_begun) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            let attempt = scope.spawn(|| {
                let hold = move || {
                    begins.send(()).unwrap();
                    thread::sleep(Duration::from_millis(200));
                    false
                };
                writes.write(folder, list(&["core-0001"]), hold).unwrap();
            });
            has_begun.recv().unwrap();
            writes.write_last(folder, list(&["core-0001", "core-0002"])).unwrap();
            assert_eq!(read(folder).unwrap().len(), 2);
            attempt.join().unwrap();
        });
        assert_eq!(read(folder).unwrap().len(), 2, "the attempt came after the last list");
    }

    /// Without changes, seven days later a server would have known nobody after a power cut.
    #[test]
    fn list_of_a_stable_fleet_never_gets_old() {
        let began = Instant::now();
        let mut schedule = Schedule::new(1, began);
        let mut written = began;
        for looks in 1..1_000 {
            let now = began + looks * LOOK_INTERVAL;
            if schedule.is_due(1, now, || true) {
                schedule.tried(1, now, true);
                written = now;
            }
            assert!(now - written < KnownClients::REFRESH_INTERVAL, "after {looks} looks");
        }
        let later = written + 2 * KnownClients::REFRESH_INTERVAL;
        assert!(!schedule.is_due(1, later, || false), "nobody is known");
    }

    #[test]
    fn changed_list_is_written_at_most_once_a_minute_and_again_after_a_failure() {
        let began = Instant::now();
        let mut schedule = Schedule::new(1, began);
        assert!(!schedule.is_due(1, began, || true));
        assert!(schedule.is_due(2, began, || false), "the first change is written at once");
        schedule.tried(2, began, false);
        let almost = began + WRITE_INTERVAL - LOOK_INTERVAL;
        assert!(!schedule.is_due(3, almost, || true));
        assert!(schedule.is_due(2, began + WRITE_INTERVAL, || true), "it failed");
        schedule.tried(2, began + WRITE_INTERVAL, true);
        assert!(!schedule.is_due(2, began + 3 * WRITE_INTERVAL, || true));
        assert!(schedule.is_due(3, began + 3 * WRITE_INTERVAL, || true));
    }

    #[test]
    fn list_keeps_the_cores_of_other_servers_of_the_folder() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        assert_eq!(read(folder), None);
        let nobody = br#"{"format_version":1,"saved":1,"clients":[]}"#;
        keep(folder, KnownClients::parse(nobody).unwrap());
        assert!(fs::read_dir(folder).unwrap().next().is_none(), "nothing is known yet");
        keep(folder, known(1_000, "core-0001"));
        assert_eq!(read(folder), Some(known(1_000, "core-0001")));
        keep(folder, known(2_000, "core-0002"));
        assert_eq!(read(folder).unwrap().len(), 2);
        keep(folder, known(2_000 + KnownClients::LIFETIME.as_secs(), "core-0003"));
        assert_eq!(read(folder).unwrap().len(), 2, "core-0001 is forgotten");
        Writes::default().write(folder, known(3_000, "core-0004"), || true).unwrap();
        assert_eq!(read(folder).unwrap().len(), 2, "an abandoned attempt writes nothing");
        fs::write(folder.join(KnownClients::FILE_NAME), "damaged").unwrap();
        keep(folder, known(3_000, "core-0001"));
        assert_eq!(read(folder), Some(known(3_000, "core-0001")));
    }

    #[test]
    fn link_in_place_of_the_list_is_replaced_and_its_target_left_alone() {
        let sandbox = tempfile::tempdir().unwrap();
        let folder = sandbox.path();
        fs::write(folder.join("other"), "other").unwrap();
        symlink("other", folder.join(KnownClients::FILE_NAME)).unwrap();
        assert_eq!(read(folder), None);
        keep(folder, known(1_000, "core-0001"));
        assert_eq!(read(folder), Some(known(1_000, "core-0001")));
        assert_eq!(fs::read_to_string(folder.join("other")).unwrap(), "other");
    }

    #[tokio::test]
    async fn list_is_read_again_after_a_panic() {
        let sandbox = tempfile::tempdir().unwrap();
        keep(sandbox.path(), known(4_000_000_000, "core-0001"));
        let source = Source::Published(sandbox.path().to_owned());
        let announcer = Announcer::new(AnnounceLimits::default());
        let (sender, mut events) = channel();
        let (faults, visits) = faults(Part::KnownClients);
        start(&source, &announcer, sender, faults).unwrap();
        wait_for_restarts(Part::KnownClients, &mut events, &visits).await;
        let restored = async {
            while announcer.known_clients().len() != 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(IO_TIME_LIMIT, restored).await.unwrap();
    }
}
