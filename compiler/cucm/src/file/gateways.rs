//! Presence gateways from the text of `run sql select * from pebackendgateway`, copied from the
//! command line of a presence server.

use super::FILE_BYTES;
use super::decode::decode;
use super::transcript;

/// The column with the name of the calendar folder. It is the only one that guides of the vendor
/// name.
const CALENDAR: &str = "localecalendarname";

/// Columns that may name the gateway, best first. Guides do not list the columns of the table.
const NAMES: [&str; 6] =
    ["name", "presencegateway", "gateway", "hostname", "ipaddress", "description"];

/// The most gateways of a text.
pub const GATEWAY_LIMIT: usize = 1_000;

/// A gateway of the table `pebackendgateway`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceGateway {
    /// Its name, or the number of its row if no column names it.
    pub name: String,
    /// `localecalendarname`: the name of the calendar folder; `None` for NULL.
    pub calendar_name: Option<String>,
}

/// Why a text has no gateways.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewaysError {
    /// It is larger than [`FILE_BYTES`].
    #[error("the text has {0} bytes, more than {FILE_BYTES}")]
    TooLarge(usize),
    /// No table in it has the column `localecalendarname`.
    #[error("no table in this text has the column `localecalendarname`")]
    NoTable,
    /// A row does not fit the widths of the columns.
    #[error("row {0} does not fit the widths of the columns")]
    Row(usize),
    /// It has more rows than [`GATEWAY_LIMIT`].
    #[error("the table has more than {GATEWAY_LIMIT} rows")]
    TooManyRows,
}

impl GatewaysError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Row(_) => "copy the text from a terminal that does not wrap lines",
            _ => "copy `run sql select * from pebackendgateway` and everything that it printed",
        }
    }
}

/// Reads the gateways of a text.
///
/// ```
/// use adr_cucm::file::read_presence_gateways;
///
/// let text = "admin:run sql select * from pebackendgateway\n\
///             name           localecalendarname\n\
///             ============== ==================\n\
///             owa.apps.local Kalender\n";
/// let gateways = read_presence_gateways(text.as_bytes())?;
/// assert_eq!(gateways[0].name, "owa.apps.local");
/// assert_eq!(gateways[0].calendar_name.as_deref(), Some("Kalender"));
/// # Ok::<(), adr_cucm::file::GatewaysError>(())
/// ```
///
/// # Errors
///
/// See [`GatewaysError`].
pub fn read_presence_gateways(bytes: &[u8]) -> Result<Vec<PresenceGateway>, GatewaysError> {
    if bytes.len() > FILE_BYTES {
        return Err(GatewaysError::TooLarge(bytes.len()));
    }
    let text = decode(bytes).text;
    let column = |header: &[String], name: &str| {
        header.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
    };
    let tables = transcript::results(&text).into_iter();
    let mut tables = tables.filter_map(|table| Some((column(&table.header, CALENDAR)?, table)));
    let (calendar, table) = tables.next().ok_or(GatewaysError::NoTable)?;
    if table.len() > GATEWAY_LIMIT {
        return Err(GatewaysError::TooManyRows);
    }
    let name = NAMES.into_iter().find_map(|name| column(&table.header, name));
    let gateway = |(number, row): (usize, Option<Vec<String>>)| {
        let row = row.ok_or(GatewaysError::Row(number))?;
        let field = |at: usize| row.get(at).filter(|value| !value.is_empty()).cloned();
        Ok(PresenceGateway {
            name: name.and_then(field).unwrap_or_else(|| format!("row {number}")),
            calendar_name: field(calendar),
        })
    };
    table.rows().enumerate().map(|(index, row)| gateway((index + 1, row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_unnamed_gateways_are_read() {
        let text = "x                  localecalendarname\n\
                    ================== ==================\n\
                    1                  NULL\n\
                    2                  Kalender\n";
        let read = read_presence_gateways(text.as_bytes()).unwrap();
        let names: Vec<_> =
            read.iter().map(|it| (&*it.name, it.calendar_name.as_deref())).collect();
        assert_eq!(names, [("row 1", None), ("row 2", Some("Kalender"))]);
    }

    #[test]
    fn other_texts_are_rejected_with_a_reason() {
        let other = "name numbeginwith\n==== ============\nE164 +1\n";
        for text in ["", "Lunch", other] {
            assert_eq!(read_presence_gateways(text.as_bytes()), Err(GatewaysError::NoTable));
        }
        let wrapped = "a  localecalendarname\n== ==================\n12345678 x\n";
        assert_eq!(read_presence_gateways(wrapped.as_bytes()), Err(GatewaysError::Row(1)));
    }
}
