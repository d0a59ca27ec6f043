//! Both forms of `current`: a link, and a pointer file. A folder may come from another system.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::fixture::{
    artifacts, assert_no_leftovers, content, folder, publish_by, publisher, switches, visible,
};
use crate::publish::{Switch, history};

/// The stable links that exist in a folder, and whether they lead anywhere.
fn links(folder: &Path) -> Vec<(String, bool)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let links = entries.filter(|entry| entry.file_type().unwrap().is_symlink());
    let mut links: Vec<_> = links
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path().exists()))
        .collect();
    links.sort();
    links
}

#[test]
fn pointer_file_is_all_that_leads_to_a_generation() {
    let folder = folder();
    for (prefix, generation) in [(1, 1), (2, 2)] {
        let new = artifacts(prefix, true);
        let published = publish_by(Switch::Pointer, folder.path(), &new).unwrap();
        assert_eq!((published.generation, published.changed), (generation, true));
        let text = fs::read_to_string(folder.path().join("current")).unwrap();
        assert_eq!(text, format!("generations/{generation}\n"));
        assert_eq!(visible(folder.path()), content(&new));
        assert_eq!(links(folder.path()), []);
    }
    let same = publish_by(Switch::Pointer, folder.path(), &artifacts(2, true)).unwrap();
    assert!(!same.changed && same.generation == 2);
    assert_no_leftovers(folder.path());
}

/// Every form follows every other one, with new content and with the same.
#[test]
fn publisher_replaces_the_form_of_another_system() {
    for before in switches() {
        for after in switches() {
            let folder = folder();
            publish_by(*before, folder.path(), &artifacts(1, true)).unwrap();
            let same = publish_by(*after, folder.path(), &artifacts(1, true)).unwrap();
            assert!(!same.changed && same.generation == 1);
            let is_link = folder.path().join("current").is_symlink();
            assert_eq!(is_link, *after == Switch::Link, "{before:?} {after:?}");
            assert_eq!(visible(folder.path()), content(&artifacts(1, true)));
            assert!(links(folder.path()).iter().all(|(_, leads)| *leads));
            assert_eq!(links(folder.path()).len(), if is_link { 6 } else { 0 });
            let new = publish_by(*before, folder.path(), &artifacts(2, false)).unwrap();
            assert_eq!(new.generation, 2);
            assert_eq!(visible(folder.path()), content(&artifacts(2, false)));
            assert_no_leftovers(folder.path());
        }
    }
}

#[test]
fn history_and_rollback_do_not_depend_on_the_form() {
    for published in switches() {
        for rolled_back in switches() {
            let folder = folder();
            for prefix in [1, 2] {
                publish_by(*published, folder.path(), &artifacts(prefix, false)).unwrap();
            }
            let publisher = publisher(folder.path()).switching_by(*rolled_back);
            assert_eq!(publisher.roll_back(None).unwrap().to, 1);
            assert_eq!(visible(folder.path()), content(&artifacts(1, false)));
            let entries = history(folder.path()).unwrap();
            let found: Vec<_> = entries.iter().map(|it| (it.generation, it.is_current)).collect();
            assert_eq!(found, [(3, true), (2, false), (1, false)]);
            assert!(entries.iter().all(|entry| entry.damage.is_none()));
        }
    }
}

/// On Windows a rename onto an open file fails, and is repeated.
#[test]
fn pointer_file_that_a_reader_has_open_is_replaced() {
    let folder = folder();
    publish_by(Switch::Pointer, folder.path(), &artifacts(1, false)).unwrap();
    let open = fs::File::open(folder.path().join("current")).unwrap();
    let reader = thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        drop(open);
    });
    publish_by(Switch::Pointer, folder.path(), &artifacts(2, false)).unwrap();
    assert_eq!(visible(folder.path()), content(&artifacts(2, false)));
    reader.join().unwrap();
}

/// A link copied to a system without links is often a file with its target.
#[test]
fn copied_link_is_a_pointer_file() {
    let folder = folder();
    publish_by(Switch::Pointer, folder.path(), &artifacts(1, false)).unwrap();
    fs::write(folder.path().join("current"), "generations/1").unwrap();
    assert_eq!(visible(folder.path()), content(&artifacts(1, false)));
    let new = publish_by(Switch::Pointer, folder.path(), &artifacts(2, false)).unwrap();
    assert_eq!(new.generation, 2);
}
