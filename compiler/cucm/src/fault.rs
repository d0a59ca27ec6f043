//! Recognizes the faults that need a reaction of their own.

use crate::answer_error::{AnswerError, BusyReason, Fault};
use crate::xml::Element;

/// Fault code of AXL: the queue that a `startChangeId` names does not exist any more.
const QUEUE_RESTARTED: i64 = 5007;

/// Text of the fault when AXL has used its memory.
const MEMORY: &str = "maximum axl memory allocation";

/// Text of the fault of ControlCenterServices and RisPort70 above their rate.
const RATE: &str = "exceeded allowed rate";

/// Text of the fault when a result exceeds 8 MB.
const TOO_LARGE: &str = "query request too large";

/// Characters of a foreign text that a fault keeps.
const TEXT_CHARACTERS: usize = 500;

/// Bytes of a body that is not XML in which the texts are searched.
const SEARCHED_BYTES: usize = 64 * 1024;

/// The error that a `Fault` element stands for. Names are matched without namespace.
pub(crate) fn classify(element: Element<'_>) -> AnswerError {
    let text = |name: &str| element.descendant(name).map_or("", Element::text).trim();
    let fault_text = match text("faultstring") {
        "" => text("Text"),
        text => text,
    };
    let fault = Fault {
        text: shortened(fault_text),
        axl_code: text("axlcode").parse().ok(),
        axl_message: shortened(text("axlmessage")),
    };
    let known = known(&format!("{fault_text}\n{}", text("axlmessage")));
    match known {
        Some(known) => known,
        None if fault.axl_code == Some(QUEUE_RESTARTED) => AnswerError::QueueRestarted,
        None => AnswerError::Fault(fault),
    }
}

/// The error that the text of a body names, if it names one.
pub(crate) fn in_text(body: &[u8]) -> Option<AnswerError> {
    known(&String::from_utf8_lossy(&body[..body.len().min(SEARCHED_BYTES)]))
}

fn known(text: &str) -> Option<AnswerError> {
    let lower = text.to_ascii_lowercase();
    if lower.contains(MEMORY) {
        return Some(AnswerError::Busy(BusyReason::Memory));
    }
    if lower.contains(RATE) {
        return Some(AnswerError::Busy(BusyReason::Rate));
    }
    lower.contains(TOO_LARGE).then(|| AnswerError::TooManyRows {
        matched: number_after(&lower, "matched:"),
        suggested: number_after(&lower, "less than"),
    })
}

/// The number behind a text; 0 if there is none.
fn number_after(text: &str, mark: &str) -> u64 {
    let rest = text.split_once(mark).map_or("", |(_, rest)| rest.trim_start());
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().unwrap_or(0)
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS).collect()
}
