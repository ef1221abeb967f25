//! The files that models are written in, and which of them are whose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::lines::{self, Comments, Line};
use crate::model::Source;

/// Where they stand.
const FOLDER: &str = "measure/src/model/";

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$(Source {
            path: $path,
            text: include_str!(concat!("../../measure/src/model/", $path)),
        }),*]
    };
}

/// Every file below `measure/src/model`, by its path there: a build without a model knows
/// its lines too.
const FILES: &[Source] = embedded! {
    "agnostic.rs"
    "agnostic/kit.rs"
    "agnostic/smol.rs"
    "agnostic/tokio.rs"
    "agnostic/units.rs"
    "async_std.rs"
    "compio.rs"
    "local.rs"
    "local/units.rs"
    "may.rs"
    "mio.rs"
    "monoio.rs"
    "pools.rs"
    "pools/crossbeam.rs"
    "pools/deque.rs"
    "pools/oneshot.rs"
    "pools/rayon.rs"
    "processes.rs"
    "processes/arrivals.rs"
    "processes/frames.rs"
    "processes/kit.rs"
    "processes/link.rs"
    "processes/per_order.rs"
    "processes/pool.rs"
    "processes/prefork.rs"
    "processes/queue.rs"
    "processes/team.rs"
    "processes/worker.rs"
    "sequential.rs"
    "smol.rs"
    "smol/compat.rs"
    "smol/kit.rs"
    "smol/local.rs"
    "smol/per_order.rs"
    "smol/pool.rs"
    "smol/units.rs"
    "stations.rs"
    "threads.rs"
    "threads/gate.rs"
    "threads/kit.rs"
    "threads/per_order.rs"
    "threads/pool.rs"
    "threads/queue.rs"
    "threads/start.rs"
    "threads/units.rs"
    "tokio.rs"
    "tokio/buffered.rs"
    "tokio/ct.rs"
    "tokio/join_all.rs"
    "tokio/kit.rs"
    "tokio/local.rs"
    "tokio/mt.rs"
    "tokio/per_order.rs"
    "tokio/semaphore.rs"
    "tokio/sessions.rs"
    "tokio/units.rs"
    "tokio/unordered.rs"
};

/// Lines of code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Lines {
    /// What decides which order runs when, and on what.
    pub scheduling: usize,
    /// What an order's body asks for: sockets, timers, stations.
    pub kit: usize,
}

impl Lines {
    /// Both together.
    #[must_use]
    pub fn all(self) -> usize {
        self.scheduling + self.kit
    }
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Part {
    /// Its place in the project.
    pub path: String,
    /// Its lines of code.
    pub lines: Lines,
}

/// The files of the model that is written in `source`, sorted by their paths: this one,
/// and all files below `measure/src/model` that it imports from, directly or by way of
/// others. A file belongs whole to each model that uses it. Files that only name others
/// are left out, and so is what all models share: `measure/src/model.rs`, and whatever
/// stands outside of that folder.
#[must_use]
pub fn of(source: &str) -> Vec<Part> {
    // Read once, for all models of a process.
    static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::of(FILES));
    let tree = &*TREE;
    let Some(first) = FILES.iter().find(|file| is(source, file.path)) else {
        return Vec::new();
    };
    let (mut found, mut open) = (BTreeSet::new(), vec![module(first.path)]);
    while let Some(next) = open.pop() {
        if found.insert(next.clone()) {
            open.extend(tree.imported(&next));
        }
    }
    let parts = FILES.iter().filter_map(|file| {
        let module = module(file.path);
        let lines = tree.files.get(&module)?.lines;
        (found.contains(&module) && lines.all() > 0).then(|| Part {
            path: format!("{FOLDER}{}", file.path),
            lines,
        })
    });
    parts.collect()
}

/// Whether `source`, as the compiler names it, is the file of that path.
fn is(source: &str, path: &str) -> bool {
    source
        .strip_suffix(path)
        .is_some_and(|folder| folder.ends_with("src/model/"))
}

/// The lines of the file of that path. Those of a kit are all of a file of that name, of
/// `stations.rs` likewise, and what stands down to the end of a kit's implementation where
/// the model's own follows in the same file. A file without a function only names others.
fn counted(path: &str, code: &[Line<'_>]) -> Lines {
    if !code.iter().any(|line| line.text.contains("fn ")) {
        return Lines::default();
    }
    let kit = match path.rsplit('/').next() {
        Some("kit.rs" | "stations.rs") => code.len(),
        _ => {
            let end = kit_end(code);
            code.iter().filter(|line| line.number <= end).count()
        }
    };
    Lines {
        scheduling: code.len() - kit,
        kit,
    }
}

/// The number of the last line of the kit's implementation; 0 where there is none.
fn kit_end(code: &[Line<'_>]) -> usize {
    let begun = code
        .iter()
        .position(|line| line.text.starts_with("impl") && line.text.contains("Kit for "));
    let end = begun.and_then(|at| code[at..].iter().find(|line| line.text == "}"));
    end.map_or(0, |line| line.number)
}

/// The module of a file, by its path below `measure/src/model`.
fn module(path: &str) -> String {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    format!("{ROOT}::{}", stem.replace('/', "::"))
}

/// The module that all of these stand in.
const ROOT: &str = "model";

/// Files by their modules.
struct Tree {
    files: BTreeMap<String, Named>,
}

/// A path as code writes it, by its segments.
type Segments = Vec<String>;

/// What a file names.
#[derive(Default)]
struct Named {
    lines: Lines,
    /// What `use` brings into it, with the whole path.
    used: Vec<(String, Segments)>,
    /// What `pub use` passes on, likewise: whoever imports it from here needs it, and not
    /// this file.
    passed_on: Vec<(String, Segments)>,
    /// Paths from the root or from above that stand in the code itself.
    inline: Vec<Segments>,
}

impl Tree {
    fn of(files: &[Source]) -> Self {
        let files = files
            .iter()
            .map(|file| (module(file.path), Named::of(file)));
        Tree {
            files: files.collect(),
        }
    }

    /// The modules that one imports from.
    fn imported(&self, module: &str) -> Vec<String> {
        let Some(named) = self.files.get(module) else {
            return Vec::new();
        };
        let used = named.used.iter().map(|(_, path)| path);
        let paths = used.chain(&named.inline);
        paths
            .filter_map(|path| self.resolved(module, path, 0))
            .collect()
    }

    /// The module in which the thing of that path stands, seen from `module`; followed
    /// through those that only pass it on.
    fn resolved(&self, module: &str, path: &[String], depth: usize) -> Option<String> {
        // No path of this project goes around so often.
        if depth > 8 {
            return None;
        }
        let (first, mut rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => {
                let (root, more) = rest.split_first()?;
                rest = more;
                (root == ROOT).then(|| ROOT.to_owned())?
            }
            "self" => module.to_owned(),
            "super" => above(module)?,
            first => {
                let child = format!("{module}::{first}");
                self.files.contains_key(&child).then_some(child)?
            }
        };
        while let Some((next, more)) = rest.split_first() {
            let child = format!("{here}::{next}");
            if next == "super" {
                here = above(&here)?;
            } else if self.files.contains_key(&child) {
                here = child;
            } else {
                break;
            }
            rest = more;
        }
        let passed_on = self
            .files
            .get(&here)
            .zip(rest.first())
            .and_then(|(file, name)| {
                let mut own = file.passed_on.iter().chain(&file.used);
                let (_, path) = own.find(|(own, _)| own == name)?;
                self.resolved(&here, path, depth + 1)
            });
        Some(passed_on.unwrap_or(here)).filter(|module| module != ROOT)
    }
}

fn above(module: &str) -> Option<String> {
    module.rsplit_once("::").map(|(above, _)| above.to_owned())
}

impl Named {
    fn of(file: &Source) -> Self {
        let code = lines::of(file.text, Comments::Rust);
        let mut named = Named {
            lines: counted(file.path, &code),
            ..Named::default()
        };
        let mut lines = code.iter().map(|line| line.text.trim());
        while let Some(line) = lines.next() {
            let behind = line.split_once("use ");
            let tree = behind.filter(|(before, _)| {
                before.is_empty() || (before.starts_with("pub") && before.ends_with(' '))
            });
            if let Some((before, tree)) = tree {
                let mut tree = tree.to_owned();
                while !tree.ends_with(';') {
                    let Some(more) = lines.next() else { break };
                    tree.push_str(more);
                }
                let out = match before {
                    "" => &mut named.used,
                    _ => &mut named.passed_on,
                };
                expanded(&[], tree.trim_end_matches(';'), out);
                continue;
            }
            let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let words = line.split(|c| !path(c));
            let paths = words.filter(|word| {
                let heads = ["crate::", "super::", "self::"];
                heads.iter().any(|head| word.starts_with(head))
            });
            named.inline.extend(paths.map(segments));
        }
        named
    }
}

fn segments(path: &str) -> Segments {
    let words = path.split("::").map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The names that `tree`, behind `before`, brings into a file, each with its path.
fn expanded(before: &[String], tree: &str, out: &mut Vec<(String, Segments)>) {
    let tree = tree.trim();
    if let Some((head, inner)) = tree.split_once('{') {
        let path = [before, &segments(head)].concat();
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        let (mut depth, mut from) = (0_usize, 0);
        for (at, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    expanded(&path, &inner[from..at], out);
                    from = at + 1;
                }
                _ => {}
            }
        }
        expanded(&path, &inner[from..], out);
        return;
    }
    let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut path = [before, &segments(path)].concat();
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let Some(own) = path.last().filter(|_| !tree.is_empty()).cloned() else {
        return;
    };
    let name = if alias.is_empty() {
        own
    } else {
        alias.trim().to_owned()
    };
    out.push((name, path));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        let parts = of(source).into_iter();
        parts
            .map(|part| part.path.trim_start_matches(FOLDER).to_owned())
            .collect()
    }

    #[test]
    fn every_file_of_a_model_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER);
        let (mut there, mut open) = (BTreeSet::new(), vec![folder.clone()]);
        while let Some(next) = open.pop() {
            for entry in std::fs::read_dir(&next).unwrap() {
                let path = entry.unwrap().path();
                match path.strip_prefix(&folder).unwrap().to_str().unwrap() {
                    _ if path.is_dir() => open.push(path),
                    // The tests, and what stands for programs in other languages.
                    "lacks.rs" | "tests.rs" | "peer.rs" => {}
                    own => assert!(there.insert(own.to_owned())),
                }
            }
        }
        let embedded: BTreeSet<String> = FILES.iter().map(|file| file.path.to_owned()).collect();
        assert_eq!(there, embedded, "src/cost/files.rs lists them");
    }

    #[test]
    fn a_model_has_its_own_file_and_all_that_it_imports_from() {
        assert_eq!(
            paths("measure/src/model/compio.rs"),
            ["compio.rs", "local.rs", "local/units.rs", "stations.rs"]
        );
        assert_eq!(
            paths("measure/src/model/sequential.rs"),
            ["sequential.rs", "threads/kit.rs"]
        );
        assert_eq!(
            paths("measure/src/model/tokio/ct.rs"),
            ["tokio/ct.rs", "tokio/kit.rs", "tokio/units.rs"]
        );
        // What `local.rs` passes on is not for those who take its threads alone.
        assert_eq!(
            paths("measure/src/model/mio.rs"),
            ["local.rs", "mio.rs", "threads/gate.rs"]
        );
        // As the compiler names it where the crate is built alone.
        assert!(!paths("src/model/mio.rs").is_empty());
        assert_eq!(of("peers/go/peer.toml"), []);
    }

    #[test]
    fn every_file_belongs_to_a_model_or_only_names_others() {
        let whole: BTreeSet<String> = FILES
            .iter()
            .flat_map(|file| paths(&format!("{FOLDER}{}", file.path)))
            .collect();
        for file in FILES {
            let code = lines::of(file.text, Comments::Rust);
            let names_alone = counted(file.path, &code).all() == 0;
            assert_ne!(whole.contains(file.path), names_alone, "{}", file.path);
        }
    }

    #[test]
    fn a_kit_ends_where_the_model_begins() {
        let parts = of("measure/src/model/compio.rs");
        let lines = |path: &str| {
            let own = parts.iter().find(|part| part.path.ends_with(path));
            own.map(|part| part.lines).unwrap()
        };
        let own = lines("/compio.rs");
        assert!(own.kit > 40 && own.scheduling > 40, "{own:?}");
        let stations = lines("/stations.rs");
        assert!(
            stations.kit > 20 && stations.scheduling == 0,
            "{stations:?}"
        );
        let local = lines("/local.rs");
        assert!(local.kit == 0 && local.scheduling > 50, "{local:?}");
    }

    #[test]
    fn imports_are_found_however_they_are_written() {
        let text = "use std::io;\nuse super::{\n    a::{self, B as C},\n    d,\n};\npub(crate) use \
                    e::F;\nfn f() { crate::model::g::h() }\n";
        let named = Named::of(&Source { path: "x.rs", text });
        let used: Vec<(&str, String)> = named
            .used
            .iter()
            .map(|(name, path)| (name.as_str(), path.join("::")))
            .collect();
        let paths = [
            ("io", "std::io"),
            ("a", "super::a"),
            ("C", "super::a::B"),
            ("d", "super::d"),
        ];
        assert_eq!(used, paths.map(|(name, path)| (name, path.to_owned())));
        assert_eq!(named.passed_on, [("F".to_owned(), segments("e::F"))]);
        assert_eq!(named.inline, [segments("crate::model::g::h")]);
    }
}
