//! A run from inside, where patience can be short.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff::base::error::Result;
use bakeoff::campaign::load;
use bakeoff::campaign::search::Hunt;
use bakeoff::campaign::time::{Budget, Stopwatch};
use bakeoff::campaign::{At, Campaign, Ended, Watch};
use bakeoff::host;
use bakeoff::lab::{GRACE, Lab, Target};
use bakeoff::record::row::Row;
use bakeoff::results::notebook::Notebook;
use bakeoff::scenarios;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{self, Set};

/// Notes what it is told.
#[derive(Default)]
struct Told {
    visits: Vec<String>,
    rows: usize,
    /// The most processes named [`IMPATIENT`] that there were when a row was kept.
    most: usize,
}

/// The name of a program that one test alone starts.
const IMPATIENT: &str = "impatient";

/// How many processes of that name this one started, those among them that have ended and
/// that nobody asked how.
fn impatient() -> usize {
    let children = host::children_of(std::process::id()).into_iter();
    let names = children.filter_map(|id| fs::read_to_string(format!("/proc/{id}/comm")).ok());
    names.filter(|name| name.trim_end() == IMPATIENT).count()
}

impl Watch for Told {
    fn begins(&mut self, at: &At) {
        self.visits.push(at.cell.clone());
    }

    fn keeps(&mut self, _: &Row) -> Result<()> {
        self.rows += 1;
        self.most = self.most.max(impatient());
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
    let own = tempfile::tempdir().unwrap();
    let program = own.path().join(IMPATIENT);
    symlink(env!("CARGO_BIN_EXE_bakeoff"), &program).unwrap();
    let mut lab = Lab::new(&program);
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
        samples: Some(1),
        rounds: Some(2),
        controls: true,
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
    assert!(told.most > 0, "a runner would be seen");
    assert_eq!(impatient(), 0);
}

/// A second from the start.
const BUDGET: Budget = Budget(Duration::from_secs(1));
/// What a busy machine may take for all that is not waiting. Without a budget a runner
/// has a minute to get ready.
const SLACK: Duration = Duration::from_secs(10);

/// A laboratory whose runners never say a word, started from a file in `home`.
fn mute(home: &Path) -> Lab {
    let program = home.join("mute");
    fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Lab::new(program)
}

fn cells(sets: &[&str]) -> Vec<ResolvedCell> {
    let known = scenarios::embedded().unwrap();
    let patterns = ["bakery/cpu-bound/os-threads", "bakery/cpu-bound/sequential"];
    let patterns = patterns.map(str::to_owned);
    let chosen = selection::select(&known, &patterns, &[], Set::Default).unwrap();
    let resolved = chosen.into_iter().map(|mut cell| {
        sets.iter().for_each(|text| cell.set(text).unwrap());
        cell.resolve().unwrap()
    });
    resolved.collect()
}

/// The first of two cells takes all the time, and the second is not begun.
fn a_search_ends() {
    let home = tempfile::tempdir().unwrap();
    let (mut lab, facts) = (mute(home.path()), host::facts());
    let place = home.path().join("rows");
    let mut notebook = Notebook::create(Path::new(""), Some(&place), &facts).unwrap();
    let hunt = Hunt {
        cells: cells(&[]),
        objective: "p99=1s".parse().unwrap(),
        seed: 1,
    };
    let stopwatch = Stopwatch::start(Some(BUDGET), Duration::ZERO);
    let outcome = hunt
        .run(&mut lab, &mut notebook, &stopwatch, &mut Told::default())
        .unwrap();
    assert_eq!((outcome.ended, outcome.failed), (Ended::Spent, 1));
    assert!(outcome.line.contains("0 of 2 capacities"), "{outcome:?}");
    let errors = notebook.rows().iter().map(|row| row.error.as_deref());
    let errors: Vec<&str> = errors.map(Option::unwrap_or_default).collect();
    assert!(errors.len() == 1 && is_told(errors[0]), "{errors:?}");
}

/// No other model is asked when the first took all the time.
fn a_derivation_ends() {
    let home = tempfile::tempdir().unwrap();
    let mut lab = mute(home.path());
    let stopwatch = Stopwatch::start(Some(BUDGET), Duration::ZERO);
    let cells = cells(&["arrivals=poisson", "load=0.5"]);
    let error = load::derive(&mut lab, &cells, 1, &stopwatch).unwrap_err();
    assert!(is_told(&error.to_string()), "{error}");
}

fn is_told(error: &str) -> bool {
    error.contains("because the budget is spent: its word that the cell is prepared")
}

#[test]
fn nobody_is_waited_for_when_the_budget_is_spent() {
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(a_search_ends);
        scope.spawn(a_derivation_ends);
    });
    let took = begun.elapsed();
    assert!(took < BUDGET.0 + GRACE + SLACK, "{took:?}");
}
