//! Cells of tables, and their order.

use std::cmp::Ordering;

/// A cell; `None` is `NULL`.
pub(crate) type Value = Option<String>;

/// A row of a join: alias, column and value of every cell.
pub(crate) type Joined = Vec<(String, String, Value)>;

/// Orders numbers by value, other texts by their bytes, and `NULL` first.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    let number = |value: &Value| value.as_ref()?.parse::<i64>().ok();
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}
