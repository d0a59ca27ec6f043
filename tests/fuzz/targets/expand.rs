//! Expanding a dial plan takes a bounded number of steps, however its lets, groups, lists and sites
//! refer to each other.
#![no_main]

use adr_diagnostic::Severity;
use adr_language::{EntryFile, Levels, ListKind, ReadError, World, limits, load};
use libfuzzer_sys::fuzz_target;

/// A world with one dial plan, which may include two short files.
struct Text(String);

impl World for Text {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match path {
            "main.adr" => Ok(self.0.clone().into_bytes()),
            _ => Ok(b"let z = 1, 2\n".to_vec()),
        }
    }

    fn list(&self, _: &str) -> Result<Vec<String>, ReadError> {
        Ok(vec!["a.adr".to_owned(), "b.adr".to_owned()])
    }
}

/// Few names, so that references often have a target.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "z"];

/// The dial plan of the bytes: three bytes give one line and the names in it.
fn plan(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(3) {
        let byte = |at: usize| line.get(at).copied().unwrap_or_default();
        let name = |at: usize| NAMES[usize::from(byte(at)) % NAMES.len()];
        let (one, two, times) = (name(1), name(2), usize::from(byte(1) >> 3) % 12 + 1);
        let listed = vec![format!("${{{two}}}"); times].join(", ");
        let used = format!("  use \"{two}\"\n").repeat(times);
        text += &match byte(0) % 12 {
            0 => format!("let {one} = {listed}\n"),
            1 => format!("let {one} = [0-9]{}\n", two.len()),
            2 => format!("let {one} = ${{{two}}}${{{two}}}[0-9]\n"),
            3 => format!("let {one} = 0..9, 000..999, ${{{two}}}\n"),
            4 => format!("group \"{one}\" {{\n{used}}}\n"),
            5 => format!(
                "group \"{one}\" {{\n  rule \"{one}\" {{ begins-with ${{{two}}}; digits 1..100; prefix 9 }}\n{used}}}\n"
            ),
            6 => format!("application {{\n{used}}}\n"),
            7 => format!(
                "site \"{one}{two}\" {{\n  clients 10.{}.{}.0/24\n  let {one} = 1, 2\n  application {{\n    use default\n{used}  }}\n}}\n",
                byte(1),
                byte(2)
            ),
            8 => format!("emergency {listed}\n"),
            9 => format!(
                "application {{\n  rule \"{one} {two}\" {{ begins-with ${{{one}}}${{{two}}}; rest 0..; keep }}\n}}\n"
            ),
            10 => format!(
                "lookup {{\n  rule \"{two}\" {{ begins-with 000000..{:06}; digits any; prefix 1 }}\n}}\n",
                u32::from(byte(2)) * 3_999
            ),
            _ => "include \"x/*.adr\"\n".to_owned(),
        };
    }
    text
}

fuzz_target!(|bytes: &[u8]| {
    let text = match bytes.split_first() {
        Some((0..=63, rest)) => String::from_utf8_lossy(rest).into_owned(),
        _ => plan(bytes),
    };
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&Text(text), &[entry]).check(&Levels::default());
    assert!(checked.steps() <= limits::STEPS);
    let errors = checked.report().diagnostics().iter();
    let errors = errors.filter(|found| found.severity == Severity::Error).count();
    assert_eq!(errors == 0, checked.plan().is_some());
    if let Some(plan) = checked.plan() {
        let lists = plan.views().flat_map(|view| ListKind::ALL.map(|kind| view.list(kind)));
        assert!(lists.map(|list| list.rules().len()).max() <= Some(limits::RULES));
    }
});
