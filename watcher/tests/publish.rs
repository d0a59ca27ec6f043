//! A reader sees the generation before or the one after, whatever fails when.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the suite looks at the disk, and what fails there fails the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use adr_language::{Artefacts, Entry, Levels, ReadError, RuleBook, World, load};
use adr_tree::Manifest;
use adr_watcher::publish::{Disk, KEEP, PublishError, Published, publish};
use tempfile::TempDir;

/// One text, whatever it is called.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// A book whose rule has this prefix, with a site or without.
fn artefacts(prefix: usize, with_site: bool) -> Artefacts {
    let site =
        "site \"Dallas\" { clients 10.0.0.0/8; application { rule \"D\" { digits 7; prefix 8 } } }";
    let site = if with_site {
        site.replace("; ", "\n")
    } else {
        String::new()
    };
    let rule = format!("rule \"Local\" {{ digits 7; prefix {prefix} }}");
    let text = Text(format!("application {{ {rule} }}\n{site}\n"));
    let entry = Entry {
        path: "plan.adr".into(),
        root: String::new(),
    };
    let checked = load(&text, &[entry]).check(&Levels::default());
    let report = format!("{:?}", checked.report());
    let book: Option<RuleBook> = checked.into_book();
    book.expect(&report).artefacts()
}

fn put(folder: &Path, artefacts: &Artefacts, disk: &Disk) -> Result<Published, PublishError> {
    publish(folder, artefacts, "test", || Ok(()), disk)
}

/// What a reader sees: every file that the manifest names, verified; `None` where nothing is published.
fn seen(folder: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let manifest = fs::read(folder.join("current/manifest.json")).ok()?;
    let manifest = Manifest::parse(&manifest).unwrap();
    let read =
        |path: &str| fs::read(folder.join("current").join(path)).map_err(|error| error.to_string());
    manifest.verify(read).unwrap();
    Some(
        manifest
            .files
            .iter()
            .map(|file| (file.path.clone(), read(&file.path).unwrap()))
            .collect(),
    )
}

fn content(artefacts: &Artefacts) -> Option<BTreeMap<String, Vec<u8>>> {
    let files = artefacts.files.iter();
    Some(
        files
            .map(|(path, bytes)| (path.clone(), bytes.to_vec()))
            .collect(),
    )
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn equal_content_makes_no_new_generation() {
    let folder = folder();
    let (one, two) = (artefacts(1, true), artefacts(2, true));
    let published = |generation, changed| {
        Ok(Published {
            generation,
            changed,
        })
    };
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(1, true)
    );
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(1, false)
    );
    assert_eq!(
        put(folder.path(), &two, &Disk::default()),
        published(2, true)
    );
    assert_eq!(
        put(folder.path(), &one, &Disk::default()),
        published(3, true)
    );
}

#[test]
fn only_the_latest_generations_stay() {
    let folder = folder();
    for prefix in 0..KEEP + 5 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let mut kept: Vec<usize> = fs::read_dir(folder.path().join("generations"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    kept.sort_unstable();
    assert_eq!(kept, (6..=KEEP + 5).collect::<Vec<_>>());
}

#[test]
fn whatever_stops_it_a_reader_sees_the_old_or_the_new() {
    for before in [None, Some(artefacts(1, false)), Some(artefacts(1, true))] {
        let (new, next) = (artefacts(2, true), artefacts(3, false));
        let mut points = 0;
        loop {
            let folder = folder();
            if let Some(before) = &before {
                put(folder.path(), before, &Disk::default()).unwrap();
            }
            let result = put(folder.path(), &new, &Disk::failing_after(points));
            let old = before.as_ref().and_then(content);
            let found = seen(folder.path());
            assert!(
                found == old || found == content(&new),
                "stopped at {points}"
            );
            if result.is_ok() {
                assert_eq!(found, content(&new));
                break;
            }
            // the next run cleans up and goes on
            put(folder.path(), &next, &Disk::default()).unwrap();
            assert_eq!(
                seen(folder.path()),
                content(&next),
                "after a stop at {points}"
            );
            assert_tidy(folder.path());
            points += 1;
        }
        assert!(points > 30, "only {points} operations");
    }
}

/// Nothing is left of what was stopped, and every link leads somewhere.
fn assert_tidy(folder: &Path) {
    for place in [folder.to_owned(), folder.join("generations")] {
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            assert!(!name.starts_with(".new-") && name != ".link", "{name}");
            assert!(entry.path().exists(), "{name} leads nowhere");
        }
    }
}

#[test]
fn the_stable_links_follow_the_generation() {
    let folder = folder();
    put(folder.path(), &artefacts(1, true), &Disk::default()).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path));
    assert!(
        read("CUPC/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"1\"")
    );
    assert!(
        read("sites/Dallas/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"8\"")
    );
    put(folder.path(), &artefacts(2, false), &Disk::default()).unwrap();
    assert!(
        read("CUPC/AppDialRules.xml")
            .unwrap()
            .contains("PrefixWith=\"2\"")
    );
    assert!(read("sites/Dallas/AppDialRules.xml").is_err());
    assert!(folder.path().join("sites").symlink_metadata().is_err());
}

#[test]
fn damage_is_published_over() {
    let folder = folder();
    let one = artefacts(1, false);
    put(folder.path(), &one, &Disk::default()).unwrap();
    let file = folder.path().join("generations/1/AppDialRules.xml");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "<DialRules/>").unwrap();
    let again = put(folder.path(), &one, &Disk::default()).unwrap();
    assert!(again.changed && again.generation == 2);
    assert_eq!(seen(folder.path()), content(&one));
}

#[test]
fn what_adrc_did_not_write_is_left_alone() {
    for name in ["CUPC", "current", "manifest.json"] {
        let folder = folder();
        fs::write(folder.path().join(name), "mine").unwrap();
        let result = put(folder.path(), &artefacts(1, false), &Disk::default());
        assert!(
            matches!(result, Err(PublishError::Foreign(_))),
            "{result:?}"
        );
        assert_eq!(
            fs::read_to_string(folder.path().join(name)).unwrap(),
            "mine"
        );
    }
}

#[test]
fn two_publishers_are_one_too_many() {
    let folder = folder();
    put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
    let lock = fs::File::open(folder.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    let result = put(folder.path(), &artefacts(2, false), &Disk::default());
    assert_eq!(result, Err(PublishError::Busy(folder.path().to_owned())));
}

#[test]
fn files_that_read_otherwise_are_never_switched_to() {
    let folder = folder();
    let one = artefacts(1, false);
    put(folder.path(), &one, &Disk::default()).unwrap();
    let refuse = || Err("not the same".to_owned());
    let result = publish(
        folder.path(),
        &artefacts(2, false),
        "test",
        refuse,
        &Disk::default(),
    );
    assert_eq!(
        result,
        Err(PublishError::ReadBack("not the same".to_owned()))
    );
    assert_eq!(seen(folder.path()), content(&one));
}
