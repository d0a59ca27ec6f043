//! Publishes a generation: its files, its document, and then the key `current` by compare-and-set.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use adr_bundle::{Manifest, ManifestFile};
use adr_protocol::State;
use adr_watcher::publication::SealedGeneration;
use adr_watcher::publish::Base;
use async_nats::jetstream::message::PublishMessage;
use futures_util::future::try_join;

use crate::connection::Connection;
use crate::current::{Current, Kept};
use crate::fault::Fault;
use crate::objects;
use crate::read::all;
use crate::shared::Shared;

/// Why a generation was not published, or is not known to be.
#[derive(Debug)]
pub(crate) enum NotPublished {
    /// Another generation is current than expected: this one.
    Refused(Option<Base>),
    /// The answer was lost; a phrase.
    Unconfirmed(String),
    /// Nothing became current.
    Fault(Fault),
}

impl From<Fault> for NotPublished {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Shared {
    /// Makes `next` current if `expected` is current. Succeeds if `next` is current already: then
    /// the answer to an earlier call was lost. `older` ones are kept before it and never current.
    pub(crate) async fn publish(
        self: Arc<Self>,
        expected: Option<Base>,
        older: Vec<SealedGeneration>,
        next: SealedGeneration,
        deadline: Instant,
    ) -> Result<(), NotPublished> {
        let (revision, before) = self.current(self.call_deadline()).await?;
        let (current, target) = (before.as_ref().map(Current::base), next.base());
        let (kept, document) = Kept::of(&next);
        if before.as_ref().is_some_and(|before| before.is(&kept)) {
            return Ok(());
        }
        let newest = current.as_ref().map_or(0, |current| current.generation);
        if current != expected || target.generation <= newest {
            return Err(NotPublished::Refused(current));
        }
        let (keep, window) = (self.settings.keep, self.settings.window);
        let mut after = before.clone();
        for older in &older {
            let (kept, document) = Kept::of(older);
            self.store(before.as_ref(), older, deadline).await?;
            self.write(kept.document_name(), Arc::new(document), deadline).await?;
            after = Some(Current::after(after.as_ref(), kept, keep, window));
        }
        // what is not named by the key `current` is unused, in whatever order it comes
        let files = self.store(before.as_ref(), &next, deadline);
        try_join(files, self.write(kept.document_name(), Arc::new(document), deadline)).await?;
        let after = Current::after(after.as_ref(), kept, keep, window);
        self.replace_current(revision, &after).await?;
        let Base { generation, sha256 } = target;
        let state = State { generation, sha256, window };
        // who misses it sees the change a little later
        let _ = self.announce(&state.to_json(), self.call_deadline()).await;
        self.prune_later(after);
        Ok(())
    }

    /// Stores the files of a generation. Files of the current generation stay as they are if the
    /// store has their bytes; all others are stored again, so that nobody removes them as unused
    /// meanwhile.
    async fn store(
        &self,
        before: Option<&Current>,
        next: &SealedGeneration,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let in_current = self.files_of(before, deadline).await?;
        let mut distinct = HashSet::new();
        let files = next.files().filter(|(listed, _)| distinct.insert(listed.sha256.as_str()));
        let files: Vec<_> = files.collect();
        let in_current = &in_current;
        all(files.into_iter().map(|(listed, bytes)| async move {
            let sha256 = &listed.sha256;
            if in_current.contains(sha256) && self.has(listed, deadline).await? {
                return Ok(());
            }
            self.write(sha256.clone(), Arc::clone(bytes), deadline).await
        }))
        .await?;
        Ok(())
    }

    /// The files of the current generation by their SHA-256; none of a damaged one.
    async fn files_of(
        &self,
        current: Option<&Current>,
        deadline: Instant,
    ) -> Result<HashSet<String>, Fault> {
        let Some(kept) = current.and_then(|current| current.kept.last()) else {
            return Ok(HashSet::new());
        };
        let document = match self.document(kept, deadline.min(self.call_deadline())).await {
            Ok(document) => document,
            Err(Fault::Damaged(_)) => return Ok(HashSet::new()),
            Err(fault) => return Err(fault),
        };
        let manifest = Manifest::parse(document.manifest.as_bytes()).ok();
        let files = manifest.into_iter().flat_map(|manifest| manifest.files);
        Ok(files.map(|file| file.sha256).collect())
    }

    /// Whether the store has the bytes of a file. They are read: what says how many there are, and
    /// which, may be whole where they are not.
    async fn has(&self, listed: &ManifestFile, deadline: Instant) -> Result<bool, Fault> {
        match self.file(listed, deadline).await {
            Ok(bytes) => Ok(listed.check(&bytes).is_ok()),
            Err(Fault::Damaged(_)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn write(
        &self,
        object: String,
        bytes: Arc<Vec<u8>>,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let write = |connection: Arc<Connection>| {
            let (names, object, bytes) = (self.names.clone(), object.clone(), Arc::clone(&bytes));
            async move { objects::write(&connection, &names, &object, &bytes).await }
        };
        self.run(deadline.min(Instant::now() + self.transfer_limit(size)), write).await
    }

    /// Replaces the key `current` if it has this revision. After a lost answer it looks, and sends
    /// the value again if nothing changed: the revision admits one of both.
    async fn replace_current(&self, revision: u64, after: &Current) -> Result<(), NotPublished> {
        let deadline = self.call_deadline();
        let (subject, value) = (self.names.current(), after.to_json());
        let mut lost = None;
        loop {
            let send = |connection: Arc<Connection>| {
                let (subject, value) = (subject.clone(), value.clone());
                async move { compare_and_set(&connection, subject, value, revision).await }
            };
            let fault = match self.attempt(deadline, Some(&subject), send).await {
                Ok(()) => return Ok(()),
                Err(fault) => fault,
            };
            match &fault {
                // NATS may have forbidden something else: it is looked at all the same
                Fault::Conflict | Fault::Denied(_) => {}
                Fault::Temporary(reason) => lost = Some(reason.clone()),
                _ => return Err(unconfirmed(lost, fault)),
            }
            match self.current(deadline).await {
                Ok((_, Some(now))) if now.kept.last() == after.kept.last() => return Ok(()),
                Ok((now, _))
                    if now == revision && is_again(&fault) && Instant::now() < deadline => {}
                Ok((now, _)) if now == revision => return Err(unconfirmed(lost, fault)),
                Ok((_, now)) => return Err(NotPublished::Refused(now.map(|now| now.base()))),
                Err(_) if !is_again(&fault) => return Err(unconfirmed(lost, fault)),
                Err(unread) => return Err(unconfirmed(lost, unread)),
            }
        }
    }

    /// Tells the subscribers of the publication what is current.
    pub(crate) async fn announce(&self, text: &str, deadline: Instant) -> Result<(), Fault> {
        let (subject, text) = (self.names.state(), text.to_owned());
        let send = |connection: Arc<Connection>| {
            let (subject, text) = (subject.clone(), text.clone());
            async move {
                connection.client.publish(subject, text.into()).await.map_err(Fault::of)?;
                connection.client.flush().await.map_err(Fault::of)
            }
        };
        self.run_for(deadline, Some(&self.names.state()), send).await
    }
}

/// Whether the same request can succeed later.
fn is_again(fault: &Fault) -> bool {
    !matches!(fault, Fault::Denied(_))
}

/// A value may have become current if an answer was lost.
fn unconfirmed(lost: Option<String>, fault: Fault) -> NotPublished {
    match lost {
        Some(reason) => NotPublished::Unconfirmed(reason),
        None => NotPublished::Fault(fault),
    }
}

/// Stores the last message of a subject, if the one before has this sequence; 0 for none.
async fn compare_and_set(
    connection: &Connection,
    subject: String,
    value: String,
    sequence: u64,
) -> Result<(), Fault> {
    let message = PublishMessage::build().payload(value.into());
    let message = message.expected_last_subject_sequence(sequence);
    let sent = connection.context.send_publish(subject, message).await;
    let stored = sent.map_err(|error| Fault::of_publish(&error))?.await;
    stored.map_err(|error| Fault::of_publish(&error))?;
    Ok(())
}
