//! What a contact shows: phone, calendar and availability, and which of them wins.
//!
//! The phone wins over the calendar, and the calendar over the availability (the blog of an
//! administrator, 2010). What a calendar becomes is in the vendor's guides: Free and Tentative
//! become Available, Busy becomes In a meeting, Out of Office and Away become Away. No public text
//! says what a free calendar does to a contact who is away. Here a source that has nothing to add,
//! an idle phone or a free calendar, leaves the word to the next source.

use serde::{Deserialize, Serialize};

/// The state of a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneState {
    /// No call.
    Idle,
    /// A call.
    Call,
}

/// The state of a calendar at a moment, as Exchange says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarState {
    /// Nothing is planned.
    Free,
    /// Something is planned that is not certain.
    Tentative,
    /// An appointment.
    Busy,
    /// Out of Office.
    OutOfOffice,
    /// Away.
    Away,
}

/// What a user, or the client of a user, says about being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Availability {
    /// A client is signed in and used.
    Online,
    /// The user is away from the client.
    Away,
    /// The user does not want to be disturbed.
    DoNotDisturb,
    /// No client is signed in.
    Offline,
}

/// The state of a contact in the three sources; `None` for a source that is not connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// The phone.
    pub phone: Option<PhoneState>,
    /// The calendar.
    pub calendar: Option<CalendarState>,
    /// The availability.
    pub availability: Option<Availability>,
}

/// The sources of a state, in the order in which they win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateSource {
    /// The phone wins over all.
    Phone,
    /// The calendar wins over the availability.
    Calendar,
    /// The availability.
    Availability,
}

/// What others see of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The word beside the contact.
    pub state: &'static str,
    /// Which source it comes from; `None` if no source has a state.
    pub source: Option<StateSource>,
    /// The tooltip: availability, phone and calendar, as far as they have something to say.
    pub tooltip: String,
}

impl PhoneState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Idle, Self::Call];

    /// The word in a tooltip; `None` for a phone that has nothing to say.
    #[must_use]
    pub fn shown(self) -> Option<&'static str> {
        match self {
            Self::Idle => None,
            Self::Call => Some("On the phone"),
        }
    }
}

impl CalendarState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Free, Self::Tentative, Self::Busy, Self::OutOfOffice, Self::Away];

    /// What the presence server makes of it.
    #[must_use]
    pub fn mapped(self) -> &'static str {
        match self {
            Self::Free | Self::Tentative => "Available",
            Self::Busy => "In a meeting",
            Self::OutOfOffice | Self::Away => "Away",
        }
    }

    /// The word of Exchange.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Tentative => "Tentative",
            Self::Busy => "Busy",
            Self::OutOfOffice => "Out of Office",
            Self::Away => "Away",
        }
    }

    /// Whether nothing certain is planned. A free calendar leaves the word to the availability.
    #[must_use]
    pub fn is_free(self) -> bool {
        matches!(self, Self::Free | Self::Tentative)
    }
}

impl Availability {
    /// Every availability.
    pub const ALL: [Self; 4] = [Self::Online, Self::Away, Self::DoNotDisturb, Self::Offline];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::Away => "Away",
            Self::DoNotDisturb => "Do not disturb",
            Self::Offline => "Offline",
        }
    }
}

impl Contact {
    /// Every combination with a phone and an availability: for each phone, each calendar, first
    /// none, and each availability.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let calendars: Vec<_> = [None].into_iter().chain(CalendarState::ALL.map(Some)).collect();
        let of_phone = |phone| {
            let of_calendar = move |calendar: &Option<CalendarState>| {
                let (phone, calendar) = (Some(phone), *calendar);
                Availability::ALL.map(|it| Self { phone, calendar, availability: Some(it) })
            };
            calendars.iter().flat_map(of_calendar).collect::<Vec<_>>()
        };
        PhoneState::ALL.into_iter().flat_map(of_phone).collect()
    }

    /// What others see: phone before calendar before availability.
    ///
    /// ```
    /// use adr_doctor::presence::state::{Availability, CalendarState, Contact, PhoneState};
    ///
    /// let contact = Contact {
    ///     phone: Some(PhoneState::Call),
    ///     calendar: Some(CalendarState::Busy),
    ///     availability: Some(Availability::Online),
    /// };
    /// assert_eq!(contact.shown().state, "On the phone");
    /// assert_eq!(contact.shown().tooltip, "Online, On the phone, In a meeting");
    /// ```
    #[must_use]
    pub fn shown(self) -> Shown {
        let phone = self.phone.and_then(PhoneState::shown);
        let speaking = self.calendar.filter(|calendar| !calendar.is_free());
        let calendar = speaking.map(CalendarState::mapped);
        let availability = self.availability.map(Availability::word);
        // a free calendar is the last resort: it says Available where nobody says more
        let free = self.calendar.map(CalendarState::mapped);
        let candidates = [
            (phone, StateSource::Phone),
            (calendar, StateSource::Calendar),
            (availability, StateSource::Availability),
            (free, StateSource::Calendar),
        ];
        let winner = candidates.into_iter().find_map(|(word, source)| Some((word?, source)));
        let said: Vec<&str> = [availability, phone, calendar].into_iter().flatten().collect();
        let state = winner.map_or("Unknown", |(word, _)| word);
        let tooltip = if said.is_empty() { state.to_owned() } else { said.join(", ") };
        Shown { state, source: winner.map(|(_, source)| source), tooltip }
    }
}

/// What a contact shows for each calendar and availability, as rows of a table: the head, a row for
/// each calendar with an idle phone, and the row for a phone with a call.
#[must_use]
pub fn rows() -> Vec<Vec<String>> {
    let head = ["phone", "calendar"].into_iter().chain(Availability::ALL.map(Availability::word));
    let mut rows = vec![head.map(str::to_owned).collect()];
    let calendars = [None].into_iter().chain(CalendarState::ALL.map(Some));
    for calendar in calendars {
        let name = calendar.map_or("not connected", CalendarState::word);
        rows.push(row(["idle", name], PhoneState::Idle, calendar));
    }
    rows.push(row(["call", "any"], PhoneState::Call, Some(CalendarState::Busy)));
    rows
}

fn row(names: [&str; 2], phone: PhoneState, calendar: Option<CalendarState>) -> Vec<String> {
    let cell = |availability| {
        let contact = Contact { phone: Some(phone), calendar, availability: Some(availability) };
        contact.shown().state
    };
    names.into_iter().chain(Availability::ALL.map(cell)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contacts() -> Vec<Contact> {
        let phones: Vec<_> = [None].into_iter().chain(PhoneState::ALL.map(Some)).collect();
        let calendars: Vec<_> = [None].into_iter().chain(CalendarState::ALL.map(Some)).collect();
        let availabilities: Vec<_> =
            [None].into_iter().chain(Availability::ALL.map(Some)).collect();
        let mut all = Vec::new();
        for phone in &phones {
            for calendar in &calendars {
                for availability in &availabilities {
                    all.push(Contact {
                        phone: *phone,
                        calendar: *calendar,
                        availability: *availability,
                    });
                }
            }
        }
        all
    }

    #[test]
    fn call_wins_over_everything() {
        let calls = contacts().into_iter().filter(|one| one.phone == Some(PhoneState::Call));
        for contact in calls {
            assert_eq!(contact.shown().source, Some(StateSource::Phone), "{contact:?}");
        }
    }

    #[test]
    fn meeting_wins_over_every_availability() {
        let meetings = contacts().into_iter().filter(|one| {
            one.calendar == Some(CalendarState::Busy) && one.phone != Some(PhoneState::Call)
        });
        for contact in meetings {
            assert_eq!(contact.shown().state, "In a meeting", "{contact:?}");
        }
    }

    #[test]
    fn shown_state_is_in_the_tooltip() {
        for contact in contacts() {
            let shown = contact.shown();
            assert!(shown.tooltip.split(", ").any(|word| word == shown.state), "{contact:?}");
        }
    }

    #[test]
    fn free_calendar_hides_nothing() {
        for availability in Availability::ALL {
            let contact = Contact {
                phone: Some(PhoneState::Idle),
                calendar: Some(CalendarState::Free),
                availability: Some(availability),
            };
            assert_eq!(contact.shown().state, availability.word());
        }
        let free = Contact { calendar: Some(CalendarState::Free), ..Contact::default() };
        assert_eq!(free.shown().state, "Available");
        assert_eq!(Contact::default().shown().state, "Unknown");
    }
}
