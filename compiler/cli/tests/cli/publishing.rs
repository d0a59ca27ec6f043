//! `adrc history`, `rollback`, `plan` and `apply`: what they say, what they refuse, and with which
//! status.

use std::fs;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox as Room};

/// A time for `SOURCE_DATE_EPOCH`.
const TIME: &str = "1764072000";

fn with_prefix(prefix: usize) -> String {
    CLEAN
        .replace("prefix 9", &format!("prefix {prefix}"))
        .replace("95551212", &format!("{prefix}5551212"))
}

/// A room with generations 1 and 2 of different rules.
fn two_generations() -> Room {
    let room = Room::with(&[("one.adr", CLEAN), ("two.adr", &with_prefix(8))]);
    for plan in ["one.adr", "two.adr"] {
        assert_eq!(timed(&room, &format!("compile {plan} -o published")), 0);
    }
    room
}

fn timed(room: &Room, line: &str) -> i32 {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = room.command(&words);
    command.env("SOURCE_DATE_EPOCH", TIME);
    command.output().unwrap().status.code().unwrap()
}

fn generation(room: &Room) -> u64 {
    let manifest: serde_json::Value =
        serde_json::from_str(&room.read("published/manifest.json")).unwrap();
    manifest["generation"].as_u64().unwrap()
}

#[test]
fn history_is_a_table_and_json() {
    let room = two_generations();
    assert_eq!(timed(&room, "rollback --publish published"), 0);
    let ran = room.run("history --publish published");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("history", ran.stdout);
    let json = room.run("history --publish published --format json");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["format_version"], 2);
    let first = &json["generations"][0];
    assert_eq!((&first["generation"], &first["current"]), (&3.into(), &true.into()));
    assert_eq!((&first["rollback_from"], &first["rollback_to"]), (&2.into(), &1.into()));
    assert_eq!(first["published"], "2025-11-25T12:00:00Z");
    assert!(first["damage"].is_null() && json["generations"][1]["rollback_to"].is_null());
}

#[test]
fn what_cannot_be_told_or_rolled_back_is_2() {
    let room = two_generations();
    fs::create_dir(room.path("empty")).unwrap();
    for line in [
        "history --publish nowhere",
        "history --publish empty",
        "history --publish published --format sarif",
        "rollback --publish empty",
        "rollback --publish nowhere",
        "rollback --publish published 9",
        "rollback --publish published two",
        "compile one.adr -o published --keep 0",
        "compile one.adr -o published --keep many",
        "plan published --publish published -o plan.json",
        "plan one.adr --publish published -o plan.json --format sarif",
        "plan one.adr --publish published",
        "apply nowhere.json",
        "apply one.adr",
    ] {
        let ran = room.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
    assert!(!room.path("nowhere").exists() && !room.path("plan.json").exists());
    assert_eq!(generation(&room), 2);
}

#[test]
fn a_rollback_is_a_new_generation_that_clients_take() {
    let room = two_generations();
    let ran = room.run("rollback --publish published");
    assert_eq!(ran.stderr, "published: published generation 3, with the content of generation 1\n");
    assert_eq!(room.run("dial published 5551212").stdout, "95551212\n");
    assert_eq!(room.run("check published").status, 0);
    let ran = room.run("rollback --publish published 1");
    assert_eq!(ran.stderr, "published: generation 3 already has the content of generation 1\n");
    // by hand, the rules as they are go out again
    assert_eq!(room.run("compile two.adr -o published").status, 0);
    assert_eq!(generation(&room), 4);
}

#[test]
fn only_as_many_generations_stay_as_were_asked_for() {
    let room = two_generations();
    assert_eq!(room.run("compile one.adr -o published --keep 1").status, 0);
    assert_eq!(room.run("history --publish published").stdout.lines().count(), 2);
}

#[test]
fn change_plan_is_shown_as_a_diff_and_applied() {
    let room = two_generations();
    let ran = room.run("plan one.adr --publish published -o plan.json");
    assert_eq!(ran.status, 0, "{ran:?}");
    let diff = room.run("diff published one.adr");
    assert_eq!((diff.status, &diff.stdout), (1, &ran.stdout));
    assert_eq!(generation(&room), 2, "a plan publishes nothing");
    let json = room.run("plan one.adr --publish published -o plan.json --format json");
    assert_eq!(json.stdout, room.run("diff published one.adr --format json").stdout);
    let ran = room.run("apply plan.json");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!((generation(&room), room.run("diff published one.adr").status), (3, 0));
}

#[test]
fn outdated_change_plan_is_3_and_publishes_nothing() {
    let room = two_generations();
    assert_eq!(room.run("plan one.adr --publish published -o plan.json").status, 0);
    room.write("one.adr", with_prefix(7).as_bytes());
    let ran = room.run("apply plan.json");
    assert!(ran.status == 3 && ran.stderr.contains("the rules have changed"), "{ran:?}");
    room.write("one.adr", DANGEROUS.as_bytes());
    let ran = room.run("apply plan.json");
    assert!(ran.status == 3 && ran.stderr.contains("the rules have errors now"), "{ran:?}");
    room.write("one.adr", CLEAN.as_bytes());
    // somebody else publishes, the same rules and back again
    assert_eq!(room.run("rollback --publish published").status, 0);
    let ran = room.run("apply plan.json");
    assert!(
        ran.status == 3 && ran.stderr.contains("generation 2 was expected, and 3 is current"),
        "{ran:?}"
    );
    assert_eq!(generation(&room), 3);
    assert_eq!(room.run("plan one.adr --publish published -o plan.json").status, 0);
    let lock = fs::File::open(room.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(room.run("apply plan.json").status, 3);
    drop(lock);
    let ran = room.run("apply plan.json");
    assert!(ran.status == 0 && ran.stderr.contains("nothing to do"), "{ran:?}");
}

#[test]
fn the_first_generation_and_sites_are_planned() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n}\n";
    let room = Room::with(&[("plan.adr", CLEAN)]);
    let ran = room.run("plan plan.adr --publish published -o plan.json");
    assert!(ran.status == 0 && ran.stderr.contains("the first generation: 1 view"), "{ran:?}");
    assert!(!room.path("published").exists());
    assert_eq!(room.run("apply plan.json").status, 0);
    let mut told = Vec::new();
    for text in
        [format!("{CLEAN}{site}"), format!("{CLEAN}{}", site.replace("20", "21")), CLEAN.to_owned()]
    {
        room.write("plan.adr", text.as_bytes());
        told.push(room.run("plan plan.adr --publish published -o plan.json").stdout);
        assert_eq!(room.run("apply plan.json").status, 0);
    }
    let expected = [
        "site \"Dallas\" is new, clients 10.20.0.0/16\n",
        "site \"Dallas\": clients were 10.20.0.0/16, become 10.21.0.0/16\n",
        "site \"Dallas\" is removed; its clients get the default view\n",
    ];
    assert_eq!(told, expected);
}

#[test]
fn rules_with_errors_are_not_planned() {
    let room = Room::with(&[("plan.adr", DANGEROUS)]);
    let ran = room.run("plan plan.adr --publish published -o plan.json");
    assert!(ran.status == 1 && ran.stderr.contains("no change plan is written"), "{ran:?}");
    assert!(!room.path("plan.json").exists());
}
