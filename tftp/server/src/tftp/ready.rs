//! The sockets that may have packets, in the order in which they are read.

use std::collections::VecDeque;

/// A queue of sockets, each at most once. Every socket is read for one batch in turn, so a flood of
/// requests does not keep acknowledgements waiting.
#[derive(Debug)]
pub(super) struct Ready {
    queue: VecDeque<usize>,
    is_queued: Vec<bool>,
}

impl Ready {
    pub(super) fn new(count: usize) -> Self {
        Self { queue: VecDeque::with_capacity(count), is_queued: vec![false; count] }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn add(&mut self, socket: usize) {
        if let Some(is_queued) = self.is_queued.get_mut(socket)
            && !std::mem::replace(is_queued, true)
        {
            self.queue.push_back(socket);
        }
    }

    pub(super) fn next(&mut self) -> Option<usize> {
        let socket = self.queue.pop_front()?;
        self.is_queued[socket] = false;
        Some(socket)
    }
}
