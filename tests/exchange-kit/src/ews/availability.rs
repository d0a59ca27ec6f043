//! What others see of calendars: GetUserAvailability.

use adr_kit::xml::{Element, leaf, wrap};

use super::{Caller, Failure, descendant, failure_text, response};
use crate::moment::Moment;
use crate::state::Mailbox;

/// `GetUserAvailability`. Every account sees free and busy times of every mailbox.
pub(super) fn get(caller: &Caller<'_>, request: &Element) -> String {
    let users = request.child("MailboxDataArray");
    let users = users.map(|array| array.children.as_slice()).unwrap_or_default();
    let answers = users.iter().map(|user| match free_busy(caller, request, user) {
        Ok(view) => {
            let success = "<m:ResponseMessage ResponseClass=\"Success\">\
                           <m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>";
            wrap("m:FreeBusyResponse", &(success.to_owned() + &view))
        }
        Err(failure) => {
            let text = failure_text(&failure);
            let error =
                format!("<m:ResponseMessage ResponseClass=\"Error\">{text}</m:ResponseMessage>");
            let nothing = leaf("t:FreeBusyViewType", "None");
            wrap("m:FreeBusyResponse", &(error + &wrap("m:FreeBusyView", &nothing)))
        }
    });
    let answers = wrap("m:FreeBusyResponseArray", &answers.collect::<String>());
    response("GetUserAvailability", &answers)
}

fn free_busy(caller: &Caller<'_>, request: &Element, user: &Element) -> Result<String, Failure> {
    let address = user.child("Email").and_then(|email| email.child_text("Address"));
    let mailbox = address.and_then(|address| caller.state.mailbox(address));
    let message = "Unable to resolve e-mail address to an Active Directory object.";
    let mailbox = mailbox.ok_or_else(|| Failure::new("ErrorMailRecipientNotFound", message))?;
    let bias = bias(request);
    let window = descendant(request, "TimeWindow").ok_or_else(invalid)?;
    let at = |name: &str| {
        let local = window.child_text(name).and_then(Moment::read).ok_or_else(invalid)?;
        Ok(Moment(local.0 + bias * 60))
    };
    let (from, to) = (at("StartTime")?, at("EndTime")?);
    if from >= to {
        let message = "The specified time window is invalid.";
        return Err(Failure::new("ErrorInvalidTimeInterval", message));
    }
    let view = leaf("t:FreeBusyViewType", "FreeBusy") + &events(mailbox, from, to, bias);
    Ok(wrap("m:FreeBusyView", &view))
}

fn events(mailbox: &Mailbox, from: Moment, to: Moment, bias: i64) -> String {
    let events = mailbox.events.iter().filter(|event| event.from < to && event.to > from);
    let events = events.map(|event| {
        let start = leaf("t:StartTime", &event.from.local(bias));
        let end = leaf("t:EndTime", &event.to.local(bias));
        let shown_as = leaf("t:BusyType", event.shown_as.word());
        wrap("t:CalendarEvent", &(start + &end + &shown_as))
    });
    wrap("t:CalendarEventArray", &events.collect::<String>())
}

/// Minutes west of UTC of the request's time zone, without daylight saving.
fn bias(request: &Element) -> i64 {
    let zone = request.child("TimeZone");
    let minutes = |element: Option<&Element>| {
        element.and_then(|element| element.child_text("Bias")?.parse::<i64>().ok()).unwrap_or(0)
    };
    minutes(zone) + minutes(zone.and_then(|zone| zone.child("StandardTime")))
}

fn invalid() -> Failure {
    Failure::new("ErrorInvalidRequest", "The request is invalid.")
}
