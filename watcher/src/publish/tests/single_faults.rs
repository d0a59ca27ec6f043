//! One operation fails, and all others succeed: a file that another program holds open, too many
//! open files, a network drive that does not answer once. A publisher that takes such a fault for
//! an empty folder would remove the current generation, or publish what that one forbids.

use std::path::Path;

use super::fixture::{
    SIGNER, artifacts, content, folder, generation, publish_by, publisher, read_current, switches,
    visible,
};
use crate::publish::disk::Disk;
use crate::publish::{PublishError, Publisher, Switch};

/// Changes a folder, or asks what is current in it, as commands do.
type Change<'c> = &'c dyn Fn(Publisher<'_>) -> Result<(), PublishError>;

/// Lets each operation of `change` fail in turn, each time in a folder that `prepare` has filled,
/// and calls `check` with its result and whether an operation failed.
///
/// At any time the current generation is complete, and none before it is lost.
fn fail_everywhere(
    prepare: impl Fn(Switch, &Path),
    change: impl Fn(Publisher<'_>) -> Result<(), PublishError>,
    check: impl Fn(&Path, &Result<(), PublishError>, bool),
) {
    for switch in switches() {
        for operation in 0.. {
            let folder = folder();
            prepare(*switch, folder.path());
            let before = generation(folder.path());
            let disk = Disk::failing_once_after(operation);
            let result = change(publisher(folder.path()).switching_by(*switch).on(&disk));
            if let Err(error) = &result {
                let is_fault = format!("{error:?}").contains("fault injected");
                assert!(is_fault || !disk.has_failed(), "operation {operation}: {error:?}");
            }
            if before > 0 {
                assert!(visible(folder.path()).is_some(), "operation {operation}");
                let oldest = folder.path().join("generations/1/manifest.json");
                assert!(oldest.exists(), "operation {operation} loses generation 1");
            }
            check(folder.path(), &result, disk.has_failed());
            if !disk.has_failed() {
                break;
            }
        }
    }
}

fn publishes(
    folder: &Path,
    switch: Switch,
    prefix: usize,
    sign: impl for<'p> Fn(Publisher<'p>) -> Publisher<'p>,
) {
    let publisher = sign(publisher(folder).switching_by(switch));
    publisher.publish(&artifacts(prefix, false), || Ok(())).unwrap();
}

#[test]
fn only_generation_stays_whatever_fails() {
    let old = artifacts(1, true);
    let prepare = |switch, folder: &Path| {
        publish_by(switch, folder, &old).unwrap();
    };
    let new = artifacts(2, false);
    let change = |publisher: Publisher<'_>| publisher.publish(&new, || Ok(())).map(drop);
    fail_everywhere(prepare, change, |folder, result, _| {
        let seen = visible(folder);
        let expected = content(if generation(folder) == 1 { &old } else { &new });
        assert_eq!(seen, expected);
        assert!(result.is_err() || generation(folder) == 2);
    });
}

#[test]
fn unsigned_generation_never_follows_a_signed_one_whatever_fails() {
    let prepare = |switch, folder: &Path| {
        publishes(folder, switch, 1, |publisher| publisher.signing(Some(&SIGNER)));
    };
    let change = |publisher: Publisher<'_>| {
        let published = publisher.publish(&artifacts(2, false), || Ok(()));
        published.map(drop)
    };
    fail_everywhere(prepare, change, |folder, result, _| {
        assert!(result.is_err());
        assert!(read_current(folder, adr_bundle::SIGNATURE_FILE_NAME).is_ok());
    });
}

#[test]
fn content_that_was_rolled_back_stays_blocked_whatever_fails() {
    let prepare = |switch, folder: &Path| {
        publishes(folder, switch, 1, |publisher| publisher);
        publishes(folder, switch, 2, |publisher| publisher);
        publisher(folder).switching_by(switch).roll_back(None).unwrap();
    };
    let change = |publisher: Publisher<'_>| {
        let publisher = publisher.honor_rollbacks();
        publisher.publish(&artifacts(2, false), || Ok(())).map(drop)
    };
    fail_everywhere(prepare, change, |folder, result, _| {
        assert!(result.is_err());
        assert_eq!(visible(folder), content(&artifacts(1, false)));
    });
}

#[test]
fn expected_empty_folder_is_not_one_that_cannot_be_read() {
    let prepare = |switch, folder: &Path| {
        publish_by(switch, folder, &artifacts(1, false)).unwrap();
    };
    let change = |publisher: Publisher<'_>| {
        let publisher = publisher.expecting(None);
        publisher.publish(&artifacts(2, false), || Ok(())).map(drop)
    };
    fail_everywhere(prepare, change, |folder, result, _| {
        assert!(result.is_err() && generation(folder) == 1);
    });
}

#[test]
fn rollback_renewal_and_questions_report_the_fault() {
    let due = super::fixture::TestSigner { is_due: &|_, _| true, ..SIGNER };
    let prepare = |switch, folder: &Path| {
        for prefix in [1, 2] {
            publishes(folder, switch, prefix, |publisher| publisher.signing(Some(&SIGNER)));
        }
    };
    let changes: [Change<'_>; 4] = [
        &|publisher| publisher.signing(Some(&SIGNER)).roll_back(None).map(drop),
        &|publisher| {
            publisher.signing(Some(&due)).renew().map(|renewed| assert!(renewed.is_some()))
        },
        &|publisher| publisher.base().map(|base| drop(base.unwrap())),
        &|publisher| publisher.signing(Some(&SIGNER)).check(),
    ];
    for change in changes {
        fail_everywhere(prepare, change, |folder, result, has_failed| {
            // what follows the switch may fail: the next publisher does it
            assert!(result.is_err() || !has_failed || generation(folder) == 3);
        });
    }
}

/// A reader that cannot look `current` up does not say that nothing is published.
#[cfg(unix)]
#[test]
fn history_of_a_folder_that_cannot_be_looked_up_is_an_error() {
    let sandbox = folder();
    let path = sandbox.path().join("loop");
    std::os::unix::fs::symlink("loop", &path).unwrap();
    let error = crate::publish::history(&path).unwrap_err();
    assert!(matches!(error, PublishError::Failed { .. }), "{error:?}");
    let missing = sandbox.path().join("missing");
    let error = crate::publish::history(&missing).unwrap_err();
    assert!(matches!(error, PublishError::NothingPublished(_)), "{error:?}");
}

/// Only Windows lets a reader hold a file that way; elsewhere the fault is one of the disk.
#[test]
fn removed_generation_that_stays_for_another_reason_is_reported() {
    let folder = folder();
    publish_by(Switch::default(), folder.path(), &artifacts(1, false)).unwrap();
    let removed = folder.path().join("generations/.old-7");
    let has_failed = |operation| {
        std::fs::create_dir_all(&removed).unwrap();
        let disk = Disk::failing_once_after(operation);
        let result = publisher(folder.path()).on(&disk).publish(&artifacts(1, false), || Ok(()));
        let failed = format!("{result:?}");
        removed.exists() && failed.contains(".old-7") && failed.contains("fault injected")
    };
    assert!((0..20).any(has_failed));
}

/// Many removed generations that readers hold open cost one wait, not one each.
#[cfg(windows)]
#[test]
fn held_generations_delay_a_publisher_once() {
    use adr_bundle::disk::HELD_TIME_LIMIT;
    let folder = folder();
    publish_by(Switch::default(), folder.path(), &artifacts(1, false)).unwrap();
    let hold = |number: usize| {
        let removed = folder.path().join(format!("generations/.old-{number}"));
        std::fs::create_dir_all(&removed).unwrap();
        std::fs::write(removed.join("file"), "x").unwrap();
        use std::os::windows::fs::OpenOptionsExt;
        let options = &mut std::fs::File::options();
        options.read(true).share_mode(1).open(removed.join("file")).unwrap()
    };
    let held: Vec<_> = (100..105).map(hold).collect();
    let began = std::time::Instant::now();
    publish_by(Switch::default(), folder.path(), &artifacts(2, false)).unwrap();
    let time = began.elapsed();
    assert!(time >= HELD_TIME_LIMIT && time < 2 * HELD_TIME_LIMIT, "{time:?}");
    drop(held);
    publish_by(Switch::default(), folder.path(), &artifacts(3, false)).unwrap();
    super::fixture::assert_no_leftovers(folder.path());
}
