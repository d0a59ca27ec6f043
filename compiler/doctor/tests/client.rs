//! Properties of the readers of what a PC exports: any text is read, and no number is shown.

use adr_doctor::client::observation::{NumberLog, Process, ReadFile};
use adr_doctor::client::{NumberReader, Observations, RuleLists, diagnose, read_processes};
use adr_engine::Rule;
use proptest::prelude::*;

/// A program of a client that started at a time.
fn program(started: Option<i64>) -> Process {
    let name = "cucsf".to_owned();
    Process { name, started, is_ambiguous: started.is_none(), has_no_zone: false }
}

#[test]
fn programs_and_logs_count_as_looked_at() {
    let fresh = Observations {
        processes: Some(vec![program(Some(20))]),
        changed: Some(10),
        ..Observations::default()
    };
    assert!(diagnose(&fresh).has_looked && diagnose(&fresh).is_healthy());
    let unknown = Observations { changed: None, ..fresh.clone() };
    assert!(!diagnose(&unknown).has_looked);
    let ambiguous = Observations { processes: Some(vec![program(None)]), ..fresh.clone() };
    let diagnosis = diagnose(&ambiguous);
    assert!(!diagnosis.has_looked && diagnosis.is_healthy());
    assert!(diagnosis.unseen.iter().any(|one| one.why.contains("05/11/2026")));
    let foreign = Observations { processes: Some(Vec::new()), ..fresh };
    assert!(!diagnose(&foreign).has_looked);
    let log = |mentions| Observations {
        numbers: Some(NumberLog { lines: 9, mentions, ..NumberLog::default() }),
        ..Observations::default()
    };
    assert!(diagnose(&log(1)).has_looked && !diagnose(&log(0)).has_looked);
    assert!(!diagnose(&Observations::default()).has_looked);
}

#[test]
fn servers_that_were_not_asked_are_named() {
    let servers_not_asked = (0..12).map(|number| format!("tftp{number}")).collect();
    let diagnosis = diagnose(&Observations { servers_not_asked, ..Observations::default() });
    let named = diagnosis.unseen.iter().find(|one| one.what.contains("`tftp0`, `tftp1`"));
    assert!(named.is_some_and(|one| one.what.ends_with("`tftp9` and 2 more")), "{diagnosis:?}");
}

proptest! {
    #[test]
    fn any_list_of_processes_is_read(
        text in "\\PC{0,80}",
        time in "[0-9./: -]{0,24}",
        zone in "[+-]?[0-9]{0,4}",
    ) {
        let line = format!("{text}\n\"{text}cucsf\",\"{time}\"\ncucsf.exe {time}.123456{zone}");
        for process in read_processes(&line, 0, 1_796_040_000) {
            prop_assert_eq!(process.name, "cucsf");
        }
    }

    #[test]
    fn numbers_of_a_log_are_masked(
        before in "[0-9]{5,12}",
        after in "[0-9]{5,12}",
        text in "[a-z ]{0,20}",
    ) {
        let application = Some(vec![Rule::from_deployed("", 7, 0, "9")]);
        let mut reader = NumberReader::new(RuleLists { application, lookup: None });
        reader.line(&format!("dial rule {text} {before} -> {after}"));
        reader.line(&format!("dial rule {text} {before}"));
        reader.line(&format!("dial rule {before} {text} {after} {before}{after}"));
        let seen = format!("{:?}", reader.finish());
        for number in [&before, &after] {
            prop_assert!(!seen.contains(&number[..5]), "{number}: {seen}");
        }
    }

    #[test]
    fn any_file_is_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (read, rules) = ReadFile::of("AppDialRules.xml", &bytes, None);
        prop_assert_eq!(read.rules, rules.len() as u64);
        prop_assert!(read.rejected.is_none() || rules.is_empty());
    }
}
