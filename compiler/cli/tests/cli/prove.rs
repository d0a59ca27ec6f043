//! `adrc prove`: it covers every view, reads every form of a plan, and reports the largest domain.

use super::deployed_xml::{self, file, row};
use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

/// CLEAN with a site that has other rules.
fn two_views() -> String {
    let site = "site \"Dallas\" {\n  clients 10.0.0.0/8\n  application {\n    rule \"D\" { digits 5..7; prefix 8 }\n  }\n}\n";
    format!("{CLEAN}{site}")
}

/// A sandbox with a plan of two views, in source and published.
fn published_two_views() -> Sandbox {
    let sandbox =
        Sandbox::with(&[("plan.adr", &two_views()), ("one.adr", CLEAN), ("bad.adr", DANGEROUS)]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    sandbox
}

#[test]
fn prove_covers_every_view() {
    let sandbox = published_two_views();
    let ran = sandbox.run("prove unchanged plan.adr 4XXXX");
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stdout,
        "refuted: 4XXXX: 40000 becomes 840000, in site \"Dallas\", by rule 1, \"D\" (plan.adr:14)\n"
    );
    let ran = sandbox.run("prove unchanged published 4XXXX");
    assert!(
        ran.status == 1 && ran.stdout.contains("(published/sites/Dallas/AppDialRules.xml:3)"),
        "{ran:?}"
    );
    assert_eq!(sandbox.run("prove unchanged published/AppDialRules.xml 4XXXX").status, 0);
    assert_eq!(sandbox.run("prove unchanged published/CUPC 4XXXX").status, 0);
    assert_eq!(sandbox.run("prove unchanged plan.adr --lookup 4XXXXXX").status, 0);
    let ran = sandbox.run("prove equal one.adr plan.adr");
    assert!(
        ran.status == 1
            && ran
                .stdout
                .contains("00000 gives 00000 and 800000, application rules of site \"Dallas\""),
        "{ran:?}"
    );
    assert_eq!(sandbox.run("prove equal one.adr plan.adr --lookup").status, 0);
    assert_eq!(sandbox.run("prove equal published plan.adr --site Dallas").status, 0);
    let ran = sandbox.run("prove equal published plan.adr --site Nowhere");
    assert!(ran.status == 2 && ran.stderr.contains("known sites: `Dallas`\n"), "{ran:?}");
}

#[test]
fn prove_reports_the_largest_domain_and_requires_the_given_one() {
    let by_digits: String = (0..10)
        .map(|digit| format!("  rule \"{digit}\" {{ begins-with {digit}; digits 7; prefix 9 }}\n"))
        .collect();
    let plus = "  rule \"+\" { begins-with +; digits 7; prefix 9 }\n";
    let all = CLEAN.replace("begins-with 5; ", "");
    let split = all.replace("  rule \"Local\" { digits 7; prefix 9 }\n", &(by_digits + plus));
    let star = "application {\n  rule \"Star\" { begins-with 4*; digits 5; prefix 9 }\n}\n";
    let sandbox = Sandbox::with(&[("one.adr", &all), ("split.adr", &split), ("star.adr", star)]);
    let ran = sandbox.run("prove equal one.adr split.adr");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "proved: equal for every number of digits, with a + in front or without\n")
    );
    assert_eq!(ran.stderr, "not equal for a larger domain: *000000 gives 9*000000 and *000000\n");
    assert_eq!(sandbox.run("prove equal one.adr split.adr --domain dialable").status, 1);
    // an X stands for a digit and not for a star
    let ran = sandbox.run("prove unchanged star.adr 4XXXX 5XXXX 4X!");
    assert_eq!(ran.status, 0);
    assert_eq!(
        ran.stdout,
        "proved: 4XXXX remains unchanged\nproved: 5XXXX remains unchanged\nproved: 4X! remains unchanged\n"
    );
    let ran = sandbox.run("prove unchanged star.adr 4*! --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.status, &report["proved"]), (1, &false.into()));
    let found = &report["answers"][0]["counterexample"];
    assert_eq!(
        (&found["witness"], &found["result"], &found["rule"]),
        (&"4*000".into(), &"94*000".into(), &"Star".into())
    );
}

#[test]
fn exclamation_mark_in_a_pattern_matches_any_number_of_digits() {
    let sandbox = Sandbox::with(&[
        ("plus.xml", &file(&row("+", "3", "0"))),
        ("one.xml", &file(&row("44", "2", "0"))),
        ("lookup.adr", "lookup {\n  rule \"L\" { begins-with 4; digits 4; remove 1 }\n}\n"),
    ]);
    let ran = sandbox.run("prove unchanged plus.xml XXX ++X");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (
            1,
            "proved: XXX remains unchanged\nrefuted: ++X: ++0 becomes 9++0, by rule 1, \"row 1\" (plus.xml:1)\n"
        )
    );
    let ran = sandbox.run("prove unchanged one.xml 44! ! 44X!");
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stdout,
        "refuted: 44!: 44 becomes 944, by rule 1, \"row 1\" (one.xml:1)\n\
         refuted: !: 44 becomes 944, by rule 1, \"row 1\" (one.xml:1)\n\
         proved: 44X! remains unchanged\n"
    );
    // a counterexample is always in the domain of the command line
    let ran = sandbox.run("prove unchanged plus.xml --domain digits ++X");
    assert!(ran.status == 2 && ran.stderr.contains("`++X` is not a number of digits"), "{ran:?}");
    assert_eq!(sandbox.run("prove unchanged plus.xml --domain digits +X").status, 0);
    assert_eq!(sandbox.run("prove unchanged plus.xml --domain digits +XX").status, 1);
    let long = "X".repeat(5_000);
    assert_eq!(sandbox.given(&["prove", "unchanged", "one.xml", &long], b"").status, 2);
}

#[test]
fn bounded_answer_names_the_length_up_to_which_it_holds() {
    let sandbox = Sandbox::with(&[
        ("long.xml", &file(&row("", "5000", "1"))),
        ("none.xml", "<DialRules/>"),
        ("any.xml", &file(&row("+", "0", "1"))),
        ("any-long.xml", &file(&row("+", "0", "5000"))),
    ]);
    let ran = sandbox.run("prove equal long.xml none.xml");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "proved: equal for every string of characters, up to 4,096 characters long\n")
    );
    let json = |line: &str| -> serde_json::Value {
        serde_json::from_str(&sandbox.run(line).stdout).unwrap()
    };
    let bound = &serde_json::Value::from(4_096);
    let report = json("prove equal long.xml none.xml --format json");
    assert_eq!(&report["answers"][0]["up_to_characters"], bound);
    let ran = sandbox.run("diff long.xml none.xml");
    assert_eq!(
        (ran.status, ran.stderr.as_str()),
        (0, "every string of characters, up to 4,096 characters long has the same result\n")
    );
    assert_eq!(&json("diff long.xml none.xml --format json")["up_to_characters"], bound);
    let ran = sandbox.run("prove unchanged long.xml 4! 4XX");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (
            0,
            "proved: 4! remains unchanged, up to 4,096 characters long\nproved: 4XX remains unchanged\n"
        )
    );
    let ran = sandbox.run("coverage long.xml");
    assert!(
        ran.stdout.contains(
            "\nevery number of digits, with a + in front or without, up to 4,096 characters long\n"
        ),
        "{ran:?}"
    );
    assert_eq!(&json("coverage long.xml --format json")["up_to_characters"], bound);
    assert_eq!(&json("optimize long.xml --format json")["up_to_characters"], bound);
    let ran = sandbox.run("invert long.xml");
    assert!(ran.stderr.contains("covered: numbers up to 4,096 characters long"), "{ran:?}");
    // a rule for any length has the same effect at every length, unless it removes too many digits
    let ran = sandbox.run("prove equal any.xml any.xml");
    assert_eq!(ran.stdout, "proved: equal for every string of characters\n");
    assert!(
        json("prove equal any.xml any.xml --format json")["answers"][0]["up_to_characters"]
            .is_null()
    );
    let ran = sandbox.run("diff any.xml any-long.xml");
    assert!(
        ran.status == 1 && ran.stderr.contains("compared: numbers up to 4,096 characters long"),
        "{ran:?}"
    );
}

#[test]
fn single_and_repeated_emergency_numbers_are_worded_correctly() {
    let sandbox = published_two_views();
    let ran = sandbox.run("prove emergency published --numbers 911");
    assert_eq!(ran.stdout, "proved: 911 remains unchanged in 2 views\n");
    let ran = sandbox.run("prove emergency published --numbers 911,9911,911");
    assert_eq!(ran.stdout, "proved: 911, 9911 reach only emergency numbers in 2 views\n");
    sandbox.write(
        "gone.xml",
        file(&row("911", "3", "3").replace("PrefixWith=\"9\"", "PrefixWith=\"\"")).as_bytes(),
    );
    let ran = sandbox.run("prove emergency gone.xml --numbers 911");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (1, "refuted: 911 becomes \"\", by rule 1, \"row 1\" (gone.xml:1)\n")
    );
}

#[test]
fn prove_emergency_of_deployed_files_takes_numbers_from_the_option() {
    let sandbox = published_two_views();
    for path in ["published", "published/CUPC", "published/AppDialRules.xml"] {
        let ran = sandbox.run(&format!("prove emergency {path} --numbers 911,9911"));
        assert!(
            ran.status == 0
                && ran.stdout.starts_with("proved: 911, 9911 reach only emergency numbers in "),
            "{ran:?}"
        );
    }
    let ran = sandbox.run("prove emergency published --numbers 911,5551212");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains(
            "refuted: 5551212 becomes 85551212, in site \"Dallas\", by rule 3, \"row 3\""
        ),
        "{ran:?}"
    );
    // a source declares its own numbers, and the option adds more
    assert_eq!(
        sandbox.run("prove emergency plan.adr").stdout,
        "proved: 911, 9911 reach only emergency numbers in 2 views\n"
    );
    assert_eq!(
        sandbox.run("prove emergency plan.adr --numbers 112").stdout,
        "proved: 911, 9911, 112 reach only emergency numbers in 2 views\n"
    );
    let ran = sandbox.run("prove emergency bad.adr");
    assert!(ran.status == 1 && ran.stderr.contains("emergency-rewritten"), "{ran:?}");
    let ran = sandbox.run("prove emergency published --numbers 911 --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["format_version"], &report["proved"]), (&2.into(), &true.into()));
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
        assert_eq!(sandbox.run(line).status, 2, "{line}");
    }
}

#[test]
fn prove_with_an_invalid_deployed_file_exits_with_status_1() {
    let sandbox =
        Sandbox::with(&[("broken.xml", "<DialRules>"), ("empty.xml", "<DialRules></DialRules>")]);
    for line in [
        "prove unchanged broken.xml 911",
        "prove emergency broken.xml --numbers 911",
        "prove equal broken.xml empty.xml",
    ] {
        let ran = sandbox.run(line);
        assert!(ran.status == 1 && ran.stderr.contains("rejects this file"), "{line}: {ran:?}");
    }
}

#[test]
fn prove_with_unusual_deployed_files_is_exact() {
    let sandbox = Sandbox::with(&[
        ("nested.xml", &deployed_xml::nested()),
        ("client-only.xml", &deployed_xml::client_only()),
        ("repeated.xml", &deployed_xml::repeated()),
    ]);
    for file in ["nested.xml", "client-only.xml", "repeated.xml"] {
        assert_eq!(sandbox.run(&format!("prove equal {file} {file}")).status, 0);
    }
    assert_eq!(sandbox.run("prove unchanged nested.xml 911").status, 0);
    // a negative removal removes all digits
    let ran = sandbox.run("prove unchanged client-only.xml 12XXX");
    assert!(ran.status == 1 && ran.stdout.contains("12000 becomes 9,"), "{ran:?}");
    let ran = sandbox.run("prove equal nested.xml repeated.xml");
    assert!(ran.status == 1 && ran.stdout.contains("5550000"), "{ran:?}");
}

#[test]
fn long_emergency_list_is_shortened_and_counted() {
    let numbers: Vec<String> = (1_000..1_025).map(|number| number.to_string()).collect();
    let plan = |digits: u8| {
        format!(
            "emergency {}\napplication {{ rule \"Short\" {{ digits {digits}; prefix 9 }} }}\n",
            numbers.join(", ")
        )
    };
    let sandbox = Sandbox::with(&[("plan.adr", &plan(3)), ("bad.adr", &plan(4))]);
    let ran = sandbox.run("prove emergency plan.adr");
    let proved = "1018, 1019 and 5 more reach only emergency numbers in 1 view\n";
    assert!(ran.status == 0 && ran.stdout.ends_with(proved), "{ran:?}");
    assert_eq!(sandbox.run("compile plan.adr -o published --allow warnings").status, 0);
    let given = numbers.join(",");
    let ran = sandbox.run(&format!("prove emergency published --numbers {given}"));
    assert!(ran.status == 0 && ran.stdout.ends_with(proved), "{ran:?}");
    let ran = sandbox.run("check bad.adr --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let of_numbers = findings.filter(|found| found["name"] == "emergency-rewritten");
    assert_eq!(of_numbers.count(), 1);
}
