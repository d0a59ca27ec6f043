//! Lookup rules that undo application rules.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use adr_engine::{DialString, Rule};

use crate::domain::Domain;
use crate::length_class::Lengths;
use crate::minimize::minimize;
use crate::round_trip::{Unrecoverable, round_trip};
use crate::segment::{Segment, for_each_segment};

/// Lookup rules that undo application rules, and the numbers that they cannot restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inverse {
    /// The rules, in priority order, within CUCM's limits.
    pub rules: Vec<InverseRule>,
    /// Exactly the numbers that are not restored; empty proves that all are.
    pub unrecoverable: Vec<Unrecoverable>,
}

/// One rule of an inverse list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InverseRule {
    /// The rule.
    pub rule: Rule,
    /// The application rule that it undoes, counted from 0; `None` when it protects numbers that no
    /// rule changed from being mistaken for results.
    pub undoes: Option<usize>,
}

/// Lookup rules that turn every result of `rules` back into the number that was dialed, as far as
/// that is possible.
///
/// Of several numbers with the same result, at most one is restored: a changed number rather than
/// an unchanged one, then the one of the earlier rule. Rules for any length are undone for results
/// of up to a hundred digits.
///
/// ```
/// use adr_analysis::{Domain, inverse};
/// use adr_engine::Rule;
///
/// let inverse = inverse(&[Rule::from_deployed("+1", 12, 1, "9")], Domain::Digits);
/// assert_eq!(inverse.rules[0].rule, Rule::from_deployed("91", 12, 1, "+"));
/// assert_eq!(inverse.rules[0].undoes, Some(0));
/// // 910000000000 was dialed itself, or is the result of +10000000000
/// let lost = &inverse.unrecoverable[0];
/// assert_eq!(lost.witness, b"910000000000");
/// assert_eq!(lost.collides_with.as_deref(), Some(&b"+10000000000"[..]));
/// ```
#[must_use]
pub fn inverse(rules: &[Rule], domain: Domain) -> Inverse {
    let mut images = Images::new(domain);
    for_each_segment(rules, &[], domain, |segment| images.add(segment, rules));
    let inverting = images.into_rules();
    let list: Vec<Rule> = inverting.iter().map(|rule| rule.rule.clone()).collect();
    let minimal = minimize(&list, Domain::Anything);
    let unrecoverable = round_trip(rules, &minimal.rules, domain);
    let rules = minimal.rules.into_iter().zip(minimal.sources);
    let rules = rules.map(|(rule, source)| InverseRule {
        undoes: source.and_then(|at| inverting[at].undoes),
        rule,
    });
    Inverse { rules: rules.collect(), unrecoverable }
}

/// The results of one segment: `text` replaces the prefix of the numbers, the rest is unchanged.
#[derive(Debug)]
struct Image {
    /// What the results begin with.
    text: Vec<u8>,
    /// What the numbers begin with.
    prefix: Vec<u8>,
    /// Extensions of `text` that no result begins with.
    holes: Vec<Vec<u8>>,
    /// The rule that wins, counted from 0.
    winner: Option<usize>,
}

/// Images by the length of results.
#[derive(Debug)]
struct Images {
    domain: Domain,
    by_length: BTreeMap<usize, Vec<Image>>,
    /// Lengths of numbers whose segments were added.
    visited: BTreeSet<usize>,
}

/// The longest result that a rule of CUCM can match.
const LIMIT: usize = Rule::DIGITS_LIMIT as usize;

impl Images {
    fn new(domain: Domain) -> Self {
        Self { domain, by_length: BTreeMap::new(), visited: BTreeSet::new() }
    }

    /// Adds the images of a segment at each length whose results CUCM accepts.
    fn add<'r>(&mut self, segment: &Segment<'_, 'r>, rules: &'r [Rule]) {
        let removed = segment.winner().map_or(0, |at| rules[at].remove());
        let removed = usize::try_from(removed).unwrap_or(0).min(LIMIT);
        // a result is shorter than its number by at most this much
        let last = LIMIT + removed;
        let last = segment.lengths.to.map_or(last, |to| to.min(last));
        for length in segment.lengths.from..=last {
            let lengths = Lengths { from: length, to: Some(length) };
            self.add_one(&Segment { lengths, ..*segment }, rules);
        }
    }

    fn add_one<'r>(&mut self, segment: &Segment<'_, 'r>, rules: &'r [Rule]) {
        let length = segment.lengths.from;
        self.visited.insert(length);
        let Some(region) = segment.region() else { return };
        let form = segment.normal_form(rules);
        let text: Vec<u8> = form.text().collect();
        if form.dropped == 0 {
            let start = region.begins_with.len();
            let holes = region.except.iter().map(|hole| [&text[..], &hole[start..]].concat());
            let image = Image {
                holes: holes.collect(),
                prefix: region.begins_with.to_vec(),
                winner: region.winner,
                text,
            };
            self.insert(length, image);
            return;
        }
        // a result can be undone only where exceptions leave one number for it
        let end = region.begins_with.len() + form.dropped;
        if region.except.iter().all(|hole| hole.len() < end) {
            return;
        }
        for gap in region.gaps(self.domain).into_iter().filter(|gap| gap.len() >= end) {
            let image = Image {
                text: [&text[..], &gap[end..]].concat(),
                prefix: gap,
                holes: Vec::new(),
                winner: region.winner,
            };
            self.insert(length, image);
        }
    }

    /// Adds an image that a rule of CUCM can undo.
    fn insert(&mut self, length: usize, image: Image) {
        let result_length = image.text.len() + length - image.prefix.len();
        if (1..=LIMIT).contains(&result_length) && image.inversion().is_some() {
            self.by_length.entry(result_length).or_default().push(image);
        }
    }

    /// The rules that undo all images, the longest begins-with first.
    fn into_rules(mut self) -> Vec<InverseRule> {
        let mut rules = Vec::new();
        for (length, mut images) in std::mem::take(&mut self.by_length) {
            if !images.iter().any(|image| image.winner.is_some()) {
                continue;
            }
            if !self.visited.contains(&length) {
                images.push(Image {
                    text: Vec::new(),
                    prefix: Vec::new(),
                    holes: Vec::new(),
                    winner: None,
                });
            }
            // the earlier rule first, unchanged numbers last
            images.sort_by_key(|image| image.winner.unwrap_or(usize::MAX));
            rules.extend(undo(&images, length, self.domain));
        }
        rules.sort_by_key(|rule| Reverse(rule.rule.begins_with().len()));
        rules
    }
}

impl Image {
    /// How many digits a rule that undoes this image removes, and the prefix that it writes.
    fn inversion(&self) -> Option<(u32, DialString)> {
        let (text, prefix) = (&self.text[..], &self.prefix[..]);
        let common = text.iter().rev().zip(prefix.iter().rev());
        let common = common.take_while(|(a, b)| a == b).count();
        let remove = u32::try_from(text.len() - common).ok()?;
        Some((remove, dial_string(&prefix[..prefix.len() - common])?))
    }

    /// Whether the first byte of the numbers is free, so that it may be a `+`, which some domains
    /// allow only there.
    fn is_free_in_front(&self) -> bool {
        self.prefix.is_empty()
    }
}

fn dial_string(text: &[u8]) -> Option<DialString> {
    DialString::new(std::str::from_utf8(text).ok()?).ok()
}

/// The images that begin and end at a prefix of results.
#[derive(Debug, Default)]
struct Events {
    /// Images whose text is the prefix.
    begin: Vec<usize>,
    /// Images of which the prefix is a hole.
    end: Vec<usize>,
}

/// The images that contain the current prefix of the walk, by the length of their text.
struct Active<'i> {
    images: &'i [Image],
    domain: Domain,
    /// Those whose first byte is free, and the others.
    by_start: BTreeMap<usize, [BTreeSet<usize>; 2]>,
}

impl Active<'_> {
    fn insert(&mut self, at: usize) {
        let image = &self.images[at];
        let sets = self.by_start.entry(image.text.len()).or_default();
        sets[usize::from(!image.is_free_in_front())].insert(at);
    }

    fn remove(&mut self, at: usize) {
        let image = &self.images[at];
        if let Some(sets) = self.by_start.get_mut(&image.text.len()) {
            sets[usize::from(!image.is_free_in_front())].remove(&at);
        }
    }

    /// The preferred image with results that begin with `prefix`: the part of `prefix` after the
    /// image's text must be possible in a number.
    fn first(&self, prefix: &[u8]) -> Option<usize> {
        let later = self.domain.symbols(1);
        let special = prefix.iter().rposition(|byte| !later.contains(byte));
        let from = special.map_or(0, |special| special + 1);
        let whole = self.by_start.range(from..).flat_map(|(_, sets)| sets);
        let in_front = special.filter(|at| self.domain.symbols(0).contains(&prefix[*at]));
        let in_front = in_front.and_then(|at| self.by_start.get(&at));
        let in_front = in_front.map(|[in_front, _]| in_front);
        whole.chain(in_front).filter_map(|set| set.first().copied()).min()
    }
}

/// A prefix of results that contains the current one.
struct OpenPrefix<'e> {
    prefix: &'e [u8],
    events: &'e Events,
    /// The image whose rule applies to results with this prefix.
    image: Option<usize>,
}

/// The rules for results of one length; `images` are in the order of preference.
fn undo(images: &[Image], length: usize, domain: Domain) -> Vec<InverseRule> {
    let events = events(images, length, domain);
    let mut rules = Vec::new();
    let mut active = Active { images, domain, by_start: BTreeMap::new() };
    let mut open: Vec<OpenPrefix<'_>> = Vec::new();
    for (prefix, events) in &events {
        while let Some(done) = open.pop_if(|outer| !prefix.starts_with(outer.prefix)) {
            done.events.begin.iter().for_each(|at| active.remove(*at));
            done.events.end.iter().for_each(|at| active.insert(*at));
        }
        events.end.iter().for_each(|at| active.remove(*at));
        events.begin.iter().for_each(|at| active.insert(*at));
        let outer = open.last().and_then(|outer| outer.image);
        let best = active.first(prefix).filter(|best| Some(*best) != outer);
        let rule = best.and_then(|best| rule(&images[best], prefix, length));
        let image = if rule.is_some() { best } else { outer };
        open.push(OpenPrefix { prefix, events, image });
        rules.extend(rule);
    }
    rules
}

/// Every prefix at which the preferred image may differ from that of the prefix around it.
fn events(images: &[Image], length: usize, domain: Domain) -> BTreeMap<Vec<u8>, Events> {
    let mut events = BTreeMap::from([(Vec::new(), Events::default())]);
    let in_front = domain.symbols(0).iter();
    let only_in_front: Vec<u8> =
        in_front.copied().filter(|symbol| !domain.symbols(1).contains(symbol)).collect();
    for (at, image) in images.iter().enumerate() {
        events.entry(image.text.clone()).or_default().begin.push(at);
        for hole in &image.holes {
            events.entry(hole.clone()).or_default().end.push(at);
        }
        if image.is_free_in_front() && image.text.len() < length {
            for symbol in &only_in_front {
                let prefix = [&image.text[..], &[*symbol]].concat();
                events.entry(prefix).or_default();
            }
        }
    }
    events
}

/// The rule that undoes an image for results that begin with a text; `None` when CUCM does not
/// accept it.
fn rule(image: &Image, text: &[u8], length: usize) -> Option<InverseRule> {
    let begins_with = dial_string(text)?;
    let (remove, prefix) = image.inversion()?;
    let (remove, prefix) = if remove == 0 && prefix.as_str().is_empty() {
        (u32::try_from(text.len()).ok()?, begins_with.clone())
    } else {
        (remove, prefix)
    };
    let rule = Rule::new(begins_with, u32::try_from(length).ok()?, remove, prefix).ok()?;
    Some(InverseRule { rule, undoes: image.winner })
}
