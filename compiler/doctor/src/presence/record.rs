//! A record of what was seen, as a file that can be judged again.

use super::observation::{Certificate, Observations};
use crate::record::Format;
pub use crate::record::RecordError;

/// The version of the format. It is raised when a field changes its name or meaning.
pub const RECORD_VERSION: u32 = 1;

/// The most bytes of a record that is read: 16 MiB.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

const FORMAT: Format =
    Format { name: "adrc doctor presence", version: RECORD_VERSION, max_bytes: MAX_RECORD_BYTES };

/// The most certificates, requests, answers, addresses or gateways of a record.
pub const MAX_RECORD_ITEMS: usize = 10_000;

/// The most names of one certificate.
pub const MAX_NAMES: usize = 20_000;

/// Writes observations as a record: JSON, with a final line end. It leaves nothing out; see
/// [`Observations::anonymized`].
#[must_use]
pub fn write_record(observations: &Observations) -> String {
    FORMAT.write(observations)
}

/// Reads a record.
///
/// # Errors
///
/// The text is not a record, has another version, or is larger than the limits.
///
/// ```
/// use adr_doctor::presence::Observations;
/// use adr_doctor::presence::record::{read_record, write_record};
///
/// let seen = Observations { gateway: "owa.apps.local".to_owned(), ..Observations::default() };
/// assert_eq!(read_record(&write_record(&seen)), Ok(seen));
/// assert!(read_record("{}").is_err());
/// ```
pub fn read_record(text: &str) -> Result<Observations, RecordError> {
    let observations = FORMAT.read(text.as_bytes())?;
    within_limits(&observations)?;
    Ok(observations)
}

fn within_limits(seen: &Observations) -> Result<(), RecordError> {
    let uploaded = seen.chain.iter().flat_map(|chain| chain.uploaded.iter().flatten());
    let readable = uploaded.clone().filter_map(|one| one.certificate.as_ref().ok());
    let sent = seen.chain.iter().flat_map(|chain| &chain.sent);
    let gateways = seen.server.gateways.as_ref().map_or(0, Vec::len);
    let counts = [
        ("connections", seen.connections.len()),
        ("requests", seen.exchanges.len()),
        ("answers", seen.ews.len()),
        ("symptoms", seen.symptoms.len()),
        ("gateways", gateways),
        ("certificates", sent.clone().count() + uploaded.count()),
    ];
    if let Some((what, count)) = counts.into_iter().find(|(_, count)| *count > MAX_RECORD_ITEMS) {
        return Err(RecordError::TooMany(what, count, MAX_RECORD_ITEMS));
    }
    let names = |one: &Certificate| {
        one.common_names.len() + one.alternative_names.as_ref().map_or(0, Vec::len)
    };
    match sent.chain(readable).map(names).max() {
        Some(most) if most > MAX_NAMES => {
            Err(RecordError::TooMany("names in a certificate", most, MAX_NAMES))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_file_is_rejected_with_a_reason() {
        let other = r#"{"format": "something", "version": 1}"#;
        let error = read_record(other).unwrap_err().to_string();
        let expected = "this is a file of the format `something`, version 1; adrc reads `adrc \
                        doctor presence`, version 1";
        assert_eq!(error, expected);
        let newer = r#"{"format": "adrc doctor presence", "version": 2}"#;
        assert!(matches!(read_record(newer), Err(RecordError::Other { version: 2, .. })));
        for text in ["", "null", "[", "{\"format\": 1}", &"[".repeat(100_000)] {
            assert!(matches!(read_record(text), Err(RecordError::Invalid(_))));
        }
    }

    #[test]
    fn unknown_field_is_rejected() {
        let text = write_record(&Observations::default());
        let text = text.replacen("\"gateway\"", "\"password\"", 1);
        assert!(matches!(read_record(&text), Err(RecordError::Invalid(_))));
    }

    #[test]
    fn record_with_too_many_requests_is_rejected() {
        let symptoms =
            vec![super::super::observation::Symptom::OwnLoginWorks; MAX_RECORD_ITEMS + 1];
        let text = write_record(&Observations { symptoms, ..Observations::default() });
        let error = RecordError::TooMany("symptoms", MAX_RECORD_ITEMS + 1, MAX_RECORD_ITEMS);
        assert_eq!(read_record(&text), Err(error));
    }

    #[test]
    fn large_record_is_rejected_unread() {
        let text = " ".repeat(MAX_RECORD_BYTES + 1);
        let error = RecordError::TooLarge { bytes: text.len(), limit: MAX_RECORD_BYTES };
        assert_eq!(read_record(&text), Err(error));
    }
}
