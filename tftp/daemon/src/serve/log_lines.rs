//! Words and lines of the log.

use adr_bundle::Tree;
use adr_server::{Addresses, Server, TFTP_PORT};
use adr_watcher::supervisor::Cause;

use super::Serving;
use crate::driver::Handler as _;

impl Serving {
    /// Logs a job that succeeded, if that is news.
    pub(super) fn log_success(&self, cause: Cause) {
        let generation = self.generation();
        match cause {
            // a warning says which rules a rollback blocks
            Cause::Start => {}
            _ if self.reloads.is_blocked => {}
            Cause::Renewal => {
                if self.has_changed {
                    tracing::info!(generation, "signature renewed");
                }
            }
            Cause::Folder if !self.has_changed => {}
            cause => tracing::info!(cause = self.name(cause), generation, "reloaded"),
        }
    }

    /// Logs why a job failed, or why it did not publish the rules.
    pub(super) fn log_failure(&self, cause: Cause, why: &str) {
        let generation = self.generation();
        match cause {
            _ if self.running.is_none() => {
                tracing::warn!(why, "there is nothing to serve yet; adrc waits for the cluster");
            }
            _ if self.reloads.is_not_published => {
                tracing::warn!(generation, why, "the rules are not published");
            }
            Cause::Start => tracing::error!(
                generation,
                why,
                "the rules are not published; adrc serves the previous generation"
            ),
            Cause::Renewal => tracing::error!(generation, why, "the signature is not renewed"),
            cause => tracing::error!(
                cause = self.name(cause),
                generation,
                why,
                "reload failed; adrc keeps serving the previous generation"
            ),
        }
    }

    /// The word for a cause in the log.
    fn name(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::Files if self.cluster.is_some() => "files or CUCM changed",
            cause => name(cause),
        }
    }
}

/// The word for a cause in the log.
fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Start => "start",
        Cause::Signal => "SIGHUP",
        Cause::Admin => "POST /-/reload",
        Cause::Files => "files changed",
        Cause::Folder => "the published folder changed",
        Cause::Retry => "retry",
        Cause::Renewal => "renewal",
    }
}

/// Logs if the next generation is an older one, or another one with the same number. Client cores
/// take neither, so phones and cores then differ.
pub(super) fn log_older(before: &Tree, after: &Tree) {
    let (old, new) = (before.generation(), after.generation());
    if new < old {
        tracing::warn!(
            before = old,
            generation = new,
            "the published folder went back to an older generation: adrc serves it, and client cores keep the \
             newer one; to return to older rules, use `adrc rollback`"
        );
    } else if new == old && after.manifest() != before.manifest() {
        tracing::warn!(
            generation = new,
            "the published folder has another generation with the same number: adrc serves it, and client cores \
             keep the former one; publish again"
        );
    }
}

/// Logs where the server listens, and what does not prevent it from serving.
pub(super) fn log_addresses(server: &Server) {
    let Addresses { tftp, http, https } = server.addresses();
    for (protocol, addresses) in [("tftp", tftp), ("http", http), ("https", https)] {
        for address in addresses {
            tracing::info!(protocol, %address, "listening");
        }
    }
    if tftp.iter().all(|address| address.port() != TFTP_PORT) && !tftp.is_empty() {
        tracing::warn!("adrc does not listen on TFTP port {TFTP_PORT}, where phones request files");
    }
    for warning in server.warnings() {
        tracing::warn!("{warning}");
    }
}
