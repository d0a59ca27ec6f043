//! The folder of certificates that were uploaded to the presence server.

use std::path::Path;

use adr_bundle::disk::read_file;
use adr_doctor::presence::certificates::UploadedFile;

use crate::limits;

/// The endings of files with certificates, in lower case. Other files are not read.
const ENDINGS: [&str; 7] = ["cer", "crt", "der", "pem", "p7b", "p7c", "spc"];

/// The files of the folder, or the file itself, sorted by name. A folder that cannot be read gives
/// one entry that says why. So does a folder with more files than the limit, in its last entry.
pub(super) fn files(path: &Path) -> Vec<UploadedFile> {
    files_up_to(path, limits::UPLOADED_FILES)
}

fn files_up_to(path: &Path, most: usize) -> Vec<UploadedFile> {
    let name = |path: &Path| match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    };
    if !path.is_dir() {
        return vec![(name(path), read(path))];
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return vec![(name(path), Err(error.to_string()))],
    };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let ending = path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase());
            ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
        })
        .collect();
    paths.sort();
    let mut files: Vec<_> = paths.iter().take(most).map(|path| (name(path), read(path))).collect();
    if paths.len() > most {
        files.push((name(path), Err(format!("there are more than {most} files in it"))));
    }
    files
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_file(path, limits::UPLOADED_BYTES).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_ends_at_the_limit_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["d.pem", "b.CER", "a.txt", "c.der", "a.crt"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let read = |most| files_up_to(folder.path(), most);
        let names = |files: &[UploadedFile]| -> Vec<String> {
            files.iter().filter(|file| file.1.is_ok()).map(|file| file.0.clone()).collect()
        };
        assert_eq!(names(&read(4)), ["a.crt", "b.CER", "c.der", "d.pem"]);
        assert_eq!(read(4).len(), 4);
        let cut = read(2);
        assert_eq!(names(&cut), ["a.crt", "b.CER"]);
        assert_eq!(cut[2].1, Err("there are more than 2 files in it".to_owned()));
    }

    #[test]
    fn large_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.pem");
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(limits::UPLOADED_BYTES).unwrap();
        assert!(files(&path)[0].1.is_ok());
        file.set_len(limits::UPLOADED_BYTES + 1).unwrap();
        assert!(files(&path)[0].1.is_err());
    }
}
