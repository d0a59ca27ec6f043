//! Resolves trees into a dial plan: looks up names, expands rules, and reads networks and test
//! lines.
//!
//! "Meaning" in docs/reference/language.md is the specification. A mistake becomes a finding and
//! does not stop the rest, so that one run reports all errors of a dial plan.

mod atom;
mod budget;
mod context;
mod expand;
pub(crate) mod names;
mod networks;
mod outline;
mod placed;
mod resolved;
mod scope;
mod shared;
mod skipped;
mod template;
mod test_lines;
mod value;

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Finding, Span};

use crate::parsed::Parsed;
use crate::plan::{List, View};
use crate::tree::{ListKind, SiteItem};
use context::Context;
use expand::{Expander, Expansion};
use outline::Outline;
use placed::Placed;
use resolved::ListPlaces;
pub(crate) use resolved::{Emergency, Resolved};
use scope::Scope;
pub(crate) use skipped::Skipped;

/// Every kind of finding that resolving can give.
pub(crate) static FINDINGS: &[&[&Finding]] = &[
    expand::FINDINGS,
    names::FINDINGS,
    networks::FINDINGS,
    outline::FINDINGS,
    scope::FINDINGS,
    test_lines::FINDINGS,
    value::FINDINGS,
    budget::FINDINGS,
];

/// Resolves a dial plan.
pub(crate) fn resolve(parsed: &Parsed) -> (Resolved, Vec<Diagnostic>) {
    let mut context = Context::new(&parsed.sources);
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
    let tests = test_lines::read(&outline, &sites, &mut context);
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
                    value::BAD_DIAL_STRING.found("an emergency number has at least one digit");
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
    plan: &Scope<'_>,
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
    let scope = Scope::of(&lets, Some(plan), context);
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
