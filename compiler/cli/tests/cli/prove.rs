//! `adrc prove`: every view, every form of a plan, and the strongest statement.

use super::odd_files;
use super::room::{CLEAN, DANGEROUS, Room};

fn two_views() -> String {
    let site = "site \"Dallas\" {\n  clients 10.0.0.0/8\n  application {\n    rule \"D\" { digits 5..7; prefix 8 }\n  }\n}\n";
    format!("{CLEAN}{site}")
}

fn room() -> Room {
    let room = Room::with(&[
        ("plan.adr", &two_views()),
        ("one.adr", CLEAN),
        ("bad.adr", DANGEROUS),
    ]);
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    room
}

#[test]
fn every_view_is_asked() {
    let room = room();
    let ran = room.run("prove unchanged -r plan.adr 4XXXX");
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stdout,
        "not so: 4XXXX: 40000 goes out as 840000, in site \"Dallas\", by rule 1, \"D\" (plan.adr:14)\n"
    );
    let ran = room.run("prove unchanged -r published 4XXXX");
    assert!(
        ran.status == 1
            && ran
                .stdout
                .contains("(published/sites/Dallas/AppDialRules.xml:3)"),
        "{ran:?}"
    );
    assert_eq!(
        room.run("prove unchanged -r published/AppDialRules.xml 4XXXX")
            .status,
        0
    );
    assert_eq!(
        room.run("prove unchanged -r published/CUPC 4XXXX").status,
        0
    );
    assert_eq!(
        room.run("prove unchanged -r plan.adr --lookup 4XXXXXX")
            .status,
        0
    );
    let ran = room.run("prove equal one.adr plan.adr");
    assert!(
        ran.status == 1
            && ran
                .stdout
                .contains("00000 gives 00000 and 800000, application rules of site \"Dallas\""),
        "{ran:?}"
    );
    assert_eq!(room.run("prove equal one.adr plan.adr --lookup").status, 0);
    assert_eq!(
        room.run("prove equal published plan.adr --site Dallas")
            .status,
        0
    );
    let ran = room.run("prove equal published plan.adr --site Nowhere");
    assert!(
        ran.status == 2 && ran.stderr.contains("there is `Dallas`\n"),
        "{ran:?}"
    );
}

#[test]
fn the_strongest_statement_is_told_and_the_domain_says_what_is_needed() {
    let by_digits: String = (0..10)
        .map(|digit| format!("  rule \"{digit}\" {{ begins-with {digit}; digits 7; prefix 9 }}\n"))
        .collect();
    let plus = "  rule \"+\" { begins-with +; digits 7; prefix 9 }\n";
    let split = CLEAN.replace(
        "  rule \"Local\" { digits 7; prefix 9 }\n",
        &(by_digits + plus),
    );
    let star = "application {\n  rule \"Star\" { begins-with 4*; digits 5; prefix 9 }\n}\n";
    let room = Room::with(&[
        ("one.adr", CLEAN),
        ("split.adr", &split),
        ("star.adr", star),
    ]);
    let ran = room.run("prove equal one.adr split.adr");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (
            0,
            "proved: equal for every number of digits, with a + in front or without\n"
        )
    );
    assert_eq!(
        ran.stderr,
        "not for more: *000000 gives 9*000000 and *000000\n"
    );
    assert_eq!(
        room.run("prove equal one.adr split.adr --domain dialable")
            .status,
        1
    );
    let ran = room.run("prove unchanged -r star.adr 4XXXX 5XXXX 4X!");
    assert_eq!(ran.status, 0);
    assert_eq!(
        ran.stdout,
        "proved: 4XXXX stays as it is, for every number of digits, with a + in front or without\n\
         proved: 5XXXX stays as it is, for every string of characters\n\
         proved: 4X! stays as it is, for every number of digits, with a + in front or without\n"
    );
    let ran = room.run("prove unchanged -r star.adr --domain dialable 4X! --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.status, &report["proved"]), (1, &false.into()));
    let found = &report["answers"][0]["counterexample"];
    assert_eq!(
        (&found["witness"], &found["result"], &found["rule"]),
        (&"4*000".into(), &"94*000".into(), &"Star".into())
    );
}

#[test]
fn emergency_numbers_of_deployed_files_are_given() {
    let room = room();
    for path in ["published", "published/CUPC", "published/AppDialRules.xml"] {
        let ran = room.run(&format!("prove emergency {path} --numbers 911,9911"));
        assert!(
            ran.status == 0
                && ran
                    .stdout
                    .starts_with("proved: 911, 9911 stay among themselves in "),
            "{ran:?}"
        );
    }
    let ran = room.run("prove emergency published --numbers 911,5551212");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains(
            "not so: 5551212 goes out as 85551212, in site \"Dallas\", by rule 3, \"row 3\""
        ),
        "{ran:?}"
    );
    // a source declares its own, and more may be given
    assert_eq!(
        room.run("prove emergency plan.adr").stdout,
        "proved: 911, 9911 stay among themselves in 2 views\n"
    );
    assert_eq!(
        room.run("prove emergency plan.adr --numbers 112").stdout,
        "proved: 911, 9911, 112 stay among themselves in 2 views\n"
    );
    let ran = room.run("prove emergency bad.adr");
    assert!(
        ran.status == 1 && ran.stderr.contains("emergency-rewritten"),
        "{ran:?}"
    );
    let ran = room.run("prove emergency published --numbers 911 --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&report["format_version"], &report["proved"]),
        (&1.into(), &true.into())
    );
    for line in [
        "prove emergency published",
        "prove emergency published --numbers 9-11",
        "prove emergency published --numbers 911,,",
        "prove emergency published/DirLookupDialRules.xml --numbers 911",
        "prove emergency none.xml --numbers 911",
        "prove emergency published --numbers 911 --format junit",
        "prove nothing plan.adr",
        "prove",
    ] {
        assert_eq!(room.run(line).status, 2, "{line}");
    }
}

#[test]
fn a_file_that_a_client_refuses_proves_nothing() {
    let room = Room::with(&[
        ("broken.xml", "<DialRules>"),
        ("empty.xml", "<DialRules></DialRules>"),
    ]);
    for line in [
        "prove unchanged -r broken.xml 911",
        "prove emergency broken.xml --numbers 911",
        "prove equal broken.xml empty.xml",
    ] {
        let ran = room.run(line);
        assert!(
            ran.status == 1 && ran.stderr.contains("invalid"),
            "{line}: {ran:?}"
        );
    }
}

#[test]
fn files_that_only_a_client_accepts() {
    let room = Room::with(&[
        ("chain.xml", &odd_files::chain()),
        ("odd.xml", &odd_files::odd()),
        ("equal.xml", &odd_files::equal()),
    ]);
    for file in ["chain.xml", "odd.xml", "equal.xml"] {
        assert_eq!(room.run(&format!("prove equal {file} {file}")).status, 0);
    }
    assert_eq!(room.run("prove unchanged -r chain.xml 911").status, 0);
    // a negative removal takes everything, whatever begins with 12
    let ran = room.run("prove unchanged -r odd.xml 12XXX");
    assert!(
        ran.status == 1 && ran.stdout.contains("12000 goes out as 9,"),
        "{ran:?}"
    );
    let ran = room.run("prove equal chain.xml equal.xml");
    assert!(ran.status == 1 && ran.stdout.contains("5550000"), "{ran:?}");
}
