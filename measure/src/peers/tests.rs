use std::fs;

use super::*;
use crate::kit::Setup;

const GOOD: &str = r##"name = "python"
language = "Python"
about = "A snake"
command = ["{install}/bin/python", "{peer}/run.py"]
version = ["python3", "--version"]
warm_up_at_most = "5s"
env = { CACHE = "{install}/cache" }

[[model]]
name = "asyncio"
about = "Tasks"
family = "async"
shape = "multiplexed"
workloads = ["fetch"]
clients = ["wire", "aiohttp"]

[[model]]
name = "python-sequential"
about = "One"
family = "baseline"
colour = "#445566"
shape = "bounded"
in_flight = 1
share = "by-in-flight"
workloads = ["bakery"]
"##;

/// What comes of a folder with `text` for the description of `name`.
fn loaded(name: &str, text: &str) -> Result<Vec<Offer>> {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join(name);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("peer.toml"), text).unwrap();
    // A folder that is not there, and one that is named twice.
    let twice = folder.path().join(".");
    load(&["/nowhere/at/all".into(), folder.path().into(), twice])
}

#[test]
fn a_description_is_read_whole() {
    let offers = loaded("python", GOOD).unwrap();
    assert_eq!(offers.len(), 1);
    let peer = offers[0].peer;
    assert!(peer.install.ends_with("python") && peer.dir.ends_with("python"));
    let install = peer.install.to_string_lossy();
    assert_eq!(peer.command[0], format!("{install}/bin/python"));
    assert_eq!(peer.command[1], format!("{}/run.py", peer.dir.display()));
    assert_eq!(peer.version, ["python3", "--version"]);
    assert_eq!(peer.env["CACHE"], format!("{install}/cache"));
    assert_eq!(peer.warm_up_at_most, Some(Duration::from_secs(5)));
    assert!(peer.setup.ends_with("python/setup"), "{}", peer.setup);
    let [tasks, one] = &offers[0].models[..] else {
        panic!("two models");
    };
    let setup = Setup {
        concurrency: 50,
        workers: 2,
        ..Setup::default()
    };
    assert_eq!(
        (tasks.peer.most_in_flight(&setup), tasks.meta.share),
        (50, Share::Whole)
    );
    assert_eq!(
        (one.peer.most_in_flight(&setup), one.meta.share),
        (1, Share::ByInFlight)
    );
    assert_eq!(tasks.peer.clients, ["wire", "aiohttp"]);
    assert_eq!(one.peer.on_row().colour.as_deref(), Some("#445566"));
    assert_eq!(tasks.peer.on_row().family, "async");
    assert_eq!(
        tasks.meta.source.text, "",
        "the program's text stays with it"
    );
}

#[test]
fn what_is_wrong_is_told_with_file_and_line() {
    let cases = [
        (
            "language = \"Python\"",
            "langauge = \"Python\"",
            "peer.toml:2: unknown field `langauge`",
        ),
        (
            "shape = \"bounded\"",
            "shape = \"round\"",
            "peer.toml:22: unknown variant `round`",
        ),
        (
            "family = \"async\"",
            "family = \"fibre\"",
            "peer.toml:12: unknown family `fibre`: give one of `baseline`, ",
        ),
        (
            "in_flight = 1",
            "in_flight = 0",
            "peer.toml:23: give \"concurrency\"",
        ),
        (
            "share = \"by-in-flight\"",
            "share = \"half\"",
            "peer.toml:24: give \"whole\"",
        ),
        ("\"#445566\"", "\"red\"", "peer.toml:21: 'red' is no colour"),
        (
            "\"5s\"",
            "\"5 parsecs\"",
            "peer.toml:6: '5 parsecs' is no time",
        ),
        ("name = \"python\"", "name = \"ruby\"", "its name is 'ruby'"),
        ("\"asyncio\"", "\"async io\"", "the name 'async io'"),
        (
            "\"asyncio\"",
            "\"python-sequential\"",
            "a model of peer python",
        ),
        ("\"asyncio\"", "\"tokio-mt\"", "a model of bakeoff's own"),
        (
            "command = [\"{install}/bin/python\", \"{peer}/run.py\"]",
            "command = []",
            "command is empty",
        ),
        (
            "clients = [\"wire\", \"aiohttp\"]",
            "",
            "lists fetch and no clients",
        ),
        (
            "workloads = [\"bakery\"]",
            "workloads = []",
            "lists no workloads",
        ),
        ("about = \"A snake\"", "about = \"A snake", "peer.toml:3: "),
    ];
    for (from, to, told) in cases {
        assert!(GOOD.contains(from), "{from}");
        let error = loaded("python", &GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let line = error.to_string();
        assert!(
            line.contains(told) && line.contains("python/peer.toml"),
            "{told}: {line}"
        );
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn two_folders_cannot_offer_one_name() {
    let folders: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    let write = |at: usize, name: &str, text: &str| {
        let dir = folders[at].path().join(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("peer.toml"), text).unwrap();
    };
    write(0, "python", GOOD);
    write(1, "python", GOOD);
    let paths: Vec<PathBuf> = folders.iter().map(|folder| folder.path().into()).collect();
    let line = load(&paths).unwrap_err().to_string();
    assert!(
        line.contains("'python' is the name of the peer in"),
        "{line}"
    );
    fs::remove_dir_all(paths[1].join("python")).unwrap();
    write(1, "snake", &GOOD.replacen("\"python\"", "\"snake\"", 1));
    let line = load(&paths).unwrap_err().to_string();
    assert!(
        line.contains("model 'asyncio' is the name of a model of peer python"),
        "{line}"
    );
}
