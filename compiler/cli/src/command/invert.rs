//! `adrc invert`: writes the lookup rules that undo application rules.

use adr_analysis::{Domain, Inverse, first_difference, inverse, longest_covered};
use adr_engine::Rule;
use adr_language::ListKind;
use adr_watcher::write::create;
use clap::Args;

use crate::command::optimize::read_back;
use crate::console::Console;
use crate::dial_plan::reject;
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::rules::{Lines, read_list};
use crate::target::{VARIABLE, target};
use adr_render::adr_writer::laid_out;
use adr_render::document::Document;
use adr_render::inverse::{Inverted, source};
use adr_render::lists::ListName;
use adr_render::text::count;
use adr_render::text::{grouped, list_words, shown};

/// Arguments of `adrc invert`.
#[derive(Debug, Args)]
pub(crate) struct Invert {
    /// Rule sources, a deployed file, or a published folder
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Undo the application rules of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Write into this new file instead of standard output
    #[arg(short, long, value_name = "FILE.adr")]
    output: Option<String>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    /// The numbers to restore [default: that of the project, else digits]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
}

impl Invert {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let target = target(&self.paths)?;
        let list = ListName { kind: ListKind::Application, site: self.site.as_deref() };
        let rules = match read_list(&target.paths, list, Lines::Known, console)? {
            Ok(rules) => rules,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let domain = domain(self.domain, &target, Domain::Digits);
        let inverse = inverse(rules.rules(), domain);
        let title = format!(
            "undoes {}, {}",
            one_line(&target.paths.join(" ")),
            list_words(list.site, list.kind)
        );
        let text = laid_out(source(&rules, &inverse, &title));
        let undoing: Vec<Rule> = inverse.rules.iter().map(|rule| rule.rule.clone()).collect();
        let compiled = read_back(&text)?;
        let read = compiled.default_view().list(ListKind::Lookup).rules();
        if let Some(difference) = first_difference(&undoing, read, Domain::Anything) {
            return Err(Failure::new(
                format!("the written rules give another result for {}", shown(&difference.witness)),
                "this is a defect of adrc; please report it with the rules",
            ));
        }
        match &self.output {
            None if self.format == TextOrJson::Json => {}
            None => console.data(text.as_bytes())?,
            Some(output) => {
                create(output.as_ref(), text.as_bytes())?;
                console.message(format_args!(
                    "{output}: {}; next, `adrc check {output}`",
                    count(undoing.len(), "rule")
                ));
            }
        }
        if self.format == TextOrJson::Json {
            let inverted = Inverted::new(&rules, &inverse, domain, &text);
            console.document(&Document::of(inverted).valid(rules.is_valid()))?;
        }
        console.message(summary(&inverse));
        if let Some(longest) = longest_covered(&[rules.rules()]) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("covered: numbers up to {longest} characters long"));
        }
        Ok(Status::findings(!rules.is_valid()))
    }
}

/// How many groups of numbers that rules change the lookup rules cannot restore.
fn summary(inverse: &Inverse) -> String {
    let of_rules = inverse.unrecoverable.iter().filter(|loss| loss.region.winner.is_some());
    match of_rules.count() {
        0 => "every number that a rule changes can be restored".to_owned(),
        1 => {
            "1 group of numbers that a rule matches cannot be restored; see the comments".to_owned()
        }
        lost => format!(
            "{lost} groups of numbers that a rule matches cannot be restored; see the comments"
        ),
    }
}

/// A path on one line, for a comment.
fn one_line(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}
