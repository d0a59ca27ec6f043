//! Loads the entry files of a dial plan and everything that they include. Each file is read and
//! parsed once.

use std::collections::HashMap;

use adr_diagnostic::{Diagnostic, Finding, Report, SourceId, Sources, Span};

mod decode;
mod path;
mod pattern;

use crate::limits::{FILES, INCLUDE_DEPTH};
use crate::parse::parse;
use crate::parsed::Parsed;
use crate::tree::{Item, Tree};
use crate::world::{EntryFile, ReadError, World};
pub(crate) use decode::is_utf16;
use decode::{FILE_TOO_LARGE, NOT_UTF8, decode};
use path::{PathError, resolve};

/// Every kind of finding that reading files can give.
pub(crate) static FINDINGS: &[&Finding] = &[
    &UNREADABLE_FILE,
    &NOT_UTF8,
    &FILE_TOO_LARGE,
    &BLANK_FILE,
    &UNREADABLE_INCLUDE,
    &INCLUDE_OUTSIDE_FOLDER,
    &INCLUDE_MATCHES_NOTHING,
    &INCLUDE_CYCLE,
    &INCLUDE_TOO_DEEP,
    &TOO_MANY_FILES,
];

static UNREADABLE_FILE: Finding = Finding::unreadable_input(
    "unreadable-file",
    "a file named on the command line cannot be read",
    include_str!("pages/unreadable-file.md"),
);

static BLANK_FILE: Finding = Finding::error(
    "blank-file",
    "a file contains only blanks",
    include_str!("pages/blank-file.md"),
);

static UNREADABLE_INCLUDE: Finding = Finding::error(
    "unreadable-include",
    "an included file cannot be read",
    include_str!("pages/unreadable-include.md"),
);

static INCLUDE_OUTSIDE_FOLDER: Finding = Finding::error(
    "include-outside-folder",
    "an include leaves the dial plan's folder",
    include_str!("pages/include-outside-folder.md"),
);

static INCLUDE_MATCHES_NOTHING: Finding = Finding::error(
    "include-matches-nothing",
    "no file matches the pattern of an include",
    include_str!("pages/include-matches-nothing.md"),
);

static INCLUDE_CYCLE: Finding = Finding::error(
    "include-cycle",
    "a file includes itself, directly or through others",
    include_str!("pages/include-cycle.md"),
);

static INCLUDE_TOO_DEEP: Finding = Finding::error(
    "include-too-deep",
    "includes are nested too deeply",
    include_str!("pages/include-too-deep.md"),
);

static TOO_MANY_FILES: Finding = Finding::error(
    "too-many-files",
    "a dial plan has too many files",
    include_str!("pages/too-many-files.md"),
);

/// Reads and parses the entry files of one dial plan and everything that they include.
///
/// The entry files form one dial plan, in the given order. Loading does not fail: everything that
/// is wrong is in the report of [`Parsed::check`]. A file that is included several times is read
/// once.
#[must_use]
pub fn load(world: &dyn World, entries: &[EntryFile]) -> Parsed {
    let mut loader = Loader {
        world,
        parsed: Parsed {
            sources: Sources::new(),
            trees: Vec::new(),
            entries: Vec::new(),
            includes: HashMap::new(),
            report: Report::new(),
        },
        files: HashMap::new(),
        spliced: 0,
        limit_reported: false,
    };
    for entry in entries {
        loader.entry(entry);
    }
    loader.parsed
}

struct Loader<'w> {
    world: &'w dyn World,
    /// The result so far.
    parsed: Parsed,
    /// The files that were read or are being read, by the folder of the dial plan and the path.
    files: HashMap<(String, String), File>,
    /// The number of files of the dial plan. A file counts once for each include.
    spliced: usize,
    /// Whether too many files have been reported.
    limit_reported: bool,
}

/// A file that was read or is being read.
#[derive(Clone, Copy)]
struct File {
    /// The index of its tree.
    tree: usize,
    /// `None` while its includes are being read; including it then is a cycle.
    size: Option<Size>,
}

/// The size of a file with all that it includes.
#[derive(Clone, Copy)]
struct Size {
    /// The length of the longest chain of includes that begins with it.
    depth: usize,
    /// The number of files. A file counts once for each include.
    files: usize,
}

impl Loader<'_> {
    fn entry(&mut self, entry: &EntryFile) {
        let key = (entry.root.clone(), entry.path.clone());
        let file = match self.files.get(&key) {
            Some(file) => Some(*file),
            None => match self.world.read(&entry.path) {
                Ok(bytes) => Some(self.file(key, bytes, &mut Vec::new())),
                Err(error) => {
                    self.unreadable_entry(entry, error);
                    None
                }
            },
        };
        if let Some(file) = file {
            self.parsed.entries.push(file.tree);
            self.spliced = self.spliced.saturating_add(file.size.map_or(1, |size| size.files));
            if self.spliced > FILES {
                self.too_many_files(None);
            }
        }
    }

    /// Parses a file and reads what it includes. `chain` holds the paths from the entry file to
    /// this file. [`INCLUDE_DEPTH`] bounds the depth of the recursion.
    fn file(&mut self, key: (String, String), bytes: Vec<u8>, chain: &mut Vec<String>) -> File {
        let tree = self.add(&key.1, bytes);
        self.files.insert(key.clone(), File { tree, size: None });
        chain.push(key.1.clone());
        let mut size = Size { depth: 1, files: 1 };
        for (span, path) in self.includes_of(tree) {
            for written in self.written_paths(&key, path) {
                let Some((included, below)) = self.include(&key, (span, path), &written, chain)
                else {
                    continue;
                };
                size.depth = size.depth.max(below.depth + 1);
                size.files = size.files.saturating_add(below.files);
                if size.files > FILES {
                    self.too_many_files(Some(span));
                    break;
                }
                let included_here = self.parsed.includes.entry(span).or_default();
                included_here.push(included);
            }
            if size.files > FILES {
                break;
            }
        }
        chain.pop();
        let file = File { tree, size: Some(size) };
        self.files.insert(key, file);
        file
    }

    /// The tree of an included file and its size; `None` after a failure, which is reported.
    fn include(
        &mut self,
        from: &(String, String),
        (span, path): (Span, Span),
        written: &str,
        chain: &mut Vec<String>,
    ) -> Option<(usize, Size)> {
        let resolved = match resolve(&from.0, &from.1, written) {
            Ok(resolved) => resolved,
            Err(reason) => return self.outside(path, written, reason),
        };
        let key = (from.0.clone(), resolved);
        let known = self.files.get(&key).copied();
        let depth = known.and_then(|file| file.size).map_or(1, |size| size.depth);
        if known.is_some_and(|file| file.size.is_none()) {
            return self.cycle(path, &key.1, chain);
        }
        if chain.len() + depth > INCLUDE_DEPTH {
            return self.too_deep(path, chain.len() + depth);
        }
        let file = match known {
            Some(file) => file,
            None if self.files.len() >= FILES => {
                self.too_many_files(Some(span));
                return None;
            }
            None => {
                if let Some(target) = self.world.leads_outside(&key.0, &key.1) {
                    return self.linked_outside(path, written, &target);
                }
                match self.world.read(&key.1) {
                    Ok(bytes) => self.file(key, bytes, chain),
                    Err(error) => return self.unreadable_include(path, &key.1, error),
                }
            }
        };
        file.size.map(|size| (file.tree, size))
    }

    fn includes_of(&self, tree: usize) -> Vec<(Span, Span)> {
        let items = self.parsed.trees.get(tree).map(|tree| tree.items.as_slice());
        items
            .unwrap_or_default()
            .iter()
            .filter_map(|item| match item {
                Item::Include(include) => Some((include.span, include.path)),
                _ => None,
            })
            .collect()
    }

    /// Adds a text and its tree, and returns the index of the tree.
    fn add(&mut self, path: &str, bytes: Vec<u8>) -> usize {
        let sources = &mut self.parsed.sources;
        let (tree, report) = match decode(bytes) {
            Ok(text) => {
                let source = sources.add(path, text);
                let text = sources.get(source).text();
                let (tree, mut report) = parse(source, text);
                if text.trim().is_empty() {
                    report.push(blank(source, path));
                }
                (tree, report)
            }
            Err(problem) => {
                let source = sources.add(path, problem.text());
                (damaged(source), problem.report(source, sources))
            }
        };
        self.parsed.report.append(report);
        self.parsed.trees.push(tree);
        self.parsed.trees.len() - 1
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.parsed.report.push(diagnostic);
    }

    fn unreadable_entry(&mut self, entry: &EntryFile, error: ReadError) {
        let message = format!("cannot read `{}`: {}", entry.path, error.reason);
        self.report(with_help(UNREADABLE_FILE.found(message), error.help));
    }

    fn unreadable_include<T>(&mut self, path: Span, resolved: &str, error: ReadError) -> Option<T> {
        let message = format!("cannot read `{resolved}`: {}", error.reason);
        let help = if error.help.is_empty() {
            "write the path relative to the folder of this file".to_owned()
        } else {
            error.help
        };
        self.report(UNREADABLE_INCLUDE.found(message).at(path).with_help(help));
        None
    }

    fn outside<T>(&mut self, path: Span, written: &str, reason: PathError) -> Option<T> {
        let message = format!("`{written}` {reason}");
        let help = "write a path relative to this file that stays in the dial plan's folder, with `/` between its parts";
        self.report(INCLUDE_OUTSIDE_FOLDER.found(message).at(path).with_help(help));
        None
    }

    fn linked_outside<T>(&mut self, path: Span, written: &str, target: &str) -> Option<T> {
        let message = format!(
            "`{written}` leads out of the dial plan's folder by a symbolic link, to `{target}`"
        );
        let found = INCLUDE_OUTSIDE_FOLDER.found(message).at(path);
        self.report(found.with_help("put the file itself into the dial plan's folder"));
        None
    }

    fn cycle<T>(&mut self, path: Span, resolved: &str, chain: &[String]) -> Option<T> {
        let begin = chain.iter().position(|link| link == resolved).unwrap_or(0);
        let mut links: Vec<String> =
            chain[begin..].iter().map(|link| format!("`{link}`")).collect();
        links.push(format!("`{resolved}`"));
        let message = format!("includes form a cycle: {}", links.join(" includes "));
        let help = "remove this include, or move what both files need into a third one";
        self.report(INCLUDE_CYCLE.found(message).at(path).with_help(help));
        None
    }

    fn too_deep<T>(&mut self, path: Span, depth: usize) -> Option<T> {
        let message = format!("a chain of {depth} includes; the limit is {INCLUDE_DEPTH} files");
        let help = "include from one file what belongs together";
        self.report(INCLUDE_TOO_DEEP.found(message).at(path).with_help(help));
        None
    }

    /// Reported once, because every including file has too many files as well.
    fn too_many_files(&mut self, span: Option<Span>) {
        if std::mem::replace(&mut self.limit_reported, true) {
            return;
        }
        let finding = TOO_MANY_FILES
            .found(format!("the dial plan has more than {FILES} files, the limit"))
            .with_help("join small files, and include each only where it is needed");
        self.report(match span {
            Some(span) => finding.at(span),
            None => finding,
        });
    }
}

fn with_help(diagnostic: Diagnostic, help: String) -> Diagnostic {
    if help.is_empty() { diagnostic } else { diagnostic.with_help(help) }
}

fn blank(source: SourceId, path: &str) -> Diagnostic {
    let help = "if the file is meant to have no rules, write `application { }`";
    BLANK_FILE
        .found(format!("`{path}` contains only blanks"))
        .at(Span::new(source, 0, 0))
        .with_help(help)
}

fn damaged(source: SourceId) -> Tree {
    let (mut tree, _) = parse(source, "");
    tree.damaged = true;
    tree
}
