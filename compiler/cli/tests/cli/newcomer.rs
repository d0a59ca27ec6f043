//! Somebody who has not read the docs: from `adrc new` to a published, tested plan.

use super::sandbox::Sandbox as Room;

#[test]
fn the_starter_is_clean_formatted_tested_and_compiles() {
    let room = Room::new();
    let ran = room.run("new plan.adr");
    assert_eq!(ran.status, 0);
    // Whatever it says to do next is done here, word by word.
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
        let ran = room.given(&words, b"");
        assert_eq!(ran.status, 0, "{step}: {ran:?}");
    }
    assert_eq!(room.run("fmt --check plan.adr").status, 0);
    assert!(room.read("published/CUPC/AppDialRules.xml").contains("BeginsWith=\"+1\""));
}

#[test]
fn what_is_in_the_starter_behind_slashes_works_as_well() {
    let room = Room::new();
    room.run("new plan.adr");
    let all = room
        .read("plan.adr")
        .replace("// site", "site")
        .replace("//   ", "   ")
        .replace("// }", " }");
    room.write("plan.adr", all.as_bytes());
    let ran = room.run("dial plan.adr --site Dallas 555-1212");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "85551212\n"), "{ran:?}");
}

#[test]
fn nothing_is_overwritten() {
    let room = Room::with(&[("plan.adr", "// mine\n")]);
    let ran = room.run("new plan.adr");
    assert!(ran.status == 2 && ran.stderr.contains("is not overwritten"), "{ran:?}");
    assert_eq!(room.read("plan.adr"), "// mine\n");
}

#[test]
fn a_typo_is_met_with_what_to_write() {
    let plan = "application { rule \"Local\" { begins-wth 5; digits 7; prefix 9 } }";
    let room = Room::with(&[("plan.adr", plan)]);
    assert!(room.run("check plan.adr").stdout.contains("begins-with"));
    assert!(room.run("chek plan.adr").stderr.contains("check"));
    assert!(room.run("explain any-lenght").stderr.contains("`any-length`"));
    assert!(room.run("check plan.adr --allow any-lenght").stderr.contains("`any-length`"));
    assert!(room.run("explain any-length").stdout.contains("digits 8..16"));
}
