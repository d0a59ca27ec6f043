//! What the admin port asks: the history of the published folder, and what rules do with a number.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_bundle::Manifest;
use adr_engine::{Cleaner, Rule, trace, xml};
use adr_render::lists::{Rules, lines_of_file};
use adr_render::text::{client_words, count};
use adr_render::trace::{Skipped, steps};
use adr_server::{Backend, BlockedByRollback, History, PastGeneration, Trace, TraceStep, Trial};
use adr_watcher::publish::{
    Commit, HistoryEntry, PublishError, blocked_generations, recent_history,
};

use crate::panics;

/// Most rules in a trace. If more do not match, those that match the beginning of the number come
/// first.
const MAX_STEPS: usize = 100;

/// The characters of a commit, as git shows it.
const COMMIT_CHARACTERS: usize = 12;

/// The backend of `adrc serve`.
#[derive(Debug)]
pub(super) struct ServeBackend {
    /// The folder that is served or published into.
    pub(super) folder: Option<PathBuf>,
}

impl Backend for ServeBackend {
    fn history(&self, most: usize) -> Option<Result<History, String>> {
        let folder = self.folder.as_ref()?;
        Some(match recent_history(folder, most) {
            Ok(entries) => Ok(History {
                blocked: blocked_generations(&entries).map(|blocked| BlockedByRollback {
                    generations: blocked.generations,
                    since: blocked.since.and_then(time),
                }),
                generations: entries.into_iter().map(past).collect(),
            }),
            Err(PublishError::NothingPublished(_)) if folder.join(Manifest::FILE_NAME).exists() => {
                Err("This folder is a copy of one generation, without a history.".to_owned())
            }
            Err(error) => Err(error.to_string()),
        })
    }

    fn can_dial(&self) -> bool {
        true
    }

    fn dial(&self, trial: &Trial<'_>) -> Option<Trace> {
        Some(panics::without_message(|| dial(trial)))
    }
}

fn past(entry: HistoryEntry) -> PastGeneration {
    let renewal = entry.renewal_of.map(|first| format!("renewal of generation {first}"));
    let rollback = entry.rollback.map(|rollback| {
        let (from, to) = (rollback.from, rollback.to);
        format!("rolled back from {from} to {to}")
    });
    let damage = entry.damage.map(|damage| format!("damaged: {damage}"));
    let remarks: Vec<String> = [rollback, renewal, damage].into_iter().flatten().collect();
    PastGeneration {
        generation: entry.generation,
        published: entry.published.and_then(time),
        message: entry.annotation.message,
        user: entry.annotation.user,
        commit: entry.annotation.commit.as_ref().map(short),
        remark: remarks.join(", "),
        is_current: entry.is_current,
    }
}

/// The beginning of the hash, and a `+` where sources differ from the commit.
fn short(commit: &Commit) -> String {
    let id: String = commit.id.chars().take(COMMIT_CHARACTERS).collect();
    id + if commit.modified { "+" } else { "" }
}

fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Applies the rules that a client reads from the file to the number.
fn dial(trial: &Trial<'_>) -> Trace {
    let client = xml::read_as_client(trial.content);
    let is_valid = client.error.is_none();
    let lines = lines_of_file(trial.file, trial.content);
    let file = (!is_valid).then(|| format!("{}: {}", trial.file, client_words(&client)));
    let rules = Rules::of_file(trial.file, client.rules, lines, is_valid);
    let cleaned = Cleaner { letters: false }.clean(trial.number.as_bytes());
    let number = &*cleaned.number;
    let traced = trace(rules.rules(), number);
    let above = traced.skipped.len();
    let shown = if above < MAX_STEPS { Skipped::All } else { Skipped::Close };
    let mut steps = steps(&rules, number, shown);
    // the rule that decides is the last one
    steps.drain(..steps.len().saturating_sub(MAX_STEPS));
    let omitted = above - steps.iter().filter(|step| !step.wins).count();
    let step = |step: adr_render::trace::Step| TraceStep {
        position: step.position,
        rule: rules.rules().get(step.position - 1).map(pattern).unwrap_or_default(),
        place: step.place,
        wins: step.wins,
        reason: step.reason,
    };
    let remarks = [file, cleaned.changed(), cleaned.remark()];
    Trace {
        cleaned: String::from_utf8_lossy(number).into_owned(),
        result: String::from_utf8_lossy(&traced.applied.result).into_owned(),
        remarks: remarks.into_iter().flatten().collect(),
        steps: steps.into_iter().map(step).collect(),
        omitted,
    }
}

/// Which numbers a rule matches: "begins with 5, 7 digits".
fn pattern(rule: &Rule) -> String {
    let begins = match rule.begins_with() {
        "" => "any beginning".to_owned(),
        begins => format!("begins with {begins}"),
    };
    let length = rule.length().map_or("any length".to_owned(), |length| count(length, "digit"));
    format!("{begins}, {length}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(rules: &[(&str, usize, &str)]) -> String {
        let rules = rules.iter().map(|(begins, digits, prefix)| {
            format!(
                " <DialRule BeginsWith=\"{begins}\" NumDigits=\"{digits}\" DigitsToRemove=\"0\" PrefixWith=\"{prefix}\"/>\n"
            )
        });
        format!("<DialRules>\n{}</DialRules>\n", rules.collect::<String>())
    }

    fn tried(content: &str, number: &str) -> Trace {
        dial(&Trial { file: "AppDialRules.xml", content: content.as_bytes(), number })
    }

    #[test]
    fn trace_names_the_rule_that_decides_and_those_above_it() {
        let trace = tried(&file(&[("6", 7, "1"), ("5", 4, "2"), ("5", 7, "9")]), "555-1212");
        assert_eq!((trace.cleaned.as_str(), trace.result.as_str()), ("5551212", "95551212"));
        assert_eq!((&trace.remarks, trace.omitted), (&Vec::new(), 0));
        let step = |position: usize, rule: &str, wins, reason: &str| TraceStep {
            position,
            place: format!("AppDialRules.xml:{}", position + 1),
            rule: rule.to_owned(),
            wins,
            reason: reason.to_owned(),
        };
        let expected = [
            step(1, "begins with 6, 7 digits", false, "does not begin with 6"),
            step(2, "begins with 5, 4 digits", false, "7 digits, not 4"),
            step(3, "begins with 5, 7 digits", true, "prefix 9"),
        ];
        assert_eq!(trace.steps, expected);
    }

    #[test]
    fn trace_of_many_rules_is_bounded_and_keeps_the_close_ones() {
        let mut rules = vec![("6", 7, "1"); 5_000];
        rules.extend([("5", 4, "2"), ("5", 7, "9")]);
        let trace = tried(&file(&rules), "5551212");
        let positions: Vec<_> = trace.steps.iter().map(|step| step.position).collect();
        assert_eq!((positions.as_slice(), trace.omitted), ([5_001, 5_002].as_slice(), 5_000));
        let close = vec![("5", 4, "1"); 5_000];
        let trace = tried(&file(&close), "5551212");
        assert_eq!((trace.steps.len(), trace.omitted), (MAX_STEPS, 5_000 - MAX_STEPS));
        assert!(!trace.steps.iter().any(|step| step.wins));
        assert_eq!(trace.result, "5551212");
    }

    #[test]
    fn remarks_say_what_is_wrong_with_file_and_number() {
        let trace = tried("<html/>", "12x");
        let [file, number] = trace.remarks.as_slice() else { panic!("{:?}", trace.remarks) };
        assert!(file.contains("a client rejects this file"), "{file}");
        assert!(number.contains('x'), "{number}");
        assert_eq!(trace.result, trace.cleaned);
    }
}
