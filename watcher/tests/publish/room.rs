//! Books, folders, and what a reader sees in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use adr_bundle::Manifest;
use adr_language::{Artefacts, Entry, Levels, ReadError, RuleBook, World, load};
use adr_watcher::publish::{Disk, PublishError, Published, Publisher};
use tempfile::TempDir;

/// One text, whatever it is called.
struct Text(String);

impl World for Text {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// A book whose rule has this prefix, with a site or without.
pub(crate) fn artefacts(prefix: usize, with_site: bool) -> Artefacts {
    let site = "site \"Dallas\" { clients 10.0.0.0/8; application { rule \"D\" { begins-with 5; digits 7; prefix 8 } } }";
    let site = if with_site { site.replace("; ", "\n") } else { String::new() };
    let rule = format!("rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }}");
    let text = Text(format!("application {{ {rule} }}\n{site}\n"));
    let entry = Entry { path: "plan.adr".into(), root: String::new() };
    let checked = load(&text, &[entry]).check(&Levels::default());
    let report = format!("{:?}", checked.report());
    let book: Option<RuleBook> = checked.into_book();
    book.expect(&report).artefacts()
}

/// Publishes into a folder, at no time.
pub(crate) fn publisher(folder: &Path) -> Publisher<'_> {
    Publisher::new(folder, "test", 0)
}

pub(crate) fn put(
    folder: &Path,
    artefacts: &Artefacts,
    disk: &Disk,
) -> Result<Published, PublishError> {
    publisher(folder).on(disk).publish(artefacts, || Ok(()))
}

/// What a reader sees: every file that the manifest names, verified; `None` where nothing is
/// published.
pub(crate) fn seen(folder: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let manifest = fs::read(folder.join("current/manifest.json")).ok()?;
    let manifest = Manifest::parse(&manifest).unwrap();
    let read =
        |path: &str| fs::read(folder.join("current").join(path)).map_err(|error| error.to_string());
    manifest.verify(|listed| Ok(fs::read(folder.join("current").join(&listed.path))?)).unwrap();
    Some(manifest.files.iter().map(|file| (file.path.clone(), read(&file.path).unwrap())).collect())
}

pub(crate) fn content(artefacts: &Artefacts) -> Option<BTreeMap<String, Vec<u8>>> {
    let files = artefacts.files.iter();
    Some(files.map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect())
}

/// A new folder; in memory where there is such a place, since suites publish hundreds of times and
/// every file is synced.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Nothing is left of what was stopped, every link leads somewhere, and nothing is newer than what
/// is current.
pub(crate) fn assert_tidy(folder: &Path) {
    for place in [folder.to_owned(), folder.join("generations")] {
        for entry in fs::read_dir(place).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_left_over =
                [".new-", ".old-", ".link"].iter().any(|aside| name.starts_with(aside));
            assert!(!is_left_over, "{name}");
            assert!(entry.path().exists(), "{name} leads nowhere");
        }
    }
    let generations = fs::read_dir(folder.join("generations")).unwrap();
    let numbers =
        generations.map(|entry| entry.unwrap().file_name().into_string().unwrap().parse().unwrap());
    let latest: u64 = numbers.max().unwrap();
    assert_eq!(generation(folder), latest);
}

/// The number of what is current, 0 where nothing is.
pub(crate) fn generation(folder: &Path) -> u64 {
    let text = fs::read(folder.join("current/manifest.json"));
    text.map_or(0, |text| Manifest::parse(&text).unwrap().generation)
}
