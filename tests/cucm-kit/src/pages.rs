//! The HTML of OS Administration.

use crate::xml::escaped;

/// Language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

/// What an upload page says about the upload before.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome<'a> {
    /// Nothing: there was none.
    None,
    /// The file with this name was stored.
    Stored(&'a str),
    /// The token was missing, used, or another one.
    SentTwice,
    /// The form had no file, or the folder is outside the root.
    Refused,
}

/// The page that asks for user and password, with its form at `login`.
pub(crate) fn login(language: Language, login: &str) -> String {
    let (title, button) = match language {
        Language::English => ("Log on", "Log on"),
        Language::German => ("Anmelden", "Anmelden"),
    };
    let form = format!(
        "<form method=\"post\" action=\"{login}\">\n\
         <input type=\"hidden\" name=\"appNav\" value=\"cmplatform\" />\n\
         <input type=\"text\" name=\"j_username\" value=\"\" />\n\
         <input type=\"password\" name=\"j_password\" value=\"\" />\n\
         <input type=\"submit\" value=\"{button}\" />\n\
         </form>\n"
    );
    page(title, &form)
}

/// The page that uploads a file.
pub(crate) fn upload(
    language: Language,
    token: Option<&str>,
    outcome: Outcome<'_>,
    other_markup: bool,
) -> String {
    let [title, file, folder, button] = match language {
        Language::English => ["TFTP File Management", "Choose a file", "Folder", "Send"],
        Language::German => ["TFTP-Dateiverwaltung", "Datei w\u{e4}hlen", "Ordner", "Senden"],
    };
    let hidden = |name: &str, value: &str| match other_markup {
        false => format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\" />\n"),
        true => format!("<INPUT value='{value}' type='hidden' name='{name}'>\n"),
    };
    let hidden = token
        .map(|token| hidden("struts.token.name", "token") + &hidden("token", token))
        .unwrap_or_default();
    let form = format!(
        "{status}<form name=\"tftpFileUploadForm\" method=\"post\" \
         action=\"/cmplatform/tftpFileUpload.do\" enctype=\"multipart/form-data\">\n{hidden}\
         <label for=\"file\">{file}</label>\n\
         <input type=\"file\" name=\"file\" id=\"file\" />\n\
         <label for=\"directory\">{folder}</label>\n\
         <input type=\"text\" name=\"directory\" id=\"directory\" value=\"\" />\n\
         <input type=\"submit\" value=\"{button}\" />\n\
         </form>\n",
        status = status(language, outcome),
    );
    page(title, &form)
}

fn status(language: Language, outcome: Outcome<'_>) -> String {
    let text = match (outcome, language) {
        (Outcome::None, _) => return String::new(),
        (Outcome::Stored(name), Language::English) => {
            format!("The file {} was stored.", escaped(name))
        }
        (Outcome::Stored(name), Language::German) => {
            format!("Die Datei {} wurde gespeichert.", escaped(name))
        }
        (Outcome::SentTwice, Language::English) => {
            "The form was sent twice, nothing was stored.".to_owned()
        }
        (Outcome::SentTwice, Language::German) => {
            "Das Formular wurde zweimal gesendet, nichts wurde gespeichert.".to_owned()
        }
        (Outcome::Refused, Language::English) => "Nothing was stored.".to_owned(),
        (Outcome::Refused, Language::German) => "Nichts wurde gespeichert.".to_owned(),
    };
    format!("<p class=\"status\">{text}</p>\n")
}

fn page(title: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n\
         <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\">\n\
         <title>{title}</title>\n</head>\n<body>\n{content}</body>\n</html>\n"
    )
}
