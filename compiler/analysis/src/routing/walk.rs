//! Follows what rules send out through the patterns.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

use super::automaton::{DEAD, START};
use super::pattern::symbol;
use super::reach::Reach;
use super::table::{RouteTable, TooManyStates};
use super::treatment::{Treatment, Treatments};
use crate::domain::Domain;
use crate::length_class::{Lengths, length_classes, longest_covered};
use crate::normal_form::NormalForm;
use crate::region::{Region, apply_rule, residue, visit_gaps};
use crate::tree::{LastTree, NO_RULE, Tree};

/// Longest result that is followed where no shorter length is known from which on nothing changes:
/// if several elements of a pattern repeat, or if a pattern becomes the closest one at a greater
/// length only. CUCM's rules are for 100 digits at most.
pub const MAX_ROUTED: usize = 128;

/// What happens to the numbers that each rule sends out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutedRules {
    /// The rules that win some number, in the order of the list.
    pub rules: Vec<RoutedRule>,
    /// The length of the longest numbers that the answer covers; `None` if it covers all numbers of
    /// the domain.
    pub longest: Option<usize>,
}

/// What happens to the numbers that one rule sends out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutedRule {
    /// The rule, counted from 0.
    pub rule: usize,
    /// An example of each treatment that occurs, the worst treatment first. A treatment without an
    /// example does not occur.
    pub examples: Vec<RoutedExample>,
}

/// The first of the shortest numbers that a rule sends out and CUCM treats in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutedExample {
    /// The treatment.
    pub treatment: Treatment,
    /// The dialed number.
    pub number: Vec<u8>,
    /// What the rule sends out for it.
    pub result: Vec<u8>,
    /// The patterns that take it, as in [`Route::patterns`](super::Route::patterns).
    pub patterns: Vec<usize>,
}

impl RoutedRule {
    /// The treatments that occur.
    #[must_use]
    pub fn treatments(&self) -> Treatments {
        self.examples.iter().map(|example| example.treatment).collect()
    }
}

impl RouteTable {
    /// What happens to the numbers of a domain that rules send out, exactly: no number is left out,
    /// up to the length that the answer names.
    ///
    /// Numbers that no rule matches are not looked at.
    ///
    /// ```
    /// use adr_analysis::Domain;
    /// use adr_analysis::routing::{RoutePattern, RouteTable, Treatment};
    /// use adr_engine::Rule;
    ///
    /// let local = RoutePattern { pattern: "9.[2-9]XXXXXX".to_owned(), ..RoutePattern::default() };
    /// let rules = [Rule::from_deployed("", 7, 0, "9"), Rule::from_deployed("", 10, 0, "91")];
    /// let routed = RouteTable::new(&[local], None).routed(&rules, Domain::Digits)?;
    /// let [untaken, taken] = &routed.rules[0].examples[..] else { panic!() };
    /// assert_eq!((untaken.treatment, &*untaken.number), (Treatment::Untaken, &b"0000000"[..]));
    /// assert_eq!((taken.treatment, &*taken.result), (Treatment::Routed, &b"92000000"[..]));
    /// // no result of the second rule is taken
    /// assert_eq!(routed.rules[1].treatments(), Treatment::Untaken.into());
    /// # Ok::<(), adr_analysis::routing::TooManyStates>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The patterns overlap in too many ways.
    pub fn routed(&mut self, rules: &[Rule], domain: Domain) -> Result<RoutedRules, TooManyStates> {
        let reach = self.reach();
        let mut walk = Walk::new(self, rules, domain);
        let mut longest = longest_covered(&[rules]);
        let mut last = LastTree::default();
        for class in length_classes(&[rules], domain) {
            let length = class.lengths.from;
            let tree = last.tree(&class, length, |entries| Tree::build(entries, length, domain));
            for at in 0..tree.nodes.len() {
                let winner = tree.nodes[at].best[0];
                let region = residue(&tree, at, class.lengths, winner);
                let Some(region) = region.filter(|_| winner != NO_RULE) else { continue };
                let end = walk.follow(winner as usize, &region, reach)?;
                longest = longest.into_iter().chain(end).min();
            }
        }
        Ok(RoutedRules { rules: walk.into_rules()?, longest })
    }
}

/// The shortest numbers of one rule, by treatment.
type Found = [Option<Vec<u8>>; Treatment::ALL.len()];

/// The state of an answer.
struct Walk<'w> {
    table: &'w mut RouteTable,
    rules: &'w [Rule],
    domain: Domain,
    /// The symbols after the first position that differ for patterns, in the order of witnesses,
    /// each with its position in patterns.
    later: Vec<(u8, Option<usize>)>,
    /// All treatments that can occur.
    possible: Treatments,
    /// The treatments that free symbols can lead to: by state, length of the result, and number of
    /// free symbols.
    ahead: FxHashMap<(u32, usize, usize), Treatments>,
    found: FxHashMap<usize, Found>,
}

/// A state in a result, from which on all symbols are free.
#[derive(Clone, Copy)]
struct Position {
    state: u32,
    /// The length of the result.
    length: usize,
    /// The number of free symbols.
    free: usize,
}

impl<'w> Walk<'w> {
    fn new(table: &'w mut RouteTable, rules: &'w [Rule], domain: Domain) -> Self {
        Self {
            possible: table.possible(),
            table,
            rules,
            domain,
            later: distinct(domain.symbols(1)),
            ahead: FxHashMap::default(),
            found: FxHashMap::default(),
        }
    }

    /// Follows the results of a region at all its lengths. Returns the length of the longest
    /// numbers that were followed, if longer ones may be treated in other ways.
    fn follow(
        &mut self,
        rule: usize,
        region: &Region<'_>,
        reach: Reach,
    ) -> Result<Option<usize>, TooManyStates> {
        let Lengths { from, to } = region.lengths;
        let rules = self.rules;
        let shortened = {
            let form = NormalForm::of(Some(&rules[rule]), &region.begins_with, from);
            form.text_length() as isize - (region.begins_with.len() + form.dropped) as isize
        };
        let is_erased = usize::try_from(rules[rule].remove()).is_err();
        let fixed = region.except.iter().map(|hole| hole.len()).max().unwrap_or(0);
        let fixed = fixed.max(region.begins_with.len()).saturating_add_signed(shortened) + 1;
        let (uniform, is_exact) = reach.uniform_from(fixed);
        let last = match is_erased {
            true => from,
            false => uniform.saturating_add_signed(-shortened).max(from),
        };
        let end = to.map_or(last, |to| to.min(last));
        for length in from..=end {
            self.at_length(rule, region, length)?;
        }
        let is_covered = is_exact || is_erased || to == Some(end);
        Ok((!is_covered).then_some(end))
    }

    /// Follows the results of the numbers of one length.
    fn at_length(
        &mut self,
        rule: usize,
        region: &Region<'_>,
        length: usize,
    ) -> Result<(), TooManyStates> {
        let found = self.found.entry(rule).or_default();
        let has_shorter = |treatment: &Treatment| {
            found[*treatment as usize].as_ref().is_some_and(|known| known.len() < length)
        };
        let mut wanted =
            self.possible.without(self.possible.iter().filter(has_shorter).collect::<Treatments>());
        if wanted.is_empty() {
            return Ok(());
        }
        let (rules, domain) = (self.rules, self.domain);
        let prefix = &*region.begins_with;
        let form = NormalForm::of(Some(&rules[rule]), prefix, length);
        let text: Vec<u8> = form.text().collect();
        let kept_from = prefix.len() + form.dropped;
        let result_length = text.len() + length - kept_from;
        let start = self.table.follow(START, &text)?;
        let holes: Vec<&[u8]> = region.except.iter().map(AsRef::as_ref).collect();
        let visited = visit_gaps(prefix, &holes, &|at| domain.symbols(at), &mut |gap| {
            let free = length - gap.len().max(kept_from);
            let kept = gap.get(kept_from..).unwrap_or_default();
            let mut step = || {
                let state = self.table.follow(start, kept)?;
                let at = Position { state, length: result_length, free };
                let treatments = self.ahead(at, kept_from + kept.len() == 0)?;
                for treatment in treatments.iter().filter(|one| wanted.contains(*one)) {
                    let mut number = gap.to_vec();
                    number.resize(length - free, b'0');
                    self.complete(&mut number, at, treatment)?;
                    self.offer(rule, treatment, number);
                }
                wanted = wanted.without(treatments);
                Ok(())
            };
            match step() {
                Ok(()) => wanted.is_empty().then_some(Ok(())),
                Err(error) => Some(Err(error)),
            }
        });
        visited.unwrap_or(Ok(()))
    }

    /// The treatments that free symbols can lead to; `is_first` if the first of them is the first
    /// of the number.
    fn ahead(&mut self, at: Position, is_first: bool) -> Result<Treatments, TooManyStates> {
        let Position { state, length, free } = at;
        if state == DEAD {
            return Ok(Treatment::Untaken.into());
        }
        if free == 0 {
            return self.table.end(state, length);
        }
        let key = (state, length, free);
        if let Some(known) = self.ahead.get(&key).filter(|_| !is_first) {
            return Ok(*known);
        }
        let mut all = Treatments::default();
        for (_, symbol) in self.symbols(is_first) {
            let next = self.table.after(at, symbol)?;
            all = all.with(self.ahead(next, false)?);
        }
        if !is_first {
            self.ahead.insert(key, all);
        }
        Ok(all)
    }

    fn symbols(&self, is_first: bool) -> Vec<(u8, Option<usize>)> {
        if is_first { distinct(self.domain.symbols(0)) } else { self.later.clone() }
    }

    /// Completes a number with the first symbols that lead to a treatment.
    fn complete(
        &mut self,
        number: &mut Vec<u8>,
        mut at: Position,
        treatment: Treatment,
    ) -> Result<(), TooManyStates> {
        while at.free > 0 {
            for (byte, symbol) in self.symbols(number.is_empty()) {
                let next = self.table.after(at, symbol)?;
                if self.ahead(next, false)?.contains(treatment) {
                    number.push(byte);
                    at = next;
                    break;
                }
            }
        }
        Ok(())
    }

    /// Keeps a number unless the known one comes before it.
    fn offer(&mut self, rule: usize, treatment: Treatment, number: Vec<u8>) {
        let known = &mut self.found.entry(rule).or_default()[treatment as usize];
        if known.as_ref().is_none_or(|known| Domain::compare(&number, known).is_lt()) {
            *known = Some(number);
        }
    }

    fn into_rules(self) -> Result<Vec<RoutedRule>, TooManyStates> {
        let mut found: Vec<(usize, Found)> = self.found.into_iter().collect();
        found.sort_by_key(|(rule, _)| *rule);
        let mut routed = Vec::with_capacity(found.len());
        for (rule, found) in found {
            let mut examples = Vec::new();
            for (treatment, number) in Treatment::ALL.into_iter().zip(found) {
                let Some(number) = number else { continue };
                let result = apply_rule(self.rules.get(rule), &number);
                let patterns = self.table.look_up(&result)?.patterns;
                examples.push(RoutedExample { treatment, number, result, patterns });
            }
            routed.push(RoutedRule { rule, examples });
        }
        Ok(routed)
    }
}

impl RouteTable {
    fn after(&mut self, at: Position, symbol: Option<usize>) -> Result<Position, TooManyStates> {
        let state = match symbol {
            Some(symbol) => self.automaton.next(at.state, symbol)?,
            None => DEAD,
        };
        Ok(Position { state, free: at.free - 1, ..at })
    }
}

/// The symbols that differ for patterns: of those that no pattern has, only the first.
fn distinct(symbols: &[u8]) -> Vec<(u8, Option<usize>)> {
    let mut has_other = false;
    let positions = symbols.iter().map(|byte| (*byte, symbol(*byte)));
    positions
        .filter(|(_, symbol)| symbol.is_some() || !std::mem::replace(&mut has_other, true))
        .collect()
}
