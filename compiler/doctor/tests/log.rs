//! Properties of the reader of logs: any text is read, and no name survives in an excerpt.

use adr_diagnostic::Severity;
use adr_doctor::log::{Anonymizer, Excerpt, Tally, diagnose};
use proptest::prelude::*;

/// A name that is not a word of the list: it has letters that no English word has together.
fn name() -> impl Strategy<Value = String> {
    "[a-z]{1,5}[qxz]{2}[a-z0-9]{1,6}"
}

/// A number of a person, alone or in groups. No group is a status that another line has.
fn number() -> impl Strategy<Value = String> {
    let american = "\\([5-9][0-9]{2}\\) [5-9][0-9]{2}-[0-9]{4}";
    prop_oneof!["[0-9]{5,13}", "\\+[0-9]{2} [5-9][0-9]{2} [0-9]{4,6}", american]
}

/// A line of a log with names of every kind, and these names.
fn line() -> impl Strategy<Value = (String, Vec<String>)> {
    let address = "[0-9]{1,3}\\.[0-9]{1,3}\\.1[0-9]\\.2[0-9]";
    (name(), name(), name(), number(), address, 0..6_u8).prop_map(
        |(user, company, subject, number, address, shape)| {
            let text = match shape {
                0 => format!("OWA GET /exchange/{user}/Calendar HTTP/1.1 401 for {company}"),
                1 => format!("EWS user={company}\\{user} ErrorAccessDenied '{subject}'"),
                2 => format!("exchange {user}.{subject}@{company}.example status 440"),
                3 => format!("owa {address} called {number}, Subject: {subject} {company}"),
                4 => format!("ews https://{user}.{company}.local/ews/{subject}?{company}={number}"),
                _ => format!("[owa] \"{subject}\" <{user}> {company}_{user}-{number} {address}"),
            };
            let digits = number.split(|c: char| !c.is_ascii_digit()).filter(|it| it.len() > 2);
            let is_in = text.contains(&number);
            let mut names: Vec<String> = digits.filter(|_| is_in).map(str::to_owned).collect();
            names.extend([user, company, subject].into_iter().filter(|name| text.contains(name)));
            (text, names)
        },
    )
}

/// What the doctor says of the lines of one file.
fn judged(lines: &[&str]) -> adr_doctor::Diagnosis {
    let mut tally = Tally::new(0, 1_796_040_000);
    tally.begin("epe.txt");
    lines.iter().for_each(|line| tally.line(line));
    tally.end(None);
    diagnose(&tally.finish())
}

#[test]
fn lines_without_a_user_are_not_taken_for_one_person() {
    let asked = judged(&[
        "2026-11-30 10:11:12 EPE POST /ews/exchange.asmx HTTP/1.1 401",
        "2026-11-30 10:11:14 EPE POST /ews/exchange.asmx HTTP/1.1 200 OK",
    ]);
    assert_eq!(asked.names(), ["account-rejected"]);
    assert_eq!(asked.worst(), Some(Severity::Warning));
    assert!(!asked.remarks.iter().any(|remark| remark.contains("normal")), "{asked:?}");
    assert!(asked.unseen.iter().any(|one| one.what.contains("HTTP 401")), "{asked:?}");
    let login = "2026-11-30 10:11:12 EPE OWA HTTP/1.1 440 Login Timeout";
    let done = "2026-11-30 10:11:13 EPE OWA HTTP/1.1 207 Multi-Status";
    let repeated = judged(&[login, login, login, done, done, done]);
    assert_eq!(repeated.names(), ["one-440-per-request"]);
    assert!(repeated.is_healthy());
    assert!(repeated.unseen.iter().any(|one| one.what.contains("HTTP 440")), "{repeated:?}");
}

#[test]
fn users_of_lines_are_judged_as_before() {
    let asked = judged(&[
        "2026-11-30 10:11:12 EPE POST /ews/exchange.asmx user=jane HTTP/1.1 401",
        "2026-11-30 10:11:14 EPE POST /ews/exchange.asmx HTTP/1.1 200 OK",
        "2026-11-30 10:11:15 EPE POST /ews/exchange.asmx HTTP/1.1 401",
    ]);
    assert_eq!(asked.names(), ["account-rejected"]);
    assert_eq!(asked.worst(), Some(Severity::Error));
}

proptest! {
    #[test]
    fn no_name_survives(lines in prop::collection::vec(line(), 1..20)) {
        let mut excerpt = Excerpt::default();
        excerpt.begin();
        lines.iter().for_each(|(line, _)| excerpt.line(line));
        let shared = excerpt.text().to_lowercase();
        let words: Vec<&str> = shared.split(|c: char| !c.is_alphanumeric()).collect();
        for name in lines.iter().flat_map(|(_, names)| names) {
            prop_assert!(!words.contains(&name.as_str()), "{name}: {shared}");
        }
    }

    #[test]
    fn no_ordinary_word_survives_in_text_of_people(
        text in "(account|failed|calendar|meeting|user|mailbox|server)( (account|failed|status|room|401)){1,6}",
        shape in 0..6_usize,
    ) {
        let line = [
            format!("owa subject={text}"),
            format!("owa Subject: [{text}] HTTP 200"),
            format!("ews 'NoError' '{text}'"),
            format!("2026-11-30 10:00:00 [{text}] ews"),
            format!("ews itemLocation-{text}"),
            format!("ews \"{text}"),
        ][shape].clone();
        let shared = Anonymizer::default().line(&line);
        for word in ["account", "failed", "calendar", "meeting", "mailbox", "room"] {
            prop_assert!(!shared.contains(word), "{shared}");
        }
    }

    #[test]
    fn equal_lines_stay_equal_and_codes_stay(lines in prop::collection::vec(line(), 1..10)) {
        let mut anonymizer = Anonymizer::default();
        for (line, _) in &lines {
            let once = anonymizer.line(line);
            prop_assert_eq!(&once, &anonymizer.line(line));
            if line.contains("HTTP/1.1 401") {
                prop_assert!(once.contains("HTTP/1.1 401"), "{}", once);
            }
            if line.contains("ErrorAccessDenied") {
                prop_assert!(once.contains("ErrorAccessDenied"), "{}", once);
            }
        }
    }

    #[test]
    fn any_text_is_read_and_judged(
        lines in prop::collection::vec("\\PC{0,120}|[ -~]{0,200}", 0..30)
    ) {
        let mut tally = Tally::new(0, 1_796_040_000);
        tally.begin("any");
        for line in &lines {
            tally.line(line);
            tally.line(&format!("owa {line}"));
        }
        tally.end(None);
        let seen = tally.finish();
        prop_assert!(seen.mentions >= lines.len() as u64);
        let grouped: u64 = seen.groups.iter().map(|group| group.count).sum();
        prop_assert_eq!(grouped + seen.unknown + seen.left_out, seen.mentions);
        prop_assert!(!diagnose(&seen).remarks.is_empty());
    }
}
