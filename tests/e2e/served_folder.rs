//! A published folder under `adrc serve`: what other processes do to it is followed or logged.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use adr_kit::http::curl;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::fs::{CWD, Mode, mkfifoat};

use super::server_process::ServerProcess;

fn publish(sandbox: &Path, prefix: u32) {
    let plan = format!(
        "emergency 911\napplication {{ rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }} }}\n\
         test {{ dial 911 -> unchanged }}\n"
    );
    fs::write(sandbox.join("plan.adr"), plan).unwrap();
    let mut adrc = adr_tests::adrc(sandbox);
    let output = adrc.args(["compile", "plan.adr", "-o", "published"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn serve(sandbox: &Path, folder: &str) -> ServerProcess {
    ServerProcess::start_watching(sandbox, &[folder], ["127.0.0.1:0"; 3])
}

fn wait_for_status(server: &ServerProcess, path: &str, status: u16) {
    let url = format!("http://{}{path}", server.http);
    wait_within(TIMEOUT, || curl(&[], &url).status == status, || format!("{path}: {status}"));
}

fn wait_for_generation(server: &ServerProcess, generation: u64) {
    let url = format!("http://{}/manifest.json", server.http);
    let field = format!("\"generation\": {generation},");
    wait_within(TIMEOUT, || curl(&[], &url).body.contains(&field), || field.clone());
}

#[test]
fn signature_that_is_added_or_replaced_is_served() {
    let sandbox = tempfile::tempdir().unwrap();
    publish(sandbox.path(), 9);
    let server = serve(sandbox.path(), "published");
    wait_for_status(&server, "/manifest.json.minisig", 404);
    let path = sandbox.path().join("published/generations/1/manifest.json.minisig");
    fs::write(&path, "first").unwrap();
    wait_for_status(&server, "/manifest.json.minisig", 200);
    fs::write(&path, "second").unwrap();
    let url = format!("http://{}/manifest.json.minisig", server.http);
    wait_within(TIMEOUT, || curl(&[], &url).body == "second", || "second".to_owned());
    fs::remove_file(&path).unwrap();
    wait_for_status(&server, "/manifest.json.minisig", 404);
}

#[test]
fn copy_without_a_link_is_followed() {
    let sandbox = tempfile::tempdir().unwrap();
    let copy = sandbox.path().join("copy");
    let copy_generation = |generation: u64| {
        let from = sandbox.path().join(format!("published/generations/{generation}"));
        fs::create_dir_all(copy.join("CUPC")).unwrap();
        // the manifest last, as a careful copy does
        for name in [
            "AppDialRules.xml",
            "DirLookupDialRules.xml",
            "CUPC/AppDialRules.xml",
            "CUPC/DirLookupDialRules.xml",
            "manifest.json",
        ] {
            fs::copy(from.join(name), copy.join(name)).unwrap();
        }
    };
    publish(sandbox.path(), 9);
    copy_generation(1);
    let server = serve(sandbox.path(), "copy");
    wait_for_generation(&server, 1);
    publish(sandbox.path(), 8);
    copy_generation(2);
    wait_for_generation(&server, 2);
    assert!(server.events("the published folder went back").is_empty());
}

#[test]
fn folder_that_goes_back_is_served_and_logged() {
    let sandbox = tempfile::tempdir().unwrap();
    publish(sandbox.path(), 9);
    publish(sandbox.path(), 8);
    let mut server = serve(sandbox.path(), "published");
    wait_for_generation(&server, 2);
    let link = sandbox.path().join("published/next");
    symlink("generations/1", &link).unwrap();
    fs::rename(&link, sandbox.path().join("published/current")).unwrap();
    wait_for_generation(&server, 1);
    let told = server.wait_for("the published folder went back to an older generation");
    assert_eq!((told["before"].as_u64(), told["generation"].as_u64()), (Some(2), Some(1)));
}

#[test]
fn folder_that_cannot_be_read_is_logged_and_the_former_generation_served() {
    let sandbox = tempfile::tempdir().unwrap();
    publish(sandbox.path(), 9);
    let mut server = serve(sandbox.path(), "published");
    wait_for_generation(&server, 1);
    let next = sandbox.path().join("published/generations/2");
    fs::create_dir(&next).unwrap();
    mkfifoat(CWD, next.join("manifest.json"), Mode::from_raw_mode(0o600)).unwrap();
    let link = sandbox.path().join("published/next");
    symlink("generations/2", &link).unwrap();
    fs::rename(&link, sandbox.path().join("published/current")).unwrap();
    server.wait_for("reload failed");
    wait_for_generation(&server, 1);
    assert_eq!(server.admin(&["/-/healthy"]).status, 200);
    assert_eq!(server.terminate(), Some(0));
}

/// Each of these manifests is intact for a reader of single files, and served by nobody.
#[test]
fn check_of_a_folder_rejects_what_serve_rejects() {
    let sandbox = tempfile::tempdir().unwrap();
    publish(sandbox.path(), 9);
    let manifest = sandbox.path().join("published/generations/1/manifest.json");
    let written = fs::read_to_string(&manifest).unwrap();
    let run = |words: &[&str]| {
        let output = adr_tests::adrc(sandbox.path()).args(words).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let check = || run(&["check", "published"]);
    let serve = || run(&["serve", "published", "--check"]);
    assert_eq!(check().0, Some(0));
    let with = |change: fn(&mut serde_json::Value)| {
        let mut manifest: serde_json::Value = serde_json::from_str(&written).unwrap();
        change(&mut manifest);
        manifest.to_string()
    };
    for changed in [
        with(|manifest| manifest["views"] = serde_json::json!([])),
        with(|manifest| {
            let views = manifest["views"].as_array_mut().unwrap();
            for name in ["a", "b"] {
                views.push(serde_json::json!({
                    "name": name, "folder": format!("sites/{name}/"), "networks": ["10.0.0.0/8"]
                }));
            }
        }),
        with(|manifest| {
            let files = manifest["files"].as_array_mut().unwrap();
            files.push(files[0].clone());
        }),
    ] {
        fs::write(&manifest, &changed).unwrap();
        let (checked, served) = (check(), serve());
        assert_eq!((checked.0, served.0), (Some(2), Some(2)), "{changed}: {checked:?} {served:?}");
        assert_eq!(checked.1, served.1, "{changed}");
    }
}
