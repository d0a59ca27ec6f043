//! Stand-ins for names of hosts and for addresses.
//!
//! A name is replaced label by label, so that a wildcard still covers what it covered, and a name
//! that differs in case only still differs in case only.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::presence::retirement::LABELS;

/// The letters of a stand-in, whose case tells apart labels that differ in case only.
const LETTERS: &str = "label";

/// The stand-ins that were given so far.
#[derive(Default)]
pub(super) struct Names {
    /// Of labels in lower case: the number, and the spellings that were seen.
    labels: HashMap<String, (usize, Vec<String>)>,
    addresses: HashMap<IpAddr, IpAddr>,
}

impl Names {
    /// A host name, an address as text, or any other text with names in it. Blanks, control
    /// characters and punctuation that no host name has remain.
    pub(super) fn text(&mut self, text: &str) -> String {
        if let Ok(address) = text.parse::<IpAddr>()
            && address.to_string() == text
        {
            return self.address(address).to_string();
        }
        // another spelling of an address of IPv6 stays one: its letters are in upper case
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return self.address(IpAddr::V6(address)).to_string().to_uppercase();
        }
        let mut anonymous = String::new();
        let mut label = String::new();
        for c in text.chars() {
            if is_separator(c) {
                anonymous += &self.label(&label);
                label.clear();
                anonymous.push(c);
            } else {
                label.push(c);
            }
        }
        anonymous + &self.label(&label)
    }

    fn label(&mut self, label: &str) -> String {
        let lower = label.to_ascii_lowercase();
        let is_public = LABELS.contains(&lower.as_str());
        if is_public || matches!(lower.as_str(), "" | "*" | "http" | "https") {
            return label.to_owned();
        }
        let next = self.labels.len() + 1;
        let (number, spellings) = self.labels.entry(lower).or_insert((next, Vec::new()));
        let spelling = match spellings.iter().position(|one| one == label) {
            Some(spelling) => spelling,
            None => {
                spellings.push(label.to_owned());
                spellings.len() - 1
            }
        };
        format!("{}{number}", spelled(spelling))
    }

    /// An address of the same family, from the ranges for documentation while they last.
    pub(super) fn address(&mut self, address: IpAddr) -> IpAddr {
        let next = u32::try_from(self.addresses.len() + 1).unwrap_or(u32::MAX);
        *self.addresses.entry(address).or_insert(match address {
            IpAddr::V4(_) if next < 255 => IpAddr::V4(Ipv4Addr::from(0xc000_0200 + next)),
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(0xf000_0000 | next)),
            IpAddr::V6(_) => {
                let documentation = u128::from(0x2001_0db8_u32) << 96;
                IpAddr::V6(Ipv6Addr::from(documentation + u128::from(next)))
            }
        })
    }
}

/// Whether a character parts labels.
fn is_separator(c: char) -> bool {
    c == '.' || c.is_whitespace() || c.is_control() || "/@,;\\?:[]".contains(c)
}

/// The letters with the case of a spelling: bit by bit, with the first one in lower case.
fn spelled(spelling: usize) -> String {
    let letter = |(bit, c): (usize, char)| match spelling >> bit & 1 {
        0 => c,
        _ => c.to_ascii_uppercase(),
    };
    LETTERS.chars().enumerate().map(letter).collect()
}
