//! Every command line of README and docs can be typed as it stands there: those that
//! measure are planned (`--plan`), those that run until Ctrl-C are parsed, and all
//! others run.

// Builds without some models or the server know fewer cells.
#![cfg(feature = "default")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_bakeoff");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

// ---- what the documents say ---------------------------------------------------

/// A command of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Typed {
    file: String,
    /// Behind `bakeoff`, as a shell takes them.
    words: Vec<String>,
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = docs
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .chain([root().join("README.md"), root().join("CONTRIBUTING.md")])
        .collect();
    found.sort();
    found
}

/// The words of a line as a shell takes them, up to a comment, a pipe or a
/// redirection.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (None, '#') if word.is_empty() => break,
            (None, '|' | '&' | ';') => break,
            (None, '>' | '<') => {
                if word == "2" {
                    word.clear();
                }
                break;
            }
            (_, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The words behind the program, where the line is a command of ours: `bakeoff …`
/// or `cargo run … -- …`, also behind a path.
fn of_ours(line: &str) -> Option<Vec<String>> {
    let words = words(
        line.trim_start()
            .trim_start_matches("- ")
            .trim_start_matches("run: "),
    );
    let (program, rest) = words.split_first()?;
    match program.as_str() {
        "bakeoff" => Some(rest.to_vec()),
        "cargo" if rest.first()? == "run" && !rest.iter().any(|word| word == "--example") => {
            let at = rest.iter().position(|word| word == "--")?;
            Some(rest[at + 1..].to_vec())
        }
        _ => None,
    }
}

/// All commands of a text: lines of fenced blocks for a shell, and code within lines.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut prose = String::new();
    let mut fenced = None;
    for line in text.replace("\\\n", " ").lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            fenced = match fenced {
                None => Some(matches!(language, "sh" | "bash" | "console" | "yaml")),
                Some(_) => None,
            };
        } else if fenced == Some(true) {
            found.extend(of_ours(line));
        } else if fenced.is_none() {
            prose += line;
            prose.push(' ');
        }
    }
    let inline = prose.split('`').skip(1).step_by(2);
    found.extend(inline.filter_map(of_ours));
    found
}

fn typed() -> Vec<Typed> {
    let mut found = Vec::new();
    for path in documents() {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        found.extend(commands(&text).into_iter().map(|words| Typed {
            file: file.clone(),
            words,
        }));
    }
    found.sort();
    found.dedup();
    found
}

// ---- where they are typed -------------------------------------------------------

/// A folder in which the names of the documents stand for something.
struct Place {
    home: TempDir,
    /// Of a server that answers everything with 200.
    url: String,
}

/// Rows of the reference run that are enough for every renderer: a scenario of either
/// loop with two models, and one that decides a claim.
fn rows() -> String {
    let all = fs::read_to_string(root().join("results/reference/rows.jsonl")).unwrap();
    let cells = ["fetch/wait-10ms", "fetch/open-loop"]
        .iter()
        .flat_map(|id| [format!("\"{id}/smol\""), format!("\"{id}/tokio-ct\"")])
        .chain(["\"bakery/hundred-bakers/".to_owned()])
        .collect::<Vec<_>>();
    let kept = all
        .lines()
        .filter(|row| cells.iter().any(|cell| row.contains(cell.as_str())));
    kept.map(|row| format!("{row}\n")).collect()
}

/// Answers every request of every connection with an empty 200.
fn answering() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 8192];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    if stream.write_all(answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    url
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let rows = rows();
        let reference = root().join("results/reference");
        for name in [
            "results/DIR",
            "results/BASE",
            "results/HEAD",
            "results/reference",
        ] {
            let dir = home.path().join(name);
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join("rows.jsonl"), &rows).unwrap();
            fs::copy(reference.join("host.json"), dir.join("host.json")).unwrap();
        }
        for (name, of) in [
            ("DIR", "results/DIR"),
            ("BASE", "results/BASE"),
            ("HEAD", "results/HEAD"),
        ] {
            copy(&home.path().join(of), &home.path().join(name));
        }
        for build in ["old", "new", "target/release", "target/lto"] {
            let dir = home.path().join(build);
            fs::create_dir_all(&dir).unwrap();
            std::os::unix::fs::symlink(BINARY, dir.join("bakeoff")).unwrap();
        }
        copy(
            &root().join("docs/examples"),
            &home.path().join("docs/examples"),
        );
        // What programs in other languages offer; none of them is started by a plan.
        copy(&root().join("peers"), &home.path().join("peers"));
        copy(
            &root().join("results/languages"),
            &home.path().join("results/languages"),
        );
        let marked = "<!-- bakeoff:begin text fetch/wait-10ms -->\n<!-- bakeoff:end -->\n";
        fs::write(home.path().join("README.md"), marked).unwrap();
        fs::write(home.path().join("docs/READING.md"), marked).unwrap();
        fs::write(home.path().join("docs/LANGUAGES.md"), marked).unwrap();
        Place {
            home,
            url: answering(),
        }
    }

    /// A word as it is meant: placeholders by what they stand for here.
    fn meant(&self, word: &str) -> Vec<String> {
        if let Some(runs) = word
            .strip_suffix("/*")
            .filter(|runs| runs.ends_with("results") || runs.ends_with("runs"))
        {
            // What a shell makes of it.
            assert!(!runs.is_empty());
            return ["results/BASE", "results/HEAD", "results/DIR"]
                .map(str::to_owned)
                .to_vec();
        }
        if word.contains('$') {
            // A variable of a script.
            return vec![if word.contains("runs") {
                "results/DIR".into()
            } else {
                "results/BASE".into()
            }];
        }
        vec![match word {
            "URL" | "http://127.0.0.1:8080/" => self.url.clone(),
            "PATTERN" => "fetch/no-delay".into(),
            "FORMAT" => "json".into(),
            "OLD" | "CMD" => "old/bakeoff".into(),
            "NEW" => "new/bakeoff".into(),
            // The model of ADDING's example is in no registry.
            "os-threads,os-threads-chunked" => "os-threads".into(),
            // Nor is its workload.
            "sieve/*" => "bakery/*".into(),
            word => word.into(),
        }]
    }

    /// What the command's words come to here; `None` for the bare name of a verb.
    fn arguments(&self, words: &[String]) -> Option<Vec<String>> {
        let (verb, rest) = words.split_first()?;
        let optional = |word: &&String| !word.starts_with('[') && !word.ends_with(']');
        let mut args = vec![verb.clone()];
        args.extend(
            rest.iter()
                .filter(optional)
                .flat_map(|word| self.meant(word)),
        );
        let flag = match verb.as_str() {
            "run" | "verify" => {
                // Rows are no place to plan for.
                if let Some(at) = args.iter().position(|word| word == "--out") {
                    args.drain(at..at + 2);
                }
                Some("--plan")
            }
            "ab" if !rest.is_empty() => Some("--plan"),
            // Never ends, takes long, or reads what is not there.
            "serve" | "runner" | "doctor" => Some("--help"),
            "list" | "report" | "export" | "compare" | "claims" if !rest.is_empty() => None,
            "list" => None,
            _ => Some("--help"),
        };
        let flag = flag.filter(|flag| !args.iter().any(|word| word == flag));
        args.extend(flag.map(str::to_owned));
        Some(args)
    }

    fn status(&self, args: &[String]) -> (Option<i32>, String) {
        let ran = Command::new(BINARY)
            .args(args)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        (ran.status.code(), said)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

// ---- the tests --------------------------------------------------------------------

#[test]
fn every_command_of_the_documents_works() {
    let place = Place::new();
    let typed = typed();
    assert!(typed.len() > 40, "{typed:#?}");
    let mut wrong = Vec::new();
    for Typed { file, words } in &typed {
        let Some(args) = place.arguments(words) else {
            continue;
        };
        let (status, said) = place.status(&args);
        if status != Some(0) {
            wrong.push(format!(
                "{file}: bakeoff {}: {status:?} {said}",
                args.join(" ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_found_and_taken_as_a_shell_takes_them() {
    let text = "Say `bakeoff run 'a b' # c` or `bakeoff_x`.\n```sh\nbakeoff list | head\n\
                cargo run --release -- run --quick   # soon\nbakeoff export \\\n  DIR >x\n```\n\
                ```text\nbakeoff: no\n```\n`cargo run --example x -- aa`\n";
    let found: Vec<String> = commands(text).iter().map(|words| words.join("|")).collect();
    assert_eq!(found, ["list", "run|--quick", "export|DIR", "run|a b"]);
}

/// A command that cannot be planned is seen.
#[test]
fn what_cannot_be_measured_cannot_be_planned() {
    let place = Place::new();
    let plan = |words: &str| {
        let args: Vec<String> = words.split(' ').map(str::to_owned).collect();
        place.status(&args)
    };
    for (words, why) in [
        ("run bakery/*/tokio-mt --set concurrency=400 --plan", "400"),
        ("run nothing/orders --models tokio-mx --plan", "tokio-mx"),
        ("verify fetch/no-delay --set span=1 --plan", "span"),
        ("run fetch/polite --slo p99=20ms --plan", "--slo"),
        (
            "ab --base none/bakeoff --head new/bakeoff --plan",
            "none/bakeoff",
        ),
    ] {
        let (status, said) = plan(words);
        assert_eq!(status, Some(2), "{words}: {said}");
        assert!(said.contains(why), "{words}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{words}: {said}");
    }
}

#[test]
fn a_plan_names_cells_rounds_and_time_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let out = |args: &[&str]| {
        let ran = Command::new(BINARY)
            .args(args)
            .current_dir(home.path())
            .output()
            .unwrap();
        assert!(ran.status.success(), "{args:?}");
        String::from_utf8(ran.stdout).unwrap()
    };
    let run = out(&[
        "run",
        "bakery/crowded",
        "--models",
        "sequential,os-threads",
        "--set",
        "concurrency=10",
        "--rounds",
        "3",
        "--budget",
        "10m",
        "--plan",
    ]);
    for word in [
        "bakery/crowded/sequential concurrency=10",
        "bakery/crowded/os-threads concurrency=10",
        "2 cells; 3 rounds of ",
        "within 10m",
        "nothing was measured",
    ] {
        assert!(run.contains(word), "{word}: {run}");
    }
    let swept = out(&[
        "run",
        "nothing/orders/os-threads",
        "--sweep",
        "concurrency=1,2,3",
        "--plan",
    ]);
    assert!(swept.contains("3 cells; 8 to 100 rounds"), "{swept}");
    let searched = out(&[
        "run",
        "nothing/orders/os-threads",
        "--set",
        "rate=100",
        "--slo",
        "p99=20ms",
        "--plan",
    ]);
    assert!(
        searched.contains("keeps p99=20ms, within 10m"),
        "{searched}"
    );
    let verified = out(&["verify", "nothing/orders/os-threads", "--plan"]);
    assert!(verified.contains("1 cell; each once"), "{verified}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
