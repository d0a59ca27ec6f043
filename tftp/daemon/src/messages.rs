//! The messages of a running daemon for a person.

use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;

use adr_language::Checked;

use crate::Error;
use crate::log::LogQueue;

/// Words messages for a person. Each method writes into memory, and the daemon shows the text:
/// a person who stops reading must not stop the daemon. Worker threads call these methods, too.
pub trait Messages: Send + Sync + 'static {
    /// One line.
    fn message(&self, message: &dyn Display, out: &mut dyn Write);

    /// An error, and what to do about it.
    fn error(&self, error: &Error, out: &mut dyn Write);

    /// The findings of a check, and how many there are.
    fn findings(&self, checked: &Checked, out: &mut dyn Write);
}

/// Messages on standard error, through a queue.
#[derive(Clone)]
pub(crate) struct Shown {
    messages: Arc<dyn Messages>,
    queue: Arc<LogQueue>,
}

impl Shown {
    pub(crate) fn new(messages: Arc<dyn Messages>, queue: Arc<LogQueue>) -> Self {
        Self { messages, queue }
    }

    pub(crate) fn message(&self, message: &dyn Display) {
        self.show(|messages, out| messages.message(message, out));
    }

    pub(crate) fn error(&self, error: &Error) {
        self.show(|messages, out| messages.error(error, out));
    }

    pub(crate) fn findings(&self, checked: &Checked) {
        self.show(|messages, out| messages.findings(checked, out));
    }

    fn show(&self, word: impl FnOnce(&dyn Messages, &mut dyn Write)) {
        let mut text = Vec::new();
        word(&*self.messages, &mut text);
        if !text.is_empty() {
            self.queue.add(text);
        }
    }
}
