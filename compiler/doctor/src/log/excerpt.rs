//! An excerpt of logs that can be shared.

use super::anonymize::Anonymizer;
use super::words::mentions_exchange;

/// Most bytes of an excerpt.
pub const MAX_EXCERPT_BYTES: usize = 8 << 20;

/// The lines of logs that mention `owa`, `ews` or `exchange`, with names replaced. See
/// [`Anonymizer`].
///
/// ```
/// use adr_doctor::log::Excerpt;
///
/// let mut excerpt = Excerpt::default();
/// excerpt.begin();
/// excerpt.line("10:11 owa user=jsmith HTTP 401");
/// excerpt.line("10:12 something about jsmith");
/// assert_eq!(excerpt.text(), "== file 1\n10:11 owa user=user1 HTTP 401\n");
/// ```
#[derive(Debug, Default)]
pub struct Excerpt {
    anonymizer: Anonymizer,
    text: String,
    files: u32,
    /// The head of the file, until a line of it comes.
    head: Option<String>,
    left_out: u64,
}

impl Excerpt {
    /// Begins a file. Its name is not written.
    pub fn begin(&mut self) {
        self.files += 1;
        self.head = Some(format!("== file {}\n", self.files));
    }

    /// Takes a line, without its line end.
    pub fn line(&mut self, line: &str) {
        if !mentions_exchange(line) {
            return;
        }
        if self.text.len() >= MAX_EXCERPT_BYTES {
            self.left_out += 1;
            return;
        }
        self.text.extend(self.head.take());
        self.text.push_str(&self.anonymizer.line(line));
        self.text.push('\n');
    }

    /// The excerpt.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines are not in it, because it is as large as it may be.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many different names were replaced.
    #[must_use]
    pub fn names(&self) -> usize {
        self.anonymizer.names()
    }
}
