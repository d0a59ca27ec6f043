//! Differences as text: one entry for each pair of rules, on one screen if possible.

use std::collections::HashMap;
use std::fmt::Write;
use std::rc::Rc;

use adr_analysis::{Difference, Domain, Lengths};
use adr_language::ListKind;
use anstyle::Style;
use num_bigint::BigUint;

use super::Compared;
use crate::Terminal;
use crate::lists::Rules;
use crate::style::{Styles, styled};
use crate::table::styled_table;
use crate::text::{escaped, grouped, in_sentence, kind_word, shown, view_words};

/// Most beginnings that an entry lists; JSON has all of them.
const BEGINNINGS: usize = 4;

/// The columns of a table. Results before and after are colored.
const HEAD: [&str; 7] = ["begins with", "digits", "numbers", "for example", "was", "becomes", "by"];

/// All changes, list by list, as wide as the terminal unless single words are wider. Lists with
/// equal changes are shown once.
pub fn to_text(compared: &[Compared<'_>], domain: Domain, terminal: Terminal) -> String {
    let styles = terminal.styles();
    // views that share both lists have the same differences, and other views may have them, too
    let mut of_lists: HashMap<_, usize> = HashMap::new();
    let mut of_entries: HashMap<(ListKind, Rc<Vec<Entry>>), usize> = HashMap::new();
    let mut groups: Vec<(ListKind, Rc<Vec<Entry>>, Vec<usize>)> = Vec::new();
    for (at, list) in compared.iter().enumerate() {
        let lists = (list.kind, list.old.identity(), list.new.identity());
        let group = *of_lists.entry(lists).or_insert_with(|| {
            let entries = Rc::new(entries(list, domain));
            let key = (list.kind, Rc::clone(&entries));
            *of_entries.entry(key).or_insert_with(|| {
                groups.push((list.kind, entries, Vec::new()));
                groups.len() - 1
            })
        });
        groups[group].2.push(at);
    }
    let of_kind = |kind| compared.iter().filter(|list| list.kind == kind).count();
    let all: HashMap<ListKind, usize> = ListKind::ALL.map(|kind| (kind, of_kind(kind))).into();
    let mut text = String::new();
    for (kind, entries, same) in groups.iter().filter(|(_, entries, _)| !entries.is_empty()) {
        let names: Vec<String> =
            same.iter().map(|other| view_words(compared[*other].site.as_deref())).collect();
        let views = match same.len() {
            1 => names.join(""),
            views if views == all[kind] => "every view".to_owned(),
            _ => names.join(", "),
        };
        let title = format_args!("{views}, {} rules", kind_word(*kind));
        let _ = writeln!(text, "{}", styled(styles.heading, title));
        text.push_str(&laid_out(entries, domain, terminal));
        text.push('\n');
    }
    text
}

/// The changes of one list, as a table.
pub(super) fn to_table(compared: &Compared<'_>, domain: Domain) -> String {
    let wide = Terminal { width: usize::MAX, color: false };
    laid_out(&entries(compared, domain), domain, wide)
}

/// Numbers that two rules treat differently, in words.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Entry {
    begins_with: String,
    digits: String,
    /// How many numbers consist of digits.
    numbers: String,
    /// How many other numbers of the domain there are.
    others: BigUint,
    example: String,
    was: String,
    becomes: String,
    by: String,
}

/// A table if it fits, else two lines for each entry; then how many numbers contain other
/// characters than digits.
fn laid_out(entries: &[Entry], domain: Domain, terminal: Terminal) -> String {
    let styles = terminal.styles();
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(entries.iter().map(Entry::row));
    let (table, width) = styled_table(&rows, |row, column| match (row, HEAD[column]) {
        (0, _) => styles.heading,
        (_, "was") => styles.bad,
        (_, "becomes") => styles.good,
        _ => Style::new(),
    });
    if width <= terminal.width {
        return table + &others(entries, domain);
    }
    let lines: String = entries.iter().map(|entry| entry.lines(styles)).collect();
    lines + &others(entries, domain)
}

/// "  and 18,561 more with * # +"; empty if there are no others.
fn others(entries: &[Entry], domain: Domain) -> String {
    let others: BigUint = entries.iter().map(|entry| &entry.others).sum();
    let with = match domain {
        Domain::Anything => "other characters",
        _ => "* # +",
    };
    match others.to_string().as_str() {
        "0" => String::new(),
        others => format!("  and {} more with {with}\n", grouped(others)),
    }
}

impl Entry {
    fn row(&self) -> Vec<String> {
        let cells = [
            &self.begins_with,
            &self.digits,
            &self.numbers,
            &self.example,
            &self.was,
            &self.becomes,
            &self.by,
        ];
        cells.map(String::clone).to_vec()
    }

    fn lines(&self, styles: Styles) -> String {
        let Self { begins_with, digits, numbers, example, by, .. } = self;
        let (was, becomes) = (styled(styles.bad, &self.was), styled(styles.good, &self.becomes));
        let digits = plural(digits, "digit");
        let numbers = match numbers.as_str() {
            "without end" => "numbers without end".to_owned(),
            numbers => plural(numbers, "number"),
        };
        format!(
            "  {by}: {begins_with}; {digits}; {numbers}\n      {example} was {was}, becomes {becomes}\n"
        )
    }
}

/// "1 number", "9-11 digits".
fn plural(count: &str, what: &str) -> String {
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The entries of a list. The entry with the shortest example comes first.
fn entries(compared: &Compared<'_>, domain: Domain) -> Vec<Entry> {
    let mut of_pair: HashMap<(Option<usize>, Option<usize>), usize> = HashMap::new();
    let mut of_key: HashMap<(String, String), usize> = HashMap::new();
    let mut entries: Vec<Vec<&Difference>> = Vec::new();
    for difference in &compared.differences {
        let pair = (difference.old, difference.new);
        let at = *of_pair.entry(pair).or_insert_with(|| {
            let key = (key(compared.old, difference.old), key(compared.new, difference.new));
            *of_key.entry(key).or_insert_with(|| {
                entries.push(Vec::new());
                entries.len() - 1
            })
        });
        entries[at].push(difference);
    }
    let entries = entries.iter();
    entries.filter_map(|same| entry(compared, same, domain)).collect()
}

/// Equal for file rules that are one rule for people: the name or, in a deployed file, everything
/// but the length.
fn key(rules: &Rules, at: Option<usize>) -> String {
    match at {
        None => String::new(),
        Some(at) if rules.has_names() => rules.name(at),
        Some(at) => {
            let rule = &rules.rules()[at];
            format!("{:?} {} {:?}", rule.begins_with(), rule.remove(), rule.prefix())
        }
    }
}

fn entry(compared: &Compared<'_>, same: &[&Difference], domain: Domain) -> Option<Entry> {
    let first = same.first()?;
    let count = |domain| -> Option<BigUint> {
        same.iter().map(|difference| difference.count(domain)).sum()
    };
    let (all, of_digits) = (count(domain), count(Domain::Digits));
    let others = match (&all, &of_digits) {
        (Some(all), Some(of_digits)) => all - of_digits,
        _ => BigUint::ZERO,
    };
    Some(Entry {
        begins_with: beginnings(same),
        digits: digits(same),
        numbers: all
            .and(of_digits)
            .map_or("without end".to_owned(), |count| grouped(&count.to_string())),
        others,
        example: shown(&first.witness),
        was: result(&first.old_result, &first.witness),
        becomes: result(&first.new_result, &first.witness),
        by: by(compared, first),
    })
}

/// "+, 44", "anything else".
fn beginnings(same: &[&Difference]) -> String {
    let mut known: Vec<(&[u8], bool)> = Vec::new();
    for difference in same {
        let region = &difference.region;
        let is_whole = region.except.is_empty();
        let is_known = |(text, _): &&mut (&[u8], bool)| **text == *region.begins_with;
        if let Some((_, known)) = known.iter_mut().find(is_known) {
            *known |= is_whole;
        } else if known.len() <= BEGINNINGS {
            known.push((&region.begins_with, is_whole));
        }
    }
    let word = |(text, is_whole): &(&[u8], bool)| match (text.is_empty(), is_whole) {
        (true, true) => "anything".to_owned(),
        (true, false) => "anything else".to_owned(),
        (false, true) => shown(text),
        (false, false) => format!("{} else", shown(text)),
    };
    let mut words: Vec<String> = known.iter().take(BEGINNINGS).map(word).collect();
    if known.len() > BEGINNINGS {
        words.push("…".to_owned());
    }
    words.join(", ")
}

/// "7", "9-11, 13-16", "17 and more".
fn digits(same: &[&Difference]) -> String {
    let mut lengths: Vec<Lengths> =
        same.iter().map(|difference| difference.region.lengths).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let mut runs: Vec<Lengths> = Vec::new();
    for next in lengths {
        match runs.last_mut().filter(|last| last.to.is_some_and(|to| to + 1 >= next.from)) {
            Some(last) => last.to = next.to,
            None => runs.push(next),
        }
    }
    let word = |run: &Lengths| match run.to {
        Some(to) if to == run.from => to.to_string(),
        Some(to) => format!("{}-{to}", run.from),
        None => format!("{} and more", run.from),
    };
    runs.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// The result of a number, in one word.
pub(super) fn result(result: &[u8], number: &[u8]) -> String {
    match result {
        same if same == number => "unchanged".to_owned(),
        other => in_sentence(other),
    }
}

/// The rules that decide before and after, or one if they are the same. A row of a deployed file is
/// left out if the other rule has a name.
fn by(compared: &Compared<'_>, difference: &Difference) -> String {
    let name = |rules: &Rules, at: Option<usize>| {
        at.map_or("no rule".to_owned(), |at| escaped(&rules.name(at)))
    };
    let old = name(compared.old, difference.old);
    let new = name(compared.new, difference.new);
    let both = difference.old.is_some() && difference.new.is_some();
    match (compared.old.has_names(), compared.new.has_names()) {
        _ if old == new => old,
        (true, false) if both => old,
        (false, true) if both => new,
        _ => format!("{old} -> {new}"),
    }
}
