//! The list that undoes another one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use adr_engine::{DialString, Rule};

use crate::class::Lengths;
use crate::compose::{Piece, pieces};
use crate::domain::Domain;
use crate::minimise::minimise;
use crate::round_trip::{Loss, round_trip};

/// Lookup rules that undo application rules, and what they cannot undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inverse {
    /// The rules, in priority order, within CUCM's limits.
    pub rules: Vec<InverseRule>,
    /// Every number that does not come back, exactly; empty proves that all do.
    pub lost: Vec<Loss>,
}

/// One rule of an inverse list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InverseRule {
    /// The rule.
    pub rule: Rule,
    /// The rule that it undoes, counted from 0; `None` where it keeps numbers that no rule changed
    /// from being taken for results.
    pub undoes: Option<usize>,
}

/// Lookup rules that make of every result of `rules` the number that was dialled, as far as that
/// can be.
///
/// Of several numbers that come out alike at most one comes back: where one was left as it was, it
/// is the one that was changed; else the one that the earlier rule decides about. Rules for any
/// length are undone for results of up to a hundred digits.
///
/// ```
/// use adr_analysis::{Domain, inverse};
/// use adr_engine::Rule;
///
/// let inverse = inverse(&[Rule::from_deployed("+1", 12, 1, "9")], Domain::Digits);
/// assert_eq!(inverse.rules[0].rule, Rule::from_deployed("91", 12, 1, "+"));
/// assert_eq!(inverse.rules[0].undoes, Some(0));
/// // 910000000000 was dialled as it is, or came of +10000000000
/// assert_eq!(inverse.lost[0].witness, b"910000000000");
/// assert_eq!(inverse.lost[0].collides.as_deref(), Some(&b"+10000000000"[..]));
/// ```
#[must_use]
pub fn inverse(rules: &[Rule], domain: Domain) -> Inverse {
    let mut images = Images::new(domain);
    pieces((rules, &[]), domain, |piece| images.add(piece, rules));
    let undoing = images.undoing();
    let list: Vec<Rule> = undoing.iter().map(|rule| rule.rule.clone()).collect();
    let minimal = minimise(&list, Domain::Anything);
    let lost = round_trip(rules, &minimal.rules, domain);
    let small = minimal.rules.into_iter().zip(minimal.sources);
    let small = small.map(|(rule, source)| InverseRule {
        undoes: source.and_then(|at| undoing[at].undoes),
        rule,
    });
    Inverse { rules: small.collect(), lost }
}

/// What one piece makes of its numbers: those that begin with `before` come out beginning with
/// `text`, and go on as the numbers do.
#[derive(Debug)]
struct Image {
    text: Vec<u8>,
    before: Vec<u8>,
    holes: Vec<Vec<u8>>,
    winner: Option<usize>,
}

/// Images by the length of results.
#[derive(Debug)]
struct Images {
    domain: Domain,
    by_length: BTreeMap<usize, Vec<Image>>,
    /// Lengths of numbers whose pieces are all here.
    visited: BTreeSet<usize>,
}

/// The longest result that a rule of CUCM can match.
const LIMIT: usize = Rule::DIGITS_LIMIT as usize;

impl Images {
    fn new(domain: Domain) -> Self {
        Self { domain, by_length: BTreeMap::new(), visited: BTreeSet::new() }
    }

    /// Takes the images of a piece, at each length that has results that CUCM takes.
    fn add<'r>(&mut self, piece: &Piece<'_, 'r>, rules: &'r [Rule]) {
        let removed = piece.winner().map_or(0, |at| rules[at].remove());
        let removed = usize::try_from(removed).unwrap_or(0).min(LIMIT);
        // more is removed in front of a number only where the number is longer than its result
        let last = LIMIT + removed;
        let last = piece.lengths.to.map_or(last, |to| to.min(last));
        for length in piece.lengths.from..=last {
            let lengths = Lengths { from: length, to: Some(length) };
            self.add_one(&Piece { lengths, ..*piece }, rules);
        }
    }

    fn add_one<'r>(&mut self, piece: &Piece<'_, 'r>, rules: &'r [Rule]) {
        let length = piece.lengths.from;
        self.visited.insert(length);
        let Some(region) = piece.region() else { return };
        let form = piece.form(rules);
        let text: Vec<u8> = form.text().collect();
        if form.dropped == 0 {
            let start = region.begins_with.len();
            let holes = region.except.iter().map(|hole| [&text[..], &hole[start..]].concat());
            let image = Image {
                holes: holes.collect(),
                before: region.begins_with.to_vec(),
                winner: region.winner,
                text,
            };
            self.put(length, image);
            return;
        }
        // where exceptions leave only one number for a result, it can come back
        let end = region.begins_with.len() + form.dropped;
        if region.except.iter().all(|hole| hole.len() < end) {
            return;
        }
        for gap in region.gaps(self.domain).into_iter().filter(|gap| gap.len() >= end) {
            let image = Image {
                text: [&text[..], &gap[end..]].concat(),
                before: gap,
                holes: Vec::new(),
                winner: region.winner,
            };
            self.put(length, image);
        }
    }

    /// Keeps an image that a rule of CUCM can undo.
    fn put(&mut self, length: usize, image: Image) {
        let of_results = image.text.len() + length - image.before.len();
        if (1..=LIMIT).contains(&of_results) && image.undone().is_some() {
            self.by_length.entry(of_results).or_default().push(image);
        }
    }

    /// Rules that undo, the longest begins-with first.
    fn undoing(mut self) -> Vec<InverseRule> {
        let mut undoing = Vec::new();
        for (length, mut images) in std::mem::take(&mut self.by_length) {
            if !images.iter().any(|image| image.winner.is_some()) {
                continue;
            }
            if !self.visited.contains(&length) {
                images.push(Image {
                    text: Vec::new(),
                    before: Vec::new(),
                    holes: Vec::new(),
                    winner: None,
                });
            }
            // the earlier rule first, what no rule decided about last
            images.sort_by_key(|image| image.winner.unwrap_or(usize::MAX));
            undoing.extend(undo(&images, length, self.domain));
        }
        undoing.sort_by_key(|rule| Reverse(rule.rule.begins_with().len()));
        undoing
    }
}

impl Image {
    /// How much a rule that undoes this removes, and the prefix that it writes instead.
    fn undone(&self) -> Option<(u32, DialString)> {
        let (text, before) = (&self.text[..], &self.before[..]);
        let common = text.iter().rev().zip(before.iter().rev());
        let common = common.take_while(|(a, b)| a == b).count();
        let remove = u32::try_from(text.len() - common).ok()?;
        Some((remove, dial_string(&before[..before.len() - common])?))
    }

    /// Whether the numbers of this image begin where a number begins, so that what is free in them
    /// may begin as numbers do: with a `+`, where the domain has one in front only.
    fn is_free_in_front(&self) -> bool {
        self.before.is_empty()
    }
}

fn dial_string(text: &[u8]) -> Option<DialString> {
    DialString::new(std::str::from_utf8(text).ok()?).ok()
}

/// What begins to hold at a place, and what ceases to.
#[derive(Debug, Default)]
struct Events {
    begin: Vec<usize>,
    end: Vec<usize>,
}

/// The images that hold at a place of the walk, by where their free part begins.
struct Active<'i> {
    images: &'i [Image],
    domain: Domain,
    /// Those that are free in front, and the others.
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

    /// The preferred image that has results that begin with `place`: what stands there behind an
    /// image's text must be able to stand in a number.
    fn first(&self, place: &[u8]) -> Option<usize> {
        let later = self.domain.symbols(1);
        let odd = place.iter().rposition(|byte| !later.contains(byte));
        let from = odd.map_or(0, |odd| odd + 1);
        let whole = self.by_start.range(from..).flat_map(|(_, sets)| sets);
        let in_front = odd.filter(|odd| self.domain.symbols(0).contains(&place[*odd]));
        let in_front = in_front.and_then(|odd| self.by_start.get(&odd));
        let in_front = in_front.map(|[in_front, _]| in_front);
        whole.chain(in_front).filter_map(|set| set.first().copied()).min()
    }
}

/// The rules for results of one length; `images` are in the order in which they are preferred.
fn undo(images: &[Image], length: usize, domain: Domain) -> Vec<InverseRule> {
    let events = events(images, length, domain);
    let mut undoing = Vec::new();
    let mut active = Active { images, domain, by_start: BTreeMap::new() };
    // what holds: the place, what happened there, and the image whose rule holds below
    let mut open: Vec<(&[u8], &Events, Option<usize>)> = Vec::new();
    for (place, events) in &events {
        while let Some((_, done, _)) = open.pop_if(|(above, ..)| !place.starts_with(above)) {
            done.begin.iter().for_each(|at| active.remove(*at));
            done.end.iter().for_each(|at| active.insert(*at));
        }
        events.end.iter().for_each(|at| active.remove(*at));
        events.begin.iter().for_each(|at| active.insert(*at));
        let above = open.last().and_then(|(_, _, image)| *image);
        let best = active.first(place).filter(|best| Some(*best) != above);
        let rule = best.and_then(|best| rule(&images[best], place, length));
        open.push((place, events, if rule.is_some() { best } else { above }));
        undoing.extend(rule);
    }
    undoing
}

/// Every place at which the preferred image may be another one than above it.
fn events(images: &[Image], length: usize, domain: Domain) -> BTreeMap<Vec<u8>, Events> {
    let mut events = BTreeMap::from([(Vec::new(), Events::default())]);
    let in_front = domain.symbols(0).iter();
    let only_in_front: Vec<u8> =
        in_front.copied().filter(|symbol| !domain.symbols(1).contains(symbol)).collect();
    for (at, image) in images.iter().enumerate() {
        let place = events.entry(image.text.clone()).or_default();
        place.begin.push(at);
        for hole in &image.holes {
            events.entry(hole.clone()).or_default().end.push(at);
        }
        if image.is_free_in_front() && image.text.len() < length {
            for symbol in &only_in_front {
                let place = [&image.text[..], &[*symbol]].concat();
                events.entry(place).or_default();
            }
        }
    }
    events
}

/// The rule that undoes an image at a place in it; nothing where CUCM does not take it.
fn rule(image: &Image, place: &[u8], length: usize) -> Option<InverseRule> {
    let begins_with = dial_string(place)?;
    let (remove, prefix) = image.undone()?;
    let (remove, prefix) = if remove == 0 && prefix.as_str().is_empty() {
        (u32::try_from(place.len()).ok()?, begins_with.clone())
    } else {
        (remove, prefix)
    };
    let rule = Rule::new(begins_with, u32::try_from(length).ok()?, remove, prefix).ok()?;
    Some(InverseRule { rule, undoes: image.winner })
}
