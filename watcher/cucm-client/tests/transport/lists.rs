//! Whole lists, pages, and changes.

use std::sync::{Arc, Mutex};

use adr_cucm::axl::{ChangeCursor, ListChange, PatternTags};
use adr_cucm::{AnswerError, RuleKind, SchemaVersion};
use adr_cucm_client::{CallError, Progress, Session};

use crate::server::{Reply, Request, Server};
use crate::soap;

async fn names(session: &Session) -> Result<Vec<String>, CallError> {
    let rules = session.list_rules(RuleKind::Application).await?;
    Ok(rules.into_iter().map(|rule| rule.name).collect())
}

/// A server with so many rules, which answers at most `limit` of them at once.
fn paged(total: u64, limit: u64, suggested: u64) -> impl Fn(&Request) -> Reply {
    move |request| {
        let (skip, first) = soap::page_of(request).unwrap_or((0, total));
        let end = total.min(skip.saturating_add(first));
        match end.saturating_sub(skip) > limit {
            true => Reply::new(500, soap::too_many(total, suggested)),
            false => Reply::ok(soap::rules(skip..end)),
        }
    }
}

#[tokio::test]
async fn short_list_takes_one_request() {
    let server = Server::start(|_, _| Reply::ok(soap::rules(0..3)));
    assert_eq!(names(&server.session()).await.unwrap(), ["R0", "R1", "R2"]);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(soap::page_of(&server.requests()[0]), None);
}

#[tokio::test]
async fn empty_list_is_empty() {
    let server = Server::start(|_, _| Reply::ok(soap::rules(0..0)));
    assert!(names(&server.session()).await.unwrap().is_empty());
}

#[tokio::test]
async fn long_list_is_read_in_pages_of_the_suggested_size() {
    let answer = paged(250, 100, 100);
    let server = Server::start(move |_, request| answer(request));
    let counts = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&counts);
    let session = server.session().with_progress(move |step| {
        if let Progress::Records { count, .. } = step {
            log.lock().unwrap().push(*count);
        }
    });
    let expected: Vec<_> = (0..250).map(|number| format!("R{number}")).collect();
    assert_eq!(names(&session).await.unwrap(), expected);
    let pages: Vec<_> = server.requests().iter().map(soap::page_of).collect();
    let size = pages[1].unwrap().1;
    assert!(size == 100 || size == 99, "{pages:?}");
    assert_eq!(counts.lock().unwrap().last(), Some(&250));
}

#[tokio::test]
async fn page_that_is_too_long_is_halved() {
    let answer = paged(50, 7, 1000);
    let server = Server::start(move |_, request| answer(request));
    assert_eq!(names(&server.session()).await.unwrap().len(), 50);
}

#[tokio::test]
async fn list_above_the_byte_limit_is_read_in_pages() {
    let answer = paged(2500, 5000, 0);
    let server = Server::start(move |_, request| answer(request));
    let session = server.session_with(|limits| limits.answer_bytes = 600_000);
    assert_eq!(names(&session).await.unwrap().len(), 2500);
}

#[tokio::test]
async fn list_that_changes_between_pages_is_read_again() {
    let answer = paged(20, 10, 10);
    let server = Server::start(move |number, request| match number {
        // the second page repeats a rule of the first one
        2 => Reply::ok(soap::rules(9..19)),
        _ => answer(request),
    });
    assert_eq!(names(&server.session()).await.unwrap().len(), 20);
}

#[tokio::test]
async fn pages_that_never_fit_together_are_an_error() {
    let server = Server::start(|_, request| match soap::page_of(request) {
        None => Reply::new(500, soap::too_many(20, 10)),
        // CUCM ignores `skip`
        Some((_, first)) => Reply::ok(soap::rules(0..first)),
    });
    let error = names(&server.session()).await.unwrap_err();
    assert!(matches!(error, CallError::Unstable), "{error:?}");
}

#[tokio::test]
async fn list_shorter_than_cucm_said_is_an_error() {
    let server = Server::start(|_, request| match soap::page_of(request) {
        None => Reply::new(500, soap::too_many(20, 10)),
        Some(_) => Reply::ok(soap::rules(0..0)),
    });
    let error = names(&server.session()).await.unwrap_err();
    assert!(matches!(error, CallError::Unstable), "{error:?}");
}

#[tokio::test]
async fn patterns_are_listed_by_kind() {
    let pattern = "<routePattern uuid=\"{A}\"><pattern>9.911</pattern></routePattern>";
    let server = Server::start(move |number, _| match number {
        0 => Reply::ok(soap::envelope(&format!(
            "<listRoutePatternResponse><return>{pattern}</return></listRoutePatternResponse>"
        ))),
        _ => Reply::ok(soap::envelope(
            "<listTransPatternResponse><return/></listTransPatternResponse>",
        )),
    });
    let session = server.session();
    let patterns = session.list_route_patterns(PatternTags::Flags).await.unwrap();
    assert_eq!(patterns[0].pattern, "9.911");
    let patterns = session.list_translation_patterns(PatternTags::Flags).await.unwrap();
    assert!(patterns.is_empty());
}

fn since(queue: &str, start: u64) -> ListChange {
    ListChange::of_rules(Some(ChangeCursor { queue: queue.to_owned(), start }))
}

#[tokio::test]
async fn changes_start_at_a_baseline_and_are_paged() {
    let server = Server::start(|number, _| {
        Reply::ok(match number {
            0 => soap::changes("q1", 10..10, 9),
            1 => soap::changes("q1", 10..12, 14),
            _ => soap::changes("q1", 12..15, 14),
        })
    });
    let session = server.session();
    let baseline = session.changes(&ListChange::of_rules(None)).await.unwrap();
    assert_eq!(baseline.cursor, ChangeCursor { queue: "q1".to_owned(), start: 10 });
    let changes = session.changes(&ListChange::of_rules(Some(baseline.cursor))).await.unwrap();
    let ids: Vec<_> = changes.changes.iter().filter_map(|change| change.id).collect();
    assert_eq!(ids, [10, 11, 12, 13, 14]);
    assert_eq!(changes.cursor.start, 15);
    assert!(server.requests()[2].body.contains(">12</startChangeId>"));
}

#[tokio::test]
async fn queue_that_restarts_or_does_not_advance_asks_for_a_new_baseline() {
    let answers = [
        soap::changes("q2", 1..2, 1),
        soap::changes("q1", 3..3, 9),
        soap::changes("q1", 10..10, 12),
    ];
    for answer in answers {
        let server = Server::start(move |_, _| Reply::ok(&*answer));
        let error = server.session().changes(&since("q1", 10)).await.unwrap_err();
        assert!(matches!(error, CallError::Answer(AnswerError::QueueRestarted)), "{error:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn old_axl_has_no_list_of_changes() {
    let server = Server::start(|_, _| Reply::ok(soap::release("9.1.2")));
    let mut cluster = server.cluster();
    cluster.first_version = SchemaVersion::new("9.1").unwrap();
    let session = cluster.session().unwrap();
    session.versions().await.unwrap();
    let error = session.changes(&since("q1", 1)).await.unwrap_err();
    assert!(matches!(error, CallError::NoChangeList { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}
