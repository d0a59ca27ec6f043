//! What adrc does at one node: looks at it, uploads files, restarts the service, reads files back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_cucm::AnswerError;
use adr_cucm::service::{
    ControlAction, ControlServices, GetServiceStatus, ServiceInfo, ServiceList, ServiceStatus,
    TFTP_SERVICE, has_restarted,
};
use adr_cucm::upload::FileUpload;
use adr_cucm_client::{
    CallError, Cluster, Credentials, FileServer, Node, Pause, PlatformSession, Session,
};

use super::error::StepError;
use super::files::{Files, folder_and_name, paths};
use super::progress::{Action, OnStep, Progress};

/// How long adrc waits between two looks at a service or a file, as Cisco's documents ask for.
const INTERVAL: Duration = Duration::from_secs(5);

/// How long adrc waits until a restarted service is started.
pub const RESTART_LIMIT: Duration = Duration::from_secs(300);

/// How long adrc waits until a started service serves the uploaded bytes.
pub const READ_BACK_LIMIT: Duration = Duration::from_secs(120);

/// How often adrc repeats a request that changes nothing, or a restart that CUCM did not begin.
const ATTEMPTS: usize = 3;

/// The files that a node serves; `None` for one that it does not have.
pub(super) type Served = BTreeMap<String, Option<Vec<u8>>>;

/// A node, and how to reach its services.
pub(super) struct NodeWork<'w> {
    node: Node,
    cluster: &'w Cluster,
    session: Session,
    server: FileServer,
    pause: &'w Arc<dyn Pause>,
    on_step: &'w OnStep,
}

impl<'w> NodeWork<'w> {
    /// Sends nothing.
    pub(super) fn new(
        node: &Node,
        cluster: &'w Cluster,
        pause: &'w Arc<dyn Pause>,
        on_step: &'w OnStep,
    ) -> Result<Self, StepError> {
        let report = Arc::clone(on_step);
        let label = node.label();
        let session = cluster.session_with(node)?.with_pause(Arc::clone(pause));
        let session = session.with_progress(move |progress| {
            let action = Action::Call(progress.clone());
            report(&Progress { node: label.clone(), action });
        });
        let server = FileServer::new(node, cluster.limits)?;
        Ok(Self { node: node.clone(), cluster, session, server, pause, on_step })
    }

    fn report(&self, action: Action) {
        (self.on_step)(&Progress { node: self.node.label(), action });
    }

    /// Checks that the service runs, so that a restart can be recognized.
    pub(super) async fn check_service(&self) -> Result<(), StepError> {
        let info = self.repeated(async || self.service().await).await?;
        match info.status {
            ServiceStatus::Started => Ok(()),
            status => Err(StepError::NotRunning { status, reason: info.reason }),
        }
    }

    /// The files that the node serves. They are what it shall get back after a failure, so two
    /// readings in a row must agree: one wrong answer of anything in between changes nothing.
    pub(super) async fn served(&self) -> Result<Served, StepError> {
        let mut before = self.repeated(async || self.fetch().await).await?;
        let mut rounds = 1..=ATTEMPTS;
        loop {
            rounds.next();
            let now = self.repeated(async || self.fetch().await).await?;
            let differs = now.iter().find(|(path, bytes)| before.get(*path) != Some(*bytes));
            let Some((path, _)) = differs else { return Ok(now) };
            if rounds.is_empty() {
                return Err(StepError::Unsteady { path: path.clone() });
            }
            self.pause.pause(INTERVAL).await;
            before = now;
        }
    }

    /// The files that the node serves, read once.
    pub(super) async fn fetch(&self) -> Result<Served, CallError> {
        let mut served = Served::new();
        for path in paths() {
            served.insert(path.to_owned(), self.server.fetch(path).await?);
        }
        Ok(served)
    }

    /// Logs in to OS Administration: one attempt.
    pub(super) async fn log_in(
        &self,
        credentials: &Credentials,
    ) -> Result<PlatformSession, StepError> {
        self.report(Action::LogIn);
        Ok(PlatformSession::open(self.cluster, &self.node, credentials).await?)
    }

    /// Uploads all files. What the pages answer proves nothing.
    pub(super) async fn upload(
        &self,
        session: &mut PlatformSession,
        files: &Files,
    ) -> Result<(), StepError> {
        for (path, bytes) in files {
            self.report(Action::Upload { path: path.clone() });
            let (directory, name) = folder_and_name(path);
            session.upload(&FileUpload { name, bytes, directory }).await?;
        }
        Ok(())
    }

    /// Restarts the service, and waits until it is started.
    pub(super) async fn restart(&self) -> Result<(), StepError> {
        let before = self.repeated(async || self.service().await).await?;
        self.report(Action::Restart);
        self.begin_restart(&before).await?;
        self.report(Action::Wait);
        let end = Instant::now() + RESTART_LIMIT;
        let mut status = None;
        for _ in 0..=rounds(RESTART_LIMIT) {
            match self.service().await {
                Ok(now) if has_restarted(Some(&before), &now) => return Ok(()),
                Ok(now) => status = Some(now.status),
                Err(error) if error.is_transient() => status = None,
                Err(error) => return Err(error.into()),
            }
            if Instant::now() > end {
                break;
            }
            self.pause.pause(INTERVAL).await;
        }
        Err(StepError::NotRestarted { seconds: RESTART_LIMIT.as_secs(), status })
    }

    /// Asks for a restart until CUCM begins it. A request that ended without an answer may have
    /// been carried out, so the status decides whether to ask again.
    async fn begin_restart(&self, before: &ServiceInfo) -> Result<(), StepError> {
        let services = vec![TFTP_SERVICE.to_owned()];
        let restart = ControlServices { node: None, action: ControlAction::Restart, services };
        let mut attempts = 1..=ATTEMPTS;
        loop {
            attempts.next();
            match self.session.call_service(&restart).await {
                Ok(ServiceList { return_code: None | Some(0), .. }) => return Ok(()),
                Ok(ServiceList { return_code: Some(code), reason, .. }) => {
                    return Err(StepError::RestartRefused { code, reason });
                }
                Err(error) if !error.is_transient() || attempts.is_empty() => {
                    return Err(error.into());
                }
                Err(_) => self.pause.pause(INTERVAL).await,
            }
            let has_begun = |now: &ServiceInfo| {
                now.status != ServiceStatus::Started || now.start_time != before.start_time
            };
            if self.service().await.is_ok_and(|now| has_begun(&now)) {
                return Ok(());
            }
        }
    }

    /// Waits until the node serves these files.
    pub(super) async fn read_back(&self, files: &Files) -> Result<(), StepError> {
        self.report(Action::ReadBack);
        let end = Instant::now() + READ_BACK_LIMIT;
        let mut rounds = 0..=rounds(READ_BACK_LIMIT);
        loop {
            rounds.next();
            let error = match self.fetch().await {
                Ok(served) => match other(&served, files) {
                    None => return Ok(()),
                    Some(path) => StepError::OtherBytes { path },
                },
                Err(error) if error.is_transient() => error.into(),
                Err(error) => return Err(error.into()),
            };
            if rounds.is_empty() || Instant::now() > end {
                return Err(error);
            }
            self.pause.pause(INTERVAL).await;
        }
    }

    /// The status of the service.
    async fn service(&self) -> Result<ServiceInfo, CallError> {
        let question = GetServiceStatus { services: vec![TFTP_SERVICE.to_owned()] };
        let list = self.session.call_service(&question).await?;
        let info = list.get(TFTP_SERVICE).cloned();
        info.ok_or_else(|| AnswerError::Missing { element: "ServiceInfoList" }.into())
    }

    /// The result of a call that changes nothing, repeated a few times.
    async fn repeated<T>(
        &self,
        call: impl AsyncFn() -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        for _ in 1..ATTEMPTS {
            match call().await {
                Err(error) if error.is_transient() => self.pause.pause(INTERVAL).await,
                result => return result,
            }
        }
        call().await
    }
}

/// How often adrc waits within a limit.
fn rounds(limit: Duration) -> u64 {
    limit.as_secs() / INTERVAL.as_secs()
}

/// The first file that is not served as it should be.
fn other(served: &Served, files: &Files) -> Option<String> {
    let differs = |(path, bytes): &(&String, &Arc<Vec<u8>>)| {
        served.get(*path).and_then(Option::as_ref) != Some(&***bytes)
    };
    files.iter().find(differs).map(|(path, _)| path.clone())
}
