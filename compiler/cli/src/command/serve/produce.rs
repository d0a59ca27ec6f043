//! Where generations come from: rules that are compiled here, or a folder that somebody publishes.

use std::path::Path;
use std::time::{Duration, SystemTime};

use adr_bundle::Manifest;
use adr_diagnostic::Severity;
use adr_diagnostic::render::{Format, Options, render, summary};
use adr_language::{Checked, DialPlan, EntryFile, Levels, shorten_report};
use adr_server::{Generation, load};
use adr_watcher::publish::{PublishError, Publisher, tree_after};
use adr_watcher::sources::{Input, recognise};

use super::follow::Sources;
use super::settings::Source;
use crate::VERSION;
use crate::book;
use crate::clock::milliseconds;
use crate::console::Console;
use crate::failure::Failure;
use crate::publishing::Publishing;
use crate::signing::{Signer, Signing};

/// What became of rules.
pub(crate) enum Produced {
    /// They are ready to be served.
    Generation(Generation),
    /// They have errors, which have been shown; this names the first, a phrase.
    Refused(String),
}

/// Makes one generation after the other.
pub(crate) struct Producer {
    source: Source,
    levels: Levels,
    publishing: Publishing,
    signing: Signing,
    /// Of the generation before, where none lies on the disk.
    before: Option<Manifest>,
    /// Whether findings go into the log, one a line, and not to a person.
    pub(crate) logs_findings: bool,
    /// Whether the same rules come once more, because they could not be published: their warnings
    /// were shown.
    pub(crate) is_again: bool,
}

impl Producer {
    pub(crate) fn new(
        source: Source,
        levels: Levels,
        publishing: Publishing,
        signing: Signing,
    ) -> Self {
        Self {
            source,
            levels,
            publishing,
            signing,
            before: None,
            logs_findings: false,
            is_again: false,
        }
    }

    /// Publishes rules that somebody has read, or else what is there now, where it is to be
    /// published.
    pub(crate) fn produce(
        &mut self,
        read: Option<Sources>,
        console: &Console,
    ) -> Result<Produced, Failure> {
        let Source::Rules { publish: Some(folder), .. } = &self.source else {
            return self.check(read, console);
        };
        let folder = folder.clone();
        let book = match self.book(read, console)? {
            Ok(book) => book,
            Err(why) => return Ok(Produced::Refused(why)),
        };
        let artefacts = book.artifacts();
        let read_back = || book.read_back(&artefacts).map_err(|error| error.to_string());
        let signer = self.signing.signer()?;
        let publisher = self.publishing.publisher(&folder).holding_rollbacks();
        let publisher = Signer::hire(signer.as_ref(), publisher);
        match publisher.publish(&artefacts, read_back) {
            // somebody rolled back by hand: that is what is served, until the rules give other
            // files
            Err(error @ PublishError::RolledBack { .. }) => {
                tracing::warn!("{error}");
                self.renew()?;
            }
            published => {
                published?;
            }
        }
        loaded(&folder).map(Produced::Generation)
    }

    /// Whether the key and the folder to publish into are as [`Producer::produce`] needs them.
    /// Changes nothing.
    pub(crate) fn check_publishing(&self) -> Result<(), Failure> {
        let signer = self.signing.signer()?;
        if let Source::Rules { publish: Some(folder), .. } = &self.source {
            Signer::hire(signer.as_ref(), self.publishing.publisher(folder)).check()?;
        }
        Ok(())
    }

    /// The published folder as it is now, no matter which process published there.
    pub(crate) fn follow(&self) -> Result<Produced, Failure> {
        match self.folder() {
            Some(folder) => loaded(folder).map(Produced::Generation),
            None => Ok(Produced::Refused("no published folder is named".to_owned())),
        }
    }

    /// Signs anew what is published from here, where that is due; the new generation, if there is
    /// one.
    pub(crate) fn renew(&self) -> Result<Option<Generation>, Failure> {
        let folder = self.folder().filter(|_| self.source.publishes());
        let (Some(folder), Some(signer)) = (folder, self.signing.signer()?) else {
            return Ok(None);
        };
        let renewed = signer.renew(self.publishing.publisher(folder))?;
        renewed.map(|_| loaded(folder)).transpose()
    }

    /// How often to look whether that is due; `None` for never.
    pub(crate) fn renewals(&self) -> Option<Duration> {
        self.signing.looks()
    }

    /// What lies intact in the folder into which rules are published from here; `None` where there
    /// is nothing, or no such folder.
    pub(crate) fn published_before(&self) -> Option<Generation> {
        let folder = self.folder().filter(|_| self.source.publishes());
        folder.and_then(|folder| load(folder).ok())
    }

    /// The folder that is served, or published into.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.source {
            Source::Tree(folder) => Some(folder),
            Source::Rules { publish, .. } => publish.as_deref(),
        }
    }

    /// The rule sources.
    pub(crate) fn paths(&self) -> Option<&[String]> {
        match &self.source {
            Source::Tree(_) => None,
            Source::Rules { paths, .. } => Some(paths),
        }
    }

    /// The same without publishing anything.
    pub(crate) fn check(
        &mut self,
        read: Option<Sources>,
        console: &Console,
    ) -> Result<Produced, Failure> {
        if let Source::Tree(folder) = &self.source {
            return loaded(folder).map(Produced::Generation);
        }
        let book = match self.book(read, console)? {
            Ok(book) => book,
            Err(why) => return Ok(Produced::Refused(why)),
        };
        let artefacts = book.artifacts();
        book.read_back(&artefacts).map_err(|error| Failure::new(error.to_string(), ""))?;
        let tree = tree_after(self.before.as_ref(), &artefacts, VERSION, milliseconds())
            .map_err(|error| Failure::new(error.to_string(), ""))?;
        self.before = Some(tree.manifest().clone());
        let generation = Generation::new(tree, SystemTime::now());
        Ok(Produced::Generation(generation))
    }

    /// The rules; where they have errors, why they are refused.
    fn book(
        &self,
        read: Option<Sources>,
        console: &Console,
    ) -> Result<Result<DialPlan, String>, Failure> {
        let checked = match read {
            Some(sources) => book::check_parsed(*sources?, &self.levels)?,
            None => book::check(&entries(self.paths().unwrap_or_default())?, &self.levels)?,
        };
        if !self.is_again || checked.plan().is_none() {
            if self.logs_findings {
                log_findings(&checked);
            } else {
                book::show(&checked, console);
            }
        }
        let why = refusal(&checked);
        Ok(checked.into_plan().ok_or(why))
    }
}

/// Whether a published folder holds this generation, as it does after publishing into it from here.
pub(crate) fn is_published(folder: &Path, generation: u64, sha256: &str) -> bool {
    let base = Publisher::new(folder, VERSION, 0).base();
    base.is_some_and(|base| base.generation == generation && base.sha256 == sha256)
}

fn entries(paths: &[String]) -> Result<Vec<EntryFile>, Failure> {
    match recognise(paths)? {
        Input::Book(entries) => Ok(entries),
        Input::Deployed(_) | Input::Published(_) => Err(Failure::new(
            format!("{}: these are no rule sources any more", paths.join(" ")),
            "put them back, or start again with what is to be served",
        )),
    }
}

fn loaded(folder: &Path) -> Result<Generation, Failure> {
    load(folder).map_err(|error| Failure::new(error.to_string(), ""))
}

/// Why rules are refused: how many errors they have, and the first of them.
fn refusal(checked: &Checked) -> String {
    let (report, sources) = (checked.report(), checked.sources());
    let mut errors = report.diagnostics().iter();
    let first = errors.find(|found| found.severity == Severity::Error);
    let first = first.map_or_else(String::new, |found| {
        let place = found.span().map_or_else(String::new, |span| {
            let (file, line) = (sources.get(span.source).name(), sources.position(span).line);
            format!("{file}:{line}: ")
        });
        format!("{place}{}: {}", found.name, found.message)
    });
    match report.count(Severity::Error) {
        1 => format!("the rules have 1 error: {first}"),
        errors => format!("the rules have {errors} errors; the first: {first}"),
    }
}

fn log_findings(checked: &Checked) {
    let options = Options {
        color: false,
        width: 120,
        version: VERSION,
        findings: adr_language::findings(),
        valid: None,
    };
    let lines =
        render(Format::Compact, &shorten_report(checked.report()), checked.sources(), &options);
    for line in lines.lines() {
        tracing::warn!(finding = line, "finding");
    }
    if let Some(summary) = summary(checked.report()) {
        tracing::warn!("{summary}");
    }
}
