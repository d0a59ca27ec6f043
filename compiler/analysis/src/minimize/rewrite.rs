//! What a rule of the new list may do: how many bytes it removes and which prefix it writes. The
//! next hop of the ORTC paper.

use adr_engine::{DialString, Rule};

use crate::actions::Action;
use crate::normal_form::{NormalForm, Prefix, is_same_text};

/// A number of bytes to remove, and a prefix in parts.
///
/// Two rewrites that differ may have the same effect on the numbers with one prefix and not on
/// others. Equality compares their values; [`Rewrite::has_effect`] asks about one prefix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rewrite<'r> {
    remove: usize,
    prefix: [&'r [u8]; 3],
}

impl PartialEq for Rewrite<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.remove == other.remove
            && self.prefix_length() == other.prefix_length()
            && is_same_text(&self.prefix, &other.prefix)
    }
}

impl<'r> Rewrite<'r> {
    /// The rewrite of an action for numbers of `length`.
    pub(crate) fn of(action: Action<'r>, length: usize) -> Self {
        Self { remove: action.removed_from(length), prefix: [action.prefix, b"", b""] }
    }

    fn prefix_length(&self) -> usize {
        self.prefix.iter().map(|part| part.len()).sum()
    }

    /// The rule with this rewrite for numbers of `length` that begin with `begins_with`; `None`
    /// when a text is cut inside a character.
    ///
    /// A rule that leaves numbers unchanged removes its begins-with and puts it back, because CUCM
    /// rejects a rule that neither removes nor prefixes. `buffer` is reused to assemble the prefix.
    pub(crate) fn to_rule(
        self,
        begins_with: &[u8],
        length: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Rule> {
        let begins_with = std::str::from_utf8(begins_with).ok()?;
        let digits = i32::try_from(length).ok()?;
        if self.remove == 0 && self.prefix_length() == 0 {
            let remove = i32::try_from(begins_with.len()).ok()?;
            return Some(Rule::from_deployed(begins_with, digits, remove, begins_with));
        }
        buffer.clear();
        self.prefix.iter().for_each(|part| buffer.extend_from_slice(part));
        let prefix = std::str::from_utf8(buffer).ok()?;
        let remove = i32::try_from(self.remove).ok()?;
        Some(Rule::from_deployed(begins_with, digits, remove, prefix))
    }

    /// Whether the rewrite has the effect `form` on every number with a prefix.
    #[inline]
    pub(crate) fn has_effect(&self, prefix: Prefix<'_>, form: &NormalForm<'_>) -> bool {
        let [left, symbol] = prefix.suffix(self.remove);
        let [one, two, three] = self.prefix;
        self.remove.saturating_sub(prefix.length()) == form.dropped
            && self.prefix_length() + left.len() + symbol.len() == form.text_length()
            && is_same_text(&[one, two, three, left, symbol], &form.parts)
    }
}

/// All rewrites with the effect `form` on the numbers with a prefix; `own` is one of them.
///
/// Where free bytes are dropped there is only one. Elsewhere a rule may remove fewer bytes of the
/// prefix, as long as the bytes that it leaves stand at the end of the result's constant text.
pub(crate) fn rewrites<'r>(
    own: Rewrite<'r>,
    prefix: Prefix<'r>,
    form: NormalForm<'r>,
) -> impl Iterator<Item = Rewrite<'r>> {
    let total = form.text_length();
    let [text, symbol] = prefix.suffix(0);
    let of_prefix = symbol.iter().chain(text.iter().rev());
    let of_text = form.parts.into_iter().rev().flat_map(|part| part.iter().rev());
    let shared = if form.dropped > 0 {
        0
    } else {
        of_prefix.zip(of_text).take_while(|(a, b)| a == b).count()
    };
    let all = (0..=shared).map(move |left| Rewrite {
        remove: prefix.length() + form.dropped - left,
        prefix: cut(form.parts, total - left),
    });
    all.filter(move |rewrite| rewrite.prefix_length() <= DialString::LIMIT || *rewrite == own)
}

/// The first bytes of a text in parts.
fn cut(parts: [&[u8]; 3], mut length: usize) -> [&[u8]; 3] {
    parts.map(|part| {
        let own = length.min(part.len());
        length -= own;
        &part[..own]
    })
}
