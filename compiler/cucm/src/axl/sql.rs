//! `executeSQLQuery`: rows of CUCM's database, for releases before 10.0 and for what no other
//! operation returns.

use super::{AxlOperation, records};
use crate::answer_error::AnswerError;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Runs a query that only reads.
///
/// ```
/// use adr_cucm::axl::ExecuteSql;
///
/// assert!(ExecuteSql::rule_tables().sql.contains("systables"));
/// let columns = ExecuteSql::columns_of("applicationdialrule").unwrap();
/// assert!(columns.sql.ends_with("t.tabname = 'applicationdialrule'"));
/// assert_eq!(ExecuteSql::columns_of("x'; drop table device"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecuteSql {
    /// The query.
    pub sql: String,
}

impl ExecuteSql {
    /// The names of all tables with dial rules, in the column `tabname`.
    ///
    /// The name of the table with directory lookup rules is not documented, so adrc looks it up.
    #[must_use]
    pub fn rule_tables() -> Self {
        Self { sql: "select tabname from systables where tabname like '%dialrule%'".to_owned() }
    }

    /// The columns of a table, in the column `colname`. `None` unless the name consists of letters,
    /// digits and `_`.
    #[must_use]
    pub fn columns_of(table: &str) -> Option<Self> {
        let sql = "select c.colname from syscolumns c join systables t on c.tabid = t.tabid \
                   where t.tabname = '";
        is_name(table).then(|| Self { sql: format!("{sql}{table}'") })
    }

    /// All rows of a table. `None` unless the name consists of letters, digits and `_`.
    #[must_use]
    pub fn all_of(table: &str) -> Option<Self> {
        is_name(table).then(|| Self { sql: format!("select * from {table}") })
    }
}

/// Whether a text is the name of a table, and nothing else.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The rows of a result, in its order.
pub type SqlRows = Vec<SqlRow>;

/// One row of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlRow {
    /// Names of columns, in lower case, and their values. NULL, which CUCM sends as an empty
    /// element, is `None`.
    pub columns: Vec<(String, Option<String>)>,
}

impl SqlRow {
    /// The value of a column; `None` for NULL and for a column that the row does not have.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == column)?.1.as_deref()
    }
}

impl AxlOperation for ExecuteSql {
    type Answer = SqlRows;

    fn name(&self) -> String {
        "executeSQLQuery".to_owned()
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        body.text("sql", &self.sql);
    }

    fn read(&self, response: Element<'_>) -> Result<SqlRows, AnswerError> {
        let row = |row: Element<'_>| SqlRow { columns: row.children().map(column).collect() };
        Ok(records(response, "row")?.map(row).collect())
    }
}

fn column(element: Element<'_>) -> (String, Option<String>) {
    let value = Some(element.text()).filter(|text| !text.is_empty());
    (element.name().to_ascii_lowercase(), value.map(str::to_owned))
}
