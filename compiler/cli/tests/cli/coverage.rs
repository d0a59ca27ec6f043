//! `adrc coverage`: which rule gets which numbers, as a drawing and as counts.

use super::deployed_xml::{self, file, row};
use super::sandbox::{CLEAN, Sandbox};

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

fn json(sandbox: &Sandbox, line: &str) -> serde_json::Value {
    let ran = sandbox.run(line);
    assert_eq!(ran.status, 0, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn coverage_as_text_fits_80_columns_and_obeys_color_variables() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.run("coverage plan.adr");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    insta::assert_snapshot!("coverage", ran.stdout);
    let colored =
        sandbox.command(&["coverage", "plan.adr"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(colored.stdout.contains(&0x1b));
    let both = sandbox
        .command(&["coverage", "plan.adr"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!both.stdout.contains(&0x1b));
}

#[test]
fn coverage_as_json_has_exact_counts() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let report = json(&sandbox, "coverage plan.adr --format json");
    assert_eq!(report["format_version"], 2);
    let numbers = |name: &str| {
        let rules = report["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["name"] == name).unwrap();
        (rule["numbers"].as_u64().unwrap(), rule["matches"].as_u64().unwrap())
    };
    assert_eq!(numbers("Emergency"), (1, 1));
    assert_eq!(numbers("Block 555"), (10_000, 10_000));
    // 10 million numbers of seven digits, and 1 million with a plus and six digits
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
    let dialable = json(&sandbox, "coverage plan.adr --format json --domain dialable");
    assert_eq!(dialable["rules"][2]["matches"], 13_u64.pow(7));
    let site = json(&sandbox, "coverage plan.adr --site Dallas --lookup --format json");
    assert_eq!((&site["site"], &site["kind"]), (&"Dallas".into(), &"lookup".into()));
    assert_eq!(site["rules"][0]["numbers"], 10_000_000);
}

#[test]
fn coverage_as_svg_has_no_script_and_overwrites_drawings_only() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.run("coverage plan.adr -o -");
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
    assert_eq!(sandbox.run("coverage plan.adr -o a.svg").status, 0);
    assert_eq!(sandbox.read("a.svg"), ran.stdout);
    assert_eq!(sandbox.run("coverage plan.adr -o a.svg").status, 0, "the drawing is overwritten");
    let ran = sandbox.run("coverage plan.adr -o plan.adr");
    assert!(ran.status == 2 && sandbox.read("plan.adr") == PLAN, "{ran:?}");
}

#[test]
fn rule_for_any_length_is_counted_without_an_end() {
    let by_digits: String =
        "0123456789+".chars().map(|first| row(&format!("1{first}"), "0", "0")).collect();
    let sandbox = Sandbox::with(&[(
        "any.xml",
        &file(&(by_digits + &row("1", "0", "0") + &row("12", "0", "0"))),
    )]);
    let report = json(&sandbox, "coverage any.xml --format json");
    let rules = report["rules"].as_array().unwrap();
    let numbers: Vec<_> = [0, 11, 12].iter().map(|at| &rules[*at]["numbers"]).collect();
    // row 1 gets numbers without end, row 12 only the number `1`, row 13 no number
    assert_eq!(numbers, [&serde_json::Value::Null, &1.into(), &0.into()]);
    let ran = sandbox.run("coverage any.xml");
    for part in ["without end  some", "1  some", "0  0 %"] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let all = Sandbox::with(&[
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
fn coverage_of_unusual_files_succeeds_and_wrong_usage_exits_with_status_2() {
    let sandbox = Sandbox::with(&[
        ("nested.xml", &deployed_xml::nested()),
        ("client-only.xml", &deployed_xml::client_only()),
        ("repeated.xml", &deployed_xml::repeated()),
        ("broken.xml", "<DialRules>"),
        ("empty.adr", "application {\n}\n"),
        ("plan.adr", CLEAN),
    ]);
    for file in ["nested.xml", "client-only.xml", "repeated.xml", "empty.adr"] {
        for options in [
            "--format text",
            "--format json",
            "-o -",
            "--domain anything",
            "--domain dialable -o -",
        ] {
            let ran = sandbox.run(&format!("coverage {file} {options}"));
            assert_eq!(ran.status, 0, "{file} {options}: {ran:?}");
        }
    }
    let equal = json(&sandbox, "coverage repeated.xml --format json");
    assert_eq!(
        (&equal["rules"][0]["numbers"], &equal["rules"][19_999]["numbers"]),
        (&10_000.into(), &0.into())
    );
    assert_eq!(sandbox.run("coverage broken.xml").status, 1);
    for line in [
        "coverage nowhere",
        "coverage none.adr",
        "coverage plan.adr --site Nowhere",
        "coverage plan.adr --format sarif",
        "coverage plan.adr --domain none",
    ] {
        assert_eq!(sandbox.run(line).status, 2, "{line}");
    }
}
