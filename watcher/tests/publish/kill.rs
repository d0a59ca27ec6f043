//! Stopped before every single operation: old or new, never a mixture, and the next start cleans
//! up.

use std::path::Path;

use adr_language::Artifacts;
use adr_watcher::publish::{Disk, PublishError};

use super::room::{artefacts, assert_tidy, content, folder, generation, publisher, put, seen};

/// What is stopped: on a folder as it is, with the disk that stops it.
type Act<'a> = &'a dyn Fn(&Path, &Disk) -> Result<(), PublishError>;

/// Stops `act` before its first operation, its second, and so on until it comes to its end; gives
/// the number of stops.
///
/// `prepare` makes the folder as it is before, `new` is what it holds when the act was done.
fn stop_everywhere(prepare: &dyn Fn(&Path), act: Act<'_>, new: &Artifacts) -> usize {
    let next = artefacts(77, false);
    for stops in 0.. {
        let folder = folder();
        prepare(folder.path());
        let old = seen(folder.path());
        let disk = Disk::failing_after(stops);
        let result = act(folder.path(), &disk);
        let found = seen(folder.path());
        assert!(found == old || found == content(new), "stopped at {stops}");
        if result.is_ok() {
            assert_eq!(found, content(new), "said to be done at {stops}");
        }
        if !disk.was_stopped() {
            return stops;
        }
        if matches!(result, Err(PublishError::NotDurable { .. })) {
            assert_eq!(found, content(new), "said to be switched at {stops}");
        }
        // the next run cleans up and goes on: what nobody saw is gone, and its number is used again
        let before = generation(folder.path());
        put(folder.path(), &next, &Disk::default()).unwrap();
        let after = generation(folder.path());
        assert_eq!(after, before + 1, "after a stop at {stops}");
        assert_eq!(seen(folder.path()), content(&next), "after a stop at {stops}");
        assert_tidy(folder.path());
    }
    unreachable!("every act has an end")
}

#[test]
fn whatever_stops_it_a_reader_sees_the_old_or_the_new() {
    let publishing = |prepare: &dyn Fn(&Path), new: &Artifacts| {
        let act = |folder: &Path, disk: &Disk| put(folder, new, disk).map(drop);
        stop_everywhere(prepare, &act, new)
    };
    let with = |generations: Vec<Artifacts>| {
        move |folder: &Path| {
            for generation in &generations {
                put(folder, generation, &Disk::default()).unwrap();
            }
        }
    };
    let (plain, with_site) = (|prefix| artefacts(prefix, false), |prefix| artefacts(prefix, true));
    let mut stops = Vec::new();
    stops.push(publishing(&|_| {}, &with_site(2)));
    stops.push(publishing(&with(vec![plain(1)]), &with_site(2)));
    stops.push(publishing(&with(vec![with_site(1)]), &plain(2)));
    stops.push(publishing(&with(vec![with_site(1)]), &with_site(2)));
    // one generation too many: the oldest goes
    let keeping = |folder: &Path, disk: &Disk| {
        let publisher = publisher(folder).keeping(2).on(disk);
        publisher.publish(&with_site(2), || Ok(())).map(drop)
    };
    let two = with(vec![plain(20), with_site(21)]);
    stops.push(stop_everywhere(&two, &keeping, &with_site(2)));

    let rolling = |to: Option<u64>, new: &Artifacts, before: Vec<Artifacts>| {
        let act = |folder: &Path, disk: &Disk| publisher(folder).on(disk).roll_back(to).map(drop);
        stop_everywhere(&with(before), &act, new)
    };
    stops.push(rolling(None, &with_site(1), vec![with_site(1), plain(2)]));
    stops.push(rolling(None, &plain(1), vec![plain(1), with_site(2)]));
    stops.push(rolling(Some(1), &with_site(1), vec![with_site(1), with_site(2), plain(3)]));

    let signer = |_: &[u8], generation: u64| Ok(format!("signature of {generation}\n"));
    let signing = |folder: &Path, disk: &Disk| {
        let publisher = publisher(folder).signing(&signer).on(disk);
        publisher.publish(&with_site(2), || Ok(())).map(drop)
    };
    // unsigned ones may follow only where nothing signed is current, so this one is stopped on its
    // own
    stops.push(stop_before_signed(&signing));
    let all: usize = stops.iter().sum();
    println!("{all} stops: {stops:?}");
    assert!(all >= 300, "only {all} operations: {stops:?}");
}

/// As [`stop_everywhere`], where the next run is the same act.
fn stop_before_signed(act: Act<'_>) -> usize {
    for stops in 0.. {
        let folder = folder();
        put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
        let old = seen(folder.path());
        let disk = Disk::failing_after(stops);
        let result = act(folder.path(), &disk);
        let found = seen(folder.path());
        let signature = folder.path().join("current/manifest.json.minisig");
        assert!(found == old || signature.exists(), "unsigned after a stop at {stops}");
        if !disk.was_stopped() {
            assert!(result.is_ok() && signature.exists());
            return stops;
        }
        act(folder.path(), &Disk::default()).unwrap();
        assert!(folder.path().join("manifest.json.minisig").exists());
        assert_tidy(folder.path());
    }
    unreachable!("every act has an end")
}
