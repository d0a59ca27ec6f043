//! Words that the project does not use, with what to write instead.

use crate::no_complaints;
use crate::tree::{Word, prose, words};

/// This file, which has to spell the words.
const LIST: &str = "tests/house/words.rs";

/// A word or phrase in lower case, and what to write. Names in sources count as well as prose.
const AVOIDED: [(&str, &str); 68] = [
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
    ("nameable", "named"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
    ("normalise", "normalize"),
    ("normalised", "normalized"),
    ("optimise", "optimize"),
    ("optimised", "optimized"),
    ("organisation", "organization"),
    ("passed over", "skipped"),
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

/// Words that may stand between "is no" and the end of a sentence: they belong to "no".
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
fn avoided_words_are_reported_with_a_replacement() {
    let complaints = |(path, text): (String, String)| {
        let found = avoided(&words(&text));
        let complaint = move |(line, word, instead)| {
            format!("{path}:{line}: `{word}`; write `{instead}`").replace("``", "`")
        };
        found.into_iter().map(complaint).collect::<Vec<_>>()
    };
    let texts = prose().filter(|(path, _)| path != LIST);
    no_complaints(&texts.flat_map(complaints).collect::<Vec<_>>());
}

#[test]
fn nouns_after_is_no_are_reported() {
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
fn avoided_word_in_a_name_is_found() {
    let found = avoided(&words("fn next() {}\nstruct DialledNumber;\nlet the_rule_book = 1;"));
    let found: Vec<_> = found.iter().map(|(line, word, _)| (*line, *word)).collect();
    assert_eq!(found, [(2, "dialled"), (3, "rule book")]);
}

#[test]
fn noun_after_is_no_across_lines_is_found() {
    let found = negated_nouns(&words("// it is\n// no list. That is no longer so. It is. No more"));
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

/// Line and phrase of every "is no" and "are no" before a noun.
fn negated_nouns(words: &[Word]) -> Vec<(usize, String)> {
    let found = words.windows(3).filter(|three| {
        matches!(&three[0].text[..], "is" | "are")
            && three[1].text == "no"
            && three[1..].iter().all(|word| word.follows)
            && !COMPARED.contains(&&three[2].text[..])
    });
    let phrase = |three: &[Word]| {
        let words: Vec<_> = three.iter().map(|word| word.text.as_str()).collect();
        (three[0].line, words.join(" "))
    };
    found.map(phrase).collect()
}
