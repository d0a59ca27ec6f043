//! Formatting a text that parses is idempotent.
#![no_main]

use adr_diagnostic::Sources;
use adr_language::{format, parse, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut sources = Sources::new();
    let source = sources.add("main.adr", text);
    match format(&sources, source) {
        Ok(once) => {
            let mut sources = Sources::new();
            let source = sources.add("main.adr", once.text.as_str());
            let twice = format(&sources, source).expect("formatted text has no errors");
            assert!(!twice.changed, "{}\n{}", once.text, twice.text);
        }
        Err(report) => {
            let is_defect =
                report.diagnostics().iter().any(|found| found.name == "formatter-defect");
            assert!(!is_defect, "the formatter would change the meaning");
            let (tree, _) = parse(source, text);
            let _ = print(&tree, text);
        }
    }
});
