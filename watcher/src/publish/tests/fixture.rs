//! Artifacts, folders and signers for the tests, and the files that a reader sees in a folder.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::Path;

use adr_bundle::signature::SignatureError;
use adr_bundle::{FileError, Folder, Manifest};
use adr_language::{Artifacts, DialPlan, EntryFile, Levels, ReadError, World, load};
use tempfile::TempDir;

use crate::publish::disk::Disk;
use crate::publish::{PublishError, Published, Publisher, Signed, Signer, Switch};

/// A world in which every file has this text.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// Artifacts of a dial plan whose rule has this prefix, with a site or without.
pub(crate) fn artifacts(prefix: usize, with_site: bool) -> Artifacts {
    let site = "site \"Dallas\" { clients 10.0.0.0/8; application { rule \"D\" { begins-with 5; digits 7; prefix 8 } } }";
    let site = if with_site { site.replace("; ", "\n") } else { String::new() };
    let rule = format!("rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }}");
    let text = Text(format!("application {{ {rule} }}\n{site}\n"));
    let entry = EntryFile { path: "plan.adr".into(), root: String::new() };
    let checked = load(&text, &[entry]).check(&Levels::default());
    let report = format!("{:?}", checked.report());
    let book: Option<DialPlan> = checked.into_plan();
    book.expect(&report).artifacts()
}

/// A signer whose signatures name the generation and the size of the manifest.
#[derive(Clone, Copy)]
pub(crate) struct TestSigner<'s> {
    /// Whether signing succeeds.
    pub(crate) can_sign: bool,
    /// Whether every signature is fresh.
    pub(crate) is_fresh: bool,
    /// Whether a signature is due for renewal, by manifest and signature.
    pub(crate) is_due: &'s dyn Fn(&[u8], &str) -> bool,
}

/// The forms of `current` that publishers of this system can make.
pub(crate) fn switches() -> &'static [Switch] {
    if cfg!(unix) { &[Switch::Link, Switch::Pointer] } else { &[Switch::Pointer] }
}

/// A signer whose signatures are fresh and never due.
pub(crate) const SIGNER: TestSigner<'_> =
    TestSigner { can_sign: true, is_fresh: true, is_due: &|_, _| false };

impl Signer for TestSigner<'_> {
    fn sign(&self, manifest: &[u8], signed: &Signed<'_>) -> Result<String, SignatureError> {
        match self.can_sign {
            true => Ok(format!("{}: {} bytes\n", signed.generation, manifest.len())),
            false => Err(SignatureError::NotASecretKey),
        }
    }

    fn is_fresh(&self, _: &[u8], _: &str, _: Option<&str>) -> bool {
        self.is_fresh
    }

    fn is_due(&self, manifest: &[u8], signature: &str) -> bool {
        (self.is_due)(manifest, signature)
    }
}

/// A publisher into a folder, at time 0.
pub(crate) fn publisher(folder: &Path) -> Publisher<'_> {
    Publisher::new(folder, "test", 0)
}

/// Publishes with a certain form of `current`.
pub(crate) fn publish_by(
    switch: Switch,
    folder: &Path,
    artifacts: &Artifacts,
) -> Result<Published, PublishError> {
    publisher(folder).switching_by(switch).publish(artifacts, || Ok(()))
}

/// Publishes on a certain disk.
pub(crate) fn publish_on(
    disk: &Disk,
    folder: &Path,
    artifacts: &Artifacts,
) -> Result<Published, PublishError> {
    publisher(folder).on(disk).publish(artifacts, || Ok(()))
}

/// Publishes.
pub(crate) fn publish(folder: &Path, artifacts: &Artifacts) -> Result<Published, PublishError> {
    publish_on(&Disk::new(), folder, artifacts)
}

/// Asserts that a result is this error, with the same values in all fields.
#[track_caller]
pub(crate) fn assert_error<T: Debug>(result: Result<T, PublishError>, expected: &PublishError) {
    let found = result.unwrap_err();
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

/// What a reader sees: every file that the manifest names, verified; `None` if nothing is
/// published.
pub(crate) fn visible(folder: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let manifest = Manifest::parse(&read_current(folder, Manifest::FILE_NAME).ok()?).unwrap();
    let read = |path: &str| read_current(folder, path).map_err(FileError::from);
    manifest.verify(|listed| read(&listed.path)).unwrap();
    Some(manifest.files.iter().map(|file| (file.path.clone(), read(&file.path).unwrap())).collect())
}

/// A file of the generation that a reader sees.
pub(crate) fn read_current(folder: &Path, name: &str) -> io::Result<Vec<u8>> {
    Ok(Folder::current(folder)?.read(name, u64::MAX)?.bytes)
}

/// What a reader sees after these artifacts were published.
pub(crate) fn content(artifacts: &Artifacts) -> Option<BTreeMap<String, Vec<u8>>> {
    let files = artifacts.files.iter();
    Some(files.map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect())
}

/// A new folder; in memory where the system has such a folder, since the tests publish hundreds of
/// times and every file is synced.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Asserts that no temporary names are left, every link has a target, and no generation is newer
/// than the current one.
pub(crate) fn assert_no_leftovers(folder: &Path) {
    for place in [folder.to_owned(), folder.join("generations")] {
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_temporary =
                [".new-", ".old-", ".link"].iter().any(|prefix| name.starts_with(prefix));
            assert!(!is_temporary, "{name}");
            assert!(entry.path().exists(), "{name} has no target");
        }
    }
    let generations = fs::read_dir(folder.join("generations")).unwrap();
    let numbers =
        generations.map(|entry| entry.unwrap().file_name().into_string().unwrap().parse().unwrap());
    let latest: u64 = numbers.max().unwrap();
    assert_eq!(generation(folder), latest);
}

/// The number of the current generation, 0 if there is none.
pub(crate) fn generation(folder: &Path) -> u64 {
    let text = read_current(folder, Manifest::FILE_NAME);
    text.map_or(0, |text| Manifest::parse(&text).unwrap().generation)
}
