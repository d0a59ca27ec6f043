//! Elements of DER, to change certificates in ways that no library would.

/// Tag of `INTEGER`.
pub(crate) const INTEGER: u8 = 0x02;
/// Tag of `BIT STRING`.
const BIT_STRING: u8 = 0x03;
/// Tag of `OBJECT IDENTIFIER`.
const OBJECT_IDENTIFIER: u8 = 0x06;
/// Tag of `SEQUENCE`.
pub(crate) const SEQUENCE: u8 = 0x30;

/// An element: its tag and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) tag: u8,
    pub(crate) content: Vec<u8>,
}

impl Element {
    pub(crate) fn new(tag: u8, content: impl Into<Vec<u8>>) -> Self {
        Self { tag, content: content.into() }
    }

    /// A sequence of elements.
    pub(crate) fn sequence(elements: &[Self]) -> Self {
        Self::new(SEQUENCE, elements.iter().flat_map(Self::bytes).collect::<Vec<_>>())
    }

    /// A bit string of whole bytes.
    pub(crate) fn bits(bytes: &[u8]) -> Self {
        Self::new(BIT_STRING, [&[0], bytes].concat())
    }

    /// An algorithm without parameters; `number` is its object identifier as DER writes it.
    pub(crate) fn algorithm(number: &[u8]) -> Self {
        Self::sequence(&[Self::new(OBJECT_IDENTIFIER, number)])
    }

    /// The elements in the content.
    pub(crate) fn children(&self) -> Vec<Self> {
        let mut rest = self.content.as_slice();
        let mut children = Vec::new();
        while !rest.is_empty() {
            let (child, behind) = Self::read(rest);
            children.push(child);
            rest = behind;
        }
        children
    }

    /// The first element of these bytes, and the bytes behind it.
    pub(crate) fn read(bytes: &[u8]) -> (Self, &[u8]) {
        let (tag, first) = (bytes[0], bytes[1]);
        let long = if first < 0x80 { 0 } else { usize::from(first & 0x7f) };
        let begin = 2 + long;
        let length = match long {
            0 => usize::from(first),
            _ => bytes[2..begin].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
        };
        let end = begin + length;
        (Self::new(tag, &bytes[begin..end]), &bytes[end..])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = self.content.len();
        let mut bytes = vec![self.tag];
        if length < 0x80 {
            bytes.push(u8::try_from(length).unwrap());
        } else {
            let digits = length.to_be_bytes();
            let zeros = digits.iter().take_while(|digit| **digit == 0).count();
            let digits = &digits[zeros..];
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap());
            bytes.extend_from_slice(digits);
        }
        bytes.extend_from_slice(&self.content);
        bytes
    }
}
