//! Reads a rule file as the client does, and compares it with a dial plan.

use adr_bundle::sha256;
use adr_diagnostic::Sources;
use adr_engine::{Rule, xml};

use super::observation::{List, PlanMatch, ReadFile};

/// Most deviations that are named.
const MAX_DEVIATIONS: usize = 5;

/// Bytes at the beginning of a file in which the signs of a web page are looked for.
const PAGE_BEGINNING: usize = 1_024;

/// A file that a dial plan makes.
#[derive(Clone, Debug)]
pub struct PlanFile {
    /// The name of the site; `None` for the default view.
    pub site: Option<String>,
    /// The list.
    pub list: List,
    /// Its rules.
    pub rules: Vec<Rule>,
}

impl ReadFile {
    /// Reads a file as the client does. Returns its rules as well.
    ///
    /// ```
    /// use adr_doctor::client::observation::ReadFile;
    ///
    /// let file = b"<DialRules><DialRule BeginsWith=\"9\" NumDigits=\"7\" DigitsToRemove=\"1\" \
    ///     PrefixWith=\"\"/></DialRules>";
    /// let (read, rules) = ReadFile::of("AppDialRules.xml", file, None);
    /// assert_eq!((read.rules, read.rejected, rules.len()), (1, None, 1));
    /// let (page, _) = ReadFile::of("AppDialRules.xml", b"<html>login</html>", None);
    /// assert!(page.is_page && page.rejected.is_some());
    /// ```
    #[must_use]
    pub fn of(name: &str, bytes: &[u8], modified: Option<i64>) -> (Self, Vec<Rule>) {
        let text = String::from_utf8_lossy(bytes);
        let source = Sources::new().add(name, &*text);
        let (strict, client) = xml::check(source, &text, bytes);
        let deviations = strict.report.diagnostics().iter();
        let deviations = deviations.map(|it| format!("{}: {}", it.name, it.message));
        let read = Self {
            sha256: sha256(bytes),
            bytes: bytes.len() as u64,
            modified,
            rejected: client.error.map(|error| error.to_string()),
            is_page: is_page(&text),
            rules: client.rules.len() as u64,
            deviations: deviations.take(MAX_DEVIATIONS).collect(),
            plan: None,
        };
        (read, client.rules)
    }
}

/// Whether a text looks like a web page.
fn is_page(text: &str) -> bool {
    let beginning: String = text.chars().take(PAGE_BEGINNING).collect::<String>().to_lowercase();
    beginning.contains("<html") || beginning.contains("<!doctype html")
}

/// Compares the rules of a file with those of a dial plan.
#[must_use]
pub fn compare(list: List, rules: &[Rule], plan: &[PlanFile]) -> Option<PlanMatch> {
    let of_list = || plan.iter().filter(|file| file.list == list);
    let default = of_list().find(|file| file.site.is_none())?;
    if default.rules == rules {
        return Some(PlanMatch::Default);
    }
    let site = of_list().find(|file| file.site.is_some() && file.rules == rules);
    Some(match site.and_then(|file| file.site.clone()) {
        Some(site) => PlanMatch::Site(site),
        None => PlanMatch::Other { planned: default.rules.len() as u64 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_compared_with_every_view() {
        let rule = |prefix: &str| vec![Rule::from_deployed("", 7, 0, prefix)];
        let file = |site: Option<&str>, prefix: &str| PlanFile {
            site: site.map(str::to_owned),
            list: List::Application,
            rules: rule(prefix),
        };
        let plan = [file(None, "9"), file(Some("Dallas"), "8")];
        let compared = |prefix| compare(List::Application, &rule(prefix), &plan);
        assert_eq!(compared("9"), Some(PlanMatch::Default));
        assert_eq!(compared("8"), Some(PlanMatch::Site("Dallas".to_owned())));
        assert_eq!(compared("7"), Some(PlanMatch::Other { planned: 1 }));
        assert_eq!(compare(List::Lookup, &rule("9"), &plan), None);
    }

    #[test]
    fn deviations_are_named() {
        let file = b"<DialRules><Other/><DialRule BeginsWith=\"9\" NumDigits=\"seven\" \
            DigitsToRemove=\"1\" PrefixWith=\"\"/></DialRules>";
        let (read, _) = ReadFile::of("AppDialRules.xml", file, Some(7));
        assert_eq!((read.rejected, read.modified), (None, Some(7)));
        assert!(read.deviations.len() >= 2, "{:?}", read.deviations);
    }
}
