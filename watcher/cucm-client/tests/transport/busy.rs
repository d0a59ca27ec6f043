//! A CUCM that has no time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use adr_cucm::BusyReason;
use adr_cucm::axl::GetCcmVersion;
use adr_cucm_client::CallError;

use crate::server::{RecordedPause, Reply, Server};
use crate::soap;

fn seconds(pause: &RecordedPause) -> Vec<f64> {
    pause.pauses.lock().unwrap().iter().map(Duration::as_secs_f64).collect()
}

#[tokio::test]
async fn busy_cucm_is_asked_again_after_growing_pauses() {
    let server = Server::start(|number, _| match number {
        0 => Reply::new(503, "<html><title>Service Unavailable</title></html>"),
        1 => Reply::new(500, soap::fault("Maximum AXL Memory Allocation Consumed. Please retry")),
        2 => Reply::new(500, soap::fault("Exceeded allowed rate for Reatime information")),
        _ => Reply::ok(soap::release("14.0.1")),
    });
    let pause = Arc::new(RecordedPause::default());
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let session = server
        .session()
        .with_pause(pause.clone())
        .with_progress(move |step| lines.lock().unwrap().push(step.to_string()));
    assert_eq!(session.call(&GetCcmVersion).await.unwrap(), "14.0.1");
    assert_eq!(seconds(&pause), [5.0, 10.0, 20.0]);
    assert_eq!(
        *log.lock().unwrap(),
        [
            "CUCM is busy: the service is unavailable (HTTP 503); waiting 5 s",
            "CUCM is busy: AXL has used its memory; waiting 10 s",
            "CUCM is busy: more requests per minute than CUCM allows; waiting 20 s",
        ]
    );
}

#[tokio::test]
async fn cucm_that_stays_busy_is_an_error_after_four_attempts() {
    let server = Server::start(|_, _| Reply::new(503, ""));
    let pause = Arc::new(RecordedPause { random: 1.0, ..RecordedPause::default() });
    let session = server.session().with_pause(pause.clone());
    let error = session.call(&GetCcmVersion).await.unwrap_err();
    assert!(
        matches!(error, CallError::Busy { reason: BusyReason::Unavailable, attempts: 4 }),
        "{error:?}"
    );
    assert_eq!(seconds(&pause), [6.25, 12.5, 25.0]);
    assert_eq!(server.requests().len(), 4);
}
