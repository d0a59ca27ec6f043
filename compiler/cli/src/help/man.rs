//! Manual pages in roff format.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::page::{Item, Page, Section};
use super::{GROUPS, PAGES, typed};
use crate::VERSION;

/// Variables that every command reads.
const COLOR_VARIABLES: [&str; 2] = ["NO_COLOR", "CLICOLOR_FORCE"];

/// File name and text of the manual page of every command.
pub(crate) fn all(adrc: &Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let pages = PAGES.iter().filter_map(|(name, _)| {
        let path: Vec<&str> = name.split_whitespace().collect();
        Some((format!("{}.1", dashed(name)), page(adrc, &path)?))
    });
    pages.map(|(file, text)| Ok((file, text?))).collect()
}

/// The manual page of the command at a path of names or aliases; `None` without such a command.
pub(crate) fn page(adrc: &Command, path: &[&str]) -> Option<io::Result<Vec<u8>>> {
    let mut command = adrc;
    let mut names = Vec::new();
    for name in path {
        command = command.find_subcommand(name)?;
        names.push(command.get_name());
    }
    let name = names.join(" ");
    let (_, text) = PAGES.iter().find(|(known, _)| *known == name)?;
    Some(render(command, &name, &Page::parse(text)))
}

fn render(command: &Command, name: &str, page: &Page) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    // without a date, which `Man::render_title` would write as nothing
    writeln!(text, ".TH {} 1 \"\" \"adrc {VERSION}\" \"adrc manual\"", dashed(name))?;
    let mut roff = Roff::new();
    introduction(&mut roff, command, name, page);
    if command.has_subcommands() {
        commands(&mut roff, command, name);
    }
    text.extend(roff.to_roff().bytes());
    Man::new(command.clone()).render_options_section(&mut text)?;
    let mut roff = Roff::new();
    section(&mut roff, page.section("Exit status"));
    environment(&mut roff, page);
    section(&mut roff, page.section("Files"));
    section(&mut roff, page.section("Examples"));
    see_also(&mut roff, name, page);
    text.extend(roff.to_roff().bytes());
    Ok(text)
}

/// Name, synopsis and description.
fn introduction(roff: &mut Roff, command: &Command, name: &str, page: &Page) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    roff.control("SH", ["NAME"]).text([roman(format!("{} - {about}", dashed(name)))]);
    let typed = typed(name);
    let usage = command.clone().render_usage().to_string();
    let arguments = usage.trim_start_matches("Usage: ").trim_start_matches(&typed);
    roff.control("SH", ["SYNOPSIS"]).text([bold(typed), roman(arguments)]);
    roff.control("SH", ["DESCRIPTION"]);
    for (at, paragraph) in page.paragraphs.iter().enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        roff.text(inlines(paragraph));
    }
}

/// The commands below this one, those of `adrc` in groups.
fn commands(roff: &mut Roff, command: &Command, name: &str) {
    roff.control("SH", ["COMMANDS"]);
    let one = |roff: &mut Roff, inner: &Command| {
        let page = manual(format!("{name} {}", inner.get_name()).trim_start());
        let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
        roff.control("TP", []).text([bold(page)]).text([roman(about)]);
    };
    let known = |inner: &&Command| inner.get_name() != "help";
    if !name.is_empty() {
        command.get_subcommands().filter(known).for_each(|inner| one(roff, inner));
        return;
    }
    for (group, names) in GROUPS {
        roff.control("SS", [group]);
        let inner = names.iter().filter_map(|name| command.find_subcommand(name));
        inner.filter(known).for_each(|inner| one(roff, inner));
    }
}

fn section(roff: &mut Roff, section: Option<&Section>) {
    if let Some(section) = section {
        roff.control("SH", [section.title.to_uppercase().as_str()]);
        section.items.iter().for_each(|entry| item(roff, entry));
    }
}

fn item(roff: &mut Roff, Item { term, text }: &Item) {
    roff.control("TP", []).text([bold(*term)]).text(inlines(text));
}

/// The variables of this command, and those of all commands, as the page of `adrc` describes them.
fn environment(roff: &mut Roff, page: &Page) {
    let adrc = Page::parse(PAGES[0].1);
    let known = adrc.section("Environment").map(|section| &section.items[..]).unwrap_or_default();
    let own = page.section("Environment");
    let is_read = |variable: &&Item| {
        own.is_some_and(|own| {
            !own.items.is_empty() || own.names.iter().any(|it| it == variable.term)
        }) || COLOR_VARIABLES.contains(&variable.term)
    };
    roff.control("SH", ["ENVIRONMENT"]);
    known.iter().filter(is_read).for_each(|variable| item(roff, variable));
}

/// The related pages; those of `docs/` after the manual pages.
fn see_also(roff: &mut Roff, name: &str, page: &Page) {
    let names = page.section("See also").map(|section| &section.names[..]).unwrap_or_default();
    let adrc = (!name.is_empty()).then_some("");
    let names = adrc.into_iter().chain(names.iter().map(String::as_str));
    let pages: Vec<String> = names
        .map(|name| match name.starts_with("docs/") {
            true => typed(name),
            false => manual(name),
        })
        .collect();
    roff.control("SH", ["SEE ALSO"]).text([roman(pages.join(", "))]);
}

/// `adrc-prove-equal(1)`.
fn manual(name: &str) -> String {
    format!("{}(1)", dashed(name))
}

/// `adrc-prove-equal`.
fn dashed(name: &str) -> String {
    typed(name).replace(' ', "-")
}

/// A text whose parts in backticks are bold.
fn inlines(text: &str) -> Vec<Inline> {
    let parts = text.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 0 { roman(part) } else { bold(part) }).collect()
}
