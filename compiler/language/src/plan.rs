//! A checked dial plan, which can be compiled, published and dialed with.

use std::sync::Arc;

use adr_diagnostic::{Sources, Span};
use adr_engine::{DialString, RuleList};
use hashbrown::HashMap;
use ipnet::IpNet;

use crate::author_note::Trees;
use crate::rule_origin::RuleOrigins;
pub use crate::rule_origin::{BeginsWithEntry, RuleOrigin};
pub use crate::tree::ListKind;

/// A checked dial plan: the rules of every view, the emergency numbers and the tests. It can only
/// be made by [`Parsed::check`](crate::Parsed::check), so it holds rules that may be deployed.
#[derive(Clone, Debug)]
pub struct DialPlan {
    pub(crate) sources: Arc<Sources>,
    pub(crate) trees: Trees,
    /// The view of clients that belong to no site.
    pub(crate) default: View,
    /// The views of the sites, in the order written.
    pub(crate) sites: Vec<View>,
    /// Positions in `sites` by name.
    by_name: HashMap<String, usize>,
    pub(crate) emergency: Vec<DialString>,
    pub(crate) tests: Vec<DialTest>,
    /// Whether the test lines were run. A dial plan with a failing test is not returned.
    pub(crate) tests_ran: bool,
}

impl DialPlan {
    /// A plan whose test lines have not been run.
    pub(crate) fn new(
        sources: Arc<Sources>,
        (default, sites): (View, Vec<View>),
        emergency: Vec<DialString>,
        tests: Vec<DialTest>,
    ) -> Self {
        let names = sites.iter().enumerate();
        let by_name = names.filter_map(|(at, view)| Some((view.name.clone()?, at))).collect();
        let trees = Trees::of(&sources);
        Self { sources, trees, default, sites, by_name, emergency, tests, tests_ran: false }
    }

    /// The texts that the dial plan was read from.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The view of all clients that belong to no site.
    #[must_use]
    pub fn default_view(&self) -> &View {
        &self.default
    }

    /// The sites, in the order written.
    #[must_use]
    pub fn sites(&self) -> &[View] {
        &self.sites
    }

    /// The default view, then the sites.
    pub fn views(&self) -> impl Iterator<Item = &View> {
        std::iter::once(&self.default).chain(&self.sites)
    }

    /// The view of a site by its exact name.
    #[must_use]
    pub fn site(&self, name: &str) -> Option<&View> {
        self.sites.get(*self.by_name.get(name)?)
    }

    /// The emergency numbers: in every view, each of them goes out as one of them.
    #[must_use]
    pub fn emergency(&self) -> &[DialString] {
        &self.emergency
    }

    /// The test lines, in the order written.
    #[must_use]
    pub fn tests(&self) -> &[DialTest] {
        &self.tests
    }

    /// Whether every test line was run and passed; false if [`Levels::without_tests`] disabled
    /// them.
    ///
    /// [`Levels::without_tests`]: crate::Levels::without_tests
    #[must_use]
    pub fn tests_passed(&self) -> bool {
        self.tests_ran
    }
}

/// The rules for the clients of one site, or for all other clients.
#[derive(Clone, Debug)]
pub struct View {
    /// The name of the site; `None` for the default view.
    pub(crate) name: Option<String>,
    /// The name of the site in its source.
    pub(crate) span: Option<Span>,
    /// Empty for the default view.
    pub(crate) networks: Vec<IpNet>,
    pub(crate) application: Arc<List>,
    pub(crate) lookup: Arc<List>,
}

impl View {
    /// The site's name; `None` is the default view.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where the site is written; `None` is the default view.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.span
    }

    /// The site's client networks; empty for the default view.
    #[must_use]
    pub fn networks(&self) -> &[IpNet] {
        &self.networks
    }

    /// One of the two lists. A site without blocks of a kind shares the list of the default view,
    /// and views with equal lists share one.
    #[must_use]
    pub fn list(&self, kind: ListKind) -> &Arc<List> {
        match kind {
            ListKind::Application => &self.application,
            ListKind::Lookup => &self.lookup,
        }
    }
}

/// The rules of a list as they are deployed, and where each of them was written.
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) rules: RuleList,
    /// One origin for each rule.
    pub(crate) origins: RuleOrigins,
}

impl List {
    /// The rules in priority order.
    #[must_use]
    pub fn rules(&self) -> &RuleList {
        &self.rules
    }

    /// Where the rule at position `at`, counted from 0, was written; `None` past the end.
    #[must_use]
    pub fn origin(&self, at: usize) -> Option<RuleOrigin> {
        self.origins.get(at)
    }
}

/// One test line.
#[derive(Clone, Debug)]
pub struct DialTest {
    /// The line.
    pub span: Span,
    /// The list that is tested.
    pub kind: ListKind,
    /// The number as written.
    pub written: String,
    /// The number after cleaning by [`Cleaner`](adr_engine::Cleaner).
    pub number: String,
    /// The site whose view is tested; `None` is the default view.
    pub site: Option<String>,
    /// The expected result.
    pub expected: Expectation,
}

/// The expected result of a test line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The number itself.
    Unchanged,
    /// Exactly this number.
    Number(String),
}
