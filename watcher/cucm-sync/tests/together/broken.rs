//! What goes wrong at one request of a push or a deployment.

use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Fault, Injection, RateLimit, UploadOutcome};
use proptest::prelude::*;

/// The user of the live source. Pushes and deployments have others.
pub(crate) const LIVE_USER: &str = "axlreader";

/// Something that happens at one request of a push or a deployment, whichever it is.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// The request, from 1.
    pub(crate) at: usize,
    pub(crate) how: How,
}

#[derive(Clone, Debug)]
pub(crate) enum How {
    /// The process is killed after it has sent the request, and CUCM does not carry it out.
    Killed,
    /// The process is killed, and CUCM has carried out the request.
    KilledAfter,
    /// CUCM has carried out the request, and no answer comes in time.
    Timeout,
    /// CUCM is busy this often.
    Busy(usize),
    /// CUCM allows this many changes, whatever the request.
    Throttled(usize),
    /// The upload pages of one TFTP node do this with files, whatever the request.
    Uploads(UploadOutcome),
    /// Another fault.
    Fault(Fault),
}

impl Broken {
    /// Prepares the cluster.
    pub(crate) fn arm(&self, cucm: &CucmStandIn) {
        let (fault, times) = match &self.how {
            How::Throttled(changes) => {
                let limit = RateLimit::new(*changes, Duration::from_secs(3600));
                cucm.state().axl.write_limit = Some(limit);
                return;
            }
            How::Uploads(outcome) => {
                cucm.state().nodes[2].uploads = *outcome;
                return;
            }
            How::Killed => (Fault::Hang, 1),
            How::KilledAfter | How::Timeout => (Fault::HangAfter, 1),
            How::Busy(times) => (Fault::Status(503), *times),
            How::Fault(fault) => (fault.clone(), 1),
        };
        let injection = Injection::new(fault).other_than(LIVE_USER);
        cucm.faults().add(injection.skip(self.at.saturating_sub(1)).times(times));
    }

    pub(crate) fn is_kill(&self) -> bool {
        matches!(self.how, How::Killed | How::KilledAfter)
    }
}

/// How long a request may take.
pub(crate) fn idle_timeout(broken: Option<&Broken>) -> Duration {
    match broken {
        Some(Broken { how: How::Timeout, .. }) => Duration::from_millis(200),
        _ => Duration::from_secs(60),
    }
}

/// The faults of any request, of the live source as well.
pub(crate) fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Status(503)),
        Just(Fault::Status(500)),
        Just(Fault::Status(404)),
        Just(Fault::Unauthorized),
        Just(Fault::Redirect("https://elsewhere.example.com/axl/".to_owned())),
        Just(Fault::Memory),
        Just(Fault::RateExceeded),
        Just(Fault::Bytes(b"<html><title>Sign in</title></html>".to_vec())),
        Just(Fault::Close),
        Just(Fault::CloseAfter),
        (0_usize..1200).prop_map(Fault::CutAt),
    ]
}

/// What goes wrong, or nothing.
pub(crate) fn broken(requests: usize) -> impl Strategy<Value = Option<Broken>> {
    let how = prop_oneof![
        3 => Just(How::Killed),
        3 => Just(How::KilledAfter),
        1 => Just(How::Timeout),
        1 => (1_usize..30).prop_map(How::Busy),
        1 => (0_usize..4).prop_map(How::Throttled),
        1 => Just(How::Uploads(UploadOutcome::Lost)),
        1 => Just(How::Uploads(UploadOutcome::Halved)),
        5 => faults().prop_map(How::Fault),
        1 => Just(How::Fault(Fault::Die)),
        1 => Just(How::Fault(Fault::DieAfter)),
    ];
    let broken = (1..=requests, how).prop_map(|(at, how)| Broken { at, how });
    proptest::option::weighted(0.7, broken)
}
