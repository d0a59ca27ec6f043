//! `adrc diff`: which calls change between two plans.

pub(super) mod changes;
mod names;
pub(super) mod show;

use std::collections::{HashMap, HashSet};

use adr_analysis::{Difference, Domain, difference, longest_covered};
use adr_diagnostic::render::Format;
use adr_engine::Rule;
use adr_language::ListKind;
use clap::Args;

use crate::console::Console;
use crate::domain::{Numbers, every};
use crate::failure::{Failure, Status};
use crate::rules::{Listed, Rules};
use crate::words::grouped;

/// Arguments of `adrc diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rule sources, deployed files and published folders in any mix. A site that one side does not\n\
                  have gets its default view. Ends with 1 when results differ; rules that give the same\n\
                  results by other means are no difference."
)]
pub(crate) struct Diff {
    /// The plan as it was
    old: String,
    /// The plan as it is to be
    new: String,
    /// How differences are written: text, json or junit
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Show as well which rules are renamed, moved, commented, edited, added or removed
    #[arg(long)]
    names: bool,
    /// What counts as a number
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
}

/// One list of both plans, and where they differ.
pub(crate) struct Compared<'p> {
    site: Option<String>,
    kind: ListKind,
    old: &'p Rules,
    new: &'p Rules,
    differences: Vec<Difference>,
}

impl Diff {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json | Format::Junit) {
            return Err(Failure::new(
                format!("--format {}: differences have no such form", self.format),
                "choose text, json or junit",
            ));
        }
        if self.names && self.format == Format::Junit {
            return Err(Failure::new(
                "--names: JUnit has no room for what does not fail",
                "choose text or json",
            ));
        }
        let (Some(old), Some(new)) = (
            Rules::all(std::slice::from_ref(&self.old), console)?,
            Rules::all(std::slice::from_ref(&self.new), console)?,
        ) else {
            return Ok(Status::Findings);
        };
        let domain = self.domain.into();
        let compared = compare(&old, &new, domain);
        if compared.is_empty() {
            return Err(Failure::new(
                format!("{} and {} have no kind of rules in common", self.old, self.new),
                "name two application lists, or two lookup lists",
            ));
        }
        let names = self.names.then(|| names::renames(&compared));
        match self.format {
            Format::Json => {
                let text = show::json(&compared, domain, names.as_deref());
                console.data(text.as_bytes())?;
            }
            Format::Junit => console.data(show::junit(&compared, domain, &self.new).as_bytes())?,
            _ => {
                let width = console.terminal().width;
                console.data(changes::text(&compared, domain, width).as_bytes())?;
                if self.names {
                    console.data(names::text(&compared).as_bytes())?;
                }
            }
        }
        if let Some(equal) = equal_for(&compared, domain) {
            let every = every(equal, &lists_of(&compared));
            console.message(format_args!("{every} comes out alike"));
        } else if let Some(longest) = longest_covered(&lists_of(&compared)) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("compared: numbers up to {longest} characters long"));
        }
        let changes = compared.iter().any(|compared| !compared.differences.is_empty());
        Ok(Status::findings(changes))
    }
}

/// The rules of both sides of all lists.
pub(super) fn lists_of<'c>(compared: &'c [Compared<'_>]) -> Vec<&'c [Rule]> {
    compared.iter().flat_map(|compared| [compared.old.rules(), compared.new.rules()]).collect()
}

/// The largest domain in which nothing changes; that is the strongest statement there is.
fn equal_for(compared: &[Compared<'_>], domain: Domain) -> Option<Domain> {
    let is_equal = compared.iter().all(|compared| compared.differences.is_empty());
    let at = Domain::ALL.iter().position(|known| *known == domain)?;
    // each domain is contained in the next
    let (smaller, larger) = (&Domain::ALL[..at], &Domain::ALL[at + 1..]);
    let asked = if is_equal { larger } else { smaller };
    let mut seen = HashSet::new();
    let different = compared.iter();
    let different: Vec<&Compared<'_>> =
        different.filter(|list| seen.insert((list.old.identity(), list.new.identity()))).collect();
    let found = asked.iter().rev().find(|asked| {
        let mut lists = different.iter();
        lists.all(|list| difference(list.old.rules(), list.new.rules(), **asked).is_empty())
    });
    found.copied().or(is_equal.then_some(domain))
}

/// A list that both plans have: site, kind, and the two.
pub(super) type Pair<'p> = (Option<&'p str>, ListKind, &'p Listed, &'p Listed);

/// Every list that both plans have; a site that one of them lacks gets its default view there.
pub(super) fn pairs<'p>(old: &'p [Listed], new: &'p [Listed]) -> Vec<Pair<'p>> {
    let mut seen = HashSet::new();
    let sites = old.iter().chain(new).map(|listed| listed.site.as_deref());
    let sites: Vec<Option<&str>> = sites.filter(|site| seen.insert(*site)).collect();
    let (old, new) = (by_site(old), by_site(new));
    let lists = sites.into_iter().flat_map(|site| ListKind::ALL.map(|kind| (site, kind)));
    let pair = |(site, kind)| Some((site, kind, find(&old, site, kind)?, find(&new, site, kind)?));
    lists.filter_map(pair).collect()
}

/// Compares every list that both plans have.
pub(super) fn compare<'p>(
    old: &'p [Listed],
    new: &'p [Listed],
    domain: Domain,
) -> Vec<Compared<'p>> {
    // views that share their lists differ alike
    let mut known: HashMap<_, Vec<Difference>> = HashMap::new();
    let compared = pairs(old, new).into_iter().map(|(site, kind, old, new)| {
        let (old, new) = (&old.rules, &new.rules);
        let differences = known
            .entry((old.identity(), new.identity()))
            .or_insert_with(|| difference(old.rules(), new.rules(), domain));
        Compared { site: site.map(str::to_owned), kind, old, new, differences: differences.clone() }
    });
    compared.collect()
}

/// Lists by the site and kind that they are of.
type BySite<'p> = HashMap<(Option<&'p str>, ListKind), &'p Listed>;

fn by_site(lists: &[Listed]) -> BySite<'_> {
    let mut by_site = HashMap::with_capacity(lists.len());
    for listed in lists {
        let key = (listed.site.as_deref(), listed.kind);
        by_site.entry(key).or_insert(listed);
    }
    by_site
}

fn find<'p>(lists: &BySite<'p>, site: Option<&'p str>, kind: ListKind) -> Option<&'p Listed> {
    let of = |site| lists.get(&(site, kind)).copied();
    of(site).or_else(|| of(None))
}
