//! A diagnosis as JUnit: a test case for each cause of its area.

use adr_diagnostic::Severity;
use adr_diagnostic::render::{Outcome as CaseOutcome, TestCase, junit_cases};
use adr_doctor::{Area, Cause, Diagnosis, Found, Outcome, causes};

/// A diagnosis as one JUnit document. Errors and warnings are failures with their evidence and
/// fixes. A cause at a step that was not seen or not reached is skipped, and so is one whose input
/// is missing.
///
/// Logs have the causes of presence. Those that no line stands for are skipped: a log does not show
/// that they are absent.
#[must_use]
pub fn to_junit(diagnosis: &Diagnosis) -> String {
    let of = match diagnosis.area {
        Area::Log => Area::Presence,
        area => area,
    };
    let causes = causes().into_iter().filter(|(area, _)| *area == of);
    let cases: Vec<TestCase> = causes.map(|(_, cause)| case(cause, diagnosis)).collect();
    junit_cases(&format!("adrc doctor {}", diagnosis.area.word()), &cases)
}

fn case(cause: &'static Cause, diagnosis: &Diagnosis) -> TestCase {
    let is_wrong = |found: &&Found| found.cause == cause && found.severity > Severity::Information;
    let found: Vec<&Found> = diagnosis.found.iter().filter(is_wrong).collect();
    let outcome = match (found.first(), diagnosis.outcome(cause.step)) {
        (Some(first), _) => CaseOutcome::Failed {
            message: format!("{}: {}", first.severity.word(), first.message),
            detail: found.iter().map(|one| detail(one)).collect::<Vec<_>>().join("\n"),
        },
        (None, _) if diagnosis.area == Area::Log => {
            CaseOutcome::Skipped("no line of the logs stands for it".to_owned())
        }
        (None, Some(Outcome::NotReached)) => {
            CaseOutcome::Skipped("an earlier step stops before it".to_owned())
        }
        (None, Some(Outcome::NotSeen)) => {
            let step = cause.step.title();
            CaseOutcome::Skipped(format!("the step {step} was not looked at"))
        }
        (None, _) if let Some(why) = unjudged(cause, diagnosis) => CaseOutcome::Skipped(why),
        (None, None) if !diagnosis.path.is_empty() => {
            CaseOutcome::Skipped("it cannot be seen from the network".to_owned())
        }
        (None, _) => CaseOutcome::Passed,
    };
    let file = diagnosis.subject.clone();
    TestCase { name: cause.finding.name.to_owned(), file, line: 1, outcome }
}

/// Why a cause could not be judged, although its step was looked at.
fn unjudged(cause: &Cause, diagnosis: &Diagnosis) -> Option<String> {
    let mut all = diagnosis.unjudged.iter();
    let (_, why) = all.find(|(name, _)| *name == cause.finding.name)?;
    Some((*why).to_owned())
}

/// The evidence and the fixes of a finding, one a line.
fn detail(found: &Found) -> String {
    let fixes = found.fixes.iter().flat_map(|fix| {
        let what = format!("fix ({}): {}", fix.place, fix.what);
        std::iter::once(what).chain(fix.commands.iter().map(|command| format!("  {command}")))
    });
    let message = std::iter::once(found.message.clone());
    message.chain(found.evidence.iter().cloned()).chain(fixes).collect::<Vec<_>>().join("\n")
}
