//! What is kept, what is rolled back to, and what is refused.

use std::fs;
use std::path::Path;

use adr_language::Artifacts;
use adr_watcher::plan::Plan;
use adr_watcher::publish::{
    Base, Disk, PublishError, Published, Rollback, Rolled, Signer, history,
};

use super::room::{artefacts, content, folder, publisher, put, seen};

fn rolled(generation: u64, changed: bool, to: u64) -> Result<Rolled, PublishError> {
    let published = Published { generation, changed };
    Ok(Rolled { published, to })
}

#[test]
fn history_tells_every_generation_the_newest_first() {
    let folder = folder();
    for (time, prefix) in [(100, 1), (50, 2), (300, 3)] {
        // a clock that jumps back is written down as it was
        let publisher = adr_watcher::publish::Publisher::new(folder.path(), "test", time);
        publisher.publish(&artefacts(prefix, prefix == 3), || Ok(())).unwrap();
    }
    publisher(folder.path()).roll_back(Some(2)).unwrap();
    let told: Vec<_> = history(folder.path())
        .unwrap()
        .into_iter()
        .map(|kept| {
            assert_eq!(kept.damage, None);
            (kept.generation, kept.published, kept.views, kept.is_current, kept.rollback)
        })
        .collect();
    let rollback = Some(Rollback { from: 3, to: 2 });
    let expected = [
        (4, Some(0), 1, true, rollback),
        (3, Some(300), 2, false, None),
        (2, Some(50), 1, false, None),
        (1, Some(100), 1, false, None),
    ];
    assert_eq!(told, expected);
}

#[test]
fn history_tells_damage_and_what_nobody_saw() {
    let folder = folder();
    for prefix in 1..=3 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let generations = folder.path().join("generations");
    fs::remove_file(generations.join("1/record.json")).unwrap();
    fs::remove_file(generations.join("1/CUPC/AppDialRules.xml")).unwrap();
    fs::write(generations.join("2/manifest.json"), "{").unwrap();
    fs::create_dir(generations.join("9")).unwrap();
    fs::create_dir(generations.join(".new-4")).unwrap();
    let kept = history(folder.path()).unwrap();
    let numbers: Vec<u64> = kept.iter().map(|kept| kept.generation).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert!(kept[0].damage.is_none() && kept[0].size > 0);
    assert!(kept[1].damage.as_deref().unwrap().contains("not a manifest"));
    assert!(kept[2].damage.as_deref().unwrap().contains("CUPC/AppDialRules.xml"));
    assert_eq!(kept[2].published, None);
}

#[test]
fn nothing_published_is_said() {
    let folder = folder();
    let nothing = Err(PublishError::NothingPublished(folder.path().to_owned()));
    assert_eq!(history(folder.path()).map(drop), nothing);
    assert_eq!(publisher(folder.path()).roll_back(None).map(drop), nothing);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn rolling_back_makes_a_new_generation_and_goes_on_backwards() {
    let folder = folder();
    for prefix in 1..=3 {
        put(folder.path(), &artefacts(prefix, true), &Disk::default()).unwrap();
    }
    let back = |to| publisher(folder.path()).roll_back(to);
    assert_eq!(back(None), rolled(4, true, 2));
    assert_eq!(seen(folder.path()), content(&artefacts(2, true)));
    assert_eq!(back(None), rolled(5, true, 1));
    assert_eq!(seen(folder.path()), content(&artefacts(1, true)));
    assert!(matches!(back(None), Err(PublishError::NotKept { asked: None, .. })));
    assert_eq!(back(Some(3)), rolled(6, true, 3));
    assert_eq!(back(Some(3)), rolled(6, false, 3));
    assert!(matches!(back(Some(99)), Err(PublishError::NotKept { asked: Some(99), .. })));
}

#[test]
fn what_is_damaged_is_not_rolled_back_to() {
    let folder = folder();
    for prefix in 1..=2 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let file = folder.path().join("generations/1/AppDialRules.xml");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "<DialRules/>").unwrap();
    let result = publisher(folder.path()).roll_back(Some(1));
    assert!(matches!(result, Err(PublishError::Damaged { .. })), "{result:?}");
    assert_eq!(seen(folder.path()), content(&artefacts(2, false)));
}

#[test]
fn what_publishes_by_itself_leaves_a_rollback_alone() {
    let folder = folder();
    let (one, two) = (artefacts(1, false), artefacts(2, false));
    put(folder.path(), &one, &Disk::default()).unwrap();
    put(folder.path(), &two, &Disk::default()).unwrap();
    publisher(folder.path()).roll_back(None).unwrap();
    let by_itself =
        |artefacts| publisher(folder.path()).holding_rollbacks().publish(artefacts, || Ok(()));
    let held = PublishError::RolledBack { generation: 2, current: 3 };
    assert_eq!(by_itself(&two), Err(held));
    assert_eq!(seen(folder.path()), content(&one));
    // other rules are news, and whoever publishes by hand knows what they do
    assert!(by_itself(&artefacts(5, false)).unwrap().changed);
    publisher(folder.path()).roll_back(None).unwrap();
    assert!(put(folder.path(), &artefacts(5, false), &Disk::default()).unwrap().changed);
}

/// What publishes `artefacts` by itself, and signs it where there is a signature.
fn by_itself(
    folder: &Path,
    artefacts: &Artifacts,
    signer: Option<&'_ Signer>,
) -> Result<Published, PublishError> {
    let publisher = publisher(folder).holding_rollbacks();
    let publisher = match signer {
        Some(signer) => publisher.signing(signer),
        None => publisher,
    };
    publisher.publish(artefacts, || Ok(()))
}

fn is_held(result: &Result<Published, PublishError>) -> bool {
    matches!(result, Err(PublishError::RolledBack { .. }))
}

#[test]
fn all_that_was_rolled_back_in_a_row_stays_away() {
    let folder = folder();
    for prefix in 1..=3 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let by_itself = |prefix| by_itself(folder.path(), &artefacts(prefix, false), None);
    let back = |to| publisher(folder.path()).roll_back(to);
    assert_eq!(back(None), rolled(4, true, 2));
    assert_eq!(back(None), rolled(5, true, 1));
    let held = |generation| PublishError::RolledBack { generation, current: 5 };
    assert_eq!(by_itself(3), Err(held(3)));
    assert_eq!(by_itself(2), Err(held(4)));
    assert!(!by_itself(1).unwrap().changed, "that is what is current");
    // back to what was held: the others stay away
    assert_eq!(back(Some(3)), rolled(6, true, 3));
    assert!(!by_itself(3).unwrap().changed);
    assert!(is_held(&by_itself(1)) && is_held(&by_itself(2)));
    assert!(by_itself(7).unwrap().changed, "a change ends it");
    assert!(by_itself(1).unwrap().changed);
}

#[test]
fn a_rollback_stays_one_when_its_signature_or_its_files_are_made_anew() {
    let folder = folder();
    let sign = |_: &[u8], generation: u64| Ok(format!("signature of {generation}\n"));
    let by_itself = |prefix, signer| by_itself(folder.path(), &artefacts(prefix, false), signer);
    put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
    put(folder.path(), &artefacts(2, false), &Disk::default()).unwrap();
    let back = |to| publisher(folder.path()).signing(&sign).roll_back(to);
    assert_eq!(back(None), rolled(3, true, 1));
    fs::remove_file(folder.path().join("generations/3/manifest.json.minisig")).unwrap();
    assert_eq!(back(Some(1)), rolled(4, true, 1), "signed anew");
    assert!(is_held(&by_itself(2, Some(&sign))));
    fs::remove_file(folder.path().join("generations/4/manifest.json.minisig")).unwrap();
    let same = by_itself(1, Some(&sign)).unwrap();
    assert_eq!((same.generation, same.changed), (5, true), "signed anew");
    assert!(is_held(&by_itself(2, Some(&sign))));
    fs::remove_file(folder.path().join("generations/5/AppDialRules.xml")).unwrap();
    assert_eq!(by_itself(1, Some(&sign)).unwrap().generation, 6, "mended");
    assert!(is_held(&by_itself(2, Some(&sign))));
    let told = history(folder.path()).unwrap().remove(0);
    assert_eq!(told.rollback.unwrap().to, 1);
}

#[test]
fn a_signature_is_renewed_as_often_as_is_due_and_older_content_stays() {
    let folder = folder();
    let sign = |_: &[u8], generation: u64| Ok(format!("signature of {generation}\n"));
    let publisher = || publisher(folder.path()).keeping(4).signing(&sign);
    assert_eq!(publisher().renew(|_, _| true), Ok(None), "nothing is there");
    for prefix in 1..=3 {
        let published = publisher().publish(&artefacts(prefix, false), || Ok(()));
        assert!(published.unwrap().changed);
    }
    assert_eq!(publisher().renew(|_, _| false), Ok(None), "it is not due");
    publisher().roll_back(None).unwrap();
    for generation in 5..20 {
        let is_due = |manifest: &[u8], signature: &str| {
            assert_eq!(signature, format!("signature of {}\n", generation - 1));
            !manifest.is_empty()
        };
        let changed = true;
        let renewed = Published { generation, changed };
        assert_eq!(publisher().renew(is_due), Ok(Some(renewed)));
        assert_eq!(seen(folder.path()), content(&artefacts(2, false)));
        assert!(is_held(&by_itself(folder.path(), &artefacts(3, false), Some(&sign))));
    }
    let told = history(folder.path()).unwrap();
    let told = told.iter().map(|kept| (kept.generation, kept.again));
    let expected = [(19, Some(4)), (4, None), (3, None), (2, None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let unsigned = super::room::publisher(folder.path());
    assert_eq!(unsigned.renew(|_, _| true), Ok(None), "nobody signs");
}

#[test]
fn what_was_rolled_back_stays_away_when_it_is_not_kept() {
    let folder = folder();
    for prefix in 1..=2 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    let rolled_back = publisher(folder.path()).keeping(1).roll_back(None);
    assert_eq!(rolled_back, rolled(3, true, 1));
    assert_eq!(history(folder.path()).unwrap().len(), 1);
    assert!(is_held(&by_itself(folder.path(), &artefacts(2, false), None)));
}

#[test]
fn a_rollback_of_an_older_version_is_held_by_what_it_came_from() {
    let folder = folder();
    for prefix in 1..=2 {
        put(folder.path(), &artefacts(prefix, false), &Disk::default()).unwrap();
    }
    publisher(folder.path()).roll_back(None).unwrap();
    let record = r#"{"format_version":1,"published":0,"rollback":{"from":2,"to":1}}"#;
    fs::write(folder.path().join("generations/3/record.json"), record).unwrap();
    let by_itself = |prefix| by_itself(folder.path(), &artefacts(prefix, false), None);
    assert!(is_held(&by_itself(2)));
    assert!(by_itself(3).unwrap().changed);
}

#[test]
fn as_many_stay_as_were_asked_for() {
    for keep in [0, 1, 2, 3] {
        let folder = folder();
        for prefix in 1..=5 {
            let publisher = publisher(folder.path()).keeping(keep);
            publisher.publish(&artefacts(prefix, false), || Ok(())).unwrap();
        }
        assert_eq!(history(folder.path()).unwrap().len(), keep.max(1));
    }
}

#[test]
fn a_plan_is_for_what_was_looked_at() {
    let folder = folder();
    let plan = |base, artefacts: &Artifacts| {
        Plan::new(&["plan.adr".to_owned()], "published", base, artefacts)
    };
    let base = |folder| publisher(folder).base();
    let one = artefacts(1, true);
    let first = plan(base(folder.path()), &one);
    assert_eq!(first.base, None);
    let read = Plan::parse(first.to_json().as_bytes()).unwrap();
    assert_eq!(read, first);
    assert!(read.is_of(&one) && !read.is_of(&artefacts(1, false)));
    let apply = |plan: &Plan, artefacts: &Artifacts| {
        let publisher = publisher(folder.path()).expecting(plan.base.clone());
        publisher.publish(artefacts, || Ok(()))
    };
    apply(&first, &one).unwrap();
    let stale = |expected, found| {
        let folder = folder.path().to_owned();
        Err(PublishError::Stale { folder, expected, found })
    };
    assert_eq!(apply(&first, &one), stale(0, 1));
    let second = plan(base(folder.path()), &artefacts(2, true));
    apply(&second, &artefacts(2, true)).unwrap();
    assert_eq!(apply(&second, &artefacts(2, true)), stale(1, 2));
    let other = Base { generation: 2, sha256: "0".repeat(64) };
    let other = plan(Some(other), &artefacts(3, true));
    assert_eq!(apply(&other, &artefacts(3, true)), stale(2, 2));
}

#[test]
fn what_is_no_plan_is_refused() {
    let plan = Plan::new(&[], "published", None, &artefacts(1, false)).to_json();
    assert!(Plan::parse(plan.as_bytes()).is_ok());
    let later = plan.replace("\"format_version\": 1", "\"format_version\": 2");
    for text in ["", "{}", "null", &later, &plan[..plan.len() / 2]] {
        assert!(Plan::parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn once_signed_always_signed() {
    let folder = folder();
    let sign = |text: &[u8], generation: u64| Ok(format!("{generation}: {} bytes\n", text.len()));
    let signing = |prefix| {
        let publisher = publisher(folder.path()).signing(&sign);
        publisher.publish(&artefacts(prefix, false), || Ok(()))
    };
    put(folder.path(), &artefacts(1, false), &Disk::default()).unwrap();
    assert_eq!(signing(1).unwrap().generation, 2, "the same content, signed now");
    assert!(!signing(1).unwrap().changed);
    let signature = fs::read_to_string(folder.path().join("manifest.json.minisig")).unwrap();
    let manifest = fs::read(folder.path().join("manifest.json")).unwrap();
    assert_eq!(signature, format!("2: {} bytes\n", manifest.len()));
    let unsigned = Err(PublishError::Unsigned(folder.path().to_owned()));
    assert_eq!(put(folder.path(), &artefacts(2, false), &Disk::default()), unsigned);
    signing(2).unwrap();
    assert!(matches!(publisher(folder.path()).roll_back(None), Err(PublishError::Unsigned(_))));
    let back = publisher(folder.path()).signing(&sign).roll_back(None);
    assert_eq!(back, rolled(4, true, 2));
    let failing = |_: &[u8], _: u64| Err("the key is locked".to_owned());
    let result =
        publisher(folder.path()).signing(&failing).publish(&artefacts(9, false), || Ok(()));
    assert_eq!(result, Err(PublishError::Signing("the key is locked".to_owned())));
    assert_eq!(seen(folder.path()), content(&artefacts(1, false)));
}
