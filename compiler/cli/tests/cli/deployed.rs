//! Files that are deployed already: what clients make of them, and how they become sources.

use super::sandbox::{CLEAN, Sandbox as Room};

const ROW: &str =
    "<DialRule BeginsWith=\"+1\" NumDigits=\"12\" DigitsToRemove=\"1\" PrefixWith=\"9\"/>";

fn deployed(rows: &str) -> String {
    format!("<DialRules>{rows}</DialRules>\n")
}

#[test]
fn check_tells_what_a_client_reads() {
    let room = Room::with(&[("AppDialRules.xml", &deployed(ROW)), ("page.xml", "<html/>")]);
    let ran = room.run("check AppDialRules.xml");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stderr, "AppDialRules.xml: a client reads 1 rule\n");
    let ran = room.run("check page.xml --format json");
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("\"valid\": false"), "{ran:?}");
    assert!(ran.stderr.contains("rejects this file (error 2)"), "{ran:?}");
}

#[test]
fn a_deviation_that_clients_forgive_is_found_and_valid() {
    let row = ROW.replace("\"12\"", "\"12x\"");
    let room = Room::with(&[("a.xml", &deployed(&format!("\n{ROW}\n{row}")))]);
    let ran = room.run("check a.xml --format json");
    assert_eq!(ran.status, 1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["valid"], true);
    assert_eq!(report["findings"][0]["name"], "number-not-decimal");
    assert_eq!(report["findings"][0]["rule_position"], 2);
    assert_eq!(report["findings"][0]["line"], 3);
}

#[test]
fn positions_count_every_rule_of_the_file() {
    let skipped = "<DialRule BeginsWith=\"9\"/>";
    let room = Room::with(&[("a.xml", &deployed(&format!("{ROW}{skipped}{ROW}")))]);
    let ran = room.run("check a.xml --format json");
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
fn an_invalid_file_leaves_numbers_unchanged_says_so_and_ends_with_1() {
    let room = Room::with(&[("a.xml", "<DialRules>")]);
    let ran = room.run("dial a.xml 5551212 911");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "5551212\n911\n"));
    assert!(ran.stderr.contains("rejects this file (error 0)"), "{ran:?}");
}

#[test]
fn a_published_folder_is_verified_and_dialed() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    rule \"D\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n\
                test { dial 5551212 at \"Dallas\" -> 85551212 }\n";
    let room = Room::with(&[("plan.adr", &format!("{CLEAN}{site}"))]);
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    assert_eq!(room.run("check published").status, 0);
    assert_eq!(room.run("dial published 5551212").stdout, "95551212\n");
    assert_eq!(room.run("dial published --site Dallas 5551212").stdout, "85551212\n");
    assert_eq!(room.run("lookup published 5551212").stdout, "5551212\n");
    assert_eq!(room.run("dial published/CUPC 5551212").stdout, "95551212\n");
    let ran = room.run("dial published --site Dalas 5551212");
    assert!(ran.status == 2 && ran.stderr.contains("did you mean `Dallas`?"), "{ran:?}");
}

#[test]
fn a_tampered_folder_is_refused() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    room.run("compile plan.adr -o published");
    let file = "published/generations/1/AppDialRules.xml";
    let tampered = room.read(file).replace("PrefixWith=\"9\"", "PrefixWith=\"1\"");
    std::fs::remove_file(room.path(file)).unwrap();
    room.write(file, tampered.as_bytes());
    let ran = room.run("check published");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("SHA-256"), "{ran:?}");
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    assert_eq!(room.run("check published").status, 0);
}

#[test]
fn file_to_import_that_is_something_else_is_named_in_one_finding() {
    let answer = include_str!("../../../language/tests/soap-answer.xml");
    let room = Room::with(&[
        ("answer.xml", answer),
        ("rules.csv", "name,digits,prefix\nLocal,7,9\n"),
        ("plan.adr", CLEAN),
    ]);
    for (file, what, help) in [
        ("answer.xml", "a response of AXL (SOAP)", "fetch `AppDialRules.xml`"),
        ("rules.csv", "a table", "fetch `AppDialRules.xml`"),
        ("plan.adr", "a rule source", "`adrc check` reads it"),
    ] {
        let ran = room.run(&format!("import {file} -o new.adr"));
        assert_eq!(ran.status, 1, "{ran:?}");
        let said = format!("error[not-a-deployed-file]: this is {what}");
        assert!(ran.stderr.contains(&said), "{ran:?}");
        assert!(ran.stderr.contains(help), "{ran:?}");
        assert_eq!(ran.stderr.matches("error[").count(), 1, "{ran:?}");
        let end = format!("{file}: nothing is imported\n");
        assert!(ran.stderr.ends_with(&end), "{ran:?}");
        assert!(!room.path("new.adr").exists());
    }
}

#[test]
fn what_is_imported_compiles_to_the_same_rules() {
    let rows = format!(
        "\n  {ROW}\n  <DialRule BeginsWith=\"4\" NumDigits=\"5\" DigitsToRemove=\"1\" PrefixWith=\"4\"/>\n  \
         <DialRule BeginsWith=\"\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"9\"/>\n"
    );
    let file = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", deployed(&rows));
    let room = Room::with(&[("AppDialRules.xml", &file)]);
    let ran = room.run("import AppDialRules.xml -o plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    insta::assert_snapshot!("imported", room.read("plan.adr"));
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    assert_eq!(room.read("published/AppDialRules.xml"), file);
    assert_eq!(room.run("fmt --check plan.adr").status, 0);
    // again: the same content is left, other content is a conflict
    assert_eq!(room.run("import AppDialRules.xml -o plan.adr").status, 0);
    room.write("plan.adr", b"// mine\n");
    let ran = room.run("import AppDialRules.xml -o plan.adr");
    assert!(ran.status == 2 && ran.stderr.contains("is not overwritten"), "{ran:?}");
    assert_eq!(room.read("plan.adr"), "// mine\n");
}

#[test]
fn a_lookup_file_becomes_lookup_rules() {
    let room = Room::with(&[("DirLookupDialRules.xml", &deployed(ROW)), ("x.xml", &deployed(ROW))]);
    assert!(room.run("import DirLookupDialRules.xml").stdout.contains("\nlookup {"));
    assert!(room.run("import x.xml").stdout.contains("\napplication {"));
    assert!(room.run("import x.xml --as lookup").stdout.contains("\nlookup {"));
}

#[test]
fn what_cannot_be_imported_says_why() {
    let letters = deployed(
        "<DialRule BeginsWith=\"9X\" NumDigits=\"4\" DigitsToRemove=\"0\" PrefixWith=\"1\"/>",
    );
    let doctype = format!("<!DOCTYPE DialRules>{}", deployed(ROW));
    let room = Room::with(&[
        ("letters.xml", &letters),
        ("doctype.xml", &doctype),
        ("page.xml", "<html/>"),
    ]);
    let ran = room.run("import letters.xml -o a.adr");
    assert!(ran.status == 2 && ran.stderr.contains("rule 1: begins-with `9X`"), "{ran:?}");
    for file in ["doctype.xml", "page.xml"] {
        let ran = room.run(&format!("import {file} -o a.adr"));
        assert!(ran.status == 1 && ran.stderr.contains("nothing is imported"), "{ran:?}");
    }
    assert!(!room.path("a.adr").exists());
}

#[test]
fn rows_that_never_win_are_notes_with_their_numbers() {
    let row = |begins_with: &str, prefix: &str| {
        format!(
            "<DialRule BeginsWith=\"{begins_with}\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"{prefix}\"/>\n"
        )
    };
    let rows = row("1", "9") + &row("", "8") + &row("555", "7");
    let room = Room::with(&[("a.xml", &format!("<DialRules>\n{rows}</DialRules>\n"))]);
    let ran = room.run("check a.xml --format json");
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
    assert!(!room.run("check a.xml").stdout.contains("dead-rule"));
    assert!(
        room.run("check a.xml --notes")
            .stdout
            .contains("info[dead-rule]: this row never wins: row 2 above takes")
    );
}
