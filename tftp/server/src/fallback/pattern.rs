//! Patterns of file names: text in which `*` stands for any characters.

/// A pattern that ignores the case of `A-Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The text between the stars, in lower case; at least one part.
    parts: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { parts: text.to_ascii_lowercase().split('*').map(str::to_owned).collect() }
    }

    /// Whether a whole name matches.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first() == Some(&name);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        // the earliest place of each part leaves most for the parts after it
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stands_for_any_characters() {
        for (pattern, name, matches) in [
            ("ConfigFileCacheList.txt*", "ConfigFileCacheList.txt", true),
            ("ConfigFileCacheList.txt*", "configfilecachelist.TXT.sgn", true),
            ("ConfigFileCacheList.txt*", "ConfigFileCacheList.tx", false),
            ("ConfigFileCacheList.txt*", "xConfigFileCacheList.txt", false),
            ("a", "A", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*.sgn", "x.sgn", true),
            ("*.sgn", "x.sgn2", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), matches, "{pattern} {name}");
        }
    }
}
