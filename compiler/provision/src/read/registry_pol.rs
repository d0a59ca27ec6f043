//! Reads Registry.pol: the registry part of a group policy, in the format PReg of MS-GPREG.
//!
//! ```text
//! "PReg" 01 00 00 00  then  [key NUL;value NUL;type;size;data]…  in UTF-16LE
//! ```

use adr_diagnostic::Sources;
use thiserror::Error;

use super::limited_report::LimitedReport;
use super::registry_values::Listing;
use super::relevance::is_relevant;
use super::{ClientFile, MAX_VALUES, span};
use crate::finding::DAMAGED_REGISTRY_POL;
use crate::observed::{Change, Hive};
use crate::registry_data::RegistryData;

/// The first bytes of a file.
const SIGNATURE: &[u8] = b"PReg";

/// Version 1, the only one that exists.
const HEADER: &[u8] = b"PReg\x01\0\0\0";

/// Longest key or name of a value, in UTF-16 units.
const MAX_NAME_UNITS: usize = 32_767;

/// Largest data of a value, in bytes. MS-GPREG allows 0xffff.
const MAX_DATA_BYTES: usize = 0xffff;

/// Why the bytes of a file are not the entries of a policy.
#[derive(Debug, PartialEq, Eq, Error)]
enum Damage {
    #[error("the file does not begin with `PReg` and version 1")]
    Header,
    #[error("the file ends inside an entry")]
    Cut,
    #[error("`{expected}` is expected here")]
    Delimiter { expected: char },
    #[error("a name is not UTF-16")]
    NotText,
    #[error("a name has more than {MAX_NAME_UNITS} UTF-16 units")]
    LongName,
    #[error("an entry has {given} bytes of data, and the limit is {MAX_DATA_BYTES}")]
    LongData { given: u32 },
}

/// An entry.
#[derive(Debug)]
struct Entry<'b> {
    key: String,
    name: String,
    kind: u32,
    data: &'b [u8],
}

/// Whether this is a Registry.pol, by its content or its name.
pub(super) fn is_registry_pol(name: &str, bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE) || name.to_ascii_lowercase().ends_with(".pol")
}

/// Reads a Registry.pol. The hive follows from the folder: `Machine`, else that of the user.
pub(super) fn read(name: &str, bytes: &[u8], sources: &mut Sources) -> ClientFile {
    let hive = hive_of(name);
    let mut listing = Listing::default();
    let mut damaged = None;
    for entry in entries(bytes) {
        match entry {
            Ok(entry) if is_relevant(&entry.key, removes_keys(&entry.name)) => {
                for (key, change) in changes(entry) {
                    // one more than the limit, so that the listing reports it
                    if listing.len() <= MAX_VALUES {
                        listing.add(&hive, &key, change);
                    }
                }
            }
            Ok(_) => {}
            Err((at, damage)) => {
                let place = listing.line(&format!("byte {at}: {damage}"));
                damaged = Some((at, damage, place));
            }
        }
    }
    let mut file = listing.finish(name, sources);
    let mut report = LimitedReport::default();
    if let Some((at, damage, (start, end))) = damaged {
        let source = sources.iter().last().map(|(source, _)| source);
        let found = DAMAGED_REGISTRY_POL.found(format!("`{name}`: byte {at}: {damage}"));
        let found = found.with_help("copy the file again from the folder of the policy");
        report.push(match source {
            Some(source) => found.at(span(source, start, end)),
            None => found,
        });
    }
    file.report.append(report.into_report());
    file
}

/// The hive, by the last folder `Machine` or `User` in the path.
fn hive_of(name: &str) -> Hive {
    let is_machine = |part: &str| part.eq_ignore_ascii_case("machine");
    let is_user = |part: &str| part.eq_ignore_ascii_case("user");
    let folder = name.rsplit(['/', '\\']).find(|part| is_machine(part) || is_user(part));
    if folder.is_some_and(is_machine) { Hive::Machine } else { Hive::CurrentUser }
}

/// The entries, up to the first damage.
fn entries(bytes: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, (usize, Damage)>> {
    let mut cursor = Cursor { bytes, at: HEADER.len() };
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        if !bytes.starts_with(HEADER) {
            is_over = true;
            let matching = bytes.iter().zip(HEADER).take_while(|(a, b)| a == b).count();
            let is_cut = matching == bytes.len();
            return Some(Err((matching, if is_cut { Damage::Cut } else { Damage::Header })));
        }
        if cursor.at == bytes.len() {
            return None;
        }
        let entry = cursor.entry();
        is_over = entry.is_err();
        Some(entry.map_err(|damage| (cursor.at, damage)))
    })
}

/// A position in the bytes.
#[derive(Debug)]
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn entry(&mut self) -> Result<Entry<'b>, Damage> {
        self.delimiter('[')?;
        let key = self.name()?;
        self.delimiter(';')?;
        let name = self.name()?;
        self.delimiter(';')?;
        let kind = self.number()?;
        self.delimiter(';')?;
        let size = self.number()?;
        self.delimiter(';')?;
        let length = usize::try_from(size).unwrap_or(usize::MAX);
        if length > MAX_DATA_BYTES {
            return Err(Damage::LongData { given: size });
        }
        let data = self.take(length)?;
        self.delimiter(']')?;
        Ok(Entry { key, name, kind, data })
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Damage> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..length).ok_or(Damage::Cut)?;
        self.at += length;
        Ok(taken)
    }

    fn delimiter(&mut self, expected: char) -> Result<(), Damage> {
        let at = self.at;
        let is_expected = self.unit()? == u32::from(expected);
        if !is_expected {
            self.at = at;
        }
        is_expected.then_some(()).ok_or(Damage::Delimiter { expected })
    }

    fn unit(&mut self) -> Result<u32, Damage> {
        let bytes = self.take(2)?;
        Ok(u32::from(bytes[0]) | u32::from(bytes[1]) << 8)
    }

    fn number(&mut self) -> Result<u32, Damage> {
        let (low, high) = (self.unit()?, self.unit()?);
        Ok(low | high << 16)
    }

    /// A text up to its NUL.
    fn name(&mut self) -> Result<String, Damage> {
        let mut units = Vec::new();
        loop {
            match u16::try_from(self.unit()?).unwrap_or_default() {
                0 => return String::from_utf16(&units).map_err(|_| Damage::NotText),
                _ if units.len() >= MAX_NAME_UNITS => return Err(Damage::LongName),
                unit => units.push(unit),
            }
        }
    }
}

/// Whether a value of this name removes keys below the key.
fn removes_keys(name: &str) -> bool {
    name.eq_ignore_ascii_case("**DeleteKeys")
}

/// What an entry does, with the key that it changes.
fn changes(entry: Entry<'_>) -> Vec<(String, Change)> {
    let Entry { key, name, kind, data, .. } = entry;
    let lower = name.to_ascii_lowercase();
    let list = || match RegistryData::of_bytes(kind, data) {
        RegistryData::Text(list) => list,
        _ => String::new(),
    };
    let of_key = |change| vec![(key.clone(), change)];
    match lower.strip_prefix("**") {
        None if name.is_empty() => of_key(Change::Create),
        None => {
            let data = RegistryData::of_bytes(kind, data);
            of_key(Change::Set { name, data, only_if_absent: false })
        }
        Some(command) if command.starts_with("delvals") => of_key(Change::Clear),
        Some(command) if command.starts_with("del.") => {
            of_key(Change::Unset { name: name["**del.".len()..].to_owned() })
        }
        Some("deletevalues") => {
            let list = list();
            let names = list.split(';').filter(|name| !name.is_empty());
            names.map(|name| (key.clone(), Change::Unset { name: name.to_owned() })).collect()
        }
        Some("deletekeys") => {
            let list = list();
            let names = list.split(';').filter(|name| !name.is_empty());
            names.map(|name| (format!("{key}\\{name}"), Change::Remove)).collect()
        }
        Some(command) if command.starts_with("soft.") => {
            let (name, data) =
                (name["**soft.".len()..].to_owned(), RegistryData::of_bytes(kind, data));
            of_key(Change::Set { name, data, only_if_absent: true })
        }
        // `**SecureKey` changes rights only
        Some(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use adr_diagnostic::Sources;

    use super::{Damage, entries, read};
    use crate::observed::{Change, Content, Hive};

    const KEY: &str = r"Software\Policies\Cisco Systems, Inc.\Client Services Framework\AdminData";

    fn entry(key: &str, name: &str, kind: u32, data: &[u8]) -> Vec<u8> {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let size = u32::try_from(data.len()).unwrap();
        let mut bytes = utf16(&format!("[{key}\0;{name}\0;"));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(utf16(";"));
        bytes.extend(size.to_le_bytes());
        bytes.extend(utf16(";"));
        bytes.extend(data);
        bytes.extend(utf16("]"));
        bytes
    }

    fn file(entries: &[Vec<u8>]) -> Vec<u8> {
        [super::HEADER.to_vec(), entries.concat()].concat()
    }

    fn change_of(name: &str, data: &[u8]) -> Vec<Change> {
        let bytes = file(&[entry(KEY, name, 1, data)]);
        match read("User/Registry.pol", &bytes, &mut Sources::new()).content {
            Some(Content::Registry(changes)) => {
                changes.into_iter().map(|change| change.change).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn file_cut_at_any_byte_is_damaged() {
        let one = entry(KEY, "TftpServer1", 1, b"1\0\0\0");
        let whole = file(&[one.clone(), one.clone()]);
        for end in 0..whole.len() {
            let is_between = end == super::HEADER.len() || end == super::HEADER.len() + one.len();
            let found = read("Registry.pol", &whole[..end], &mut Sources::new());
            assert_eq!(found.report.has_errors(), !is_between, "{end}");
            let last = entries(&whole[..end]).last();
            assert_eq!(matches!(last, Some(Err((_, Damage::Cut)))), !is_between, "{end}");
        }
    }

    #[test]
    fn commands_of_a_policy_are_changes() {
        let unset = |name: &str| Change::Unset { name: name.to_owned() };
        assert_eq!(change_of("**Del.TftpServer1", b" \0\0\0"), [unset("TftpServer1")]);
        assert_eq!(change_of("**DelVals.", b" \0\0\0"), [Change::Clear]);
        assert_eq!(change_of("**delvals", b""), [Change::Clear]);
        assert_eq!(change_of("**DeleteValues", b"a\0;\0b\0\0\0"), [unset("a"), unset("b")]);
        assert_eq!(change_of("**DeleteKeys", b"a\0\0\0"), [Change::Remove]);
        assert_eq!(change_of("**SecureKey", b""), []);
        assert!(matches!(
            change_of("**Soft.a", b"b\0\0\0").as_slice(),
            [Change::Set { only_if_absent: true, .. }]
        ));
    }

    #[test]
    fn folder_decides_the_hive() {
        assert_eq!(super::hive_of(r"C:\GPO\Machine\Registry.pol"), Hive::Machine);
        assert_eq!(super::hive_of("User/machine/Registry.pol"), Hive::Machine);
        for user in ["gpo/User/Registry.pol", "machine/User/Registry.pol", "machine.pol", "x.pol"] {
            assert_eq!(super::hive_of(user), Hive::CurrentUser, "{user}");
        }
    }

    #[test]
    fn wrong_delimiter_has_its_place() {
        let mut whole = file(&[entry(KEY, "a", 1, b"")]);
        let last = whole.len() - 2;
        whole[last] = b')';
        let damage = Damage::Delimiter { expected: ']' };
        assert_eq!(entries(&whole).last().unwrap().unwrap_err(), (last, damage));
    }
}
