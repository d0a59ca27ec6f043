//! Bodies of the two forms: login, and upload of a file.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::page::{TOKEN_NAME, Token};
use super::{LOGIN_PATH, LOGIN_PATH_BEFORE_11, UPLOAD_PATH};
use crate::http::HttpRequest;

/// Longest boundary that RFC 2046 allows.
const BOUNDARY_CHARACTERS: usize = 70;

/// Characters that a form body has as they are, besides letters and digits.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// The login form. `before_11` selects the path of releases before 11.
#[must_use]
pub fn login(user: &str, password: &str, before_11: bool) -> HttpRequest {
    let fields = [("appNav", "cmplatform"), ("j_username", user), ("j_password", password)];
    let encode = |text| utf8_percent_encode(text, FORM).to_string().replace("%20", "+");
    let fields = fields.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    HttpRequest {
        path: if before_11 { LOGIN_PATH_BEFORE_11 } else { LOGIN_PATH },
        content_type: "application/x-www-form-urlencoded".to_owned(),
        soap_action: None,
        body: fields.join("&").into_bytes(),
    }
}

/// A file to upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileUpload<'f> {
    /// Its name, without a folder.
    pub name: &'f str,
    /// Its bytes.
    pub bytes: &'f [u8],
    /// The folder below the TFTP root, such as `CUPC`; [`ROOT_DIRECTORY`](super::ROOT_DIRECTORY)
    /// for the root.
    pub directory: &'f str,
}

/// Why a file cannot be uploaded as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The boundary is not 1 to 70 letters, digits or `-`.
    #[error("the boundary is not 1 to {BOUNDARY_CHARACTERS} letters, digits or `-`")]
    Boundary,
    /// A field contains the boundary; choose another one.
    #[error("a field of the form contains the boundary")]
    BoundaryInContent,
    /// A name holds a quote, a slash, a backslash or a control character.
    #[error("the name of the file, folder or token has a character that a form cannot hold")]
    Name,
}

/// The upload of a file: with its token, or without one before release 11.
///
/// The boundary is a parameter, because this crate has no random numbers. It must not occur in the
/// file.
///
/// # Errors
///
/// See [`FormError`].
pub fn upload(
    file: &FileUpload<'_>,
    token: Option<&Token>,
    boundary: &str,
) -> Result<HttpRequest, FormError> {
    let is_boundary = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(1..=BOUNDARY_CHARACTERS).contains(&boundary.len()) || !boundary.bytes().all(is_boundary) {
        return Err(FormError::Boundary);
    }
    if !is_plain(file.name) || file.name.contains(['/', '\\']) || !is_plain(file.directory) {
        return Err(FormError::Name);
    }
    let mut form = Form { boundary, body: Vec::new() };
    if let Some(Token { field, value }) = token {
        if !is_plain(field) || !is_plain(value) {
            return Err(FormError::Name);
        }
        form.field(TOKEN_NAME, field)?;
        form.field(field, value)?;
    }
    let file_part = format!("file\"; filename=\"{}", file.name);
    let content_type = "\r\nContent-Type: application/octet-stream";
    form.part(&file_part, content_type, file.bytes)?;
    form.field("directory", file.directory)?;
    Ok(HttpRequest {
        path: UPLOAD_PATH,
        content_type: format!("multipart/form-data; boundary={boundary}"),
        soap_action: None,
        body: form.finish(),
    })
}

/// Whether a text can stand in quotes of a header, and in a field of one line.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c == '"' || c.is_control())
}

/// A multipart body.
struct Form<'b> {
    boundary: &'b str,
    body: Vec<u8>,
}

impl Form<'_> {
    fn field(&mut self, name: &str, value: &str) -> Result<(), FormError> {
        self.part(name, "", value.as_bytes())
    }

    fn part(&mut self, name: &str, header: &str, content: &[u8]) -> Result<(), FormError> {
        let boundary = self.boundary.as_bytes();
        if content.windows(boundary.len()).any(|window| window == boundary) {
            return Err(FormError::BoundaryInContent);
        }
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"{header}\r\n\r\n",
            self.boundary
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        self.body
    }
}
