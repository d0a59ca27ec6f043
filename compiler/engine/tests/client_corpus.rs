//! The client reader agrees with the recorded real client on every line of its corpus.
#![allow(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use adr_engine::{apply, xml};
use serde_json::Value;

/// The bytes of a JSON string in which a lone surrogate U+DC80..U+DCFF stands for one raw byte.
///
/// serde_json refuses lone surrogates, so they are found in the raw text before it is parsed.
fn surrogate_byte(raw: &str) -> String {
    let mut raw = raw.to_owned();
    while let Some(at) = raw.find("\\udc") {
        let byte = u8::from_str_radix(&raw[at + 4..at + 6], 16).unwrap();
        raw.replace_range(
            at..at + 6,
            &char::from_u32(0xf700 + u32::from(byte))
                .unwrap()
                .to_string(),
        );
    }
    raw
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars()
        .flat_map(|c| match u32::from(c) {
            private @ 0xf780..=0xf7ff => vec![u8::try_from(private - 0xf700).unwrap()],
            _ => c.to_string().into_bytes(),
        })
        .collect()
}

/// Decodes base64 without line breaks.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = text
        .bytes()
        .filter_map(|byte| ALPHABET.find(char::from(byte)));
    let bits: String = sextets.map(|value| format!("{value:06b}")).collect();
    let whole = bits.as_bytes().chunks_exact(8);
    whole
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

fn disagreement(line: &Value) -> Option<String> {
    let file = match (&line["xml"], &line["xml_base64"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::String(text)) => base64(text),
        _ => return Some("no file".into()),
    };
    let read = xml::read_as_client(&file);
    let error = read.error.map_or(0, |error| u64::from(error.code()));
    let given = (read.error.is_none(), error, read.rules.len() as u64);
    let expected = (
        line["valid"].as_bool()?,
        line["error"].as_u64()?,
        line["rules"].as_u64()?,
    );
    if given != expected {
        return Some(format!(
            "valid, error, rules: {given:?}, the client says {expected:?}"
        ));
    }
    line["apply"].as_array()?.iter().find_map(|pair| {
        let number = bytes(pair[0].as_str()?);
        let result = apply(&read.rules, &number).result.into_owned();
        let expected = bytes(pair[1].as_str()?);
        (result != expected)
            .then(|| format!("{number:?} gives {result:?}, the client gives {expected:?}"))
    })
}

fn disagreements(corpus: &str) -> Vec<String> {
    let line = |raw: &str| -> Value { serde_json::from_str(&surrogate_byte(raw)).unwrap() };
    let lines = corpus.lines().map(line);
    lines
        .filter_map(|line| disagreement(&line).map(|why| format!("{}: {why}", line["name"])))
        .collect()
}

#[test]
fn agrees_on_every_line() {
    let edge = include_str!("../../../tests/corpus/client/edge.jsonl");
    let random = include_str!("../../../tests/corpus/client/random.jsonl");
    assert_eq!(edge.lines().count() + random.lines().count(), 447);
    assert_eq!(disagreements(edge), Vec::<String>::new());
    assert_eq!(disagreements(random), Vec::<String>::new());
}
