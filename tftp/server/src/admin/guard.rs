//! What protects the admin port from web pages in the administrator's browser.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware::Next;

use super::answer;

/// The page may load its own style sheet, and send its form to this port.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Rejects foreign host names, and adds the headers that restrict browsers.
///
/// The referrer policy is `same-origin` and not `no-referrer`, because with the latter a browser
/// sends `Origin: null` even for the page's own form.
pub(super) async fn guard(
    State(hosts): State<Arc<[String]>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let mut response = if is_known(request.headers(), &hosts) {
        next.run(request).await
    } else {
        answer(
            StatusCode::MISDIRECTED_REQUEST,
            "use an IP address, localhost, or a name under `admin_hosts` as the host name\n",
        )
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a request comes from a page of this port, or from a program that is not a browser.
pub(super) fn is_own_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(HeaderValue::to_str);
    match (text(ORIGIN), text(HOST)) {
        (None, _) => true,
        (Some(Ok(origin)), Some(Ok(host))) => {
            // an encrypting proxy may stand in front of the port
            let origin = origin.strip_prefix("http://").or(origin.strip_prefix("https://"));
            origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

/// Whether the host of a request is an address, `localhost` or one of these names.
fn is_known(headers: &HeaderMap, hosts: &[String]) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_number = |port: &str| port.parse::<u16>().is_ok();
    port.is_none_or(is_number)
        && (name.eq_ignore_ascii_case("localhost")
            || hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
            || bare.unwrap_or(name).parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_host_local(host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        is_known(&headers, &["adrc.example.com".to_owned()])
    }

    #[test]
    fn host_must_be_an_address_or_a_known_name() {
        for host in [
            "127.0.0.1:6980",
            "127.0.0.1",
            "[::1]:6980",
            "[::1]",
            "localhost",
            "LOCALHOST:80",
            "adrc.example.com:6980",
            "ADRC.example.com",
        ] {
            assert!(is_host_local(host), "{host}");
        }
        for host in [
            "example.com",
            "127.0.0.1.example.com:80",
            "adrc.example.com.evil",
            "x.adrc.example.com",
            "",
            ":80",
            "localhost.evil",
            "127.0.0.1:x",
            "a:b:c",
        ] {
            assert!(!is_host_local(host), "{host}");
        }
        assert!(!is_known(&HeaderMap::new(), &[]));
    }

    #[test]
    fn only_the_own_page_and_programs_may_send_the_form() {
        let own = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("adrc.example.com:6980"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            is_own_origin(&headers)
        };
        assert!(own(None));
        assert!(own(Some("http://adrc.example.com:6980")));
        assert!(own(Some("https://ADRC.example.com:6980")));
        for foreign in [
            "null",
            "",
            "http://adrc.example.com",
            "http://adrc.example.com:6981",
            "http://evil.example",
            "http://adrc.example.com:6980.evil.example",
            "adrc.example.com:6980",
        ] {
            assert!(!own(Some(foreign)), "{foreign}");
        }
    }
}
