//! Times of EWS: texts, and seconds that can be compared.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A time in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// Reads `2026-11-30T09:00:00` with `Z`, with an offset such as `+01:00`, or with neither,
    /// which is UTC as well. Fractions of a second are dropped.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (date, time) = text.trim().split_once('T')?;
        let [year, month, day] = numbers(date, '-')?;
        let (time, offset) = match time.find(['Z', '+', '-']) {
            Some(at) => (&time[..at], offset(&time[at..])?),
            None => (time, 0),
        };
        let time = time.split('.').next()?;
        let [hour, minute, second] = numbers(time, ':')?;
        let seconds = (hour * 60 + minute) * 60 + second;
        Some(Self(days(year, month, day) * DAY + seconds - offset))
    }

    /// As `2026-11-30T09:00:00Z`.
    pub(crate) fn text(self) -> String {
        self.local(0) + "Z"
    }

    /// As `2026-11-30T10:00:00`, this many minutes west of UTC.
    pub(crate) fn local(self, bias: i64) -> String {
        let at = self.0 - bias * 60;
        let (year, month, day) = date(at.div_euclid(DAY));
        let second = at.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }

    /// As `20261130T090000Z`, which iCalendar wants.
    pub(crate) fn compact(self) -> String {
        self.text().replace(['-', ':'], "")
    }
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let numbers: Vec<i64> = text.split(separator).map_while(|part| part.parse().ok()).collect();
    numbers.try_into().ok()
}

fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (hours, minutes) = text[1..].split_once(':')?;
    let seconds = (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

/// Days from the first of January 1970 to a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // years begin in March, so that the day of a leap year is the last one
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between the first of March of year 0 and 1970
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// The date of a day, counted from the first of January 1970.
fn date(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - days(year, month, 1) + 1)
}
