//! Files in which a document type, an entity, a namespace prefix or an encoding decides what a
//! client dials for `123`. The expected results are those of libxml2.

mod attributes;
mod entities;

/// The result of a client with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Makes {
    /// The file is invalid.
    Invalid,
    /// The file is valid, and `123` becomes this.
    Of123(&'static str),
}

use Makes::{Invalid, Of123};

/// The rule of most cases: `123` becomes `523`.
const RULE: &str = "<DialRule NumDigits='3' DigitsToRemove='1' PrefixWith='5'/>";

/// No rule of the file applies.
const UNCHANGED: Makes = Of123("123");

/// A file with these declarations, attributes of the root, and content.
fn file(declarations: &str, root: &str, content: &str) -> String {
    format!("<!DOCTYPE x[{declarations}]><DialRules{root}>{content}</DialRules>")
}

/// A file whose one rule has these attributes beside the number of digits and the digits to remove.
fn rule(declarations: &str, attributes: &str) -> String {
    let rule = format!("<DialRule NumDigits='3' DigitsToRemove='1' {attributes}/>");
    file(declarations, "", &rule)
}

/// A file whose rule changes `123`, if its content is well-formed.
fn content(declarations: &str, content: &str) -> String {
    file(declarations, "", &format!("{RULE}{content}"))
}

/// The subject of each file, the file, and the result of a client.
pub(crate) fn all() -> Vec<(&'static str, String, Makes)> {
    [
        attributes::prefixes(),
        attributes::reserved(),
        attributes::defaults(),
        attributes::types(),
        attributes::names_as_before(),
        entities::entities(),
        entities::loops(),
        entities::parameters(),
        document_types(),
        encodings(),
    ]
    .concat()
}

fn document_types() -> Vec<(&'static str, String, Makes)> {
    let of = |text: &str| format!("{text}<DialRules>{RULE}</DialRules>");
    vec![
        ("no blank", of("<!DOCTYPEs>"), Of123("523")),
        ("no blank before a subset", of("<!DOCTYPEs[]>"), Of123("523")),
        ("blanks", of("<!DOCTYPE\n s\t[ ] >"), Of123("523")),
        ("no name", of("<!DOCTYPE>"), Invalid),
        ("small letters", of("<!doctype s>"), Invalid),
        ("system identifier", of("<!DOCTYPE s SYSTEM 'a>b'>"), Of123("523")),
        ("no blank before the identifier", of("<!DOCTYPE s SYSTEM'a'>"), Invalid),
        ("public identifier alone", of("<!DOCTYPE s PUBLIC 'a'>"), Invalid),
        ("public identifier of wrong characters", of("<!DOCTYPE s PUBLIC 'a{' 'b'>"), Invalid),
        ("subset before the identifier", of("<!DOCTYPE s [] SYSTEM 'a'>"), Invalid),
        ("twice", of("<!DOCTYPE s><!DOCTYPE s>"), Invalid),
        ("markup in comments", of("<!DOCTYPE s[<!-- ]> ' -->]>"), Of123("523")),
        ("markup in instructions", of("<!DOCTYPE s[<?p ]> ' ?>]>"), Of123("523")),
        ("markup in values", of("<!DOCTYPE s[<!ENTITY e ']>'>]>"), Of123("523")),
        ("two hyphens in a comment", of("<!DOCTYPE s[<!-- -- -->]>"), Invalid),
        ("xml in the subset", of("<!DOCTYPE s[<?xml version='1.0'?>]>"), Invalid),
        ("byte order mark after it", of("<!DOCTYPE s>\u{feff}"), Invalid),
        ("not closed", of("<!DOCTYPE s["), Invalid),
        ("notation without an identifier", of("<!DOCTYPE s[<!NOTATION n>]>"), Invalid),
        ("element type mixed", of("<!DOCTYPE s[<!ELEMENT a (#PCDATA|b)*>]>"), Of123("523")),
        ("element type mixed, not repeated", of("<!DOCTYPE s[<!ELEMENT a (#PCDATA|b)>]>"), Invalid),
        ("element type of two separators", of("<!DOCTYPE s[<!ELEMENT a (b,c|d)>]>"), Invalid),
    ]
}

fn encodings() -> Vec<(&'static str, String, Makes)> {
    let of = |name: &str| {
        format!("<?xml version='1.0' encoding='{name}'?><DialRules>{RULE}</DialRules>")
    };
    vec![
        ("UTF-8", of("UTF-8"), Of123("523")),
        ("utf8", of("utf8"), Of123("523")),
        ("utf_8", of("utf_8"), Of123("523")),
        ("US_ASCII", of("US_ASCII"), Of123("523")),
        ("latin-1", of("latin-1"), Of123("523")),
        ("windows-1252", of("windows-1252"), Of123("523")),
        ("iso-8859-15", of("iso-8859-15"), Of123("523")),
        (
            "instruction that looks like a declaration",
            of("ISO-8859-1")
                .replace("<?xml", "<?xmlx")
                .replace("PrefixWith", "\u{e9}='' PrefixWith"),
            Of123("523"),
        ),
        ("UTF-16", of("UTF-16"), Invalid),
        ("unknown", of("utf-9"), Invalid),
        ("not a name", of("8"), Invalid),
    ]
}
