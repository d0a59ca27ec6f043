//! Writes the first message of a client.

use std::io;

use rustls::crypto::ring;

/// Cipher suites of TLS 1.3, then of 1.2 and older versions, with those that only old servers take.
/// No data is sent with them.
const SUITES: [u16; 33] = [
    0x1301, 0x1302, 0x1303, // TLS 1.3
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, // ECDHE with GCM and ChaCha20
    0xc023, 0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014, // ECDHE with CBC
    0x009e, 0x009f, 0x0067, 0x006b, 0x0033, 0x0039, 0x0016, // DHE
    0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x000a, // RSA
    0x0005, 0x0004, // RC4
];

/// Groups: X25519, P-256, P-384, P-521 and two of Diffie and Hellman.
const GROUPS: [u16; 6] = [0x001d, 0x0017, 0x0018, 0x0019, 0x0100, 0x0101];

/// Signatures: ECDSA, RSA-PSS, RSA with PKCS#1, Ed25519, and those with SHA-1.
const SIGNATURES: [u16; 13] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807, 0x0808, 0x0203,
    0x0201,
];

const TLS_1_2: u16 = 0x0303;
const TLS_1_3: u16 = 0x0304;

/// The first message, in a record, that offers exactly this version.
pub(super) fn hello(name: Option<&str>, version: u16) -> io::Result<Vec<u8>> {
    let mut random = [0; 64];
    let provider = ring::default_provider();
    provider.secure_random.fill(&mut random).map_err(|_| io::Error::other("no random numbers"))?;
    let (random, session) = random.split_at(32);
    let mut body = version.min(TLS_1_2).to_be_bytes().to_vec();
    body.extend_from_slice(random);
    body.extend(short(if version == TLS_1_3 { session } else { &[] }));
    body.extend(long(&numbers(&SUITES)));
    // no compression
    body.extend(short(&[0]));
    body.extend(long(&extensions(name, version)));
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    let message = [&[1, length[1], length[2], length[3]], &body[..]].concat();
    Ok([&[22, 3, 1], &long(&message)[..]].concat())
}

fn extensions(name: Option<&str>, version: u16) -> Vec<u8> {
    let mut all = Vec::new();
    let mut add = |kind: u16, content: &[u8]| {
        all.extend_from_slice(&kind.to_be_bytes());
        all.extend(long(content));
    };
    if let Some(name) = name {
        add(0, &long(&[&[0], &long(name.as_bytes())[..]].concat()));
    }
    add(10, &long(&numbers(&GROUPS)));
    add(11, &short(&[0]));
    // secure renegotiation, without which some servers refuse
    add(0xff01, &short(&[]));
    if version >= TLS_1_2 {
        add(13, &long(&numbers(&SIGNATURES)));
    }
    if version == TLS_1_3 {
        add(43, &short(&TLS_1_3.to_be_bytes()));
        add(45, &short(&[1]));
        // no key share: the server asks for one
        add(51, &long(&[]));
    }
    all
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Bytes after their length in one byte. Longer ones are left out.
fn short(bytes: &[u8]) -> Vec<u8> {
    match u8::try_from(bytes.len()) {
        Ok(length) => [&[length], bytes].concat(),
        Err(_) => vec![0],
    }
}

/// Bytes after their length in two bytes. Longer ones are left out.
fn long(bytes: &[u8]) -> Vec<u8> {
    match u16::try_from(bytes.len()) {
        Ok(length) => [&length.to_be_bytes(), bytes].concat(),
        Err(_) => vec![0, 0],
    }
}
