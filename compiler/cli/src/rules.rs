//! The rules that a number is tried on, wherever they come from.

use std::collections::HashSet;
use std::sync::Arc;

use adr_diagnostic::Sources;
use adr_engine::{Rule, xml};
use adr_language::limits::FILE_BYTES;
use adr_language::{DialPlan, List, ListKind, RuleOrigin, View, closest};
use adr_watcher::sources::{Input, read_file, recognize};

use crate::book::without_errors;
use crate::command::check::deployed::words;
use crate::console::Console;
use crate::failure::Failure;
use crate::notes::Notes;
use crate::published::Published;

/// One list, and how to name its rules.
pub(crate) struct Rules {
    from: From,
    /// Whether this is what clients have, rather than what they leave unused as invalid.
    pub(crate) valid: bool,
}

enum From {
    Book(Arc<DialPlan>, Arc<List>, Arc<Notes>),
    File {
        path: String,
        /// Shared with other files that hold the same.
        rules: Arc<Vec<Rule>>,
        /// Lines of the rules, from 1; empty where nobody asked or they are not known.
        lines: Vec<u32>,
    },
}

/// Which list is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Application or lookup.
    pub(crate) kind: ListKind,
    /// The site whose clients are meant; `None` for the default view.
    pub(crate) site: Option<&'a str>,
    /// Whether rules will be pointed at.
    pub(crate) with_places: bool,
}

/// One list of several, and whose it is.
pub(crate) struct Listed {
    /// The site; `None` for the default view.
    pub(crate) site: Option<String>,
    /// Application or lookup.
    pub(crate) kind: ListKind,
    /// The rules.
    pub(crate) rules: Rules,
}

/// A list whose rules nobody points at; kind and site do not matter for a file that is named.
const WITHOUT_PLACES: Asked<'static> =
    Asked { kind: ListKind::Application, site: None, with_places: false };

impl Rules {
    /// Reads the list that clients have; `None` where findings were shown instead.
    pub(crate) fn read(
        paths: &[String],
        asked: Asked<'_>,
        console: &Console,
    ) -> Result<Option<Self>, Failure> {
        let Asked { kind, site, .. } = asked;
        match recognize(paths)? {
            Input::Plan(entries) => {
                let Some(book) = without_errors(&entries, console)? else {
                    return Ok(None);
                };
                let list = Arc::clone(view(&book, site)?.list(kind));
                Ok(Some(Self::of(&Arc::new(book), list, &Arc::default())))
            }
            Input::Deployed(files) => {
                no_site(site)?;
                Self::deployed(&choose(&files, kind)?, asked, console).map(Some)
            }
            Input::Published(folder) => {
                let published = Published::open(&folder)?;
                let below = folder_of(&published, site)?;
                Self::published(&published, below, asked, console).map(Some)
            }
        }
    }

    fn of(book: &Arc<DialPlan>, list: Arc<List>, notes: &Arc<Notes>) -> Self {
        Self { from: From::Book(Arc::clone(book), list, Arc::clone(notes)), valid: true }
    }

    /// Every list of a book.
    pub(crate) fn of_book(book: &Arc<DialPlan>) -> Vec<Listed> {
        let notes = Arc::default();
        let lists = book.views().flat_map(|view| {
            let listed = |kind| Listed {
                site: view.name().map(str::to_owned),
                kind,
                rules: Self::of(book, Arc::clone(view.list(kind)), &notes),
            };
            ListKind::ALL.map(listed)
        });
        lists.collect()
    }

    /// Every list there is, with its site and kind; `None` where findings were shown instead.
    pub(crate) fn all(paths: &[String], console: &Console) -> Result<Option<Vec<Listed>>, Failure> {
        Self::listed(paths, WITHOUT_PLACES, console)
    }

    /// The same, with rules that will be pointed at.
    pub(crate) fn all_with_places(
        paths: &[String],
        console: &Console,
    ) -> Result<Option<Vec<Listed>>, Failure> {
        let asked = Asked { with_places: true, ..WITHOUT_PLACES };
        Self::listed(paths, asked, console)
    }

    fn listed(
        paths: &[String],
        asked: Asked<'_>,
        console: &Console,
    ) -> Result<Option<Vec<Listed>>, Failure> {
        let listed =
            |site: Option<&str>, kind, rules| Listed { site: site.map(str::to_owned), kind, rules };
        let mut all = Vec::new();
        match recognize(paths)? {
            Input::Plan(entries) => {
                let Some(book) = without_errors(&entries, console)? else {
                    return Ok(None);
                };
                all = Self::of_book(&Arc::new(book));
            }
            Input::Deployed(files) => {
                for file in files {
                    let kind = ListKind::of_file(&file).unwrap_or(ListKind::Application);
                    all.push(listed(None, kind, Self::deployed(&file, asked, console)?));
                }
            }
            Input::Published(folder) => {
                let published = Published::open(&folder)?;
                let mut known = HashSet::new();
                for view in &published.manifest().views {
                    for kind in ListKind::ALL {
                        let asked = Asked { kind, ..asked };
                        let mut rules = Self::published(&published, &view.folder, asked, console)?;
                        rules.share(&mut known);
                        all.push(listed(view.name.as_deref(), kind, rules));
                    }
                }
            }
        }
        Ok(Some(all))
    }

    /// A deployed file, read as a client reads it.
    fn deployed(path: &str, asked: Asked<'_>, console: &Console) -> Result<Self, Failure> {
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        Ok(Self::of_bytes(path, &bytes, asked, console))
    }

    /// A file of a published folder, that of the view whose folder is `below`.
    fn published(
        published: &Published<'_>,
        below: &str,
        asked: Asked<'_>,
        console: &Console,
    ) -> Result<Self, Failure> {
        let file = format!("{below}{}", asked.kind.file_name());
        let bytes = published.read(&file)?;
        Ok(Self::of_bytes(&published.name_of(&file), &bytes, asked, console))
    }

    fn of_bytes(path: &str, bytes: &[u8], asked: Asked<'_>, console: &Console) -> Self {
        let client = xml::read_as_client(bytes);
        let valid = client.error.is_none();
        if !valid {
            console.message(format_args!("{path}: {}", words(&client)));
        }
        let lines = if asked.with_places { lines(path, bytes) } else { Vec::new() };
        Self {
            from: From::File {
                path: path.to_owned(),
                lines: if lines.len() == client.rules.len() { lines } else { Vec::new() },
                rules: Arc::new(client.rules),
            },
            valid,
        }
    }

    /// Takes the rules of a file that holds the same, so that equal lists are looked at once.
    fn share(&mut self, known: &mut HashSet<Arc<Vec<Rule>>>) {
        if let From::File { rules, .. } = &mut self.from
            && let Some(same) = known.replace(Arc::clone(rules))
        {
            *rules = Arc::clone(&same);
            known.replace(same);
        }
    }

    /// Which rules these are: the same for lists that are one.
    pub(crate) fn identity(&self) -> *const Rule {
        self.rules().as_ptr()
    }

    /// The rules in priority order.
    pub(crate) fn rules(&self) -> &[Rule] {
        match &self.from {
            From::Book(_, list, _) => list.rules(),
            From::File { rules, .. } => rules,
        }
    }

    /// What people call a rule: its name, or its row.
    pub(crate) fn name(&self, at: usize) -> String {
        match &self.from {
            From::Book(book, list, _) => {
                let name = list.origin(at).map(|origin| book.sources().slice(origin.name));
                name.unwrap_or_default().to_owned()
            }
            From::File { .. } => format!("row {}", at + 1),
        }
    }

    /// The book that the list is of; `None` for a deployed file.
    pub(crate) fn book(&self) -> Option<&DialPlan> {
        match &self.from {
            From::Book(book, ..) => Some(book),
            From::File { .. } => None,
        }
    }

    /// Where a rule of a book was written.
    pub(crate) fn origin(&self, at: usize) -> Option<RuleOrigin> {
        match &self.from {
            From::Book(_, list, _) => list.origin(at),
            From::File { .. } => None,
        }
    }

    /// What a rule's numbers begin with, in the words of its author: a range as it is written.
    pub(crate) fn entry(&self, at: usize) -> String {
        let value = match &self.from {
            From::Book(book, list, _) => {
                let entry = list.origin(at).and_then(|origin| origin.entry);
                entry.map(|entry| book.sources().slice(entry.value))
            }
            From::File { .. } => None,
        };
        let rule = self.rules().get(at);
        let begins_with = || rule.map_or("", Rule::begins_with);
        let range = value.filter(|value| value.contains("..") && !value.contains('$'));
        range.unwrap_or_else(begins_with).escape_debug().to_string()
    }

    /// Whether rules have names of their own, and not the numbers of their rows.
    pub(crate) fn has_names(&self) -> bool {
        matches!(self.from, From::Book(..))
    }

    /// What is said about a rule where it is written: its description and the comments above it, in
    /// it, and behind it on its last line.
    pub(crate) fn note(&self, at: usize) -> String {
        match &self.from {
            From::Book(book, list, notes) => list
                .origin(at)
                .map_or_else(String::new, |origin| notes.note(book.sources(), origin)),
            From::File { .. } => String::new(),
        }
    }

    /// Where a rule stands, `file:line`; the file alone where the line is not known.
    pub(crate) fn place(&self, at: usize) -> String {
        match &self.from {
            From::Book(book, list, _) => list.origin(at).map_or_else(String::new, |origin| {
                let line = book.sources().position(origin.rule).line;
                format!("{}:{line}", book.sources().get(origin.rule.source).name())
            }),
            From::File { path, lines, .. } => match lines.get(at) {
                Some(line) => format!("{path}:{line}"),
                None => path.clone(),
            },
        }
    }
}

/// Where the rules of a deployed file stand.
fn lines(path: &str, bytes: &[u8]) -> Vec<u32> {
    let text = String::from_utf8_lossy(bytes);
    let mut sources = Sources::new();
    let source = sources.add(path, &*text);
    let strict = xml::read_strict(source, &text, bytes);
    strict.spans.iter().map(|span| sources.position(*span).line).collect()
}

/// The view of a site, or the default view.
pub(crate) fn view<'b>(book: &'b DialPlan, site: Option<&str>) -> Result<&'b View, Failure> {
    let Some(site) = site else {
        return Ok(book.default_view());
    };
    let names = || book.sites().iter().filter_map(View::name);
    book.site(site).ok_or_else(|| no_such_site(site, names()))
}

/// The folder of a site's files below a published folder, with a final `/` unless empty.
fn folder_of<'m>(published: &'m Published<'_>, site: Option<&str>) -> Result<&'m str, Failure> {
    let views = &published.manifest().views;
    let view = views.iter().find(|view| view.name.as_deref() == site);
    let names = views.iter().filter_map(|view| view.name.as_deref());
    match (view, site) {
        (Some(view), _) => Ok(&view.folder),
        (None, Some(site)) => Err(no_such_site(site, names)),
        (None, None) => Err(Failure::new(
            format!("{}: the manifest has no default view", published.path()),
            "compile the book again",
        )),
    }
}

/// Sites that are all named where one is asked for that is not there.
const FEW_NAMES: usize = 10;

pub(crate) fn no_such_site<'n>(site: &str, names: impl Iterator<Item = &'n str>) -> Failure {
    let names: Vec<&str> = names.collect();
    let help = match (names.len(), closest(site, names.iter().copied())) {
        (0, _) => "there are no sites; leave `--site` out".to_owned(),
        (_, Some(close)) => format!("did you mean `{close}`?"),
        (..=FEW_NAMES, None) => format!("there is `{}`", names.join("`, `")),
        (sites, None) => format!("none of the {sites} sites has a similar name"),
    };
    Failure::new(format!("there is no site `{}`", site.escape_debug()), help)
}

fn no_site(site: Option<&str>) -> Result<(), Failure> {
    match site {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            "--site: a deployed file holds one list and no sites",
            "name the file of that site",
        )),
    }
}

/// The file of a kind; a file that was named by itself is taken for what it is asked as.
fn choose(files: &[String], kind: ListKind) -> Result<String, Failure> {
    if let [file] = files {
        return Ok(file.clone());
    }
    let named = files.iter().find(|file| file.ends_with(kind.file_name()));
    named.cloned().ok_or_else(|| {
        Failure::new(format!("there is no {} here", kind.file_name()), "name a file")
    })
}
