//! Looks up the rules of a tree by their spans.

use adr_diagnostic::Span;

use crate::tree::{Item, ListItem, Rule, SiteItem, Tree};

/// The rule of a tree with exactly this span.
#[must_use]
pub fn rule_at(tree: &Tree, span: Span) -> Option<&Rule> {
    rule_around(tree, span).filter(|rule| rule.span == span)
}

/// The rule of a tree that contains `span`.
pub(crate) fn rule_around(tree: &Tree, span: Span) -> Option<&Rule> {
    let items = match last_before(&tree.items, span, span_of_item)? {
        Item::Group(group) => &group.items,
        Item::Block(block) => &block.items,
        Item::Site(site) => match last_before(&site.items, span, span_of_site_item)? {
            SiteItem::Block(block) => &block.items,
            SiteItem::Let(_) | SiteItem::Clients(_) => return None,
        },
        Item::Let(_)
        | Item::Emergency(_)
        | Item::LongestNumber(_)
        | Item::Include(_)
        | Item::Test(_) => return None,
    };
    match last_before(items, span, span_of_list_item)? {
        ListItem::Rule(rule) if span.end <= rule.span.end => Some(rule),
        _ => None,
    }
}

/// The last node that does not begin after `span`. The nodes are sorted by their places.
fn last_before<N>(nodes: &[N], span: Span, span_of: fn(&N) -> Span) -> Option<&N> {
    let after = nodes.partition_point(|node| span_of(node).start <= span.start);
    nodes.get(after.checked_sub(1)?)
}

fn span_of_item(item: &Item) -> Span {
    match item {
        Item::Let(node) => node.span,
        Item::Emergency(node) => node.span,
        Item::LongestNumber(node) => node.span,
        Item::Include(node) => node.span,
        Item::Group(node) => node.span,
        Item::Block(node) => node.span,
        Item::Site(node) => node.span,
        Item::Test(node) => node.span,
    }
}

fn span_of_site_item(item: &SiteItem) -> Span {
    match item {
        SiteItem::Let(node) => node.span,
        SiteItem::Clients(node) => node.span,
        SiteItem::Block(node) => node.span,
    }
}

fn span_of_list_item(item: &ListItem) -> Span {
    match item {
        ListItem::Rule(node) => node.span,
        ListItem::Use(node) => node.span,
    }
}
