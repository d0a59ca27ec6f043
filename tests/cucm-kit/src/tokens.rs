//! Words, strings and marks of a query.

use crate::soap::SoapFault;

/// Words that end the name of a table or column.
const KEYWORDS: [&str; 14] = [
    "from", "where", "order", "by", "join", "left", "inner", "outer", "on", "and", "or", "as",
    "asc", "desc",
];

/// A word, string or mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name, keyword or number, in lower case.
    Word(String),
    /// A string without its quotes.
    Text(String),
    /// Such as `,` or `<>`.
    Mark(String),
}

/// The tokens of a query, read from front to back.
#[derive(Debug)]
pub(crate) struct Tokens {
    tokens: Vec<Token>,
    at: usize,
}

impl Tokens {
    pub(crate) fn read(sql: &str) -> Result<Self, SoapFault> {
        let mut letters = sql.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(letter) = letters.next() {
            if letter.is_whitespace() {
                continue;
            }
            let mut text = String::new();
            if letter == '\'' || letter == '"' {
                loop {
                    match letters.next() {
                        Some(it) if it == letter && letters.peek() == Some(&letter) => {
                            letters.next();
                            text.push(it);
                        }
                        Some(it) if it == letter => break,
                        Some(it) => text.push(it),
                        None => return Err(syntax_error(None)),
                    }
                }
                tokens.push(Token::Text(text));
                continue;
            }
            text.push(letter);
            let is_word = |it: &char| it.is_alphanumeric() || *it == '_';
            if is_word(&letter) {
                while let Some(next) = letters.next_if(is_word) {
                    text.push(next);
                }
                tokens.push(Token::Word(text.to_lowercase()));
            } else {
                let is_second = |it: &char| matches!((letter, *it), ('<' | '>' | '!', '=' | '>'));
                text.extend(letters.next_if(is_second));
                tokens.push(Token::Mark(text));
            }
        }
        Ok(Self { tokens, at: 0 })
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(crate) fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Passes a word or mark, if it is the next token.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let is_next = match self.peek() {
            Some(Token::Word(it) | Token::Mark(it)) => it == text,
            _ => false,
        };
        self.at += usize::from(is_next);
        is_next
    }

    pub(crate) fn expect(&mut self, text: &str) -> Result<(), SoapFault> {
        if self.eat(text) { Ok(()) } else { Err(syntax_error(self.peek())) }
    }

    pub(crate) fn word(&mut self) -> Result<String, SoapFault> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(syntax_error(other.as_ref())),
        }
    }

    pub(crate) fn number(&mut self) -> Result<usize, SoapFault> {
        self.word()?.parse().map_err(|_| syntax_error(self.peek()))
    }

    /// Whether the next token is a word and not a keyword.
    pub(crate) fn is_plain_word(&self) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if !KEYWORDS.contains(&word.as_str()))
    }

    /// Passes `alias.*`, and returns the alias.
    pub(crate) fn eat_all_of(&mut self) -> Option<String> {
        let is_mark =
            |at: usize, text: &str| self.tokens.get(at) == Some(&Token::Mark(text.into()));
        match self.peek() {
            Some(Token::Word(alias)) if is_mark(self.at + 1, ".") && is_mark(self.at + 2, "*") => {
                let alias = alias.clone();
                self.at += 3;
                Some(alias)
            }
            _ => None,
        }
    }

    pub(crate) fn end(&mut self) -> Result<(), SoapFault> {
        let _ = self.eat(";");
        if self.at < self.tokens.len() { Err(syntax_error(self.peek())) } else { Ok(()) }
    }
}

/// The fault of a query that is not understood.
pub(crate) fn syntax_error(at: Option<&Token>) -> SoapFault {
    let near = at.map(|token| format!(" Near {token:?}.")).unwrap_or_default();
    SoapFault::axl(-201, format!("A syntax error has occurred.{near}"))
}
