//! Forms: `multipart/form-data` and `application/x-www-form-urlencoded`.

use percent_encoding::percent_decode_str;

use crate::http::Request;

/// A field of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content: Vec<u8>,
}

/// All fields of a multipart form; `None` if the request is not a complete one.
pub(crate) fn parts(request: &Request) -> Option<Vec<Part>> {
    let content_type = request.header("content-type")?;
    let boundary = content_type.strip_prefix("multipart/form-data")?.split_once("boundary=")?.1;
    let delimiter = format!("\r\n--{}", boundary.split(';').next()?.trim().trim_matches('"'));
    let mut rest = [b"\r\n", &request.body[..]].concat();
    let mut parts = Vec::new();
    rest.drain(..find(&rest, delimiter.as_bytes())? + delimiter.len());
    while !rest.starts_with(b"--") {
        let head_end = find(&rest, b"\r\n\r\n")?;
        let head = String::from_utf8(rest[..head_end].to_vec()).ok()?;
        rest.drain(..head_end + 4);
        let end = find(&rest, delimiter.as_bytes())?;
        parts.push(part(&head, rest[..end].to_vec())?);
        rest.drain(..end + delimiter.len());
    }
    Some(parts)
}

fn part(head: &str, content: Vec<u8>) -> Option<Part> {
    let mut lines = head.lines();
    let line = lines.find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let value = |key: &str| {
        let rest = line.split_once(&format!("; {key}=\""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    Some(Part { name: value("name")?, file_name: value("filename"), content })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The value of a field of an urlencoded form.
pub(crate) fn field(request: &Request, name: &str) -> Option<String> {
    let body = std::str::from_utf8(&request.body).ok()?;
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(it, _)| *it == name)?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}
