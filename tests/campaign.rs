//! A run from inside, where patience can be short.
#![cfg(feature = "server")]

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use bakeoff::base::error::Result;
use bakeoff::campaign::time::Stopwatch;
use bakeoff::campaign::{At, Campaign, Ended, Watch};
use bakeoff::host;
use bakeoff::lab::{Lab, Target};
use bakeoff::record::row::Row;
use bakeoff::results::notebook::Notebook;
use bakeoff::scenarios;
use bakeoff::selection::{self, Set};

/// Notes what it is told.
#[derive(Default)]
struct Told {
    visits: Vec<String>,
    rows: usize,
}

impl Watch for Told {
    fn begins(&mut self, at: &At) {
        self.visits.push(at.cell.clone());
    }

    fn keeps(&mut self, _: &Row) -> Result<()> {
        self.rows += 1;
        Ok(())
    }

    fn says(&mut self, line: &str) {
        panic!("nothing was to be said: {line}");
    }
}

#[test]
fn a_cell_past_its_time_is_ended_and_the_run_goes_on() {
    // It takes connections, and that is all it does.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    lab.patience = Duration::from_millis(300);
    let url = format!("http://{}/page", silent.local_addr().unwrap());
    lab.aim(Target::parse(&url).unwrap());
    let patterns = ["fetch/no-delay/os-threads", "bakery/cpu-bound/os-threads"];
    let patterns = patterns.map(str::to_owned);
    let known = scenarios::embedded().unwrap();
    let chosen = selection::select(&known, &patterns, &[], Set::Default).unwrap();
    let resolved = chosen.into_iter().map(|mut cell| {
        cell.set("orders=8").unwrap();
        cell.set("concurrency=4").unwrap();
        cell.resolve().unwrap()
    });
    let cells = resolved.collect();
    let home = tempfile::tempdir().unwrap();
    let facts = host::facts();
    let mut notebook = Notebook::create(Path::new(""), Some(home.path()), &facts).unwrap();
    let campaign = Campaign {
        cells,
        seed: 1,
        samples: 1,
        rounds: Some(2),
    };
    let stopwatch = Stopwatch::start(None, Duration::ZERO);
    let mut told = Told::default();
    let outcome = campaign
        .run(&mut lab, &mut notebook, &stopwatch, &mut told)
        .unwrap();
    assert_eq!((outcome.ended, outcome.rounds), (Ended::Asked, 2));
    assert_eq!((outcome.visits, outcome.failed), (4, 2));
    assert_eq!((told.visits.len(), told.rows), (4, 4));
    for row in notebook.rows() {
        match &row.error {
            Some(error) => {
                assert_eq!(row.workload, "fetch");
                assert!(error.contains("was silent for"), "{error}");
                assert!(error.contains("was ended"), "{error}");
                let waited = format!("it asked {url} for 8 answers, 4 at a time");
                assert!(error.contains(&waited), "{error}");
            }
            None => assert_eq!(row.workload, "bakery"),
        }
    }
    // Nobody is left, though one of each round was still busy.
    assert_eq!(host::children_of(std::process::id()), [0u32; 0]);
}
