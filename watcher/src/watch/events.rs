//! Events of the operating system, from the crate notify and its debouncer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify_debouncer_full::notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify_debouncer_full::notify::{
    self, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, NoCache, new_debouncer_opt,
};

use super::debounce::{FileEvent, Timing};
use super::folders::{Folders, Identity};
use super::request::{Request, Requests};
use crate::platform;

/// Receives events of the operating system about folders.
pub(super) struct Events {
    /// `None` if events are switched off, an error if the operating system provides none.
    source: Option<notify::Result<Source>>,
    /// The folders that are watched now.
    watched: Folders,
    /// Whether a folder that cannot be watched was reported.
    is_reported: bool,
}

/// The result of changing the watched folders.
pub(super) struct Update {
    /// Whether some were not watched before.
    pub(super) has_new: bool,
    /// A folder that cannot be watched, and why, a phrase; reported once.
    pub(super) unwatched: Option<(PathBuf, String)>,
}

impl Events {
    /// Sends events as requests: at most a quarter of the quiet time after they happened, or
    /// immediately if the quiet time is zero.
    pub(super) fn new(timing: Timing, requests: Requests) -> Self {
        Self {
            source: timing.events.then(|| Source::new(timing.quiet, requests)),
            watched: Folders::new(),
            is_reported: false,
        }
    }

    /// Watches these folders instead of the previous ones.
    pub(super) fn watch(&mut self, wanted: Folders) -> Update {
        let mut update = Update { has_new: false, unwatched: None };
        let source = match &mut self.source {
            None => return update,
            Some(Ok(source)) => source,
            Some(Err(error)) => {
                let folder = wanted.into_keys().next().unwrap_or_default();
                update.unwatched = Some((folder, describe_notify_error(error)));
                return self.report_once(update);
            }
        };
        // a folder with another identity replaced the watched one of the same name
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
                    update.has_new = true;
                    watched.insert(folder, identity);
                }
                // deleted in the meantime: the next scan finds out what replaces it
                Err(_) if !folder.exists() => update.has_new = true,
                Err(error) => update.unwatched = Some((folder, describe_notify_error(&error))),
            }
        }
        self.watched = watched;
        self.report_once(update)
    }

    /// Removes the report of a folder that cannot be watched, unless it is the first one.
    fn report_once(&mut self, mut update: Update) -> Update {
        if self.is_reported {
            update.unwatched = None;
        }
        self.is_reported |= update.unwatched.is_some();
        update
    }
}

/// The watcher of the operating system.
enum Source {
    /// The debouncer combines events that belong together.
    Debounced(Debouncer<RecommendedWatcher, NoCache>),
    /// Without a quiet time, events are not delayed; the debouncer would delay them by two
    /// milliseconds.
    Plain(RecommendedWatcher),
}

impl Source {
    fn new(quiet: Duration, requests: Requests) -> notify::Result<Self> {
        let config = notify::Config::default();
        let send = move |result| {
            let events = file_events(result);
            if !events.is_empty() {
                requests.send(Request::Record(events));
            }
        };
        if quiet.is_zero() {
            let one = |event| vec![DebouncedEvent::new(event, Instant::now())];
            let handler = move |event: notify::Result<notify::Event>| {
                send(event.map(one).map_err(|error| vec![error]));
            };
            RecommendedWatcher::new(handler, config).map(Self::Plain)
        } else {
            let delay = (quiet / 8).max(Duration::from_millis(1));
            new_debouncer_opt(delay, Some(delay), send, NoCache::new(), config).map(Self::Debounced)
        }
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

/// The events that lead to a scan. Opening and reading a file does not: the scan itself does that.
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

/// A regular file that was written to is open until it is closed. A link was created completely.
fn written_to(path: PathBuf) -> FileEvent {
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    FileEvent::Changed(is_file.then_some(path))
}

fn describe_notify_error(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system watches no more folders; raise fs.inotify.max_user_watches".to_owned()
        }
        ErrorKind::Io(error) if platform::has_no_watchers(error) => {
            "the system has no more watchers; raise fs.inotify.max_user_instances, or the limit on open files".to_owned()
        }
        ErrorKind::Io(error) => crate::sources::describe(error).reason,
        _ => error.to_string(),
    }
}
