//! What a person should know about numbers that were cleaned: one line each on standard error.

use std::fmt::Display;

use adr_engine::{Cleaned, Cleaner, Undialable};

use crate::console::Console;
use adr_render::text::count;

/// Most numbers that get a line of their own in one run.
const LISTED: usize = 100;

/// Cleans numbers, and says what was cut from them and what is left in them that no phone dials.
pub(crate) struct Remarks<'c> {
    cleaner: Option<Cleaner>,
    console: &'c Console,
    told: usize,
}

impl<'c> Remarks<'c> {
    /// Without a cleaner, numbers stay as they are and nothing is said.
    pub(crate) fn new(cleaner: Option<Cleaner>, console: &'c Console) -> Self {
        Self { cleaner, console, told: 0 }
    }

    /// Whether numbers are cleaned at all.
    pub(crate) fn cleans(&self) -> bool {
        self.cleaner.is_some()
    }

    /// The number as it is dialed; `place` says where it comes from.
    pub(crate) fn clean<'t>(
        &mut self,
        number: &'t [u8],
        place: impl Display,
    ) -> std::borrow::Cow<'t, [u8]> {
        let Some(cleaner) = self.cleaner else {
            return number.into();
        };
        let cleaned = cleaner.clean(number);
        self.tell(&cleaned, cleaner, place);
        cleaned.number
    }

    fn tell(&mut self, cleaned: &Cleaned<'_>, cleaner: Cleaner, place: impl Display) {
        if cleaned.undialable.is_empty() && cleaned.cut_parameters.is_empty() {
            return;
        }
        self.told += 1;
        if self.told > LISTED {
            return;
        }
        let remark = cleaned.remark().unwrap_or_default();
        let is_letter = |what| matches!(what, Undialable::Character(c) if c.is_ascii_alphabetic());
        let has_letters = cleaned.undialable.iter().any(|left| is_letter(left.what));
        let help = match has_letters && !cleaner.letters {
            true => "; `--letters` turns letters into digits",
            false => "",
        };
        self.console.message(format_args!("{place}: {remark}{help}"));
    }

    /// After the last number: how many had no line of their own.
    pub(crate) fn end(self) {
        if let Some(more) = self.told.checked_sub(LISTED).filter(|more| *more > 0) {
            let numbers = count(more, "more number");
            self.console.message(format_args!(
                "{numbers} with something cut or left; the first {LISTED} are listed"
            ));
        }
    }
}
