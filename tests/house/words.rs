//! Words that the project does not use, with what to write instead.

use crate::no_complaints;
use crate::tree::{Word, prose, words};

/// This file, which contains the avoided words.
const LIST: &str = "tests/house/words.rs";

/// A word or phrase in lower case, and what to write. Names in sources count as well as prose.
const AVOIDED: [(&str, &str); 66] = [
    ("analyse", "analyze"),
    ("are told", "name who says it: `adrc reports …`"),
    ("artefact", "artifact"),
    ("artefacts", "artifacts"),
    ("as it was", "unchanged"),
    ("astray", "wrong, lost"),
    ("befall", "happen to"),
    ("befalls", "happens to"),
    ("behaviour", "behavior"),
    ("bell", "probe, signal"),
    ("catalogue", "catalog"),
    ("centre", "center"),
    ("colour", "color"),
    ("coloured", "colored"),
    ("colours", "colors"),
    ("contest", "runner-up, contender"),
    ("contests", "runners-up, contenders"),
    ("deed", "action"),
    ("deeds", "actions"),
    ("dialled", "dialed"),
    ("dialler", "dialer"),
    ("dialling", "dialing"),
    ("fate", "reachability, result"),
    ("fates", "reachability, results"),
    ("favour", "favor"),
    ("grey", "gray"),
    ("hearsay", "name the source"),
    ("honour", "honor"),
    ("honours", "honors"),
    ("is told", "name who says it: `adrc reports …`"),
    ("knocker", "probe"),
    ("labelled", "labeled"),
    ("licence", "license"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("mends", "fixes"),
    ("minimise", "minimize"),
    ("minimised", "minimized"),
    ("minimises", "minimizes"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
    ("normalise", "normalize"),
    ("normalised", "normalized"),
    ("optimise", "optimize"),
    ("optimised", "optimized"),
    ("organisation", "organization"),
    ("recognise", "recognize"),
    ("recognised", "recognized"),
    ("recognises", "recognizes"),
    ("rope", "probe"),
    ("rule book", "dial plan"),
    ("rule books", "dial plans"),
    ("rulebook", "dial plan"),
    ("rulebooks", "dial plans"),
    ("serialise", "serialize"),
    ("serialised", "serialized"),
    ("stale plan", "outdated change plan"),
    ("stranger", "unauthenticated client"),
    ("strangers", "unauthenticated clients"),
    ("summarise", "summarize"),
    ("uncounted", "exempt"),
    ("unrecognised", "unrecognized"),
    ("was told", "name who said it, and what"),
    ("were told", "name who said it, and what"),
    ("whoever", "name the person or program"),
];

/// Paths where a word is allowed, with the reason.
const ALLOWED: [(&str, &str, &str); 8] = [
    ("compiler/language/tests/snapshots/findings__control-character.snap", "bell", UNICODE),
    ("tests/suites/findings/control-character.adr", "bell", UNICODE),
    ("tftp/server/src/settings/renamed.rs", "uncounted", RENAMED),
    ("tests/e2e/settings.rs", "uncounted", RENAMED),
    ("docs/reference/settings.md", "uncounted", RENAMED),
    ("CHANGELOG.md", "rule book", FORMER),
    ("CHANGELOG.md", "artefacts", FORMER),
    ("CHANGELOG.md", "dialled", FORMER),
];

const UNICODE: &str = "the Unicode name of the character";
const FORMER: &str = "the table of former names";
const RENAMED: &str = "the old name of a setting, which the message about it repeats";

/// Words after "is no" that are not nouns.
const COMPARED: [&str; 11] = [
    "better",
    "different",
    "earlier",
    "greater",
    "larger",
    "later",
    "less",
    "longer",
    "more",
    "smaller",
    "worse",
];

#[test]
fn text_has_no_avoided_word() {
    let complaints = |(path, text): (String, String)| {
        let mut found = avoided(&words(&text));
        let allowed = |word: &str| ALLOWED.iter().any(|(at, of, _)| *at == path && *of == word);
        found.retain(|(_, word, _)| !allowed(word));
        let complaint = move |(line, word, instead)| {
            format!("{path}:{line}: `{word}`; write `{instead}`").replace("``", "`")
        };
        found.into_iter().map(complaint).collect::<Vec<_>>()
    };
    let texts = prose().filter(|(path, _)| path != LIST);
    no_complaints(&texts.flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn text_has_no_noun_after_is_no() {
    let complaints = |(path, text): (String, String)| {
        let found = negated_nouns(&words(&text));
        let complaint = move |(line, phrase): (usize, String)| {
            format!("{path}:{line}: `{phrase}`; write what it is, or `is not a …`")
        };
        found.into_iter().map(complaint).collect::<Vec<_>>()
    };
    let texts = prose().filter(|(path, _)| path != LIST);
    no_complaints(&texts.flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn list_of_avoided_words_is_sorted_without_repetition() {
    assert!(AVOIDED.is_sorted_by(|(before, _), (after, _)| before < after));
}

#[test]
fn every_exception_for_a_word_is_needed() {
    let unneeded = ALLOWED.iter().filter(|(path, word, _)| {
        let found = avoided(&words(&adr_tests::text(path)));
        !found.iter().any(|(_, avoided, _)| avoided == word)
    });
    let complaint = |(path, word, _): &(&str, &str, &str)| {
        format!("{LIST}:1: `{path}` does not use `{word}`; remove the exception")
    };
    no_complaints(&unneeded.map(complaint).collect::<Vec<_>>());
}

#[test]
fn avoided_word_in_a_name_is_found() {
    let found = avoided(&words("fn next() {}\nstruct DialledNumber;\nlet the_rule_book = 1;"));
    let found: Vec<_> = found.iter().map(|(line, word, _)| (*line, *word)).collect();
    assert_eq!(found, [(2, "dialled"), (3, "rule book")]);
}

#[test]
fn noun_after_is_no_across_lines_is_found() {
    let text = "// it is\n// no list. That is no longer so. It is. No more, there is no way";
    let found = negated_nouns(&words(text));
    assert_eq!(found, [(1, "is no list".to_owned())]);
}

/// Line, word and replacement of every avoided word or phrase.
fn avoided(words: &[Word]) -> Vec<(usize, &'static str, &'static str)> {
    let at = |from: usize| {
        let begins = move |(phrase, _): &&(&'static str, &str)| begins_with(&words[from..], phrase);
        let found = AVOIDED.iter().filter(begins);
        found.map(move |(phrase, instead)| (words[from].line, *phrase, *instead))
    };
    (0..words.len()).flat_map(at).collect()
}

fn begins_with(words: &[Word], phrase: &str) -> bool {
    let mut parts = phrase.split(' ').enumerate();
    parts.all(|(at, part)| {
        let word = words.get(at);
        word.is_some_and(|word| word.text == part && (at == 0 || word.follows))
    })
}

/// Line and phrase of every "is no" and "are no" before a noun. "There is no link" says that
/// something does not exist and is allowed; "this is no link" is not.
fn negated_nouns(words: &[Word]) -> Vec<(usize, String)> {
    let is_there =
        |at: usize| at.checked_sub(1).is_some_and(|before| words[before].text == "there");
    let found = words.windows(3).enumerate().filter(|(at, three)| {
        matches!(&three[0].text[..], "is" | "are")
            && three[1].text == "no"
            && three[1..].iter().all(|word| word.follows)
            && !COMPARED.contains(&&three[2].text[..])
            && !is_there(*at)
    });
    let phrase = |(_, three): (usize, &[Word])| {
        let words: Vec<_> = three.iter().map(|word| word.text.as_str()).collect();
        (three[0].line, words.join(" "))
    };
    found.map(phrase).collect()
}
