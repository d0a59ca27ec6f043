//! `--write`: rules go, or become smaller, where they stand; everything else of the files stays.

mod shrink;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use adr_analysis::{Domain, Reachability, mergeable, reachability};
use adr_diagnostic::{Edit, SourceId, Span, edited};
use adr_engine::Rule;
use adr_language::{DialPlan, EntryFile, Levels, RuleOrigin, Snapshot, load, remove_rule};
use adr_watcher::sources::{self, Disk};

use super::{Smaller, becomes, prove, smaller};
use crate::console::Console;
use crate::dial_plan::{reject, rewrite};
use crate::failure::{Failure, Status};
use crate::format::FindingsAs;
use adr_render::domain::every;
use adr_render::lists::{NamedList, Rules};
use adr_render::text::count;

/// What becomes of a written rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fortune {
    Stays,
    Goes,
    Becomes(Vec<Rule>),
}

/// Makes the sources smaller until nothing more can go, proves every list of the plan equal, and
/// only then writes. So a second run finds nothing to do.
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
        0 => format!("nothing can go where it stands{}", hint(&original, domain)),
        files => format!(
            "{} in {}; proved: {} comes out alike",
            becomes(total(lists(&original)), total(lists(&Rules::of_plan(&now)))),
            count(files, "file"),
            every(domain, &[])
        ),
    };
    console.message(message);
    Ok(Status::Done)
}

/// The plan with fewer rules, which `snapshot` then holds; `None` where no rule can go.
fn step(
    snapshot: &mut Snapshot<'_>,
    entries: &[EntryFile],
    plan: &Arc<DialPlan>,
    domain: Domain,
) -> Option<Arc<DialPlan>> {
    let listed = Rules::of_plan(plan);
    let smaller = smaller(&listed, domain);
    // the least first; where rules would have to change places, those that can simply go
    for fortunes in [least as fn(&Smaller<'_>, Domain) -> _, removals] {
        let texts = texts(plan, &together(&smaller, domain, fortunes));
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

/// What else can be done where nothing can go in place.
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

/// Rules of all lists; one that views share counts once.
fn total<'l>(lists: impl Iterator<Item = &'l [Rule]>) -> usize {
    let mut seen = HashSet::new();
    lists.filter(|list| seen.insert(list.as_ptr())).map(<[Rule]>::len).sum()
}

/// What becomes of every written rule; one that lists disagree about stays.
fn together(
    smaller: &[Smaller<'_>],
    domain: Domain,
    fortunes: fn(&Smaller<'_>, Domain) -> HashMap<Span, Fortune>,
) -> BTreeMap<Span, (Fortune, RuleOrigin)> {
    let mut together: BTreeMap<Span, (Fortune, RuleOrigin)> = BTreeMap::new();
    let mut seen = HashSet::new();
    for smaller in smaller {
        let rules = &smaller.listed.rules;
        if rules.rules().is_empty() || !seen.insert(rules.rules().as_ptr()) {
            continue;
        }
        let fortunes = fortunes(smaller, domain);
        for at in 0..rules.rules().len() {
            let Some(origin) = rules.origin(at) else {
                continue;
            };
            let fortune = fortunes.get(&origin.rule).cloned().unwrap_or(Fortune::Stays);
            let known = together.entry(origin.rule).or_insert_with(|| (fortune.clone(), origin));
            if known.0 != fortune {
                known.0 = Fortune::Stays;
            }
        }
    }
    together
}

/// Every rule as the smallest list has it; none where rules changed places.
fn least(smaller: &Smaller<'_>, _: Domain) -> HashMap<Span, Fortune> {
    let rules = &smaller.listed.rules;
    let span = |at: usize| rules.origin(at).map(|origin| origin.rule);
    let mut before: HashMap<Span, (usize, Vec<Rule>)> = HashMap::new();
    for (at, rule) in rules.rules().iter().enumerate() {
        if let Some(span) = span(at) {
            before.entry(span).or_insert_with(|| (at, Vec::new())).1.push(rule.clone());
        }
    }
    let mut after: HashMap<Span, Vec<Rule>> = HashMap::new();
    let mut last = 0;
    for (rule, source) in smaller.rows() {
        let Some(span) = source.and_then(span) else {
            return HashMap::new();
        };
        let Some((place, _)) = before.get(&span).filter(|(place, _)| *place >= last) else {
            return HashMap::new();
        };
        last = *place;
        after.entry(span).or_default().push(rule.clone());
    }
    let fortune = |(span, (_, before)): (Span, (usize, Vec<Rule>))| {
        let fortune = match after.remove(&span) {
            None => Fortune::Goes,
            Some(after) if after == before => Fortune::Stays,
            Some(after) if does_the_same(&before, &after) => Fortune::Becomes(after),
            Some(_) => Fortune::Stays,
        };
        (span, fortune)
    };
    before.into_iter().map(fortune).collect()
}

/// Whether all rules remove and prefix alike.
fn does_the_same(before: &[Rule], after: &[Rule]) -> bool {
    let actions: HashSet<(i32, &str)> =
        before.iter().chain(after).map(|rule| (rule.remove(), rule.prefix())).collect();
    actions.len() == 1
}

/// Rules that never win or that others would replace, and no others.
fn removals(smaller: &Smaller<'_>, domain: Domain) -> HashMap<Span, Fortune> {
    let rules = &smaller.listed.rules;
    let mut goes: Vec<bool> = reachability(rules.rules(), domain)
        .iter()
        .map(|reachability| *reachability != Reachability::Live)
        .collect();
    for found in mergeable(rules.rules(), domain) {
        goes[found.rule] = true;
    }
    let mut fortunes: HashMap<Span, Fortune> = HashMap::new();
    for (at, goes) in goes.into_iter().enumerate() {
        let Some(origin) = rules.origin(at) else {
            continue;
        };
        let fortune = fortunes.entry(origin.rule).or_insert(Fortune::Goes);
        if !goes {
            *fortune = Fortune::Stays;
        }
    }
    fortunes
}

/// The texts that change, by their paths. A rule that cannot become what it should stays.
fn texts(
    plan: &DialPlan,
    fortunes: &BTreeMap<Span, (Fortune, RuleOrigin)>,
) -> Vec<(String, String)> {
    let sources = plan.sources();
    let mut edits: BTreeMap<SourceId, Vec<Edit>> = BTreeMap::new();
    for (span, (fortune, origin)) in fortunes {
        if *fortune == Fortune::Stays {
            continue;
        }
        let tree = plan.tree(span.source);
        let of_rule = match fortune {
            Fortune::Stays => None,
            Fortune::Goes => Some(remove_rule(tree, sources, *span)),
            Fortune::Becomes(rules) => shrink::edits(tree, sources, *origin, rules),
        };
        edits.entry(span.source).or_default().extend(of_rule.into_iter().flatten());
    }
    let text = |(id, edits): (SourceId, Vec<Edit>)| {
        let source = sources.get(id);
        (source.name().to_owned(), edited(source.text(), &edits))
    };
    edits.into_iter().map(text).collect()
}
