//! Lines for the configuration of CME.

use crate::cme::RuleUrl;
use crate::output::{OutputFile, Refusals};
use crate::profile::Target;

/// What a router needs besides: comments, which it ignores.
const PHONES: &str = "! phones use the template after `template TEMPLATE` in their `voice register pool`,\n\
                      ! and `create profile` in `voice register global` writes their files again\n";

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let Some(cme) = target.cme() else {
        return Ok(Vec::new());
    };
    let urls = [("AppDialRule", &cme.application_rules), ("DirLookupRule", &cme.lookup_rules)];
    let lines = |line: &dyn Fn(&str, &RuleUrl) -> String| {
        let mut text = format!("voice register template {}\n", cme.template);
        for (word, url) in urls {
            text.extend(url.iter().map(|url| line(word, url)));
        }
        text
    };
    let set = PHONES.replace("TEMPLATE", &cme.template.to_string());
    let set = set + &lines(&|word, url| format!(" url {word} {}\n", url.as_str()));
    let remove = lines(&|word, _| format!(" no url {word}\n"));
    Ok(vec![
        OutputFile::text("cme/template.txt", set, "lines for the configuration of the router"),
        OutputFile::text("cme/template-remove.txt", remove, "lines that remove them again"),
    ])
}
