//! `--format` and `--color` of every command: JSON is one document, JUnit is XML, and only text has
//! color.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;

use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::sandbox::{CLEAN, Sandbox};

/// A dial plan with two errors and a lookup list.
const WRONG: &str = "\
application {
  rule \"Local\" { begins-with 5; digits 1O; prefix 9 }
  rule \"US\"    { begins-with 1; digits l0; prefix 9 }
}
";

/// Commands on dial plans and published folders without errors, in an order in which they can run,
/// with their exit status and a field of their documents.
const GOOD: [(&str, i32, &str); 29] = [
    ("check plan.adr", 0, "findings"),
    ("fmt plan.adr", 0, "changed"),
    ("fmt - --check", 0, "invalid"),
    ("test plan.adr", 0, "tests"),
    ("plan plan.adr --publish published -o first.json", 0, "base_generation"),
    ("compile plan.adr -o published", 0, "files"),
    ("plan other.adr --publish published -o change.json --exit-code", 1, "differences"),
    ("apply change.json", 0, "generation"),
    ("rollback --publish published", 0, "rollback_to"),
    ("history --publish published", 0, "generations"),
    ("dial plan.adr 5551212 911", 0, "numbers"),
    ("dial plan.adr --trace=all 911", 0, "numbers"),
    ("dial published -", 0, "numbers"),
    ("lookup plan.adr 95551212", 0, "numbers"),
    ("coverage plan.adr", 0, "lengths"),
    ("diff plan.adr other.adr", 1, "differences"),
    ("diff plan.adr other.adr --names", 1, "names"),
    ("optimize plan.adr", 0, "lists"),
    ("optimize plan.adr -o small.adr", 0, "lists"),
    ("invert plan.adr", 0, "unrecoverable"),
    ("invert plan.adr -o lookup.adr", 0, "source"),
    ("prove emergency plan.adr", 0, "answers"),
    ("prove equal plan.adr plan.adr", 0, "answers"),
    ("prove unchanged plan.adr 911", 0, "proved"),
    ("import published/AppDialRules.xml", 0, "source"),
    ("explain", 0, "findings"),
    ("explain dead-rule", 0, "headline"),
    ("explain common-name-mismatch", 0, "sources"),
    ("presence --calendar busy", 0, "tooltip"),
];

/// Commands on a dial plan with errors, with their exit status.
const BAD: [(&str, i32); 17] = [
    ("check wrong.adr", 1),
    ("fmt wrong.adr", 1),
    ("test wrong.adr", 1),
    ("compile wrong.adr -o published", 1),
    ("plan wrong.adr --publish published -o other.json", 1),
    ("apply change.json", 3),
    ("dial wrong.adr 5551212", 1),
    ("dial wrong.adr --trace 5551212", 1),
    ("lookup wrong.adr 95551212", 1),
    ("coverage wrong.adr", 1),
    ("diff plan.adr wrong.adr", 1),
    ("diff wrong.adr wrong.adr", 1),
    ("optimize wrong.adr", 1),
    ("invert wrong.adr", 1),
    ("prove emergency wrong.adr", 1),
    ("prove equal wrong.adr plan.adr", 1),
    ("prove unchanged wrong.adr 911", 1),
];

fn plans() -> Sandbox {
    let other = CLEAN.replace("prefix 9", "prefix 8").replace("95551212", "85551212");
    let site = format!("{other}\nsite \"Dallas\" {{\n  clients 10.20.0.0/16\n}}\n");
    Sandbox::with(&[("plan.adr", CLEAN), ("other.adr", &site), ("wrong.adr", WRONG)])
}

/// The only document on standard output.
fn document(text: &str) -> Value {
    let parsed: Result<Value, _> = serde_json::from_str(text);
    assert!(parsed.is_ok(), "{text:?}");
    let document = parsed.unwrap();
    assert_eq!(document["format_version"], 2, "{text}");
    document
}

#[test]
fn json_of_every_command_is_one_document() {
    let sandbox = plans();
    for (line, status, field) in GOOD {
        let words: Vec<&str> = line.split(' ').chain(["--format", "json"]).collect();
        let ran = sandbox.given(&words, CLEAN.as_bytes());
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        let document = document(&ran.stdout);
        assert!(document.get(field).is_some(), "{line}: {document}");
        assert_ne!(document["valid"], false, "{line}: {document}");
    }
    for file in ["first.json", "change.json", "small.adr", "lookup.adr"] {
        assert!(sandbox.path(file).exists(), "{file}");
    }
}

#[test]
fn json_of_a_plan_with_errors_has_the_findings() {
    let sandbox = plans();
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    assert_eq!(sandbox.run("plan other.adr --publish published -o change.json").status, 0);
    sandbox.write("other.adr", WRONG.as_bytes());
    for (line, status) in BAD {
        let ran = sandbox.run(&format!("{line} --format json"));
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(!ran.stderr.contains("bad-value"), "{line}: {ran:?}");
        let document = document(&ran.stdout);
        assert_eq!(document["valid"], false, "{line}");
        let findings = document["findings"].as_array().unwrap();
        let plans = line.matches("wrong.adr").count().max(1);
        assert_eq!(findings.len(), 2 * plans, "{line}: {document}");
        assert!(findings.iter().all(|found| found["name"] == "bad-value"), "{line}: {document}");
        let text = sandbox.run(line);
        assert_eq!(text.status, status, "{line}: {text:?}");
        assert!((text.stdout + &text.stderr).contains("error[bad-value]"), "{line}");
    }
}

#[test]
fn unknown_format_is_rejected_with_the_choices() {
    let sandbox = plans();
    let lines = GOOD.iter().map(|(line, ..)| *line);
    for line in lines.chain(["key new k", "reload --core socket"]) {
        let ran = sandbox.run(&format!("{line} --format yaml"));
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(ran.stderr.contains("[possible values: text, "), "{line}: {ran:?}");
    }
    assert!(sandbox.run("diff plan.adr other.adr --format yaml").stderr.contains("markdown]"));
    assert!(sandbox.run("plan other.adr --format junit").stderr.contains("text, json]"));
}

#[test]
fn json_of_dialing_names_the_rule_and_the_trace() {
    let sandbox = plans();
    let ran = sandbox.run("dial plan.adr 555-1212 911 --format json");
    let numbers = &document(&ran.stdout)["numbers"];
    let rule = serde_json::json!({"position": 1, "name": "Local", "place": "plan.adr:4"});
    let first = serde_json::json!({
        "number": "555-1212", "cleaned": "5551212", "result": "95551212", "rule": rule
    });
    assert_eq!(numbers[0], first);
    assert!(numbers[1]["rule"].is_null() && numbers[1]["result"] == "911", "{numbers}");
    let ran = sandbox.run("dial plan.adr --trace 55 5551212 --format json");
    assert_eq!(ran.stderr, "");
    let numbers = &document(&ran.stdout)["numbers"];
    let step = &numbers[0]["trace"][0];
    assert_eq!((&step["wins"], &step["reason"]), (&false.into(), &"2 digits, not 7".into()));
    assert_eq!(numbers[1]["trace"][0]["wins"], true, "{numbers}");
}

#[test]
fn json_of_publishing_has_generation_size_and_files() {
    let sandbox = plans();
    let run = |line: &str| document(&sandbox.run(&format!("{line} --format json")).stdout);
    let plan = run("plan other.adr --publish published -o change.json");
    assert!(plan["base_generation"].is_null() && plan["changes"] == true, "{plan}");
    let compiled = run("compile plan.adr -o published");
    assert_eq!((&compiled["generation"], &compiled["changed"]), (&1.into(), &true.into()));
    assert_eq!((&compiled["rules"], &compiled["tests_run"]), (&1.into(), &true.into()));
    assert_eq!(compiled["files"].as_array().unwrap().len(), 4, "{compiled}");
    assert_eq!(run("compile plan.adr -o published")["changed"], false);
    let plan = run("plan other.adr --publish published -o change.json");
    assert_eq!(plan["base_generation"], 1);
    assert_eq!(plan["sites"][0]["new_clients"][0], "10.20.0.0/16", "{plan}");
    assert_eq!(run("apply change.json")["views"], 2);
    let rolled = run("rollback --publish published");
    assert_eq!((&rolled["generation"], &rolled["rollback_to"]), (&3.into(), &1.into()));
}

#[test]
fn json_of_formatting_lists_the_files() {
    let sandbox = plans();
    sandbox.write("odd.adr", b"let  a=9\n");
    let ran = sandbox.run("fmt plan.adr odd.adr wrong.adr --check --format json");
    let document = document(&ran.stdout);
    assert_eq!((ran.status, &document["files"]), (1, &3.into()));
    assert_eq!(
        (&document["changed"][0], &document["invalid"][0]),
        (&"odd.adr".into(), &"wrong.adr".into())
    );
    let ran = sandbox.given(&["fmt", "-", "--format", "json"], b"let  a=9\n");
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
}

#[test]
fn json_of_a_file_that_is_not_deployed_says_why_nothing_is_imported() {
    let sandbox = plans();
    sandbox.write("page.xml", b"<!doctype html><html><body>Login</body></html>");
    let ran = sandbox.run("import page.xml --format json");
    let document = document(&ran.stdout);
    assert_eq!((ran.status, &document["valid"]), (1, &false.into()));
    assert_eq!(document["findings"][0]["name"], "not-a-deployed-file", "{document}");
}

#[test]
fn json_of_an_invalid_deployed_file_is_not_valid() {
    let sandbox = Sandbox::with(&[("AppDialRules.xml", "<DialRules><DialRule></DialRules>")]);
    for line in [
        "check AppDialRules.xml",
        "dial AppDialRules.xml 911",
        "coverage AppDialRules.xml",
        "diff AppDialRules.xml AppDialRules.xml",
        "optimize AppDialRules.xml",
        "invert AppDialRules.xml",
        "prove unchanged AppDialRules.xml 911",
        "import AppDialRules.xml",
    ] {
        let ran = sandbox.run(&format!("{line} --format json"));
        assert_eq!(document(&ran.stdout)["valid"], false, "{line}: {ran:?}");
        assert_eq!(ran.status, i32::from(!line.starts_with("diff")), "{line}: {ran:?}");
    }
}

#[test]
fn json_of_a_new_key_has_its_id() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run("key new signer --format json");
    let document = document(&ran.stdout);
    let public = sandbox.read("signer.pub");
    let mut lines = public.lines();
    let comment = lines.next().unwrap();
    assert!(comment.ends_with(document["id"].as_str().unwrap()), "{comment}: {document}");
    assert_eq!(document["public_key"], lines.next().unwrap());
}

#[test]
fn json_of_a_core_is_its_answer() {
    let sandbox = Sandbox::new();
    let listener = UnixListener::bind(sandbox.path("socket")).unwrap();
    let core = std::thread::spawn(move || {
        for answer in [
            r#"{"ok": true, "generation": 7, "changed": true}"#,
            r#"{"ok": true, "result": "95551212", "rule": 1}"#,
        ] {
            let mut stream = listener.accept().unwrap().0;
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
            writeln!(stream, "{answer}").unwrap();
        }
    });
    let ran = sandbox.run("reload --core socket --format json");
    let reloaded = document(&ran.stdout);
    assert_eq!((&reloaded["generation"], &reloaded["changed"]), (&7.into(), &true.into()));
    let ran = sandbox.run("dial --core socket 5551212 --format json");
    assert_eq!(document(&ran.stdout)["numbers"][0]["result"], "95551212", "{ran:?}");
    core.join().unwrap();
}

/// How many test cases, failures and errors a JUnit document has; its counts say the same.
fn junit(text: &str) -> [usize; 3] {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = [0; 3];
    let mut counts = None;
    let names = ["testcase", "failure", "error"];
    let number = |element: &BytesStart<'_>, name: &str| -> usize {
        let value = element.try_get_attribute(name).unwrap().unwrap().value;
        value.parse().unwrap()
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                if element.name().as_ref() == "testsuites" {
                    counts = Some(["tests", "failures", "errors"].map(|it| number(&element, it)));
                }
                if let Some(at) = names.iter().position(|name| *name == element.name().as_ref()) {
                    found[at] += 1;
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(counts, Some(found), "{text}");
    found
}

#[test]
fn junit_is_xml_also_for_a_plan_with_errors() {
    let sandbox = plans();
    let failing = CLEAN.replace("-> 95551212", "-> 85551212");
    sandbox.write("failing.adr", failing.as_bytes());
    for (line, status, counts) in [
        ("check plan.adr", 0, [1, 0, 0]),
        ("check wrong.adr", 1, [2, 2, 0]),
        ("test plan.adr", 0, [2, 0, 0]),
        ("test failing.adr", 1, [2, 1, 0]),
        ("test wrong.adr", 1, [2, 0, 2]),
        ("diff plan.adr plan.adr", 0, [2, 0, 0]),
        ("diff wrong.adr plan.adr", 1, [2, 0, 2]),
        ("diff wrong.adr wrong.adr", 1, [4, 0, 4]),
    ] {
        let ran = sandbox.run(&format!("{line} --format junit"));
        assert_eq!((ran.status, junit(&ran.stdout)), (status, counts), "{line}: {ran:?}");
    }
}

/// A text without the escapes of color.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').unwrap().1)
}

#[test]
fn color_marks_results_and_changes_no_character() {
    let sandbox = plans();
    let failing = CLEAN.replace("-> 95551212", "-> 85551212");
    sandbox.write("failing.adr", failing.as_bytes());
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    for (line, marks) in [
        (
            "diff plan.adr other.adr --names",
            ["\u{1b}[31m95000000\u{1b}", "\u{1b}[32m85000000\u{1b}"],
        ),
        (
            "plan other.adr --publish published -o change.json",
            ["\u{1b}[1mevery view", "\u{1b}[32msite"],
        ),
        ("test failing.adr", ["\u{1b}[31mFAILED\u{1b}", "\u{1b}[32mok    \u{1b}"]),
        ("dial plan.adr --trace 5551212", ["\u{1b}[1m5551212", "\u{1b}[1m1  Local"]),
        ("coverage plan.adr", ["\u{1b}[2m·", "\u{1b}[38;5;16m\u{1b}[48;5;"]),
        ("apply nowhere.json", ["\u{1b}[31merror\u{1b}[0m: ", "nowhere.json"]),
    ] {
        let colored = sandbox.run(&format!("{line} --color always"));
        let both = colored.stdout + &colored.stderr;
        assert!(marks.iter().all(|mark| both.contains(mark)), "{line}: {both:?}");
        for never in [line.to_owned(), format!("{line} --color never")] {
            let ran = sandbox.run(&never);
            assert_eq!(plain(&both), ran.stdout + &ran.stderr, "{never}");
        }
        let words: Vec<&str> = line.split(' ').collect();
        let forced = sandbox.command(&words).env("CLICOLOR_FORCE", "1").output().unwrap();
        assert!([forced.stdout, forced.stderr].concat().contains(&0x1b), "{line}");
        let none = sandbox.command(&words).env("NO_COLOR", "1").output().unwrap();
        assert!(![none.stdout, none.stderr].concat().contains(&0x1b), "{line}");
    }
}

#[test]
fn formats_for_programs_have_no_color() {
    let sandbox = plans();
    for line in [
        "diff plan.adr other.adr --format json",
        "diff plan.adr other.adr --format junit",
        "diff plan.adr other.adr --format markdown",
        "test plan.adr --format junit",
        "dial plan.adr --trace 5551212 --format json",
        "coverage plan.adr --format json",
    ] {
        let ran = sandbox.run(&format!("{line} --color always"));
        assert!(!ran.stdout.is_empty() && !ran.stdout.contains('\u{1b}'), "{line}: {ran:?}");
    }
}
