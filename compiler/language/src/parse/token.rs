//! Tokens: small nom parsers over bytes. No token crosses a line end.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while, take_while1};
use nom::combinator::{map, opt, recognize, verify};
use nom::multi::many1_count;
use nom::sequence::{delimited, pair, separated_pair};
use nom::{IResult, Parser};

/// The input of a token parser.
pub(super) type Input<'t> = &'t [u8];

/// The result of a token parser. It has no cause of a failure; the production that reports it finds
/// the cause.
pub(super) type Token<'t> = IResult<Input<'t>, Input<'t>, ()>;

/// Spaces and tabs; a carriage return belongs to the line end after it.
pub(super) fn blanks(input: Input<'_>) -> Token<'_> {
    take_while(is_blank).parse(input)
}

/// `//` and what follows on the line.
pub(super) fn comment(input: Input<'_>) -> Token<'_> {
    recognize(pair(tag("//"), take_till(is_line_end))).parse(input)
}

/// A keyword or a name: letters, digits, `-` and `_`, not beginning with a digit or a dash.
pub(super) fn word(input: Input<'_>) -> Token<'_> {
    verify(take_while1(is_word), |word: &[u8]| is_word_start(word[0])).parse(input)
}

/// The text between two quotes on one line.
pub(super) fn quoted(input: Input<'_>) -> Token<'_> {
    delimited(tag("\""), take_till(|byte| byte == b'"' || is_line_end(byte)), tag("\""))
        .parse(input)
}

/// A run of `0-9 + * #`.
pub(super) fn dial_run(input: Input<'_>) -> Token<'_> {
    take_while1(is_dial).parse(input)
}

/// A class of characters: `[2-9]`, `[013-5]`, `[*#]`. Its content is checked when it is expanded.
pub(super) fn class(input: Input<'_>) -> Token<'_> {
    recognize(delimited(tag("["), take_while1(|byte| is_dial(byte) || byte == b'-'), tag("]")))
        .parse(input)
}

/// `${name}`
pub(super) fn placeholder(input: Input<'_>) -> Token<'_> {
    recognize(delimited(tag("${"), word, tag("}"))).parse(input)
}

/// Dial characters, classes and placeholders in any order.
pub(super) fn template(input: Input<'_>) -> Token<'_> {
    recognize(many1_count(alt((dial_run, class, placeholder)))).parse(input)
}

/// The two sides of `low..high`; each is a run of dial characters or one placeholder.
///
/// The upper side of an open range, `low..`, is empty.
pub(super) fn range(input: Input<'_>) -> IResult<Input<'_>, (Input<'_>, Input<'_>), ()> {
    let high = map(opt(range_side), Option::unwrap_or_default);
    separated_pair(range_side, tag(".."), high).parse(input)
}

/// Text up to the next blank, comma, semicolon, brace, quote or line end.
pub(super) fn chunk(input: Input<'_>) -> Token<'_> {
    take_while1(|byte| !ends_value(byte) && byte != b'"' && byte != b'{').parse(input)
}

/// The length in bytes of a bare value, valid or not: up to its end, where braces after `$` belong
/// to it.
pub(super) fn value_length(input: Input<'_>) -> usize {
    let mut at = 0;
    while let Some(byte) = input.get(at) {
        let here = &input[at..];
        match byte {
            b'$' if here.starts_with(b"${") => at += broken_placeholder(here),
            b'"' | b'{' => break,
            b'/' if here.starts_with(b"//") => break,
            byte if ends_value(*byte) => break,
            _ => at += 1,
        }
    }
    at
}

/// The length in bytes of `${…`, closed or not.
pub(super) fn broken_placeholder(input: Input<'_>) -> usize {
    let length = 2 + input[2..]
        .iter()
        .take_while(|byte| !ends_value(**byte) && !matches!(byte, b'{' | b'"'))
        .count();
    length + usize::from(input.get(length) == Some(&b'}'))
}

/// Whether a byte may directly follow a bare value.
pub(super) fn ends_value(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';' | b'}')
}

/// Whether a byte is a dial character.
pub(super) fn is_dial(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'*' | b'#')
}

/// Whether a keyword or name may begin with a byte.
pub(super) fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a byte separates tokens of a line.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

fn range_side(input: Input<'_>) -> Token<'_> {
    alt((dial_run, placeholder)).parse(input)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
