//! A connection to one of the servers, and why there is none.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adr_bundle::disk::read_file;
use async_nats::connection::State;
use async_nats::jetstream::object_store::ObjectStore;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions, Event, ServerError};
use tokio::sync::OnceCell;

use crate::fault::Fault;
use crate::settings::{Credentials, Settings};

/// A server that does not answer for this long is passed over.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// Without a connection for this long, a call gives up.
const CONNECT_ALL_LIMIT: Duration = Duration::from_secs(9);

/// A request without an answer for this long is sent again.
pub(crate) const REQUEST_LIMIT: Duration = Duration::from_secs(3);

/// How often a server without a word is asked whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// The pause before another server is tried, except for the first one.
const NEXT_SERVER_DELAY: Duration = Duration::from_millis(100);

/// Messages that wait in memory for a slow reader: a chunk of an object has up to 128 KiB.
const SUBSCRIPTION_CAPACITY: usize = 32;

/// Requests that wait in memory for a slow connection.
const CLIENT_CAPACITY: usize = 64;

/// The longest file of credentials.
const MAX_CREDENTIALS_BYTES: u64 = 64 * 1024;

/// A connection, and what belongs to it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) context: Context,
    files: OnceCell<ObjectStore>,
    denied: Denied,
}

/// What the server forbade on a connection, the newest last.
type Denied = Arc<Mutex<VecDeque<Refusal>>>;

/// What the server forbade.
#[derive(Debug)]
struct Refusal {
    /// When it said so.
    at: Instant,
    /// Its words.
    text: String,
}

/// Most refusals that a connection remembers.
const MAX_DENIED: usize = 64;

impl Connection {
    /// Connects to one of the servers; tries each once.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, Fault> {
        let denied = Denied::default();
        let options = options(settings, Arc::clone(&denied)).await?;
        let servers: Vec<String> = settings.servers.urls().collect();
        let client = match tokio::time::timeout(CONNECT_ALL_LIMIT, options.connect(servers)).await {
            Ok(connected) => connected.map_err(|error| Fault::of_connect(&error))?,
            Err(_) => return Err(Fault::Temporary("no connection in time".to_owned())),
        };
        let mut context = jetstream::new(client.clone());
        context.set_timeout(REQUEST_LIMIT);
        Ok(Self { client, context, files: OnceCell::new(), denied })
    }

    /// Whether it can be used. A connection that broke is replaced and not repaired, so that
    /// nothing that waited in it is sent later.
    pub(crate) fn is_open(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Whether the server is one of a cluster of NATS servers.
    pub(crate) fn is_clustered(&self) -> bool {
        self.client.server_info().cluster.is_some()
    }

    /// Whether the server says that it has JetStream. One that has not may reach others that have.
    pub(crate) fn has_jetstream(&self) -> bool {
        self.client.server_info().jetstream
    }

    /// What the server forbade on this connection since a request began with a message that has
    /// this subject. NATS says that apart from the request, which gets no answer. It stays for
    /// other requests that began before: they may still wait.
    pub(crate) fn denied_since(&self, began: Instant, subject: Option<&str>) -> Option<String> {
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let mut since = denied.iter().rev().take_while(|refusal| refusal.at >= began);
        since.find(|refusal| concerns(&refusal.text, subject)).map(|it| it.text.clone())
    }

    /// The fault of a message that was not stored: nobody answers if its stream is missing, and
    /// neither while that has no leader.
    pub(crate) async fn missing_or(&self, stream: &str, fault: Fault) -> Fault {
        match self.context.get_stream(stream).await.map_err(Fault::of) {
            Err(missing @ (Fault::NotPrepared(_) | Fault::NoJetStream(_))) => missing,
            Err(nobody) if nobody.is_without_responders() => nobody,
            _ => fault,
        }
    }

    /// The object store with this name.
    pub(crate) async fn files(&self, name: &str) -> Result<&ObjectStore, Fault> {
        let open = || async { self.context.get_object_store(name).await.map_err(Fault::of) };
        self.files.get_or_try_init(open).await
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("client", &self.client).finish_non_exhaustive()
    }
}

/// Options with the credentials that are in their file now.
async fn options(settings: &Settings, denied: Denied) -> Result<ConnectOptions, Fault> {
    let options = with_credentials(&settings.credentials)?;
    let options = match &settings.ca {
        Some(ca) => options.add_root_certificates(ca.clone()),
        None => options,
    };
    let note = move |event| {
        let denied = Arc::clone(&denied);
        async move {
            if let Some(text) = refusal(&event) {
                let mut denied = denied.lock().unwrap_or_else(PoisonError::into_inner);
                if denied.len() >= MAX_DENIED {
                    denied.pop_front();
                }
                denied.push_back(Refusal { at: Instant::now(), text });
            }
        }
    };
    Ok(options
        .name(concat!("adrc ", env!("CARGO_PKG_VERSION")))
        .require_tls(settings.servers.is_tls() || settings.ca.is_some())
        .ignore_discovered_servers()
        .max_reconnects(settings.servers.count())
        .reconnect_delay_callback(|attempt| match attempt {
            0 | 1 => Duration::ZERO,
            _ => NEXT_SERVER_DELAY,
        })
        .connection_timeout(CONNECT_LIMIT)
        .request_timeout(Some(REQUEST_LIMIT))
        .ping_interval(PING_INTERVAL)
        .subscription_capacity(SUBSCRIPTION_CAPACITY)
        .client_capacity(CLIENT_CAPACITY)
        .event_callback(note))
}

fn with_credentials(credentials: &Credentials) -> Result<ConnectOptions, Fault> {
    match credentials {
        Credentials::None => Ok(ConnectOptions::new()),
        // the library asks for a line end after the last line
        Credentials::Creds(path) => ConnectOptions::with_credentials(&(secret(path)? + "\n"))
            .map_err(|_| Fault::Denied(format!("{}: not a credentials file", path.display()))),
        Credentials::Nkey(path) => Ok(ConnectOptions::with_nkey(secret(path)?)),
        Credentials::TokenFile(path) => Ok(ConnectOptions::with_token(secret(path)?)),
    }
}

/// The text of a file without white space around it.
fn secret(path: &Path) -> Result<String, Fault> {
    let failed = |cause: &dyn fmt::Display| {
        Fault::Denied(format!("{} cannot be read: {cause}", path.display()))
    };
    let bytes = read_file(path, MAX_CREDENTIALS_BYTES).map_err(|error| failed(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not text"))?;
    match text.trim() {
        "" => Err(failed(&"it is empty")),
        text => Ok(text.to_owned()),
    }
}

/// What the server forbids with an event.
fn refusal(event: &Event) -> Option<String> {
    match event {
        Event::ServerError(ServerError::AuthorizationViolation) => {
            Some("authorization violation".to_owned())
        }
        Event::ServerError(ServerError::Other(text)) => {
            let is_denied = matches!(Fault::of(text), Fault::Denied(_));
            is_denied.then(|| text.clone())
        }
        _ => None,
    }
}

/// Whether a refusal can be the reason why a request has no answer. `subject` is that of its
/// message; without one, the request has no message in a bucket, and no announcement.
fn concerns(refusal: &str, subject: Option<&str>) -> bool {
    let Some(denied) = refusal.split('"').nth(1) else {
        // of the whole connection
        return true;
    };
    match subject {
        Some(subject) => denied == subject || denied.starts_with("_INBOX."),
        None => !denied.starts_with("$KV.") && !denied.ends_with(".state"),
    }
}

#[cfg(test)]
mod tests {
    use super::concerns;

    #[test]
    fn refusal_of_another_message_does_not_concern_a_request() {
        let of = |subject: &str| format!("Permissions Violation for Publish to \"{subject}\"");
        let current = Some("$KV.adrc.current");
        assert!(concerns(&of("$KV.adrc.current"), current));
        assert!(!concerns(&of("$KV.adrc-nodes.tftp1"), current));
        assert!(!concerns(&of("adrc.state"), current));
        assert!(!concerns(&of("$KV.adrc-nodes.tftp1"), None));
        assert!(!concerns(&of("adrc.state"), None));
        assert!(concerns(&of("$JS.API.STREAM.INFO.KV_adrc"), None));
        assert!(concerns("Permissions Violation for Subscription to \"_INBOX.a.*\"", current));
        assert!(concerns("authorization violation", current));
    }
}
