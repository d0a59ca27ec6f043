//! A checked dial plan: what is compiled, published and dialled by.

use std::sync::Arc;

use adr_diagnostic::{Sources, Span};
use adr_engine::{DialString, RuleList};
use hashbrown::HashMap;
use ipnet::IpNet;

use crate::rule_origin::RuleOrigins;
pub use crate::rule_origin::{BeginsWithEntry, RuleOrigin};
pub use crate::tree::ListKind;

/// Every view of a company, checked. Who holds one holds rules that may be deployed.
#[derive(Clone, Debug)]
pub struct DialPlan {
    pub(crate) sources: Arc<Sources>,
    pub(crate) default: View,
    pub(crate) sites: Vec<View>,
    /// Positions in `sites` by name.
    by_name: HashMap<String, usize>,
    pub(crate) emergency: Vec<DialString>,
    pub(crate) tests: Vec<DialTest>,
    /// Whether the test lines were run; a dial plan with a failing one is not handed out then.
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
        Self { sources, default, sites, by_name, emergency, tests, tests_ran: false }
    }

    /// The texts that the dial plan was read from.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The view of everybody who belongs to no site.
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

    /// Numbers that must stay among themselves in every view.
    #[must_use]
    pub fn emergency(&self) -> &[DialString] {
        &self.emergency
    }

    /// The test lines, in the order written.
    #[must_use]
    pub fn tests(&self) -> &[DialTest] {
        &self.tests
    }

    /// Whether every test line was run and passed; false where [`Levels::without_tests`] left them
    /// out.
    ///
    /// [`Levels::without_tests`]: crate::Levels::without_tests
    #[must_use]
    pub fn tests_passed(&self) -> bool {
        self.tests_ran
    }
}

/// What one client network gets.
#[derive(Clone, Debug)]
pub struct View {
    pub(crate) name: Option<String>,
    pub(crate) span: Option<Span>,
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

    /// One of the two lists. A site without blocks of a kind shares the default view's list, and
    /// views that use the same groups and nothing else share one.
    #[must_use]
    pub fn list(&self, kind: ListKind) -> &Arc<List> {
        match kind {
            ListKind::Application => &self.application,
            ListKind::Lookup => &self.lookup,
        }
    }
}

/// Rules as deployed, and where each of them was written.
#[derive(Clone, Debug)]
pub struct List {
    pub(crate) rules: RuleList,
    pub(crate) origins: RuleOrigins,
}

impl List {
    /// The rules in priority order.
    #[must_use]
    pub fn rules(&self) -> &RuleList {
        &self.rules
    }

    /// Where rule `at`, counted from 0, comes from; `None` past the end.
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
    /// Which list is asked.
    pub kind: ListKind,
    /// The number as written.
    pub written: String,
    /// The number as [`Cleaner`](adr_engine::Cleaner) makes it.
    pub number: String,
    /// The site whose view is asked; `None` is the default view.
    pub site: Option<String>,
    /// What must come out.
    pub expected: Expectation,
}

/// What a test line expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The number as it went in.
    Unchanged,
    /// Exactly this.
    Number(String),
}
