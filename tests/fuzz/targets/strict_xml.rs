//! The strict reader on arbitrary bytes: no panic, valid spans, and clients read the same rules
//! from every file that it accepts.
#![no_main]

use adr_diagnostic::Sources;
use adr_engine::xml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let text = String::from_utf8_lossy(file);
    let mut sources = Sources::new();
    let source = sources.add("fuzz.xml", &*text);
    let (strict, client) = xml::check(source, &text, file);
    for found in strict.report.diagnostics() {
        for label in &found.labels {
            assert!(text.get(label.span.range()).is_some(), "{found:?}");
        }
    }
    if let Some(list) = strict.list {
        assert_eq!((client.error, &client.rules[..]), (None, list.rules()));
    }
});
