//! Collects all items of a dial plan, in order and with includes inserted.

use adr_diagnostic::{Finding, Span};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry as MapEntry;

use super::context::Context;
use super::names::{DUPLICATE_GROUP, DUPLICATE_SITE, check_name};
use super::placed::Placed;
use super::resolved::ListPlaces;
use super::scope::{LIST_IN_DIAL_STRING, Scope};
use super::value::count;
use crate::limits::LONGEST_NUMBER;
use crate::parsed::Parsed;
use crate::tree::{
    Block, Emergency, Group, Item, Let, ListKind, LongestNumber, Site, SiteItem, Test, Tree,
};

pub(super) static FINDINGS: &[&Finding] = &[&DUPLICATE_LONGEST_NUMBER];

static DUPLICATE_LONGEST_NUMBER: Finding = Finding::error(
    "duplicate-longest-number",
    "`longest-number` is written twice",
    include_str!("../pages/duplicate-longest-number.md"),
);

/// The items of a dial plan by kind.
#[derive(Debug, Default)]
pub(super) struct Outline<'p> {
    pub(super) lets: Vec<Placed<'p, Let>>,
    pub(super) emergency: Vec<Placed<'p, Emergency>>,
    /// By name.
    pub(super) groups: HashMap<&'p str, Placed<'p, Group>>,
    /// The blocks of the default view.
    pub(super) blocks: Vec<Placed<'p, Block>>,
    pub(super) sites: Vec<Placed<'p, Site>>,
    /// The place of the name of each site.
    site_names: HashMap<&'p str, Span>,
    pub(super) tests: Vec<Placed<'p, Test>>,
    longest_number: Option<Placed<'p, LongestNumber>>,
}

impl<'p> Outline<'p> {
    /// Collects the items of the entry files and of everything that they include. The loader has
    /// made sure that there is no cycle.
    pub(super) fn of(parsed: &'p Parsed, context: &mut Context<'p>) -> Self {
        let mut outline = Self::default();
        let trees = |at: usize| parsed.trees.get(at).map(|tree| (tree, 0_usize));
        let mut open: Vec<_> = parsed.entries.iter().rev().filter_map(|at| trees(*at)).collect();
        while let Some((tree, at)) = open.pop() {
            let Some(item) = tree.items.get(at) else {
                continue;
            };
            let place = Span::new(tree.source, 0, 0);
            if !context.allows_steps(1, place) {
                break;
            }
            open.push((tree, at + 1));
            if let Item::Include(include) = item {
                let included = parsed.includes.get(&include.span).into_iter().flatten();
                open.extend(included.rev().filter_map(|at| trees(*at)));
            } else {
                outline.add(tree, item, context);
            }
        }
        outline
    }

    fn add(&mut self, tree: &'p Tree, item: &'p Item, context: &mut Context<'p>) {
        match item {
            Item::Let(node) => self.lets.push(Placed { tree, node }),
            Item::Emergency(node) => self.emergency.push(Placed { tree, node }),
            Item::Group(node) => self.group(Placed { tree, node }, context),
            Item::Block(node) => self.blocks.push(Placed { tree, node }),
            Item::Site(node) => self.site(Placed { tree, node }, context),
            Item::Test(block) => {
                self.tests.extend(block.tests.iter().map(|node| Placed { tree, node }));
            }
            Item::LongestNumber(node) => self.add_longest_number(Placed { tree, node }, context),
            Item::Include(_) => {}
        }
    }

    fn add_longest_number(&mut self, line: Placed<'p, LongestNumber>, context: &mut Context<'p>) {
        let first = *self.longest_number.get_or_insert(line);
        if first.node.span != line.node.span {
            let found = DUPLICATE_LONGEST_NUMBER
                .found("there is a `longest-number` already")
                .at(line.node.span)
                .at(first.node.span)
                .with_label("first here");
            context.push(found.with_help("remove one of the two"));
        }
    }

    /// Upper limit of open lengths such as `digits 7..`.
    pub(super) fn longest_number(&self, scope: &Scope<'_>, context: &mut Context<'_>) -> u32 {
        let Some(line) = self.longest_number else {
            return LONGEST_NUMBER;
        };
        let mut atoms = Vec::new();
        for value in line.tree.values(&line.node.values) {
            scope.atoms(value, context, &mut |atom, span| atoms.push((atom, span)));
        }
        let longest = match atoms.as_slice() {
            [(atom, span)] => count(atom, 1, *span),
            [] => return LONGEST_NUMBER,
            [(_, span), ..] => {
                let found = LIST_IN_DIAL_STRING.found("`longest-number` takes one value");
                Err(Box::new(found.at(*span)))
            }
        };
        longest.unwrap_or_else(|found| {
            context.push(*found);
            LONGEST_NUMBER
        })
    }

    fn group(&mut self, group: Placed<'p, Group>, context: &mut Context<'p>) {
        let name = context.slice(group.node.name);
        check_name(group.node.name, context);
        match self.groups.entry(name) {
            MapEntry::Vacant(entry) => {
                entry.insert(group);
            }
            MapEntry::Occupied(entry) if entry.get().node.name != group.node.name => {
                let found = DUPLICATE_GROUP.found(format!("there is a group `{name}` already"));
                context.push(
                    found.at(group.node.name).at(entry.get().node.name).with_label("first here"),
                );
            }
            MapEntry::Occupied(_) => {}
        }
    }

    fn site(&mut self, site: Placed<'p, Site>, context: &mut Context<'p>) {
        let name = context.slice(site.node.name);
        check_name(site.node.name, context);
        match self.site_names.entry(name) {
            MapEntry::Vacant(entry) => {
                entry.insert(site.node.name);
                self.sites.push(site);
            }
            MapEntry::Occupied(entry) => {
                let found = DUPLICATE_SITE.found(format!("there is a site `{name}` already"));
                let found = found.at(site.node.name).at(*entry.get()).with_label("first here");
                context.push(found);
            }
        }
    }

    /// The places of the first blocks of the default view.
    pub(super) fn places(&self) -> ListPlaces {
        let first = |kind: ListKind| {
            self.blocks.iter().find(|block| block.node.kind == kind).map(|block| block.node.keyword)
        };
        ListPlaces { application: first(ListKind::Application), lookup: first(ListKind::Lookup) }
    }

    pub(super) fn group_names(&self) -> Vec<Span> {
        self.groups.values().map(|group| group.node.name).collect()
    }

    /// Names of the lets of the dial plan and of its sites.
    pub(super) fn let_names(&self) -> Vec<Span> {
        let of_plan = self.lets.iter().map(|line| line.node.name);
        let of_sites =
            self.sites.iter().flat_map(|site| &site.node.items).filter_map(|item| match item {
                SiteItem::Let(line) => Some(line.name),
                _ => None,
            });
        of_plan.chain(of_sites).collect()
    }
}
