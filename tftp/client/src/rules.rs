//! Rules, made ready to dial by.

use adr_dialer::{Dialer, Scratch};
use adr_engine::xml::read_as_client;

use crate::copy::Copy;

/// Application and lookup rules of one copy, swapped as a whole.
#[derive(Debug)]
pub struct Rules {
    application: Dialer,
    lookup: Dialer,
    counts: (usize, usize),
    copy: Option<Copy>,
}

impl Rules {
    /// No rules: every number stays as it is.
    #[must_use]
    pub fn none() -> Self {
        Self { application: Dialer::new(&[]), lookup: Dialer::new(&[]), counts: (0, 0), copy: None }
    }

    /// The rules of a copy. Takes as long as reading its files.
    #[must_use]
    pub fn of(copy: Copy) -> Self {
        let application = read_as_client(&copy.application).rules;
        let lookup =
            copy.lookup.as_ref().map_or_else(Vec::new, |bytes| read_as_client(bytes).rules);
        Self {
            application: Dialer::new(&application),
            lookup: Dialer::new(&lookup),
            counts: (application.len(), lookup.len()),
            copy: Some(copy),
        }
    }

    /// What a client sends out for a number; byte for byte, nothing is cleaned.
    #[inline]
    pub fn dial<'a>(&self, number: &'a [u8], scratch: &'a mut Scratch) -> adr_dialer::Dialed<'a> {
        self.application.dial(number, scratch)
    }

    /// What a client searches in the directory for a caller's number.
    #[inline]
    pub fn lookup<'a>(&self, number: &'a [u8], scratch: &'a mut Scratch) -> adr_dialer::Dialed<'a> {
        self.lookup.dial(number, scratch)
    }

    /// How many rules a client keeps of each file: application, lookup.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.counts
    }

    /// Where they come from; `None` when there are none.
    #[must_use]
    pub fn copy(&self) -> Option<&Copy> {
        self.copy.as_ref()
    }

    /// The generation; 0 for none.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.copy.as_ref().and_then(Copy::generation).unwrap_or(0)
    }
}
