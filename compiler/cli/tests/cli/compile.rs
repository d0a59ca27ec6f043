//! `adrc compile`: which files it publishes, and which it leaves unchanged.

use std::fs;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

#[test]
fn compile_writes_the_deployed_files_and_the_manifest() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let ran = sandbox.run("compile plan.adr -o published");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DialRules>\n  \
                    <DialRule BeginsWith=\"5\" NumDigits=\"7\" DigitsToRemove=\"0\" PrefixWith=\"9\"/>\n</DialRules>\n";
    for file in ["AppDialRules.xml", "CUPC/AppDialRules.xml"] {
        assert_eq!(sandbox.read(&format!("published/{file}")), expected);
    }
    for file in ["DirLookupDialRules.xml", "CUPC/DirLookupDialRules.xml"] {
        assert!(sandbox.read(&format!("published/{file}")).ends_with("<DialRules/>\n"), "{file}");
    }
    let manifest: serde_json::Value =
        serde_json::from_str(&sandbox.read("published/manifest.json")).unwrap();
    assert_eq!(manifest["generation"], 1);
    assert_eq!(manifest["files"][0]["size"], expected.len());
}

#[test]
fn unchanged_plan_publishes_nothing_and_changed_plan_a_new_generation() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    sandbox.run("compile plan.adr -o published");
    let before = sandbox.listing("published");
    let again = sandbox.run("compile plan.adr -o published");
    assert!(again.stderr.contains("generation 1 is the same, nothing to do"), "{again:?}");
    assert_eq!(sandbox.listing("published"), before);
    sandbox.write(
        "plan.adr",
        CLEAN.replace("prefix 9", "prefix 8").replace("-> 95", "-> 85").as_bytes(),
    );
    let changed = sandbox.run("compile plan.adr -o published");
    assert!(changed.stderr.contains("published generation 2"), "{changed:?}");
    assert!(sandbox.read("published/CUPC/AppDialRules.xml").contains("PrefixWith=\"8\""));
}

#[test]
fn plan_with_errors_leaves_the_published_generation() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    sandbox.run("compile plan.adr -o published");
    let before = sandbox.read("published/AppDialRules.xml");
    sandbox.write("plan.adr", DANGEROUS.replace("9911\n", "112\n").as_bytes());
    let ran = sandbox.run("compile plan.adr -o published");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("published is unchanged"), "{ran:?}");
    assert_eq!(sandbox.read("published/AppDialRules.xml"), before);
    assert_eq!(
        sandbox.listing("published/generations").iter().filter(|name| !name.contains('/')).count(),
        1
    );
}

#[test]
fn same_plan_compiled_twice_gives_the_same_bytes() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    sandbox.run("compile plan.adr -o one");
    sandbox.run("compile plan.adr -o two");
    for name in sandbox.listing("one") {
        // the record has the time of publication
        let is_record = name.ends_with("record.json");
        if !is_record && sandbox.path(&format!("one/{name}")).is_file() {
            let read = |folder: &str| fs::read(sandbox.path(&format!("{folder}/{name}"))).unwrap();
            assert_eq!(read("one"), read("two"), "{name}");
        }
    }
}

#[test]
fn published_folder_with_foreign_files_is_rejected_and_unchanged() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("published/CUPC/foreign.txt", "foreign")]);
    let ran = sandbox.run("compile plan.adr -o published");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("adrc did not write this"), "{ran:?}");
    assert_eq!(sandbox.read("published/CUPC/foreign.txt"), "foreign");
}
