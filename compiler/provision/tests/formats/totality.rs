//! Every text is read without a panic, and equal profiles give equal files.

use adr_diagnostic::Sources;
use adr_provision::{Profile, files};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::models;

/// Pieces of profiles.
const PIECES: &[&str] = &[
    "[servers]\n",
    "[values]\n",
    "[names]\n",
    "[jabber]\n",
    "[cme]\n",
    "[dhcp]\n",
    "[core]\n",
    "[site.a]\n",
    "[site.A.values]\n",
    "[site]\n",
    "[[values]]\n",
    "tftp = [\"10.1.1.1\", \"a b\"]\n",
    "cti = 1\n",
    "keys = [\"plain\"]\n",
    "keys = []\n",
    "A = \"b\"\n",
    "a = \"c\"\n",
    "A = { x = 1 }\n",
    "template = 11\n",
    "template = 0x3\n",
    "options = [150, 66, 1]\n",
    "program = \"p\"\n",
    "arguments = [\"\", 1]\n",
    "language = -1\n",
    "language = 1_033\n",
    "mode = \"phone\"\n",
    "clear = 1\n",
    "excluded_services = [\"X\"]\n",
    "log_directory = \"a\\nb\"\n",
    "application_rules = \"ftp://a\"\n",
    "\"\" = \"\"\n",
    "\"ä\\u0000\" = \"\\u0000\"\n",
    "x = 1979-05-27\n",
    "tftp = [[\"a\"]]\n",
    "servers.tftp = [\"b\"]\n",
    "\u{feff}",
    "# c\n",
    "= 1\n",
    "a.b.c = nan\n",
];

fn check(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::new();
    let (profile, report) = Profile::read(&mut sources, "provision.toml", text);
    prop_assert_eq!(profile.is_none(), report.has_errors());
    for diagnostic in report.diagnostics() {
        for label in &diagnostic.labels {
            // the place is in the text
            let _ = sources.slice(label.span);
        }
        prop_assert!(!diagnostic.message.contains(|c: char| c.is_control() && c != '\n'));
        prop_assert_eq!(
            adr_provision::finding(diagnostic.name).unwrap().severity,
            diagnostic.severity
        );
    }
    for target in profile.iter().flat_map(Profile::targets) {
        let output = files(target);
        let paths: std::collections::BTreeSet<_> =
            output.files.iter().map(|file| file.path.to_lowercase()).collect();
        prop_assert_eq!(paths.len(), output.files.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn pieces_of_profiles_are_read(pieces in vec(select(PIECES), 0..12)) {
        check(&pieces.concat())?;
    }

    #[test]
    fn damaged_profile_is_read(model in models(), at in any::<prop::sample::Index>(), by in "\\PC?") {
        let text = model.text();
        let at = text.floor_char_boundary(at.index(text.len() + 1));
        check(&format!("{}{by}{}", &text[..at], text.get(at + 1..).unwrap_or_default()))?;
        check(&text[..at])?;
    }

    #[test]
    fn equal_profiles_give_equal_files(model in models()) {
        let (one, other) = (model.profile(), model.profile());
        for (one, other) in one.targets().iter().zip(other.targets()) {
            prop_assert_eq!(files(one), files(other));
        }
    }
}

#[test]
fn deep_nesting_is_an_error() {
    for text in [format!("a = {}", "[".repeat(100_000)), format!("a{} = 1", ".a".repeat(100_000))] {
        check(&text).unwrap();
    }
}
