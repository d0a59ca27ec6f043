//! "Did you mean": the known word that is nearest to a mistyped one.

/// The candidate that was most likely meant by `given`; `None` if none is near.
///
/// Case, `-`, `_` and spaces are ignored: `Begins_With` is `begins-with`. Of the remaining letters,
/// a third may be wrong, but at least one. Two swapped neighbors count as one mistake. Of equally
/// near candidates, the first is returned.
#[must_use]
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = near(given, candidates)?;
    near.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Suggestions for the unknown names of one dial plan.
///
/// Each suggestion compares a name with every known one. The number of suggestions is limited to
/// [`SUGGESTIONS`], so that the work stays proportional to the known names.
#[derive(Debug)]
pub(crate) struct Suggestions {
    /// The number of suggestions that remain.
    remaining: usize,
}

/// Most suggestions for one dial plan.
const SUGGESTIONS: usize = 100;

impl Default for Suggestions {
    fn default() -> Self {
        Self { remaining: SUGGESTIONS }
    }
}

impl Suggestions {
    /// Like [`closest`], for names in no particular order: of equally near ones, the alphabetically
    /// first.
    pub(crate) fn closest<'a>(
        &mut self,
        given: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        self.remaining = self.remaining.checked_sub(1)?;
        near(given, known)?.min().map(|(_, candidate)| candidate)
    }
}

/// The candidates that may be meant, with their distances; `None` if the given word is too long.
fn near<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<impl Iterator<Item = (usize, &'a str)>> {
    let plain = (given.len() <= LONGEST).then(|| fold(given).collect::<String>())?;
    let (length, letters) = outline(given);
    let allowed = (length / 3).max(1);
    let candidates = candidates.into_iter().filter(move |candidate| {
        candidate.len() <= LONGEST && {
            let (other_length, other) = outline(candidate);
            // a mistake changes the length by at most one, and the presence of at most two letters
            length.abs_diff(other_length) <= allowed
                && (letters ^ other).count_ones() as usize <= 2 * allowed
        }
    });
    let measured = candidates.map(move |candidate| {
        let folded: String = fold(candidate).collect();
        (strsim::osa_distance(&plain, &folded), candidate)
    });
    Some(
        measured.filter(move |(distance, candidate)| {
            *distance <= allowed && *distance < candidate.len()
        }),
    )
}

/// Longest word that is compared, in bytes. This bounds the work for hostile texts.
const LONGEST: usize = 256;

/// The number of characters of a folded word, and the set of its characters. Characters that share
/// a bit count as one, so that the difference of two sets is never too large.
fn outline(text: &str) -> (usize, u64) {
    fold(text).fold((0, 0), |(length, letters), letter| {
        (length + 1, letters | 1 << (u32::from(letter) % 64))
    })
}

fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::{SUGGESTIONS, Suggestions, closest, fold, near};
    use proptest::prelude::*;

    const WORDS: [&str; 6] = ["begins-with", "digits", "remove", "prefix", "keep", "description"];

    #[test]
    fn typing_mistake_finds_its_word() {
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
    fn distant_word_finds_nothing() {
        for given in ["", "a", "banana", "408", "löschen", "x".repeat(10_000).as_str()] {
            assert_eq!(closest(given, WORDS), None, "{given}");
        }
    }

    #[test]
    fn suggestions_end_after_the_hundredth() {
        let mut suggestions = Suggestions::default();
        for _ in 0..SUGGESTIONS {
            assert_eq!(suggestions.closest("digts", WORDS), Some("digits"));
        }
        assert_eq!(suggestions.closest("digts", WORDS), None);
    }

    #[test]
    fn suggestion_among_equally_near_names_does_not_depend_on_their_order() {
        for names in [["Dalles", "Dallas"], ["Dallas", "Dalles"]] {
            let close = Suggestions::default().closest("Dallxs", names);
            assert_eq!(close, Some("Dallas"));
        }
    }

    proptest! {
        /// Candidates that are skipped without a comparison are too far away.
        #[test]
        fn near_candidates_equal_those_of_a_full_search(
            given in "[a-eA-E_ é@€]{0,9}",
            candidates in prop::collection::vec("[a-eA-E_ é@€]{0,9}", 0..20),
        ) {
            let folded = |text: &str| fold(text).collect::<String>();
            let allowed = (folded(&given).chars().count() / 3).max(1);
            let measured = candidates.iter().map(|candidate| {
                let distance = strsim::osa_distance(&folded(&given), &folded(candidate));
                (distance, candidate.as_str())
            });
            let expected: Vec<_> = measured
                .filter(|(distance, candidate)| {
                    *distance <= allowed && *distance < candidate.len()
                })
                .collect();
            let found = near(&given, candidates.iter().map(String::as_str));
            prop_assert_eq!(found.unwrap().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn one_letter_name_finds_no_other() {
        assert_eq!(closest("a", ["b", "c"]), None);
    }
}
