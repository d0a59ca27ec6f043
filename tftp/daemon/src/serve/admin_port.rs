//! The admin port, and what it shows about reloads.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::SystemTime;

use adr_server::{
    Admin, AlertScope, Alerts, Registry, ReloadError, ReloadKind, ReloadMetrics, ReloadReport,
    Server,
};
use adr_watcher::supervisor::{AlertScope as Scope, JobError};

use super::Serving;
use super::backend::ServeBackend;
use super::listening::{self, admin_reloads};
use crate::Error;
use crate::generation_source::JobEnd;
use crate::rollback::Blocking;

/// Opens the admin port on sockets.
pub(super) fn start(
    server: &mut Server,
    listeners: Vec<TcpListener>,
    admin: &Admin,
) -> Result<(), Error> {
    for listener in listeners {
        let address = listening::address_of(&listener)?;
        let served = server.serve_admin(listener, admin.clone());
        served.map_err(|source| Error::Admin { address, source })?;
        tracing::info!(protocol = "admin", %address, "listening");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "other machines can reach the admin port");
        }
    }
    Ok(())
}

impl Serving {
    /// What the admin port shows.
    pub(super) fn admin(&self) -> Admin {
        let settings = &self.settings;
        let folder = settings.source.folder().map(ToOwned::to_owned);
        Admin {
            version: settings.publishing.version,
            source: settings.source.to_string(),
            hosts: settings.admin_hosts.clone(),
            reload: settings.admin_reload.then(|| admin_reloads(&self.events)),
            alerts: self.reloads.alerts.clone(),
            announcer: Some(Arc::clone(&self.announcer)),
            backend: Arc::new(ServeBackend { folder }),
        }
    }
}

/// The results of reloads, as the status page and the metrics show them.
#[derive(Debug, Default)]
pub(super) struct Reloads {
    pub(super) alerts: Alerts,
    metrics: ReloadMetrics,
    /// The findings of the last job, if it rejected rules.
    report: Option<Arc<ReloadReport>>,
    /// Whether the last job did not publish the rules because a rollback blocks them.
    pub(super) is_blocked: bool,
    /// Whether the last job did not publish the rules because of what other nodes published, or
    /// because the cluster does not answer.
    pub(super) is_not_published: bool,
}

impl Reloads {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.alerts.register(registry);
        self.metrics.register(registry);
    }

    /// A job has ended. Logs rules that a rollback blocks: always if they were to be published, and
    /// else once.
    pub(super) fn finished(&mut self, end: &JobEnd) {
        self.report = None;
        self.is_blocked = matches!(end, JobEnd::Blocked { .. });
        self.is_not_published = matches!(end, JobEnd::NotPublished { .. });
        match end {
            JobEnd::Rejected { reason, .. } => {
                self.report = Some(reason.report());
                self.alerts.set_blocked(None);
            }
            JobEnd::Published { .. } => self.alerts.set_blocked(None),
            JobEnd::Blocked { error, .. } => self.blocked(error),
            JobEnd::Loaded { blocking, .. } | JobEnd::Renewed { blocking, .. } => match blocking {
                Blocking::Unknown => {}
                Blocking::No => self.alerts.set_blocked(None),
                Blocking::By(error) => self.blocked(error),
            },
            JobEnd::NotPublished { .. } | JobEnd::Failed { .. } => {}
        }
    }

    fn blocked(&self, error: &Error) {
        if self.is_blocked || self.alerts.blocked().is_none() {
            tracing::warn!("{error}");
        }
        self.alerts.set_blocked(Some(error.to_string()));
    }

    /// The error for those who requested the last job.
    pub(super) fn error(&self, error: JobError) -> ReloadError {
        ReloadError::new(error).with_report(self.report.clone())
    }

    /// The result of the last job of a scope.
    pub(super) fn set(&self, scope: Scope, reason: Option<JobError>) {
        let (scope, kind, report) = match scope {
            Scope::Rules => (AlertScope::Rules, ReloadKind::Rules, self.report.clone()),
            Scope::Folder => (AlertScope::Folder, ReloadKind::Folder, None),
        };
        match &reason {
            Some(_) => self.metrics.failed(kind),
            None => self.metrics.succeeded(SystemTime::now()),
        }
        let reason = reason.map(|reason| reason.to_string());
        self.alerts.set_with_report(scope, reason, report);
    }

    /// Whether the signature could be renewed.
    pub(super) fn renewed(&self, is_ok: bool) {
        if !is_ok {
            self.metrics.failed(ReloadKind::Signature);
        }
    }

    /// What to call with the result of reading the certificate again: the reason of a failure.
    pub(super) fn certificate_report(&self) -> impl Fn(Option<String>) + Send + 'static + use<> {
        let (alerts, metrics) = (self.alerts.clone(), self.metrics.clone());
        move |failure| {
            if failure.is_some() {
                metrics.failed(ReloadKind::Certificate);
            }
            alerts.set(AlertScope::Certificate, failure);
        }
    }
}
