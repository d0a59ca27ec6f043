//! `adrc import` of files that CUCM exports.

use std::fmt::Write;

use super::sandbox::Sandbox;

/// The header of a table as CUCM's page has it.
const HEADER: &str = "Name,Description,Number Begins With,Number of Digits,Total Digits to be \
                      Removed,Prefix With Pattern,Priority";

#[test]
fn exported_file_is_recognized_by_its_content() {
    let table = format!("{HEADER}\nLocal,,5,7,0,9,1\n");
    let mut text = "admin:run sql select * from applicationdialrule\n".to_owned();
    let _ = writeln!(text, "name  numbeginwith numofdigits digitsremoved prefix priority");
    let _ = writeln!(text, "===== ============ =========== ============= ====== ========");
    let _ = writeln!(text, "Local 5            7           0             9      1");
    let sandbox = Sandbox::with(&[("a", &table), ("b", &text)]);
    for line in [
        "import a --as application",
        "import --csv a --as application",
        "import b",
        "import --sql b",
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        assert!(ran.stdout.ends_with(
            "\n\napplication {\n  // CUCM: priority 1\n  rule \"Local\" { begins-with 5; digits 7; prefix 9 }\n}\n"
        ), "{line}: {}", ran.stdout);
    }
    for (line, finding) in [
        ("import a", "error[unknown-rule-kind]"),
        ("import --tar a", "error[damaged-archive]"),
        ("import --csv b --as lookup", "error[unknown-layout]"),
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, &*ran.stdout), (1, ""), "{line}: {ran:?}");
        assert!(ran.stderr.contains(finding), "{line}: {}", ran.stderr);
    }
    let ran = sandbox.run("import");
    assert_eq!(ran.status, 2);
}

#[test]
fn uneven_row_of_an_export_imports_nothing() {
    let table = format!("{HEADER}\nSales, EMEA,,+44,13,3,90044,1\n");
    let sandbox = Sandbox::with(&[("ApplicationDialRules.csv", &table)]);
    let ran = sandbox.run("import ApplicationDialRules.csv -o a.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("error[uneven-row]"), "{}", ran.stderr);
    assert!(ran.stderr.contains("ApplicationDialRules.csv:2:"), "{}", ran.stderr);
    assert!(!sandbox.path("a.adr").exists());
}
