//! Fixtures of findings about exported files and their rules.

use std::fs;

use adr_cucm::{RuleKind, convert};
use adr_diagnostic::{Report, Sources};

use super::{fixtures, rendered};

/// The findings about an exported file, and about its rules.
fn exported(file: &str, bytes: &[u8], kind: Option<RuleKind>) -> (Report, Sources) {
    let mut sources = Sources::new();
    let rules = adr_cucm::file::read(file, bytes, kind, &mut sources);
    let mut report = rules.report;
    report.append(convert(rules.rules).report);
    (report, sources)
}

#[test]
fn exported_fixture_has_the_finding_of_its_name() {
    for (name, path) in fixtures() {
        if path.extension().is_none_or(|extension| extension != "csv" && extension != "txt") {
            continue;
        }
        let kind = Some(RuleKind::Application).filter(|_| name != "unknown-rule-kind");
        let file = path.file_name().unwrap().to_str().unwrap();
        let (report, sources) = exported(file, &fs::read(&path).unwrap(), kind);
        let names: Vec<&str> = report.diagnostics().iter().map(|found| found.name).collect();
        assert_eq!(names[0], name);
        insta::assert_snapshot!(name, rendered(&report, &sources));
    }
}

#[test]
fn export_that_no_short_text_can_show_has_its_finding() {
    let mut cut = b"ApplicationDialRules.csv".to_vec();
    cut.resize(257, 0);
    cut.extend(b"ustar");
    let mut table =
        "Name,Number Begins With,Number of Digits,Total Digits to be Removed,Prefix With \
                     Pattern\nZ\u{fc}rich,5,7,0,9\n"
            .to_owned()
            .into_bytes();
    let umlaut = table.iter().position(|byte| *byte == 0xc3).unwrap();
    table.splice(umlaut..umlaut + 2, [0xfc]);
    let large = vec![b' '; adr_cucm::file::FILE_BYTES + 1];
    for (name, bytes) in
        [("damaged-archive", cut), ("guessed-encoding", table), ("export-too-large", large)]
    {
        let (report, _) = exported("a.csv", &bytes, Some(RuleKind::Application));
        let names: Vec<&str> = report.diagnostics().iter().map(|found| found.name).collect();
        assert_eq!(names, [name]);
    }
}
