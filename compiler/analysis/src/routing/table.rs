//! The patterns of a search space, and which of them takes a number.

use num_bigint::BigUint;
use rustc_hash::FxHashMap;

use super::automaton::{Automaton, DEAD, MAX_STATES, START};
use super::closeness::Counter;
use super::pattern::{DialPattern, PatternSyntaxError, symbol};
use super::reach::Reach;
use super::treatment::{Treatment, Treatments};

/// A route or translation pattern, as far as routing depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutePattern {
    /// The pattern, such as `9.[2-9]XXXXXX`.
    pub pattern: String,
    /// The partition; empty for none.
    pub partition: String,
    /// Whether it is a translation pattern.
    pub is_translation: bool,
    /// Whether CUCM blocks calls to it.
    pub is_blocked: bool,
    /// Whether it is flagged as an emergency number.
    pub is_emergency: bool,
    /// Whether a call needs a forced authorization code.
    pub needs_authorization_code: bool,
    /// Whether a call needs a client matter code.
    pub needs_client_code: bool,
}

impl RoutePattern {
    /// What happens to numbers that the pattern takes.
    #[must_use]
    pub fn treatments(&self) -> Treatments {
        if self.is_blocked {
            return Treatment::Blocked.into();
        }
        let flags = [
            (self.is_emergency, Treatment::Emergency),
            (self.needs_authorization_code, Treatment::AuthorizationCode),
            (self.needs_client_code, Treatment::ClientCode),
            (self.is_translation, Treatment::Translated),
        ];
        let set: Treatments =
            flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).collect();
        if set.is_empty() { Treatment::Routed.into() } else { set }
    }
}

/// A pattern that adrc does not understand. It takes part in no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadPattern {
    /// Its position among the patterns given, counted from 0.
    pub pattern: usize,
    /// Why.
    pub error: PatternSyntaxError,
}

/// The patterns overlap in so many ways that the answer would need more memory than adrc takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyStates;

impl std::fmt::Display for TooManyStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the route patterns overlap in more than {MAX_STATES} ways")
    }
}

impl std::error::Error for TooManyStates {}

/// What happens to one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// What CUCM does with it; one treatment at least.
    pub treatments: Treatments,
    /// The patterns that take it, or those between which the answer is not decided, in the order
    /// given, by their positions counted from 0; none if no pattern matches.
    pub patterns: Vec<usize>,
}

/// A pattern that can be matched.
#[derive(Clone, Debug)]
struct Entry {
    counter: Counter,
    has_plan: bool,
    treatments: Treatments,
    /// The position of its partition in the search space; 0 without one.
    rank: u32,
}

/// The patterns of a search space.
///
/// ```
/// use adr_analysis::routing::{RoutePattern, RouteTable, Treatment};
///
/// let pattern = |text: &str| RoutePattern { pattern: text.to_owned(), ..RoutePattern::default() };
/// let blocked = RoutePattern { is_blocked: true, ..pattern("9.1900XXXXXXX") };
/// let mut table = RouteTable::new(&[pattern("9.1[2-9]XXXXXXXXX"), blocked], None);
/// let route = table.look_up(b"919005551212")?;
/// assert!(route.treatments.contains(Treatment::Blocked));
/// assert_eq!(route.patterns, [1]);
/// assert!(table.look_up(b"5551212")?.treatments.contains(Treatment::Untaken));
/// # Ok::<(), adr_analysis::routing::TooManyStates>(())
/// ```
#[derive(Clone, Debug)]
pub struct RouteTable {
    pub(super) automaton: Automaton,
    /// The patterns, `None` for those that are not read or are in no partition of the search space.
    entries: Vec<Option<Entry>>,
    unread: Vec<UnreadPattern>,
    reach: Reach,
    /// The treatments at the end of a number, by state and length.
    ends: FxHashMap<(u32, usize), Treatments>,
    /// The steps that are left for counting.
    budget: usize,
}

/// Most steps for counting the numbers of patterns with several elements that repeat.
const BUDGET: usize = 100_000_000;

impl RouteTable {
    /// The table of these patterns.
    ///
    /// With a search space, its partitions in order: patterns of other partitions are left out, and
    /// the order decides between patterns that are equally close. The partition of patterns without
    /// one is the empty text; CUCM searches it last, and so does this table, whether or not it is
    /// listed. Without a search space, all patterns count, and nothing decides.
    #[must_use]
    pub fn new(patterns: &[RoutePattern], search_space: Option<&[String]>) -> Self {
        let ranks = search_space.map(|partitions| {
            let listed = partitions.iter().map(String::as_str).filter(|name| !name.is_empty());
            let mut ranks: FxHashMap<&str, u32> = FxHashMap::default();
            for (rank, name) in (0..).zip(listed.chain([""])) {
                ranks.entry(name).or_insert(rank);
            }
            ranks
        });
        let rank = |partition: &str| match &ranks {
            Some(ranks) => ranks.get(partition).copied(),
            None => Some(0),
        };
        let mut unread = Vec::new();
        let mut read = Vec::new();
        for (at, pattern) in patterns.iter().enumerate() {
            match (rank(&pattern.partition), DialPattern::new(&pattern.pattern)) {
                (None, _) => read.push(None),
                (Some(rank), Ok(syntax)) => read.push(Some((rank, syntax))),
                (Some(_), Err(error)) => {
                    unread.push(UnreadPattern { pattern: at, error });
                    read.push(None);
                }
            }
        }
        let numbered = (0..).zip(&read);
        let numbered =
            numbered.filter_map(|(at, read)| read.as_ref().map(|(_, syntax)| (at, syntax)));
        let automaton = Automaton::new(numbered);
        let entry = |(pattern, read): (&RoutePattern, &Option<(u32, DialPattern)>)| {
            read.as_ref().map(|(rank, syntax)| Entry {
                counter: Counter::new(syntax),
                has_plan: syntax.has_plan,
                treatments: pattern.treatments(),
                rank: *rank,
            })
        };
        let entries = patterns.iter().zip(&read).map(entry).collect();
        let reach = Reach::of(read.iter().flatten().map(|(_, syntax)| syntax));
        Self { automaton, entries, unread, reach, budget: BUDGET, ends: FxHashMap::default() }
    }

    /// The patterns that are not understood, in the order given.
    #[must_use]
    pub fn unread(&self) -> &[UnreadPattern] {
        &self.unread
    }

    /// What happens to a number.
    ///
    /// # Errors
    ///
    /// The patterns overlap in too many ways.
    pub fn look_up(&mut self, number: &[u8]) -> Result<Route, TooManyStates> {
        let state = self.follow(START, number)?;
        self.route(state, number.len())
    }

    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// The treatments that can occur.
    pub(super) fn possible(&self) -> Treatments {
        let entries = self.entries.iter().flatten();
        let all = entries.fold(Treatments::default(), |all, entry| all.with(entry.treatments));
        all.with(Treatment::Untaken).with(Treatment::Undecided)
    }

    /// The state after some more bytes.
    pub(super) fn follow(&mut self, from: u32, bytes: &[u8]) -> Result<u32, TooManyStates> {
        bytes.iter().try_fold(from, |state, byte| match symbol(*byte) {
            Some(symbol) => self.automaton.next(state, symbol),
            None => Ok(DEAD),
        })
    }

    /// The treatments of numbers of a length that end in a state.
    pub(super) fn end(&mut self, state: u32, length: usize) -> Result<Treatments, TooManyStates> {
        if let Some(known) = self.ends.get(&(state, length)) {
            return Ok(*known);
        }
        let treatments = self.route(state, length)?.treatments;
        self.ends.insert((state, length), treatments);
        Ok(treatments)
    }

    /// What happens to numbers of a length that end in a state.
    fn route(&mut self, state: u32, length: usize) -> Result<Route, TooManyStates> {
        let mut best: Option<(BigUint, u32)> = None;
        let mut patterns = Vec::new();
        let mut plans = Vec::new();
        for at in self.automaton.ends(state) {
            let Some(entry) = &self.entries[at as usize] else { continue };
            if entry.has_plan {
                plans.push(at as usize);
                continue;
            }
            let key = (entry.counter.count(length, &mut self.budget)?, entry.rank);
            match best.as_ref().map(|best| key.cmp(best)) {
                Some(std::cmp::Ordering::Greater) => continue,
                Some(std::cmp::Ordering::Equal) => {}
                _ => {
                    patterns.clear();
                    best = Some(key);
                }
            }
            patterns.push(at as usize);
        }
        let is_single = best.as_ref().is_some_and(|(count, _)| *count == BigUint::from(1_u32));
        if !is_single {
            patterns.append(&mut plans);
        }
        patterns.sort_unstable();
        Ok(Route { treatments: self.decide(&patterns, best.is_some()), patterns })
    }

    /// The treatment on which all candidates agree. A numbering plan alone decides nothing, because
    /// it may not match.
    fn decide(&self, patterns: &[usize], is_certain: bool) -> Treatments {
        let mut all = patterns.iter().filter_map(|at| self.entries[*at].as_ref());
        let Some(first) = all.next() else { return Treatment::Untaken.into() };
        let agree = is_certain && all.all(|entry| entry.treatments == first.treatments);
        if agree { first.treatments } else { Treatment::Undecided.into() }
    }
}
