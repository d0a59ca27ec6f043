//! What the organization of a stand-in has: accounts, mailboxes, calendars.

use crate::moment::Moment;

/// The form in which a user name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameForm {
    /// `user`
    Plain,
    /// `DOMAIN\user`
    Domain,
    /// `user@example.com`
    Principal,
}

/// An account that logs in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Name without domain.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The forms of its name that the server takes.
    pub forms: Vec<NameForm>,
    /// The address of its own mailbox; `None` without one.
    pub mailbox: Option<String>,
    /// The addresses of other mailboxes that it may read.
    pub reads: Vec<String>,
    /// Whether it may impersonate all users.
    pub impersonates: bool,
}

impl Account {
    /// An account without a mailbox and without permissions. The server takes all forms of its
    /// name.
    #[must_use]
    pub fn new(user: &str, password: &str) -> Self {
        let forms = vec![NameForm::Plain, NameForm::Domain, NameForm::Principal];
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            forms,
            mailbox: None,
            reads: Vec::new(),
            impersonates: false,
        }
    }

    /// Whether it may read this mailbox when it impersonates nobody.
    pub(crate) fn may_read(&self, address: &str) -> bool {
        let own = self.mailbox.iter().chain(&self.reads);
        own.into_iter().any(|one| one.eq_ignore_ascii_case(address))
    }
}

/// A mailbox with a calendar.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Its primary address.
    pub address: String,
    /// The name of its owner.
    pub name: String,
    /// The name of its calendar folder, such as `Kalender`.
    pub calendar_name: String,
    /// What is in the calendar.
    pub events: Vec<Event>,
}

impl Mailbox {
    /// A mailbox with an empty calendar named `Calendar`.
    #[must_use]
    pub fn new(address: &str, name: &str) -> Self {
        Self {
            address: address.to_owned(),
            name: name.to_owned(),
            calendar_name: "Calendar".to_owned(),
            events: Vec::new(),
        }
    }

    /// Adds an event, from and to a time such as `2026-11-30T09:00:00Z`.
    #[must_use]
    pub fn event(mut self, subject: &str, from: &str, to: &str, shown_as: ShownAs) -> Self {
        let (from, to) = (Moment::read(from).unwrap(), Moment::read(to).unwrap());
        self.events.push(Event { subject: subject.to_owned(), from, to, shown_as });
        self
    }
}

/// An entry of a calendar.
#[derive(Clone, Debug)]
pub struct Event {
    /// The subject.
    pub subject: String,
    /// When it begins.
    pub(crate) from: Moment,
    /// When it ends.
    pub(crate) to: Moment,
    /// What others see of it.
    pub shown_as: ShownAs,
}

/// What a calendar shows of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAs {
    /// Free.
    Free,
    /// Tentative.
    Tentative,
    /// Busy.
    Busy,
    /// Out of Office.
    OutOfOffice,
}

impl ShownAs {
    /// The word of EWS.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Tentative => "Tentative",
            Self::Busy => "Busy",
            Self::OutOfOffice => "OOF",
        }
    }
}

/// A release of Exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// Exchange 2007 with service pack 1.
    Exchange2007,
    /// Exchange 2010 with service pack 2.
    Exchange2010,
    /// Exchange 2013 with service pack 1.
    Exchange2013,
    /// Exchange 2016.
    Exchange2016,
    /// Exchange 2019.
    Exchange2019,
    /// Exchange Online.
    Online,
}

impl Release {
    /// Major and minor version, major and minor build.
    pub(crate) fn build(self) -> [u32; 4] {
        match self {
            Self::Exchange2007 => [8, 1, 436, 0],
            Self::Exchange2010 => [14, 2, 390, 3],
            Self::Exchange2013 => [15, 0, 1497, 48],
            Self::Exchange2016 => [15, 1, 2507, 39],
            Self::Exchange2019 => [15, 2, 1544, 11],
            Self::Online => [15, 20, 8114, 20],
        }
    }

    /// The newest schema that it speaks, as `Version` in `ServerVersionInfo` names it.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Exchange2007 => "Exchange2007_SP1",
            Self::Exchange2010 => "Exchange2010_SP2",
            Self::Exchange2013 => "Exchange2013_SP1",
            Self::Exchange2016 | Self::Exchange2019 => "V2017_07_11",
            Self::Online => "V2018_01_08",
        }
    }
}

/// What the server knows. Tests read and change it.
#[derive(Clone, Debug)]
pub struct State {
    /// The release.
    pub release: Release,
    /// The domain in front of user names, such as `EXAMPLE`.
    pub domain: String,
    /// The domain behind user names, such as `example.com`.
    pub suffix: String,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The mailboxes.
    pub mailboxes: Vec<Mailbox>,
    /// The values of `WWW-Authenticate`, one line each. Only `Basic` can log in.
    pub schemes: Vec<String>,
    /// The value of `x-ms-diagnostics` beside status 401.
    pub diagnostics: Option<String>,
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            release: Release::Exchange2016,
            domain: "EXAMPLE".to_owned(),
            suffix: "example.com".to_owned(),
            accounts: Vec::new(),
            mailboxes: Vec::new(),
            schemes: ["Negotiate", "NTLM", "Basic realm=\"mail.example.com\""]
                .map(str::to_owned)
                .to_vec(),
            diagnostics: None,
        }
    }

    /// The account with this name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn account_mut(&mut self, user: &str) -> &mut Account {
        self.accounts.iter_mut().find(|account| account.user == user).unwrap()
    }

    /// The mailbox with this address, whatever its case.
    pub(crate) fn mailbox(&self, address: &str) -> Option<&Mailbox> {
        self.mailboxes.iter().find(|mailbox| mailbox.address.eq_ignore_ascii_case(address))
    }

    /// The account that logs in by this name and password.
    pub(crate) fn login(&self, name: &str, password: &str) -> Option<&Account> {
        if !self.schemes.iter().any(|scheme| scheme.starts_with("Basic")) {
            return None;
        }
        let (form, user) = self.form(name)?;
        let is = |account: &&Account| {
            account.user.eq_ignore_ascii_case(user)
                && account.password == password
                && account.forms.contains(&form)
        };
        self.accounts.iter().find(is)
    }

    /// The form of a name, and the user without domain; `None` with another domain.
    fn form<'a>(&self, name: &'a str) -> Option<(NameForm, &'a str)> {
        if let Some((domain, user)) = name.split_once('\\') {
            return domain.eq_ignore_ascii_case(&self.domain).then_some((NameForm::Domain, user));
        }
        if let Some((user, suffix)) = name.split_once('@') {
            return suffix
                .eq_ignore_ascii_case(&self.suffix)
                .then_some((NameForm::Principal, user));
        }
        Some((NameForm::Plain, name))
    }
}
