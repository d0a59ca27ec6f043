//! Cleans numbers, and reports on standard error what cleaning removed or could not remove.

use std::fmt::Display;

use adr_engine::{Cleaned, Cleaner, Undialable};

use crate::console::Console;
use adr_render::text::count;

/// Most numbers that are reported one by one.
const MAX_LISTED: usize = 100;

/// Cleans numbers. Reports the parts that were cut off, and characters that remain although no
/// phone dials them.
pub(crate) struct Remarks<'c> {
    cleaner: Option<Cleaner>,
    console: &'c Console,
    /// How many numbers were listed, or would have been without the limit.
    reported: usize,
}

impl<'c> Remarks<'c> {
    /// Without a cleaner, numbers stay unchanged and nothing is reported.
    pub(crate) fn new(cleaner: Option<Cleaner>, console: &'c Console) -> Self {
        Self { cleaner, console, reported: 0 }
    }

    /// Whether there is a cleaner.
    pub(crate) fn cleans(&self) -> bool {
        self.cleaner.is_some()
    }

    /// The number after cleaning. `place` is the start of the report, such as a line number.
    pub(crate) fn clean<'t>(
        &mut self,
        number: &'t [u8],
        place: impl Display,
    ) -> std::borrow::Cow<'t, [u8]> {
        let Some(cleaner) = self.cleaner else {
            return number.into();
        };
        let cleaned = cleaner.clean(number);
        self.report(&cleaned, cleaner, place);
        cleaned.number
    }

    fn report(&mut self, cleaned: &Cleaned<'_>, cleaner: Cleaner, place: impl Display) {
        if cleaned.undialable.is_empty() && cleaned.cut_parameters.is_empty() {
            return;
        }
        self.reported += 1;
        if self.reported > MAX_LISTED {
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

    /// Call after the last number: reports how many numbers were not listed.
    pub(crate) fn end(self) {
        if let Some(more) = self.reported.checked_sub(MAX_LISTED).filter(|more| *more > 0) {
            let numbers = count(more, "more number");
            self.console.message(format_args!(
                "{numbers} with removed or undialable parts; the first {MAX_LISTED} are listed"
            ));
        }
    }
}
