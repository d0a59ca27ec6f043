//! Checks what nodes and cores were seen to run, whatever happened to them meanwhile.
//!
//! Nodes are named, and so are cores. A [`History`] is complete if an observer recorded what every
//! node kept and served, and what every core dialed. Then [`History::violations`] is empty if and
//! only if
//!
//! * a number of a generation stands for one content, at all nodes and cores,
//! * no core and no node went back to an older generation, also over restarts,
//! * each result is the one of the rules of the generation that the core reported,
//! * a generation that a publisher called published is kept with the rules that were published.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// A generation: its number and the SHA-256 of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) generation: u64,
    pub(crate) sha256: String,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A node has this generation in its folder; `results` are those of its rules by number.
    Kept { node: String, id: Id, results: BTreeMap<String, String> },
    /// A node serves this generation.
    Served { node: String, id: Id },
    /// A core runs this generation and dialed.
    Dialed { core: String, id: Id, number: String, result: String },
    /// A publisher said that its rules, which give these results, are this generation.
    Acknowledged { generation: u64, results: BTreeMap<String, String> },
}

/// Why a history is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A number stands for two contents.
    TwoContents { generation: u64, sha256: [String; 2] },
    /// A node or a core went back.
    WentBack { who: String, at: Duration, from: u64, to: u64 },
    /// A core dialed by other rules than those of its generation.
    WrongResult { core: String, at: Duration, generation: u64, number: String, result: String },
    /// A core or a node runs a generation that no node ever kept.
    NeverPublished { who: String, generation: u64 },
    /// A generation that was called published has other rules, or no node kept it.
    Lost { generation: u64 },
    /// A node or a core ended at another generation than the newest one.
    LeftBehind { who: String, ended: u64, newest: u64 },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What was seen, oldest first, each with the time since the beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    events: Vec<(Duration, Event)>,
}

impl History {
    /// Adds what was seen at a time.
    pub(crate) fn push(&mut self, at: Duration, event: Event) {
        self.events.push((at, event));
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// How many generations were seen.
    pub(crate) fn generations(&self) -> usize {
        self.events.iter().filter_map(|(_, event)| event.id()).collect::<BTreeSet<_>>().len()
    }

    /// Everything that is wrong, in the order of the list of this module.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        let mut found = self.contents();
        found.extend(self.steps_back());
        found.extend(self.wrong_results());
        found.extend(self.lost());
        found
    }

    /// Nodes and cores that did not end at the newest generation.
    pub(crate) fn left_behind(&self) -> Vec<Violation> {
        let newest = self.events.iter().filter_map(|(_, event)| event.id()).max();
        let mut last: BTreeMap<String, &Id> = BTreeMap::new();
        for (_, event) in &self.events {
            if let Some((who, id)) = event.ran() {
                last.insert(who, id);
            }
        }
        let behind = last.into_iter().filter(|(_, id)| Some(*id) != newest);
        behind
            .map(|(who, id)| Violation::LeftBehind {
                who,
                ended: id.generation,
                newest: newest.map_or(0, |id| id.generation),
            })
            .collect()
    }

    fn contents(&self) -> Vec<Violation> {
        let mut contents: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
        for id in self.events.iter().filter_map(|(_, event)| event.id()) {
            contents.entry(id.generation).or_default().insert(&id.sha256);
        }
        let doubled = contents.into_iter().filter(|(_, sha256)| sha256.len() > 1);
        doubled
            .map(|(generation, sha256)| {
                let mut sha256 = sha256.into_iter().map(str::to_owned);
                let pair = [sha256.next(), sha256.next()].map(Option::unwrap_or_default);
                Violation::TwoContents { generation, sha256: pair }
            })
            .collect()
    }

    fn steps_back(&self) -> Vec<Violation> {
        let mut ran: BTreeMap<String, u64> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, event) in &self.events {
            let Some((who, id)) = event.ran() else { continue };
            let before = ran.entry(who.clone()).or_default();
            if id.generation < *before {
                let (from, to) = (*before, id.generation);
                found.push(Violation::WentBack { who, at: *at, from, to });
            }
            *before = id.generation;
        }
        found
    }

    fn wrong_results(&self) -> Vec<Violation> {
        let kept = self.kept();
        let mut found = Vec::new();
        for (at, event) in &self.events {
            let Some((who, id)) = event.ran() else { continue };
            let Some(results) = kept.get(id) else {
                let missing = Violation::NeverPublished { who, generation: id.generation };
                if !found.contains(&missing) {
                    found.push(missing);
                }
                continue;
            };
            let Event::Dialed { core, number, result, .. } = event else { continue };
            if results.get(number) != Some(result) {
                found.push(Violation::WrongResult {
                    core: core.clone(),
                    at: *at,
                    generation: id.generation,
                    number: number.clone(),
                    result: result.clone(),
                });
            }
        }
        found
    }

    fn lost(&self) -> Vec<Violation> {
        let kept = self.kept();
        let is_lost = |(_, event): &(Duration, Event)| match event {
            Event::Acknowledged { generation, results } => {
                let mut same = kept.iter().filter(|(id, _)| id.generation == *generation);
                let is_kept = same.any(|(_, kept)| *kept == results);
                (!is_kept).then_some(Violation::Lost { generation: *generation })
            }
            _ => None,
        };
        self.events.iter().filter_map(is_lost).collect()
    }

    /// The results of each generation that a node kept.
    fn kept(&self) -> BTreeMap<&Id, &BTreeMap<String, String>> {
        let kept = self.events.iter().filter_map(|(_, event)| match event {
            Event::Kept { id, results, .. } => Some((id, results)),
            _ => None,
        });
        kept.collect()
    }
}

impl Event {
    fn id(&self) -> Option<&Id> {
        match self {
            Self::Kept { id, .. } | Self::Served { id, .. } | Self::Dialed { id, .. } => Some(id),
            Self::Acknowledged { .. } => None,
        }
    }

    /// Who ran which generation.
    fn ran(&self) -> Option<(String, &Id)> {
        match self {
            Self::Served { node, id } => Some((format!("node {node}"), id)),
            Self::Dialed { core, id, .. } => Some((format!("core {core}"), id)),
            Self::Kept { .. } | Self::Acknowledged { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(generation: u64, sha256: &str) -> Id {
        Id { generation, sha256: sha256.to_owned() }
    }

    fn results(result: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("5551212".to_owned(), result.to_owned())])
    }

    fn kept(node: &str, id: Id, result: &str) -> Event {
        Event::Kept { node: node.to_owned(), id, results: results(result) }
    }

    fn served(node: &str, id: Id) -> Event {
        Event::Served { node: node.to_owned(), id }
    }

    fn dialed(core: &str, id: Id, result: &str) -> Event {
        let number = "5551212".to_owned();
        Event::Dialed { core: core.to_owned(), id, number, result: result.to_owned() }
    }

    /// Two generations at two nodes, and a core at each.
    fn good() -> Vec<Event> {
        vec![
            kept("a", id(1, "x"), "15551212"),
            served("a", id(1, "x")),
            dialed("one", id(1, "x"), "15551212"),
            kept("b", id(1, "x"), "15551212"),
            served("b", id(1, "x")),
            dialed("two", id(1, "x"), "15551212"),
            Event::Acknowledged { generation: 2, results: results("25551212") },
            kept("a", id(2, "y"), "25551212"),
            served("a", id(2, "y")),
            kept("b", id(2, "y"), "25551212"),
            served("b", id(2, "y")),
            dialed("two", id(2, "y"), "25551212"),
            dialed("one", id(2, "y"), "25551212"),
        ]
    }

    fn history(events: Vec<Event>) -> History {
        let mut history = History::default();
        for (second, event) in (0..).zip(events) {
            history.push(Duration::from_secs(second), event);
        }
        history
    }

    fn with(event: Event) -> History {
        let mut events = good();
        events.push(event);
        history(events)
    }

    #[test]
    fn good_history_has_no_violation() {
        let good = history(good());
        assert_eq!((good.violations(), good.left_behind()), (Vec::new(), Vec::new()));
        assert_eq!((good.len(), good.generations()), (13, 2));
    }

    #[test]
    fn second_content_of_a_number_is_found() {
        let sha256 = ["y", "z"].map(str::to_owned);
        let expected = Violation::TwoContents { generation: 2, sha256 };
        let found = with(kept("b", id(2, "z"), "25551212")).violations();
        assert_eq!(found, std::slice::from_ref(&expected));
        let found = with(dialed("one", id(2, "z"), "25551212")).violations();
        assert!(found.contains(&expected), "{found:?}");
    }

    #[test]
    fn step_back_of_a_core_or_a_node_is_found() {
        let at = Duration::from_secs(13);
        let back = |who: &str| Violation::WentBack { who: who.to_owned(), at, from: 2, to: 1 };
        let core = with(dialed("one", id(1, "x"), "15551212"));
        assert_eq!(core.violations(), [back("core one")]);
        let node = with(served("b", id(1, "x")));
        assert_eq!(node.violations(), [back("node b")]);
        let behind = Violation::LeftBehind { who: "node b".to_owned(), ended: 1, newest: 2 };
        assert_eq!(node.left_behind(), [behind]);
    }

    #[test]
    fn result_of_other_rules_is_found() {
        let found = with(dialed("one", id(2, "y"), "15551212")).violations();
        let [Violation::WrongResult { core, generation: 2, result, .. }] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((core.as_str(), result.as_str()), ("one", "15551212"));
    }

    #[test]
    fn generation_that_no_node_kept_is_found() {
        let found = with(dialed("one", id(3, "z"), "35551212")).violations();
        let who = "core one".to_owned();
        assert_eq!(found, [Violation::NeverPublished { who, generation: 3 }]);
    }

    #[test]
    fn acknowledged_generation_that_is_gone_or_another_is_found() {
        let acknowledged =
            |generation, result| Event::Acknowledged { generation, results: results(result) };
        let found = with(acknowledged(3, "35551212")).violations();
        assert_eq!(found, [Violation::Lost { generation: 3 }]);
        let found = with(acknowledged(2, "35551212")).violations();
        assert_eq!(found, [Violation::Lost { generation: 2 }]);
    }

    #[test]
    fn node_that_missed_the_last_generation_is_left_behind() {
        let mut events = good();
        events.retain(|event| *event != served("b", id(2, "y")));
        let behind = Violation::LeftBehind { who: "node b".to_owned(), ended: 1, newest: 2 };
        assert_eq!(history(events).left_behind(), [behind]);
    }

    /// A core that reports another generation than the one it dials by is found at every step, and
    /// so is a node that serves an older one.
    #[test]
    fn exchanged_generation_is_found_at_every_step() {
        for at in 0..good().len() {
            let mut events = good();
            match &mut events[at] {
                Event::Served { id: changed, .. } if changed.generation == 2 => {
                    *changed = id(1, "x");
                }
                Event::Dialed { id: changed, .. } if changed.generation == 2 => {
                    *changed = id(1, "x");
                }
                Event::Dialed { id: changed, .. } => *changed = id(2, "y"),
                _ => continue,
            }
            let history = history(events);
            let found = [history.violations(), history.left_behind()].concat();
            assert!(!found.is_empty(), "step {at}");
        }
    }
}
