//! `guessed-text-encoding`: an encoding that is a guess.

use adr_diagnostic::Finding;

/// An encoding that is a guess.
pub(crate) static GUESSED_TEXT_ENCODING: Finding = Finding::warning(
    "guessed-text-encoding",
    "the encoding of a file of a PC is a guess",
    include_str!("../pages/guessed-text-encoding.md"),
);
