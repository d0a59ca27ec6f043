//! What was seen of a cluster, with what several checks need to know.

use std::collections::BTreeSet;

use adr_analysis::Domain;
use adr_analysis::routing::{
    Route, RoutePattern, RouteTable, RoutedExample, RoutedRule, TooManyStates, Treatment,
    UnreadPattern,
};
use adr_cucm::{PatternError, Release, pattern_numbers};
use adr_engine::{DialString, Rule, apply};

use super::observation::{Content, Dialed, File, Lists, Node, Observations, PatternKind, SeenRule};

/// Most emergency numbers of flagged patterns that are tried one by one.
const FLAGGED_NUMBERS: usize = 1_000;

/// What was seen, and what follows from it.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) seen: Observations,
    /// The release, if it can be read.
    pub(crate) release: Option<Release>,
    /// The application dial rules that clients use, and where they come from.
    pub(crate) rules: Option<(Origin, Vec<SeenRule>)>,
    /// What becomes of what these rules send out.
    pub(crate) routing: Option<Result<Routing, TooManyStates>>,
}

/// Where the rules come from that are followed through the patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Plan,
    Files,
    Database,
}

impl Origin {
    /// As in "the rules of …".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Plan => "the dial plan",
            Self::Files => "the files on the TFTP nodes",
            Self::Database => "the database of CUCM",
        }
    }
}

/// What becomes of what rules send out.
#[derive(Debug)]
pub(crate) struct Routing {
    /// The rules that win numbers other than emergency numbers, by their positions from 0.
    pub(crate) rules: Vec<RoutedRule>,
    /// The length of the longest numbers that this covers; `None` for all.
    pub(crate) longest: Option<usize>,
    /// The emergency numbers of plan and cluster.
    pub(crate) emergency: Vec<EmergencyNumber>,
    /// The flagged patterns whose numbers cannot be listed, by position, with the reason.
    pub(crate) unlisted: Vec<(usize, String)>,
    pub(crate) unread: Vec<UnreadPattern>,
}

/// What becomes of an emergency number.
#[derive(Debug)]
pub(crate) struct EmergencyNumber {
    pub(crate) number: String,
    /// What the rules send out for it.
    pub(crate) result: String,
    pub(crate) route: Route,
    /// Whether the dial plan lists it.
    pub(crate) is_in_plan: bool,
    /// A flagged pattern that it is a number of, by position.
    pub(crate) flagged_by: Option<usize>,
}

impl Case {
    pub(crate) fn of(seen: Observations) -> Self {
        let rules = rules_of_clients(&seen);
        let routing = rules.as_ref().zip(seen.patterns.as_ref());
        let routing = routing.map(|((_, rules), _)| Routing::of(&seen, rules));
        let release = seen.release.as_deref().and_then(Release::new);
        Self { release, rules, routing, seen }
    }

    /// The routing, if it is known.
    pub(crate) fn routed(&self) -> Option<&Routing> {
        self.routing.as_ref()?.as_ref().ok()
    }

    /// The files of the nodes that answered, with their nodes and what clients make of them.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Node, &File, &Content)> {
        let nodes = self.seen.nodes.iter().flatten();
        let files = nodes.flat_map(|node| node_files(node).map(move |file| (node, file)));
        files.filter_map(|(node, file)| {
            let content = self.seen.contents.get(file.sha256.as_ref()?)?;
            Some((node, file, content))
        })
    }

    /// Where the rules come from, as in "the rules of …".
    pub(crate) fn rules_words(&self) -> &'static str {
        self.rules.as_ref().map_or("the cluster", |(origin, _)| origin.words())
    }

    /// A rule by position, for a message: its name if it has one, and what it matches.
    pub(crate) fn rule_words(&self, at: usize) -> String {
        let rule = self.rules.as_ref().and_then(|(_, rules)| rules.get(at));
        let Some(rule) = rule else { return format!("rule {}", at + 1) };
        let named = match rule.name.as_str() {
            "" => format!("rule {}", at + 1),
            name => format!("rule {} `{}`", at + 1, adr_diagnostic::visible(name)),
        };
        let begins_with = match rule.begins_with.as_str() {
            "" => String::new(),
            text => format!(" beginning with `{}`", adr_diagnostic::visible(text)),
        };
        let digits = match rule.digits {
            1.. => format!("{} digits", rule.digits),
            _ => "any length".to_owned(),
        };
        format!("{named} ({digits}{begins_with})")
    }

    /// A pattern by position, for a message. A directory number is never shown.
    pub(crate) fn pattern_words(&self, at: usize) -> String {
        let pattern = self.seen.patterns.as_ref().and_then(|patterns| patterns.list.get(at));
        let Some(pattern) = pattern else { return "a pattern".to_owned() };
        let kind = match pattern.kind {
            PatternKind::Route => "route pattern",
            PatternKind::Translation => "translation pattern",
            PatternKind::Other => return "a pattern of another kind".to_owned(),
        };
        let text = format!("{kind} `{}`", adr_diagnostic::visible(&pattern.pattern));
        match pattern.partition.as_str() {
            "" => text,
            partition => format!("{text} in `{}`", adr_diagnostic::visible(partition)),
        }
    }

    /// An example as a line of evidence: dialed number, result, pattern.
    pub(crate) fn example_words(&self, example: &RoutedExample) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let [number, result] = [&example.number, &example.result].map(|bytes| text(bytes));
        let taken = match &example.patterns[..] {
            [] => "no pattern".to_owned(),
            [only] => self.pattern_words(*only),
            [first, more @ ..] => {
                format!("{} and {} as close", self.pattern_words(*first), more.len())
            }
        };
        format!("`{number}` -> `{result}` -> {taken}")
    }

    /// The rules with an example of a treatment, each with the example.
    pub(crate) fn with(
        &self,
        treatment: Treatment,
    ) -> impl Iterator<Item = (&RoutedRule, &RoutedExample)> {
        let rules = self.routed().into_iter().flat_map(|routing| &routing.rules);
        rules.filter_map(move |rule| {
            let example = rule.examples.iter().find(|example| example.treatment == treatment)?;
            Some((rule, example))
        })
    }
}

/// The files of a node that answered.
pub(crate) fn node_files(node: &Node) -> impl Iterator<Item = &File> {
    node.files.iter().filter_map(|files| files.as_ref().ok()).flatten()
}

/// The application dial rules of the plan, else those that the nodes serve, else those of the
/// database.
fn rules_of_clients(seen: &Observations) -> Option<(Origin, Vec<SeenRule>)> {
    if let Some(plan) = &seen.plan {
        return Some((Origin::Plan, plan.lists.application.clone()));
    }
    let files = seen.nodes.iter().flatten().flat_map(node_files);
    let mut files: Vec<&File> = files.filter(|file| file.is_application()).collect();
    // clients ask for the file in the folder first
    files.sort_by_key(|file| !file.path.contains('/'));
    let content = files.into_iter().find_map(|file| seen.contents.get(file.sha256.as_ref()?));
    if let Some(content) = content {
        return Some((Origin::Files, content.rules.clone()));
    }
    seen.database.as_ref().map(|lists: &Lists| (Origin::Database, lists.application.clone()))
}

impl Routing {
    fn of(seen: &Observations, rules: &[SeenRule]) -> Result<Self, TooManyStates> {
        let rules: Vec<Rule> = rules.iter().map(SeenRule::rule).collect();
        let list = seen.patterns.as_ref().map(|patterns| &patterns.list[..]).unwrap_or_default();
        let patterns: Vec<RoutePattern> = list.iter().map(super::Pattern::to_route).collect();
        let mut table = RouteTable::new(&patterns, seen.search_space.as_deref());
        let flagged = Flagged::of(seen);
        let emergency = emergency_numbers(seen, &flagged, &rules, &mut table)?;
        let known: BTreeSet<&str> = emergency.iter().map(|known| &*known.number).collect();
        // rules in front keep the emergency numbers out of the answer about the others
        let kept = known.iter().filter_map(|number| {
            // zero digits would stand for any length
            let digits = u32::try_from(number.len()).ok().filter(|digits| *digits > 0)?;
            let text = DialString::new(number).ok()?;
            Rule::new(text, digits, 0, DialString::new("").ok()?).ok()
        });
        let mut all: Vec<Rule> = kept.collect();
        let kept = all.len();
        all.extend(rules);
        let domain = match seen.dialed {
            Dialed::Digits => Domain::Digits,
            Dialed::Dialable => Domain::Dialable,
            Dialed::Anything => Domain::Anything,
        };
        let routed = table.routed(&all, domain)?;
        let own = routed.rules.into_iter().filter_map(|routed| {
            let rule = routed.rule.checked_sub(kept)?;
            Some(RoutedRule { rule, ..routed })
        });
        let rules = own.collect();
        let unread = table.unread().to_vec();
        let unlisted = flagged.unlisted;
        Ok(Self { rules, longest: routed.longest, emergency, unlisted, unread })
    }
}

/// The patterns that are flagged for emergency numbers and that can be dialed, by position.
#[derive(Default)]
struct Flagged {
    numbers: Vec<(String, usize)>,
    /// Those whose numbers cannot be listed, with the reason.
    unlisted: Vec<(usize, String)>,
}

impl Flagged {
    fn of(seen: &Observations) -> Self {
        let mut flagged = Self::default();
        let patterns = seen.patterns.iter().flat_map(|patterns| patterns.list.iter().enumerate());
        let is_dialable = |partition: &String| {
            let listed = seen.search_space.as_ref();
            partition.is_empty() || listed.is_none_or(|names| names.contains(partition))
        };
        let is_flagged = |pattern: &super::Pattern| {
            pattern.is_emergency && !pattern.is_blocked && is_dialable(&pattern.partition)
        };
        for (at, pattern) in patterns.filter(|(_, pattern)| is_flagged(pattern)) {
            let room = FLAGGED_NUMBERS.saturating_sub(flagged.numbers.len());
            match pattern_numbers(&pattern.pattern, room) {
                Ok(found) => flagged.numbers.extend(found.into_iter().map(|number| (number, at))),
                Err(PatternError::TooMany { .. }) => {
                    let why = format!("flagged patterns have more than {FLAGGED_NUMBERS} numbers");
                    flagged.unlisted.push((at, why));
                }
                Err(error) => flagged.unlisted.push((at, error.to_string())),
            }
        }
        flagged
    }
}

/// The emergency numbers of the plan and of flagged patterns, sorted, each once.
fn emergency_numbers(
    seen: &Observations,
    flagged: &Flagged,
    rules: &[Rule],
    table: &mut RouteTable,
) -> Result<Vec<EmergencyNumber>, TooManyStates> {
    let plan = seen.plan.as_ref().and_then(|plan| plan.emergency.as_ref());
    let mut numbers: BTreeSet<String> = plan.into_iter().flatten().cloned().collect();
    let in_plan = numbers.clone();
    numbers.extend(flagged.numbers.iter().map(|(number, _)| number.clone()));
    let route = |number: String| {
        let result = apply(rules, number.as_bytes()).result;
        Ok(EmergencyNumber {
            route: table.look_up(&result)?,
            result: String::from_utf8_lossy(&result).into_owned(),
            is_in_plan: in_plan.contains(&number),
            flagged_by: flagged
                .numbers
                .iter()
                .find(|(known, _)| *known == number)
                .map(|(_, at)| *at),
            number,
        })
    };
    numbers.into_iter().map(route).collect()
}
