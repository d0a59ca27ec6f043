//! Makes room for transfers: ends others, of which the client is silent.

use std::cmp::Reverse;
use std::time::Instant;

use super::super::answer::{self, Answer};
use super::super::table::Id;
use super::super::transfer::Transfer;
use super::{EventLoop, MAX_WAIT};
use crate::client::ClientKey;
use crate::outcome::Outcome;

impl EventLoop {
    /// Whether a client may begin a transfer.
    pub(super) fn admits(&mut self, client: Option<ClientKey>) -> bool {
        self.replace_stalled();
        self.transfers.admits(client)
    }

    /// Counts a transfer as acknowledged. Returns whether the limits allow it.
    pub(super) fn acknowledge(&mut self, id: Id, now: Instant) -> bool {
        if self.transfers.is_unacknowledged(id) {
            self.replace_stalled();
        }
        self.transfers.acknowledge(id, now)
    }

    /// If all places of acknowledged transfers are taken, ends one whose client does not answer.
    fn replace_stalled(&mut self) {
        if let Some(stalled) = self.transfers.surplus_stalled() {
            self.evict(stalled);
        }
    }

    /// Begins a transfer, in the place of others if there are too many.
    pub(super) fn begin(&mut self, transfer: Transfer) {
        if let Some(other) = self.transfers.surplus_of_port(&transfer.request_key()) {
            // its late packets count as guesses: a client does not begin three from one port
            self.remove(other, Outcome::Unanswered);
        }
        while let Some(oldest) = self.transfers.surplus(transfer.limit_key()) {
            self.evict(oldest);
        }
        if let Some(other) = self.transfers.find(&transfer.key()) {
            self.end(other, Outcome::Unanswered);
        }
        let id = self.transfers.insert(transfer);
        self.limit_held_bytes(id);
        self.timers.push(Reverse((Instant::now() + self.options.timeout.min(MAX_WAIT), id)));
        self.advance(id);
    }

    /// Counts the bytes that a transfer holds in memory since it sends. Ends the oldest ones that
    /// nobody has acknowledged, if all of these hold too many.
    pub(super) fn limit_held_bytes(&mut self, id: Id) {
        self.transfers.hold(id);
        while let Some(oldest) = self.transfers.surplus_holder(id) {
            self.evict(oldest);
        }
    }

    /// Makes room for a transfer that found all streams in use: ends the oldest one that nobody
    /// has acknowledged, and searches again. Returns whether there was one.
    pub(super) fn take_stream_for(&mut self, id: Id) -> bool {
        if !self.service.fallback.uses_all_streams() {
            return false;
        }
        let Some(oldest) = self.transfers.oldest_stream() else { return false };
        self.evict(oldest);
        let Some(transfer) = self.transfers.get(id) else { return false };
        match answer::to_read(&self.service, &transfer.request, transfer.request.name.as_bytes()) {
            Answer::Search(opening) => transfer.search_again(opening),
            Answer::Whole(_) | Answer::Refused(_) => false,
        }
    }

    fn evict(&mut self, id: Id) {
        self.service.records.metrics().count_eviction();
        self.end(id, Outcome::Unanswered);
    }
}
