//! Plans how CUCM's lists of rules become equal to those of a dial plan: which rules to add,
//! update, move and remove, in an order in which no call goes wrong in between.
//!
//! [`plan_list()`] takes the records of one list and the rules that it should hold, and returns a
//! [`ListPlan`]: the changes in words for people, and the calls, one [`Step`] each. Pure: it calls
//! nothing. [`Step::apply`] is a model of what CUCM does with a call.
//!
//! After every step, each number goes where the old list or the new list sends it. Why there always
//! is such an order:
//!
//! 1. Add what the new list has, from its first rule to its last, while all old rules are present.
//!    If an added rule wins a number, no earlier rule of the new list matches it, because all of
//!    those are present. So the number goes where the new list sends it.
//! 2. Then remove what only the old list has, from its last rule to its first. The numbers of a
//!    removed rule fall to a rule of the new list, or to none, because all old rules behind it are
//!    gone, and all rules of the new list are present.
//!
//! An update in place is one call instead of three (add a copy, remove the old rule, rename the
//! copy), but both happen at once. So the plan updates a rule in place only if no number goes
//! elsewhere in that moment, and replaces it otherwise. Only numbers that the rule matches before
//! or after can change, so the check looks at rules with a related begins-with only.
//!
//! ```
//! use adr_cucm::{CucmRule, RuleKind};
//! use adr_engine::Rule;
//! use adr_push::{Call, Wanted, WantedRule, plan_list};
//!
//! let present = CucmRule {
//!     begins_with: "+1".to_owned(),
//!     digits: 12.into(),
//!     remove: 2.into(),
//!     priority: 0.into(),
//!     ..CucmRule::new(RuleKind::Application, "US")
//! };
//! let rule = |begins_with, digits, remove, prefix| WantedRule {
//!     rule: Rule::from_deployed(begins_with, digits, remove, prefix),
//!     name: None,
//!     description: None,
//! };
//! let wanted = Wanted::plan(vec![rule("+1", 12, 2, ""), rule("", 7, 0, "9")]);
//! let plan = plan_list(RuleKind::Application, vec![present], &wanted)?;
//! let [step] = plan.steps() else { unreachable!() };
//! let Call::Add(added) = &step.call else { unreachable!() };
//! assert_eq!(added.0.name, "Any number, 7 digits");
//! assert_eq!(added.0.priority, 1.into());
//!
//! let again = plan_list(RuleKind::Application, plan.target().to_vec(), &wanted)?;
//! assert!(again.is_empty());
//! # Ok::<(), adr_push::PlanError>(())
//! ```
//!
//! Layer 4.

mod matching;
mod model;
mod names;
mod plan;
mod plan_error;
mod priorities;
mod record;
mod renames;
mod schedule;
mod step;
mod target;
mod wanted;

pub use plan::{Change, ListPlan, Placed, plan_list};
pub use plan_error::PlanError;
pub use priorities::{FIRST_PRIORITY, LAST_PRIORITY};
pub use record::in_order;
pub use step::{Call, Purpose, Step};
pub use wanted::{Naming, Wanted, WantedRule};
