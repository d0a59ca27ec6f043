//! The syntax trees of a checked dial plan, and the notes that authors wrote beside their rules.

use std::sync::OnceLock;

use adr_diagnostic::{SourceId, Sources, Span};
use hashbrown::HashMap;

use crate::find_rule::rule_at;
use crate::parse::parse;
use crate::plan::{DialPlan, RuleOrigin};
use crate::rule_comments::RuleComments;
use crate::tree::{FieldKind, Tree};

/// One tree for each text. A text is parsed again when its tree is first needed: the check drops
/// the trees that it used, which take about as much memory as the rules, and few commands need one.
#[derive(Clone, Debug)]
pub(crate) struct Trees(HashMap<SourceId, OnceLock<Tree>>);

impl Trees {
    pub(crate) fn of(sources: &Sources) -> Self {
        Self(sources.iter().map(|(source, _)| (source, OnceLock::new())).collect())
    }
}

impl DialPlan {
    /// The syntax tree of one of the texts of this plan.
    #[must_use]
    pub fn tree(&self, source: SourceId) -> &Tree {
        self.trees.0[&source].get_or_init(|| parse(source, self.sources.get(source).text()).0)
    }

    /// The comments of a rule of this plan and its description, in the order of the text and
    /// without slashes and quotes. Empty if there are none.
    ///
    /// ```
    /// # use adr_language::{EntryFile, Levels, ReadError, World, load};
    /// # struct Memory(&'static str);
    /// # impl World for Memory {
    /// #     fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
    /// #         Ok(self.0.as_bytes().to_vec())
    /// #     }
    /// # }
    /// # let entry = EntryFile { path: "plan.adr".to_owned(), root: String::new() };
    /// let world = Memory("application {
    ///   // ticket 17
    ///   rule \"Local\" { description \"seven digits\"; digits 7; prefix 9 } // checked in May
    /// }
    /// test { dial 5551212 -> 95551212 }
    /// ");
    /// # let checked = load(&world, &[entry]).check(&Levels::default());
    /// let plan = checked.into_plan().unwrap();
    /// let origin = plan.default_view().list(adr_language::ListKind::Application).origin(0).unwrap();
    /// assert_eq!(plan.note(origin), "ticket 17; seven digits; checked in May");
    /// ```
    #[must_use]
    pub fn note(&self, origin: RuleOrigin) -> String {
        let tree = self.tree(origin.rule.source);
        let mut spans: Vec<Span> =
            RuleComments::of(tree, &self.sources, origin.rule).all().collect();
        spans.extend(description(tree, origin));
        spans.sort_unstable();
        let texts = spans.into_iter().map(|span| self.sources.slice(span));
        let texts = texts.map(|text| text.trim_start_matches('/').trim());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    }

    /// The description of a rule of this plan, without quotes; `None` if it has none.
    #[must_use]
    pub fn description(&self, origin: RuleOrigin) -> Option<&str> {
        let span = description(self.tree(origin.rule.source), origin)?;
        Some(self.sources.slice(span))
    }
}

/// The text of a rule's description, between its quotes.
fn description(tree: &Tree, origin: RuleOrigin) -> Option<Span> {
    let mut fields = tree.fields(rule_at(tree, origin.rule)?);
    let field = fields.find(|field| field.kind == FieldKind::Description)?;
    let value = tree.values(&field.values).next()?;
    Some(value.span)
}
