//! Nodes that are killed, or whose disk fails, while they publish through a publication or follow
//! it: the folder and the publication agree at the next start.

use std::fs;

use super::fixture::{artifacts, content, folder, generation, visible};
use super::through::{assert_copy, node, publish_at, published};
use crate::publication::Publication;
use crate::publication::memory::MemoryPublication;
use crate::publish::disk::Disk;
use crate::publish::kept_generations;

/// Publishing through a publication is killed before each operation of the disk.
#[test]
fn killed_publisher_agrees_with_the_publication_at_its_next_start() {
    let mut operations = 0;
    loop {
        let (one, two) = (folder(), folder());
        let here = MemoryPublication::new();
        publish_at(one.path(), &here, 1).unwrap();
        publish_at(two.path(), &here, 2).unwrap();
        // the killed publisher has generation 2 to install, and 3 to publish
        let disk = Disk::failing_after(operations);
        let result = node(one.path(), &here).on(&disk).publish(&artifacts(3, true), || Ok(()));
        let current = here.current().unwrap().unwrap().generation;
        assert!(current >= generation(one.path()), "after {operations} operations");
        if result.is_ok() {
            assert_eq!(current, 3, "reported as published after {operations} operations");
        }
        let again = node(one.path(), &here).publish(&artifacts(3, true), || Ok(())).unwrap();
        assert_eq!(again, published(3, current != 3), "after {operations} operations");
        assert_copy(one.path(), &here);
        assert_eq!(kept_generations(one.path()).unwrap(), [1, 2, 3]);
        if !disk.has_failed() {
            break;
        }
        operations += 1;
    }
    println!("{operations} operations");
    assert!(operations > 50, "{operations}");
}

/// A new node is killed before each operation of the disk, while the others go on.
#[test]
fn killed_new_node_catches_up_at_its_next_start() {
    for operations in 0.. {
        let (one, two) = (folder(), folder());
        let here = MemoryPublication::new();
        for prefix in 1..=3 {
            publish_at(two.path(), &here, prefix).unwrap();
        }
        let disk = Disk::failing_after(operations);
        let _ = node(one.path(), &here).on(&disk).bring_up_to_date();
        assert!([0, 3].contains(&generation(one.path())), "after {operations} operations");
        if operations % 2 == 0 {
            publish_at(two.path(), &here, 4).unwrap();
        }
        node(one.path(), &here).bring_up_to_date().unwrap();
        assert_copy(one.path(), &here);
        if !disk.has_failed() {
            return;
        }
    }
}

/// A node whose copy is damaged is killed while it replaces it.
#[test]
fn killed_repair_is_completed() {
    for operations in 0.. {
        let one = folder();
        let here = MemoryPublication::new();
        publish_at(one.path(), &here, 1).unwrap();
        publish_at(one.path(), &here, 2).unwrap();
        let path = one.path().join("generations/2/AppDialRules.xml");
        fs::remove_file(&path).unwrap();
        fs::write(&path, "{}").unwrap();
        let disk = Disk::failing_after(operations);
        let _ = node(one.path(), &here).on(&disk).bring_up_to_date();
        node(one.path(), &here).bring_up_to_date().unwrap();
        assert_eq!(visible(one.path()), content(&artifacts(2, false)));
        assert_copy(one.path(), &here);
        if !disk.has_failed() {
            return;
        }
    }
}

/// One operation fails, as on a full disk: the node keeps what it has, and catches up later.
#[test]
fn node_with_a_failing_disk_keeps_its_generation_and_catches_up() {
    for operations in 0.. {
        let (one, two) = (folder(), folder());
        let here = MemoryPublication::new();
        publish_at(one.path(), &here, 1).unwrap();
        for prefix in 2..=3 {
            publish_at(two.path(), &here, prefix).unwrap();
        }
        let disk = Disk::failing_once_after(operations);
        let result = node(one.path(), &here).on(&disk).bring_up_to_date();
        if !disk.has_failed() {
            return;
        }
        let found = generation(one.path());
        assert!([1, 3].contains(&found), "generation {found} after {operations} operations");
        if result.is_ok() {
            assert_eq!(found, 3, "after {operations} operations");
        }
        node(one.path(), &here).bring_up_to_date().unwrap();
        assert_eq!(visible(one.path()), content(&artifacts(3, false)));
        assert_copy(one.path(), &here);
    }
}
