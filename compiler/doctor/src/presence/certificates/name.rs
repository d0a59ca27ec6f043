//! Names of subjects and issuers, in the form of RFC 4514.

use std::fmt::Write;

use x509_parser::asn1_rs::Tag;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::MAX_NAME_CHARACTERS;

/// Short names of attributes: those of RFC 4514, and what Windows and OpenSSL show.
const SHORT: [(&str, &str); 14] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.42", "GN"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

/// The name with its last part first, as RFC 4514 writes it.
pub(super) fn text(name: &X509Name<'_>) -> String {
    let mut text = String::new();
    let parts: Vec<_> = name.iter_rdn().collect();
    for (index, part) in parts.iter().rev().enumerate() {
        for (inner, attribute) in part.iter().enumerate() {
            match (index, inner) {
                (0, 0) => {}
                (_, 0) => text.push(','),
                _ => text.push('+'),
            }
            let number = attribute.attr_type().to_id_string();
            let short = SHORT.iter().find(|(known, _)| *known == number);
            text.push_str(short.map_or(&*number, |(_, short)| short));
            text.push('=');
            escape(&value(attribute), &mut text);
        }
        if text.len() > MAX_NAME_CHARACTERS {
            break;
        }
    }
    bounded(&text)
}

/// The common names, with the first one first.
pub(super) fn common_names(name: &X509Name<'_>) -> Vec<String> {
    name.iter_common_name().take(MAX_COMMON_NAMES).map(|it| bounded(&value(it))).collect()
}

/// The most common names of a subject that are kept.
const MAX_COMMON_NAMES: usize = 100;

/// A text without control characters is kept; characters beyond the limit become `…`.
pub(super) fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The value of an attribute. Texts of unknown encoding are read as ISO 8859-1.
fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    let bytes = attribute.as_slice();
    match attribute.attr_value().tag() {
        Tag::BmpString => {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

fn escape(value: &str, text: &mut String) {
    let last = value.chars().count().saturating_sub(1);
    for (index, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            ' ' if index == 0 || index == last => text.push_str("\\ "),
            '#' if index == 0 => text.push_str("\\#"),
            control if control.is_control() => {
                let mut bytes = [0; 4];
                for byte in control.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "\\{byte:02X}");
                }
            }
            other => text.push(other),
        }
    }
}
