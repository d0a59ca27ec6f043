//! Deployed XML files and published folders: `adrc check`, `dial` and `import`.

use super::sandbox::{CLEAN, Sandbox};

const ROW: &str =
    "<DialRule BeginsWith=\"+1\" NumDigits=\"12\" DigitsToRemove=\"1\" PrefixWith=\"9\"/>";

fn deployed(rows: &str) -> String {
    format!("<DialRules>{rows}</DialRules>\n")
}

#[test]
fn check_of_a_deployed_file_reports_what_a_client_reads() {
    let sandbox = Sandbox::with(&[("AppDialRules.xml", &deployed(ROW)), ("page.xml", "<html/>")]);
    let ran = sandbox.run("check AppDialRules.xml");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stderr, "AppDialRules.xml: a client reads 1 rule\n");
    let ran = sandbox.run("check page.xml --format json");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("\"valid\": false"), "{ran:?}");
    assert!(ran.stderr.contains("rejects this file (error 2)"), "{ran:?}");
}

#[test]
fn deviation_that_clients_accept_is_a_finding_of_a_valid_file() {
    let row = ROW.replace("\"12\"", "\"12x\"");
    let sandbox = Sandbox::with(&[("a.xml", &deployed(&format!("\n{ROW}\n{row}")))]);
    let ran = sandbox.run("check a.xml --format json");
    assert_eq!(ran.status, 1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["valid"], true);
    assert_eq!(report["findings"][0]["name"], "number-not-decimal");
    assert_eq!(report["findings"][0]["rule_position"], 2);
    assert_eq!(report["findings"][0]["line"], 3);
}

#[test]
fn rule_positions_count_skipped_rows() {
    let skipped = "<DialRule BeginsWith=\"9\"/>";
    let sandbox = Sandbox::with(&[("a.xml", &deployed(&format!("{ROW}{skipped}{ROW}")))]);
    let ran = sandbox.run("check a.xml --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = report["findings"].as_array().unwrap();
    let rules: Vec<_> = found
        .iter()
        .map(|found| (found["name"].as_str().unwrap(), found["rule_position"].as_u64().unwrap()))
        .collect();
    let missing = ("missing-attribute", 2);
    assert_eq!(rules, [missing, missing, missing, ("duplicate-row", 3)]);
}

#[test]
fn dial_with_an_invalid_deployed_file_leaves_numbers_unchanged_and_exits_with_status_1() {
    let sandbox = Sandbox::with(&[("a.xml", "<DialRules>")]);
    let ran = sandbox.run("dial a.xml 5551212 911");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "5551212\n911\n"));
    assert!(ran.stderr.contains("rejects this file (error 0)"), "{ran:?}");
}

#[test]
fn published_folder_is_verified_and_dialed_for_each_view() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    rule \"D\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n\
                test { dial 5551212 at \"Dallas\" -> 85551212 }\n";
    let sandbox = Sandbox::with(&[("plan.adr", &format!("{CLEAN}{site}"))]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    assert_eq!(sandbox.run("check published").status, 0);
    assert_eq!(sandbox.run("dial published 5551212").stdout, "95551212\n");
    assert_eq!(sandbox.run("dial published --site Dallas 5551212").stdout, "85551212\n");
    assert_eq!(sandbox.run("lookup published 5551212").stdout, "5551212\n");
    assert_eq!(sandbox.run("dial published/CUPC 5551212").stdout, "95551212\n");
    let ran = sandbox.run("dial published --site Dalas 5551212");
    assert!(ran.status == 2 && ran.stderr.contains("did you mean `Dallas`?"), "{ran:?}");
}

#[test]
fn tampered_published_folder_is_rejected_until_compiled_again() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    sandbox.run("compile plan.adr -o published");
    let file = "published/generations/1/AppDialRules.xml";
    let tampered = sandbox.read(file).replace("PrefixWith=\"9\"", "PrefixWith=\"1\"");
    std::fs::remove_file(sandbox.path(file)).unwrap();
    sandbox.write(file, tampered.as_bytes());
    let ran = sandbox.run("check published");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("SHA-256"), "{ran:?}");
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    assert_eq!(sandbox.run("check published").status, 0);
}

#[test]
fn import_of_another_kind_of_file_is_one_finding_that_names_it() {
    let answer = include_str!("../../../language/tests/soap-answer.xml");
    let sandbox = Sandbox::with(&[
        ("answer.xml", answer),
        ("phones.csv", "phone,owner,site\nSEP1,Ann,Dallas\n"),
        ("plan.adr", CLEAN),
    ]);
    for (file, what, help) in [
        ("answer.xml", "a response of AXL (SOAP)", "`adrc import cucm://HOST`"),
        ("phones.csv", "a table", "`adrc import --csv FILE`"),
        ("plan.adr", "a rule source", "`adrc check` reads it"),
    ] {
        let ran = sandbox.run(&format!("import {file} -o new.adr"));
        assert_eq!(ran.status, 1, "{ran:?}");
        let message = format!("error[not-a-deployed-file]: this is {what}");
        assert!(ran.stderr.contains(&message), "{ran:?}");
        assert!(ran.stderr.contains(help), "{ran:?}");
        assert_eq!(ran.stderr.matches("error[").count(), 1, "{ran:?}");
        let end = format!("{file}: nothing is imported\n");
        assert!(ran.stderr.ends_with(&end), "{ran:?}");
        assert!(!sandbox.path("new.adr").exists());
    }
}

#[test]
fn imported_file_compiles_to_the_same_rules() {
    let rows = format!(
        "\n  {ROW}\n  <DialRule BeginsWith=\"4\" NumDigits=\"5\" DigitsToRemove=\"1\" PrefixWith=\"4\"/>\n  \
         <DialRule BeginsWith=\"\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"9\"/>\n"
    );
    let file = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", deployed(&rows));
    let sandbox = Sandbox::with(&[("AppDialRules.xml", &file)]);
    let ran = sandbox.run("import AppDialRules.xml -o plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    insta::assert_snapshot!("imported", sandbox.read("plan.adr"));
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    assert_eq!(sandbox.read("published/AppDialRules.xml"), file);
    assert_eq!(sandbox.run("fmt --check plan.adr").status, 0);
    // a file with the same content is kept, and another file is not overwritten without a question
    assert_eq!(sandbox.run("import AppDialRules.xml -o plan.adr").status, 0);
    sandbox.write("plan.adr", b"// edited\n");
    let ran = sandbox.run("import AppDialRules.xml -o plan.adr");
    assert!(ran.status == 3 && ran.stderr.contains("nothing is written"), "{ran:?}");
    assert_eq!(sandbox.read("plan.adr"), "// edited\n");
}

#[test]
fn import_of_a_lookup_file_writes_lookup_rules() {
    let sandbox =
        Sandbox::with(&[("DirLookupDialRules.xml", &deployed(ROW)), ("x.xml", &deployed(ROW))]);
    assert!(sandbox.run("import DirLookupDialRules.xml").stdout.contains("\nlookup {"));
    assert!(sandbox.run("import x.xml").stdout.contains("\napplication {"));
    assert!(sandbox.run("import x.xml --as lookup").stdout.contains("\nlookup {"));
}

#[test]
fn import_of_an_invalid_file_reports_the_reason_and_writes_nothing() {
    let letters = deployed(
        "<DialRule BeginsWith=\"9X\" NumDigits=\"4\" DigitsToRemove=\"0\" PrefixWith=\"1\"/>",
    );
    let doctype = format!("<!DOCTYPE DialRules>{}", deployed(ROW));
    let sandbox = Sandbox::with(&[
        ("letters.xml", &letters),
        ("doctype.xml", &doctype),
        ("page.xml", "<html/>"),
    ]);
    let ran = sandbox.run("import letters.xml -o a.adr");
    assert!(ran.status == 2 && ran.stderr.contains("rule 1: begins-with `9X`"), "{ran:?}");
    for file in ["doctype.xml", "page.xml"] {
        let ran = sandbox.run(&format!("import {file} -o a.adr"));
        assert!(ran.status == 1 && ran.stderr.contains("nothing is imported"), "{ran:?}");
    }
    assert!(!sandbox.path("a.adr").exists());
}

#[test]
fn rows_that_never_win_are_notes_that_name_the_rows_above() {
    let row = |begins_with: &str, prefix: &str| {
        format!(
            "<DialRule BeginsWith=\"{begins_with}\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"{prefix}\"/>\n"
        )
    };
    let rows = row("1", "9") + &row("", "8") + &row("555", "7");
    let sandbox = Sandbox::with(&[("a.xml", &format!("<DialRules>\n{rows}</DialRules>\n"))]);
    let ran = sandbox.run("check a.xml --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let dead: Vec<_> = findings.iter().filter(|found| found["name"] == "dead-rule").collect();
    assert_eq!((ran.status, dead.len()), (0, 1), "{ran:?}");
    assert_eq!(
        (&dead[0]["rule_position"], &dead[0]["severity"]),
        (&3.into(), &"information".into())
    );
    assert_eq!(
        (&dead[0]["covered_by"], &dead[0]["line"]),
        (&serde_json::json!(["row 2"]), &4.into())
    );
    assert!(!sandbox.run("check a.xml").stdout.contains("dead-rule"));
    assert!(
        sandbox
            .run("check a.xml --notes")
            .stdout
            .contains("info[dead-rule]: this row never wins: row 2 above takes")
    );
}
