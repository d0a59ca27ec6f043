//! Old rule sources do not win: over a plain folder and over a publication.

use std::fs;
use std::path::Path;

use super::fixture::{artifacts, content, folder, generation, publisher, visible};
use crate::publication::Publication;
use crate::publication::memory::MemoryPublication;
use crate::publish::{PublishError, Published, Publisher, SourcesIdentity};

fn sources(name: &str) -> SourcesIdentity {
    SourcesIdentity::new("host", &[format!("/{name}/plan.adr").into()])
}

/// What became of an attempt to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Published(u64),
    Same(u64),
    Behind(Option<u64>),
    Conflict,
    Blocked,
}

fn end(result: Result<Published, PublishError>) -> End {
    match result {
        Ok(Published { generation, changed: true }) => End::Published(generation),
        Ok(Published { generation, changed: false }) => End::Same(generation),
        Err(PublishError::Behind { known, .. }) => End::Behind(known),
        Err(PublishError::Conflict { .. }) => End::Conflict,
        Err(PublishError::BlockedByRollback { .. }) => End::Blocked,
        Err(error) => panic!("{error}"),
    }
}

/// A publisher as `adrc serve` has it.
fn serving<'p>(folder: &'p Path, name: &str, link: Option<&'p dyn Publication>) -> Publisher<'p> {
    let publisher = publisher(folder).honor_rollbacks().from_sources(sources(name));
    match link {
        Some(link) => publisher.through(link),
        None => publisher,
    }
}

fn serve(folder: &Path, name: &str, link: Option<&dyn Publication>, prefix: usize) -> End {
    end(serving(folder, name, link).publish(&artifacts(prefix, false), || Ok(())))
}

/// Two nodes with sources `a` and `b`: over one plain folder, or each with its own folder.
fn two_nodes(check: impl Fn(&dyn Fn(&str, usize) -> End, &dyn Fn(Option<u64>))) {
    let shared = folder();
    let publish = |name: &str, prefix| serve(shared.path(), name, None, prefix);
    check(&publish, &|to| {
        publisher(shared.path()).roll_back(to).unwrap();
    });
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let publish = |name: &str, prefix| {
        let folder = if name == "a" { one.path() } else { two.path() };
        serve(folder, name, Some(&here), prefix)
    };
    let roll_back = |to| {
        publisher(one.path()).through(&here).roll_back(to).unwrap();
    };
    check(&publish, &roll_back);
}

#[test]
fn node_that_restarts_with_old_sources_is_behind() {
    two_nodes(|publish, _| {
        assert_eq!(publish("a", 9), End::Published(1));
        assert_eq!(publish("b", 9), End::Same(1));
        assert_eq!(publish("a", 6), End::Published(2));
        assert_eq!(publish("b", 9), End::Behind(Some(1)));
        assert_eq!(publish("b", 9), End::Behind(Some(1)));
        assert_eq!(publish("a", 7), End::Published(3));
        // its sources catch up, one version after the other
        assert_eq!(publish("b", 6), End::Behind(Some(2)));
        assert_eq!(publish("b", 7), End::Same(3));
        assert_eq!(publish("b", 5), End::Published(4));
        assert_eq!(publish("a", 7), End::Behind(Some(3)));
        assert_eq!(publish("a", 5), End::Same(4));
    });
}

#[test]
fn sources_that_were_changed_at_two_nodes_are_a_conflict_until_one_is_followed() {
    two_nodes(|publish, _| {
        assert_eq!(publish("a", 1), End::Published(1));
        assert_eq!(publish("b", 1), End::Same(1));
        assert_eq!(publish("a", 2), End::Published(2));
        assert_eq!(publish("b", 3), End::Conflict);
        assert_eq!(publish("b", 3), End::Conflict);
        assert_eq!(publish("b", 2), End::Same(2));
        assert_eq!(publish("b", 3), End::Published(3));
    });
}

#[test]
fn old_rules_are_published_again_only_from_sources_that_were_in_step() {
    two_nodes(|publish, _| {
        assert_eq!(publish("a", 1), End::Published(1));
        assert_eq!(publish("b", 1), End::Same(1));
        assert_eq!(publish("a", 2), End::Published(2));
        assert_eq!(publish("a", 1), End::Published(3));
        assert_eq!(publish("b", 2), End::Behind(Some(2)));
        assert_eq!(publish("b", 1), End::Same(3));
    });
}

#[test]
fn rolled_back_sources_are_blocked_and_publish_after_a_change() {
    two_nodes(|publish, roll_back| {
        assert_eq!(publish("a", 1), End::Published(1));
        assert_eq!(publish("a", 2), End::Published(2));
        assert_eq!(publish("b", 2), End::Same(2));
        roll_back(None);
        assert_eq!(publish("a", 2), End::Blocked);
        assert_eq!(publish("b", 2), End::Blocked);
        assert_eq!(publish("a", 3), End::Published(4));
        assert_eq!(publish("b", 2), End::Behind(Some(2)));
        assert_eq!(publish("b", 3), End::Same(4));
    });
}

#[test]
fn records_replace_a_ledger_that_was_lost() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let link: Option<&dyn Publication> = Some(&here);
    assert_eq!(serve(one.path(), "a", link, 1), End::Published(1));
    assert_eq!(serve(two.path(), "b", link, 1), End::Same(1));
    for damage in ["{", r#"{"format_version":9,"sources":{}}"#, ""] {
        fs::write(one.path().join(".sources.json"), damage).unwrap();
        fs::write(two.path().join(".sources.json"), damage).unwrap();
        let current = generation(one.path());
        let changed = 100 + usize::try_from(current).unwrap();
        assert_eq!(serve(one.path(), "a", link, changed), End::Published(current + 1));
        // sources that are not known, and have rules that nobody has published
        assert_eq!(serve(two.path(), "b", link, 99), End::Conflict);
        assert_eq!(serve(two.path(), "b", link, 1), End::Behind(Some(1)));
    }
    // a new folder at a new node
    let new = folder();
    assert_eq!(serve(new.path(), "c", link, 99), End::Conflict);
    assert_eq!(serve(new.path(), "c", link, 1), End::Behind(Some(1)));
    assert_eq!(visible(new.path()), visible(one.path()));
}

#[test]
fn person_publishes_what_is_behind_or_in_conflict() {
    let (one, two) = (folder(), folder());
    let here = MemoryPublication::new();
    let link: Option<&dyn Publication> = Some(&here);
    assert_eq!(serve(one.path(), "a", link, 1), End::Published(1));
    assert_eq!(serve(one.path(), "a", link, 2), End::Published(2));
    assert_eq!(serve(two.path(), "b", link, 1), End::Behind(Some(1)));
    let person = |prefix| {
        let publisher = publisher(two.path()).through(&here).by_person(sources("b"));
        end(publisher.publish(&artifacts(prefix, false), || Ok(())))
    };
    assert_eq!(person(3), End::Published(3));
    assert_eq!(serve(two.path(), "b", link, 3), End::Same(3));
    assert_eq!(serve(two.path(), "b", link, 4), End::Published(4));
    assert_eq!(serve(one.path(), "a", link, 2), End::Behind(Some(2)));
    assert_eq!(visible(one.path()), content(&artifacts(4, false)));
}

#[test]
fn plain_folder_with_unknown_sources_is_published_into() {
    let one = folder();
    assert_eq!(
        end(publisher(one.path()).publish(&artifacts(1, false), || Ok(()))),
        End::Published(1)
    );
    assert_eq!(serve(one.path(), "a", None, 2), End::Published(2));
    // a folder of a release or a container gets a new name at each start
    assert_eq!(serve(one.path(), "new", None, 1), End::Published(3));
    assert_eq!(serve(one.path(), "a", None, 2), End::Behind(Some(2)));
}
