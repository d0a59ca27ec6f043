//! The project file `adrc.toml`: plans by name, all plans without arguments, severities, domain.

use std::fs;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

const PROJECT: &str = "\
[project]
severity = { any-length = \"deny\" }

[project.plans]
hq = { paths = \"plans/hq.adr\", publish = \"out/hq\" }
lab = { paths = \"plans/lab\", publish = \"out/lab\", severity = { any-length = \"allow\" } }
";

/// A plan whose one finding is the warning `any-length`.
const ANY_LENGTH: &str = "\
emergency 911, 9911

application {
  rule \"Sixes\" { begins-with 6; digits any; prefix 9 }
}

test {
  dial 61  -> 961
  dial 911 -> unchanged
}
";

fn project() -> Sandbox {
    let hq = CLEAN.replace("prefix 9", "prefix 8").replace("95551212", "85551212");
    Sandbox::with(&[("adrc.toml", PROJECT), ("plans/hq.adr", &hq), ("plans/lab/a.adr", CLEAN)])
}

#[test]
fn check_test_and_fmt_without_arguments_do_all_plans() {
    let sandbox = project();
    let ran = sandbox.run("check");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("hq: no findings") && ran.stderr.contains("lab: no findings"));
    let ran = sandbox.run("test");
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.contains("plans/hq.adr:8: dial 555-1212 -> 85551212"), "{}", ran.stdout);
    assert!(ran.stdout.contains("plans/lab/a.adr:8: dial 555-1212 -> 95551212"), "{}", ran.stdout);
    assert!(ran.stderr.contains("4 tests passed"), "{}", ran.stderr);
    let ran = sandbox.run("fmt --check");
    assert!(ran.stderr.contains("2 files, 0 would change"), "{}", ran.stderr);
}

#[test]
fn compile_without_arguments_publishes_each_plan_into_its_folder() {
    let sandbox = project();
    let ran = sandbox.run("compile");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let published = |plan: &str| sandbox.read(&format!("out/{plan}/CUPC/AppDialRules.xml"));
    assert!(published("hq").contains("PrefixWith=\"8\""));
    assert!(published("lab").contains("PrefixWith=\"9\""));
    let again = sandbox.run("compile hq");
    assert!(again.stderr.contains("generation 1 is the same"), "{}", again.stderr);
}

#[test]
fn compile_publishes_no_plan_if_one_has_errors() {
    let sandbox = project();
    sandbox.write("plans/lab/a.adr", b"application {\n  rule\n");
    let ran = sandbox.run("compile");
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("out/lab is unchanged: the rules have errors"), "{}", ran.stderr);
    assert!(ran.stderr.contains("out/hq is unchanged: hq is published when"), "{}", ran.stderr);
    assert!(!sandbox.path("out").exists());
}

#[test]
fn plans_that_would_share_a_published_folder_are_rejected() {
    let sandbox = project();
    let ran = sandbox.run("compile -o out");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("one folder holds one plan, not `hq` and `lab`"), "{}", ran.stderr);
    sandbox.write("adrc.toml", PROJECT.replace("out/lab", "out/hq").as_bytes());
    let ran = sandbox.run("compile");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("both `hq` and `lab` are published into this folder"));
    assert!(!sandbox.path("out").exists());
}

#[test]
fn plan_is_named_in_place_of_a_path() {
    let sandbox = project();
    assert_eq!(sandbox.run("dial hq 5551212").stdout, "85551212\n");
    assert_eq!(sandbox.run("dial lab 5551212").stdout, "95551212\n");
    assert_eq!(sandbox.run("prove unchanged hq 911").status, 0);
    let diff = sandbox.run("diff hq lab");
    assert_eq!(diff.status, 1, "{}", diff.stderr);
    let change = sandbox.run("plan hq -o change.json");
    assert_eq!(change.status, 0, "{}", change.stderr);
    assert_eq!(sandbox.run("apply change.json").status, 0);
    assert!(sandbox.path("out/hq/manifest.json").exists());
}

#[test]
fn several_named_plans_stay_several() {
    let sandbox = project();
    let ran = sandbox.run("check lab hq");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("lab: no findings") && ran.stderr.contains("hq: no findings"));
    let mixed = sandbox.run("check hq plans/lab");
    assert_eq!(mixed.status, 2);
    assert!(mixed.stderr.contains("`hq` is a plan of the project, and other arguments are paths"));
}

#[test]
fn command_for_one_plan_asks_which_of_several() {
    let sandbox = project();
    for line in ["dial 911", "coverage", "watch", "serve", "optimize"] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}");
        assert!(ran.stderr.contains("name one: `hq`, `lab`"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn misspelled_plan_has_a_suggestion() {
    let sandbox = project();
    let ran = sandbox.run("check lba");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("lba: no such file, folder or plan of the project"));
    assert!(ran.stderr.contains("did you mean `lab`?"), "{}", ran.stderr);
}

#[test]
fn severity_of_project_and_plan_holds_for_names_and_for_paths() {
    let sandbox = project();
    sandbox.write("plans/hq.adr", ANY_LENGTH.as_bytes());
    sandbox.write("plans/lab/a.adr", ANY_LENGTH.as_bytes());
    for (line, status) in [
        ("check hq", 1),
        ("check plans/hq.adr", 1),
        ("check lab", 0),
        ("check ./plans/lab/", 0),
        ("check plans/lab/a.adr", 1),
        ("check hq --allow any-length", 0),
        ("compile hq", 1),
        ("compile lab", 0),
    ] {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, status, "{line}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn findings_of_several_plans_are_one_document() {
    let sandbox = project();
    sandbox.write("plans/hq.adr", DANGEROUS.as_bytes());
    sandbox.write("plans/lab/a.adr", ANY_LENGTH.as_bytes());
    sandbox.write(
        "adrc.toml",
        b"[project.plans]\nhq = \"plans/hq.adr\"\nboth = [\"plans/hq.adr\"]\nlab = \"plans/lab\"\n",
    );
    let ran = sandbox.run("check --format json");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.status, &json["valid"]), (1, &false.into()));
    let findings = json["findings"].as_array().unwrap();
    let of = |file: &str| findings.iter().filter(|it| it["file"] == file).count();
    assert!(of("plans/lab/a.adr") > 0);
    let alone = sandbox.run("check hq --format json");
    let alone: serde_json::Value = serde_json::from_str(&alone.stdout).unwrap();
    assert_eq!(of("plans/hq.adr"), alone["findings"].as_array().unwrap().len());
}

#[test]
fn project_is_found_from_a_folder_of_its_repository() {
    let sandbox = project();
    let status_in_plans = || {
        let mut command = sandbox.command(&["check", "lab"]);
        command.current_dir(sandbox.path("plans")).output().unwrap().status.code()
    };
    assert_eq!(status_in_plans(), Some(0), "`lab` is a folder here");
    let dial = || {
        let mut command = sandbox.command(&["dial", "hq", "5551212"]);
        let output = command.current_dir(sandbox.path("plans")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(dial().lines().count(), 2, "outside of a repository, `hq` is a number");
    fs::create_dir(sandbox.path(".git")).unwrap();
    assert_eq!(dial(), "85551212\n");
}

#[test]
fn mistake_in_the_project_file_is_named_with_its_place() {
    let sandbox = project();
    let cases = [
        ("[project]\ndomain = \"all\"\n", "adrc.toml:2:10: unknown variant `all`"),
        ("[project\n", "adrc.toml:1:"),
        ("[project.plans]\nhq = 1\n", "adrc.toml:2:6: invalid type: integer `1`"),
        ("[project.severity]\nany-lenght = \"deny\"\n", "did you mean `any-length`?"),
    ];
    for (text, expected) in cases {
        sandbox.write("adrc.toml", text.as_bytes());
        let ran = sandbox.run("check");
        assert_eq!(ran.status, 2, "{text}");
        assert!(ran.stderr.contains(expected), "{text}: {}", ran.stderr);
    }
}

#[test]
fn settings_of_serve_without_a_project_are_not_looked_at() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN), ("adrc.toml", "admin = \"off\"\n")]);
    assert_eq!(sandbox.run("check").status, 0);
}

#[test]
fn serve_reads_its_settings_beside_a_project() {
    let sandbox = project();
    let settings = format!("paths = [\"plans/hq.adr\"]\nadmin = \"off\"\n\n{PROJECT}");
    sandbox.write("adrc.toml", settings.as_bytes());
    let ran = sandbox.run("serve --config adrc.toml --check");
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

#[test]
fn domain_of_the_project_is_the_default_of_analyses() {
    let sandbox = project();
    let with_domain = format!(
        "{PROJECT}\n[project.plans.any]\npaths = \"plans/hq.adr\"\ndomain = \"anything\"\n"
    );
    sandbox.write("adrc.toml", with_domain.as_bytes());
    let domain = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(&sandbox.run(line).stdout).unwrap();
        json["domain"].as_str().unwrap().to_owned()
    };
    assert_eq!(domain("diff hq any --format json"), "anything");
    assert_eq!(domain("diff any hq --format json"), "dialable");
    assert_eq!(domain("diff hq any --format json --domain digits"), "digits");
}

#[test]
fn compile_of_several_plans_is_one_json_document() {
    let sandbox = project();
    let json = |line: &str| {
        let ran = sandbox.run(line);
        (ran.status, serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap())
    };
    let (status, all) = json("compile --format json");
    let folders: Vec<&str> =
        all["plans"].as_array().unwrap().iter().map(|it| it["folder"].as_str().unwrap()).collect();
    assert_eq!((status, folders), (0, vec!["out/hq", "out/lab"]));
    let (_, one) = json("compile hq --format json");
    assert_eq!((&one["folder"], &one["changed"]), (&"out/hq".into(), &false.into()));
    sandbox.write("plans/lab/a.adr", b"application {\n  rule\n");
    let (status, rejected) = json("compile --format json");
    assert_eq!((status, &rejected["valid"]), (1, &false.into()));
}
