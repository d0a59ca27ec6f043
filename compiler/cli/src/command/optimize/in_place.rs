//! `--write`: rules go, or become smaller, where they stand; everything else of the files stays.

use std::collections::{BTreeMap, HashMap, HashSet};

use adr_analysis::{Domain, Fate, fates, mergeable};
use adr_diagnostic::{SourceId, Sources, Span};
use adr_engine::Rule;
use adr_language::{Entry, Levels, RuleBook, load};
use adr_watcher::sources::Disk;
use adr_watcher::write::replace;

use super::{Smaller, Texts, becomes, defect, prove};
use crate::book::count;
use crate::console::Console;
use crate::domain::every;
use crate::failure::Failure;
use crate::source_text::{NamedRule, written};

/// What becomes of a written rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fortune {
    Stays,
    Goes,
    Becomes(Vec<Rule>),
}

/// Makes the sources smaller and proves the whole book equal before anything is written.
pub(super) fn run(
    entries: &[Entry],
    smaller: &[Smaller<'_>],
    domain: Domain,
    console: &Console,
) -> Result<(), Failure> {
    let Some(book) = smaller
        .iter()
        .find_map(|smaller| smaller.listed.rules.book())
    else {
        return Ok(());
    };
    if entries.iter().any(|entry| entry.path == "-") {
        return Err(Failure::new(
            "standard input: there is no file to write",
            "name the file",
        ));
    }
    // the least first; where rules would have to change places, those that can simply go
    for fortunes in [least as fn(&Smaller<'_>, Domain) -> _, removals] {
        let texts = edited(book.sources(), &together(smaller, domain, fortunes));
        let Ok(after) = proved(entries, &texts, smaller, domain) else {
            continue;
        };
        let before = total(smaller.iter().map(|smaller| smaller.listed.rules.rules()));
        if after >= before {
            continue;
        }
        for (path, text) in &texts {
            replace(path.as_ref(), text.as_bytes())?;
        }
        console.message(format_args!(
            "{} in {}; proved: {} comes out alike",
            becomes(before, after),
            count(texts.len(), "file"),
            every(domain, &[])
        ));
        return Ok(());
    }
    let is_smaller = smaller
        .iter()
        .any(|smaller| smaller.minimal.rules.len() < smaller.listed.rules.rules().len());
    let hint = if is_smaller {
        "; `-o FILE` writes a smaller source"
    } else {
        ""
    };
    console.message(format_args!("nothing can go where it stands{hint}"));
    Ok(())
}

/// Rules of all lists; one that views share counts once.
fn total<'l>(lists: impl Iterator<Item = &'l [Rule]>) -> usize {
    let mut seen = HashSet::new();
    lists
        .filter(|list| seen.insert(list.as_ptr()))
        .map(<[Rule]>::len)
        .sum()
}

/// What becomes of every written rule; one that lists disagree about stays.
fn together(
    smaller: &[Smaller<'_>],
    domain: Domain,
    fortunes: fn(&Smaller<'_>, Domain) -> HashMap<Span, Fortune>,
) -> BTreeMap<Span, (Fortune, Span)> {
    let mut together: BTreeMap<Span, (Fortune, Span)> = BTreeMap::new();
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
            let fortune = fortunes
                .get(&origin.rule)
                .cloned()
                .unwrap_or(Fortune::Stays);
            let known = together
                .entry(origin.rule)
                .or_insert_with(|| (fortune.clone(), origin.name));
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
            before
                .entry(span)
                .or_insert_with(|| (at, Vec::new()))
                .1
                .push(rule.clone());
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
    let deeds: HashSet<(i32, &str)> = before
        .iter()
        .chain(after)
        .map(|rule| (rule.remove(), rule.prefix()))
        .collect();
    deeds.len() == 1
}

/// Rules that never win or that others would replace, and no others.
fn removals(smaller: &Smaller<'_>, domain: Domain) -> HashMap<Span, Fortune> {
    let rules = &smaller.listed.rules;
    let mut goes: Vec<bool> = fates(rules.rules(), domain)
        .iter()
        .map(|fate| *fate != Fate::Alive)
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

/// The files that change, by their paths.
fn edited(
    sources: &Sources,
    fortunes: &BTreeMap<Span, (Fortune, Span)>,
) -> BTreeMap<String, String> {
    let mut by_source: BTreeMap<SourceId, String> = BTreeMap::new();
    // from the end, so that earlier places stay where they are
    for (span, (fortune, name)) in fortunes.iter().rev() {
        let source = sources.get(span.source);
        let new = match fortune {
            Fortune::Stays => continue,
            Fortune::Goes => String::new(),
            Fortune::Becomes(rules) => {
                becoming((sources.slice(*name), sources.slice(*span)), rules)
            }
        };
        let text = by_source
            .entry(span.source)
            .or_insert_with(|| source.text().to_owned());
        let range = if new.is_empty() {
            with_line(source.text(), span.range())
        } else {
            span.range()
        };
        text.replace_range(range, &new);
    }
    let text = |(id, text): (SourceId, String)| (sources.get(id).name().to_owned(), text);
    by_source.into_iter().map(text).collect()
}

/// A written rule, or several, for what is left of one; what it does is written as before.
fn becoming((name, text): (&str, &str), rules: &[Rule]) -> String {
    let named = rules.iter().map(|rule| NamedRule {
        rule: rule.clone(),
        name: name.to_owned(),
        remark: String::new(),
    });
    written(&named.collect::<Vec<_>>(), deed(text).as_deref())
        .trim()
        .to_owned()
}

/// The fields of a written rule that do not say which numbers it is for; `None` where they do not stand by
/// themselves.
fn deed(text: &str) -> Option<String> {
    let body = text.get(text.find('{')? + 1..text.rfind('}')?)?;
    let mut quotes = 0;
    let fields = body.split(|c| {
        quotes += usize::from(c == '"');
        (c == ';' || c == '\n') && quotes % 2 == 0
    });
    let fields: Vec<&str> = fields
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .collect();
    let is_plain =
        |field: &&str| !field.contains("//") && !field.contains("matched") && *field != "keep";
    let stays = |field: &&&str| !field.starts_with("begins-with") && !field.starts_with("digits");
    fields.iter().all(is_plain).then(|| {
        fields
            .iter()
            .filter(stays)
            .copied()
            .collect::<Vec<_>>()
            .join("; ")
    })
}

/// A place, with its line if nothing else stands there.
fn with_line(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at + 1);
    let is_alone =
        text[start..range.start].trim().is_empty() && text[range.end..end].trim().is_empty();
    if is_alone { start..end } else { range }
}

/// Reads the edited book and proves every list equal; gives how many rules it has.
fn proved(
    entries: &[Entry],
    texts: &BTreeMap<String, String>,
    smaller: &[Smaller<'_>],
    domain: Domain,
) -> Result<usize, Failure> {
    let texts = texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()));
    let checked = load(&Texts(texts.collect(), Disk), entries).check(&Levels::default());
    let book: &RuleBook = checked.book().ok_or_else(|| defect("it has errors"))?;
    for old in smaller {
        let view = match old.listed.site.as_deref() {
            None => Some(book.default_view()),
            Some(site) => book.site(site),
        };
        let new = view
            .ok_or_else(|| defect("a site is missing"))?
            .list(old.listed.kind);
        prove(old.listed.rules.rules(), new.rules(), domain)?;
    }
    let lists = book
        .views()
        .flat_map(|view| adr_language::ListKind::ALL.map(|kind| view.list(kind).rules().rules()));
    Ok(total(lists))
}
