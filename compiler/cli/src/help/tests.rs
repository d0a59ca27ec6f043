//! The pages agree with the command line.

use clap::{Arg, Command, Parser};

use super::PAGES;
use super::page::{Page, Section};
use crate::arguments::Arguments;

/// Every command as typed after `adrc`, without those that clap adds.
fn commands(command: &Command, name: &str) -> Vec<(String, Command)> {
    let inner = command.get_subcommands().filter(|inner| inner.get_name() != "help");
    let inner = inner.flat_map(|it| commands(it, format!("{name} {}", it.get_name()).trim()));
    std::iter::once((name.to_owned(), command.clone())).chain(inner).collect()
}

fn pages() -> impl Iterator<Item = (&'static str, Page)> {
    PAGES.iter().map(|(name, text)| (*name, Page::parse(text)))
}

fn section<'p>(page: &'p Page, title: &str) -> &'p Section {
    page.section(title).unwrap()
}

/// The words of a line for the shell, up to a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.take_while(|word| !["<", ">", "|"].contains(&word.as_str())).collect()
}

#[test]
fn commands_and_pages_are_the_same() {
    let mut commands: Vec<_> =
        commands(&Arguments::documented(), "").into_iter().map(|(name, _)| name).collect();
    commands.sort();
    let names: Vec<_> = PAGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(commands, names);
}

#[test]
fn examples_parse_and_have_an_explanation() {
    for (name, page) in pages() {
        for example in &section(&page, "Examples").items {
            let parsed = Arguments::try_parse_from(words(example.term));
            assert!(parsed.is_ok(), "{}: {}", example.term, parsed.unwrap_err());
            assert!(example.text.ends_with('.'), "{}", example.term);
        }
        let of_command = |line: &str| format!("{line} ").starts_with(&format!("adrc {name} "));
        let examples = &section(&page, "Examples").items;
        assert!(name.is_empty() || examples.iter().any(|it| of_command(it.term)), "{name}");
    }
}

#[test]
fn exit_statuses_are_sorted_and_known() {
    for (name, page) in pages() {
        let statuses = section(&page, "Exit status").items.iter().map(|item| item.term);
        let statuses: Vec<_> = statuses.collect();
        assert!(statuses.is_sorted(), "{name}: {statuses:?}");
        assert!(statuses.contains(&"0") && statuses.contains(&"2"), "{name}: {statuses:?}");
        assert!(statuses.iter().all(|it| ["0", "1", "2", "3", "5"].contains(it)), "{name}");
    }
}

#[test]
fn pages_follow_from_the_options_of_their_commands() {
    let adrc = Arguments::documented();
    let known = Page::parse(PAGES[0].1);
    let known: Vec<_> = section(&known, "Environment").items.iter().map(|it| it.term).collect();
    for (name, command) in commands(&adrc, "").into_iter().filter(|(name, _)| !name.is_empty()) {
        let (_, page) = pages().find(|(known, _)| *known == name).unwrap();
        let variables = page.section("Environment").map_or(&[][..], |section| &section.names[..]);
        assert!(variables.iter().all(|it| known.contains(&it.as_str())), "{name}: {variables:?}");
        for read in command.get_arguments().filter_map(Arg::get_env) {
            assert!(variables.iter().any(|it| read == it.as_str()), "{name}: {read:?}");
        }
        let waits = command.get_arguments().any(|argument| argument.get_id() == "admin")
            && command.get_arguments().any(|argument| argument.get_id() == "wait");
        let ends_with_5 = section(&page, "Exit status").items.iter().any(|it| it.term == "5");
        assert_eq!(waits, ends_with_5, "{name}");
    }
}
