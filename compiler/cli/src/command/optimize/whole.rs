//! A new rule source with the smaller lists of every view, without groups and includes.

use std::collections::HashMap;
use std::fmt::Write;

use adr_analysis::Domain;
use adr_language::{DialPlan, ListKind};

use super::{defect, list_of, prove, read_back};
use crate::failure::Failure;
use adr_render::adr_writer::{NamedRule, laid_out, written};
use adr_render::domain::every;
use adr_render::optimized::{Smaller, lists_of};
use adr_render::text::kind_word;

/// The rule source, which compiles to lists equal to the old ones.
pub(super) fn source(
    paths: &[String],
    smaller: &[Smaller<'_>],
    domain: Domain,
) -> Result<String, Failure> {
    let paths: String = paths.join(" ").chars().filter(|c| !c.is_control()).collect();
    let mut text = format!(
        "// {paths}, reduced by adrc optimize: {} has the same result.\n\n",
        every(domain, &lists_of(smaller))
    );
    let plan = smaller.iter().find_map(|smaller| smaller.listed.rules.plan());
    if let Some(plan) = plan {
        let numbers: Vec<&str> =
            plan.emergency().iter().map(adr_engine::DialString::as_str).collect();
        if !numbers.is_empty() {
            let _ = writeln!(text, "emergency {}\n", numbers.join(", "));
        }
    }
    for smaller in smaller.iter().filter(|smaller| smaller.listed.site.is_none()) {
        text += &block(smaller)?;
    }
    if let Some(plan) = plan {
        let by_list = smaller
            .iter()
            .map(|own| ((own.listed.site.as_deref(), own.listed.kind), own))
            .collect();
        for view in plan.sites() {
            text += &site(plan, view, &by_list)?;
        }
        text += &tests(plan);
    } else if smaller.iter().any(|smaller| smaller.listed.site.is_some()) {
        return Err(Failure::new(
            "a published folder with sites cannot become one rule source",
            "optimize the rule sources, or one file of the folder",
        ));
    }
    let text = laid_out(text);
    let compiled = read_back(&text)?;
    prove(smaller.iter().map(|smaller| smaller.listed), &compiled, domain)?;
    for smaller in smaller {
        let read = list_of(&compiled, smaller.listed.site.as_deref(), smaller.listed.kind)?;
        if read.rules().len() > smaller.minimal.rules.len() {
            return Err(defect("it has too many rules"));
        }
    }
    Ok(text)
}

fn block(smaller: &Smaller<'_>) -> Result<String, Failure> {
    let rules = smaller.rows().map(|(rule, source)| NamedRule {
        rule: rule.clone(),
        name: smaller.name(source),
        remark: String::new(),
    });
    let rules: Vec<NamedRule> = rules.collect();
    if let Some(error) = rules.iter().find_map(|rule| rule.rule.check().err()) {
        return Err(Failure::new(
            format!("a rule that only a client accepts cannot be written: {error}"),
            "fix the file first; `adrc check` shows the error",
        ));
    }
    match rules.is_empty() {
        true => Ok(String::new()),
        false => Ok(format!("{} {{\n{}}}\n\n", kind_word(smaller.listed.kind), written(&rules))),
    }
}

/// A site with the lists that it does not share with the default view.
fn site(
    plan: &DialPlan,
    view: &adr_language::View,
    smaller: &HashMap<(Option<&str>, ListKind), &Smaller<'_>>,
) -> Result<String, Failure> {
    let networks: Vec<String> = view.networks().iter().map(ToString::to_string).collect();
    let mut text = format!(
        "site \"{}\" {{\n  clients {}\n",
        view.name().unwrap_or_default(),
        networks.join(", ")
    );
    for kind in ListKind::ALL {
        let is_shared = std::sync::Arc::ptr_eq(view.list(kind), plan.default_view().list(kind));
        let own = smaller.get(&(view.name(), kind));
        if let Some(own) = own.filter(|_| !is_shared) {
            let own = block(own)?;
            // without the empty list, the site would get the list of the default view
            text += &if own.is_empty() { format!("{} {{\n}}\n", kind_word(kind)) } else { own };
        }
    }
    Ok(text + "}\n\n")
}

/// The test lines of the plan.
fn tests(plan: &DialPlan) -> String {
    if plan.tests().is_empty() {
        return String::new();
    }
    let lines = plan.tests().iter().map(|test| format!("  {}\n", plan.sources().slice(test.span)));
    format!("test {{\n{}}}\n", lines.collect::<String>())
}
