//! The text files of the repository, and the words in them.

/// Folders of data: recordings, fuzzing corpora, and files of other projects.
const DATA: [&str; 3] =
    ["compiler/diagnostic/tests/schema/", "tests/fuzz/corpus/", "tests/corpus/"];

/// Files whose text is not the project's own.
const FOREIGN: [&str; 4] = ["Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT", "tests/fuzz/Cargo.lock"];

/// A word of a text.
pub(crate) struct Word {
    /// In lower case, ASCII letters only.
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Whether only spaces, line ends, comment marks, `-` or `_` separate it from the word before.
    pub(crate) follows: bool,
}

/// Every text file with its relative path, apart from fuzzing corpora.
pub(crate) fn texts() -> impl Iterator<Item = (String, String)> {
    let files = adr_tests::files().into_iter();
    let written = files.filter(|(path, _)| !path.starts_with("tests/fuzz/corpus/"));
    written.filter_map(|(path, place)| Some((path, std::fs::read_to_string(place).ok()?)))
}

/// Every Rust source.
pub(crate) fn sources() -> impl Iterator<Item = (String, String)> {
    texts().filter(|(path, _)| path.ends_with(".rs"))
}

/// Every text whose wording is the project's own and that rules about words apply to.
pub(crate) fn prose() -> impl Iterator<Item = (String, String)> {
    texts().filter(|(path, _)| {
        !DATA.iter().any(|folder| path.starts_with(folder)) && !FOREIGN.contains(&path.as_str())
    })
}

/// The words of a text. Names in snake case and camel case are split into their words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut line = 1;
    // The letter before, or what separates the next word from the one before.
    let mut before = '.';
    for letter in text.chars() {
        if letter.is_ascii_alphabetic() {
            let camel = before.is_ascii_lowercase() && letter.is_ascii_uppercase();
            if camel || !before.is_ascii_alphabetic() {
                words.push(Word { text: String::new(), line, follows: joins(before) });
            }
            if let Some(word) = words.last_mut() {
                word.text.push(letter.to_ascii_lowercase());
            }
        }
        line += usize::from(letter == '\n');
        if letter.is_ascii_alphabetic() || joins(before) {
            before = letter;
        }
    }
    words
}

/// Whether words with this character between them can belong to one phrase. A letter stands for a
/// border inside a name in camel case.
fn joins(between: char) -> bool {
    between.is_ascii_alphabetic()
        || matches!(between, ' ' | '\n' | '\t' | '/' | '!' | '#' | '-' | '_')
}

#[test]
fn names_and_comments_are_split_into_words() {
    let found = words("DialPlan::read_all(x)\n/// a\n/// b. c");
    let found: Vec<_> =
        found.iter().map(|word| (&word.text[..], word.line, word.follows)).collect();
    let expected = [
        ("dial", 1, false),
        ("plan", 1, true),
        ("read", 1, false),
        ("all", 1, true),
        ("x", 1, false),
        ("a", 2, false),
        ("b", 3, true),
        ("c", 3, false),
    ];
    assert_eq!(found, expected);
}
