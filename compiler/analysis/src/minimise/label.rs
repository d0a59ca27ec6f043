//! What a rule may say: how many bytes it removes and what it puts in front; no begins-with yet.

use adr_engine::{DialString, Rule};

use crate::actions::Action;
use crate::form::{Form, Place, is_same_text};

/// A number of bytes to be removed, and a prefix in pieces.
///
/// Two rules that remove and prefix otherwise may do the same on one cone and not on another, so
/// labels are compared as they are written, and [`Label::does`] asks about a cone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'r> {
    remove: usize,
    prefix: [&'r [u8]; 3],
}

impl PartialEq for Label<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.remove == other.remove
            && self.length() == other.length()
            && is_same_text(&self.prefix, &other.prefix)
    }
}

impl<'r> Label<'r> {
    /// What an action says about numbers of `length`.
    pub(crate) fn of(action: Action<'r>, length: usize) -> Self {
        Self { remove: action.removed_from(length), prefix: [action.prefix, b"", b""] }
    }

    fn length(&self) -> usize {
        self.prefix.iter().map(|piece| piece.len()).sum()
    }

    /// The rule that says this to numbers of `length` that begin with `begins_with`; nothing when a
    /// text is cut inside a character. One that leaves numbers as they are removes what it matched
    /// and puts it back, which CUCM and clients both take. `prefix` is room to put the prefix
    /// together.
    pub(crate) fn rule(
        &self,
        begins_with: &[u8],
        length: usize,
        prefix: &mut Vec<u8>,
    ) -> Option<Rule> {
        let begins_with = std::str::from_utf8(begins_with).ok()?;
        let digits = i32::try_from(length).ok()?;
        if self.remove == 0 && self.length() == 0 {
            let remove = i32::try_from(begins_with.len()).ok()?;
            return Some(Rule::from_deployed(begins_with, digits, remove, begins_with));
        }
        prefix.clear();
        self.prefix.iter().for_each(|piece| prefix.extend_from_slice(piece));
        let prefix = std::str::from_utf8(prefix).ok()?;
        let remove = i32::try_from(self.remove).ok()?;
        Some(Rule::from_deployed(begins_with, digits, remove, prefix))
    }

    /// Whether it does to every number of a cone what `form` says.
    #[inline]
    pub(crate) fn does(&self, place: Place<'_>, form: &Form<'_>) -> bool {
        let [left, symbol] = place.behind(self.remove);
        let [one, two, three] = self.prefix;
        self.remove.saturating_sub(place.length()) == form.dropped
            && self.length() + left.len() + symbol.len() == form.text_length()
            && is_same_text(&[one, two, three, left, symbol], &form.pieces)
    }
}

/// Everything that does to the numbers of a cone what `form` says, `form` being that of the label
/// `own` there (facts on analyses, section 5).
///
/// Where part of the free digits is dropped there is one way to say it. Elsewhere a rule may remove
/// less of the place as long as what it leaves stands at the end of the result.
pub(crate) fn labels<'r>(
    own: Label<'r>,
    place: Place<'r>,
    form: Form<'r>,
) -> impl Iterator<Item = Label<'r>> {
    let total = form.text_length();
    let [prefix, symbol] = place.behind(0);
    let of_place = symbol.iter().chain(prefix.iter().rev());
    let of_text = form.pieces.into_iter().rev().flat_map(|piece| piece.iter().rev());
    let shared = if form.dropped > 0 {
        0
    } else {
        of_place.zip(of_text).take_while(|(a, b)| a == b).count()
    };
    let shorter = (0..=shared).map(move |left| Label {
        remove: place.length() + form.dropped - left,
        prefix: cut(form.pieces, total - left),
    });
    shorter.filter(move |label| label.length() <= DialString::LIMIT || *label == own)
}

/// The first bytes of a text in pieces.
fn cut(pieces: [&[u8]; 3], mut length: usize) -> [&[u8]; 3] {
    pieces.map(|piece| {
        let own = length.min(piece.len());
        length -= own;
        &piece[..own]
    })
}
