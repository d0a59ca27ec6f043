//! The fix that moves a rule above another rule of its list.

use adr_diagnostic::{Applicability, Edit, Fix, Span};
use hashbrown::{HashMap, HashSet};

use super::context::Context;
use crate::plan::RuleOrigin;
use crate::remove_rule::RuleLines;
use crate::tree::{Item, ListItem, ListKind, SiteItem, Tree};

/// The list that a body adds to. A rule can move between bodies of the same list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Owner<'b> {
    Group(&'b str),
    Default(ListKind),
    Site(Span, ListKind),
}

/// The rules and uses between the braces of a group or a block.
struct Body<'b> {
    /// Keyword to closing brace.
    span: Span,
    owner: Owner<'b>,
    items: &'b [ListItem],
}

/// Every body of a dial plan, to look up the place of a rule.
pub(super) struct Bodies<'f, 'b> {
    context: &'f Context<'b>,
    /// Sorted by their places.
    bodies: Vec<Body<'b>>,
    /// Indices in `bodies`, by owner.
    of_owner: HashMap<Owner<'b>, Vec<usize>>,
    /// For pairs that were asked for: the `use` of the first body that brings in the second body.
    uses: HashMap<(usize, usize), Option<Span>>,
}

impl<'f, 'b> Bodies<'f, 'b> {
    pub(super) fn of(context: &'f Context<'b>) -> Self {
        let mut bodies: Vec<Body<'b>> =
            context.trees.iter().flat_map(|tree| bodies_of(tree, context)).collect();
        bodies.sort_by_key(|body| body.span);
        let mut of_owner: HashMap<Owner<'b>, Vec<usize>> = HashMap::new();
        for (at, body) in bodies.iter().enumerate() {
            of_owner.entry(body.owner).or_default().push(at);
        }
        Self { context, bodies, of_owner, uses: HashMap::new() }
    }

    /// The fix that moves `rule` above `other`, or above the `use` that brings `other` into its
    /// list. `None` if the rules do not belong to one list, or share their lines with other text.
    pub(super) fn moving(&mut self, rule: RuleOrigin, other: RuleOrigin) -> Option<Fix> {
        let target = self.target(rule.rule, other.rule)?;
        let sources = self.context.sources;
        let moved = RuleLines::of(self.context.tree(rule.rule.source)?, sources, rule.rule);
        let below = RuleLines::of(self.context.tree(target.source)?, sources, target);
        let insertion =
            Edit { span: below.insertion(sources)?, replacement: moved.whole_lines(sources)? };
        let mut edits = vec![insertion];
        edits.extend(moved.removal(sources));
        Some(Fix {
            message: format!(
                "move the rule `{}` above `{}`",
                sources.slice(rule.name),
                sources.slice(other.name)
            ),
            edits,
            applicability: Applicability::Unsafe,
        })
    }

    /// The item above which `rule` must stand to be matched before `other`.
    fn target(&mut self, rule: Span, other: Span) -> Option<Span> {
        let (home, away) = (self.body_at(rule)?, self.body_at(other)?);
        let owner = self.bodies[home].owner;
        if self.bodies[away].owner == owner {
            return Some(other);
        }
        let bodies = self.of_owner.get(&owner)?.clone();
        bodies.into_iter().find_map(|body| {
            if let Some(known) = self.uses.get(&(body, away)) {
                return *known;
            }
            let found = self.use_of(body, away);
            self.uses.insert((body, away), found);
            found
        })
    }

    fn body_at(&self, rule: Span) -> Option<usize> {
        let after = self.bodies.partition_point(|body| body.span <= rule);
        let at = after.checked_sub(1)?;
        let body = self.bodies.get(at)?;
        (body.span.source == rule.source && rule.end <= body.span.end).then_some(at)
    }

    /// The first `use` in a body that brings in another body, directly or through groups.
    fn use_of(&self, body: usize, away: usize) -> Option<Span> {
        let mut seen = HashSet::new();
        let uses = self.uses_in(body);
        let found = uses
            .into_iter()
            .find(|(_, used)| self.leads_to(*used, self.bodies[away].owner, &mut seen));
        found.map(|(span, _)| span)
    }

    /// Whether using a list brings in another one. Lists in `seen` do not.
    fn leads_to(&self, used: Owner<'b>, away: Owner<'b>, seen: &mut HashSet<Owner<'b>>) -> bool {
        let mut open = vec![used];
        while let Some(owner) = open.pop() {
            if owner == away {
                return true;
            }
            if seen.insert(owner) {
                let bodies = self.of_owner.get(&owner).into_iter().flatten();
                let used = bodies.flat_map(|body| self.uses_in(*body));
                open.extend(used.map(|(_, owner)| owner));
            }
        }
        false
    }

    /// Every `use` of a body, and the list that it brings in.
    fn uses_in(&self, body: usize) -> Vec<(Span, Owner<'b>)> {
        let body = &self.bodies[body];
        let used = |item: &'b ListItem| {
            let ListItem::Use(used) = item else { return None };
            let owner = match (used.group, body.owner) {
                (Some(name), _) => Owner::Group(self.context.sources.slice(name)),
                (None, Owner::Site(_, kind)) => Owner::Default(kind),
                (None, _) => return None,
            };
            Some((used.span, owner))
        };
        body.items.iter().filter_map(used).collect()
    }
}

/// The bodies of a file.
fn bodies_of<'b>(tree: &'b Tree, context: &Context<'b>) -> Vec<Body<'b>> {
    let body = |span, owner, items| Body { span, owner, items };
    let mut bodies = Vec::new();
    for item in &tree.items {
        match item {
            Item::Group(group) => {
                let owner = Owner::Group(context.sources.slice(group.name));
                bodies.push(body(group.span, owner, &group.items[..]));
            }
            Item::Block(block) => {
                bodies.push(body(block.span, Owner::Default(block.kind), &block.items));
            }
            Item::Site(site) => bodies.extend(site.items.iter().filter_map(|item| match item {
                SiteItem::Block(block) => {
                    let owner = Owner::Site(site.span, block.kind);
                    Some(body(block.span, owner, &block.items[..]))
                }
                SiteItem::Let(_) | SiteItem::Clients(_) => None,
            })),
            Item::Let(_)
            | Item::Emergency(_)
            | Item::LongestNumber(_)
            | Item::Include(_)
            | Item::Test(_) => {}
        }
    }
    bodies
}
