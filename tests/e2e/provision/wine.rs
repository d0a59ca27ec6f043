//! Registration files and batch files, run by wine's regedit, reg and cmd.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use adr_diagnostic::Sources;
use adr_kit::optional::{is_command, is_long};
use adr_provision::{
    Change, Content, Key, Profile, RUN_KEY, RUN_NAME, RegistryData, read_client_file,
};

use super::random_profile::Random;
use super::{has_optional, outputs, profile, profiles, run, write};

/// Files that one call of regedit imports. Starting wine takes longer than importing a file.
const FILES_PER_CALL: usize = 100;

/// The most times that a key is exported until there is a file.
const EXPORT_TRIES: usize = 5;

/// The most times that the files of a profile are run until they do what they are to do.
const SCRIPT_TRIES: usize = 3;

/// What the exports of a folder said.
const EXPORT_LOG: &str = "export.log";

/// How many profiles go through the batch files.
fn batch_files() -> usize {
    if is_long() { 100 } else { 10 }
}

/// Values by key and name in lower case.
type Values = BTreeMap<(String, String), RegistryData>;

/// A wine with the prefix that `tests/windows` uses.
struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// The installed wine; if there is none, the test is left out.
    fn installed() -> Option<Self> {
        let is_there = is_command("wine") && run(adr_tests::wine().arg("--version")).0;
        has_optional("wine of Debian's packages wine and wine64", is_there)
            .then(|| Self { prefix: adr_tests::root().join("target/windows/wine") })
    }

    /// Waits until no other run, such as `tests/windows`, uses the prefix.
    fn lock(&self) -> File {
        std::fs::create_dir_all(self.prefix.parent().unwrap()).unwrap();
        let file = File::create(self.prefix.with_extension("lock")).unwrap();
        file.lock().unwrap();
        file
    }

    /// Runs a Windows program in a folder to its end.
    fn run(&self, folder: &Path, arguments: &[&str]) {
        std::fs::create_dir_all(self.prefix.parent().unwrap()).unwrap();
        let mut wine = adr_tests::wine();
        wine.args(arguments).current_dir(folder);
        wine.env("WINEPREFIX", &self.prefix).env("WINEARCH", "win64");
        // without an encoding, wine drops letters of arguments
        wine.env("LC_ALL", "C.UTF-8");
        let (succeeded, text) = run(&mut wine);
        assert!(succeeded, "{arguments:?}: {text}");
    }

    /// Runs a batch file with these lines. Removing or exporting a key that is absent may fail.
    fn batch(&self, folder: &Path, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let text = format!("@echo off\r\n{text}exit /b 0\r\n");
        std::fs::write(folder.join("all.bat"), text).unwrap();
        self.run(folder, &["cmd", "/c", "all.bat"]);
    }
}

/// A line that exports a key into a file. On a busy machine, wine sometimes starts no `reg`, so the
/// line tries again while there is no file, and notes what `reg` said.
fn export(key: &str, file: &str) -> String {
    let export = format!("reg export \"HKCU\\{key}\" {file} /y >>{EXPORT_LOG} 2>&1");
    format!("for /l %%n in (1,1,{EXPORT_TRIES}) do if not exist {file} {export}")
}

/// Lines that remove both keys of the client, and the value that starts its core.
fn cleared() -> Vec<String> {
    let keys = Key::ALL.map(|key| format!("reg delete \"HKCU\\{}\" /f >nul 2>nul", key.path()));
    let run = format!("reg delete \"HKCU\\{RUN_KEY}\" /v \"{RUN_NAME}\" /f >nul 2>nul");
    keys.into_iter().chain([run]).collect()
}

/// The values of an export that has to do with the client. Other programs start at logon too.
fn exported(path: &Path) -> Result<Values, String> {
    let bytes = std::fs::read(path).map_err(|error| {
        let said = std::fs::read(path.with_file_name(EXPORT_LOG)).unwrap_or_default();
        format!("{path:?}: {error}; {EXPORT_LOG}: {}", String::from_utf8_lossy(&said))
    })?;
    let file = read_client_file(&path.display().to_string(), &bytes, &mut Sources::new());
    assert!(file.report.is_empty(), "{:?}", file.report);
    let Some(Content::Registry(changes)) = file.content else { panic!("{path:?}") };
    let values = changes.into_iter().filter_map(|it| match it.change {
        Change::Set { name, .. }
            if it.key.eq_ignore_ascii_case(RUN_KEY) && !name.eq_ignore_ascii_case(RUN_NAME) =>
        {
            None
        }
        Change::Set { name, data, .. } => {
            Some(((it.key.to_lowercase(), name.to_lowercase()), data))
        }
        _ => None,
    });
    Ok(values.collect())
}

/// The values that a profile sets, with the path of each key changed by `path`.
fn expected(profile: &Profile, path: impl Fn(&str) -> String) -> Values {
    let mut values = Values::new();
    for key in profile.targets()[0].registry_keys() {
        for (name, text) in key.values {
            let place = (path(key.path).to_lowercase(), name.to_lowercase());
            values.insert(place, RegistryData::Text(text.to_owned()));
        }
    }
    values
}

/// A key below those of the client, so that many profiles can be imported at once.
fn moved_key(path: &str, below: &str) -> String {
    match path == RUN_KEY {
        true => format!("{}\\{below}\\Run", Key::Plain.path()),
        false => format!("{path}\\{below}"),
    }
}

/// The registration file of a profile, with its values in keys below the usual ones.
fn moved(profile: &Profile, below: &str) -> Vec<u8> {
    let files = outputs(profile).into_iter().next().unwrap().files;
    let file = files.into_iter().find(|file| file.path == "csf.reg").unwrap();
    let (units, rest) = file.bytes.as_chunks::<2>();
    assert!(rest.is_empty());
    let units: Vec<u16> = units.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let mut text = String::from_utf16(&units).unwrap();
    for path in Key::ALL.map(Key::path).into_iter().chain([RUN_KEY]) {
        text = text.replace(
            &format!("[HKEY_CURRENT_USER\\{path}]"),
            &format!("[HKEY_CURRENT_USER\\{}]", moved_key(path, below)),
        );
    }
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn wine_gives_back_what_registration_and_batch_files_set() {
    let Some(wine) = Wine::installed() else { return };
    let _lock = wine.lock();
    // one test, because both parts use the same keys
    registration_files(&wine);
    scripts(&wine);
}

/// Imports registration files by regedit, in groups, and exports the keys again. A group that
/// differs is done again: on a busy machine, wine sometimes starts no `reg`. A wrong file differs
/// every time.
fn registration_files(wine: &Wine) {
    let mut random = Random::of_run();
    let profiles: Vec<Profile> = (0..profiles()).map(|_| profile(&random.profile())).collect();
    let (mut values, mut cores) = (0, 0);
    for group in profiles.chunks(FILES_PER_CALL) {
        let mut wanted = Values::new();
        for (at, profile) in group.iter().enumerate() {
            wanted.append(&mut expected(profile, |path| moved_key(path, &below(at))));
            cores += usize::from(profile.targets()[0].core().is_some());
        }
        values += wanted.len();
        let mut wrong = Some(String::new());
        for _ in 0..SCRIPT_TRIES {
            wrong = imported(wine, group).map_or_else(Some, |found| difference(&found, &wanted));
            if wrong.is_none() {
                break;
            }
            println!("again: {wrong:?}");
        }
        assert_eq!(wrong, None, "imported by regedit");
    }
    assert!(values > 2 * profiles.len(), "{values}");
    assert!(cores > profiles.len() / 4, "{cores}");
    println!("{} registration files with {values} values, {cores} start", profiles.len());
}

/// The key of a profile of a group, below the usual ones.
fn below(at: usize) -> String {
    format!("G\\P{at}")
}

/// The values that the registration files of a group set, according to an export.
fn imported(wine: &Wine, group: &[Profile]) -> Result<Values, String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // so that an export has the values of this group only
    wine.batch(folder, &cleared());
    let name = |at: usize| format!("{at}.reg");
    for (at, profile) in group.iter().enumerate() {
        std::fs::write(folder.join(name(at)), moved(profile, &below(at))).unwrap();
    }
    let files: Vec<String> = (0..group.len()).map(name).collect();
    let arguments: Vec<&str> =
        ["regedit", "/S"].into_iter().chain(files.iter().map(String::as_str)).collect();
    wine.run(folder, &arguments);
    let mut lines = vec![export("Software", "group.out")];
    lines.extend(cleared());
    wine.batch(folder, &lines);
    exported(&folder.join("group.out"))
}

/// Runs logon.bat and csf.reg of each profile with their undo, and compares the keys after each.
/// What differs is done again: on a busy machine, wine sometimes starts no `reg` of a batch file. A
/// wrong file differs every time.
fn scripts(wine: &Wine) {
    let mut random = Random::of_run();
    let profiles: Vec<Profile> = (0..batch_files()).map(|_| profile(&random.profile())).collect();
    let mut left: Vec<(usize, String)> =
        (0..profiles.len()).map(|at| (at, String::new())).collect();
    for _ in 0..SCRIPT_TRIES {
        let folder = tempfile::tempdir().unwrap();
        let chosen: Vec<(usize, &Profile)> =
            left.iter().map(|(at, _)| (*at, &profiles[*at])).collect();
        run_scripts(wine, folder.path(), &chosen);
        left = chosen
            .into_iter()
            .filter_map(|(at, profile)| Some((at, script_difference(folder.path(), at, profile)?)))
            .collect();
        if left.is_empty() {
            break;
        }
        println!("again: {left:?}");
    }
    assert!(left.is_empty(), "{left:?}");
    let has_core = |profile: &&Profile| profile.targets()[0].core().is_some();
    let cores = profiles.iter().filter(has_core).count();
    assert!(cores > 0);
    println!("{} batch files and their undo, {cores} with a start", profiles.len());
}

/// Runs the files of some profiles, each in a folder `pN`, and exports the keys after each.
fn run_scripts(wine: &Wine, folder: &Path, profiles: &[(usize, &Profile)]) {
    let mut lines = cleared();
    for (at, profile) in profiles {
        let below = folder.join(format!("p{at}"));
        for ending in [".bat", ".reg"] {
            write(&below, profile, ending);
        }
        lines.push(format!("cd p{at}"));
        for (run, name) in [
            ("call logon.bat", "batch"),
            ("call logon-remove.bat", "batch-undo"),
            ("regedit /S csf.reg", "reg"),
            ("regedit /S csf-remove.reg", "reg-undo"),
        ] {
            lines.push(run.to_owned());
            lines.push(export("Software", &format!("{name}.out")));
        }
        lines.push("cd ..".to_owned());
        lines.extend(cleared());
    }
    wine.batch(folder, &lines);
}

/// The first difference between what the files of a profile did and what they are to do.
fn script_difference(folder: &Path, at: usize, profile: &Profile) -> Option<String> {
    let wanted = expected(profile, str::to_owned);
    let none = Values::new();
    let steps = [("batch", &wanted), ("reg", &wanted), ("batch-undo", &none), ("reg-undo", &none)];
    steps.into_iter().find_map(|(name, wanted)| {
        let found = exported(&folder.join(format!("p{at}/{name}.out")));
        let difference = found.map_or_else(Some, |found| difference(&found, wanted));
        difference.map(|difference| format!("p{at}: {name}: {difference}"))
    })
}

/// The first values that differ.
fn difference(found: &Values, wanted: &Values) -> Option<String> {
    for (key, value) in wanted {
        let found = found.get(key);
        if found != Some(value) {
            return Some(format!("{key:?} is {found:?}, not {value:?}"));
        }
    }
    let surplus: Vec<_> = found.keys().filter(|key| !wanted.contains_key(*key)).take(3).collect();
    (!surplus.is_empty()).then(|| format!("too many: {surplus:?}"))
}
