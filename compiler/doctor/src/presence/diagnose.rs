//! From what was seen of a gateway to a diagnosis.

use super::cause::CHECKS;
use super::observation::Observations;
use super::remarks::remarks;
use super::seen;
use super::unseen::{unjudged, unseen};
use crate::cause::run;
use crate::diagnosis::Diagnosis;
use crate::step::Area;

/// Judges what was seen of a presence gateway.
///
/// ```
/// use adr_doctor::presence::observation::{Observations, Resolution};
/// use adr_doctor::presence::diagnose;
///
/// let seen = Observations {
///     gateway: "email.apps.local".to_owned(),
///     port: 443,
///     resolution: Some(Resolution::UnknownName),
///     ..Observations::default()
/// };
/// assert_eq!(diagnose(&seen).names(), ["name-does-not-resolve"]);
/// ```
#[must_use]
pub fn diagnose(observations: &Observations) -> Diagnosis {
    let subject = format!("{}, port {}", observations.gateway, observations.port);
    let found = run(CHECKS, observations);
    let mut diagnosis = Diagnosis::of(Area::Presence, subject, &seen::facts(observations), found);
    diagnosis.unseen = unseen(observations, &diagnosis);
    diagnosis.unjudged = unjudged(observations, &diagnosis);
    diagnosis.remarks = remarks(observations);
    diagnosis
}
