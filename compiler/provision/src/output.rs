//! The files that a profile becomes, and why a file cannot be written.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use adr_diagnostic::{Diagnostic, Report, Span, visible};
use thiserror::Error;

use crate::finding::UNWRITABLE_SETTING;
use crate::format;
use crate::profile::Target;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Where it belongs, relative to the output folder, with `/`. The files of a site are below
    /// `sites/NAME/`.
    pub path: String,
    /// Its content. Equal profiles give equal bytes.
    pub bytes: Vec<u8>,
    /// What it is for, in one line, in lower case and without a final stop.
    pub about: &'static str,
}

/// The files of a target, and what could not be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Every file that could be written, with its undo, in a fixed order.
    pub files: Vec<OutputFile>,
    /// Every setting that a format cannot hold. Its files are refused rather than written wrong,
    /// and the others are not affected.
    pub refusals: Vec<Refusal>,
}

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// A registration file for regedit.
    Reg,
    /// A batch file that runs at logon.
    Batch,
    /// A PowerShell script.
    PowerShell,
    /// A registry policy file.
    RegistryPol,
    /// An administrative template and its language file.
    Admx,
    /// The registry items of Group Policy Preferences.
    Preferences,
    /// Settings and scripts of Intune.
    Intune,
    /// The command line of the installer.
    Installer,
    /// Jabber's bootstrap file.
    Bootstrap,
    /// A part of Jabber's configuration file.
    JabberConfig,
    /// Jabber's configuration URL.
    Url,
    /// Lines for the configuration of CME.
    Cme,
    /// DHCP options.
    Dhcp,
}

/// A setting that a format cannot hold, so that its files are not written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{format} cannot hold `{}`: {cause}", visible(.setting))]
pub struct Refusal {
    /// The format of the file.
    pub format: Format,
    /// The setting that it cannot hold.
    pub setting: String,
    /// Why.
    #[source]
    pub cause: Cause,
    /// The files that are not written, relative to the folder of the target.
    pub files: &'static [&'static str],
    /// The site; `None` for all PCs.
    pub site: Option<String>,
    /// Where the profile has the setting, if that is one place.
    pub place: Option<Span>,
}

/// All that a format cannot hold of one target.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Refusal>);

/// Why a format cannot hold a setting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
pub enum Cause {
    /// A character of the value cannot be written.
    #[error("its value has {}", adr_diagnostic::describe(*.0))]
    Character(char),
    /// The value is empty, and the format requires a text.
    #[error("its value is empty")]
    Empty,
    /// A character of the name cannot be written.
    #[error("its name has {}", adr_diagnostic::describe(*.0))]
    NameCharacter(char),
    /// A character of the text where the name is documented cannot be written.
    #[error("the text where its name is documented has {}", adr_diagnostic::describe(*.0))]
    DocumentedCharacter(char),
    /// The format gives the name another meaning.
    #[error("the format gives this name another meaning")]
    ReservedName,
    /// The name begins with what the format reads as an instruction.
    #[error("its name begins with `{0}`, which the format reads as an instruction")]
    NamePrefix(&'static str),
}

/// The files of a target in every format, each with the file that undoes it.
///
/// ```
/// use adr_diagnostic::Sources;
/// use adr_provision::{Profile, files};
///
/// let text = "keys = [\"policies\"]\n[servers]\ntftp = [\"10.1.1.1\"]\n";
/// let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
/// assert!(report.is_empty());
/// for target in profile.iter().flat_map(Profile::targets) {
///     for file in files(target).files {
///         println!("{}: {}", file.path, file.about);
///     }
/// }
/// ```
#[must_use]
pub fn files(target: &Target) -> Output {
    let mut output = Output::default();
    for (files, write) in format::WRITERS {
        match write(target) {
            Ok(files) => output.files.extend(files),
            Err(Refusals(refusals)) => {
                output.refusals.extend(refusals.into_iter().map(|refusal| {
                    let place = target.place(&refusal.setting);
                    Refusal { files, site: target.site().map(str::to_owned), place, ..refusal }
                }));
            }
        }
    }
    let folder = target.folder();
    for file in &mut output.files {
        file.path.insert_str(0, &folder);
    }
    output
}

impl OutputFile {
    /// A file of ASCII or UTF-8 text.
    pub(crate) fn text(path: &str, text: impl Into<String>, about: &'static str) -> Self {
        Self { path: path.to_owned(), bytes: text.into().into_bytes(), about }
    }
}

impl Refusals {
    /// All results, or all refusals, each once.
    pub(crate) fn collect<T>(
        results: impl IntoIterator<Item = Result<T, Refusal>>,
    ) -> Result<Vec<T>, Self> {
        let (mut values, mut refusals) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(value) => values.push(value),
                // both keys have the same names
                Err(refusal) if refusals.contains(&refusal) => {}
                Err(refusal) => refusals.push(refusal),
            }
        }
        if refusals.is_empty() { Ok(values) } else { Err(Self(refusals)) }
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

/// The findings about refusals of all targets: one for each setting and format, with the first
/// target that it is about and the number of others.
#[must_use]
pub fn refusal_findings(refusals: &[Refusal]) -> Report {
    let mut groups: Vec<(&Refusal, usize)> = Vec::new();
    let mut places: HashMap<_, usize> = HashMap::new();
    for refusal in refusals {
        let Refusal { format, setting, cause, files, place, .. } = refusal;
        match places.entry((format, setting, cause, files, place)) {
            Entry::Occupied(at) => groups[*at.get()].1 += 1,
            Entry::Vacant(new) => {
                new.insert(groups.len());
                groups.push((refusal, 0));
            }
        }
    }
    groups.into_iter().map(|(refusal, others)| refusal.with_sites(others)).collect()
}

impl Refusal {
    /// A refusal whose files, site and place [`files()`] adds.
    pub(crate) fn new(format: Format, setting: &str, cause: Cause) -> Self {
        let setting = setting.to_owned();
        Self { format, setting, cause, files: &[], site: None, place: None }
    }

    /// The refusal as a finding, with its place and what to do.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        self.with_sites(0)
    }

    /// The finding, with the number of sites that it is true for as well.
    fn with_sites(&self, others: usize) -> Diagnostic {
        let folder = self.site.as_ref().map(|site| format!("sites/{site}/")).unwrap_or_default();
        let files: Vec<_> = self.files.iter().map(|file| format!("`{folder}{file}`")).collect();
        let others = match others {
            0 => String::new(),
            1 => ", nor for another site".to_owned(),
            count => format!(", nor for {count} other sites"),
        };
        let message = format!("{self}; not written: {}{others}", files.join(", "));
        let found = UNWRITABLE_SETTING.found(message).with_help(self.help());
        match self.place {
            Some(place) => found.at(place),
            None => found,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        let is_jabber = matches!(
            self.format,
            Format::Installer | Format::Bootstrap | Format::JabberConfig | Format::Url
        );
        match self.cause {
            Cause::Character(_) if is_jabber => "change the value",
            Cause::Character(_) | Cause::Empty => {
                "change the value, or distribute `csf.reg` instead"
            }
            Cause::DocumentedCharacter(_) => "change `documented` of this name in `[names]`",
            _ => "check the name, or distribute `csf.reg` instead",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reg => "a .reg file",
            Self::Batch => "a batch file",
            Self::PowerShell => "a PowerShell script",
            Self::RegistryPol => "a Registry.pol file",
            Self::Admx => "an administrative template",
            Self::Preferences => "a file of Group Policy Preferences",
            Self::Intune => "a policy of Intune",
            Self::Installer => "the command line of the installer",
            Self::Bootstrap => "Jabber's bootstrap file",
            Self::JabberConfig => "Jabber's configuration file",
            Self::Url => "a configuration URL",
            Self::Cme => "a template of CME",
            Self::Dhcp => "a DHCP option",
        })
    }
}
