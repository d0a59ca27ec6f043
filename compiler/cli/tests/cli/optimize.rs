//! `adrc optimize` finds smaller equal lists, and `adrc invert` writes lists that undo others.

use super::deployed_xml::{self, file, row};
use super::sandbox::{CLEAN, Sandbox};

const PLAN: &str = "\
emergency 911, 9911
let outside = 9
application {
  // a comment that stays
  rule \"Digits\" { begins-with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, +, *, \"#\"; digits 7; prefix ${outside} } // here too
  rule \"Block\"  { begins-with 555; digits 8; prefix 9 }
  rule \"Any\"    { digits 8; prefix 9 }
}
site \"Dallas\" {
  clients 10.0.0.0/8
  lookup {
    rule \"Own\" { begins-with 214; digits 10; remove 5 }
    rule \"Two\" { begins-with 2145; digits 10; remove 5 }
  }
}
test {
  dial 5551212 -> 95551212
}
";

#[test]
fn optimize_prints_an_equal_smaller_source() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.run("optimize plan.adr");
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("optimized", format!("{}\n--- messages\n{}", ran.stdout, ran.stderr));
    sandbox.write("small.adr", ran.stdout.as_bytes());
    assert_eq!(sandbox.run("prove equal plan.adr small.adr --domain dialable").status, 0);
    assert_eq!(sandbox.run("test small.adr").status, 0);
    assert_eq!(sandbox.run("fmt --check small.adr").status, 0);
    assert_eq!(sandbox.run("optimize plan.adr -o new.adr").status, 0);
    assert_eq!(sandbox.read("new.adr"), ran.stdout);
    assert_eq!(sandbox.run("optimize plan.adr -o plan.adr").status, 2, "nothing is overwritten");
    assert_eq!(sandbox.read("plan.adr"), PLAN);
}

#[test]
fn optimize_write_shortens_rules_in_place() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN), ("old.adr", PLAN)]);
    let ran = sandbox.run("optimize plan.adr --write");
    assert!(
        ran.status == 0 && ran.stderr.contains("17 rules become 3 in 1 file; proved:"),
        "{ran:?}"
    );
    let now = sandbox.read("plan.adr");
    assert!(now.contains("  // a comment that stays\n  rule \"Digits\" { digits 7; prefix ${outside} } // here too\n"), "{now}");
    assert!(!now.contains("Block") && now.contains("rule \"Any\""), "{now}");
    assert_eq!(sandbox.run("prove equal old.adr plan.adr --domain dialable").status, 0);
    let again = sandbox.run("optimize plan.adr --write");
    assert!(
        again.status == 0 && again.stderr.contains("no rule can be removed in place"),
        "{again:?}"
    );
    assert_eq!(sandbox.read("plan.adr"), now);
}

#[test]
fn optimize_removes_comments_of_removed_rules_and_keeps_those_of_shortened_rules() {
    let text = "\
emergency 911
application {
  // above A
  rule \"A\" { begins-with 1; digits 5; prefix 9 } // behind A
  // above B
  rule \"B\" { begins-with 1; digits 5; prefix 9 } // behind B
  // above C
  rule \"C\" { // in C
    begins-with 1, 2 // at begins
    digits 5 // at digits
    prefix 9 // at prefix
    // last in C
  } // behind C
  rule \"D\" { // in D
    begins-with 1 // d begins
    digits 5
    prefix 9
  }
  // above E
  rule \"E\" { begins-with 1, // one
    3, // three
    4, 2 // four and two
    digits 5; prefix 9
  }
  // end
}
";
    let expected = "\
emergency 911
application {
  // above A
  rule \"A\" { begins-with 1; digits 5; prefix 9 } // behind A
  // above C
  rule \"C\" { // in C
    begins-with 2 // at begins
    digits 5 // at digits
    prefix 9 // at prefix
    // last in C
  } // behind C
  // above E
  rule \"E\" { begins-with 3, // one
    // three
    4 // four and two
    digits 5; prefix 9
  }
  // end
}
";
    for (line_end, name) in [("\n", "lf.adr"), ("\r\n", "crlf.adr")] {
        let sandbox = Sandbox::with(&[(name, &text.replace('\n', line_end))]);
        for _ in 0..2 {
            let ran = sandbox.run(&format!("optimize {name} --write"));
            assert_eq!(ran.status, 0, "{ran:?}");
            assert_eq!(sandbox.read(name), expected.replace('\n', line_end), "{ran:?}");
        }
    }
}

#[test]
fn optimize_explains_each_removed_rule() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    let ran = sandbox.run("optimize plan.adr --explain");
    assert_eq!(ran.status, 0);
    for line in [
        "default view, application rules: 15 rules become 2, the minimum",
        "removed   Block: Any below does the same  (plan.adr:6)",
        "removed   Two: never wins, Own above matches all its numbers  (plan.adr:13)",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    let ran = sandbox.run("optimize plan.adr --format json");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["format_version"], &report["domain"]), (&2.into(), &"dialable".into()));
    let list = &report["lists"][0];
    assert_eq!(
        (&list["before"], &list["after"], &list["is_least"]),
        (&15.into(), &2.into(), &true.into())
    );
    assert_eq!(list["rules"][1]["name"], "Any");
    assert_eq!(list["gone"][1]["name"], "Block");
}

#[test]
fn optimized_random_plans_are_equal() {
    // a generator with a fixed seed, so that a failure can be repeated
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for plan in 0..24 {
        let mut rules = |name: &str| -> String {
            let count = next(7);
            let rule = |at: u64| {
                let begins_with = [
                    "",
                    "begins-with 1; ",
                    "begins-with 12; ",
                    "begins-with 1, 2, 3; ",
                    "begins-with 5; ",
                ][next(5) as usize];
                let digits = ["4", "4..5", "5", "any"][(next(7) % 4) as usize];
                let action = ["prefix 9", "prefix 9", "remove 1", "keep", "remove 1; prefix 8"]
                    [next(5) as usize];
                format!(
                    "  rule \"{name}{at}\" {{ {begins_with}digits {digits}; {action} }} // {name}{at}\n"
                )
            };
            (0..count).map(rule).collect()
        };
        let text = format!(
            "group \"G\" {{\n{}}}\napplication {{\n{}  use \"G\"\n}}\nlookup {{\n{}}}\nsite \"S\" {{\n  clients 10.0.0.0/8\n  application {{\n  use \"G\"\n{}  }}\n}}\n",
            rules("g"),
            rules("a"),
            rules("l"),
            rules("s")
        );
        let sandbox = Sandbox::with(&[("plan.adr", &text), ("old.adr", &text)]);
        if sandbox.run("check plan.adr --allow warnings").status != 0 {
            continue;
        }
        let ran = sandbox.run("optimize old.adr -o small.adr");
        assert_eq!(ran.status, 0, "{plan}: {ran:?}\n{text}");
        let ran = sandbox.run("prove equal old.adr small.adr --domain dialable");
        assert_eq!(ran.status, 0, "{plan}: {ran:?}\n{text}");
        assert_eq!(sandbox.run("optimize plan.adr --write").status, 0, "{plan}");
        let ran = sandbox.run("prove equal old.adr plan.adr --domain dialable");
        assert_eq!(ran.status, 0, "{plan}: {ran:?}\n{text}\nbecame\n{}", sandbox.read("plan.adr"));
        let now = sandbox.read("plan.adr");
        for (at, name) in text.match_indices("// ").map(|(at, _)| (at, &text[at + 3..])) {
            let name = name.split('\n').next().unwrap();
            let is_kept = now.contains(&format!("rule \"{name}\""));
            assert_eq!(
                now.contains(&format!(" // {name}\n")),
                is_kept,
                "{at}: the comment is removed with its rule\n{text}\nbecame\n{now}"
            );
        }
        let again = sandbox.run("optimize plan.adr --write");
        assert_eq!((again.status, sandbox.read("plan.adr")), (0, now), "{plan}: {again:?}");
    }
}

#[test]
fn optimized_deployed_file_is_written_to_a_new_file_only() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN)]);
    sandbox.run("compile plan.adr -o published");
    let ran = sandbox.run("optimize published/AppDialRules.xml -o small.xml");
    assert!(ran.status == 0 && ran.stderr.contains("15 rules become 2"), "{ran:?}");
    assert_eq!(
        sandbox.run("prove equal published/AppDialRules.xml small.xml --domain dialable").status,
        0
    );
    assert!(sandbox.read("small.xml").starts_with("<?xml"));
    for line in [
        "optimize published/AppDialRules.xml --write",
        "optimize published -o small2.xml",
        "optimize published/AppDialRules.xml -o small.xml --format sarif",
        "optimize published/AppDialRules.xml --format junit",
        "optimize none.adr",
        "optimize nowhere",
        "optimize - --write --explain",
        "invert nowhere",
        "invert none.xml",
        "invert plan.adr --site Nowhere",
    ] {
        assert_eq!(sandbox.run(line).status, 2, "{line}");
    }
}

#[test]
fn inverted_rules_restore_the_dialed_numbers() {
    let plan = CLEAN.replace(
        "  rule \"Local\"",
        "  rule \"US\" { begins-with +1; digits 12; remove 1; prefix 9 }\n  rule \"Local\"",
    );
    let sandbox = Sandbox::with(&[("plan.adr", &plan)]);
    let ran = sandbox.run("invert plan.adr");
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("inverted", ran.stdout);
    assert_eq!(sandbox.run("invert plan.adr -o undo.adr").status, 0);
    assert_eq!(sandbox.read("undo.adr"), ran.stdout);
    assert_eq!(sandbox.run("invert plan.adr -o plan.adr").status, 2, "nothing is overwritten");
    assert_eq!(sandbox.run("fmt --check undo.adr").status, 0);
    for (dialed, sent) in [("+14085551212", "914085551212"), ("5551212", "95551212")] {
        assert_eq!(sandbox.run(&format!("dial plan.adr {dialed}")).stdout, format!("{sent}\n"));
        assert_eq!(sandbox.run(&format!("lookup undo.adr {sent}")).stdout, format!("{dialed}\n"));
    }
}

#[test]
fn invert_of_results_with_the_same_beginning_restores_the_numbers() {
    let same_beginning = "<DialRules><DialRule BeginsWith=\"2\" NumDigits=\"4\" DigitsToRemove=\"1\" PrefixWith=\"+\"/>\
                        <DialRule BeginsWith=\"+\" NumDigits=\"3\" DigitsToRemove=\"1\" PrefixWith=\"++\"/></DialRules>";
    let three = "application {\n  rule \"A\" { begins-with 0; digits 4; remove 1; prefix + }\n  \
                 rule \"B\" { digits 4; prefix 0 }\n  rule \"C\" { begins-with +; digits 3; prefix + }\n}\n";
    let sandbox = Sandbox::with(&[("plus.xml", same_beginning), ("three.adr", three)]);
    let ran = sandbox.run("invert plus.xml -o undo-plus.adr");
    assert!(
        ran.status == 0 && ran.stderr.contains("every number that a rule changes can be restored"),
        "{ran:?}"
    );
    assert_eq!(sandbox.run("lookup undo-plus.adr --raw ++00").stdout, "+00\n");
    assert_eq!(sandbox.run("invert three.adr -o undo-three.adr").status, 0);
    assert_eq!(sandbox.run("lookup undo-three.adr --raw ++00").stdout, "+00\n");
    insta::assert_snapshot!("inverted_three", sandbox.read("undo-three.adr"));
}

#[test]
fn numbers_that_invert_cannot_restore_are_named_with_the_reason() {
    let dropped = file(
        &(row("41", "5", "3").replace("\"9\"", "\"\"")
            + &row("7", "3", "3").replace("\"9\"", "\"\"")),
    );
    let long = file(&row("1", "100", "0"));
    let many: String = (10..40).map(|first| row(&first.to_string(), "4", "3")).collect();
    let sandbox = Sandbox::with(&[
        ("dropped.xml", &dropped),
        ("long.xml", &long),
        ("many.xml", &file(&many)),
    ]);
    let ran = sandbox.run("invert dropped.xml");
    assert!(
        ran.stderr.contains("2 groups of numbers that a rule matches cannot be restored"),
        "{ran:?}"
    );
    for line in [
        "// Cannot be restored: 41000 becomes 00 by row 1, and 00 remains unchanged.",
        "// Cannot be restored: 700 becomes \"\" by row 2, and so does 701.",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {ran:?}");
    }
    let ran = sandbox.run("invert long.xml");
    assert!(
        ran.stdout.contains("and CUCM accepts no rule for more than 100 characters.\n"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("1 group of numbers that a rule matches cannot be restored"),
        "{ran:?}"
    );
    let ran = sandbox.run("invert many.xml");
    assert!(ran.stdout.contains(" more groups of numbers cannot be restored.\n"), "{ran:?}");
}

#[test]
fn single_rule_is_reported_in_the_singular() {
    let sandbox = Sandbox::with(&[
        ("one.adr", "application {\n  rule \"A\" { begins-with 4; digits 4; keep }\n}\n"),
        ("two.adr", "application {\n  rule \"A\" { begins-with 4; digits 4; prefix 9 }\n}\n"),
        ("star.xml", &file(&(row("*5", "4", "0") + &row("4", "4", "0")))),
    ]);
    assert!(sandbox.run("optimize one.adr").stderr.contains("1 rule becomes 0"));
    assert!(sandbox.run("optimize two.adr").stderr.contains("1 rule remains, the minimum"));
    let ran = sandbox.run("optimize star.xml --domain digits --explain");
    assert!(
        ran.stdout
            .contains("row 1: does not match a number of digits, with a + in front or without"),
        "{ran:?}"
    );
}

#[test]
fn unusual_deployed_files_are_optimized_and_inverted() {
    let sandbox = Sandbox::with(&[
        ("nested.xml", &deployed_xml::nested()),
        ("client-only.xml", &deployed_xml::client_only()),
        ("repeated.xml", &deployed_xml::repeated()),
        ("broken.xml", "<DialRules>"),
        ("empty.adr", "application {\n}\n"),
    ]);
    let ran = sandbox.run("optimize nested.xml");
    assert!(ran.status == 0 && ran.stderr.contains("100 rules become 1"), "{ran:?}");
    let ran = sandbox.run("optimize repeated.xml -o one.xml");
    assert!(ran.status == 0 && ran.stderr.contains("20000 rules become 1"), "{ran:?}");
    assert_eq!(sandbox.run("optimize empty.adr").status, 0);
    assert_eq!(sandbox.run("optimize broken.xml").status, 1);
    // values that CUCM does not accept are shown and not written
    assert_eq!(sandbox.run("optimize client-only.xml --format json").status, 0);
    assert_eq!(sandbox.run("optimize client-only.xml --explain").status, 0);
    let ran = sandbox.run("optimize client-only.xml");
    assert!(ran.status == 2 && ran.stderr.contains("only a client accepts"), "{ran:?}");
    for plan in ["nested.xml", "client-only.xml", "repeated.xml", "empty.adr"] {
        assert_eq!(sandbox.run(&format!("invert {plan}")).status, 0, "{plan}");
    }
    assert_eq!(sandbox.run("invert broken.xml").status, 1);
}
