//! `executeSQLQuery`: the tables of the database that hold rules and patterns.

use std::collections::BTreeSet;

use crate::cells::Value;
use crate::query::{self, Table};
use crate::rules::RuleKind;
use crate::soap::SoapFault;
use crate::state::State;
use crate::uuid::uuid_of;
use crate::xml::{Element, leaf, wrap, wrap_or_empty};

/// Table of application dial rules.
const APPLICATION: &str = "applicationdialrule";

/// First release with the flag of emergency numbers.
const WITH_EMERGENCY: u32 = 11;

/// Usage codes of patterns, as `typepatternusage` lists them.
const USAGES: [(&str, &str); 2] = [("3", "Translation"), ("5", "Route")];

/// `executeSQLQuery`.
pub(crate) fn answer(state: &State, request: &Element) -> Result<String, SoapFault> {
    let sql = request.child_text("sql").ok_or_else(|| SoapFault::invalid(&request.name))?;
    let rows = query::run(sql, &tables(state))?;
    let cell = |(name, value): &(String, Value)| leaf(name, value.as_deref().unwrap_or_default());
    let row = |row: &Vec<(String, Value)>| wrap("row", &row.iter().map(cell).collect::<String>());
    Ok(wrap_or_empty("return", &rows.iter().map(row).collect::<String>()))
}

/// All tables, with the two that describe the others.
fn tables(state: &State) -> Vec<Table> {
    let mut tables = vec![rule_table(state, APPLICATION, RuleKind::Application)];
    if let Some(name) = &state.sql.lookup_table {
        tables.push(rule_table(state, name, RuleKind::DirectoryLookup));
    }
    tables.extend([number_plan(state), partitions(state), usages()]);
    let (names, columns) = catalog(&tables);
    tables.extend([names, columns]);
    tables
}

fn some(text: &str) -> Value {
    Some(text.to_owned())
}

/// `NULL` for an empty text.
fn null_or(text: &str) -> Value {
    (!text.is_empty()).then(|| text.to_owned())
}

fn rule_table(state: &State, name: &str, kind: RuleKind) -> Table {
    let columns = [
        "pkid",
        "name",
        "description",
        "numbeginwith",
        "numofdigits",
        "digitsremoved",
        "prefix",
        &state.sql.priority_column,
    ];
    let rows = state.rules(kind).iter().map(|rule| {
        vec![
            some(&rule.uuid.to_ascii_lowercase()),
            some(&rule.name),
            some(&rule.description),
            some(&rule.begins_with),
            null_or(&rule.digits),
            null_or(&rule.remove),
            some(&rule.prefix),
            null_or(&rule.priority),
        ]
    });
    Table::new(name, &columns, rows.collect())
}

fn number_plan(state: &State) -> Table {
    let mut columns = vec![
        "pkid",
        "dnorpattern",
        "description",
        "fkroutepartition",
        "tkpatternusage",
        "blockenable",
        "authorizationcoderequired",
        "clientcoderequired",
        "tkpatternprecedence",
    ];
    let with_emergency = state.major() >= WITH_EMERGENCY;
    if with_emergency {
        columns.push("isemergencyservicenumber");
    }
    let flag = |is_set| some(if is_set { "t" } else { "f" });
    let mut rows = Vec::new();
    for (patterns, (usage, _)) in
        [&state.translation_patterns, &state.route_patterns].into_iter().zip(USAGES)
    {
        for pattern in patterns {
            let partition = (!pattern.partition.is_empty()).then(|| partition_key(pattern));
            let mut row = vec![
                some(&pattern.uuid.to_ascii_lowercase()),
                some(&pattern.pattern),
                some(&pattern.description),
                partition,
                some(usage),
                flag(pattern.blocked),
                flag(pattern.authorization_code),
                flag(pattern.client_code),
                some("5"),
            ];
            if with_emergency {
                row.push(flag(pattern.emergency));
            }
            rows.push(row);
        }
    }
    Table::new("numplan", &columns, rows)
}

fn partition_key(pattern: &crate::Pattern) -> String {
    uuid_of(&pattern.partition).to_ascii_lowercase()
}

fn partitions(state: &State) -> Table {
    let patterns = state.route_patterns.iter().chain(&state.translation_patterns);
    let names: BTreeSet<_> = patterns.map(|pattern| pattern.partition.as_str()).collect();
    let named = names.into_iter().filter(|name| !name.is_empty());
    let rows = named.map(|name| vec![some(&uuid_of(name).to_ascii_lowercase()), some(name)]);
    Table::new("routepartition", &["pkid", "name"], rows.collect())
}

fn usages() -> Table {
    let rows = USAGES.map(|(code, name)| vec![some(code), some(name)]);
    Table::new("typepatternusage", &["enum", "name"], rows.into())
}

/// `systables` and `syscolumns`.
fn catalog(tables: &[Table]) -> (Table, Table) {
    let mut names = Vec::new();
    let mut columns = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let id = (at + 100).to_string();
        names.push(vec![some(&table.name), some(&id), some("T")]);
        for (at, column) in table.columns.iter().enumerate() {
            columns.push(vec![some(column), some(&id), some(&(at + 1).to_string())]);
        }
    }
    let names = Table::new("systables", &["tabname", "tabid", "tabtype"], names);
    (names, Table::new("syscolumns", &["colname", "tabid", "colno"], columns))
}
