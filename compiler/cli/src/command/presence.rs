//! `adrc presence`: what a contact shows for the states of phone, calendar and availability.

use adr_doctor::presence::state::{
    Availability, CalendarState, Contact, PhoneState, Shown, StateSource, rows,
};
use adr_render::document::Document;
use adr_render::table::table;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// Arguments of `adrc presence`.
#[derive(Debug, Args)]
pub(crate) struct Presence {
    /// The state of the phone
    #[arg(long, value_name = "STATE", value_enum)]
    phone: Option<Phone>,
    /// The state of the calendar, as Exchange says it
    #[arg(long, value_name = "STATE", value_enum)]
    calendar: Option<Calendar>,
    /// What the user, or the client of the user, says
    #[arg(long, value_name = "STATE", value_enum)]
    availability: Option<Available>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Phone {
    Idle,
    Call,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Calendar {
    Free,
    Tentative,
    Busy,
    OutOfOffice,
    Away,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Available {
    Online,
    Away,
    DoNotDisturb,
    Offline,
}

/// What contacts show in all states.
#[derive(Serialize)]
struct Table {
    rows: Vec<Answer>,
}

#[derive(Serialize)]
struct Answer {
    phone: Option<PhoneState>,
    calendar: Option<CalendarState>,
    /// What the presence server makes of the calendar.
    mapped: Option<&'static str>,
    availability: Option<Availability>,
    #[serde(flatten)]
    shown: Shown,
}

impl From<Contact> for Answer {
    fn from(contact: Contact) -> Self {
        let Contact { phone, calendar, availability } = contact;
        let mapped = calendar.map(CalendarState::mapped);
        Self { phone, calendar, mapped, availability, shown: contact.shown() }
    }
}

impl From<Phone> for PhoneState {
    fn from(phone: Phone) -> Self {
        match phone {
            Phone::Idle => Self::Idle,
            Phone::Call => Self::Call,
        }
    }
}

impl From<Calendar> for CalendarState {
    fn from(calendar: Calendar) -> Self {
        match calendar {
            Calendar::Free => Self::Free,
            Calendar::Tentative => Self::Tentative,
            Calendar::Busy => Self::Busy,
            Calendar::OutOfOffice => Self::OutOfOffice,
            Calendar::Away => Self::Away,
        }
    }
}

impl From<Available> for Availability {
    fn from(available: Available) -> Self {
        match available {
            Available::Online => Self::Online,
            Available::Away => Self::Away,
            Available::DoNotDisturb => Self::DoNotDisturb,
            Available::Offline => Self::Offline,
        }
    }
}

impl Presence {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let contact = Contact {
            phone: self.phone.map(PhoneState::from),
            calendar: self.calendar.map(CalendarState::from),
            availability: self.availability.map(Availability::from),
        };
        let is_table = contact == Contact::default();
        match (self.format == TextOrJson::Json, is_table) {
            (true, true) => {
                let rows = Contact::all().into_iter().map(Answer::from).collect();
                console.document(&Document::of(Table { rows }))?;
                return Ok(Status::Done);
            }
            (true, false) => {
                console.document(&Document::of(Answer::from(contact)))?;
                return Ok(Status::Done);
            }
            (false, true) => {
                console.text(table(&rows()))?;
                return Ok(Status::Done);
            }
            (false, false) => {}
        }
        let (shown, calendar) = (contact.shown(), contact.calendar);
        let source = match shown.source {
            Some(StateSource::Phone) => "the phone wins over calendar and availability",
            Some(StateSource::Calendar) if calendar.is_some_and(CalendarState::is_free) => {
                "no other source has a state"
            }
            Some(StateSource::Calendar) => "the calendar wins over the availability",
            Some(StateSource::Availability) => "phone and calendar have nothing to add",
            None => "no source has a state",
        };
        console.line(format_args!("shown    {}: {source}", shown.state))?;
        console.line(format_args!("tooltip  {}", shown.tooltip))?;
        Ok(Status::Done)
    }
}
