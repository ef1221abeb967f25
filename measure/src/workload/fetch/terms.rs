//! On which terms answers of a server that is not ours count: the statuses that
//! are accepted, and the share of orders that may fail.

use std::{fmt, io};

use toml::Value;

use super::wire::Broken;
use crate::base::error::{Error, Result};
use crate::http1::HttpError;
use crate::workload::params::Params;
use crate::workload::tally::Failure;

/// Keys of the parameters that only a target knows.
pub(super) const KEYS: [&str; 2] = ["accept", "errors"];

/// Largest share of failed orders that may be tolerated: beyond it, times would be
/// those of few orders.
const MOST_ERRORS: f64 = 0.5;

/// Which statuses are accepted, and how many orders may fail.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    /// Accepted statuses, as ranges that hold both ends.
    accept: Vec<(u16, u16)>,
    /// Share of the orders that may fail.
    pub(super) errors: f64,
}

impl Terms {
    pub(super) fn new(params: &Params) -> Result<Self> {
        let text = |key: &str| {
            params.table.get(key).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let refused = |key: &str, text: &str, wanted: &str| {
            Error::Usage(format!("{}: {key} = {text} is not {wanted}", params.name))
        };
        let accept = match text("accept") {
            None => vec![(200, 299)],
            Some(text) => text
                .split(',')
                .map(|part| status(part.trim()))
                .collect::<Option<_>>()
                .ok_or_else(|| {
                    refused(
                        "accept",
                        &text,
                        "a list of statuses from 200 to 599, as in 200,304 or 2xx,404",
                    )
                })?,
        };
        let errors = match text("errors") {
            None => 0.0,
            Some(text) => share(&text).ok_or_else(|| {
                refused(
                    "errors",
                    &text,
                    "a share of the orders from 0% to 50%, as in 1%",
                )
            })?,
        };
        Ok(Terms { accept, errors })
    }

    /// Whether an answer with this status counts.
    pub(super) fn accepts(&self, status: u16) -> bool {
        self.accept
            .iter()
            .any(|(low, high)| (*low..=*high).contains(&status))
    }

    /// What the error of an order is counted as where failures are tolerated;
    /// `None` of one that is no doing of the server: a limit of this machine, say.
    pub(super) fn failure(error: &io::Error) -> Option<Failure> {
        if let Some(inner) = error.get_ref() {
            if let Some(Unaccepted { status, .. }) = inner.downcast_ref() {
                return Some(Failure::Status(*status));
            }
            if let Some(Broken { error, .. }) = inner.downcast_ref() {
                return Some(match error {
                    HttpError::ClosedBeforeResponse | HttpError::Truncated => Failure::Closed,
                    _ => Failure::Malformed,
                });
            }
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Some(Failure::Unreachable)
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::BrokenPipe => Some(Failure::Reset),
            io::ErrorKind::UnexpectedEof => Some(Failure::Closed),
            io::ErrorKind::TimedOut => Some(Failure::Timeout),
            io::ErrorKind::InvalidData => Some(Failure::Malformed),
            _ => None,
        }
    }
}

/// `304` or `2xx`.
fn status(text: &str) -> Option<(u16, u16)> {
    let (low, high) = match text.strip_suffix("xx") {
        Some(hundreds) if hundreds.len() == 1 => {
            let hundreds: u16 = hundreds.parse().ok()?;
            (100 * hundreds, 100 * hundreds + 99)
        }
        _ => {
            let status = text.parse().ok()?;
            (status, status)
        }
    };
    (low >= 200 && high <= 599).then_some((low, high))
}

/// `1%`; nothing at all needs no sign.
fn share(text: &str) -> Option<f64> {
    let number = match text.strip_suffix('%') {
        Some(number) => number.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse::<f64>().ok().filter(|number| *number == 0.0)?,
    };
    (0.0..=MOST_ERRORS).contains(&number).then_some(number)
}

/// An answer whose status is not accepted.
#[derive(Debug)]
pub(super) struct Unaccepted {
    pub(super) method: &'static str,
    pub(super) item: u64,
    pub(super) status: u16,
}

impl fmt::Display for Unaccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unaccepted {
            method,
            item,
            status,
        } = self;
        write!(
            f,
            "{method} of item {item}: status {status} is not accepted; --set accept={status} accepts it, --set errors=1% tolerates some"
        )
    }
}

impl std::error::Error for Unaccepted {}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(sets: &[&str]) -> Result<Terms> {
        let mut params = Params::default();
        for text in sets {
            params.set(text).unwrap();
        }
        Terms::new(&params)
    }

    #[test]
    fn statuses_are_listed_or_ranged() {
        let accepted = |sets: &[&str]| -> Vec<u16> {
            let terms = terms(sets).unwrap();
            (100..700).filter(|status| terms.accepts(*status)).collect()
        };
        assert_eq!(accepted(&[]), (200..300).collect::<Vec<_>>());
        assert_eq!(accepted(&["accept=304"]), [304]);
        assert_eq!(accepted(&["accept=200, 304"]), [200, 304]);
        assert_eq!(accepted(&["accept=4xx,200"]).len(), 101);
        for bad in [
            "99", "600", "1xx", "6xx", "xx", "200;304", "", "200,", "22xx", "-200",
        ] {
            let error = terms(&[&format!("accept={bad}")]).unwrap_err();
            assert!(
                error.to_string().contains("as in 200,304"),
                "{bad}: {error}"
            );
        }
    }

    #[test]
    fn a_share_of_errors_has_its_sign() {
        for (text, share) in [("1%", 0.01), ("0.5 %", 0.005), ("0", 0.0), ("50%", 0.5)] {
            assert_eq!(terms(&[&format!("errors={text}")]).unwrap().errors, share);
        }
        for bad in ["1", "51%", "-1%", "few", "nan%", "%"] {
            let error = terms(&[&format!("errors={bad}")]).unwrap_err();
            assert!(error.to_string().contains("as in 1%"), "{bad}: {error}");
        }
    }

    #[test]
    fn what_is_no_doing_of_the_server_is_no_failure_of_it() {
        let kind = |kind: io::ErrorKind| Terms::failure(&io::Error::from(kind));
        assert_eq!(
            kind(io::ErrorKind::ConnectionRefused),
            Some(Failure::Refused)
        );
        assert_eq!(kind(io::ErrorKind::AddrNotAvailable), None);
        assert_eq!(kind(io::ErrorKind::Other), None);
    }
}
