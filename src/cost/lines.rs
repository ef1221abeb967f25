//! Lines of code: those that are neither blank nor a comment, nor of a test.

use std::path::Path;

/// How a language writes comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// `//` and `/* */`; items behind `#[cfg(test)]` are tests.
    Rust,
    /// `//` and `/* */`.
    Slashes,
    /// `#`, and strings that stand alone.
    Python,
}

impl Comments {
    /// Of a file, by its ending; most languages have those of C.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("rs") => Comments::Rust,
            Some("py" | "rb" | "sh") => Comments::Python,
            _ => Comments::Slashes,
        }
    }
}

/// A line of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its number in the file, from 1.
    pub(super) number: usize,
    /// Without what ends it.
    pub(super) text: &'a str,
}

/// How many lines of code `text` has.
#[must_use]
pub fn count(text: &str, comments: Comments) -> usize {
    of(text, comments).len()
}

/// The lines of code of `text`.
///
/// A line counts by how it begins: code with a comment behind it does, and so does a line
/// of a long string. This is what a formatted file needs, and no parser.
pub(super) fn of(text: &str, comments: Comments) -> Vec<Line<'_>> {
    let mut code = Vec::new();
    // What ends the comment that lines stand in.
    let mut within: Option<&str> = None;
    let mut in_test = false;
    for (number, text) in (1..).zip(text.lines()) {
        let line = text.trim();
        if let Some(end) = within {
            within = within.filter(|_| !line.contains(end));
            continue;
        }
        if in_test {
            // Items of a file begin and end at its left edge.
            let ends = text == "}" || (line.ends_with(';') && !text.starts_with(' '));
            in_test = !ends;
            continue;
        }
        if comments == Comments::Rust && text == "#[cfg(test)]" {
            in_test = true;
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let (alone, blocks): (&str, &[(&str, &str)]) = match comments {
            Comments::Rust | Comments::Slashes => ("//", &[("/*", "*/")]),
            Comments::Python => ("#", &[("\"\"\"", "\"\"\""), ("'''", "'''")]),
        };
        if line.starts_with(alone) {
            continue;
        }
        let block = blocks
            .iter()
            .find_map(|(begin, end)| Some((line.strip_prefix(begin)?, *end)));
        if let Some((rest, end)) = block {
            within = (!rest.contains(end)).then_some(end);
            continue;
        }
        code.push(Line { number, text });
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_and_tests_are_no_code() {
        let rust = "//! A file.\n\nuse a::b; // why\n\n/* long\n   words */\n#[inline]\nfn f() {\n    \
                    // not this\n    let url = \"http://x\";\n}\n\n#[cfg(test)]\nmod tests {\n    fn \
                    g() {\n    }\n}\n\n#[cfg(test)]\nmod more;\n\nfn h() {}\n";
        let code: Vec<&str> = of(rust, Comments::Rust)
            .iter()
            .map(|line| line.text)
            .collect();
        let lines = [
            "use a::b; // why",
            "#[inline]",
            "fn f() {",
            "    let url = \"http://x\";",
            "}",
            "fn h() {}",
        ];
        assert_eq!(code, lines);
    }

    #[test]
    fn other_languages_have_comments_of_their_own() {
        let python = "\"\"\"A file.\n\nLong.\n\"\"\"\n# not this\nx = 1  # this\n\n\ndef f():\n    \
                      \"\"\"Does.\"\"\"\n    return \"\"\"a\nb\"\"\"\n";
        assert_eq!(count(python, Comments::Python), 4);
        let go = "// Package main\npackage main\n\n/* x */\n/*\ny\n*/\nfunc main() {\n}\n";
        assert_eq!(count(go, Comments::of(Path::new("main.go"))), 3);
        let node = "// x\nlet a = 1;\n";
        assert_eq!(count(node, Comments::of(Path::new("a.js"))), 1);
    }
}
