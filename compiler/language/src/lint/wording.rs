//! Phrases that several findings share: lists of names, numbers, views.

use crate::plan::View;

/// Most names that a sentence lists.
pub(super) const SHOWN: usize = 3;

/// Lists names in a sentence: the first few, and how many others there are.
pub(super) fn listed(words: &[String]) -> String {
    first_of(&words[..words.len().min(SHOWN)], words.len())
}

/// The same, where only the first of `count` names are given.
pub(super) fn first_of(shown: &[String], count: usize) -> String {
    match (shown, count - shown.len()) {
        ([], _) => String::new(),
        ([one], 0) => one.clone(),
        ([before @ .., last], 0) => format!("{} and {last}", before.join(", ")),
        (shown, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A number or result in backticks; an empty one is shown as `""`.
pub(super) fn quoted(text: &str) -> String {
    match text {
        "" => "`\"\"`".to_owned(),
        text => format!("`{text}`"),
    }
}

/// The name of a view in a message.
pub(super) fn view_name(view: &View) -> String {
    view.name().map_or_else(|| "the default view".to_owned(), |name| format!("site `{name}`"))
}
