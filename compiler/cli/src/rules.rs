//! Reads the lists of a PATH: rule sources, deployed XML files or a published folder.

use std::collections::HashSet;
use std::sync::Arc;

use adr_engine::xml;
use adr_language::limits::FILE_BYTES;
use adr_language::{DialPlan, ListKind, View, World, closest};
use adr_render::lists::{ListName, NamedList, Rules, lines_of_file};
use adr_render::text::client_words;
use adr_watcher::sources::{Disk, Input, read_file, recognize};

use crate::console::Console;
use crate::dial_plan::{OrErrors, without_errors, without_errors_in};
use crate::failure::Failure;
use crate::published::Published;

/// Whether the places of rules in a deployed file include the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// Places are `file:line`.
    Known,
    /// Places are the file alone, which takes less time.
    Unknown,
}

/// Reads one list as clients have it.
pub(crate) fn read_list(
    paths: &[String],
    list: ListName<'_>,
    lines: Lines,
    console: &Console,
) -> Result<OrErrors<Rules>, Failure> {
    let ListName { kind, site } = list;
    match recognize(paths)? {
        Input::Plan(entries) => {
            let plan = match without_errors(&entries)? {
                Ok(plan) => plan,
                Err(errors) => return Ok(Err(errors)),
            };
            let list = Arc::clone(view(&plan, site)?.list(kind));
            Ok(Ok(Rules::of_list(&Arc::new(plan), list)))
        }
        Input::Deployed(files) => {
            no_site(site)?;
            deployed(&choose(&files, kind)?, lines, console).map(Ok)
        }
        Input::Published(folder) => {
            let published = Published::open(&folder)?;
            let below = folder_of(&published, site)?;
            published_list(&published, below, kind, lines, console).map(Ok)
        }
    }
}

/// Reads every list with its site and kind.
pub(crate) fn read_lists(
    paths: &[String],
    lines: Lines,
    console: &Console,
) -> Result<OrErrors<Vec<NamedList>>, Failure> {
    read_lists_in(&Disk, paths, lines, console)
}

/// Reads every list with its site and kind; rule sources are those of `world`.
pub(crate) fn read_lists_in(
    world: &dyn World,
    paths: &[String],
    lines: Lines,
    console: &Console,
) -> Result<OrErrors<Vec<NamedList>>, Failure> {
    let mut all = Vec::new();
    match recognize(paths)? {
        Input::Plan(entries) => match without_errors_in(world, &entries)? {
            Ok(plan) => all = Rules::of_plan(&Arc::new(plan)),
            Err(errors) => return Ok(Err(errors)),
        },
        Input::Deployed(files) => {
            for file in files {
                let kind = ListKind::of_file(&file).unwrap_or(ListKind::Application);
                all.push(NamedList { site: None, kind, rules: deployed(&file, lines, console)? });
            }
        }
        Input::Published(folder) => {
            let published = Published::open(&folder)?;
            let mut known = HashSet::new();
            for view in &published.manifest().views {
                for kind in ListKind::ALL {
                    let below = &view.folder;
                    let mut rules = published_list(&published, below, kind, lines, console)?;
                    rules.share(&mut known);
                    all.push(NamedList { site: view.name.clone(), kind, rules });
                }
            }
        }
    }
    Ok(Ok(all))
}

/// Reads a deployed file as a client does.
fn deployed(path: &str, lines: Lines, console: &Console) -> Result<Rules, Failure> {
    let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
    Ok(of_bytes(path, &bytes, lines, console))
}

/// Reads a list of a published folder. `below` is the folder of its view, with a final `/` unless
/// empty.
fn published_list(
    published: &Published<'_>,
    below: &str,
    kind: ListKind,
    lines: Lines,
    console: &Console,
) -> Result<Rules, Failure> {
    let file = format!("{below}{}", kind.file_name());
    let bytes = published.read(&file)?;
    Ok(of_bytes(&published.name_of(&file), &bytes, lines, console))
}

fn of_bytes(path: &str, bytes: &[u8], lines: Lines, console: &Console) -> Rules {
    let client = xml::read_as_client(bytes);
    let is_valid = client.error.is_none();
    if !is_valid {
        console.message(format_args!("{path}: {}", client_words(&client)));
    }
    let lines = match lines {
        Lines::Known => lines_of_file(path, bytes),
        Lines::Unknown => Vec::new(),
    };
    Rules::of_file(path, client.rules, lines, is_valid)
}

/// The view of a site, or the default view.
pub(crate) fn view<'b>(plan: &'b DialPlan, site: Option<&str>) -> Result<&'b View, Failure> {
    let Some(site) = site else {
        return Ok(plan.default_view());
    };
    let names = || plan.sites().iter().filter_map(View::name);
    plan.site(site).ok_or_else(|| no_such_site(site, names()))
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
            "compile the dial plan again",
        )),
    }
}

/// Most sites that an error about an unknown site lists.
const MAX_LISTED: usize = 10;

pub(crate) fn no_such_site<'n>(site: &str, names: impl Iterator<Item = &'n str>) -> Failure {
    let names: Vec<&str> = names.collect();
    let help = match (names.len(), closest(site, names.iter().copied())) {
        (0, _) => "there are no sites; leave `--site` out".to_owned(),
        (_, Some(close)) => format!("did you mean `{close}`?"),
        (..=MAX_LISTED, None) => format!("known sites: `{}`", names.join("`, `")),
        (sites, None) => format!("none of the {sites} sites has a similar name"),
    };
    Failure::new(format!("there is no site `{}`", site.escape_debug()), help)
}

fn no_site(site: Option<&str>) -> Result<(), Failure> {
    match site {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            "--site: a deployed file has one list and no sites",
            "name the deployed file of that site",
        )),
    }
}

/// The file with the list of this kind. If there is only one file, its name does not matter.
fn choose(files: &[String], kind: ListKind) -> Result<String, Failure> {
    if let [file] = files {
        return Ok(file.clone());
    }
    let named = files.iter().find(|file| file.ends_with(kind.file_name()));
    named.cloned().ok_or_else(|| {
        Failure::new(format!("there is no {} here", kind.file_name()), "name a file")
    })
}
