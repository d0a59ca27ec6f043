//! What a link does to packets: it loses, doubles and delays them, at random or as a test says.

use std::time::Duration;

/// How long a packet takes.
pub(crate) const DELAY: Duration = Duration::from_millis(20);

/// What happens to the packets of a link.
pub(crate) struct Faults {
    /// State of the pseudorandom numbers.
    state: u64,
    kind: Kind,
    /// Packets that the sender has put on the link.
    sent: u64,
}

enum Kind {
    None,
    /// Loses, doubles and delays packets in both directions.
    Any,
    /// Loses a percentage of the packets in both directions.
    Loss(u64),
    Doubled,
    /// Loses one packet of the sender, counted from 1.
    Losing(u64),
}

impl Faults {
    pub(crate) fn none() -> Self {
        Self { state: 1, kind: Kind::None, sent: 0 }
    }

    pub(crate) fn any(seed: u64) -> Self {
        Self { state: seed, kind: Kind::Any, sent: 0 }
    }

    pub(crate) fn loss(seed: u64, percent: u64) -> Self {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { state, kind: Kind::Loss(percent), sent: 0 }
    }

    pub(crate) fn doubled() -> Self {
        Self { kind: Kind::Doubled, ..Self::none() }
    }

    pub(crate) fn losing(packet: u64) -> Self {
        Self { kind: Kind::Losing(packet), ..Self::none() }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % limit
    }

    /// The delays after which a packet arrives, one for each copy.
    pub(crate) fn arrivals(&mut self, is_of_sender: bool) -> Vec<Duration> {
        self.sent += u64::from(is_of_sender);
        match self.kind {
            Kind::None => vec![DELAY],
            Kind::Doubled => vec![DELAY, DELAY],
            Kind::Losing(packet) if is_of_sender && packet == self.sent => vec![],
            Kind::Losing(_) => vec![DELAY],
            Kind::Loss(percent) => {
                if self.below(100) < percent {
                    vec![]
                } else {
                    vec![DELAY]
                }
            }
            Kind::Any => match self.below(12) {
                0 | 1 => vec![],
                2 => vec![DELAY, DELAY * 2],
                3 => vec![DELAY * u32::try_from(self.below(80)).unwrap()],
                _ => vec![DELAY],
            },
        }
    }
}
