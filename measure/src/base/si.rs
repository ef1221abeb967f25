//! Numbers as people read them: three significant digits and a unit.
//!
//! Numbers that are not finite become [`ABSENT`]; nothing here panics.

/// Stands where there is no number.
pub const ABSENT: &str = "—";

/// Prefixes and their powers of a thousand.
const PREFIXES: [(&str, i32); 8] = [
    ("n", -3),
    ("µ", -2),
    ("m", -1),
    ("", 0),
    ("k", 1),
    ("M", 2),
    ("G", 3),
    ("T", 4),
];

/// `12345.0` as `12.3k`: a bare number with an SI prefix directly behind it.
#[must_use]
pub fn short(value: f64) -> String {
    let (digits, prefix) = scaled(value, 0);
    digits + prefix
}

/// As [`short`], without the zeros that three significant digits bring: `5.2k`.
#[must_use]
pub fn tidy(value: f64) -> String {
    let text = short(value);
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let prefix = &text[digits.len()..];
    if digits.contains('.') {
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}{prefix}");
    }
    text
}

/// As [`time`], without such zeros: `5 µs`.
#[must_use]
pub fn tidy_time(ns: f64) -> String {
    trimmed(&time(ns))
}

/// As [`bytes`], without such zeros: `5 kB`.
#[must_use]
pub fn tidy_bytes(amount: f64) -> String {
    trimmed(&bytes(amount))
}

fn trimmed(text: &str) -> String {
    match text.split_once(' ') {
        Some((digits, unit)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits} {unit}")
        }
        _ => text.to_owned(),
    }
}

/// A whole number with its thousands apart, as `8,000`.
#[must_use]
pub fn grouped(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::new();
    if value <= -0.5 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Orders per second, as `12.3k/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if !per_second.is_finite() {
        return ABSENT.to_owned();
    }
    short(per_second) + "/s"
}

/// A time given in nanoseconds, as `850 ns`, `1.23 ms` or `75.0 s`.
#[must_use]
pub fn time(ns: f64) -> String {
    if !ns.is_finite() {
        return ABSENT.to_owned();
    }
    // Seconds take no prefix: a kilosecond says nothing to anybody.
    if ns.abs() >= 999.5e9 {
        return format!("{:.0} s", ns / 1e9);
    }
    let (digits, prefix) = scaled(ns / 1e9, -3);
    format!("{digits} {prefix}s")
}

/// A number of bytes in powers of ten, as `512 B`, `1.23 MB`.
#[must_use]
pub fn bytes(bytes: f64) -> String {
    if !bytes.is_finite() {
        return ABSENT.to_owned();
    }
    let (digits, prefix) = scaled(bytes, 0);
    let digits = if bytes.abs() < 999.5 {
        format!("{bytes:.0}")
    } else {
        digits
    };
    format!("{digits} {prefix}B")
}

/// A ratio as a percentage, `0.873` as `87.3 %`.
#[must_use]
pub fn percent(ratio: f64) -> String {
    if !ratio.is_finite() {
        return ABSENT.to_owned();
    }
    plain(ratio * 100.0) + " %"
}

/// A part of the best in whole percents, with a decimal where those would hide it:
/// `87 %`, `0.3 %`, `< 0.1 %`.
#[must_use]
pub fn part_of_best(part: f64) -> String {
    match part * 100.0 {
        percent if percent >= 0.95 => format!("{percent:.0} %"),
        percent if percent >= 0.05 => format!("{percent:.1} %"),
        percent if percent > 0.0 => "< 0.1 %".to_owned(),
        0.0 => "0 %".to_owned(),
        _ => ABSENT.to_owned(),
    }
}

/// Three significant digits without prefix or unit, for columns whose heading
/// names the unit: `0.0123`, `1.23`, `12.3`, `123`, `12345`.
#[must_use]
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rounding first, so that 9.996 takes the digits of 10.0.
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let exponent = rounded.abs().log10().floor() as i32;
    // Seven decimals are the end of what a reader takes in.
    let decimals = (2 - exponent).clamp(0, 7) as usize;
    format!("{value:.decimals$}")
}

/// Digits and prefix of `value`, with no prefix below `lowest`.
fn scaled(value: f64, lowest: i32) -> (String, &'static str) {
    if !value.is_finite() {
        return (ABSENT.to_owned(), "");
    }
    if value == 0.0 {
        return ("0".to_owned(), "");
    }
    let rounded: f64 = format!("{value:.2e}").parse().unwrap_or(value);
    let thousands = (rounded.abs().log10() / 3.0).floor() as i32;
    let thousands = thousands.clamp(lowest, PREFIXES[PREFIXES.len() - 1].1);
    let prefix = PREFIXES
        .iter()
        .find(|(_, power)| *power == thousands)
        .map_or("", |(prefix, _)| prefix);
    (plain(value / 1000f64.powi(thousands)), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.000_123_4, "0.000123"),
            (0.0123, "0.0123"),
            (0.9996, "1.00"),
            (1.234, "1.23"),
            (9.996, "10.0"),
            (12.34, "12.3"),
            (99.96, "100"),
            (123.4, "123"),
            (12_345.0, "12345"),
            (-12.34, "-12.3"),
            (f64::NAN, ABSENT),
            (f64::INFINITY, ABSENT),
        ] {
            assert_eq!(plain(value), text);
        }
    }

    #[test]
    fn prefixes_change_where_the_rounded_digits_do() {
        for (value, text) in [
            (0.0, "0"),
            (0.5, "0.500"),
            (7.0, "7.00"),
            (999.4, "999"),
            (999.6, "1.00k"),
            (12_345.0, "12.3k"),
            (999_600.0, "1.00M"),
            (1.5e9, "1.50G"),
            (1.5e15, "1500T"),
            (f64::NAN, ABSENT),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(rate(12_345.0), "12.3k/s");
        assert_eq!(rate(f64::NAN), ABSENT);
    }

    #[test]
    fn zeros_that_say_nothing_and_thousands() {
        for (value, text) in [
            (0.0, "0"),
            (0.5, "0.5"),
            (100.0, "100"),
            (5_200.0, "5.2k"),
            (5_234.0, "5.23k"),
            (10_000.0, "10k"),
            (f64::NAN, ABSENT),
        ] {
            assert_eq!(tidy(value), text);
        }
        for (value, text) in [
            (0.4, "0"),
            (999.0, "999"),
            (8_000.0, "8,000"),
            (1_234_567.0, "1,234,567"),
            (-4_000.0, "-4,000"),
            (f64::INFINITY, ABSENT),
        ] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn times_bytes_and_ratios() {
        for (ns, text) in [
            (0.0, "0 s"),
            (0.25, "0.250 ns"),
            (850.0, "850 ns"),
            (999.9, "1.00 µs"),
            (1_230_000.0, "1.23 ms"),
            (75e9, "75.0 s"),
            (4_000e9, "4000 s"),
        ] {
            assert_eq!(time(ns), text);
        }
        assert_eq!(bytes(512.0), "512 B");
        assert_eq!(bytes(1_234_567.0), "1.23 MB");
        assert_eq!(percent(0.873), "87.3 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(part_of_best(1.0), "100 %");
        assert_eq!(part_of_best(0.0096), "1 %");
        assert_eq!(part_of_best(0.0031), "0.3 %");
        assert_eq!(part_of_best(0.0001), "< 0.1 %");
        for absent in [time(f64::NAN), bytes(f64::NAN), percent(f64::NAN)] {
            assert_eq!(absent, ABSENT);
        }
    }
}
