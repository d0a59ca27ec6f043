//! What all list requests have in common: criteria, tags, and pages.

use crate::soap::SoapFault;
use crate::xml::Element;

/// A list request.
#[derive(Clone, Debug)]
pub(crate) struct Query<'a> {
    /// Tags and the patterns that their values must match.
    pub(crate) criteria: Vec<(&'a str, &'a str)>,
    /// The tags to return, in the order of the request.
    pub(crate) tags: Vec<&'a str>,
    skip: usize,
    first: Option<usize>,
}

impl<'a> Query<'a> {
    /// Reads a request that may use these criteria and these tags.
    pub(crate) fn read(
        request: &'a Element,
        criteria: &[&str],
        tags: &[&str],
    ) -> Result<Self, SoapFault> {
        let mut read = Self { criteria: Vec::new(), tags: Vec::new(), skip: 0, first: None };
        let mut has_skip = false;
        let order = ["searchCriteria", "returnedTags", "skip", "first"];
        let mut expected = order.iter();
        for part in &request.children {
            let invalid = || SoapFault::invalid(&part.name);
            expected.find(|name| **name == part.name).ok_or_else(invalid)?;
            match part.name.as_str() {
                "searchCriteria" => {
                    let allowed = names(part, criteria)?;
                    let texts = part.children.iter().map(|child| child.text.as_str());
                    read.criteria = allowed.into_iter().zip(texts).collect();
                }
                "returnedTags" => read.tags = names(part, tags)?,
                "skip" => {
                    read.skip = part.text.parse().map_err(|_| invalid())?;
                    has_skip = true;
                }
                _ => read.first = Some(part.text.parse().map_err(|_| invalid())?),
            }
        }
        for required in &order[..2] {
            if request.child(required).is_none() {
                return Err(SoapFault::invalid(&request.name));
            }
        }
        if has_skip && read.first.is_none() {
            return Err(SoapFault::axl(-1, "skip is valid together with first only"));
        }
        Ok(read)
    }

    /// The rows of the page that was asked for, or the fault of a page that is too large.
    pub(crate) fn page<T>(
        &self,
        rows: Vec<T>,
        max_rows: Option<usize>,
    ) -> Result<Vec<T>, SoapFault> {
        let total = rows.len();
        let first = self.first.unwrap_or(usize::MAX);
        let page: Vec<_> = rows.into_iter().skip(self.skip).take(first).collect();
        match max_rows {
            Some(max) if page.len() > max => Err(SoapFault::axl(
                -1,
                format!(
                    "Query request too large. Total rows matched: {total} rows. Suggestive Row \
                     Fetch: less than {max} rows"
                ),
            )),
            _ => Ok(page),
        }
    }
}

/// The names of all children, if they are allowed.
fn names<'a>(part: &'a Element, allowed: &[&str]) -> Result<Vec<&'a str>, SoapFault> {
    let check = |child: &'a Element| {
        let name = child.name.as_str();
        if allowed.contains(&name) { Ok(name) } else { Err(SoapFault::invalid(name)) }
    };
    part.children.iter().map(check).collect()
}

/// Whether a value matches a pattern in which `%` stands for any text. A missing value is empty.
pub(crate) fn is_like(value: Option<&str>, pattern: &str) -> bool {
    let value = value.unwrap_or_default();
    let mut parts = pattern.split('%');
    let Some(rest) = parts.next().and_then(|begin| value.strip_prefix(begin)) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(end) = parts.pop() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(end)
}
