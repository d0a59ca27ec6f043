//! Patterns under `deny` that would deny nothing.

use super::{DEVICE_LIST, InvalidSetting};

/// The patterns that match no name: a pattern is compared with the last part of a name only.
pub(super) fn wrong(patterns: &[String]) -> Vec<InvalidSetting> {
    let wrong = patterns.iter().enumerate().filter(|(_, pattern)| !is_name(pattern));
    wrong
        .map(|(position, pattern)| InvalidSetting {
            setting: format!("deny.{position}"),
            reason: format!(
                "`{}` in `deny` denies nothing; write the name of a file without its folder, such \
                 as `{}`: it is denied in every folder",
                pattern.escape_debug(),
                example(pattern).escape_debug()
            ),
        })
        .collect()
}

/// Whether a pattern can match the last part of a name that a client may request.
fn is_name(pattern: &str) -> bool {
    let never = |character: char| "/\\:".contains(character) || character.is_control();
    !pattern.contains(never) && !matches!(pattern, "" | "." | "..")
}

/// What to write instead. The name after the last folder, unless that would deny all files.
fn example(pattern: &str) -> &str {
    let name = pattern.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_of_use = is_name(name) && name.contains(|character| character != '*');
    if is_of_use { name } else { DEVICE_LIST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_with_a_folder_is_invalid_and_its_name_is_the_example() {
        let reason = |pattern: &str| {
            let wrong = wrong(&["a.xml".to_owned(), pattern.to_owned()]);
            wrong.into_iter().map(|wrong| (wrong.setting, wrong.reason)).next()
        };
        for (pattern, example) in [
            ("CUPC/secret.xml", "secret.xml"),
            ("/secret2.xml", "secret2.xml"),
            ("CUPC\\secret*", "secret*"),
            ("CUPC/*", DEVICE_LIST),
            ("CUPC/", DEVICE_LIST),
            ("", DEVICE_LIST),
            ("..", DEVICE_LIST),
            ("C:x", DEVICE_LIST),
        ] {
            let (setting, reason) = reason(pattern).unwrap();
            assert_eq!(setting, "deny.1");
            assert!(reason.contains(&format!("such as `{example}`:")), "{reason}");
        }
        for pattern in ["*", "*.sgn", "CTL File.tlv", DEVICE_LIST, ".hidden", "ünï.xml"] {
            assert_eq!(reason(pattern), None, "{pattern}");
        }
    }
}
