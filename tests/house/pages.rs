//! Generated pages are current, links lead to files, decisions are numbered, and the book has all
//! pages.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use adr_diagnostic::{Finding, Severity};
use adr_doctor::presence::state::rows;
use adr_doctor::{Area, Cause, causes};

use crate::no_complaints;

#[test]
fn findings_page_equals_the_pages_of_the_findings() {
    adr_tests::golden("docs/reference/findings.md", findings_page().as_bytes()).unwrap();
}

#[test]
fn doctor_page_equals_the_pages_of_the_causes() {
    adr_tests::golden("docs/reference/doctor.md", doctor_page().as_bytes()).unwrap();
}

#[test]
fn link_leads_to_an_existing_file_and_heading() {
    let pages = adr_tests::files().into_iter();
    let pages = pages.filter(|(path, _)| path.ends_with(".md"));
    let complaints: Vec<_> = pages.flat_map(|(path, _)| broken_links(&path)).collect();
    no_complaints(&complaints);
}

#[test]
fn decision_is_numbered_in_its_name_and_title() {
    let mut files: Vec<_> = adr_tests::files().into_iter().map(|(path, _)| path).collect();
    files.retain(|path| path.starts_with("docs/contributing/decisions/"));
    assert!(!files.is_empty(), "no decisions");
    for (at, path) in files.iter().enumerate() {
        let name = path.trim_start_matches("docs/contributing/decisions/");
        let number = format!("{:04}", at + 1);
        assert!(
            name.starts_with(&format!("{number}-")),
            "`{name}` does not have the number {number}"
        );
        let title = adr_tests::text(path);
        assert!(
            title.starts_with(&format!("# {}. ", at + 1)),
            "the title of `{name}` has another number"
        );
    }
}

/// Every page of `docs/` is in the table of contents of the book.
#[test]
fn table_of_contents_has_every_page() {
    let summary = adr_tests::text("docs/SUMMARY.md");
    let pages = adr_tests::files().into_iter().filter_map(|(path, _)| {
        path.strip_prefix("docs/").filter(|path| path.ends_with(".md")).map(str::to_owned)
    });
    let pages = pages.filter(|page| page != "SUMMARY.md");
    let missing: Vec<_> = pages
        .filter(|page| !summary.contains(&format!("]({page})")))
        .map(|page| format!("docs/SUMMARY.md does not have `{page}`"))
        .collect();
    no_complaints(&missing);
}

/// `docs/reference/findings.md`, from the pages that the findings carry.
fn findings_page() -> String {
    let mut findings: Vec<_> = adr_language::findings().iter().collect();
    findings.sort_by_key(|finding| finding.name);
    let mut page = String::from(HEAD);
    for finding in &findings {
        let (name, word) = (finding.name, severity(finding));
        let _ = writeln!(page, "| [`{name}`](#{name}) | {word} | {} |", finding.headline);
    }
    for finding in &findings {
        let (name, word, text) = (finding.name, severity(finding), finding.page.trim());
        let _ = write!(page, "\n## {name}\n\n{} ({word}).\n\n{text}\n", finding.headline);
    }
    page
}

const HEAD: &str =
    "<!-- Made by `ADR_BLESS=1 cargo test -p adr-tests --test house`; not to be edited. -->

# Findings

This page lists every finding of adrc about a dial plan, a deployed XML file, or rules of CUCM.
`adrc explain NAME` prints the page of one finding.

| severity | meaning |
|---|---|
| error | adrc publishes nothing |
| error, fixed | the same, and the severity cannot be lowered: the dial plan has no meaning |
| warning | adrc publishes the dial plan; `--deny NAME` makes it an error |
| information | a note, which `adrc check --notes` shows |

`--deny`, `--warn` and `--allow NAME` change the severity of a finding.

| name | severity | what it finds |
|---|---|---|
";

/// `docs/reference/doctor.md`, from the pages that the causes carry.
fn doctor_page() -> String {
    let mut page = String::from(DOCTOR_HEAD);
    for area in [Area::Presence, Area::Log, Area::Client, Area::Cucm, Area::Nodes] {
        let here = causes().into_iter().filter(|(of, _)| *of == area);
        let here: Vec<_> = here.map(|(_, cause)| cause).collect();
        if here.is_empty() {
            continue;
        }
        let _ = write!(page, "\n## {}\n\n", heading(area));
        page += "In the order in which the doctor judges them:\n\n";
        page += "| cause | severity | step | what it is |\n|---|---|---|---|\n";
        for Cause { finding, step, .. } in here {
            let (name, word) = (finding.name, finding.severity.word());
            let (step, headline) = (step.title(), finding.headline);
            let _ = writeln!(page, "| [`{name}`](#{name}) | {word} | {step} | {headline} |");
        }
    }
    let _ = write!(page, "\n{CONTACT_HEAD}{}", contacts());
    let mut all: Vec<_> = causes().into_iter().map(|(_, cause)| cause).collect();
    all.sort_by_key(|cause| cause.finding.name);
    for Cause { finding, sources, .. } in all {
        let (name, word, text) = (finding.name, finding.severity.word(), finding.page.trim());
        let _ = write!(page, "\n## {name}\n\n{} ({word}).\n\n{text}\n", finding.headline);
        page += "\nSources:\n\n";
        for source in *sources {
            let _ = writeln!(page, "* {source}");
        }
    }
    page
}

/// The states of contacts as a table.
fn contacts() -> String {
    let mut lines: Vec<String> =
        rows().iter().map(|row| format!("| {} |\n", row.join(" | "))).collect();
    let columns = rows().first().map_or(0, Vec::len);
    lines.insert(1, format!("|{}\n", "---|".repeat(columns)));
    lines.concat()
}

/// The heading of an area. It differs from the names of causes.
fn heading(area: Area) -> &'static str {
    match area {
        Area::Presence => "Causes of a presence gateway",
        Area::Log => "Causes in logs of the Presence Engine",
        Area::Client => "Causes of a client",
        Area::Cucm => "Causes of a cluster",
        Area::Nodes => "Causes of a cluster of nodes",
    }
}

const DOCTOR_HEAD: &str =
    "<!-- Made by `ADR_BLESS=1 cargo test -p adr-tests --test house`; not to be edited. -->

# Causes that the doctor names

`adrc doctor` names causes and not symptoms. This page lists every cause, with what it is, why its
symptom misleads, what the doctor looks at, and how it is fixed. `adrc explain NAME` prints one of
them. [The doctor](../guides/doctor.md) says how to use it.

| severity | meaning |
|---|---|
| error | it stops there: the exit status is 1 |
| warning | it may stop there, or will soon: the exit status is 1 |
| information | it is normal, and looks like a fault |

Errors come before warnings. Of several errors the doctor names first the one at the earliest step
of the path, and so of several warnings: a fault at an early step often stops the later ones. Of
causes at one step it names first the one that explains the others. A check can find something less
serious than the severity of its cause here; then it says why.
";

const CONTACT_HEAD: &str = "## What a contact shows

The phone wins over the calendar, and the calendar over the availability. `adrc presence` shows it
for given states. An idle phone and a free calendar leave the word to the next source; no public
text says what a free calendar does to a contact who is away.

";

fn severity(finding: &Finding) -> String {
    let fixed = finding.severity == Severity::Error && !finding.lowerable;
    format!("{}{}", finding.severity.word(), if fixed { ", fixed" } else { "" })
}

/// Links of a page to files or headings of the repository that do not exist.
fn broken_links(page: &str) -> Vec<String> {
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    let text = adr_tests::text(page);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains(':') && !target.contains('\n'));
    targets
        .filter(|target| {
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => adr_tests::root().join(page),
                _ => adr_tests::root().join(folder).join(path),
            };
            !file.exists() || !heading.is_empty() && !has_heading(&file, heading)
        })
        .map(|target| format!("{page}: `{target}` does not exist"))
        .collect()
}

/// Whether a page has a heading with this anchor, as GitHub and mdBook make anchors.
fn has_heading(page: &Path, anchor: &str) -> bool {
    let text = fs::read_to_string(page).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#').trim()).any(|heading| {
        let heading = heading.to_lowercase().replace(' ', "-");
        heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).eq(anchor.chars())
    })
}
