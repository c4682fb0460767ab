//! The ledger's time: seconds since the start of the year 2000.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use super::{ParseError, text::as_text};

/// Unix time of the ledger's second 0.
const EPOCH: u64 = 946_684_800;
const DAY: u32 = 86_400;
/// Days of the 400 years after which the calendar repeats.
const CYCLE: u32 = 146_097;
/// Days from 1600-03-01 to 2000-01-01.
const START: u32 = CYCLE - 60;

/// A moment of the ledger: whole seconds since 2000-01-01T00:00:00Z, up to February 2136.
///
/// Close times are rounded by the network, usually to 10 seconds.
///
/// ```
/// use xrpl_txdata::RippleTime;
///
/// let time = RippleTime::from_seconds(410_424_200);
/// assert_eq!(time.to_string(), "2013-01-02T06:43:20Z");
/// assert_eq!("2013-01-02T06:43:20Z".parse(), Ok(time));
/// assert_eq!(time.unix_seconds(), 1_357_109_000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RippleTime(u32);

impl RippleTime {
    /// From seconds since 2000-01-01T00:00:00Z, as the ledger counts.
    pub const fn from_seconds(seconds: u32) -> RippleTime {
        RippleTime(seconds)
    }

    /// Seconds since 2000-01-01T00:00:00Z.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix_seconds(self) -> u64 {
        EPOCH + self.0 as u64
    }

    /// From seconds since 1970; `None` before 2000 and after February 2136.
    pub fn from_unix_seconds(seconds: u64) -> Option<RippleTime> {
        u32::try_from(seconds.checked_sub(EPOCH)?).ok().map(RippleTime)
    }
}

impl From<RippleTime> for SystemTime {
    fn from(time: RippleTime) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(time.unix_seconds())
    }
}

impl FromStr for RippleTime {
    type Err = ParseError;

    /// Exactly `YYYY-MM-DDTHH:MM:SSZ`, as servers write it.
    fn from_str(text: &str) -> Result<RippleTime, ParseError> {
        read(text)
            .map(RippleTime)
            .map_err(|reason| ParseError::new("a ledger's time", text, reason))
    }
}

impl fmt::Display for RippleTime {
    /// `YYYY-MM-DDTHH:MM:SSZ`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / DAY, self.0 % DAY);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        f.pad(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
    }
}

as_text!(RippleTime);

fn read(text: &str) -> Result<u32, &'static str> {
    let form = "expected the form 2013-01-02T06:43:20Z";
    let (date, clock) = text.strip_suffix('Z').and_then(|t| t.split_once('T')).ok_or(form)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2]).ok_or(form)?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2]).ok_or(form)?;
    if !(1..=12).contains(&month) {
        return Err("there is no such month");
    }
    if !(1..=month_days(year, month)).contains(&day) {
        return Err("that month has no such day");
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Err("there is no such time of day");
    }
    let out_of_range = "the ledger's time goes from 2000-01-01T00:00:00Z to 2136-02-07T06:28:15Z";
    days(year, month, day)
        .and_then(|days| days.checked_mul(DAY))
        .and_then(|start| start.checked_add(hour * 3600 + minute * 60 + second))
        .ok_or(out_of_range)
}

/// Three numbers of exactly so many digits.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next()?;
        if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const fn month_days(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 2000-01-01 to a date; `None` before.
fn days(year: u32, month: u32, day: u32) -> Option<u32> {
    // Counted from 1600-03-01: years that begin in March have the leap day at their end.
    let years = year.checked_sub(1600 + u32::from(month <= 2))?;
    let months = (month + 9) % 12;
    let whole_years = years * 365 + years / 4 - years / 100 + years / 400;
    (whole_years + first_day(months) + day - 1).checked_sub(START)
}

/// Year, month and day that lie so many days after 2000-01-01.
fn date(days: u32) -> (u32, u32, u32) {
    let (cycles, day) = ((days + START) / CYCLE, (days + START) % CYCLE);
    // Without the leap days that passed, all years are equally long.
    let years = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (years * 365 + years / 4 - years / 100);
    let months = (5 * day + 2) / 153;
    let month = (months + 2) % 12 + 1;
    let year = 1600 + cycles * 400 + years + u32::from(month <= 2);
    (year, month, day - first_day(months) + 1)
}

/// Days from the first of March to that of a later month; five months in a row have 153.
const fn first_day(months: u32) -> u32 {
    (153 * months + 2) / 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_range_follows_the_day_before() {
        let (mut year, mut month, mut day) = (2000, 1, 1);
        for number in 0..=u32::MAX / DAY {
            assert_eq!(date(number), (year, month, day));
            assert_eq!(days(year, month, day), Some(number));
            day += 1;
            if day > month_days(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn known_moments_read_and_print() {
        for (text, seconds) in [
            ("2000-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 59 * DAY),
            ("2000-12-31T23:59:59Z", 366 * DAY - 1),
            ("2013-01-02T06:43:20Z", 410_424_200),
            ("2100-02-28T23:59:59Z", 3_160_857_599),
            ("2100-03-01T00:00:00Z", 3_160_857_600),
            ("2136-02-07T06:28:15Z", u32::MAX),
        ] {
            let time = RippleTime::from_seconds(seconds);
            assert_eq!(time.to_string(), text);
            assert_eq!(text.parse(), Ok(time));
            assert_eq!(RippleTime::from_unix_seconds(time.unix_seconds()), Some(time));
        }
        assert_eq!(RippleTime::from_unix_seconds(EPOCH - 1), None);
    }

    #[test]
    fn an_error_says_which_part_is_wrong() {
        for (text, part) in [
            ("", "the form"),
            ("2013-01-02 06:43:20Z", "the form"),
            ("2013-01-02T06:43:20", "the form"),
            ("2013-1-02T06:43:20Z", "the form"),
            ("2013-01-02T06:43:20.5Z", "the form"),
            ("2013-01-02T06:43:+0Z", "the form"),
            ("2013-13-02T06:43:20Z", "month"),
            ("2013-02-29T06:43:20Z", "no such day"),
            ("2100-02-29T06:43:20Z", "no such day"),
            ("2013-01-00T06:43:20Z", "no such day"),
            ("2013-01-02T24:00:00Z", "time of day"),
            ("2016-12-31T23:59:60Z", "time of day"),
            ("1999-12-31T23:59:59Z", "from 2000-01-01"),
            ("0000-01-01T00:00:00Z", "from 2000-01-01"),
            ("2136-02-07T06:28:16Z", "2136-02-07T06:28:15Z"),
            ("9999-12-31T23:59:59Z", "2136-02-07T06:28:15Z"),
        ] {
            let error = text.parse::<RippleTime>().unwrap_err();
            assert!(error.reason().contains(part), "{error}");
        }
    }
}
