//! The registry of Windows, and the bootstrap file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use adr_diagnostic::Sources;
use adr_provision::{
    ClientFile, Hive, Key, MAX_FILE_BYTES, RUN_KEY, RUN_NAME, RawValue, read_client_file,
    read_registry,
};
use winsafe::co::{ERROR, KEY, REG_OPTION};
use winsafe::{HKEY, RegistryValue};

use super::super::read as read_file;
use crate::sources::InputError;

/// Reads the keys of this user and of the machine, and the bootstrap file if there is one.
///
/// Clients do not read the keys of the machine, so one of them that is not readable is left out.
///
/// Values are those that winsafe gives: a text ends at its first NUL, and a value of a type that
/// winsafe does not know, or whose bytes do not fit its type, has no bytes here. An export by `reg`
/// has all bytes of such values. Their type is not that of a text, and this is a finding in both
/// cases.
pub(in super::super) fn read(sources: &mut Sources) -> Result<Vec<ClientFile>, InputError> {
    let mut values = Vec::new();
    let keys = Key::ALL.map(|key| (key.path(), None)).into_iter();
    let keys = keys.chain([(RUN_KEY, Some(RUN_NAME))]);
    for (root, hive) in
        [(HKEY::CURRENT_USER, Hive::CurrentUser), (HKEY::LOCAL_MACHINE, Hive::Machine)]
    {
        for (path, only) in keys.clone() {
            match readable(&root, &hive, path, only) {
                Ok(read) => values.extend(read),
                Err(_) if hive == Hive::Machine => {}
                Err(reason) => return Err(unreadable(&hive, path, &reason)),
            }
        }
    }
    let mut files = vec![read_registry("registry of this PC", &values, sources)];
    if let Some(path) = bootstrap_file().filter(|path| path.exists()) {
        let path = path.display().to_string();
        let bytes = read_file(&path, MAX_FILE_BYTES as u64)?;
        files.push(read_client_file(&path, &bytes, sources));
    }
    Ok(files)
}

fn unreadable(hive: &Hive, path: &str, reason: &str) -> InputError {
    InputError::Unreadable {
        message: format!("{}\\{path}: {reason}", hive.name()),
        help: "run adrc as the user whose client you examine".to_owned(),
    }
}

/// The values of a key, or why it is not readable.
fn readable(
    root: &HKEY,
    hive: &Hive,
    path: &str,
    only: Option<&str>,
) -> Result<Vec<RawValue>, String> {
    // winsafe panics about a text that is not UTF-16, and its message would come before ours
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let read = catch_unwind(AssertUnwindSafe(|| key(root, hive, path, only)));
    std::panic::set_hook(hook);
    match read {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("a value is not UTF-16; export the key with `reg export`".to_owned()),
    }
}

/// A key and its values, or only the value `only`, so that names of other programs do not matter.
/// A key that does not exist has none.
fn key(root: &HKEY, hive: &Hive, path: &str, only: Option<&str>) -> Result<Vec<RawValue>, ERROR> {
    let opened = match root.RegOpenKeyEx(Some(path), REG_OPTION::NoValue, KEY::READ) {
        Err(ERROR::FILE_NOT_FOUND | ERROR::PATH_NOT_FOUND) => return Ok(Vec::new()),
        opened => opened?,
    };
    let of_key = |value| RawValue { hive: hive.clone(), key: path.to_owned(), value };
    let mut values = vec![of_key(None)];
    if let Some(name) = only {
        let (kind, bytes) = match opened.RegQueryValueEx(Some(name)) {
            Err(ERROR::FILE_NOT_FOUND) => return Ok(values),
            Err(ERROR::CALL_NOT_IMPLEMENTED | ERROR::INVALID_DATA) => (UNKNOWN_TYPE, Vec::new()),
            value => {
                let value = value?;
                (kind(&value), bytes(value))
            }
        };
        values.push(of_key(Some((name.to_owned(), kind, bytes))));
        return Ok(values);
    }
    for found in opened.RegEnumValue()? {
        let (name, kind) = found?;
        let bytes = match opened.RegQueryValueEx(Some(&name)) {
            // a type that winsafe does not know, or a number of another length
            Err(ERROR::CALL_NOT_IMPLEMENTED | ERROR::INVALID_DATA) => Vec::new(),
            value => bytes(value?),
        };
        values.push(of_key(Some((name, kind.raw(), bytes))));
    }
    Ok(values)
}

/// Stands for the number of a type that winsafe does not give; no type has it.
const UNKNOWN_TYPE: u32 = u32::MAX;

/// The number of a value's type (`REG_NONE` to `REG_QWORD` of winnt.h).
fn kind(value: &RegistryValue) -> u32 {
    match value {
        RegistryValue::None => 0,
        RegistryValue::Sz(_) => 1,
        RegistryValue::ExpandSz(_) => 2,
        RegistryValue::Binary(_) => 3,
        RegistryValue::Dword(_) => 4,
        RegistryValue::MultiSz(_) => 7,
        RegistryValue::Qword(_) => 11,
    }
}

/// The bytes of a value as they are in the registry.
fn bytes(value: RegistryValue) -> Vec<u8> {
    let utf16 = |text: &str| -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    };
    match value {
        RegistryValue::Binary(bytes) => bytes,
        RegistryValue::Dword(number) => number.to_le_bytes().to_vec(),
        RegistryValue::Qword(number) => number.to_le_bytes().to_vec(),
        RegistryValue::Sz(text) | RegistryValue::ExpandSz(text) => utf16(&text),
        RegistryValue::MultiSz(texts) => {
            texts.iter().flat_map(|text| utf16(text)).chain([0, 0]).collect()
        }
        RegistryValue::None => Vec::new(),
    }
}

fn bootstrap_file() -> Option<PathBuf> {
    let folder = std::env::var_os("ProgramData")?;
    let path = PathBuf::from(folder).join("Cisco Systems").join("Cisco Jabber");
    Some(path.join("jabber-bootstrap.properties"))
}
