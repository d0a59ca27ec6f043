//! `adrc coverage`: who gets which numbers, as a picture and as counts.

use super::odd_files::{self, file, row};
use super::sandbox::{CLEAN, Sandbox as Room};

const PLAN: &str = "\
emergency 911, 9911

application {
  rule \"Emergency\" { begins-with 911; digits 3; keep }
  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }
  rule \"Local\"     { digits 7; prefix 9 }
  rule \"Abroad\"    { begins-with +; digits 9..11; remove 1; prefix 900 }
  rule \"Never\"     { begins-with 1; digits 7; prefix 1 }
}

site \"Dallas\" {
  clients 10.0.0.0/8
  lookup { rule \"Own\" { begins-with 214; digits 10; remove 5 } }
}
";

fn json(room: &Room, line: &str) -> serde_json::Value {
    let ran = room.run(line);
    assert_eq!(ran.status, 0, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_picture_that_fits_a_terminal() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let ran = room.run("coverage plan.adr");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    insta::assert_snapshot!("coverage", ran.stdout);
    let colored =
        room.command(&["coverage", "plan.adr"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(colored.stdout.contains(&0x1b));
    let both = room
        .command(&["coverage", "plan.adr"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!both.stdout.contains(&0x1b));
}

#[test]
fn counts_are_exact() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let report = json(&room, "coverage plan.adr --format json");
    assert_eq!(report["format_version"], 2);
    let numbers = |name: &str| {
        let rules = report["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["name"] == name).unwrap();
        (rule["numbers"].as_u64().unwrap(), rule["matches"].as_u64().unwrap())
    };
    assert_eq!(numbers("Emergency"), (1, 1));
    assert_eq!(numbers("Block 555"), (10_000, 10_000));
    // ten million of seven digits, and a million with a plus in front
    assert_eq!(numbers("Local"), (10_990_000, 11_000_000));
    assert_eq!(numbers("Never"), (0, 1_000_000));
    let lengths = report["lengths"].as_array().unwrap();
    let three = &lengths[0];
    assert_eq!(
        (&three["digits"], &three["touched"], &three["untouched"]),
        (&3.into(), &1.into(), &1_099.into())
    );
    assert_eq!(three["untouched_witness"], "000");
    assert_eq!((&lengths[2]["digits"], &lengths[2]["digits_to"]), (&9.into(), &11.into()));
    let dialable = json(&room, "coverage plan.adr --format json --domain dialable");
    assert_eq!(dialable["rules"][2]["matches"], 13_u64.pow(7));
    let site = json(&room, "coverage plan.adr --site Dallas --lookup --format json");
    assert_eq!((&site["site"], &site["kind"]), (&"Dallas".into(), &"lookup".into()));
    assert_eq!(site["rules"][0]["numbers"], 10_000_000);
}

#[test]
fn a_picture_for_a_browser() {
    let room = Room::with(&[("plan.adr", PLAN)]);
    let ran = room.run("coverage plan.adr -o -");
    assert!(ran.status == 0 && ran.stdout.starts_with("<svg"), "{ran:?}");
    for part in [
        "Block 555",
        "unchanged",
        "prefers-color-scheme",
        "555, 7 digits: Block 555, 10,000 numbers",
    ] {
        assert!(ran.stdout.contains(part), "{part}");
    }
    assert!(!ran.stdout.contains("<script") && !ran.stdout.contains("http://www.w3.org/1999"));
    assert_eq!(room.run("coverage plan.adr -o a.svg").status, 0);
    assert_eq!(room.read("a.svg"), ran.stdout);
    assert_eq!(room.run("coverage plan.adr -o a.svg").status, 0, "drawn anew");
    let ran = room.run("coverage plan.adr -o plan.adr");
    assert!(ran.status == 2 && room.read("plan.adr") == PLAN, "{ran:?}");
}

#[test]
fn rule_for_any_length_gets_what_is_counted() {
    let by_digits: String =
        "0123456789+".chars().map(|first| row(&format!("1{first}"), "0", "0")).collect();
    let room = Room::with(&[(
        "any.xml",
        &file(&(by_digits + &row("1", "0", "0") + &row("12", "0", "0"))),
    )]);
    let report = json(&room, "coverage any.xml --format json");
    let rules = report["rules"].as_array().unwrap();
    let numbers: Vec<_> = [0, 11, 12].iter().map(|at| &rules[*at]["numbers"]).collect();
    // the first has no end, of the twelfth only `1` is left, and nothing of the last
    assert_eq!(numbers, [&serde_json::Value::Null, &1.into(), &0.into()]);
    let ran = room.run("coverage any.xml");
    for words in ["without end  some", "1  some", "0  0 %"] {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    let all = Room::with(&[
        ("all.xml", &file(&row("", "0", "0"))),
        ("star.xml", &file(&row("*", "4", "0"))),
    ]);
    let ran = all.run("coverage all.xml");
    assert!(ran.stdout.lines().any(|line| line.ends_with("   all")), "{ran:?}");
    let ran = all.run("coverage star.xml");
    assert!(
        ran.stdout.ends_with("no rule matches any of these: all of them stay unchanged\n"),
        "{ran:?}"
    );
}

#[test]
fn bad_input_of_every_kind() {
    let room = Room::with(&[
        ("chain.xml", &odd_files::chain()),
        ("odd.xml", &odd_files::odd()),
        ("equal.xml", &odd_files::equal()),
        ("broken.xml", "<DialRules>"),
        ("empty.adr", "application {\n}\n"),
        ("plan.adr", CLEAN),
    ]);
    for file in ["chain.xml", "odd.xml", "equal.xml", "empty.adr"] {
        for form in [
            "--format text",
            "--format json",
            "-o -",
            "--domain anything",
            "--domain dialable -o -",
        ] {
            let ran = room.run(&format!("coverage {file} {form}"));
            assert_eq!(ran.status, 0, "{file} {form}: {ran:?}");
        }
    }
    let equal = json(&room, "coverage equal.xml --format json");
    assert_eq!(
        (&equal["rules"][0]["numbers"], &equal["rules"][19_999]["numbers"]),
        (&10_000.into(), &0.into())
    );
    assert_eq!(room.run("coverage broken.xml").status, 1);
    for line in [
        "coverage nowhere",
        "coverage none.adr",
        "coverage plan.adr --site Nowhere",
        "coverage plan.adr --format sarif",
        "coverage plan.adr --domain none",
    ] {
        assert_eq!(room.run(line).status, 2, "{line}");
    }
}
