//! `adrc optimize`: finds the smallest list with the same results, and proves it before it writes.

mod in_place;
mod whole;

use std::collections::{HashMap, HashSet};

use adr_analysis::{Domain, first_difference};
use adr_engine::{RuleList, xml};
use adr_language::{DialPlan, EntryFile, Levels, ListKind, ReadError, World, load};
use adr_watcher::sources::{Input, recognize};
use adr_watcher::write::create;
use clap::Args;

use crate::console::Console;
use crate::dial_plan::reject;
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::rules::{Lines, read_lists};
use crate::target::{VARIABLE, target};
use adr_render::document::Document;
use adr_render::domain::every;
use adr_render::lists::NamedList;
use adr_render::optimized::{self, Optimized, Smaller, change, lists_of, smaller};
use adr_render::text::{list_words, shown};

/// Arguments of `adrc optimize`.
#[derive(Debug, Args)]
pub(crate) struct Optimize {
    /// Rule sources, deployed files, or a published folder
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Remove or shrink rules in the rule sources themselves
    #[arg(long, conflicts_with_all = ["output", "format", "explain"])]
    write: bool,
    /// Write into this new file: rule source, or a deployed file if the name ends with .xml
    #[arg(short, long, value_name = "FILE")]
    output: Option<String>,
    /// Show which rules are removed and why, instead of the source
    #[arg(long, conflicts_with_all = ["output", "format"])]
    explain: bool,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// The numbers whose results must remain the same [default: that of the project, else dialable]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
}

impl Optimize {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let target = target(&self.paths)?;
        let domain = domain(self.domain, &target, Domain::Dialable);
        let input = recognize(&target.paths)?;
        if self.write {
            let Input::Plan(entries) = input else {
                return Err(Failure::new(
                    format!("{}: adrc does not overwrite deployed files", target.paths.join(" ")),
                    "name a new file: `-o FILE.xml`",
                ));
            };
            return in_place::run(&entries, domain, console);
        }
        let lists = match read_lists(&target.paths, Lines::Known, console)? {
            Ok(lists) => lists,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let is_valid = lists.iter().all(|listed| listed.rules.is_valid());
        let smaller = smaller(&lists, domain);
        if self.format == TextOrJson::Json {
            let document = Document::of(Optimized::new(&smaller, domain)).valid(is_valid);
            console.document(&document)?;
        }
        if !is_valid {
            return Ok(Status::Findings);
        }
        match &self.output {
            None if self.format == TextOrJson::Json => {}
            _ if self.explain => console.text(optimized::to_text(&smaller, domain))?,
            Some(output) if output.ends_with(".xml") => write_xml(output, &smaller)?,
            output => {
                let text = whole::source(&target.paths, &smaller, domain)?;
                match output {
                    Some(output) => create(output.as_ref(), text.as_bytes())?,
                    None => console.data(text.as_bytes())?,
                }
            }
        }
        if !self.explain {
            summarize(&smaller, domain, console);
        }
        Ok(Status::Done)
    }
}

/// "default view, application rules: 10 rules become 7, the minimum".
fn summarize(smaller: &[Smaller<'_>], domain: Domain, console: &Console) {
    for smaller in smaller.iter().filter(|smaller| !smaller.listed.rules.rules().is_empty()) {
        let title = list_words(smaller.listed.site.as_deref(), smaller.listed.kind);
        console.message(format_args!("{title}: {}", change(smaller)));
    }
    console
        .message(format_args!("proved: {} has the same result", every(domain, &lists_of(smaller))));
}

fn write_xml(output: &str, smaller: &[Smaller<'_>]) -> Result<(), Failure> {
    let [one] = smaller else {
        return Err(Failure::new(
            format!("{output}: a deployed file holds one list, and there are {}", smaller.len()),
            "name one deployed file, or write rule source: `-o FILE.adr`",
        ));
    };
    let list = RuleList::new(one.minimal.rules.clone()).map_err(|error| {
        Failure::new(format!("{output}: {error}"), "CUCM rejects such a rule; fix the file first")
    })?;
    Ok(create(output.as_ref(), &xml::write(&list))?)
}

/// Texts by their paths, which take precedence over another world.
struct Texts<'t, W>(HashMap<&'t str, &'t str>, W);

impl<W: World> World for Texts<'_, W> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.0.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.1.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        self.1.list(folder)
    }

    fn leads_outside(&self, root: &str, path: &str) -> Option<String> {
        self.1.leads_outside(root, path)
    }
}

/// A world without files.
struct Nothing;

impl World for Nothing {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Err(ReadError { reason: "no such file".to_owned(), help: String::new() })
    }
}

/// Compiles a written text back into a dial plan.
pub(super) fn read_back(text: &str) -> Result<DialPlan, Failure> {
    let texts = Texts(HashMap::from([("smaller.adr", text)]), Nothing);
    let entry = EntryFile { path: "smaller.adr".to_owned(), root: String::new() };
    let checked = load(&texts, &[entry]).check(&Levels::default().without_tests());
    let mut findings = checked.report().diagnostics().iter();
    let error = findings.find(|found| found.severity == adr_diagnostic::Severity::Error);
    let error = error.map_or_else(|| "it has errors".to_owned(), |found| found.message.clone());
    checked.into_plan().ok_or_else(|| defect(&error))
}

/// A list of a dial plan that was compiled back.
fn list_of<'b>(
    plan: &'b DialPlan,
    site: Option<&str>,
    kind: ListKind,
) -> Result<&'b RuleList, Failure> {
    let view = match site {
        None => Some(plan.default_view()),
        Some(site) => plan.site(site),
    };
    view.map(|view| view.list(kind).rules()).ok_or_else(|| defect("a site is missing"))
}

/// The failure for a result that is not equal, which is a defect of adrc.
fn defect(what: &str) -> Failure {
    Failure::new(
        format!("the result is not equal: {what}"),
        "adrc wrote nothing; this is a defect of adrc, please report it with the rules",
    )
}

/// Proves that a dial plan is equal to the old lists. Each pair of lists is compared once.
fn prove<'l>(
    lists: impl IntoIterator<Item = &'l NamedList>,
    compiled: &DialPlan,
    domain: Domain,
) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    for listed in lists {
        let (old, new) =
            (listed.rules.rules(), list_of(compiled, listed.site.as_deref(), listed.kind)?.rules());
        if !seen.insert((old.as_ptr(), new.as_ptr())) {
            continue;
        }
        if let Some(difference) = first_difference(old, new, domain) {
            let witness = shown(&difference.witness);
            return Err(defect(&format!("{witness} has another result")));
        }
    }
    Ok(())
}
