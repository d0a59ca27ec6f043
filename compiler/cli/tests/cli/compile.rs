//! `adrc compile`: what is published, and what stays.

use std::fs;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox as Room};

#[test]
fn the_files_of_clients_are_written() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    let ran = room.run("compile plan.adr -o published");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DialRules>\n  \
                    <DialRule BeginsWith=\"5\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"9\"/>\n</DialRules>\n";
    for file in ["AppDialRules.xml", "CUPC/AppDialRules.xml"] {
        assert_eq!(room.read(&format!("published/{file}")), expected);
    }
    for file in ["DirLookupDialRules.xml", "CUPC/DirLookupDialRules.xml"] {
        assert!(room.read(&format!("published/{file}")).ends_with("<DialRules/>\n"), "{file}");
    }
    let manifest: serde_json::Value =
        serde_json::from_str(&room.read("published/manifest.json")).unwrap();
    assert_eq!(manifest["generation"], 1);
    assert_eq!(manifest["files"][0]["size"], expected.len());
}

#[test]
fn the_same_book_makes_no_new_generation_and_another_one_does() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    room.run("compile plan.adr -o published");
    let before = room.listing("published");
    let again = room.run("compile plan.adr -o published");
    assert!(again.stderr.contains("generation 1 is the same, nothing to do"), "{again:?}");
    assert_eq!(room.listing("published"), before);
    room.write(
        "plan.adr",
        CLEAN.replace("prefix 9", "prefix 8").replace("-> 95", "-> 85").as_bytes(),
    );
    let changed = room.run("compile plan.adr -o published");
    assert!(changed.stderr.contains("published generation 2"), "{changed:?}");
    assert!(room.read("published/CUPC/AppDialRules.xml").contains("PrefixWith=\"8\""));
}

#[test]
fn errors_leave_what_was_published() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    room.run("compile plan.adr -o published");
    let before = room.read("published/AppDialRules.xml");
    room.write("plan.adr", DANGEROUS.replace("9911\n", "112\n").as_bytes());
    let ran = room.run("compile plan.adr -o published");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("published is unchanged"), "{ran:?}");
    assert_eq!(room.read("published/AppDialRules.xml"), before);
    assert_eq!(
        room.listing("published/generations").iter().filter(|name| !name.contains('/')).count(),
        1
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    room.run("compile plan.adr -o one");
    room.run("compile plan.adr -o two");
    for name in room.listing("one") {
        // when it was published stands beside what was published
        let is_record = name.ends_with("record.json");
        if !is_record && room.path(&format!("one/{name}")).is_file() {
            let read = |folder: &str| fs::read(room.path(&format!("{folder}/{name}"))).unwrap();
            assert_eq!(read("one"), read("two"), "{name}");
        }
    }
}

#[test]
fn a_folder_with_foreign_things_is_left_alone() {
    let room = Room::with(&[("plan.adr", CLEAN), ("published/CUPC/mine.txt", "mine")]);
    let ran = room.run("compile plan.adr -o published");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("adrc did not write this"), "{ran:?}");
    assert_eq!(room.read("published/CUPC/mine.txt"), "mine");
}
