//! `--names`: changes of the rules as they are written, whether or not results change.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::rc::Rc;

use adr_engine::Rule;
use anstyle::Style;
use serde::Serialize;

use super::Compared;
use crate::lists::Rules;
use crate::style::{Styles, styled};
use crate::text::{escaped, kind_word, list_words};

/// A rule whose text changed, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rename {
    kind: &'static str,
    site: Option<String>,
    change: Change,
    /// The rule's old name; null for an added rule.
    old: Option<String>,
    /// The rule's new name; null for a removed rule.
    new: Option<String>,
    /// The place of the rule; for a removed rule, its old place.
    place: String,
    /// Details for people.
    #[serde(skip)]
    detail: String,
}

/// How the text of a rule changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    /// It matches other numbers, or has another action.
    Edited,
    /// It has another name.
    Renamed,
    /// It has another position among the rules.
    Moved,
    /// It has other comments, or another description.
    Commented,
    /// Only the new list has it.
    Added,
    /// Only the old list has it.
    Removed,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Commented => "commented",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    fn style(self, styles: Styles) -> Style {
        match self {
            Self::Added => styles.good,
            Self::Removed => styles.bad,
            _ => Style::new(),
        }
    }
}

/// A written rule, and the file rules that it compiles to.
struct Written<'r> {
    name: String,
    place: String,
    note: String,
    rules: &'r [Rule],
}

/// All changes of all lists.
pub fn renames(compared: &[Compared<'_>]) -> Vec<Rename> {
    compared.iter().flat_map(of_list).collect()
}

/// All changes as text. Lists with equal changes are shown once.
pub fn renames_to_text(compared: &[Compared<'_>], styles: Styles) -> String {
    let mut groups: Vec<(Vec<String>, Rc<Vec<String>>)> = Vec::new();
    // views that share both lists have the same changes, and other views may have them, too
    let mut of_lists: HashMap<_, Option<usize>> = HashMap::new();
    let mut of_lines: HashMap<Rc<Vec<String>>, usize> = HashMap::new();
    for compared in compared {
        let lists = (compared.old.identity(), compared.new.identity());
        let at = *of_lists.entry(lists).or_insert_with(|| {
            let renames = of_list(compared);
            let lines = renames.iter().map(|rename| rename.line(styles));
            let lines = Rc::new(lines.collect::<Vec<_>>());
            (!lines.is_empty()).then(|| {
                *of_lines.entry(Rc::clone(&lines)).or_insert_with(|| {
                    groups.push((Vec::new(), lines));
                    groups.len() - 1
                })
            })
        });
        if let Some(at) = at {
            let title = list_words(compared.site.as_deref(), compared.kind);
            groups[at].0.push(title);
        }
    }
    let mut text = String::new();
    for (titles, lines) in groups {
        let title = format_args!("as written: {}", titles.join("; "));
        let _ = writeln!(text, "{}\n{}", styled(styles.heading, title), lines.concat());
    }
    text
}

impl Rename {
    fn line(&self, styles: Styles) -> String {
        let names = match (&self.old, &self.new) {
            (Some(old), Some(new)) if old != new => format!("{} -> {}", escaped(old), escaped(new)),
            (old, new) => escaped(new.as_ref().or(old.as_ref()).map_or("", String::as_str)),
        };
        let detail = match self.detail.as_str() {
            "" => String::new(),
            detail => format!(": {}", escaped(detail)),
        };
        let change = format_args!("{:9}", self.change.word());
        let change = styled(self.change.style(styles), change);
        format!("  {change}  {names}{detail}  ({})\n", escaped(&self.place))
    }
}

fn of_list(compared: &Compared<'_>) -> Vec<Rename> {
    let (old, new) = (written(compared.old), written(compared.new));
    let pairs = pairs(&old, &new, compared.old.has_names() && compared.new.has_names());
    let mut renames = Vec::new();
    let mut record =
        |change, old: Option<&Written<'_>>, new: Option<&Written<'_>>, detail: String| {
            renames.push(Rename {
                kind: kind_word(compared.kind),
                site: compared.site.clone(),
                change,
                old: old.map(|rule| rule.name.clone()),
                new: new.map(|rule| rule.name.clone()),
                place: new.or(old).map(|rule| rule.place.clone()).unwrap_or_default(),
                detail,
            });
        };
    let moved = moved(&pairs);
    let mut of_new: Vec<Option<usize>> = vec![None; new.len()];
    for (before, pair) in pairs.iter().enumerate() {
        if let Some(at) = pair {
            of_new[*at] = Some(before);
        }
    }
    for (at, new) in new.iter().enumerate() {
        let Some(before) = of_new[at] else {
            record(Change::Added, None, Some(new), rows(new.rules));
            continue;
        };
        let old = &old[before];
        if old.name != new.name && compared.old.has_names() && compared.new.has_names() {
            record(Change::Renamed, Some(old), Some(new), String::new());
        }
        if old.rules != new.rules {
            record(
                Change::Edited,
                Some(old),
                Some(new),
                format!("{}, was {}", rows(new.rules), rows(old.rules)),
            );
        }
        if moved.contains(&before) {
            record(
                Change::Moved,
                Some(old),
                Some(new),
                format!("from place {} to {}", before + 1, at + 1),
            );
        }
        if old.note != new.note {
            record(Change::Commented, Some(old), Some(new), new.note.clone());
        }
    }
    for (at, old) in old.iter().enumerate() {
        if pairs[at].is_none() {
            record(Change::Removed, Some(old), None, rows(old.rules));
        }
    }
    renames
}

/// The written rules of a list.
fn written(rules: &Rules) -> Vec<Written<'_>> {
    let mut written: Vec<(usize, String, String)> = Vec::new();
    for at in 0..rules.rules().len() {
        let (name, place) = (rules.name(at), rules.place(at));
        let is_new = written.last().is_none_or(|(_, known, at)| (known, at) != (&name, &place));
        if is_new {
            written.push((at, name, place));
        }
    }
    let ends = written.iter().skip(1).map(|(start, ..)| *start);
    let ends: Vec<usize> = ends.chain([rules.rules().len()]).collect();
    let all = written.into_iter().zip(ends);
    all.map(|((start, name, place), end)| Written {
        name,
        place,
        note: rules.note(start),
        rules: &rules.rules()[start..end],
    })
    .collect()
}

/// For each old rule, the index of the new rule that it became: the rule with the same name, else
/// the rule that compiles to the same file rules.
fn pairs(old: &[Written<'_>], new: &[Written<'_>], by_names: bool) -> Vec<Option<usize>> {
    let mut pairs: Vec<Option<usize>> = vec![None; old.len()];
    let mut free = vec![true; new.len()];
    let mut pair = |key: &dyn Fn(&Written<'_>) -> u64,
                    same: &dyn Fn(&Written<'_>, &Written<'_>) -> bool| {
        let mut of_key: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, rule) in new.iter().enumerate().rev().filter(|(at, _)| free[*at]) {
            of_key.entry(key(rule)).or_default().push(at);
        }
        for (at, rule) in old.iter().enumerate() {
            let Some(candidates) = of_key.get_mut(&key(rule)).filter(|_| pairs[at].is_none())
            else {
                continue;
            };
            if candidates.last().is_some_and(|candidate| same(rule, &new[*candidate])) {
                pairs[at] = candidates.pop();
            }
        }
        for at in pairs.iter().flatten() {
            free[*at] = false;
        }
    };
    if by_names {
        pair(&|rule| hash(&rule.name), &|a, b| a.name == b.name);
    }
    pair(&|rule| hash(&rule.rules), &|a, b| a.rules == b.rules);
    pairs
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    use std::hash::BuildHasher;
    std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(value)
}

/// Old rules whose position among the rules of both lists changed: all that are not in a longest
/// sequence of pairs in unchanged order.
fn moved(pairs: &[Option<usize>]) -> HashSet<usize> {
    let both: Vec<(usize, usize)> =
        pairs.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))).collect();
    // tails[n] is the pair with the smallest new position that ends a sequence of n + 1 pairs
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(both.len());
    for (at, (_, new)) in both.iter().enumerate() {
        let length = tails.partition_point(|tail| both[*tail].1 < *new);
        before.push(length.checked_sub(1).map(|last| tails[last]));
        if length == tails.len() {
            tails.push(at);
        } else {
            tails[length] = at;
        }
    }
    let mut kept = vec![false; both.len()];
    let mut at = tails.last().copied();
    while let Some(pair) = at {
        kept[pair] = true;
        at = before[pair];
    }
    let moved = both.iter().zip(kept).filter(|(_, kept)| !kept);
    moved.map(|((old, _), _)| *old).collect()
}

/// The fields of the first file rule in the words of the language, and how many more there are.
fn rows(rules: &[Rule]) -> String {
    let Some(rule) = rules.first() else {
        return String::new();
    };
    let mut words = Vec::new();
    if !rule.begins_with().is_empty() {
        words.push(format!("begins-with {}", rule.begins_with()));
    }
    words.push(match rule.length() {
        None => "digits any".to_owned(),
        Some(length) => format!("digits {length}"),
    });
    if rule.remove() != 0 {
        words.push(format!("remove {}", rule.remove()));
    }
    if !rule.prefix().is_empty() {
        words.push(format!("prefix {}", rule.prefix()));
    }
    match rules.len() {
        1 => words.join("; "),
        more => format!("{} and {} more", words.join("; "), more - 1),
    }
}
