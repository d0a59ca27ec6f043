//! What CUCM does with a number.

/// What CUCM does with a number that a client sends out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Treatment {
    /// No pattern matches the number.
    Untaken,
    /// The closest pattern blocks the call.
    Blocked,
    /// The closest pattern is flagged as an emergency number.
    Emergency,
    /// The closest pattern asks for a forced authorization code (FAC).
    AuthorizationCode,
    /// The closest pattern asks for a client matter code (CMC).
    ClientCode,
    /// The closest pattern is a translation pattern: CUCM changes the number and looks again.
    Translated,
    /// A numbering plan (`@`), or an order of equally close patterns that is not known, decides.
    Undecided,
    /// A route pattern takes the number, and nothing else is known about it.
    Routed,
}

impl Treatment {
    /// All treatments, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Untaken,
        Self::Blocked,
        Self::Emergency,
        Self::AuthorizationCode,
        Self::ClientCode,
        Self::Translated,
        Self::Undecided,
        Self::Routed,
    ];
}

/// A set of treatments. A pattern can ask for both codes, for example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Treatments(u8);

impl Treatments {
    /// Whether a treatment is in the set.
    #[must_use]
    pub fn contains(self, treatment: Treatment) -> bool {
        self.0 & Self::from(treatment).0 != 0
    }

    /// Whether the set has no treatment.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The treatments in the set, the worst first.
    pub fn iter(self) -> impl Iterator<Item = Treatment> {
        Treatment::ALL.into_iter().filter(move |treatment| self.contains(*treatment))
    }

    /// The treatments of both sets.
    #[must_use]
    pub fn with(self, other: impl Into<Self>) -> Self {
        Self(self.0 | other.into().0)
    }

    /// The treatments that are in this set and not in the other one.
    #[must_use]
    pub fn without(self, other: impl Into<Self>) -> Self {
        Self(self.0 & !other.into().0)
    }
}

impl From<Treatment> for Treatments {
    fn from(treatment: Treatment) -> Self {
        Self(1 << treatment as u8)
    }
}

impl FromIterator<Treatment> for Treatments {
    fn from_iter<T: IntoIterator<Item = Treatment>>(treatments: T) -> Self {
        treatments.into_iter().fold(Self::default(), Self::with)
    }
}
