//! The rules of a snapshot, compiled for dialing.

use adr_dialer::{Dialer, Scratch};
use adr_engine::xml::read_as_client;

use crate::answer::Answer;
use crate::rejection::Rejection;
use crate::snapshot::RuleSnapshot;
use crate::verify::{FilesVerdict, Policy, verify_files};

/// The application and lookup rules of one snapshot, compiled for dialing and replaced as a whole.
#[derive(Debug)]
pub struct Rules {
    application: Dialer,
    lookup: Dialer,
    application_count: usize,
    lookup_count: usize,
    snapshot: Option<RuleSnapshot>,
}

impl Rules {
    /// No rules: every number is unchanged.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            application: Dialer::new(&[]),
            lookup: Dialer::new(&[]),
            application_count: 0,
            lookup_count: 0,
            snapshot: None,
        }
    }

    /// The rules of two files that a softphone would read, without a server: for tests of a
    /// softphone. Without a lookup file, lookups leave numbers unchanged.
    ///
    /// ```
    /// use adr_client::Rules;
    ///
    /// let rules = Rules::from_xml(
    ///     b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' PrefixWith='9'/>\
    ///       </DialRules>",
    ///     None,
    /// )?;
    /// let mut scratch = Default::default();
    /// assert_eq!(rules.dial(b"5551212", &mut scratch).result, b"95551212");
    /// assert!(Rules::from_xml(b"<html/>", None).is_err());
    /// # Ok::<(), adr_client::Rejection>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A softphone would call a file invalid, or a value is longer than CUCM accepts.
    pub fn from_xml(application: &[u8], lookup: Option<&[u8]>) -> Result<Self, Rejection> {
        let policy = Policy {
            server: "",
            running: None,
            key: None,
            folder: None,
            now: 0,
            compare_files: true,
        };
        let application = Answer::bytes(application);
        let lookup = lookup.map_or(Answer::Missing, Answer::bytes);
        match verify_files(None, &application, &lookup, policy) {
            FilesVerdict::Accept(snapshot) => Ok(Self::from_snapshot(snapshot)),
            FilesVerdict::Reject(rejection) | FilesVerdict::Retry(rejection) => Err(rejection),
            // impossible without running rules
            FilesVerdict::Unchanged => Ok(Self::empty()),
        }
    }

    /// The rules of a snapshot. The time that this takes grows with the size of its files.
    #[must_use]
    pub fn from_snapshot(snapshot: RuleSnapshot) -> Self {
        let application = read_as_client(&snapshot.application.bytes).rules;
        let lookup = snapshot.lookup.as_ref();
        let lookup = lookup.map_or_else(Vec::new, |file| read_as_client(&file.bytes).rules);
        Self {
            application: Dialer::new(&application),
            lookup: Dialer::new(&lookup),
            application_count: application.len(),
            lookup_count: lookup.len(),
            snapshot: Some(snapshot),
        }
    }

    /// What a softphone dials for a number. The number is taken byte for byte: it is not cleaned.
    #[inline]
    pub fn dial<'a>(&self, number: &'a [u8], scratch: &'a mut Scratch) -> adr_dialer::Dialed<'a> {
        self.application.dial(number, scratch)
    }

    /// What a softphone searches in the directory for the number of a caller.
    #[inline]
    pub fn lookup<'a>(&self, number: &'a [u8], scratch: &'a mut Scratch) -> adr_dialer::Dialed<'a> {
        self.lookup.dial(number, scratch)
    }

    /// How many application dial rules a softphone reads from the file.
    #[must_use]
    pub fn application_count(&self) -> usize {
        self.application_count
    }

    /// How many directory lookup rules a softphone reads from the file.
    #[must_use]
    pub fn lookup_count(&self) -> usize {
        self.lookup_count
    }

    /// The snapshot that the rules come from; `None` without rules.
    #[must_use]
    pub fn snapshot(&self) -> Option<&RuleSnapshot> {
        self.snapshot.as_ref()
    }

    /// The generation; 0 without rules, or where the server has no manifest.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.snapshot.as_ref().and_then(RuleSnapshot::generation).unwrap_or(0)
    }
}
