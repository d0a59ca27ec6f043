//! `Registry.pol`, the file of registry policies ([MS-GPREG], version 1).

use super::utf16;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::{RegistryKey, Target};

/// The signature `PReg` and the version.
const HEADER: [u8; 8] = [b'P', b'R', b'e', b'g', 1, 0, 0, 0];

/// The type of a text.
const REG_SZ: u32 = 1;

/// With this, the name of an instruction begins.
const INSTRUCTION: &str = "**";

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let names = keys.iter().flat_map(RegistryKey::names);
    let cause = Cause::NamePrefix(INSTRUCTION);
    Refusals::collect(names.map(|name| match name.starts_with(INSTRUCTION) {
        true => Err(Refusal::new(Format::RegistryPol, name, cause.clone())),
        false => Ok(()),
    }))?;
    // an instruction has a blank as its value
    let removed = |name: &str| (format!("**Del.{name}"), " ".to_owned());
    let set = write(&keys, |key| {
        let set = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let removed = key.removed.iter().map(|name| removed(name));
        key.values.iter().map(set).chain(removed).collect()
    });
    let remove = write(&keys, |key| key.values.iter().map(|(name, _)| removed(name)).collect());
    let file = |folder, bytes, about| OutputFile {
        path: format!("{folder}/User/Registry.pol"),
        bytes,
        about,
    };
    Ok(vec![
        file("local-policy", set, "sets the values in the local policy of a PC, by `LGPO.exe /u`"),
        file("local-policy-remove", remove, "removes the values that the local policy sets"),
    ])
}

/// A file with these names and values for each key.
fn write(
    keys: &[RegistryKey<'_>],
    entries: impl Fn(&RegistryKey<'_>) -> Vec<(String, String)>,
) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for key in keys {
        for (name, value) in entries(key) {
            push(&mut bytes, key.path, &name, &value);
        }
    }
    bytes
}

/// Appends `[key;name;type;size;data]`. Texts have a final NUL.
fn push(bytes: &mut Vec<u8>, key: &str, name: &str, value: &str) {
    let data: Vec<u8> = utf16(value).chain([0, 0]).collect();
    let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
    bytes.extend(utf16("["));
    bytes.extend(utf16(key).chain([0, 0]));
    bytes.extend(utf16(";"));
    bytes.extend(utf16(name).chain([0, 0]));
    bytes.extend(utf16(";"));
    bytes.extend(REG_SZ.to_le_bytes());
    bytes.extend(utf16(";"));
    bytes.extend(size.to_le_bytes());
    bytes.extend(utf16(";"));
    bytes.extend(data);
    bytes.extend(utf16("]"));
}
