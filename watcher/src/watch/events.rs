//! Events of the operating system, by notify and its debouncer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify_debouncer_full::notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify_debouncer_full::notify::{
    self, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, NoCache, new_debouncer_opt,
};

use rustix::io::Errno;

use super::debounce::{FileEvent, Timing};
use super::folders::{Folders, Identity};
use super::request::{Request, Requests};

/// Events of the operating system about folders.
pub(super) struct Events {
    /// `None` where events are switched off, an error where the system has none.
    source: Option<Result<Source, String>>,
    watched: Folders,
    is_reported: bool,
}

/// What following folders led to.
pub(super) struct Followed {
    /// Some were not watched before.
    pub(super) found_new: bool,
    /// A folder that cannot be watched, and why; reported once.
    pub(super) refused: Option<(PathBuf, String)>,
}

impl Events {
    /// Sends events as requests, at most a quarter of the quiet time later; at once without a quiet
    /// time.
    pub(super) fn new(timing: Timing, requests: Requests) -> Self {
        Self {
            source: timing.events.then(|| Source::new(timing.quiet, requests)),
            watched: Folders::new(),
            is_reported: false,
        }
    }

    /// Watches these folders and no others.
    pub(super) fn follow(&mut self, wanted: Folders) -> Followed {
        let mut followed = Followed { found_new: false, refused: None };
        let source = match &mut self.source {
            None => return followed,
            Some(Ok(source)) => source,
            Some(Err(reason)) => {
                let folder = wanted.into_keys().next().unwrap_or_default();
                followed.refused = Some((folder, reason.clone()));
                return self.report_once(followed);
            }
        };
        // A folder of the same name may be another one by now.
        let gone =
            |(folder, identity): &(&PathBuf, &Identity)| wanted.get(*folder) != Some(*identity);
        for (folder, _) in self.watched.iter().filter(gone) {
            let _ = source.unwatch(folder);
        }
        let mut watched = Folders::new();
        for (folder, identity) in wanted {
            if self.watched.get(&folder) == Some(&identity) {
                watched.insert(folder, identity);
                continue;
            }
            match source.watch(&folder) {
                Ok(()) => {
                    followed.found_new = true;
                    watched.insert(folder, identity);
                }
                // gone in between: the next scan finds another one
                Err(_) if !folder.exists() => followed.found_new = true,
                Err(error) => followed.refused = Some((folder, describe_notify_error(&error))),
            }
        }
        self.watched = watched;
        self.report_once(followed)
    }

    fn report_once(&mut self, mut followed: Followed) -> Followed {
        if self.is_reported {
            followed.refused = None;
        }
        self.is_reported |= followed.refused.is_some();
        followed
    }
}

/// Where events come from.
enum Source {
    /// Through the debouncer, which puts together what belongs together.
    Debounced(Debouncer<RecommendedWatcher, NoCache>),
    /// As they come, where there is no quiet time; the debouncer would hold them for two
    /// milliseconds.
    Plain(RecommendedWatcher),
}

impl Source {
    fn new(quiet: Duration, requests: Requests) -> Result<Self, String> {
        let config = notify::Config::default();
        let send = move |result| {
            let events = file_events(result);
            if !events.is_empty() {
                requests.send(Request::Record(events));
            }
        };
        let source = if quiet.is_zero() {
            let one = |event| vec![DebouncedEvent::new(event, Instant::now())];
            let handler = move |event: notify::Result<notify::Event>| {
                send(event.map(one).map_err(|error| vec![error]));
            };
            RecommendedWatcher::new(handler, config).map(Self::Plain)
        } else {
            let delay = (quiet / 8).max(Duration::from_millis(1));
            new_debouncer_opt(delay, Some(delay), send, NoCache::new(), config).map(Self::Debounced)
        };
        source.map_err(|error| describe_notify_error(&error))
    }

    fn watch(&mut self, folder: &Path) -> notify::Result<()> {
        match self {
            Self::Debounced(source) => source.watch(folder, RecursiveMode::NonRecursive),
            Self::Plain(source) => source.watch(folder, RecursiveMode::NonRecursive),
        }
    }

    fn unwatch(&mut self, folder: &Path) -> notify::Result<()> {
        match self {
            Self::Debounced(source) => source.unwatch(folder),
            Self::Plain(source) => source.unwatch(folder),
        }
    }
}

/// The events that call for a scan. Reading a file does not: the scan itself reads.
fn file_events(result: DebounceEventResult) -> Vec<(Instant, FileEvent)> {
    match result {
        Ok(events) => events.iter().filter_map(file_event).collect(),
        Err(_) => vec![(Instant::now(), FileEvent::Lost)],
    }
}

fn file_event(event: &DebouncedEvent) -> Option<(Instant, FileEvent)> {
    let path = event.paths.last().cloned();
    let kind = match (event.kind, path) {
        _ if event.need_rescan() => FileEvent::Lost,
        (EventKind::Access(AccessKind::Close(AccessMode::Write)), Some(path)) => {
            FileEvent::Closed(path)
        }
        (EventKind::Access(_), _) => return None,
        (EventKind::Create(CreateKind::File), Some(path)) => written_to(path),
        (EventKind::Modify(ModifyKind::Data(_)), Some(path)) => written_to(path),
        (EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_), Some(path)) => {
            FileEvent::Closed(path)
        }
        _ => FileEvent::Changed(None),
    };
    Some((event.time, kind))
}

/// A regular file is open as long as nobody has closed it; a link was made as a whole.
fn written_to(path: PathBuf) -> FileEvent {
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    FileEvent::Changed(is_file.then_some(path))
}

fn describe_notify_error(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system watches no more folders; raise fs.inotify.max_user_watches".to_owned()
        }
        ErrorKind::Io(error) if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
            "the system has no more watchers; raise fs.inotify.max_user_instances, or the limit on open files".to_owned()
        }
        ErrorKind::Io(error) => crate::sources::describe(error).reason,
        _ => error.to_string(),
    }
}
