//! Recognizes web pages, and reads their tags.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Bytes of a page that are read. The pages of CUCM have a few kilobytes.
pub(crate) const PAGE_BYTES: usize = 1024 * 1024;

/// Characters of a page's title or text that an error repeats.
pub(crate) const TITLE_CHARACTERS: usize = 200;

/// What a reader of pages needs of a token.
pub(crate) enum Piece<'p> {
    /// The start of an element, with its name in lower case.
    Start(&'p str, &'p StartTag<()>),
    /// The end of an element, with its name in lower case.
    End(&'p str),
    /// Text between tags.
    Text(&'p str),
}

/// Passes the tags and texts of a page to `visit`, in order. No page is malformed for it.
pub(crate) fn pieces(page: &[u8], mut visit: impl FnMut(&Piece<'_>)) {
    let page = String::from_utf8_lossy(&page[..page.len().min(PAGE_BYTES)]);
    let mut emitter = DefaultEmitter::<()>::default();
    // the content of scripts and styles is text, also where it looks like tags
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(&*page, emitter).flatten() {
        match token {
            Token::StartTag(tag) => {
                visit(&Piece::Start(&String::from_utf8_lossy(&tag.name), &tag));
            }
            Token::EndTag(tag) => visit(&Piece::End(&String::from_utf8_lossy(&tag.name))),
            Token::String(text) => visit(&Piece::Text(&String::from_utf8_lossy(&text))),
            _ => {}
        }
    }
}

/// An attribute of a tag.
pub(crate) fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// The title of a body that is a web page, such as that of a proxy or a login; `None` for
/// everything else. The title may be empty.
///
/// ```
/// use adr_cucm::title_of_page;
///
/// assert_eq!(title_of_page(b"<html><title>Sign in</title></html>").as_deref(), Some("Sign in"));
/// assert_eq!(title_of_page(b"<?xml version=\"1.0\"?><DialRules/>"), None);
/// ```
#[must_use]
pub fn title_of_page(body: &[u8]) -> Option<String> {
    is_page(body).then(|| title(body))
}

/// Whether a body begins as HTML, possibly after a byte order mark, white space, an XML declaration
/// and comments.
fn is_page(body: &[u8]) -> bool {
    let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    loop {
        let end: &[u8] = match rest {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            _ => break,
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else {
            return false;
        };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    let begins = |with: &str| {
        rest.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    ["<!doctype html", "<html", "<head", "<body", "<title"].into_iter().any(begins)
}

fn title(page: &[u8]) -> String {
    let (mut inside, mut title) = (false, String::new());
    pieces(page, |piece| match piece {
        Piece::Start("title", _) => inside = true,
        Piece::End("title") => inside = false,
        Piece::Text(text) if inside => title.push_str(text),
        _ => {}
    });
    shortened(&title)
}

/// A text in one line, shortened.
pub(crate) fn shortened(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(TITLE_CHARACTERS).collect()
}
