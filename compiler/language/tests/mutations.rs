//! Changes one token of the examples in the documentation: a finding or a failing test must report
//! every changed result.

use std::collections::HashMap;

use adr_language::{DialPlan, EntryFile, Levels, ReadError, World, load};

/// The pages with the examples.
const PAGES: [&str; 3] = [
    include_str!("../../../docs/reference/language.md"),
    include_str!("../../../docs/guides/pipeline.md"),
    include_str!("../../../README.md"),
];

/// Maximum number of changed results without a finding or a failing test.
const MAX_UNREPORTED: usize = 1;

struct Text<'t>(&'t str);

impl World for Text<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match path {
            "main.adr" => Ok(self.0.as_bytes().to_vec()),
            _ => Err(ReadError { reason: "no such file".to_owned(), help: String::new() }),
        }
    }
}

/// The dial plan of a text without findings.
fn clean(text: &str) -> Option<DialPlan> {
    let entry = EntryFile { path: "main.adr".to_owned(), root: String::new() };
    let checked = load(&Text(text), &[entry]).check(&Levels::default());
    checked.report().is_empty().then(|| checked.into_plan())?
}

/// The files of clients, by their paths.
fn results(plan: &DialPlan) -> HashMap<String, Vec<u8>> {
    let artifacts = plan.artifacts();
    let files = artifacts.files.into_iter();
    let files = files.map(|(path, bytes)| (path, bytes.to_vec()));
    let views = artifacts.views.iter().map(|view| {
        let networks = format!("{:?}", view.networks);
        (format!("{:?}", view.name), networks.into_bytes())
    });
    files.chain(views).collect()
}

/// The valid rule sources of a page.
fn examples() -> Vec<&'static str> {
    let blocks = PAGES.iter().flat_map(|page| page.split("\n```adr ").skip(1));
    let texts = blocks.filter_map(|block| {
        let (info, text) = block.split_once('\n')?;
        let text = &text[..text.find("```")?];
        (info == "ok" || info.starts_with("file=")).then_some(text)
    });
    texts.filter(|text| clean(text).is_some()).collect()
}

/// The byte ranges of the tokens of a text: texts in quotes, words with their values, and signs,
/// without comments.
fn tokens(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            '"' => rest[1..].find('"').map_or(1, |end| end + 2),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '-' if rest.starts_with("->") => 2,
            c if c.is_whitespace() || "{};,=".contains(c) => 1,
            _ => bare(rest),
        };
        if !first.is_whitespace() && !rest.starts_with("//") {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}

/// The length in bytes of a word or value; braces of `${name}` are part of it.
fn bare(rest: &str) -> usize {
    let mut length = 0;
    while let Some(next) = rest[length..].chars().next() {
        match rest[length..].find('}').filter(|_| rest[length..].starts_with("${")) {
            Some(end) => length += end + 1,
            None if next.is_whitespace() || "{};,=\"".contains(next) => break,
            None => length += next.len_utf8(),
        }
    }
    length
}

/// Variants of a text in which the token at `at` is mistyped: omitted, doubled, short of a letter,
/// in capitals, with letters for digits, cut in two, exchanged with the next one, and joined with
/// it. Another valid value in its place is not a mistake that adrc can detect without a test.
fn changed(text: &str, tokens: &[std::ops::Range<usize>], at: usize) -> Vec<String> {
    let token = &text[tokens[at].clone()];
    let with = |replacement: &str| {
        let (before, after) = (&text[..tokens[at].start], &text[tokens[at].end..]);
        [before, replacement, after].concat()
    };
    let mut texts = vec![with(""), with(&format!("{token} {token}"))];
    if token.len() >= 3 && token.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
        texts.push(with(&[&token[..1], &token[2..]].concat()));
        texts.push(with(&token.to_ascii_uppercase()));
    }
    if !token.starts_with('"') {
        texts.extend(
            [('0', "O"), ('1', "l")].map(|(digit, letter)| with(&token.replace(digit, letter))),
        );
        let half = token.len() / 2;
        if half > 0 && token.is_char_boundary(half) {
            texts.push(with(&format!("{} {}", &token[..half], &token[half..])));
        }
    }
    if let Some(next) = tokens.get(at + 1) {
        let between = &text[tokens[at].end..next.start];
        let (before, after) = (&text[..tokens[at].start], &text[next.end..]);
        texts.push([before, &text[next.clone()], between, token, after].concat());
        texts.push([before, token, &text[next.clone()], after].concat());
    }
    texts
}

#[test]
fn changed_token_causes_a_finding() {
    let (mut mutations, mut unreported) = (0, Vec::new());
    for example in examples() {
        let before = results(&clean(example).expect("an example has no findings"));
        let tokens = tokens(example);
        let texts = (0..tokens.len()).flat_map(|at| changed(example, &tokens, at));
        for text in texts.filter(|text| text != example) {
            mutations += 1;
            if clean(&text).is_some_and(|plan| results(&plan) != before) {
                unreported.push(text);
            }
        }
    }
    println!("{} of {mutations} changed results are not reported", unreported.len());
    assert!(mutations >= 1_000, "only {mutations} mutations");
    let shown = unreported.join("\n----\n");
    assert!(
        unreported.len() <= MAX_UNREPORTED,
        "{} of {mutations} changed results are not reported:\n{shown}",
        unreported.len()
    );
}

/// A stray brace between any two tokens causes one error.
#[test]
fn stray_brace_causes_one_finding() {
    let (mut strays, mut wrong) = (0, Vec::new());
    for example in examples() {
        let places = tokens(example).into_iter().map(|token| token.start);
        for (at, brace) in places.flat_map(|at| [(at, "} "), (at, "{ ")]) {
            let text = [&example[..at], brace, &example[at..]].concat();
            strays += 1;
            let mut sources = adr_diagnostic::Sources::new();
            let source = sources.add("main.adr", text.as_str());
            let (_, report) = adr_language::parse(source, &text);
            if report.diagnostics().len() != 1 {
                let found = report.diagnostics().iter();
                let found: Vec<_> =
                    found.map(|it| format!("{}: {}", it.name, it.message)).collect();
                wrong.push(format!("{text}\n{}", found.join("\n")));
            }
        }
    }
    let shown = wrong.join("\n----\n");
    assert!(wrong.is_empty(), "{} of {strays}:\n{shown}", wrong.len());
}
