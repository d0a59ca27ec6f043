//! CSV, tar and the text of `run sql`.

use adr_cucm::axl::SqlRow;
use adr_cucm::file::{FILE_BYTES, FileFormat, FileRules, ROW_LIMIT, read, read_as, rules_of_rows};
use adr_cucm::{Count, CucmRule, RuleKind};
use adr_diagnostic::Sources;
use proptest::prelude::{any, prop, proptest};

const CSV: &str = "\
Name,Description,Number Begins With,Number of Digits,Total Digits to be Removed,Prefix With Pattern,Priority
E164,plus,+1,12,2,91,1
\"Zürich, \"\"HQ\"\"\",,,7,,9,0
";

fn read_one(name: &str, bytes: &[u8], kind: Option<RuleKind>) -> (FileRules, Sources) {
    let mut sources = Sources::new();
    let file = read(name, bytes, kind, &mut sources);
    (file, sources)
}

/// The rules of a file without findings.
fn rules(name: &str, bytes: &[u8]) -> Vec<CucmRule> {
    let (file, _) = read_one(name, bytes, Some(RuleKind::Application));
    assert_eq!(file.report.diagnostics(), [], "{name}");
    file.rules.into_iter().map(|located| located.rule).collect()
}

/// Names of the findings of a file, and the first message.
fn findings(name: &str, bytes: &[u8]) -> (Vec<&'static str>, String) {
    let (file, _) = read_one(name, bytes, None);
    let found = file.report.diagnostics();
    let message = found.first().map(|found| found.message.clone()).unwrap_or_default();
    (found.iter().map(|found| found.name).collect(), message)
}

fn expected() -> Vec<CucmRule> {
    let e164 = CucmRule {
        description: "plus".to_owned(),
        begins_with: "+1".to_owned(),
        digits: 12.into(),
        remove: 2.into(),
        prefix: "91".to_owned(),
        priority: 1.into(),
        ..CucmRule::new(RuleKind::Application, "E164")
    };
    let local = CucmRule {
        digits: 7.into(),
        prefix: "9".to_owned(),
        priority: 0.into(),
        ..CucmRule::new(RuleKind::Application, "Zürich, \"HQ\"")
    };
    vec![e164, local]
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

/// A table with another separator; commas in quotes stay.
fn separated_by(separator: &str) -> String {
    CSV.replace("Zürich, ", "Zürich@ ").replace(',', separator).replace('@', ",")
}

#[test]
fn every_dialect_of_excel_gives_the_same_rules() {
    assert_eq!(rules("a.csv", CSV.as_bytes()), expected());
    let semicolons = separated_by(";");
    for text in [
        CSV.replace('\n', "\r\n"),
        format!("\u{feff}{CSV}"),
        semicolons.clone(),
        separated_by("\t"),
        format!("sep=;\r\n{semicolons}"),
        format!("\n\n{CSV}\n,,,,,,\n"),
        CSV.replace("+1,", "\"=\"\"+1\"\"\","),
    ] {
        assert_eq!(rules("a.csv", text.as_bytes()), expected(), "{text}");
    }
    for big in [false, true] {
        let marked = utf16(&format!("\u{feff}{}", separated_by("\t")), big);
        assert_eq!(rules("a.csv", &marked), expected());
        assert_eq!(rules("a.csv", &utf16(CSV, big)), expected());
    }
}

#[test]
fn names_of_axl_and_of_the_database_are_columns_as_well() {
    let axl =
        "name,description,numberBeginWith,numberOfDigits,digitsToBeRemoved,prefixPattern,priority";
    let database = "NAME,DESCRIPTION,NUMBEGINWITH,NUM_OF_DIGITS,DIGITS REMOVED,PREFIX,PRIORITY";
    for header in [axl, database] {
        let text = format!("{header}\n{}", CSV.split_once('\n').expect("rows").1);
        assert_eq!(rules("a.csv", text.as_bytes()), expected());
    }
}

#[test]
fn file_that_is_not_unicode_is_read_with_a_warning() {
    let text: Vec<u8> = CSV.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let (file, _) = read_one("AppDialRules.csv", &text, None);
    let found: Vec<_> = file.report.diagnostics().iter().map(|found| found.name).collect();
    assert_eq!(found, ["guessed-encoding"]);
    assert_eq!(file.rules[1].rule.name, "Zürich, \"HQ\"");
}

#[test]
fn unknown_layout_quotes_its_header() {
    let (found, message) = findings("ApplicationDialRules.csv", b"Name,Begin,Length\na,1,2\n");
    assert_eq!(found, ["unknown-layout"]);
    let expected = "no column is called Number Begins With, Number of Digits, Total Digits to be \
                    Removed, Prefix With Pattern; the columns are `Name`, `Begin`, `Length`";
    assert_eq!(message, expected);
    let doubled = CSV.replace("Description", "Prefix");
    let (found, message) = findings("a.csv", doubled.as_bytes());
    assert_eq!(found, ["unknown-layout"]);
    assert!(
        message.starts_with("more than one column is called Prefix With Pattern;"),
        "{message}"
    );
    assert_eq!(findings("a.csv", b"").0, ["unknown-layout"]);
    assert_eq!(findings("a.csv", b"\0\0\0").0, ["unknown-layout"]);
}

#[test]
fn kind_comes_from_the_name_or_the_caller() {
    let kind = |name: &str| {
        let (file, _) = read_one(name, CSV.as_bytes(), None);
        file.rules.first().map(|located| located.rule.kind)
    };
    assert_eq!(kind("Application Dial Rules.csv"), Some(RuleKind::Application));
    assert_eq!(kind("directorylookupdialrules.csv"), Some(RuleKind::DirectoryLookup));
    assert_eq!(kind("rules.csv"), None);
    assert_eq!(findings("rules.csv", CSV.as_bytes()).0, ["unknown-rule-kind"]);
}

#[test]
fn row_has_its_place_and_uneven_rows_are_reported() {
    let text = format!("{CSV}Short,,5,7\n");
    let (file, sources) = read_one("AppDialRules.csv", text.as_bytes(), None);
    let places = file.rules.iter().map(|located| sources.slice(located.span.expect("a place")));
    let places: Vec<_> = places.collect();
    assert_eq!(places, ["E164,plus,+1,12,2,91,1", "\"Zürich, \"\"HQ\"\"\",,,7,,9,0", "Short,,5,7"]);
    let found = &file.report.diagnostics()[0];
    assert_eq!(
        (found.name, &*found.message),
        ("uneven-row", "the row has 4 fields, and the header has 7")
    );
    assert_eq!(sources.position(found.span().expect("a place")).line, 4);
}

#[test]
fn rows_without_priority_keep_their_order() {
    let text = "name,numbeginwith,numofdigits,digitsremoved,prefix\nb,1,2,1,\na,2,2,1,\n";
    let rules = rules("a.csv", text.as_bytes());
    let priorities: Vec<_> = rules.iter().map(|rule| rule.priority.clone()).collect();
    assert_eq!(priorities, [Count::Number(0), Count::Number(1)]);
}

#[test]
fn file_above_a_limit_is_an_error() {
    let header = CSV.lines().next().expect("a header");
    let rows = |count| format!("{header}\n{}", "a,,1,2,1,,0\n".repeat(count));
    assert_eq!(rules("a.csv", rows(ROW_LIMIT).as_bytes()).len(), ROW_LIMIT);
    let (found, _) = findings("AppDialRules.csv", rows(ROW_LIMIT + 1).as_bytes());
    assert_eq!(found, ["export-too-large"]);
    let (found, _) = findings("a.csv", &vec![b'a'; FILE_BYTES + 1]);
    assert_eq!(found, ["export-too-large"]);
    let short = format!("{header}\n{}", "a\n".repeat(1_000));
    assert_eq!(findings("AppDialRules.csv", short.as_bytes()).0.len(), 20);
    let rulers = "=\n\n".repeat(100_000);
    assert_eq!(findings("a.txt", rulers.as_bytes()).0.len(), 20);
}

const TRANSCRIPT: &str = "\
admin:run sql select * from applicationdialrule
pkid                                 name         description numbeginwith numofdigits digitsremoved prefix priority
==================================== ============ =========== ============ =========== ============= ====== ========
00000000-0000-4000-8000-000000000001 E164         plus        +1           12          2             91     1
00000000-0000-4000-8000-000000000002 Zürich, \"HQ\" NULL        NULL         7           NULL          9      0

admin:run sql select name,description,numbeginwith,numofdigits,digitsremoved,prefix,priority from dirlookupdialrule
name description numbeginwith numofdigits digitsremoved prefix priority
==== =========== ============ =========== ============= ====== ========
in               408          10          5                    0
admin:
";

#[test]
fn text_of_run_sql_is_read_for_both_tables() {
    let (file, sources) = read_one("paste.txt", TRANSCRIPT.as_bytes(), None);
    assert_eq!(file.report.diagnostics(), []);
    assert_eq!(file.rules.len(), 3);
    for (located, expected) in file.rules.iter().zip(expected()) {
        assert!(located.rule.uuid.is_some());
        assert_eq!(CucmRule { uuid: None, ..located.rule.clone() }, expected);
    }
    let last = &file.rules[2];
    assert_eq!((last.rule.kind, &*last.rule.begins_with), (RuleKind::DirectoryLookup, "408"));
    assert_eq!(sources.position(last.span.expect("a place")).line, 10);
    let windows = TRANSCRIPT.replace('\n', "\r\n");
    let (again, _) = read_one("paste.txt", windows.as_bytes(), None);
    assert_eq!(again.rules.len(), 3);
    assert_eq!(again.rules[2].rule, last.rule);
}

#[test]
fn text_of_run_sql_without_priority_is_refused() {
    let text = TRANSCRIPT.replace("prefix,priority from", "prefix from");
    let text = text.replace("prefix priority\n==== ", "prefix\n==== ");
    let text = text.replace("============= ====== ========\nin ", "============= ======\nin ");
    let (file, sources) = read_one("paste.txt", text.as_bytes(), None);
    assert_eq!(file.rules.len(), 2, "those of the other table");
    let [found] = file.report.diagnostics() else { panic!("{:?}", file.report) };
    assert!(found.message.starts_with("no column is called Priority"), "{}", found.message);
    assert_eq!(sources.position(found.span().expect("a place")).line, 8);
}

#[test]
fn text_that_run_sql_did_not_print_is_refused() {
    let error = "admin:run sql select * from dialrule\nThe specified table (dialrule) is not in the \
                 database.\n";
    for text in ["hello world\n", "", "application {}\n", error] {
        let file = read_as(
            FileFormat::Transcript,
            "paste.txt",
            text.as_bytes(),
            None,
            &mut Sources::new(),
        );
        let [found] = file.report.diagnostics() else { panic!("{text}: {:?}", file.report) };
        assert_eq!(found.name, "unknown-layout", "{text}");
    }
    let none = "admin:run sql select * from applicationdialrule\nNo records found\n";
    let file =
        read_as(FileFormat::Transcript, "paste.txt", none.as_bytes(), None, &mut Sources::new());
    assert!(file.report.is_empty() && file.rules.is_empty(), "{:?}", file.report);
}

#[test]
fn widths_in_bytes_are_recognized() {
    let text = TRANSCRIPT.replace("Zürich, \"HQ\" NULL", "Zürich, HQQ NULL");
    let (file, _) = read_one("paste.txt", text.as_bytes(), None);
    assert_eq!(file.report.diagnostics(), []);
    assert_eq!(file.rules[1].rule.name, "Zürich, HQQ");
    assert_eq!(file.rules[1].rule.digits, Count::Number(7));
}

#[test]
fn rule_called_like_the_prompt_is_a_row() {
    let text = TRANSCRIPT.replace("in               408", "admin:1          408");
    let (file, _) = read_one("paste.txt", text.as_bytes(), None);
    assert_eq!(file.rules.len(), 2, "{:?}", file.report);
    let wide = text.replace("\nname description", "\nname    description");
    let wide = wide.replace("\n==== ", "\n======= ").replace("admin:1 ", "admin:1    ");
    let (file, _) = read_one("paste.txt", wide.as_bytes(), None);
    assert_eq!(file.rules.len(), 3, "{:?}", file.report);
    assert_eq!(file.rules[2].rule.name, "admin:1");
}

#[test]
fn row_that_does_not_fit_is_an_error() {
    let text = TRANSCRIPT.replace("E164         plus ", "E164        plus ");
    let (found, _) = findings("paste.txt", text.as_bytes());
    assert_eq!(found, ["misaligned-row"]);
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, *content).expect("in memory");
    }
    builder.into_inner().expect("in memory")
}

#[test]
fn archive_is_read_member_by_member() {
    let lookup = CSV.replace("E164", "in");
    let tar = archive(&[
        ("header.txt", b"release 15\n"),
        ("phone.csv", b"Device Name\nCSFASMITH\n"),
        ("applicationdialrules.csv", CSV.as_bytes()),
        ("directorylookupdialrules.csv", lookup.as_bytes()),
    ]);
    assert_eq!(FileFormat::recognize(&tar), Some(FileFormat::Archive));
    let (file, sources) = read_one("export.tar", &tar, None);
    assert_eq!(file.report.diagnostics(), []);
    let kinds: Vec<_> = file.rules.iter().map(|located| located.rule.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == RuleKind::DirectoryLookup).count(), 2);
    let source = file.rules[0].span.expect("a place").source;
    assert_eq!(sources.get(source).name(), "export.tar/applicationdialrules.csv");
}

#[test]
fn archive_without_rules_or_with_damage_is_an_error() {
    let (found, message) = findings("a.tar", &archive(&[("phone.csv", b"x")]));
    assert_eq!(found, ["unknown-layout"]);
    assert_eq!(message, "no file in `a.tar` is called after dial rules; it has `phone.csv`");
    let tar = archive(&[("applicationdialrules.csv", CSV.as_bytes())]);
    for cut in 512..512 + CSV.len() {
        let (found, message) = findings("a.tar", &tar[..cut]);
        assert_eq!(found, ["damaged-archive"], "cut at {cut}");
        assert_eq!(message, "`a.tar` is a tar archive that is cut or damaged");
    }
    let other = archive(&[("applicationdialrules.csv", b"a,b\n")]);
    let (found, message) = findings("a.tar", &other);
    assert_eq!(found, ["unknown-layout"]);
    assert!(message.ends_with("the columns are `a`, `b`"), "{message}");
}

#[test]
fn rows_of_a_query_are_rules() {
    let row = |columns: &[(&str, Option<&str>)]| SqlRow {
        columns: columns
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)))
            .collect(),
    };
    let full = row(&[
        ("pkid", Some("00000000-0000-4000-8000-000000000001")),
        ("name", Some("E164")),
        ("description", Some("plus")),
        ("numbeginwith", Some("+1")),
        ("numofdigits", Some("12")),
        ("digitsremoved", Some("2")),
        ("prefix", Some("91")),
        ("priority", Some("1")),
    ]);
    let rules = rules_of_rows(RuleKind::Application, std::slice::from_ref(&full)).expect("rules");
    assert_eq!(CucmRule { uuid: None, ..rules[0].rule.clone() }, expected()[0]);
    let error = rules_of_rows(RuleKind::Application, &[row(&[("name", None)])]).unwrap_err();
    assert_eq!(error.header, ["name"]);
    // rows of a database have no order, so nothing can stand for the priority
    let mut unordered = full;
    unordered.columns.pop();
    let error = rules_of_rows(RuleKind::Application, &[unordered]).unwrap_err();
    assert_eq!(error.missing, ["Priority"]);
    assert_eq!(rules_of_rows(RuleKind::Application, &[]), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_one("a.csv", &bytes, None);
        let mut tar = archive(&[("applicationdialrules.csv", CSV.as_bytes())]);
        tar.splice(..bytes.len().min(257), bytes.iter().copied().take(257));
        let _ = read_one("a.tar", &tar, None);
    }

    #[test]
    fn damaged_texts_are_read_without_panic(
        at in any::<prop::sample::Index>(),
        with in "[=, ;\"\n\tü]{0,5}",
        is_transcript: bool,
    ) {
        let text = if is_transcript { TRANSCRIPT } else { CSV };
        let cut = text.floor_char_boundary(at.index(text.len()));
        let damaged = format!("{}{with}{}", &text[..cut], &text[cut..]);
        let (file, sources) = read_one("AppDialRules.csv", damaged.as_bytes(), None);
        for located in &file.rules {
            let _ = sources.slice(located.span.expect("a place"));
        }
        let _ = read_one("AppDialRules.csv", &text.as_bytes()[..cut], None);
    }
}
