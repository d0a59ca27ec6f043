//! `--deny`, `--warn` and `--allow` set the severity of findings; `--no-tests` disables the tests.

use adr_language::{Level, Levels, registry};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::target::Target;

/// The three options with their levels and their help.
const OPTIONS: [(&str, Level, &str); 3] = [
    ("deny", Level::Deny, "Report a finding as an error; `warnings` stands for all warnings"),
    ("warn", Level::Warn, "Report a finding as a warning"),
    ("allow", Level::Allow, "Do not report a finding; `warnings` stands for all warnings"),
];

/// The option that disables the tests, and its help. It exists only on the command line: neither a
/// settings file nor a comment in the rules can disable the tests.
pub(crate) const NO_TESTS: (&str, &str) = (
    "no-tests",
    "Do not run the tests; without this option, adrc never publishes rules with a failing test",
);

/// The levels of all three options, in the order of the command line; a later one wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct LevelArguments {
    levels: Levels,
}

impl LevelArguments {
    /// The levels of a dial plan: those of the project, then those of the command line.
    pub(crate) fn levels(&self, target: &Target) -> Levels {
        target.levels.clone().then(&self.levels)
    }
}

impl Args for LevelArguments {
    fn augment_args(command: Command) -> Command {
        let options = OPTIONS.map(|(name, _, help)| {
            Arg::new(name).long(name).value_name("NAME").action(ArgAction::Append).help(help)
        });
        let (no_tests, help) = NO_TESTS;
        let no_tests = Arg::new(no_tests).long(no_tests).help(help);
        command.args(options).arg(no_tests.action(ArgAction::SetTrue))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LevelArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given: Vec<(usize, &str, &String, Level)> = Vec::new();
        for (option, level, _) in OPTIONS {
            let places = matches.indices_of(option).into_iter().flatten();
            let names = matches.get_many::<String>(option).into_iter().flatten();
            given.extend(places.zip(names).map(|(place, name)| (place, option, name, level)));
        }
        given.sort_unstable_by_key(|(place, ..)| *place);
        let mut levels = Levels::default();
        for (_, option, name, level) in given {
            levels.set(name, level, registry()).map_err(|error| {
                clap::Error::raw(ErrorKind::InvalidValue, format!("--{option} {error}\n"))
            })?;
        }
        if matches.get_flag(NO_TESTS.0) {
            levels = levels.without_tests();
        }
        Ok(Self { levels })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
