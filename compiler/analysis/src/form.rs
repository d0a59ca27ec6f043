//! What a rule does on a whole cone, in a form in which equal deeds are equal values.

use adr_engine::Rule;

/// On the numbers `v·x`: drop so many bytes of `x`, and put `head · tail` in front of the rest.
///
/// Where the alphabet has at least two symbols, two rules do the same to every number of a cone exactly
/// when their forms are equal (facts on analyses, section 3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'r> {
    /// Bytes of the free part that are dropped.
    pub(crate) dropped: usize,
    head: &'r [u8],
    tail: &'r [u8],
}

impl<'r> Form<'r> {
    /// The form of a rule on the cone of `prefix` among numbers of `length`; no rule is the identity.
    pub(crate) fn of(rule: Option<&'r Rule>, prefix: &'r [u8], length: usize) -> Self {
        let Some(rule) = rule else {
            return Self {
                dropped: 0,
                head: b"",
                tail: prefix,
            };
        };
        let removed = usize::try_from(rule.remove()).map_or(length, |remove| remove.min(length));
        Self {
            dropped: removed.saturating_sub(prefix.len()),
            head: rule.prefix().as_bytes(),
            tail: &prefix[removed.min(prefix.len())..],
        }
    }

    /// The constant text in front.
    pub(crate) fn text(&self) -> impl Iterator<Item = u8> {
        self.head.iter().chain(self.tail).copied()
    }

    pub(crate) fn text_length(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.dropped == other.dropped
            && self.text_length() == other.text_length()
            && self.text().eq(other.text())
    }

    /// Where two different forms give the same all the same: at which positions behind the prefix which
    /// bytes must stand. `None` where they differ everywhere.
    pub(crate) fn agreement(&self, other: &Self) -> Option<(usize, Vec<u8>)> {
        let (less, more) = if self.dropped < other.dropped {
            (self, other)
        } else {
            (other, self)
        };
        let extra = more.dropped - less.dropped;
        let fits = extra > 0
            && more.text_length() == less.text_length() + extra
            && more.text().take(less.text_length()).eq(less.text());
        fits.then(|| (less.dropped, more.text().skip(less.text_length()).collect()))
    }
}
