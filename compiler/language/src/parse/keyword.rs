//! Keywords, the places where they are allowed, and words that people write instead.

use adr_diagnostic::{Finding, Span};

use super::recover::{propose, replace};

use super::parser::{Parser, shown};
use super::token;
use crate::suggest::closest;
use crate::tree::{FieldKind, ListKind};

pub(super) static UNKNOWN_KEYWORD: Finding = Finding::error(
    "unknown-keyword",
    "a word is not a keyword",
    include_str!("../pages/unknown-keyword.md"),
);

pub(super) static MISPLACED_KEYWORD: Finding = Finding::error(
    "misplaced-keyword",
    "a keyword is used in the wrong place",
    include_str!("../pages/misplaced-keyword.md"),
);

/// A keyword of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Let,
    Emergency,
    Include,
    LongestNumber,
    Group,
    Block(ListKind),
    Site,
    Test,
    Rule,
    Use,
    Clients,
    Dial,
    Field(FieldKind),
}

/// A place in which some keywords are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Top,
    Site,
    List,
    Rule,
    Test,
}

impl Place {
    fn takes(self, keyword: Keyword) -> bool {
        match self {
            Self::Top => matches!(
                keyword,
                Keyword::Let
                    | Keyword::Emergency
                    | Keyword::Include
                    | Keyword::LongestNumber
                    | Keyword::Group
                    | Keyword::Block(_)
                    | Keyword::Site
                    | Keyword::Test
            ),
            Self::Site => {
                matches!(keyword, Keyword::Let | Keyword::Clients | Keyword::Block(_))
            }
            Self::List => matches!(keyword, Keyword::Rule | Keyword::Use),
            Self::Rule => matches!(keyword, Keyword::Field(_)),
            Self::Test => matches!(keyword, Keyword::Dial | Keyword::Block(ListKind::Lookup)),
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Top => &[
                "let",
                "emergency",
                "include",
                "longest-number",
                "group",
                "application",
                "lookup",
                "site",
                "test",
            ],
            Self::Site => &["clients", "let", "application", "lookup"],
            Self::List => &["rule", "use"],
            Self::Rule => &[
                "begins-with",
                "digits",
                "rest",
                "remove",
                "remove-all-but",
                "prefix",
                "description",
                "keep",
            ],
            Self::Test => &["dial", "lookup"],
        }
    }

    fn called(self) -> &'static str {
        match self {
            Self::Top => "at the top of a file",
            Self::Site => "in a site",
            Self::List => "in a list of rules",
            Self::Rule => "in a rule",
            Self::Test => "in a test block",
        }
    }
}

impl Parser<'_> {
    /// Reads the keyword here, if it is allowed in `place` or is obviously meant. Otherwise reports
    /// the mistake, skips the item, and returns `None`.
    pub(super) fn keyword(&mut self, place: Place) -> Option<Keyword> {
        let start = self.at();
        let Some(word) = self.accept(token::word) else {
            self.unexpected(&format!("{} write one of {}", place.called(), list(place)));
            self.skip_after(place);
            return None;
        };
        let found = known(word);
        if found.is_some_and(|keyword| place.takes(keyword)) {
            return found;
        }
        let span = self.since(start);
        if found.is_some() {
            self.misplaced(span, place);
        } else if let Some(meant) = self.unknown(span, place) {
            return Some(meant);
        }
        self.skip_after(place);
        None
    }

    /// The next keyword, without reading it.
    pub(super) fn next_keyword(&self) -> Option<Keyword> {
        token::word(self.rest).ok().and_then(|(_, word)| known(word))
    }

    fn skip_after(&mut self, place: Place) {
        let before = self.at();
        if place == Place::Rule {
            self.skip_field();
        } else {
            self.skip_item();
        }
        if self.at() == before && self.peek() == Some(b'}') && place == Place::Top {
            self.accept_byte(b'}');
        }
    }

    fn misplaced(&mut self, span: Span, place: Place) {
        let word = self.slice(span);
        let belongs = known(word.as_bytes()).map_or("", belongs);
        self.error(|| {
            MISPLACED_KEYWORD
                .found(format!("`{word}` is not allowed {}", place.called()))
                .at(span)
                .with_help(format!("`{word}` belongs {belongs}"))
        });
    }

    /// Reports an unknown word. Returns the keyword that was probably meant, if parsing can
    /// continue with it.
    fn unknown(&mut self, span: Span, place: Place) -> Option<Keyword> {
        if self.count_only() {
            return None;
        }
        let word = self.slice(span);
        let old = old_spelling(word).filter(|old| place.words().contains(old));
        let meant = old.or_else(|| closest(word, place.words().iter().copied()));
        self.error(|| {
            let diagnostic =
                UNKNOWN_KEYWORD.found(format!("`{}` is not a keyword", shown(word))).at(span);
            match meant {
                Some(meant) => {
                    let fix = if old.is_some() { replace } else { propose };
                    diagnostic.with_help(format!("write `{meant}`")).with_fix(fix(
                        span,
                        meant,
                        &format!("write `{meant}`"),
                    ))
                }
                None => diagnostic.with_help(match elsewhere(word) {
                    Some(help) => help.to_owned(),
                    None => format!("{} write one of {}", place.called(), list(place)),
                }),
            }
        });
        meant
            .and_then(|meant| known(meant.as_bytes()))
            .filter(|_| matches!(place, Place::Top | Place::Site | Place::List))
    }
}

/// The keyword with this spelling.
pub(super) fn known(word: &[u8]) -> Option<Keyword> {
    Some(match word {
        b"begins-with" => Keyword::Field(FieldKind::BeginsWith),
        b"digits" => Keyword::Field(FieldKind::Digits),
        b"rest" => Keyword::Field(FieldKind::Rest),
        b"remove" => Keyword::Field(FieldKind::Remove),
        b"remove-all-but" => Keyword::Field(FieldKind::RemoveAllBut),
        b"prefix" => Keyword::Field(FieldKind::Prefix),
        b"description" => Keyword::Field(FieldKind::Description),
        b"keep" => Keyword::Field(FieldKind::Keep),
        b"rule" => Keyword::Rule,
        b"use" => Keyword::Use,
        b"let" => Keyword::Let,
        b"emergency" => Keyword::Emergency,
        b"include" => Keyword::Include,
        b"longest-number" => Keyword::LongestNumber,
        b"group" => Keyword::Group,
        b"application" => Keyword::Block(ListKind::Application),
        b"lookup" => Keyword::Block(ListKind::Lookup),
        b"site" => Keyword::Site,
        b"test" => Keyword::Test,
        b"clients" => Keyword::Clients,
        b"dial" => Keyword::Dial,
        _ => return None,
    })
}

fn belongs(keyword: Keyword) -> &'static str {
    match keyword {
        Keyword::Let => "at the top of a file or in a site",
        Keyword::Rule | Keyword::Use => "in a `group`, `application` or `lookup`",
        Keyword::Field(_) => "in a rule: `rule \"name\" { … }`",
        Keyword::Clients => "in a site: `site \"name\" { … }`",
        Keyword::Block(_) => "at the top of a file or in a site",
        Keyword::Dial => "in a test block: `test { … }`",
        _ => "at the top of a file",
    }
}

/// The keyword for a name that the CUCM administration page, AXL, the XML files or other tools use.
fn old_spelling(word: &str) -> Option<&'static str> {
    let plain: String =
        word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        "beginswith" | "beginwith" | "numberbeginwith" | "numberbeginswith" | "startswith"
        | "begins" | "pattern" | "match" => "begins-with",
        "digits" | "numdigits" | "numberofdigits" | "length" | "len" | "count" => "digits",
        "remove"
        | "digitstoremove"
        | "digitstoberemoved"
        | "totaldigitstoberemoved"
        | "totaldigitstoremove"
        | "strip"
        | "drop"
        | "discard"
        | "delete" => "remove",
        "prefix" | "prefixwith" | "prefixpattern" | "prefixwithpattern" | "prepend" | "add" => {
            "prefix"
        }
        "removeallbut" | "allbut" | "leave" | "keeplast" => "remove-all-but",
        "rest" | "restdigits" | "following" => "rest",
        "longestnumber" | "longest" | "maxdigits" => "longest-number",
        "description" | "desc" | "comment" | "note" => "description",
        "keep" | "unchanged" | "exception" | "passthrough" => "keep",
        "application"
        | "app"
        | "applications"
        | "appdialrules"
        | "applicationdialrules"
        | "applicationdialrule"
        | "appdialrule" => "application",
        "lookup"
        | "directory"
        | "directorylookup"
        | "dirlookup"
        | "dirlookupdialrules"
        | "directorylookupdialrules"
        | "directorylookupdialrule" => "lookup",
        "rule" | "dialrule" | "dialrules" | "rules" => "rule",
        "use" | "using" | "call" => "use",
        "include" | "import" | "source" => "include",
        "let" | "set" | "var" | "const" | "define" | "variable" => "let",
        "clients" | "client" | "network" | "networks" | "subnet" | "subnets" => "clients",
        "site" | "view" | "location" | "sites" => "site",
        "emergency" | "emergencies" => "emergency",
        "group" | "groups" | "template" => "group",
        "test" | "tests" => "test",
        "dial" | "dials" => "dial",
        _ => return None,
    })
}

/// The help for words for which the language has no keyword.
fn elsewhere(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "name" => "the name follows the keyword: write `rule \"name\" { … }`",
        "priority" => "the order of rules is their priority: move the rule instead",
        "if" | "else" | "for" | "while" => {
            "there are no conditions or loops: the first rule that matches wins"
        }
        _ => return None,
    })
}

fn list(place: Place) -> String {
    let words: Vec<String> = place.words().iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}
