//! Why no whole answer came.

use std::error::Error;
use std::io;

use adr_doctor::presence::observation::HttpFailure;

/// The kind of an error.
pub(super) fn of(error: &reqwest::Error) -> HttpFailure {
    if error.is_timeout() {
        return HttpFailure::TimedOut;
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_parse_too_large() {
                return HttpFailure::TooLarge;
            }
            if error.is_parse() {
                return HttpFailure::NotHttp;
            }
        }
        if let Some(error) = error.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::TimedOut
        {
            return HttpFailure::TimedOut;
        }
        cause = error.source();
    }
    HttpFailure::Broken
}
