//! How to answer a request for an existing file: with all of it, a part, "not modified", or
//! "precondition failed".

use std::ops::Range;
use std::time::{Duration, SystemTime};

use hyper::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use hyper::{HeaderMap, Method};

/// Properties of a file that decide the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileInfo<'f> {
    /// Bytes.
    pub(super) size: u64,
    /// Including its quotes.
    pub(super) etag: &'f str,
    /// `None` if the date does not identify the file. Dates are compared for equality only: a file
    /// of an older date can be newer, after a rollback or on a machine whose clock was set back.
    pub(super) modified: Option<SystemTime>,
}

/// The answer. See RFC 9110, sections 13 and 14.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 200.
    Whole,
    /// 206; the range is not empty and lies within the file.
    Part(Range<u64>),
    /// 304.
    NotModified,
    /// 416.
    Unsatisfiable,
    /// 412: the client wants to act on another version.
    OtherVersion,
}

/// Evaluates the headers of a GET or HEAD request. A malformed range, or more than one range, is
/// answered with the whole file. So is any range of a HEAD: RFC 9110 defines ranges for GET only
/// (section 14.2).
pub(super) fn answer(method: &Method, headers: &HeaderMap, file: FileInfo<'_>) -> Answer {
    if is_other_version(headers, file) {
        return Answer::OtherVersion;
    }
    if is_not_modified(headers, file) {
        return Answer::NotModified;
    }
    if method != Method::GET || !is_range_wanted(headers, file) {
        return Answer::Whole;
    }
    let mut ranges = headers.get_all(RANGE).iter();
    let range = ranges.next().and_then(|value| value.to_str().ok());
    match (range, ranges.next()) {
        (Some(range), None) => part(range, file.size),
        _ => Answer::Whole,
    }
}

/// Evaluates `If-Match`, or `If-Unmodified-Since` where it is missing. A file without a date
/// satisfies the latter.
fn is_other_version(headers: &HeaderMap, file: FileInfo<'_>) -> bool {
    let is_same = |tag: &str| tag == file.etag;
    match has_tag(headers, IF_MATCH, is_same) {
        Some(has_tag) => !has_tag,
        None => is_date_of(headers, IF_UNMODIFIED_SINCE, file) == Some(false),
    }
}

/// Evaluates `If-None-Match`, or `If-Modified-Since` where it is missing.
fn is_not_modified(headers: &HeaderMap, file: FileInfo<'_>) -> bool {
    let is_same = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == file.etag;
    match has_tag(headers, IF_NONE_MATCH, is_same) {
        Some(has_tag) => has_tag,
        None => is_date_of(headers, IF_MODIFIED_SINCE, file) == Some(true),
    }
}

/// Whether one of the tags in a header is the same, or the header is `*`; `None` without the
/// header.
fn has_tag(headers: &HeaderMap, name: HeaderName, is_same: impl Fn(&str) -> bool) -> Option<bool> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let is_same = |text: &str| text.trim() == "*" || text.split(',').any(|tag| is_same(tag.trim()));
    Some(values.any(|value| value.to_str().is_ok_and(is_same)))
}

/// Whether the date in a header is that of the file; `None` if one of them has no date.
fn is_date_of(headers: &HeaderMap, name: HeaderName, file: FileInfo<'_>) -> Option<bool> {
    let modified = file.modified?;
    let date = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
    Some(in_seconds(date) == in_seconds(modified))
}

/// Whether the range may be sent: with `If-Range`, only if the client has a part of this version.
fn is_range_wanted(headers: &HeaderMap, file: FileInfo<'_>) -> bool {
    let Some(value) = headers.get(IF_RANGE) else {
        return true;
    };
    value == file.etag || is_date_of(headers, IF_RANGE, file) == Some(true)
}

fn part(range: &str, size: u64) -> Answer {
    let ranges = range.split_once('=').filter(|(unit, _)| unit.eq_ignore_ascii_case("bytes"));
    let ends = ranges.and_then(|(_, range)| range.trim().split_once('-'));
    let Some((first, last)) = ends else {
        return Answer::Whole;
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return Answer::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Answer::Whole,
    };
    if range.is_empty() { Answer::Unsatisfiable } else { Answer::Part(range) }
}

/// Reads a decimal number without a sign. Numbers beyond `u64` become `u64::MAX`.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Truncates to whole seconds, the resolution of HTTP dates.
fn in_seconds(time: SystemTime) -> Duration {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    const ETAG: &str = "\"5d0c\"";

    fn answer_to(size: u64, headers: &[(HeaderName, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let modified = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900));
        let file = FileInfo { size, etag: ETAG, modified };
        answer(&Method::GET, &map, file)
    }

    #[test]
    fn ranges_follow_rfc_9110() {
        let range = |text: &str| answer_to(1000, &[(RANGE, text)]);
        for (text, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-499", 0..500),
            ("bytes=500-", 500..1000),
            ("bytes=999-", 999..1000),
            ("bytes=0-99999999999999999999999", 0..1000),
            ("bytes=-1", 999..1000),
            ("bytes=-5000", 0..1000),
            ("Bytes=0-1", 0..2),
        ] {
            assert_eq!(range(text), Answer::Part(part), "{text}");
        }
        for text in ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(range(text), Answer::Unsatisfiable, "{text}");
        }
        for text in [
            "bytes=5-4",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=+1-2",
            "bytes=1-x",
            "bytes=--1",
            "bytes=1000-x",
        ] {
            assert_eq!(range(text), Answer::Whole, "{text}");
        }
        assert_eq!(answer_to(0, &[(RANGE, "bytes=0-")]), Answer::Unsatisfiable);
        assert_eq!(answer_to(0, &[(RANGE, "bytes=-5")]), Answer::Unsatisfiable);
        assert_eq!(answer_to(9, &[(RANGE, "bytes=0-1"), (RANGE, "bytes=3-4")]), Answer::Whole);
    }

    #[test]
    fn file_that_the_client_has_is_not_modified() {
        for tags in [ETAG, "*", "W/\"5d0c\"", "\"x\", \"5d0c\""] {
            assert_eq!(answer_to(9, &[(IF_NONE_MATCH, tags)]), Answer::NotModified, "{tags}");
        }
        for tags in ["\"x\"", "5d0c", ""] {
            assert_eq!(answer_to(9, &[(IF_NONE_MATCH, tags)]), Answer::Whole, "{tags}");
        }
        let same = "Sun, 06 Nov 1994 08:49:37 GMT";
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        assert_eq!(answer_to(9, &[(IF_MODIFIED_SINCE, same)]), Answer::NotModified);
        assert_eq!(answer_to(9, &[(IF_MODIFIED_SINCE, before)]), Answer::Whole);
        // a later date belongs to another version: one that was published before a rollback
        let after = "Sun, 06 Nov 1994 08:49:38 GMT";
        assert_eq!(answer_to(9, &[(IF_MODIFIED_SINCE, after)]), Answer::Whole);
        assert_eq!(answer_to(9, &[(IF_NONE_MATCH, "\"a,*,b\"")]), Answer::Whole);
        assert_eq!(answer_to(9, &[(IF_MODIFIED_SINCE, "yesterday")]), Answer::Whole);
        // a tag takes precedence over a date
        let both = [(IF_MODIFIED_SINCE, same), (IF_NONE_MATCH, "\"x\"")];
        assert_eq!(answer_to(9, &both), Answer::Whole);
    }

    #[test]
    fn precondition_on_another_version_fails() {
        let same = "Sun, 06 Nov 1994 08:49:37 GMT";
        let before = "Sun, 06 Nov 1994 08:49:36 GMT";
        for satisfied in [
            (IF_MATCH, ETAG),
            (IF_MATCH, "*"),
            (IF_MATCH, "\"x\", \"5d0c\""),
            (IF_UNMODIFIED_SINCE, same),
            (IF_UNMODIFIED_SINCE, "yesterday"),
        ] {
            assert_eq!(
                answer_to(9, std::slice::from_ref(&satisfied)),
                Answer::Whole,
                "{satisfied:?}"
            );
        }
        for failed in [
            (IF_MATCH, "\"x\""),
            (IF_MATCH, "W/\"5d0c\""),
            (IF_MATCH, ""),
            (IF_UNMODIFIED_SINCE, before),
            (IF_UNMODIFIED_SINCE, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(
                answer_to(9, std::slice::from_ref(&failed)),
                Answer::OtherVersion,
                "{failed:?}"
            );
        }
        // a tag takes precedence over a date, and preconditions over "not modified" and ranges
        assert_eq!(answer_to(9, &[(IF_MATCH, ETAG), (IF_UNMODIFIED_SINCE, before)]), Answer::Whole);
        let all = [(IF_MATCH, "\"x\""), (IF_NONE_MATCH, ETAG), (RANGE, "bytes=0-1")];
        assert_eq!(answer_to(9, &all), Answer::OtherVersion);
    }

    #[test]
    fn file_without_a_date_ignores_dates() {
        let file = FileInfo { size: 9, etag: ETAG, modified: None };
        let same = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        for name in [IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE] {
            let headers = HeaderMap::from_iter([(name, same.clone())]);
            assert_eq!(answer(&Method::GET, &headers, file), Answer::Whole);
        }
        let range = HeaderValue::from_static("bytes=0-1");
        let headers = HeaderMap::from_iter([(RANGE, range), (IF_RANGE, same)]);
        assert_eq!(answer(&Method::GET, &headers, file), Answer::Whole);
    }

    #[test]
    fn if_range_of_another_version_gets_the_whole_file() {
        let range = (RANGE, "bytes=1-2");
        let part = Answer::Part(1..3);
        assert_eq!(answer_to(9, &[range.clone(), (IF_RANGE, ETAG)]), part);
        assert_eq!(
            answer_to(9, &[range.clone(), (IF_RANGE, "Sun, 06 Nov 1994 08:49:37 GMT")]),
            part
        );
        for other in ["\"x\"", "W/\"5d0c\"", "Sun, 06 Nov 1994 08:49:36 GMT"] {
            assert_eq!(answer_to(9, &[range.clone(), (IF_RANGE, other)]), Answer::Whole, "{other}");
        }
    }
}
