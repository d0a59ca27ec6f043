//! First steps: from `adrc new` to a tested and published plan, and answers to misspelled words.

use super::sandbox::Sandbox;

#[test]
fn starter_plan_passes_every_suggested_next_step() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run("new plan.adr");
    assert_eq!(ran.status, 0);
    // `adrc new` suggests the next commands; the test runs each of them
    let steps: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("  adrc ")).collect();
    assert!(steps.len() >= 4, "{ran:?}");
    for step in steps {
        let words: Vec<String> = step
            .split('"')
            .enumerate()
            .flat_map(|(at, part)| match at % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = sandbox.given(&words, b"");
        assert_eq!(ran.status, 0, "{step}: {ran:?}");
    }
    assert_eq!(sandbox.run("fmt --check plan.adr").status, 0);
    assert!(sandbox.read("published/CUPC/AppDialRules.xml").contains("BeginsWith=\"+1\""));
}

#[test]
fn starter_plan_with_its_commented_site_enabled_works() {
    let sandbox = Sandbox::new();
    sandbox.run("new plan.adr");
    let all = sandbox
        .read("plan.adr")
        .replace("// site", "site")
        .replace("//   ", "   ")
        .replace("// }", " }");
    sandbox.write("plan.adr", all.as_bytes());
    let ran = sandbox.run("dial plan.adr --site Dallas 555-1212");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "85551212\n"), "{ran:?}");
}

#[test]
fn new_over_an_existing_file_is_rejected() {
    let sandbox = Sandbox::with(&[("plan.adr", "// edited\n")]);
    let ran = sandbox.run("new plan.adr");
    assert!(ran.status == 2 && ran.stderr.contains("is not overwritten"), "{ran:?}");
    assert_eq!(sandbox.read("plan.adr"), "// edited\n");
}

#[test]
fn misspelled_word_is_answered_with_the_right_one() {
    let plan = "application { rule \"Local\" { begins-wth 5; digits 7; prefix 9 } }";
    let sandbox = Sandbox::with(&[("plan.adr", plan)]);
    assert!(sandbox.run("check plan.adr").stdout.contains("begins-with"));
    assert!(sandbox.run("chek plan.adr").stderr.contains("check"));
    assert!(sandbox.run("explain any-lenght").stderr.contains("`any-length`"));
    assert!(sandbox.run("check plan.adr --allow any-lenght").stderr.contains("`any-length`"));
    assert!(sandbox.run("explain any-length").stdout.contains("digits 8..16"));
}
