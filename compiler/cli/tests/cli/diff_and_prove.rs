//! `adrc diff` and `adrc prove` on the same plans: exact statements about every number.

use super::sandbox::{CLEAN, Sandbox};

/// CLEAN with another prefix for one block of numbers, and with a renamed rule.
fn changed() -> String {
    CLEAN.replace(
        "  rule \"Local\"",
        "  rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n  rule \"Town\"",
    )
}

#[test]
fn changed_calls_are_reported_with_a_witness() {
    let sandbox = Sandbox::with(&[("old.adr", CLEAN), ("new.adr", &changed())]);
    let ran = sandbox.run("diff old.adr new.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    insta::assert_snapshot!("diff", ran.stdout);
    let ran = sandbox.run("diff old.adr new.adr --format json --domain digits");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&report["format_version"], &report["equal"]), (&2.into(), &false.into()));
    let first = &report["differences"][0];
    assert_eq!(report["differences"].as_array().unwrap().len(), 1);
    for (key, value) in [
        ("kind", "application"),
        ("begins_with", "555"),
        ("witness", "5550000"),
        ("old", "95550000"),
        ("new", "85550000"),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
    assert_eq!((&first["digits"], &first["count"]), (&7.into(), &10_000.into()));
    assert!(first["site"].is_null());
    let ran = sandbox.run("diff old.adr new.adr --format junit");
    assert!(
        ran.status == 1 && ran.stdout.contains("5550000 was 95550000, becomes 85550000"),
        "{ran:?}"
    );
}

#[test]
fn renamed_rule_is_reported_with_names_only() {
    let renamed = CLEAN.replace("\"Local\"", "\"Town\"");
    let sandbox = Sandbox::with(&[("old.adr", CLEAN), ("new.adr", &renamed)]);
    let ran = sandbox.run("diff old.adr new.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "No changes.\n"));
    let ran = sandbox.run("diff old.adr new.adr --names");
    assert!(
        ran.status == 0 && ran.stdout.contains("renamed    Local -> Town  (new.adr:4)"),
        "{ran:?}"
    );
}

#[test]
fn diff_compares_sources_deployed_files_and_folders_in_any_mix() {
    let sandbox = Sandbox::with(&[("old.adr", CLEAN), ("new.adr", &changed())]);
    sandbox.run("compile old.adr -o published");
    for old in ["old.adr", "published", "published/AppDialRules.xml", "published/CUPC"] {
        assert_eq!(sandbox.run(&format!("diff {old} new.adr")).status, 1, "{old}");
        assert_eq!(sandbox.run(&format!("diff {old} old.adr")).status, 0, "{old}");
    }
    let ran = sandbox.run("diff published/AppDialRules.xml published/DirLookupDialRules.xml");
    assert!(ran.status == 2 && ran.stderr.contains("in common"), "{ran:?}");
}

#[test]
fn site_missing_on_one_side_is_compared_with_the_default_view() {
    let site = "site \"Dallas\" {\n  clients 10.0.0.0/8\n  application {\n    rule \"D\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";
    let sandbox = Sandbox::with(&[("old.adr", CLEAN), ("new.adr", &format!("{CLEAN}{site}"))]);
    let ran = sandbox.run("diff old.adr new.adr");
    assert!(
        ran.status == 1 && ran.stdout.starts_with("site \"Dallas\", application rules\n"),
        "{ran:?}"
    );
}

#[test]
fn prove_equal_confirms_the_largest_domain_or_names_a_number() {
    let by_digits: String = (0..10)
        .map(|digit| format!("  rule \"{digit}\" {{ begins-with {digit}; digits 7; prefix 9 }}\n"))
        .collect();
    let all = CLEAN.replace("begins-with 5; ", "");
    let split = all.replace("  rule \"Local\" { digits 7; prefix 9 }\n", &by_digits);
    let sandbox =
        Sandbox::with(&[("one.adr", &all), ("split.adr", &split), ("other.adr", &changed())]);
    let ran = sandbox.run("prove equal one.adr one.adr");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "proved: equal for every string of characters\n")
    );
    let ran = sandbox.run("prove equal one.adr split.adr");
    assert!(
        ran.status == 1 && ran.stdout.contains("+000000 gives 9+000000 and +000000"),
        "{ran:?}"
    );
    let ran = sandbox.run("prove equal one.adr other.adr");
    assert!(
        ran.status == 1
            && ran.stdout.contains(
                "not equal for every number of digits, with a + in front or without: 0000000 gives "
            ),
        "{ran:?}"
    );
}

#[test]
fn prove_emergency_and_unchanged_confirm_or_name_a_number() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("none.adr", "application {\n}\n")]);
    let ran = sandbox.run("prove emergency plan.adr");
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "proved: 911, 9911 reach only emergency numbers in 1 view\n")
    );
    assert_eq!(sandbox.run("prove emergency none.adr").status, 2);
    let ran = sandbox.run("prove unchanged plan.adr 911 4XXXX");
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = sandbox.run("prove unchanged plan.adr 911 5XXXXXX");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains(
            "refuted: 5XXXXXX: 5000000 becomes 95000000, by rule 1, \"Local\" (plan.adr:4)"
        ),
        "{ran:?}"
    );
    for pattern in ["4AXX", "", "12-34"] {
        assert_eq!(
            sandbox.given(&["prove", "unchanged", "plan.adr", pattern], b"").status,
            2,
            "{pattern}"
        );
    }
}
