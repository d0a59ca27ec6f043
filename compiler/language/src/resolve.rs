//! Trees become a book: names resolved, rules expanded, networks and test lines read.
//!
//! "Meaning, precisely" in docs/language.md is the law. Whatever is wrong is a finding; the rest
//! goes on, so that one run reports all errors of a book.

mod expand;
pub(crate) mod names;
mod networks;
mod outline;
mod scope;
mod shared;
mod template;
mod tests;
mod work;

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Finding, Sources, Span};
use adr_engine::DialString;
use hashbrown::HashSet;

use crate::book::{DialTest, List, View};
use crate::compile::Parsed;
use crate::limits::LONGEST_NUMBER;
use crate::suggest::Suggestions;
use crate::tree::{ListKind, SiteItem};
pub(crate) use expand::Skipped;
use expand::{Expander, Expansion};
use outline::{Outline, Placed};
use scope::Scope;
use shared::SharedLists;
use work::Work;

/// Every kind of finding that resolving can give.
pub(crate) static FINDINGS: &[&[&Finding]] = &[
    expand::FINDINGS,
    names::FINDINGS,
    networks::FINDINGS,
    outline::FINDINGS,
    scope::FINDINGS,
    tests::FINDINGS,
    work::FINDINGS,
];

/// An emergency number and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Emergency {
    pub(crate) number: DialString,
    pub(crate) span: Span,
}

/// A book before its checks.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) default: View,
    pub(crate) sites: Vec<View>,
    pub(crate) emergency: Vec<Emergency>,
    pub(crate) tests: Vec<DialTest>,
    /// Where the blocks of each view begin, for findings about a whole list.
    pub(crate) places: Vec<ListPlaces>,
    /// Networks of each site with their places, in the order of the sites.
    pub(crate) networks: Vec<Vec<(ipnet::IpNet, Span)>>,
    /// Names of groups and lets that nothing uses.
    pub(crate) unused_groups: Vec<Span>,
    pub(crate) unused_lets: Vec<Span>,
    /// Rules of which some combinations cannot match.
    pub(crate) skipped: Vec<Skipped>,
    /// How many steps the expansion took.
    pub(crate) steps: usize,
}

/// The first block of each kind that a view has of its own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ListPlaces {
    pub(crate) application: Option<Span>,
    pub(crate) lookup: Option<Span>,
}

impl ListPlaces {
    pub(crate) fn of(self, kind: ListKind) -> Option<Span> {
        match kind {
            ListKind::Application => self.application,
            ListKind::Lookup => self.lookup,
        }
    }
}

/// What resolving carries along.
pub(crate) struct Context<'p> {
    pub(crate) sources: &'p Sources,
    pub(crate) found: Vec<Diagnostic>,
    used: HashSet<Span>,
    /// How many rules the lists have so far.
    rules: usize,
    suggestions: Suggestions,
    lists: SharedLists,
    /// How long a number of an open length is at most.
    longest: u32,
    skipped: Vec<Skipped>,
    work: Work,
}

impl<'p> Context<'p> {
    fn slice(&self, span: Span) -> &'p str {
        self.sources.slice(span)
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds a finding about an unknown name, with the known one that was probably meant.
    fn push_with_suggestion<'a>(
        &mut self,
        found: Diagnostic,
        given: &str,
        known: impl Iterator<Item = &'a str>,
    ) {
        let close = self.suggestions.closest(given, known);
        let help = close.map(|close| format!("did you mean `{close}`?"));
        self.push(match help {
            Some(help) => found.with_help(help),
            None => found,
        });
    }
}

/// Resolves a book.
pub(crate) fn resolve(parsed: &Parsed) -> (Resolved, Vec<Diagnostic>) {
    let mut context = Context {
        sources: &parsed.sources,
        found: Vec::new(),
        used: HashSet::new(),
        rules: 0,
        suggestions: Suggestions::default(),
        lists: SharedLists::default(),
        longest: LONGEST_NUMBER,
        skipped: Vec::new(),
        work: Work::default(),
    };
    let outline = Outline::of(parsed, &mut context);
    let scope = Scope::of(&outline.lets, None, &mut context);
    context.longest = outline.longest_number(&scope, &mut context);
    let emergency = emergency(&outline, &scope, &mut context);
    let expander = Expander { outline: &outline };
    let default = default_view(&expander, &scope, &mut context);
    let mut networks = Vec::new();
    let mut places = vec![outline.places()];
    let mut sites = Vec::new();
    for site in &outline.sites {
        let (view, of_site, place) = self::site(site, &expander, &scope, &default, &mut context);
        sites.push(view);
        networks.push(of_site);
        places.push(place);
    }
    networks::shared(&networks, &mut context);
    let tests = tests::read(&outline, &sites, &mut context);
    let unused =
        |spans: Vec<Span>| spans.into_iter().filter(|span| !context.used.contains(span)).collect();
    let unused_groups = unused(outline.group_names());
    let unused_lets = unused(outline.let_names());
    let resolved = Resolved {
        default,
        sites,
        emergency,
        tests,
        places,
        networks,
        unused_groups,
        unused_lets,
        steps: context.steps(),
        skipped: context.skipped,
    };
    (resolved, context.found)
}

fn emergency(
    outline: &Outline<'_>,
    scope: &Scope<'_>,
    context: &mut Context<'_>,
) -> Vec<Emergency> {
    let mut numbers = Vec::new();
    for line in &outline.emergency {
        for (number, span) in scope.dial_strings(line.tree, &line.node.values, context) {
            if number.is_empty() {
                let found =
                    expand::BAD_DIAL_STRING.found("an emergency number has at least one digit");
                context.push(found.at(span));
            } else {
                numbers.push(Emergency { number, span });
            }
        }
    }
    numbers
}

fn default_view<'p>(
    expander: &Expander<'_, 'p>,
    scope: &Scope<'_>,
    context: &mut Context<'p>,
) -> View {
    let mut of_kind = |kind| {
        let mut expansion = Expansion::new(kind, None);
        for block in expander.outline.blocks.iter().filter(|block| block.node.kind == kind) {
            expander.block(*block, scope, &mut expansion, context);
        }
        list(expansion)
    };
    View {
        name: None,
        span: None,
        networks: Vec::new(),
        application: of_kind(ListKind::Application),
        lookup: of_kind(ListKind::Lookup),
    }
}

type OfSite = (View, Vec<(ipnet::IpNet, Span)>, ListPlaces);

fn site<'p>(
    site: &Placed<'p, crate::tree::Site>,
    expander: &Expander<'_, 'p>,
    book: &Scope<'_>,
    default: &View,
    context: &mut Context<'p>,
) -> OfSite {
    let lets: Vec<_> = site
        .node
        .items
        .iter()
        .filter_map(|item| match item {
            SiteItem::Let(node) => Some(Placed { tree: site.tree, node }),
            _ => None,
        })
        .collect();
    let scope = Scope::of(&lets, Some(book), context);
    let mut place = ListPlaces::default();
    let mut of_kind = |kind: ListKind, place: &mut Option<Span>| {
        let mut expansion = Expansion::new(kind, Some(default));
        for item in &site.node.items {
            if let SiteItem::Block(node) = item
                && node.kind == kind
            {
                place.get_or_insert(node.keyword);
                expander.block(Placed { tree: site.tree, node }, &scope, &mut expansion, context);
            }
        }
        let default = default.list(kind);
        if place.is_some() {
            context.lists.share(kind, list(expansion), default)
        } else {
            Arc::clone(default)
        }
    };
    let application = of_kind(ListKind::Application, &mut place.application);
    let lookup = of_kind(ListKind::Lookup, &mut place.lookup);
    let networks = networks::of_site(site.node, context);
    let view = View {
        name: Some(context.slice(site.node.name).to_owned()),
        span: Some(site.node.name),
        networks: networks.iter().map(|(network, _)| *network).collect(),
        application,
        lookup,
    };
    (view, networks, place)
}

fn list(mut expansion: Expansion<'_>) -> Arc<List> {
    expansion.rules.shrink_to_fit();
    expansion.origins.shrink_to_fit();
    let list = List { rules: expansion.rules, origins: expansion.origins };
    Arc::new(list)
}
