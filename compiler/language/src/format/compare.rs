//! Compares two texts: their trees except for places, and their comments.

use adr_diagnostic::Span;

use crate::tree::{Item, ListItem, Rule, Site, SiteItem, Test, Tree, Value, ValueKind, Values};

/// A tree and its text.
type Side<'t> = (&'t Tree, &'t str);

/// Whether both texts have the same items with the same texts in the same order, and the same
/// comments in the same order, except for blanks at their ends.
pub(super) fn same(left: Side<'_>, right: Side<'_>) -> bool {
    let both = Both { left, right };
    let comments = |(tree, text): Side<'_>| -> Vec<String> {
        let spans = tree.comments.iter();
        let texts = spans.map(|span| text.get(span.range()).unwrap_or_default());
        texts.map(|text| text.trim_end().to_owned()).collect()
    };
    comments(left) == comments(right) && all(&left.0.items, &right.0.items, |a, b| both.item(a, b))
}

struct Both<'t> {
    left: Side<'t>,
    right: Side<'t>,
}

impl Both<'_> {
    fn item(&self, a: &Item, b: &Item) -> bool {
        match (a, b) {
            (Item::Let(a), Item::Let(b)) => {
                self.text(a.name, b.name) && self.values(&a.values, &b.values)
            }
            (Item::Emergency(a), Item::Emergency(b)) => self.values(&a.values, &b.values),
            (Item::LongestNumber(a), Item::LongestNumber(b)) => self.values(&a.values, &b.values),
            (Item::Include(a), Item::Include(b)) => self.text(a.path, b.path),
            (Item::Group(a), Item::Group(b)) => {
                self.text(a.name, b.name) && self.items(&a.items, &b.items)
            }
            (Item::Block(a), Item::Block(b)) => a.kind == b.kind && self.items(&a.items, &b.items),
            (Item::Site(a), Item::Site(b)) => self.site(a, b),
            (Item::Test(a), Item::Test(b)) => all(&a.tests, &b.tests, |a, b| self.test(a, b)),
            _ => false,
        }
    }

    fn site(&self, a: &Site, b: &Site) -> bool {
        self.text(a.name, b.name)
            && all(&a.items, &b.items, |a, b| match (a, b) {
                (SiteItem::Let(a), SiteItem::Let(b)) => {
                    self.text(a.name, b.name) && self.values(&a.values, &b.values)
                }
                (SiteItem::Clients(a), SiteItem::Clients(b)) => {
                    all(&a.networks, &b.networks, |a, b| self.text(*a, *b))
                }
                (SiteItem::Block(a), SiteItem::Block(b)) => {
                    a.kind == b.kind && self.items(&a.items, &b.items)
                }
                _ => false,
            })
    }

    fn items(&self, a: &[ListItem], b: &[ListItem]) -> bool {
        all(a, b, |a, b| match (a, b) {
            (ListItem::Rule(a), ListItem::Rule(b)) => self.rule(a, b),
            (ListItem::Use(a), ListItem::Use(b)) => self.optional(a.group, b.group),
            _ => false,
        })
    }

    fn rule(&self, a: &Rule, b: &Rule) -> bool {
        self.text(a.name, b.name)
            && self.left.0.fields(a).count() == self.right.0.fields(b).count()
            && self
                .left
                .0
                .fields(a)
                .zip(self.right.0.fields(b))
                .all(|(a, b)| a.kind == b.kind && self.values(&a.values, &b.values))
    }

    fn test(&self, a: &Test, b: &Test) -> bool {
        a.kind == b.kind
            && self.text(a.number, b.number)
            && self.optional(a.site, b.site)
            && self.optional(a.expected, b.expected)
    }

    fn values(&self, a: &Values, b: &Values) -> bool {
        let (a, b) = (self.left.0.values(a), self.right.0.values(b));
        a.len() == b.len() && a.zip(b).all(|(a, b)| self.value(a, b))
    }

    fn value(&self, a: Value, b: Value) -> bool {
        let kind: (ValueKind, ValueKind) = (a.kind, b.kind);
        kind.0 == kind.1 && self.text(a.span, b.span)
    }

    fn optional(&self, a: Option<Span>, b: Option<Span>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => self.text(a, b),
            (None, None) => true,
            _ => false,
        }
    }

    fn text(&self, a: Span, b: Span) -> bool {
        self.left.1.get(a.range()) == self.right.1.get(b.range())
    }
}

fn all<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}
