//! The part of SQL that reads tables: `select` with joins, conditions, order and pages.

use crate::cells::{Joined, Value, compare};
use crate::condition::{Condition, Operand};
use crate::soap::SoapFault;
use crate::tokens::Tokens;

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Table {
    pub(crate) fn new(name: &str, columns: &[&str], rows: Vec<Vec<Value>>) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { name: name.to_owned(), columns, rows }
    }
}

/// Parses and runs a query. Every row has names and values in the order of the columns.
pub(crate) fn run(sql: &str, tables: &[Table]) -> Result<Vec<Vec<(String, Value)>>, SoapFault> {
    let select = Select::parse(sql)?;
    let mut rows: Vec<Joined> = vec![Vec::new()];
    let mut names: Joined = Vec::new();
    for source in &select.sources {
        let table = tables.iter().find(|table| table.name == source.table);
        let table = table.ok_or_else(|| missing_table(&source.table))?;
        let null = table.columns.iter().map(|name| cell(&source.alias, name, &None));
        let null: Joined = null.collect();
        names.extend(null.clone());
        source.on.iter().try_for_each(|condition| condition.check(&names))?;
        rows = join(&rows, source, table, &null);
    }
    if let Some(condition) = &select.filter {
        condition.check(&names)?;
        rows.retain(|row| condition.holds(row));
    }
    for (key, descending) in select.order.iter().rev() {
        key.check(&names)?;
        rows.sort_by(|left, right| {
            let order = compare(&key.value(left), &key.value(right));
            if *descending { order.reverse() } else { order }
        });
    }
    let columns = select.columns(&names)?;
    let pick = |row: &Joined| {
        let cells = columns.iter().map(|(name, operand)| (name.clone(), operand.value(row)));
        cells.collect::<Vec<_>>()
    };
    let mut picked: Vec<_> = rows.iter().map(pick).collect();
    if select.distinct {
        let mut seen = std::collections::BTreeSet::new();
        picked.retain(|row| seen.insert(row.clone()));
    }
    Ok(picked.into_iter().skip(select.skip).take(select.first).collect())
}

fn cell(alias: &str, name: &str, value: &Value) -> (String, String, Value) {
    (alias.to_owned(), name.to_owned(), value.clone())
}

fn join(rows: &[Joined], source: &Source, table: &Table, null: &Joined) -> Vec<Joined> {
    let mut joined = Vec::new();
    for row in rows {
        let before = joined.len();
        for values in &table.rows {
            let mut wide = row.clone();
            let cells = table.columns.iter().zip(values);
            wide.extend(cells.map(|(name, value)| cell(&source.alias, name, value)));
            if source.on.as_ref().is_none_or(|condition| condition.holds(&wide)) {
                joined.push(wide);
            }
        }
        if source.is_outer && joined.len() == before {
            joined.push(row.iter().chain(null).cloned().collect());
        }
    }
    joined
}

/// A table in `from`.
#[derive(Debug)]
struct Source {
    table: String,
    alias: String,
    on: Option<Condition>,
    is_outer: bool,
}

/// A column in the result.
#[derive(Debug)]
enum Item {
    /// `*`, or `alias.*`.
    All(Option<String>),
    One(String, Operand),
}

/// A parsed `select`.
#[derive(Debug)]
struct Select {
    distinct: bool,
    skip: usize,
    first: usize,
    items: Vec<Item>,
    sources: Vec<Source>,
    filter: Option<Condition>,
    order: Vec<(Operand, bool)>,
}

impl Select {
    fn parse(sql: &str) -> Result<Self, SoapFault> {
        let mut tokens = Tokens::read(sql)?;
        tokens.expect("select")?;
        let skip = if tokens.eat("skip") { tokens.number()? } else { 0 };
        let first = if tokens.eat("first") { tokens.number()? } else { usize::MAX };
        let distinct = tokens.eat("distinct") || tokens.eat("unique");
        let mut items = vec![item(&mut tokens)?];
        while tokens.eat(",") {
            items.push(item(&mut tokens)?);
        }
        tokens.expect("from")?;
        let sources = sources(&mut tokens)?;
        let filter = if tokens.eat("where") { Some(Condition::parse(&mut tokens)?) } else { None };
        let mut order = Vec::new();
        if tokens.eat("order") {
            tokens.expect("by")?;
            loop {
                let key = Operand::parse(&mut tokens)?;
                let is_descending = !tokens.eat("asc") && tokens.eat("desc");
                order.push((key, is_descending));
                if !tokens.eat(",") {
                    break;
                }
            }
        }
        tokens.end()?;
        Ok(Self { distinct, skip, first, items, sources, filter, order })
    }

    /// Name and origin of every column of the result.
    fn columns(&self, names: &Joined) -> Result<Vec<(String, Operand)>, SoapFault> {
        let mut columns = Vec::new();
        for item in &self.items {
            match item {
                Item::All(alias) => {
                    let all = names.iter();
                    let meant = all.filter(|(it, ..)| alias.as_ref().is_none_or(|want| want == it));
                    columns.extend(meant.map(|(alias, name, _)| {
                        (name.clone(), Operand::Column(Some(alias.clone()), name.clone()))
                    }));
                }
                Item::One(name, operand) => {
                    operand.check(names)?;
                    columns.push((name.clone(), operand.clone()));
                }
            }
        }
        Ok(columns)
    }
}

fn item(tokens: &mut Tokens) -> Result<Item, SoapFault> {
    if tokens.eat("*") {
        return Ok(Item::All(None));
    }
    if let Some(alias) = tokens.eat_all_of() {
        return Ok(Item::All(Some(alias)));
    }
    let operand = Operand::parse(tokens)?;
    let name = match &operand {
        Operand::Column(_, name) => name.clone(),
        _ => "expression".to_owned(),
    };
    let is_named = tokens.eat("as") || tokens.is_plain_word();
    Ok(Item::One(if is_named { tokens.word()? } else { name }, operand))
}

fn sources(tokens: &mut Tokens) -> Result<Vec<Source>, SoapFault> {
    let mut sources = vec![source(tokens, false)?];
    loop {
        if tokens.eat(",") {
            sources.push(source(tokens, false)?);
            continue;
        }
        let is_outer = tokens.eat("left");
        let _ = tokens.eat("outer") || tokens.eat("inner");
        if !tokens.eat("join") {
            return Ok(sources);
        }
        let mut joined = source(tokens, is_outer)?;
        tokens.expect("on")?;
        joined.on = Some(Condition::parse(tokens)?);
        sources.push(joined);
    }
}

fn source(tokens: &mut Tokens, is_outer: bool) -> Result<Source, SoapFault> {
    let table = tokens.word()?;
    let is_named = tokens.eat("as") || tokens.is_plain_word();
    let alias = if is_named { tokens.word()? } else { table.clone() };
    Ok(Source { table, alias, on: None, is_outer })
}

fn missing_table(name: &str) -> SoapFault {
    SoapFault::axl(-206, format!("The specified table ({name}) is not in the database."))
}
