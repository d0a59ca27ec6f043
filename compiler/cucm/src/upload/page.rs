//! What a page of OS Administration is: the upload form, a login form, or neither.

use crate::html::{Piece, attribute, pieces, shortened};

/// A page of OS Administration. Only names of form fields count, because the rest of the page
/// depends on language and release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadPage {
    /// The form for files. The token is `None` before release 11.
    Upload {
        /// The token to send with the next file.
        token: Option<Token>,
        /// The visible text, shortened.
        text: String,
    },
    /// A login form: there is no session, it ended, or the password is wrong.
    LoggedOut {
        /// The visible text, shortened.
        text: String,
    },
    /// Neither form: too many sessions or attempts, or another page.
    LockedOut {
        /// The visible text, shortened.
        text: String,
    },
}

/// The token of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Name of the field that holds it: the value of the field `struts.token.name`.
    pub field: String,
    /// Its value, 32 characters on known releases.
    pub value: String,
}

/// The field that names the token's field.
pub(super) const TOKEN_NAME: &str = "struts.token.name";

/// The token's field where a page does not name it.
const DEFAULT_FIELD: &str = "token";

/// Reads a page. Attributes may be in any order, quotes and capitals; the first field of a name
/// counts.
///
/// ```
/// use adr_cucm::upload::{UploadPage, read_page};
///
/// let page = "<form><INPUT value='K7' name='token'><input type=file name=file></form>";
/// let UploadPage::Upload { token: Some(token), .. } = read_page(page.as_bytes()) else {
///     panic!("an upload form");
/// };
/// assert_eq!((&*token.field, &*token.value), ("token", "K7"));
/// ```
#[must_use]
pub fn read_page(page: &[u8]) -> UploadPage {
    let mut form = Form::default();
    pieces(page, |piece| form.add(piece));
    let text = shortened(&form.text);
    if form.has("j_username") || form.has("j_password") {
        return UploadPage::LoggedOut { text };
    }
    let field = form.value(TOKEN_NAME).filter(|field| !field.is_empty());
    let field = field.unwrap_or(DEFAULT_FIELD);
    let value = form.value(field).filter(|value| !value.is_empty());
    let token = value.map(|value| Token { field: field.to_owned(), value: value.to_owned() });
    if token.is_some() || form.has("file") {
        return UploadPage::Upload { token, text };
    }
    UploadPage::LockedOut { text }
}

/// The fields and the text of a page.
#[derive(Default)]
struct Form {
    /// Names and values of `input` elements, in order.
    fields: Vec<(String, String)>,
    /// Visible text.
    text: String,
    /// The element inside which text is invisible.
    hidden: Option<&'static str>,
}

impl Form {
    fn add(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Start("input", tag) => {
                let name = attribute(tag, "name").unwrap_or_default();
                self.fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
            Piece::Start(name, _) => {
                let invisible = ["script", "style", "title"].into_iter().find(|it| it == name);
                self.hidden = self.hidden.or(invisible);
            }
            Piece::End(name) if self.hidden == Some(name) => self.hidden = None,
            Piece::Text(text) if self.hidden.is_none() => {
                self.text.push_str(text);
                self.text.push(' ');
            }
            Piece::End(_) | Piece::Text(_) => {}
        }
    }

    fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| &**value)
    }
}
