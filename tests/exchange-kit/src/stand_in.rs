//! A running stand-in.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, MutexGuard};

use tokio::runtime::Runtime;

use crate::faults::Faults;
use crate::identity::Identity;
use crate::log::LogEntry;
use crate::server::{Shared, serve};
use crate::state::{Account, Mailbox, ShownAs, State};
use crate::tls::{Versions, acceptor};

/// The account of [`ExchangeStandIn::start`] that reads calendars.
pub const ACCOUNT: &str = "svc-presence";

/// The password of [`ACCOUNT`] and of the users.
pub const PASSWORD: &str = "zoo-pass-4711";

/// The address of the first mailbox.
pub const ALICE: &str = "alice@example.com";

/// The address of the second mailbox.
pub const BOB: &str = "bob@example.com";

/// An Exchange that runs in the process of a test. It stops when this value is dropped.
#[derive(Debug)]
pub struct ExchangeStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// Taken when the value is dropped.
    runtime: Option<Runtime>,
}

impl ExchangeStandIn {
    /// A server of Exchange 2016 on a free port of 127.0.0.1 that shows these certificates.
    ///
    /// [`ALICE`] and [`BOB`] have mailboxes and accounts. [`ACCOUNT`] has a mailbox, and may
    /// impersonate all users.
    #[must_use]
    pub fn start(identity: &Identity) -> Self {
        Self::start_with(identity, Versions::Both)
    }

    /// The same with these versions of TLS.
    #[must_use]
    pub fn start_with(identity: &Identity, versions: Versions) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::new(usual()));
        {
            let _context = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            runtime.spawn(serve(Arc::clone(&shared), listener, acceptor(identity, versions)));
        }
        Self { shared, address, runtime: Some(runtime) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server knows. No request is processed while the test holds it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// The faults to come. No request is processed while the test holds it.
    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.shared.faults()
    }

    /// The requests so far, in the order in which they were processed.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.log().clone()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.shared.log().clear();
    }
}

impl Drop for ExchangeStandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn usual() -> State {
    let mut state = State::new();
    let alice = Mailbox::new(ALICE, "Alice Adams")
        .event("Budget", "2026-11-30T09:00:00Z", "2026-11-30T10:00:00Z", ShownAs::Busy)
        .event("Gym & more", "2026-12-01T17:00:00Z", "2026-12-01T18:00:00Z", ShownAs::Free)
        .event("Vacation", "2026-12-20T00:00:00Z", "2026-12-24T00:00:00Z", ShownAs::OutOfOffice);
    let bob = Mailbox::new(BOB, "Bob Brown").event(
        "Review",
        "2026-12-02T08:00:00Z",
        "2026-12-02T08:30:00Z",
        ShownAs::Tentative,
    );
    let service = Mailbox::new("svc-presence@example.com", "Presence");
    state.mailboxes = vec![alice, bob, service];
    let mut account = Account::new(ACCOUNT, PASSWORD);
    account.mailbox = Some("svc-presence@example.com".to_owned());
    account.impersonates = true;
    state.accounts.push(account);
    for address in [ALICE, BOB] {
        let user = address.split('@').next().unwrap_or_default();
        let mut account = Account::new(user, PASSWORD);
        account.mailbox = Some(address.to_owned());
        state.accounts.push(account);
    }
    state
}
