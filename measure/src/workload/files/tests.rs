use super::*;
use crate::kit::capability::Capability;
use crate::workload::{Limits, Plan, Stored};

fn params(sets: &[&str]) -> Params {
    let mut params = Params {
        name: "files/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    params
}

fn files(sets: &[&str]) -> Result<Files> {
    Files::new(&params(sets), &World::default())
}

/// A workload whose files lie in a directory, as the harness lays them out.
fn laid_out(sets: &[&str]) -> (tempfile::TempDir, Files) {
    let directory = tempfile::tempdir().unwrap();
    let world = World {
        directory: Some(directory.path().to_owned()),
        ..World::default()
    };
    let files = Files::new(&params(sets), &world).unwrap();
    files.lay_out(directory.path()).unwrap();
    (directory, files)
}

fn order(index: u64) -> Order {
    Order {
        seed: 1,
        sample: 7,
        index,
    }
}

/// What an order answers that makes its calls here.
fn answer(files: &Files, index: u64) -> u64 {
    let sum = files.calls(order(index)).make();
    files.done(order(index), sum).unwrap()
}

#[test]
fn answers_tell_what_files_hold() {
    for sets in [&["what=read"], &["what=lines"]] {
        let shape = ["files=5", "size=uniform:0,3000"];
        let (directory, files) = laid_out(&[&sets[..], &shape].concat());
        let due = files.expected(1, 40);
        let own: Vec<u64> = (0..40).map(|index| answer(&files, index)).collect();
        assert_eq!(own, due, "{sets:?}");
        // A byte that changes in a file changes the answers of its orders, and no others.
        let changed = files.file(order(0));
        let path = named(directory.path(), changed);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        for index in 0..40 {
            let same = answer(&files, index) == due[index as usize];
            assert_eq!(
                same,
                files.file(order(index)) != changed,
                "{sets:?} {index}"
            );
        }
    }
}

#[test]
fn files_are_text_and_each_is_another() {
    let files = files(&["files=300", "size=2000"]).unwrap();
    let mut all: Vec<String> = (0..300)
        .map(|file| String::from_utf8(files.contents.of(file, 2000)).unwrap())
        .collect();
    let lines = all[0].lines().count();
    assert!(
        (15..100).contains(&lines),
        "{lines} lines of 20 to 108 letters"
    );
    // Not only by their stamps: what is behind them differs too, but for a few by chance.
    all.iter_mut().for_each(|text| drop(text.drain(..16)));
    all.sort();
    all.dedup();
    assert!(all.len() > 290, "{}", all.len());
}

#[test]
fn what_was_written_is_what_should_be_there() {
    let (directory, files) = laid_out(&["what=write", "files=4", "concurrency=4", "size=100"]);
    let looks_right = |orders| files.check(directory.path(), 1, 7, orders);
    // Nobody has written yet.
    assert!(looks_right(1).is_err() && looks_right(0).is_ok());
    let due = files.expected(1, 6);
    let own: Vec<u64> = (0..6).map(|index| answer(&files, index)).collect();
    assert_eq!(own, due);
    looks_right(6).unwrap();
    // Orders that overtake each other leave the earlier one's bytes: order 1 after order 5.
    answer(&files, 1);
    looks_right(6).unwrap();
    // Those of another sample are none of this one.
    assert!(files.check(directory.path(), 1, 8, 6).is_err());
    let path = named(directory.path(), 2);
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(b"x")
        .unwrap();
    let error = looks_right(6).unwrap_err().to_string();
    assert!(
        error.contains("/2 holds 101 bytes that no order"),
        "{error}"
    );
    fs::remove_file(&path).unwrap();
    let error = looks_right(6).unwrap_err().to_string();
    assert!(
        error.contains("cannot read") && error.contains("/2"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (directory, files) = laid_out(&["files=1"]);
    fs::remove_file(named(directory.path(), 0)).unwrap();
    let sum = files.calls(order(0)).make();
    let error = files.done(order(0), sum).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("cannot read /"), "{error}");
    // A harness that names no directory is told so before the first order.
    let error = self::files(&[]).unwrap().require_files().unwrap_err();
    assert!(error.to_string().contains("'directory'"), "{error}");
}

#[test]
fn no_bound_is_stated_but_that_of_a_rate() {
    let limits = |period_ns| Limits {
        concurrency: 8,
        cpus: 2,
        ns_per_iteration: 2.0,
        period_ns,
    };
    let files = files(&[]).unwrap();
    assert_eq!(files.bound_ns(1, 100, &limits(0.0)), 0);
    assert_eq!(files.bound_ns(1, 100, &limits(1000.0)), 99_000);
}

#[test]
fn only_the_pool_asks_for_one() {
    assert!(files(&["by=own"]).unwrap().asks().is_empty());
    assert_eq!(files(&["by=pool"]).unwrap().asks(), [Capability::Offload]);
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        (&["what=append"][..], "known: read, lines, write"),
        (&["by=io-uring"], "known: own, pool"),
        (&["files=0"], "a whole number from 1 to 100000"),
        (&["size=200MB"], "size"),
        (&["sizes=1"], "'size'"),
        (
            &["what=write", "files=3", "concurrency=4"],
            "less than its concurrency of 4",
        ),
    ] {
        let refused = files(bad).err().expect(bad[0]);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("files/test"),
            "{line}"
        );
    }
}
