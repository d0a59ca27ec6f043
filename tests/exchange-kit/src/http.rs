//! Requests as values, read from a connection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};

/// Bytes of a line, and of a body, that are read at most.
const LIMIT: u64 = 16 << 20;

/// A request, read completely.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path without query, in lower case, as IIS compares it.
    pub(crate) path: String,
    /// Header lines: name in lower case, and value.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads a request; `None` if the client closes the connection or sends something else.
    pub(crate) async fn read<S>(stream: &mut BufReader<S>) -> Option<Self>
    where
        S: AsyncRead + tokio::io::AsyncWrite + Unpin,
    {
        let first = line(stream).await?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let path = target.split('?').next()?.to_ascii_lowercase();
        let mut request = Self { method, path, ..Self::default() };
        loop {
            let line = line(stream).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("expect").is_some() {
            stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
        }
        request.read_body(stream).await?;
        Some(request)
    }

    async fn read_body(&mut self, stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<()> {
        let is_chunked = self.header("transfer-encoding").is_some();
        if !is_chunked {
            let length = self.header("content-length").map_or(Some(0), |text| text.parse().ok())?;
            return read_exactly(stream, length, &mut self.body).await;
        }
        loop {
            let head = line(stream).await?;
            let length = head.split(';').next()?.trim();
            let length = u64::from_str_radix(length, 16).ok()?;
            read_exactly(stream, length, &mut self.body).await?;
            line(stream).await?;
            if length == 0 {
                return Some(());
            }
        }
    }

    /// The value of the first header line of this name; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// User and password of HTTP Basic.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let bytes = STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (user, password) = text.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The scheme of `Authorization` in lower case, such as `basic`.
    pub(crate) fn scheme(&self) -> Option<String> {
        let value = self.header("authorization")?;
        Some(value.split(' ').next().unwrap_or_default().to_ascii_lowercase())
    }

    /// Whether the client wants to send another request on this connection.
    pub(crate) fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

async fn line(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut bytes = Vec::new();
    let count = stream.take(LIMIT).read_until(b'\n', &mut bytes).await.ok()?;
    let text = String::from_utf8_lossy(&bytes);
    (count > 0).then(|| text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn read_exactly(
    stream: &mut BufReader<impl AsyncRead + Unpin>,
    length: u64,
    to: &mut Vec<u8>,
) -> Option<()> {
    if length > LIMIT {
        return None;
    }
    let count = stream.take(length).read_to_end(to).await.ok()?;
    (count as u64 == length).then_some(())
}

/// An answer, before faults are applied to it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    /// A page of IIS with nothing but a title.
    pub(crate) fn page(status: u16) -> Self {
        let title = reason(status);
        let page = format!(
            "<!DOCTYPE html><html><head><title>{status} - {title}</title></head>\
             <body><h2>{status} - {title}</h2></body></html>\r\n"
        );
        Self::new(status, "text/html", page)
    }

    /// A redirect.
    pub(crate) fn redirect(to: &str) -> Self {
        Self::page(302).with("Location", to)
    }

    /// The same answer with another header line.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Status line and header lines, and the empty line behind them.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The reason of a status. 440 is one of Microsoft's.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        440 => "Login Timeout",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}
