//! Files of credentials.

use std::fs;
use std::path::PathBuf;

use adr_cucm_client::{CredentialsError, CredentialsFile, PartialCredentials, Role, Secret};
use tempfile::TempDir;

use crate::server::PASSWORD;

fn write(text: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cucm.secret");
    fs::write(&path, text).unwrap();
    set_mode(&path, mode);
    (folder, path)
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &std::path::Path, _: u32) {}

#[test]
fn file_holds_users_and_passwords_of_each_role() {
    let text = format!(
        "user = 'axl'\npassword = '{PASSWORD}'\nplatform_password = 'p\\x'\nexchange_user = 'D\\u'\n"
    );
    let (_folder, path) = write(&text, 0o600);
    let file = CredentialsFile::read(&path).unwrap();
    let secret = |text: &str| Some(Secret::new(text.to_owned()));
    let axl = PartialCredentials { user: Some("axl".to_owned()), password: secret(PASSWORD) };
    assert_eq!(file.of(Role::Axl), axl);
    let platform = PartialCredentials { user: None, password: secret("p\\x") };
    assert_eq!(file.of(Role::Platform), platform);
    let exchange = PartialCredentials { user: Some("D\\u".to_owned()), password: None };
    assert_eq!(file.of(Role::Exchange), exchange);
    assert!(!format!("{file:?}{file:#?}").contains("hunter2"));
    assert_eq!(file.of(Role::Platform).complete(), Err(platform));
}

#[cfg(unix)]
#[test]
fn file_that_others_may_access_is_rejected() {
    let text = format!("password = '{PASSWORD}'\n");
    for mode in [0o644, 0o640, 0o604, 0o620, 0o660] {
        let (_folder, path) = write(&text, mode);
        let error = CredentialsFile::read(&path).unwrap_err();
        assert!(matches!(error, CredentialsError::OpenToOthers { .. }), "{mode:o}: {error}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    for mode in [0o600, 0o400] {
        let (_folder, path) = write(&text, mode);
        CredentialsFile::read(&path).unwrap();
    }
}

#[test]
fn error_about_a_file_never_repeats_it() {
    let cases = [
        ("user = 'axl'\npassword = 'hunter2\n", 2),
        ("password = hunter2\n", 1),
        ("user = 'axl'\nhunter2 = 1\n", 2),
        ("\npassword = 24680\n", 2),
    ];
    for (text, line) in cases {
        let (_folder, path) = write(text, 0o600);
        let error = CredentialsFile::read(&path).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("24680"), "{shown}");
        assert!(
            matches!(error, CredentialsError::Invalid { line: found, .. } if found == line),
            "{text}: {shown}"
        );
    }
}

#[test]
fn folder_and_missing_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let error = CredentialsFile::read(folder.path()).unwrap_err();
    assert!(matches!(error, CredentialsError::NotAFile { .. }), "{error}");
    let error = CredentialsFile::read(&folder.path().join("absent")).unwrap_err();
    assert!(matches!(error, CredentialsError::Unreadable { .. }), "{error}");
}

#[test]
fn environment_comes_before_file_and_profile() {
    let value = |name: &str| match name {
        "ADRC_CUCM_PLATFORM_PASSWORD" => Some("from-env".to_owned()),
        "ADRC_CUCM_PLATFORM_USER" => Some(String::new()),
        _ => None,
    };
    let environment = PartialCredentials::from_environment(Role::Platform, value);
    let (_folder, path) = write("platform_user = 'admin'\nplatform_password = 'file'\n", 0o600);
    let file = CredentialsFile::read(&path).unwrap().of(Role::Platform);
    let credentials = environment.or(file).complete().unwrap();
    assert_eq!((&*credentials.user, credentials.password.reveal()), ("admin", "from-env"));
    let none = PartialCredentials::from_environment(Role::Axl, value);
    assert_eq!(none, PartialCredentials::default());
}
