//! Conditions and operands of a query.

use std::cmp::Ordering;

use crate::cells::{Joined, Value, compare};
use crate::listing::is_like;
use crate::soap::SoapFault;
use crate::tokens::{Token, Tokens, syntax_error};

/// A column, a constant, or a function of one.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// Alias and name.
    Column(Option<String>, String),
    Constant(String),
    Lower(Box<Operand>),
    Upper(Box<Operand>),
}

impl Operand {
    pub(crate) fn parse(tokens: &mut Tokens) -> Result<Self, SoapFault> {
        let word = match tokens.next() {
            Some(Token::Text(text)) => return Ok(Self::Constant(text)),
            Some(Token::Word(word)) => word,
            other => return Err(syntax_error(other.as_ref())),
        };
        if word.starts_with(|letter: char| letter.is_ascii_digit()) {
            return Ok(Self::Constant(word));
        }
        if matches!(word.as_str(), "lower" | "upper") && tokens.eat("(") {
            let inner = Box::new(Self::parse(tokens)?);
            tokens.expect(")")?;
            return Ok(if word == "lower" { Self::Lower(inner) } else { Self::Upper(inner) });
        }
        if tokens.eat(".") {
            return Ok(Self::Column(Some(word), tokens.word()?));
        }
        Ok(Self::Column(None, word))
    }

    /// Refuses a column that does not exist.
    pub(crate) fn check(&self, names: &Joined) -> Result<(), SoapFault> {
        match self {
            Self::Constant(_) => Ok(()),
            Self::Lower(inner) | Self::Upper(inner) => inner.check(names),
            Self::Column(alias, name) => {
                let is_meant = |it: &(String, String, Value)| is_column(it, alias.as_ref(), name);
                if names.iter().any(is_meant) {
                    return Ok(());
                }
                let text = "not found in any table in the query (or SLV is undefined).";
                Err(SoapFault::axl(-217, format!("Column ({name}) {text}")))
            }
        }
    }

    pub(crate) fn value(&self, row: &Joined) -> Value {
        match self {
            Self::Constant(text) => Some(text.clone()),
            Self::Lower(inner) => Some(inner.value(row)?.to_lowercase()),
            Self::Upper(inner) => Some(inner.value(row)?.to_uppercase()),
            Self::Column(alias, name) => {
                let found = row.iter().find(|it| is_column(it, alias.as_ref(), name));
                found.and_then(|(_, _, value)| value.clone())
            }
        }
    }
}

fn is_column(cell: &(String, String, Value), alias: Option<&String>, name: &str) -> bool {
    cell.1 == name && alias.is_none_or(|alias| *alias == cell.0)
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Operand, String, Operand),
    Like(Operand, Operand),
    In(Operand, Vec<Operand>),
    Null(Operand),
}

impl Condition {
    pub(crate) fn parse(tokens: &mut Tokens) -> Result<Self, SoapFault> {
        let mut any = vec![Self::all(tokens)?];
        while tokens.eat("or") {
            any.push(Self::all(tokens)?);
        }
        Ok(Self::Or(any))
    }

    fn all(tokens: &mut Tokens) -> Result<Self, SoapFault> {
        let mut all = vec![Self::one(tokens)?];
        while tokens.eat("and") {
            all.push(Self::one(tokens)?);
        }
        Ok(Self::And(all))
    }

    fn one(tokens: &mut Tokens) -> Result<Self, SoapFault> {
        if tokens.eat("not") {
            return Ok(Self::Not(Box::new(Self::one(tokens)?)));
        }
        if tokens.eat("(") {
            let inner = Self::parse(tokens)?;
            tokens.expect(")")?;
            return Ok(inner);
        }
        let left = Operand::parse(tokens)?;
        if tokens.eat("is") {
            let is_negated = tokens.eat("not");
            tokens.expect("null")?;
            return Ok(negated(is_negated, Self::Null(left)));
        }
        let is_negated = tokens.eat("not");
        if tokens.eat("like") {
            return Ok(negated(is_negated, Self::Like(left, Operand::parse(tokens)?)));
        }
        if tokens.eat("in") {
            tokens.expect("(")?;
            let mut values = vec![Operand::parse(tokens)?];
            while tokens.eat(",") {
                values.push(Operand::parse(tokens)?);
            }
            tokens.expect(")")?;
            return Ok(negated(is_negated, Self::In(left, values)));
        }
        match tokens.next() {
            Some(Token::Mark(mark)) if !is_negated => {
                Ok(Self::Compare(left, mark, Operand::parse(tokens)?))
            }
            other => Err(syntax_error(other.as_ref())),
        }
    }

    /// Refuses columns that do not exist, and comparisons that are not known.
    pub(crate) fn check(&self, names: &Joined) -> Result<(), SoapFault> {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                parts.iter().try_for_each(|part| part.check(names))
            }
            Self::Not(inner) => inner.check(names),
            Self::Compare(left, mark, right) => {
                if !matches!(mark.as_str(), "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=") {
                    return Err(syntax_error(Some(&Token::Mark(mark.clone()))));
                }
                left.check(names)?;
                right.check(names)
            }
            Self::Like(left, right) => {
                left.check(names)?;
                right.check(names)
            }
            Self::In(left, values) => {
                left.check(names)?;
                values.iter().try_for_each(|value| value.check(names))
            }
            Self::Null(operand) => operand.check(names),
        }
    }

    pub(crate) fn holds(&self, row: &Joined) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.holds(row)),
            Self::And(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Not(inner) => !inner.holds(row),
            Self::Compare(left, mark, right) => {
                let (left, right) = (left.value(row), right.value(row));
                left.is_some() && right.is_some() && is_ordered(mark, compare(&left, &right))
            }
            Self::Like(left, right) => {
                let pattern = right.value(row).unwrap_or_default();
                left.value(row).is_some_and(|value| is_like(Some(&value), &pattern))
            }
            Self::In(left, values) => {
                let left = left.value(row);
                left.is_some() && values.iter().any(|value| value.value(row) == left)
            }
            Self::Null(operand) => operand.value(row).is_none(),
        }
    }
}

fn negated(is_negated: bool, condition: Condition) -> Condition {
    if is_negated { Condition::Not(Box::new(condition)) } else { condition }
}

fn is_ordered(mark: &str, order: Ordering) -> bool {
    match mark {
        "=" => order.is_eq(),
        "<" => order.is_lt(),
        ">" => order.is_gt(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        _ => order.is_ne(),
    }
}
