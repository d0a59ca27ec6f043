//! A shared published folder as a publication.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the test writes into folders, and waits for threads"
)]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use adr_language::{Artifacts, EntryFile, Levels, ReadError, World, load};
use adr_protocol::{ClientRow, Clients};
use adr_watcher::publication::{
    FolderPublication, NodeReport, Publication, PublicationError, seal,
};
use adr_watcher::publish::{Base, PublishError, Publisher, history};
use tempfile::TempDir;

/// A world in which every file has this text.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

fn artifacts(prefix: usize) -> Artifacts {
    let text = format!(
        "application {{ rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }} }}\n"
    );
    let entry = EntryFile { path: "plan.adr".into(), root: String::new() };
    load(&Text(text), &[entry]).check(&Levels::default()).into_plan().unwrap().artifacts()
}

fn publisher(folder: &Path) -> Publisher<'_> {
    Publisher::new(folder, "test", 0)
}

fn publish(folder: &Path, prefix: usize) -> u64 {
    publisher(folder).publish(&artifacts(prefix), || Ok(())).unwrap().generation
}

/// A shared folder below a new one.
fn shared() -> (TempDir, std::path::PathBuf) {
    let above = tempfile::tempdir().unwrap();
    let shared = above.path().join("shared");
    assert_eq!(FolderPublication::new(&shared).prepare(), Ok(true));
    (above, shared)
}

/// The place of a drive that is not mounted looks like an empty folder.
#[test]
fn folder_that_is_not_prepared_is_neither_empty_nor_written_into() {
    let above = tempfile::tempdir().unwrap();
    let source = above.path().join("source");
    publish(&source, 1);
    let next = seal(&source, 1).unwrap();
    let (missing, empty) = (above.path().join("missing"), above.path().join("empty"));
    fs::create_dir(&empty).unwrap();
    for place in [&missing, &empty] {
        let it = FolderPublication::new(place);
        let is_unprepared = |error: PublicationError| {
            assert!(matches!(error, PublicationError::NotPrepared { .. }), "{error}");
        };
        is_unprepared(it.current().unwrap_err());
        is_unprepared(it.generations().unwrap_err());
        is_unprepared(it.publish(None, &next).unwrap_err());
    }
    assert!(FolderPublication::new(&missing).report(&report("tftp1")).is_err());
    assert!(!missing.exists() && fs::read_dir(&empty).unwrap().next().is_none());
    let own = above.path().join("own");
    let it = FolderPublication::new(&empty);
    let result = publisher(&own).through(&it).publish(&artifacts(1), || Ok(()));
    assert!(matches!(result, Err(PublishError::Publication(_))), "{result:?}");
    assert_eq!((it.prepare(), it.prepare(), it.current()), (Ok(true), Ok(false), Ok(None)));
    assert_eq!(
        publisher(&own).through(&it).publish(&artifacts(1), || Ok(())).unwrap().generation,
        1
    );
    // a published folder without a marker is prepared enough
    assert_eq!(FolderPublication::new(&source).current().unwrap(), Some(next.base()));
}

#[test]
fn generations_are_read_and_published_on_top_of_the_current_one() {
    let (_above, shared) = shared();
    let source = tempfile::tempdir().unwrap();
    let it = FolderPublication::new(&shared).keeping(2);
    assert_eq!((it.current(), it.generations()), (Ok(None), Ok(Vec::new())));
    assert_eq!(it.folder_name().as_deref(), Some("shared"));
    for prefix in 1..=3 {
        publish(source.path(), prefix);
    }
    let sealed = |generation| seal(source.path(), generation).unwrap();
    it.publish(None, &sealed(1)).unwrap();
    it.publish(Some(&sealed(1).base()), &sealed(2)).unwrap();
    let refused = it.publish(Some(&sealed(1).base()), &sealed(3)).unwrap_err();
    let expected = PublicationError::Refused {
        name: shared.display().to_string(),
        expected: Some(sealed(1).base()),
        current: Some(sealed(2).base()),
    };
    assert_eq!(refused, expected);
    assert!(matches!(it.publish(None, &sealed(3)), Err(PublicationError::Refused { .. })));
    // nothing is written twice, and nothing goes back
    let backwards = it.publish(Some(&sealed(2).base()), &sealed(1));
    assert!(matches!(backwards, Err(PublicationError::Refused { .. })), "{backwards:?}");
    it.publish(Some(&sealed(2).base()), &sealed(3)).unwrap();
    assert_eq!(it.generations().unwrap(), [2, 3]);
    assert_eq!(it.fetch(3).unwrap(), sealed(3));
    assert!(matches!(it.fetch(1), Err(PublicationError::Missing { generation: 1, .. })));
    assert_eq!(history(&shared).unwrap()[0].generation, 3);
}

/// An import that was killed leaves older generations, and no `current`.
#[test]
fn published_generation_stays_among_newer_ones_that_never_were_current() {
    let (above, shared) = shared();
    for prefix in 1..=4 {
        publish(&shared, prefix);
    }
    fs::remove_file(shared.join("current")).unwrap();
    fs::remove_dir_all(shared.join("generations/1")).unwrap();
    let it = FolderPublication::new(&shared).keeping(2);
    assert_eq!(it.current(), Ok(None));
    let own = above.path().join("own");
    for generation in 1..=2 {
        let artifacts = artifacts(6 + generation);
        publisher(&own).through(&it).publish(&artifacts, || Ok(())).unwrap();
        let current = it.current().unwrap().unwrap();
        assert_eq!(current.generation, generation as u64);
        assert_eq!(it.fetch(current.generation).unwrap().base(), current);
    }
    assert_eq!(it.generations().unwrap(), [1, 2]);
    assert!(!shared.join("generations/4").exists());
}

/// Files of older generations that an earlier attempt has written stay, unless they are damaged.
#[cfg(unix)]
#[test]
fn history_goes_on_where_an_earlier_attempt_ended() {
    use std::os::unix::fs::MetadataExt;
    let (above, shared) = shared();
    let source = above.path().join("source");
    for prefix in 1..=4 {
        publish(&source, prefix);
    }
    let sealed = |generation| seal(&source, generation).unwrap();
    let file = |generation| shared.join(format!("generations/{generation}/AppDialRules.xml"));
    for generation in 1..=3 {
        publisher(&shared).install(&sealed(generation)).unwrap();
    }
    fs::remove_file(shared.join("current")).unwrap();
    fs::remove_file(file(2)).unwrap();
    fs::write(file(2), "<DialRules/>").unwrap();
    let inodes = || [1, 2, 3].map(|generation| file(generation).metadata().unwrap().ino());
    let before = inodes();
    let it = FolderPublication::new(&shared);
    it.publish_history(None, &[1, 2, 3].map(sealed), &sealed(4)).unwrap();
    let same: Vec<bool> = before.iter().zip(inodes()).map(|(before, ino)| *before == ino).collect();
    assert_eq!(same, [true, false, true]);
    assert_eq!(it.current(), Ok(Some(sealed(4).base())));
    for generation in 1..=4 {
        assert_eq!(it.fetch(generation).unwrap(), sealed(generation));
    }
}

#[test]
fn damaged_current_generation_is_damage_until_the_next_one() {
    let (above, shared) = shared();
    let it = FolderPublication::new(&shared);
    let own = above.path().join("own");
    let through = || publisher(&own).through(&it);
    through().publish(&artifacts(1), || Ok(())).unwrap();
    for name in ["AppDialRules.xml", "manifest.json"] {
        let current = it.current().unwrap().unwrap().generation;
        let path = shared.join(format!("generations/{current}/{name}"));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "{}").unwrap();
        let new = above.path().join("new");
        let error = publisher(&new).through(&it).bring_up_to_date().unwrap_err();
        assert!(matches!(error, PublishError::Publication(_)), "{error}");
        let next = through().publish(&artifacts(1), || Ok(())).unwrap();
        assert_eq!(next.generation, current + 1, "{name}");
        assert_eq!(publisher(&new).through(&it).bring_up_to_date().unwrap(), it.current().unwrap());
        fs::remove_dir_all(new).unwrap();
    }
}

#[test]
fn two_publishers_lose_no_generation() {
    const ROUNDS: usize = 25;
    let (above, shared) = shared();
    let run = |name: &'static str, first: usize| {
        let (folder, shared) = (above.path().join(name), shared.clone());
        thread::spawn(move || {
            let it = FolderPublication::new(&shared).keeping(1_000);
            let mut published = Vec::new();
            for prefix in first..first + ROUNDS {
                let artifacts = artifacts(prefix);
                loop {
                    let publisher = publisher(&folder).keeping(1_000).through(&it);
                    match publisher.publish(&artifacts, || Ok(())) {
                        Ok(new) => break published.push(new.generation),
                        Err(error) if error.is_conflict() => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            published
        })
    };
    let threads = [run("one", 1000), run("two", 2000)];
    let mut all: Vec<u64> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=2 * ROUNDS as u64).collect::<Vec<_>>());
    let it = FolderPublication::new(&shared);
    for name in ["one", "two"] {
        let folder = above.path().join(name);
        publisher(&folder).keeping(1_000).through(&it).bring_up_to_date().unwrap();
        for generation in &all {
            assert_eq!(seal(&folder, *generation).unwrap(), it.fetch(*generation).unwrap());
        }
    }
}

#[test]
fn watch_returns_the_next_generation_or_after_its_time() {
    let (_above, shared) = shared();
    let it = FolderPublication::new(&shared);
    assert_eq!(it.watch(None, Duration::from_millis(10)), Ok(None));
    let other = shared.clone();
    let publishing = thread::spawn(move || publish(&other, 1));
    let current = it.watch(None, Duration::from_secs(60)).unwrap().unwrap();
    assert_eq!(current.generation, publishing.join().unwrap());
    let known = it.watch(Some(&current), Duration::from_millis(10)).unwrap();
    assert_eq!(known, Some(current));
}

fn report(node: &str) -> NodeReport {
    NodeReport {
        format_version: NodeReport::FORMAT_VERSION,
        node: node.to_owned(),
        tool: "test".to_owned(),
        reported: 7,
        has_ended: false,
        clients: Clients::default(),
    }
}

#[test]
fn reports_of_nodes_are_kept_for_their_lifetime() {
    let (_above, shared) = shared();
    let it = FolderPublication::new(&shared);
    assert_eq!(it.reports(), Ok(Vec::new()));
    for node in ["tftp2", "tftp1", "tftp2"] {
        it.report(&report(node)).unwrap();
    }
    assert_eq!(it.reports().unwrap(), [report("tftp1"), report("tftp2")]);
    for name in ["../tftp1", "", "TFTP"] {
        assert!(it.report(&report(name)).is_err(), "{name}");
    }
    // files of others, and those that are damaged or too old
    let nodes = shared.join(".nodes");
    fs::write(nodes.join("notes.txt"), "mine").unwrap();
    fs::write(nodes.join("tftp3.json"), "{").unwrap();
    fs::copy(nodes.join("tftp1.json"), nodes.join("tftp4.json")).unwrap();
    let file = fs::File::options().write(true).open(nodes.join("tftp2.json")).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() - NodeReport::LIFETIME * 2)
        .unwrap();
    assert_eq!(it.reports().unwrap(), [report("tftp1")]);
    // the clock of the reader may be wrong
    assert!(nodes.join("tftp2.json").exists() && nodes.join("notes.txt").exists());
    // the folder can be published into
    assert_eq!(publish(&shared, 1), 1);
}

#[cfg(unix)]
#[test]
fn reports_have_the_permissions_of_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let (_above, shared) = shared();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o2775)).unwrap();
    let it = FolderPublication::new(&shared);
    it.report(&report("tftp1")).unwrap();
    let mode = |name: &str| shared.join(name).metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(".nodes"), mode(".nodes/tftp1.json")), (0o2775, 0o664));
}

#[test]
fn names_in_reports_are_checked_and_all_reports_together_are_limited() {
    let (_above, shared) = shared();
    let it = FolderPublication::new(&shared);
    let mut hostile = report("tftp1");
    let row = |client: &str| ClientRow { client: client.to_owned(), ..ClientRow::default() };
    hostile.clients.rows = vec![row("core-0001"), row("<b>"), row(&"x".repeat(1000))];
    it.report(&hostile).unwrap();
    let read = it.reports().unwrap();
    assert_eq!(read[0].clients.rows, [row("core-0001")]);
    let large = fs::File::create(shared.join(".nodes/tftp2.json")).unwrap();
    large.set_len(64 << 20).unwrap();
    let error = it.reports().unwrap_err();
    assert!(matches!(error, PublicationError::Impossible { .. }), "{error}");
    assert!(error.help().contains("remove the reports"), "{error:?}");
}

/// A copy of one generation, as `cp -rL` or the copy of an object store makes it.
#[test]
fn copy_without_current_is_left_alone() {
    let (above, shared) = shared();
    publish(&shared, 1);
    let copy = above.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for name in ["AppDialRules.xml", "manifest.json"] {
        fs::copy(shared.join("generations/1").join(name), copy.join(name)).unwrap();
    }
    let names = || {
        let entries = fs::read_dir(&copy).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort_unstable();
        names
    };
    let before = names();
    let it = FolderPublication::new(&copy);
    let rejected = it.prepare();
    assert!(matches!(rejected, Err(PublicationError::Foreign { .. })), "{rejected:?}");
    let next = seal(&shared, 1).unwrap();
    assert!(it.publish(None, &next).is_err());
    let other = FolderPublication::new(&shared);
    let rejected = publisher(&copy).through(&other).bring_up_to_date();
    assert!(matches!(rejected, Err(PublishError::Foreign(_))), "{rejected:?}");
    assert_eq!(names(), before);
}

#[test]
fn folder_that_is_not_one_is_an_error_of_each_call() {
    let above = tempfile::tempdir().unwrap();
    let file = above.path().join("file");
    fs::write(&file, "mine").unwrap();
    let it = FolderPublication::new(&file);
    let source = above.path().join("source");
    publish(&source, 1);
    assert!(it.publish(None, &seal(&source, 1).unwrap()).is_err());
    assert!(it.report(&report("tftp1")).is_err());
    let known = Base { generation: 1, sha256: String::new() };
    let _ = it.watch(Some(&known), Duration::ZERO);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
