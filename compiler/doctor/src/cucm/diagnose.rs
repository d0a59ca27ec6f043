//! From what was seen of a cluster to a diagnosis.

use adr_analysis::routing::Treatment;

use super::case::Case;
use super::cause::{CHECKS, counted};
use super::observation::{Answer, Observations, Service};
use crate::cause::run;
use crate::diagnosis::{Diagnosis, Unseen};
use crate::step::{Area, Step};

/// Judges what was seen of a cluster.
///
/// ```
/// use adr_doctor::cucm::{Observations, diagnose};
///
/// let seen = Observations { nodes: Some(Vec::new()), ..Observations::default() };
/// assert_eq!(diagnose(&seen).names(), ["no-tftp-node"]);
/// ```
#[must_use]
pub fn diagnose(seen: &Observations) -> Diagnosis {
    let case = Case::of(seen.clone());
    let found = run(CHECKS, &case);
    let mut diagnosis = Diagnosis::of(Area::Cucm, &*seen.cluster, &facts(&case), found);
    diagnosis.remarks = remarks(&case);
    diagnosis.unseen = unseen(&case);
    diagnosis.unjudged = unjudged(&case);
    diagnosis
}

/// Most flagged patterns that are named because their numbers cannot be listed.
const MAX_UNLISTED: usize = 10;

/// Why causes about the numbers of flagged patterns cannot be judged of each number.
const UNLISTED: &str = "the numbers of a flagged pattern cannot be listed";

/// The causes that cannot be judged although their step was looked at, with what they need.
fn unjudged(case: &Case) -> Vec<(&'static str, &'static str)> {
    let seen = &case.seen;
    let (plan, patterns) = (seen.plan.as_ref(), seen.patterns.as_ref());
    let names_emergency = plan.is_some_and(|plan| plan.emergency.is_some());
    let has_flags = patterns.is_some_and(|patterns| patterns.has_emergency_flags);
    let no_plan = match plan {
        None => "no dial plan is given",
        Some(_) => "the dial plan does not name its emergency numbers",
    };
    let no_flags = "patterns of this cluster or file have no emergency flags";
    let has_all_numbers = case.routed().is_none_or(|routing| routing.unlisted.is_empty());
    let needs = [
        ("files-differ-from-plan", no_plan, plan.is_some()),
        ("emergency-number-not-flagged", no_plan, names_emergency),
        ("emergency-number-not-flagged", no_flags, has_flags),
        ("flagged-number-not-in-plan", no_plan, names_emergency),
        ("flagged-number-not-in-plan", no_flags, has_flags),
        ("flagged-number-not-in-plan", UNLISTED, has_all_numbers),
        ("rule-reaches-emergency-pattern", no_flags, has_flags),
        ("emergency-number-sent-elsewhere", no_flags, has_flags),
        ("emergency-number-sent-elsewhere", UNLISTED, has_all_numbers),
        ("emergency-number-not-routed", no_plan, names_emergency || has_flags),
        ("files-differ-from-database", "the rules of CUCM were not read", seen.database.is_some()),
        ("softphone-with-precedence", "the MLPP domains were not read", seen.mlpp.is_some()),
    ];
    let missing = needs.into_iter().filter(|(.., is_given)| !is_given);
    missing.map(|(name, why, _)| (name, why)).collect()
}

/// The steps that were looked at, with a short fact for each.
fn facts(case: &Case) -> Vec<(Step, String)> {
    let seen = &case.seen;
    let release = seen.release.as_ref().map(|text| match case.release {
        Some(release) => format!("CUCM {release}"),
        None => format!("`{}`", adr_diagnostic::visible(text)),
    });
    let granted = seen.access.iter().filter(|one| one.answer == Answer::Granted).count();
    let roles = (!seen.access.is_empty())
        .then(|| format!("{granted} of {} questions answered", seen.access.len()));
    let nodes = seen.nodes.as_ref().map(|nodes| format!("{} with Cisco Tftp", nodes.len()));
    let has_files = seen.nodes.iter().flatten().any(|node| matches!(node.files, Some(Ok(_))));
    let files = has_files.then(|| counted(seen.contents.len(), "distinct file"));
    let emergency = case.routed().map(|routing| counted(routing.emergency.len(), "number"));
    let routing = case.routed().map(|routing| {
        let patterns = seen.patterns.as_ref().map_or(0, |patterns| patterns.list.len());
        format!("{}, {}", counted(routing.rules.len(), "rule"), counted(patterns, "pattern"))
    });
    let facts = [
        (Step::Release, release),
        (Step::Roles, roles),
        (Step::Nodes, nodes),
        (Step::Files, files),
        (Step::Emergency, emergency),
        (Step::Routing, routing),
    ];
    facts.into_iter().filter_map(|(step, fact)| Some((step, fact?))).collect()
}

/// Results that are not findings.
fn remarks(case: &Case) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(release) = case.release {
        remarks.push(match release.publishes_by_itself() {
            true => format!(
                "CUCM {release} publishes its own dial rules by itself: an edit on its page may \
                 write its files over those of `adrc deploy`"
            ),
            false => format!(
                "CUCM {release} publishes its own dial rules by COP file only: an edit on its page \
                 does not change the files on the TFTP nodes"
            ),
        });
    }
    let Some(routing) = case.routed() else { return remarks };
    remarks.push(format!("the rules of {} were followed", case.rules_words()));
    remarks.push(match &case.seen.search_space {
        None => {
            "all partitions were taken together; `--search-space` names those that a softphone \
                 can dial, in order"
                .to_owned()
        }
        Some(names) if names.is_empty() => {
            "only patterns without a partition were looked at".to_owned()
        }
        Some(names) => format!("the search space is {}, then no partition", listed(names)),
    });
    if let Some(longest) = routing.longest {
        remarks.push(format!("dialed numbers of more than {longest} digits were not followed"));
    }
    for (treatment, what) in [
        (
            Treatment::Undecided,
            "cannot be decided: a numbering plan (`@`) or the order of equally \
                                close patterns decides",
        ),
        (
            Treatment::Translated,
            "go to a translation pattern, which changes the number; what \
                                 becomes of it was not followed",
        ),
    ] {
        let mut rules = case.with(treatment);
        if let Some((rule, example)) = rules.next() {
            let more = match rules.count() {
                0 => String::new(),
                more => format!("; so do some of {more} more"),
            };
            let (rule, example) = (case.rule_words(rule.rule), case.example_words(example));
            remarks.push(format!("some numbers of {rule} {what}: {example}{more}"));
        }
    }
    remarks
}

fn listed(names: &[String]) -> String {
    let quoted = names.iter().map(|name| format!("`{}`", adr_diagnostic::visible(name)));
    quoted.collect::<Vec<_>>().join(", ")
}

/// What nobody could look at, with what would make it visible.
fn unseen(case: &Case) -> Vec<Unseen> {
    let seen = &case.seen;
    let mut unseen = Vec::new();
    let mut add = |what: &str, why: &str| {
        unseen.push(Unseen { what: what.to_owned(), why: why.to_owned() });
    };
    for one in seen.access.iter().filter(|one| one.answer != Answer::Granted) {
        let service = match one.service {
            Service::Axl => "AXL",
            Service::ControlCenter => "ControlCenterServices",
            Service::Files => "the node",
        };
        let why = match &one.answer {
            Answer::Unauthorized => "rejects the user or the password (HTTP 401)".to_owned(),
            Answer::Forbidden => "says that a role is missing (HTTP 403)".to_owned(),
            Answer::Failed(error) => format!("did not answer: {}", adr_diagnostic::visible(error)),
            Answer::NotAsked(why) => format!("was not asked: {}", adr_diagnostic::visible(why)),
            Answer::Granted => continue,
        };
        add(&one.what, &format!("{service} {why}"));
    }
    if seen.access.is_empty() {
        add("the cluster", "no cluster was asked; `cucm://HOST` looks at release, roles and nodes");
    }
    for node in seen.nodes.iter().flatten() {
        let state = node.state.as_deref().unwrap_or("Started");
        if !matches!(state, "Started" | "Stopped") {
            let (name, state) =
                (adr_diagnostic::visible(&node.name), adr_diagnostic::visible(state));
            let why = format!("its state is `{state}`; look again in some minutes");
            add(&format!("whether Cisco Tftp runs on `{name}`"), &why);
        }
    }
    for partition in case.seen.unknown_partitions() {
        let what = format!("the partition `{}`", adr_diagnostic::visible(partition));
        add(&what, "no pattern that was read is in it; compare its name with that in CUCM");
    }
    if seen.plan.is_none() {
        add("a dial plan", "none is given; PLAN compares files and emergency numbers with it");
    }
    if let Some(plan) = seen.plan.as_ref().filter(|plan| plan.sites > 0) {
        let why =
            "TFTP nodes of CUCM serve the default view only, and so the doctor looked at that";
        add(&format!("the views of {}", counted(plan.sites, "site")), why);
    }
    let unlisted = case.routed().map(|routing| &routing.unlisted[..]).unwrap_or_default();
    for (at, why) in unlisted.iter().take(MAX_UNLISTED) {
        let what = format!("each number of a flagged pattern, the {}", case.pattern_words(*at));
        add(&what, &format!("{why}; compare it by hand with `emergency` of the dial plan"));
    }
    if let Some(more) = unlisted.len().checked_sub(MAX_UNLISTED).filter(|more| *more > 0) {
        add("each number of other flagged patterns", &format!("{more} more cannot be listed"));
    }
    match &case.routing {
        Some(Err(error)) => add("what becomes of the results of rules", &error.to_string()),
        Some(Ok(_)) => add(
            "directory numbers, hunt pilots and other patterns",
            "AXL lists route and translation patterns apart from them; a number that no pattern \
             here takes may be one of them",
        ),
        None => {}
    }
    if seen.patterns.as_ref().is_some_and(|patterns| !patterns.has_emergency_flags) {
        add(
            "emergency flags",
            "patterns of this cluster or file do not have them (AXL before 11.0)",
        );
    }
    if seen.plan.as_ref().is_some_and(|plan| plan.emergency.is_none()) {
        add("emergency numbers of the plan", "deployed files do not name them; give rule sources");
    }
    unseen
}
