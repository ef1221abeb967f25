//! The control path of a server started with `--control`: one JSON line a
//! message on its standard input and output, where no load can reach.
//!
//! | harness writes | server answers |
//! |---|---|
//! | (starts it) | `{"listening":{"addr":"127.0.0.1:4000","hosts":1,"backend":"native","pid":9}}` |
//! | `{"begin":{"sample":7,"orders":1000,"profile":{…}}}` | `{"begun":{"sample":7}}` |
//! | `{"read":{}}` | `{"ledger":{…}}` |
//! | `{"stop":{}}`, or the end of its input | exits 0 |
//! | anything else | `{"error":{"message":"…"}}`, and stays |
//!
//! These types build without the feature `server`, because the harness speaks
//! them whether or not its own binary can serve.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::record::row::Ledger;
use crate::workload::items::Profile;

/// What the harness asks of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Starts a sample: empties the ledger and installs the profile.
    ///
    /// Connections with a request still unanswered are closed: their client
    /// gave it up in an earlier sample, and an answer now would be work that
    /// no ledger shows. Idle connections stay open.
    Begin {
        /// Only requests that carry this number are counted; not 0, which
        /// requests without a number carry.
        sample: u64,
        /// How many orders the sample has: sizes the set of distinct ids.
        orders: u64,
        /// What shapes the answers from now on.
        profile: Profile,
    },
    /// Asks for the ledger as it stands.
    Read {},
    /// Ends the server.
    Stop {},
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The first line: ready to accept.
    Listening {
        /// Address of the first host.
        addr: SocketAddr,
        /// How many successive addresses are listened on, all at one port.
        hosts: u32,
        /// `native` or `wiremock`.
        backend: String,
        /// Process id.
        pid: u32,
    },
    /// The sample has begun.
    Begun {
        /// Its number.
        sample: u64,
    },
    /// What was counted so far.
    Ledger(Reading),
    /// The command could not be carried out; nothing has changed.
    Error {
        /// Why not.
        message: String,
    },
}

/// The ledger at one moment, with what the server's process spent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What was counted since the sample began.
    #[serde(flatten)]
    pub ledger: Ledger,
    /// CPU time of the server's process since its start, user and system, ns;
    /// without the moments in which it looked for more work before sleeping.
    pub cpu_ns: u64,
    /// CPU time from the sample's first counted request to the last answer of
    /// its orders, ns: what a client's connecting and closing costs is not in
    /// it. `null` until then, or where the backend cannot know.
    pub sample_cpu_ns: Option<u64>,
    /// Counted requests in flight at this moment; `null` where the backend
    /// cannot know.
    pub in_flight: Option<u64>,
    /// How many delayed responses the two quantiles below are taken from.
    pub delayed: u64,
    /// Median over the sample's delayed responses of (written − due), ns;
    /// `null` where none was delayed or the backend cannot know.
    pub lateness_p50_ns: Option<u64>,
    /// 99th percentile of the same, ns.
    pub lateness_p99_ns: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_as_documented() {
        assert_eq!(
            serde_json::from_str::<Command>(r#"{"read":{}}"#).unwrap(),
            Command::Read {}
        );
        let begin = r#"{"begin":{"sample":7,"orders":10,"profile":{"seed":1,
            "delay":"fixed:10ms","size":"128","fault":{"kind":"reset","every":3},"hold":0}}}"#;
        match serde_json::from_str(begin).unwrap() {
            Command::Begin {
                sample: 7,
                orders: 10,
                profile,
            } => assert_eq!(profile.delay_ns(1), 10_000_000),
            other => panic!("{other:?}"),
        }
        let reading = Reading {
            cpu_ns: 5,
            ..Reading::default()
        };
        let line = serde_json::to_string(&Reply::Ledger(reading.clone())).unwrap();
        assert!(line.starts_with(r#"{"ledger":{"requests":0,"#), "{line}");
        assert_eq!(
            serde_json::from_str::<Reply>(&line).unwrap(),
            Reply::Ledger(reading)
        );
    }

    #[test]
    fn a_misspelled_command_is_refused() {
        for line in [r#"{"reed":{}}"#, r#"{"read":{"all":true}}"#, "read", "{}"] {
            assert!(serde_json::from_str::<Command>(line).is_err(), "{line}");
        }
    }
}
