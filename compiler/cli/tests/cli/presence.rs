//! `adrc presence`, and causes of the doctor in `adrc explain`.

use serde_json::Value;

use super::sandbox::Sandbox;

#[test]
fn presence_of_a_call_in_a_meeting_is_shown_with_its_tooltip() {
    let ran = Sandbox::with(&[])
        .run("presence --phone call --calendar busy --availability online --format json");
    assert_eq!(ran.status, 0, "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["state"], "On the phone");
    assert_eq!(answer["source"], "phone");
    assert_eq!(answer["mapped"], "In a meeting");
    assert_eq!(answer["tooltip"], "Online, On the phone, In a meeting");
}

#[test]
fn presence_without_a_state_is_the_table() {
    let ran = Sandbox::with(&[]).run("presence");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.lines().any(|line| line.contains("Busy") && line.contains("In a meeting")));
}

#[test]
fn presence_without_a_state_has_a_row_for_each_combination() {
    let ran = Sandbox::with(&[]).run("presence --format json");
    assert_eq!(ran.status, 0, "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2 * 6 * 4);
    let call = rows.iter().filter(|row| row["phone"] == "call");
    assert!(call.map(|row| &row["state"]).all(|state| state == "On the phone"));
    assert!(rows.iter().any(|row| row["calendar"] == "busy" && row["state"] == "In a meeting"));
}

#[test]
fn presence_with_an_unknown_state_exits_with_status_2() {
    let ran = Sandbox::with(&[]).run("presence --calendar holiday");
    assert!(ran.status == 2 && ran.stderr.contains("out-of-office"), "{ran:?}");
}

#[test]
fn cause_of_the_doctor_is_explained_with_its_sources() {
    let sandbox = Sandbox::with(&[]);
    let page = sandbox.run("explain issuer-without-ca-bit");
    assert_eq!(page.status, 0, "{page:?}");
    assert!(page.stdout.starts_with("issuer-without-ca-bit (error, doctor presence): "));
    assert!(page.stdout.contains("\nSources: "), "{page:?}");
    let near = sandbox.run("explain isuer-without-ca-bit");
    assert!(near.status == 2 && near.stderr.contains("`issuer-without-ca-bit`"), "{near:?}");
}

#[test]
fn explain_lists_findings_and_causes_sorted_with_unique_names() {
    let list = Sandbox::with(&[]).run("explain --format json");
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    let names: Vec<&str> = list["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    assert!(names.is_sorted_by(|before, after| before < after), "{names:?}");
    for name in ["any-length", "common-name-mismatch"] {
        assert!(names.contains(&name), "{name}");
    }
}
