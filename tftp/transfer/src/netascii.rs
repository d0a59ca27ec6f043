//! Netascii, the text mode of TFTP: a line ends with CR LF, and any other CR is followed by NUL
//! (RFC 764).

use std::collections::VecDeque;

/// The number of bytes that `text` has in netascii.
pub(crate) fn encoded_len(text: &[u8]) -> u64 {
    let doubled = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    (text.len() + doubled) as u64
}

/// Appends `text` in netascii. Each byte is encoded by itself, so a text can come in pieces.
pub(crate) fn encode(text: &[u8], encoded: &mut VecDeque<u8>) {
    for byte in text {
        match byte {
            b'\n' => encoded.extend(b"\r\n"),
            b'\r' => encoded.extend(b"\r\0"),
            byte => encoded.push_back(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &[u8]) -> Vec<u8> {
        let mut encoded = VecDeque::new();
        encode(text, &mut encoded);
        encoded.into()
    }

    #[test]
    fn line_ends_and_carriage_returns_are_encoded() {
        assert_eq!(encoded(b"a\nb\rc\r\n"), b"a\r\nb\r\0c\r\0\r\n");
    }

    proptest! {
        #[test]
        fn length_is_that_of_the_encoded_text(
            text in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..50),
        ) {
            prop_assert_eq!(encoded(&text).len() as u64, encoded_len(&text));
        }
    }
}
