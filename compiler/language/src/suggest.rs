//! Did you mean: the known word that is nearest to a mistyped one.

/// The candidate that a person most likely meant by `given`, or `None` when none is near.
///
/// Upper and lower case, `-`, `_` and spaces count little: `Begins_With` is `begins-with`. Otherwise
/// up to a third of the letters may be wrong, at least one; two swapped neighbours count as one
/// mistake. Equally near candidates: the first.
pub(crate) fn closest<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if given.len() > LONGEST {
        return None;
    }
    let plain = fold(given);
    let allowed = (plain.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&plain, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Nobody mistypes more than this; it bounds the work for a hostile text.
const LONGEST: usize = 256;

fn distance(given: &str, candidate: &str) -> usize {
    strsim::osa_distance(given, candidate)
}

fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::closest;

    const WORDS: [&str; 6] = [
        "begins-with",
        "digits",
        "remove",
        "prefix",
        "keep",
        "description",
    ];

    #[test]
    fn typing_mistakes_find_their_word() {
        for (given, meant) in [
            ("digts", "digits"),
            ("digtis", "digits"),
            ("BeginsWith", "begins-with"),
            ("begin-with", "begins-with"),
            ("rmove", "remove"),
            ("Prefix", "prefix"),
            ("descripton", "description"),
        ] {
            assert_eq!(closest(given, WORDS), Some(meant), "{given}");
        }
    }

    #[test]
    fn far_words_find_nothing() {
        for given in [
            "",
            "a",
            "banana",
            "408",
            "löschen",
            "x".repeat(10_000).as_str(),
        ] {
            assert_eq!(closest(given, WORDS), None, "{given}");
        }
    }

    #[test]
    fn a_one_letter_name_is_not_mistaken_for_another() {
        assert_eq!(closest("a", ["b", "c"]), None);
    }
}
