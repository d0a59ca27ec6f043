//! Expands blocks of written rules into deployed rules.

mod expansion;
mod findings;
mod read;
mod rows;

use adr_diagnostic::Span;

pub(super) use expansion::Expansion;
use expansion::fits;
pub(super) use findings::FINDINGS;
use findings::{GROUP_CYCLE, REPEATED_USE, UNKNOWN_GROUP, USE_DEFAULT_IN_DEFAULT};
use read::RuleReader;

use super::context::Context;
use super::outline::Outline;
use super::placed::Placed;
use super::scope::Scope;
use crate::limits::GROUP_DEPTH;
use crate::tree::{self, Block, ListItem, Use};

/// Expands the blocks of one dial plan.
pub(super) struct Expander<'o, 'p> {
    pub(super) outline: &'o Outline<'p>,
}

impl<'p> Expander<'_, 'p> {
    /// Appends the rules of a block.
    ///
    /// A group is inserted into a list once: the rules of a second copy could never win.
    pub(super) fn block(
        &self,
        block: Placed<'p, Block>,
        scope: &Scope<'_>,
        expansion: &mut Expansion<'_>,
        context: &mut Context<'p>,
    ) {
        // a written rule becomes at least one deployed rule
        expansion.rules.reserve(block.node.items.len());
        expansion.origins.reserve(block.node.items.len());
        let mut reader = RuleReader::at(block.node.keyword);
        let mut open = vec![(block.tree, block.node.items.as_slice(), None)];
        while let Some((tree, items, group)) = open.pop() {
            let Some((item, rest)) = items.split_first() else {
                continue;
            };
            open.push((tree, rest, group));
            match item {
                ListItem::Rule(rule) => {
                    if context.allows_steps(1, rule.name) {
                        reader.rule(tree, rule, scope, context);
                        reader.add(expansion, context);
                    }
                }
                ListItem::Use(Use { group: None, span }) => {
                    splice_default(*span, expansion, context);
                }
                ListItem::Use(Use { group: Some(name), .. }) => {
                    let is_open = |span| open.iter().any(|(_, _, group)| *group == Some(span));
                    if let Some(group) = self.used(*name, is_open, open.len(), context) {
                        if expansion.spliced.insert(group.node.name) {
                            open.push((group.tree, &group.node.items, Some(group.node.name)));
                        } else {
                            repeated_use(
                                *name,
                                &format!("the group `{}`", context.slice(*name)),
                                context,
                            );
                        }
                    }
                }
            }
            if context.is_over() {
                return;
            }
        }
    }

    fn used(
        &self,
        name: Span,
        is_open: impl Fn(Span) -> bool,
        depth: usize,
        context: &mut Context<'p>,
    ) -> Option<Placed<'p, tree::Group>> {
        let text = context.slice(name);
        let Some(group) = self.outline.groups.get(text) else {
            let found = UNKNOWN_GROUP.found(format!("there is no group `{text}`")).at(name);
            let known = self.outline.groups.keys().copied();
            context.push_with_suggestion(found, text, known);
            return None;
        };
        context.used.insert(group.node.name);
        if is_open(group.node.name) || depth > GROUP_DEPTH {
            let message = format!(
                "the group `{text}` is used inside itself, or more than {GROUP_DEPTH} deep"
            );
            let found =
                GROUP_CYCLE.found(message).at(name).at(group.node.name).with_label("the group");
            context.push(found.with_help("remove one of the uses"));
            return None;
        }
        Some(*group)
    }
}

fn splice_default(span: Span, expansion: &mut Expansion<'_>, context: &mut Context<'_>) {
    let Some(default) = expansion.default else {
        let found = USE_DEFAULT_IN_DEFAULT
            .found("this list belongs to the default view, so it has no default to use");
        context.push(found.at(span).with_help("remove it, or write it inside a site"));
        return;
    };
    if std::mem::replace(&mut expansion.has_default, true) {
        return repeated_use(span, "the default list", context);
    }
    let list = default.list(expansion.kind);
    if fits(list.rules().len(), span, context) {
        expansion.rules.append(list.rules());
        expansion.origins.append(&list.origins);
    }
}

/// Reports a group, or the default list, that is used a second time and is omitted.
fn repeated_use(span: Span, what: &str, context: &mut Context<'_>) {
    let message = format!("{what} is in this list already, and none of its rules could win again");
    let found = REPEATED_USE.found(message).at(span);
    context.push(found.with_help("remove this `use`"));
}
