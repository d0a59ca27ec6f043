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
    /// The rule that it undoes, counted from 0; `None` where it keeps numbers that no rule changed from
    /// being taken for results.
    pub undoes: Option<usize>,
}

/// Lookup rules that make of every result of `rules` the number that was dialled, as far as that can be.
///
/// Of several numbers that come out alike at most one comes back: where one was left as it was, it is the one that
/// was changed; else the one that the earlier rule decides about. Rules for any length are
/// undone for results of up to a hundred digits.
///
/// ```
/// use adr_analysis::{Domain, inverse};
/// use adr_engine::Rule;
///
/// let inverse = inverse(&[Rule::as_client_reads("+1", 12, 1, "9")], Domain::Digits);
/// assert_eq!(inverse.rules[0].rule, Rule::as_client_reads("91", 12, 1, "+"));
/// assert_eq!(inverse.rules[0].undoes, Some(0));
/// // 910000000000 was dialled as it is, or came of +10000000000
/// assert_eq!(inverse.lost[0].witness, b"910000000000");
/// assert_eq!(inverse.lost[0].collides.as_deref(), Some(&b"+10000000000"[..]));
/// ```
#[must_use]
pub fn inverse(rules: &[Rule], domain: Domain) -> Inverse {
    let mut images = Images::default();
    pieces((rules, &[]), domain, |piece| {
        images.add(piece, rules, domain);
    });
    let undoing = images.undoing();
    let list: Vec<Rule> = undoing.iter().map(|rule| rule.rule.clone()).collect();
    let minimal = minimise(&list, Domain::Anything);
    let lost = round_trip(rules, &minimal.rules, domain);
    let small = minimal.rules.into_iter().zip(minimal.sources);
    let small = small.map(|(rule, source)| InverseRule {
        undoes: source.and_then(|at| undoing[at].undoes),
        rule,
    });
    Inverse {
        rules: small.collect(),
        lost,
    }
}

/// What one piece makes of its numbers: those that begin with `before` come out beginning with `text`.
#[derive(Debug)]
struct Image {
    text: Vec<u8>,
    before: Vec<u8>,
    holes: Vec<Vec<u8>>,
    winner: Option<usize>,
}

/// Images by the length of results.
#[derive(Debug, Default)]
struct Images {
    by_length: BTreeMap<usize, Vec<Image>>,
    /// Lengths at which numbers that no rule decides about are among the images.
    covered: BTreeSet<usize>,
}

impl Images {
    /// Takes the images of a piece, at each length that CUCM takes.
    fn add<'r>(&mut self, piece: &Piece<'_, 'r>, rules: &'r [Rule], domain: Domain) {
        let limit = Rule::DIGITS_LIMIT as usize;
        let last = piece.lengths.to.map_or(limit, |to| to.min(limit));
        for length in piece.lengths.from..=last {
            let lengths = Lengths {
                from: length,
                to: Some(length),
            };
            self.add_one(&Piece { lengths, ..*piece }, rules, domain);
        }
    }

    fn add_one<'r>(&mut self, piece: &Piece<'_, 'r>, rules: &'r [Rule], domain: Domain) {
        let length = piece.lengths.from;
        if piece.winner().is_none() {
            self.covered.insert(length);
        }
        let Some(region) = piece.region() else { return };
        let form = piece.form(rules);
        let text: Vec<u8> = form.text().collect();
        if form.dropped == 0 {
            let start = region.begins_with.len();
            let holes = region
                .except
                .iter()
                .map(|hole| [&text[..], &hole[start..]].concat());
            let image = Image {
                holes: holes.collect(),
                before: region.begins_with.to_vec(),
                winner: region.winner,
                text,
            };
            self.put(length, image, domain);
            return;
        }
        // where exceptions leave only one number for a result, it can come back
        let end = region.begins_with.len() + form.dropped;
        for gap in region
            .gaps(domain)
            .into_iter()
            .filter(|gap| gap.len() >= end)
        {
            let image = Image {
                text: [&text[..], &gap[end..]].concat(),
                before: gap,
                holes: Vec::new(),
                winner: region.winner,
            };
            self.put(length, image, domain);
        }
    }

    fn put(&mut self, length: usize, mut image: Image, domain: Domain) {
        let free = length - image.before.len();
        if free > 0 {
            // what may stand behind the result's beginning need not be what stood behind the number's
            let usual = domain.symbols(image.before.len());
            let all = domain.symbols(image.text.len()).iter();
            let strange = all.filter(|symbol| !usual.contains(symbol));
            let holes = strange.map(|symbol| [&image.text[..], &[*symbol]].concat());
            let holes: Vec<Vec<u8>> = holes.collect();
            image.holes.extend(holes);
        }
        let of_results = image.text.len() + free;
        self.by_length.entry(of_results).or_default().push(image);
    }

    /// Rules that undo, the longest begins-with first.
    fn undoing(mut self) -> Vec<InverseRule> {
        let mut undoing = Vec::new();
        for (length, mut images) in std::mem::take(&mut self.by_length) {
            if !(1..=Rule::DIGITS_LIMIT as usize).contains(&length) {
                continue;
            }
            if !images.iter().any(|image| image.winner.is_some()) {
                continue;
            }
            if !self.covered.contains(&length) {
                images.push(Image {
                    text: Vec::new(),
                    before: Vec::new(),
                    holes: Vec::new(),
                    winner: None,
                });
            }
            // the earlier rule first, what no rule decided about last
            images.sort_by_key(|image| image.winner.unwrap_or(usize::MAX));
            undoing.extend(undo(&images, length));
        }
        undoing.sort_by_key(|rule| Reverse(rule.rule.begins_with().len()));
        undoing
    }
}

/// Where an image begins to hold, or, at a hole, ceases to.
#[derive(Debug, Default)]
struct Events {
    begin: Vec<usize>,
    end: Vec<usize>,
}

/// The rules for results of one length; `images` are in the order in which they are preferred.
fn undo(images: &[Image], length: usize) -> Vec<InverseRule> {
    let mut events: BTreeMap<&[u8], Events> = BTreeMap::from([(&b""[..], Events::default())]);
    for (at, image) in images.iter().enumerate() {
        events.entry(&image.text).or_default().begin.push(at);
        for hole in &image.holes {
            events.entry(hole).or_default().end.push(at);
        }
    }
    let mut undoing = Vec::new();
    let mut active: BTreeSet<usize> = BTreeSet::new();
    // what holds: the place, what happened there, and the image whose rule holds below
    let mut open: Vec<(&[u8], &Events, Option<usize>)> = Vec::new();
    for (place, events) in &events {
        while let Some((above, done, _)) = open.last() {
            if place.starts_with(above) {
                break;
            }
            done.begin.iter().for_each(|at| {
                active.remove(at);
            });
            active.extend(&done.end);
            open.pop();
        }
        events.end.iter().for_each(|at| {
            active.remove(at);
        });
        active.extend(&events.begin);
        let above = open.last().and_then(|(_, _, image)| *image);
        let best = active.first().copied().filter(|best| Some(*best) != above);
        let rule = best.and_then(|best| rule(&images[best], place, length));
        open.push((place, events, if rule.is_some() { best } else { above }));
        undoing.extend(rule);
    }
    undoing
}

/// The rule that undoes an image at a place in it; nothing where CUCM does not take it.
fn rule(image: &Image, place: &[u8], length: usize) -> Option<InverseRule> {
    let (text, before) = (&image.text[..], &image.before[..]);
    let common = text.iter().rev().zip(before.iter().rev());
    let common = common.take_while(|(a, b)| a == b).count();
    let remove = u32::try_from(text.len() - common).ok()?;
    let dial_string = |bytes: &[u8]| DialString::new(std::str::from_utf8(bytes).ok()?).ok();
    let begins_with = dial_string(place)?;
    let prefix = dial_string(&before[..before.len() - common])?;
    let (remove, prefix) = if remove == 0 && prefix.as_str().is_empty() {
        (u32::try_from(place.len()).ok()?, begins_with.clone())
    } else {
        (remove, prefix)
    };
    let rule = Rule::new(begins_with, u32::try_from(length).ok()?, remove, prefix).ok()?;
    Some(InverseRule {
        rule,
        undoes: image.winner,
    })
}
