//! The recordings of the real client: `tests/corpus/client/*.jsonl`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::Value;

/// One recorded file, with the results of the real client.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Description of the file.
    pub name: String,
    /// The bytes of the file.
    pub file: Vec<u8>,
    /// Whether the client accepted the file.
    pub valid: bool,
    /// The client's error number; 0 if the file is valid.
    pub error: u64,
    /// How many rules the client kept.
    pub rules: usize,
    /// Numbers, and the results of the client.
    pub apply: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Every recorded file, in the order of the recordings.
pub(crate) fn recorded() -> Vec<Recorded> {
    let edge =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/client/edge.jsonl"));
    let random = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/corpus/client/random.jsonl"
    ));
    edge.lines().chain(random.lines()).map(line).collect()
}

fn line(raw: &str) -> Recorded {
    let line: Value = serde_json::from_str(&without_surrogates(raw)).unwrap();
    let file = match (&line["xml"], &line["xml_base64"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, text) => BASE64.decode(text.as_str().unwrap()).unwrap(),
    };
    let pair = |pair: &Value| (bytes(pair[0].as_str().unwrap()), bytes(pair[1].as_str().unwrap()));
    Recorded {
        name: line["name"].to_string(),
        file,
        valid: line["valid"].as_bool().unwrap(),
        error: line["error"].as_u64().unwrap(),
        rules: usize::try_from(line["rules"].as_u64().unwrap()).unwrap(),
        apply: line["apply"].as_array().unwrap().iter().map(pair).collect(),
    }
}

/// A lone surrogate U+DC80..U+DCFF of the JSON stands for one raw byte. serde_json refuses lone
/// surrogates, so they become private characters U+F780..U+F7FF before it sees them.
fn without_surrogates(raw: &str) -> String {
    let mut raw = raw.to_owned();
    while let Some(at) = raw.find("\\udc") {
        let byte = u8::from_str_radix(&raw[at + 4..at + 6], 16).unwrap();
        let private = char::from_u32(0xf700 + u32::from(byte)).unwrap();
        raw.replace_range(at..at + 6, &private.to_string());
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
