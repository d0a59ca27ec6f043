//! Applies the fixes of findings, and takes back those that do harm.
//!
//! Fixes are applied in memory, as many at a time as do not overlap. Then the dial plan is checked
//! again. A step does harm if it leaves a new finding, if it makes a test fail, or if it changes a
//! result although its fixes are safe. Such a step is taken back, and half of its fixes are tried,
//! until the harmful fix is alone.

mod edits;
mod snapshot;
mod verify;

use std::fmt;

use adr_diagnostic::{Applicability, Diagnostic, Fix, Severity, Source, Sources};
use hashbrown::{HashMap, HashSet};

pub use snapshot::{Change, Snapshot, Undo};

use crate::check::Checked;
use crate::levels::Levels;
use crate::load::load;
use crate::world::EntryFile;
use edits::{Edits, Taken};
use verify::{Objection, Step};

/// Most checks of the whole dial plan in one run. Each fix that is taken back costs a few of them.
/// When they are used up, the remaining fixes are not tried.
const CHECKS: usize = 100;

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixScope {
    /// Safe fixes: they change no result of a number, and no test.
    Safe,
    /// Unsafe fixes as well: they may change results, so a person must ask for them.
    Unsafe,
}

/// One fix, with the place of its finding in the files as they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixRecord {
    /// The file's path.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What the fix does, as an instruction.
    pub message: String,
    /// The name of the finding.
    pub name: &'static str,
}

impl fmt::Display for FixRecord {
    /// Writes `plan.adr:5: remove the rule (exact-duplicate)`. The path is not escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message, name } = self;
        write!(f, "{file}:{line}: {message} ({name})")
    }
}

/// A fix that was taken back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedFix {
    /// The fix.
    pub fix: FixRecord,
    /// Why it was taken back.
    pub reason: RefusalReason,
}

/// Why a fix was taken back. Its text is a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// It leaves a new finding.
    NewFinding {
        /// The name of the finding.
        name: &'static str,
        /// The file and the line of the finding, as in the files that were read.
        place: String,
    },
    /// The dial plan no longer compiles.
    NoPlan,
    /// It is a safe fix, and it changes the result of a number.
    OtherResult {
        /// The number.
        number: String,
        /// The result without the fix.
        old: String,
        /// The result with the fix.
        new: String,
    },
    /// It is a safe fix, and it changes the sites or their networks.
    OtherSites,
    /// It makes a test fail that passes without the fix.
    FailedTest {
        /// The file and the line of the test, as in the files that were read.
        place: String,
    },
    /// The checks of the run were used up before the fix was tried alone.
    NotTried,
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewFinding { name, place } => write!(f, "it would leave `{name}` at {place}"),
            Self::NoPlan => f.write_str("the dial plan would not compile"),
            Self::OtherResult { number, old, new } => {
                write!(f, "the result of `{number}` would be `{new}`, not `{old}`")
            }
            Self::OtherSites => f.write_str("the sites would not be the same"),
            Self::FailedTest { place } => write!(f, "the test at {place} would fail"),
            Self::NotTried => f.write_str("other fixes were taken back before it was tried"),
        }
    }
}

/// The result of a run. The changed texts are in the [`Snapshot`].
#[derive(Debug)]
pub struct FixRun {
    /// The dial plan with all applied fixes.
    pub checked: Checked,
    /// The applied fixes, in the order in which they were applied.
    pub applied: Vec<FixRecord>,
    /// The fixes that were taken back.
    pub refused: Vec<RefusedFix>,
}

impl FixRun {
    /// The number of fixes that remain because only [`FixScope::Unsafe`] applies them.
    #[must_use]
    pub fn unsafe_fixes(&self) -> usize {
        let fixes = self.checked.report().diagnostics().iter();
        let fixes = fixes.filter_map(|found| found.fix.as_ref());
        fixes.filter(|fix| fix.applicability == Applicability::Unsafe).count()
    }
}

/// Applies the fixes of a dial plan in `snapshot`, until none remains that does no harm.
///
/// A safe fix is proved before it is kept: every list of every view treats every number that a
/// phone can dial as before. A dial plan with syntax errors has no lists to compare; there, a fix
/// must not leave a new error.
///
/// ```
/// use adr_language::{EntryFile, FixScope, Levels, ReadError, Snapshot, World, apply_fixes};
///
/// struct Plan;
/// impl World for Plan {
///     fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
///         Ok(b"emergency 911
/// application {
///   rule \"A\" { digits 7; prefix 9 }
///   rule \"B\" { digits 7; prefix 9 } // twice
/// }
/// test { dial 911 -> unchanged }
/// ".to_vec())
///     }
/// }
///
/// let mut snapshot = Snapshot::new(&Plan);
/// let plan = [EntryFile { path: "plan.adr".to_owned(), root: String::new() }];
/// let run = apply_fixes(&mut snapshot, &plan, &Levels::default(), FixScope::Safe);
/// assert_eq!(run.applied[0].to_string(), "plan.adr:4: remove the rule `B` (exact-duplicate)");
/// assert!(!snapshot.changes()[0].after.contains("twice"));
/// ```
#[must_use]
pub fn apply_fixes(
    snapshot: &mut Snapshot<'_>,
    entries: &[EntryFile],
    levels: &Levels,
    scope: FixScope,
) -> FixRun {
    let now = load(snapshot, entries).check(levels);
    let fixer = Fixer {
        entries,
        levels,
        scope,
        original: by_name(now.sources()),
        snapshot,
        history: Vec::new(),
        checks: CHECKS,
        known: HashSet::new(),
        is_stale: false,
        run: FixRun { checked: now, applied: Vec::new(), refused: Vec::new() },
    };
    fixer.run()
}

/// The finding of a fix: its name, its file, its offset, and what the fix does.
type Key = (&'static str, String, u32, String);

/// A fix that can be applied.
struct Candidate {
    /// The position of its finding in the report.
    found: usize,
    /// Identifies the finding.
    key: Key,
    fix: Fix,
    record: FixRecord,
}

struct Fixer<'f, 'w> {
    entries: &'f [EntryFile],
    levels: &'f Levels,
    scope: FixScope,
    snapshot: &'f mut Snapshot<'w>,
    /// The texts as they were read.
    original: HashMap<String, Source>,
    /// The steps that were kept, in order.
    history: Vec<Edits>,
    /// The number of checks that remain.
    checks: usize,
    /// The fixes that were taken back, at their present places.
    known: HashSet<Key>,
    /// Whether the dial plan has changed since a fix was taken back: the fix may now do no harm.
    is_stale: bool,
    /// The result so far.
    run: FixRun,
}

impl Fixer<'_, '_> {
    fn run(mut self) -> FixRun {
        loop {
            let mut batch = self.candidates(Applicability::Safe);
            if batch.is_empty() && self.scope == FixScope::Unsafe {
                batch = self.candidates(Applicability::Unsafe);
            }
            if !batch.is_empty() {
                self.attempt(batch);
            } else if std::mem::take(&mut self.is_stale) && self.checks > 0 {
                self.known.clear();
                self.run.refused.clear();
            } else {
                return self.run;
            }
        }
    }

    /// The fixes of one kind that can be applied together, in the order of their findings.
    fn candidates(&self, applicability: Applicability) -> Vec<Candidate> {
        let checked = &self.run.checked;
        let mut taken = Taken::default();
        let mut editable: HashMap<&str, bool> = HashMap::new();
        let mut chosen = Vec::new();
        for (at, found) in checked.report().diagnostics().iter().enumerate() {
            let fix = found.fix.as_ref();
            let fix = fix.filter(|fix| fix.applicability == applicability);
            let Some(fix) = fix.filter(|fix| !fix.edits.is_empty()) else {
                continue;
            };
            let is_editable = fix.edits.iter().all(|edit| {
                let source = checked.sources().get(edit.span.source);
                let is_whole = || self.snapshot.holds(source.name(), source.text());
                *editable.entry(source.name()).or_insert_with(is_whole)
            });
            let Some(key) = self.key(found, fix).filter(|_| is_editable) else {
                continue;
            };
            if !self.known.contains(&key) && taken.take(fix, checked.sources()) {
                let record = self.record(found.name, &key, &fix.message);
                chosen.push(Candidate { found: at, key, fix: fix.clone(), record });
            }
        }
        chosen
    }

    fn key(&self, found: &Diagnostic, fix: &Fix) -> Option<Key> {
        let span = found.span()?;
        let file = self.run.checked.sources().get(span.source).name();
        Some((found.name, file.to_owned(), span.start, fix.message.clone()))
    }

    fn record(&self, name: &'static str, key: &Key, message: &str) -> FixRecord {
        FixRecord {
            file: key.1.clone(),
            line: self.original_line(&key.1, key.2),
            message: message.to_owned(),
            name,
        }
    }

    /// The line of a present place in the file that was read.
    fn original_line(&self, file: &str, offset: u32) -> u32 {
        let steps = self.history.iter().rev();
        let offset = steps.fold(offset, |offset, edits| edits.before(file, offset));
        self.original.get(file).map_or(1, |source| source.position(offset).line)
    }

    /// Applies as many of the fixes as do no harm together, or refuses one.
    fn attempt(&mut self, mut batch: Vec<Candidate>) {
        while self.checks > 0 {
            self.checks -= 1;
            match self.step(&batch) {
                Ok((checked, edits)) => return self.keep(checked, edits, batch),
                Err(reason) if batch.len() == 1 => return self.refuse(batch, &reason),
                Err(_) => batch.truncate(batch.len() / 2),
            }
        }
        self.refuse(batch, &RefusalReason::NotTried);
    }

    /// Applies fixes and checks the dial plan. Undoes them if they do harm.
    fn step(&mut self, batch: &[Candidate]) -> Result<(Checked, Edits), RefusalReason> {
        let before = &self.run.checked;
        let fixes = batch.iter().map(|candidate| &candidate.fix);
        let edits = Edits::of(fixes, before.sources());
        let undo = self.snapshot.edit(&edits.applied_to(before.sources()));
        let after = load(&*self.snapshot, self.entries).check(self.levels);
        let is_safe = |candidate: &Candidate| candidate.fix.applicability == Applicability::Safe;
        let step = Step {
            edits: &edits,
            fixed: batch.iter().map(|candidate| candidate.found).collect(),
            is_safe: batch.iter().all(is_safe),
        };
        match verify::objection(before, &after, &step) {
            None => Ok((after, edits)),
            Some(objection) => {
                self.snapshot.undo(undo);
                Err(self.reason(objection, &edits))
            }
        }
    }

    fn reason(&self, objection: Objection, edits: &Edits) -> RefusalReason {
        let place = |file: &str, offset| {
            let line = self.original_line(file, edits.before(file, offset));
            format!("{file}:{line}")
        };
        match objection {
            Objection::NewFinding { name, file, offset } => {
                RefusalReason::NewFinding { name, place: place(&file, offset) }
            }
            Objection::NoPlan => RefusalReason::NoPlan,
            Objection::Result { number, old, new } => {
                RefusalReason::OtherResult { number, old, new }
            }
            Objection::Views => RefusalReason::OtherSites,
            Objection::Test { file, offset } => {
                RefusalReason::FailedTest { place: place(&file, offset) }
            }
        }
    }

    fn keep(&mut self, checked: Checked, edits: Edits, batch: Vec<Candidate>) {
        self.run.checked = checked;
        let moved = |(name, file, offset, message): Key| {
            let offset = edits.after(&file, offset)?;
            Some((name, file, offset, message))
        };
        self.is_stale |= !self.known.is_empty();
        self.known = self.known.drain().filter_map(moved).collect();
        self.history.push(edits);
        let records = batch.into_iter().map(|candidate| candidate.record);
        self.run.applied.extend(records);
    }

    fn refuse(&mut self, batch: Vec<Candidate>, reason: &RefusalReason) {
        for candidate in batch {
            self.known.insert(candidate.key);
            self.run.refused.push(RefusedFix { fix: candidate.record, reason: reason.clone() });
        }
    }
}

fn by_name(sources: &Sources) -> HashMap<String, Source> {
    let sources = sources.iter();
    let named = sources.map(|(_, source)| (source.name().to_owned(), source.clone()));
    named.collect()
}

/// Whether a new finding counts as harm. Notes do not.
fn is_harm(found: &Diagnostic) -> bool {
    found.severity > Severity::Information
}
