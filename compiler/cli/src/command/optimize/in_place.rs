//! `--write`: removes or shrinks rules in their files, and keeps all other text.

use std::collections::HashSet;
use std::sync::Arc;

use adr_analysis::Domain;
use adr_engine::Rule;
use adr_language::{DialPlan, EntryFile, Levels, Snapshot, load};
use adr_watcher::sources::{self, Disk};

use super::prove;
use crate::console::Console;
use crate::dial_plan::{reject, rewrite};
use crate::failure::{Failure, Status};
use crate::format::FindingsAs;
use adr_render::domain::every;
use adr_render::in_place::{Reduction, reduced};
use adr_render::lists::{NamedList, Rules};
use adr_render::optimized::{becomes, smaller};
use adr_render::text::count;

/// Reduces the sources until no more rules can be removed, proves that every list is equal, and
/// then writes. A second run finds nothing to remove.
pub(super) fn run(
    entries: &[EntryFile],
    domain: Domain,
    console: &Console,
) -> Result<Status, Failure> {
    if entries.iter().any(|entry| entry.path == "-") {
        return Err(Failure::new("standard input: there is no file to write", "name the file"));
    }
    let mut snapshot = Snapshot::new(&Disk);
    let checked = sources::check(load(&snapshot, entries), &Levels::default().without_tests())?;
    let plan = match checked.into_plan_and_report() {
        Ok((plan, _)) => Arc::new(plan),
        Err(errors) => return reject(&[*errors], FindingsAs::Messages, console),
    };
    let original = Rules::of_plan(&plan);
    let mut now = plan;
    while let Some(next) = step(&mut snapshot, entries, &now, domain) {
        now = next;
    }
    prove(&original, &now, domain)?;
    let changes = snapshot.changes();
    rewrite(&changes)?;
    let message = match changes.len() {
        0 => format!("no rule can be removed in place{}", hint(&original, domain)),
        files => format!(
            "{} in {}; proved: {} has the same result",
            becomes(total(lists(&original)), total(lists(&Rules::of_plan(&now)))),
            count(files, "file"),
            every(domain, &[])
        ),
    };
    console.message(message);
    Ok(Status::Done)
}

/// A plan with fewer rules, which `snapshot` then holds; `None` if no rule can be removed.
fn step(
    snapshot: &mut Snapshot<'_>,
    entries: &[EntryFile],
    plan: &Arc<DialPlan>,
    domain: Domain,
) -> Option<Arc<DialPlan>> {
    let listed = Rules::of_plan(plan);
    let smaller = smaller(&listed, domain);
    // first the smallest list; where its rules have another order, only removals
    for reduction in [Reduction::Smallest, Reduction::Removals] {
        let texts = reduced(plan, &smaller, domain, reduction);
        let undo = snapshot.edit(&texts);
        let checked = load(snapshot, entries).check(&Levels::default().without_tests());
        let after = checked.into_plan().map(Arc::new);
        let after = after.filter(|after| {
            prove(&listed, after, domain).is_ok()
                && total(lists(&Rules::of_plan(after))) < total(lists(&listed))
        });
        match after {
            Some(after) => return Some(after),
            None => snapshot.undo(undo),
        }
    }
    None
}

/// What else to do if no rule can be removed in place.
fn hint(original: &[NamedList], domain: Domain) -> &'static str {
    let smaller = smaller(original, domain);
    let is_smaller = smaller
        .iter()
        .any(|smaller| smaller.minimal.rules.len() < smaller.listed.rules.rules().len());
    if is_smaller { "; `-o FILE` writes a smaller source" } else { "" }
}

fn lists(listed: &[NamedList]) -> impl Iterator<Item = &[Rule]> {
    listed.iter().map(|listed| listed.rules.rules())
}

/// The number of rules of all lists. A list that views share counts once.
fn total<'l>(lists: impl Iterator<Item = &'l [Rule]>) -> usize {
    let mut seen = HashSet::new();
    lists.filter(|list| seen.insert(list.as_ptr())).map(<[Rule]>::len).sum()
}
