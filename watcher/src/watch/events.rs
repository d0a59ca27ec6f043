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

use super::Requests;
use super::debounce::{Happened, Timing};
use super::folders::{Folders, Identity};

/// What the operating system tells about folders.
pub(super) struct Events {
    /// `None` where nobody wants events, an error where there are none.
    source: Option<Result<Source, String>>,
    watched: Folders,
    has_complained: bool,
}

/// What came of following folders.
pub(super) struct Followed {
    /// Some were not watched before.
    pub(super) found_new: bool,
    /// One that cannot be watched, and why; told once.
    pub(super) refused: Option<(PathBuf, String)>,
}

impl Events {
    /// Sends what happens as requests, a quarter of the quiet time later at most; at once where
    /// there is no quiet time.
    pub(super) fn new(timing: Timing, requests: Requests) -> Self {
        Self {
            source: timing.events.then(|| Source::new(timing.quiet, requests)),
            watched: Folders::new(),
            has_complained: false,
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
                return self.complain_once(followed);
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
                // gone in between: the next look finds another one
                Err(_) if !folder.exists() => followed.found_new = true,
                Err(error) => followed.refused = Some((folder, in_words(&error))),
            }
        }
        self.watched = watched;
        self.complain_once(followed)
    }

    fn complain_once(&mut self, mut followed: Followed) -> Followed {
        if self.has_complained {
            followed.refused = None;
        }
        self.has_complained |= followed.refused.is_some();
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
            let what = happened(result);
            if !what.is_empty() {
                requests.happened(what);
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
        source.map_err(|error| in_words(&error))
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

/// What is worth a look. That somebody reads a file is not: we do so ourselves.
fn happened(result: DebounceEventResult) -> Vec<(Instant, Happened)> {
    match result {
        Ok(events) => events.iter().filter_map(what).collect(),
        Err(_) => vec![(Instant::now(), Happened::Lost)],
    }
}

fn what(event: &DebouncedEvent) -> Option<(Instant, Happened)> {
    let path = event.paths.last().cloned();
    let what = match (event.kind, path) {
        _ if event.need_rescan() => Happened::Lost,
        (EventKind::Access(AccessKind::Close(AccessMode::Write)), Some(path)) => {
            Happened::Closed(path)
        }
        (EventKind::Access(_), _) => return None,
        (EventKind::Create(CreateKind::File), Some(path)) => written_to(path),
        (EventKind::Modify(ModifyKind::Data(_)), Some(path)) => written_to(path),
        (EventKind::Modify(ModifyKind::Name(_)) | EventKind::Remove(_), Some(path)) => {
            Happened::Closed(path)
        }
        _ => Happened::Changed(None),
    };
    Some((event.time, what))
}

/// A regular file is open as long as nobody has closed it; a link was made as a whole.
fn written_to(path: PathBuf) -> Happened {
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    Happened::Changed(is_file.then_some(path))
}

fn in_words(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "the system watches no more folders; raise fs.inotify.max_user_watches".to_owned()
        }
        ErrorKind::Io(error) if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => {
            "the system has no more watchers; raise fs.inotify.max_user_instances, or the limit on open files".to_owned()
        }
        ErrorKind::Io(error) => crate::sources::words(error).reason,
        _ => error.to_string(),
    }
}
