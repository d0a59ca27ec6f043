//! One round of fetching: servers in order, until one gives something that may be taken.

pub(crate) mod enclosed;
pub(crate) mod wire;

use std::sync::Arc;
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_bundle::{Manifest, SIGNATURE_FILE_NAME};

use self::enclosed::Enclosed;
use crate::copy::{APPLICATION, Copy, LOOKUP};
use crate::judge::{self, Answer, FilesVerdict, ManifestVerdict, Offer, Terms};
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use crate::server::Server;

/// How often a server is asked again that seems to be in the middle of a change.
const TRIES: u32 = 3;
/// How long is waited in between.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// Most bytes of a manifest, of a signature, and of a file where no manifest says its size.
const MANIFEST_LIMIT: u64 = 16 * 1024 * 1024;
const SIGNATURE_LIMIT: u64 = 4096;
const FILE_LIMIT: u64 = 128 * 1024 * 1024;

/// Bytes that are read in less time than another thread takes to wake up twice.
const SMALL: usize = 32 * 1024;

/// A way to ask servers for files.
pub(crate) trait Ask: Send + Sync {
    /// Asks for a file of at most `limit` bytes; `known` are the hash and the bytes of what is held
    /// of it.
    fn ask(
        &self,
        server: &Server,
        path: &str,
        limit: u64,
        known: Option<(String, Arc<Vec<u8>>)>,
    ) -> impl Future<Output = Answer> + Send;
}

/// What a round needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) held: Option<Copy>,
    pub(crate) key: Option<PublicKey>,
    /// Seconds since 1970, UTC.
    pub(crate) now: u64,
    pub(crate) told: Option<(u64, String)>,
    /// What came along with that signal.
    pub(crate) enclosed: Option<Arc<Enclosed>>,
    pub(crate) is_thorough: bool,
}

/// What a round came to.
#[derive(Debug)]
pub(crate) enum Round {
    Taken(Arc<Rules>),
    Same,
    Refused(Refusal),
}

/// Asks servers in order. What one of them refuses, the next may have; the first refusal that is
/// about something offered is the one that is told.
pub(crate) async fn round(ask: &impl Ask, servers: &[Server], wanted: &Wanted) -> Round {
    if let Some(round) = without_asking(wanted).await {
        return round;
    }
    let mut refusals = Vec::new();
    for server in servers {
        match patiently(ask, server, wanted).await {
            Round::Refused(refusal) => refusals.push(refusal),
            done => return done,
        }
    }
    let offered = refusals.iter().position(|refusal| refusal.reason != Reason::Unreachable);
    let none = || Refusal::new(Reason::Unreachable, "", "there is no server to ask");
    Round::Refused(match offered {
        Some(at) => refusals.swap_remove(at),
        None => refusals.into_iter().next().unwrap_or_else(none),
    })
}

/// What came along with the signal, judged like anything else; whatever is wrong with it, servers
/// are asked as ever. So they are by whoever wants to know what they give.
async fn without_asking(wanted: &Wanted) -> Option<Round> {
    let enclosed = wanted.enclosed.as_deref();
    let enclosed = enclosed.filter(|_| !wanted.is_thorough)?;
    match once(enclosed, &enclosed.server, wanted).await {
        Try::Done(round @ Round::Taken(_)) => Some(round),
        Try::Done(Round::Same | Round::Refused(_)) | Try::Again(_) => None,
    }
}

async fn patiently(ask: &impl Ask, server: &Server, wanted: &Wanted) -> Round {
    let mut tries = 1;
    loop {
        match once(ask, server, wanted).await {
            Try::Done(round) => return round,
            Try::Again(refusal) if tries >= TRIES => return Round::Refused(refusal),
            Try::Again(_) => tokio::time::sleep(BETWEEN_TRIES).await,
        }
        tries += 1;
    }
}

enum Try {
    Done(Round),
    Again(Refusal),
}

async fn once(ask: &impl Ask, server: &Server, wanted: &Wanted) -> Try {
    let get = |path: &'static str, limit| {
        let known = wanted.held.as_ref().and_then(|held| held.known(path));
        ask.ask(server, path, limit, known)
    };
    let manifest = get(Manifest::FILE_NAME, MANIFEST_LIMIT).await;
    let has_manifest = matches!(manifest, Answer::Bytes(_));
    let signature = if wanted.key.is_some() && has_manifest {
        ask.ask(server, SIGNATURE_FILE_NAME, SIGNATURE_LIMIT, None).await
    } else {
        Answer::Missing
    };
    let name = server.to_string();
    let offer = match judge::manifest(&manifest, &signature, terms(wanted, &name)) {
        ManifestVerdict::Verify(offer) => Some(offer),
        ManifestVerdict::Plain => None,
        ManifestVerdict::Same => return Try::Done(Round::Same),
        ManifestVerdict::Again(refusal) => return Try::Again(refusal),
        ManifestVerdict::Refuse(refusal) => return Try::Done(Round::Refused(refusal)),
    };
    let limit = |path| offer.as_ref().map_or(FILE_LIMIT, |offer| offer.size(path));
    // whoever asks by hand wants to know what the server gives
    let held = wanted.held.as_ref().filter(|_| !wanted.is_thorough);
    let unchanged = |path| offer.as_ref()?.unchanged(path, held?).map(Answer::Bytes);
    let application = match unchanged(APPLICATION) {
        Some(held) => held,
        None => get(APPLICATION, limit(APPLICATION)).await,
    };
    let lookup = match unchanged(LOOKUP) {
        Some(held) => held,
        None => get(LOOKUP, limit(LOOKUP)).await,
    };
    judge_files(offer, application, lookup, (name, wanted.clone())).await
}

fn terms<'t>(wanted: &'t Wanted, server: &'t str) -> Terms<'t> {
    Terms {
        server,
        held: wanted.held.as_ref(),
        key: wanted.key.as_ref(),
        now: wanted.now,
        told: wanted.told.as_ref().map(|(generation, sha256)| (*generation, &**sha256)),
        is_thorough: wanted.is_thorough,
    }
}

/// Reading a large file takes long, and nobody is to wait for it who only dials.
async fn judge_files(
    offer: Option<Offer>,
    application: Answer,
    lookup: Answer,
    (server, wanted): (String, Wanted),
) -> Try {
    let size = application.size() + lookup.size();
    let judge = move || match judge::files(
        offer.as_ref(),
        &application,
        &lookup,
        terms(&wanted, &server),
    ) {
        FilesVerdict::Take(copy) => Try::Done(Round::Taken(Arc::new(Rules::of(copy)))),
        FilesVerdict::Same => Try::Done(Round::Same),
        FilesVerdict::Again(refusal) => Try::Again(refusal),
        FilesVerdict::Refuse(refusal) => Try::Done(Round::Refused(refusal)),
    };
    if size <= SMALL {
        return judge();
    }
    let judged = tokio::task::spawn_blocking(judge);
    judged.await.unwrap_or_else(|_| {
        Try::Done(Round::Refused(Refusal::new(Reason::Other, "", "reading the files failed")))
    })
}
