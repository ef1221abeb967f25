//! What a source file imports: every path that begins at the crate, at `super` or at
//! `self`, in code that is not for tests alone.

/// A path, from the crate's root.
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// What was read of a file.
pub(crate) struct Read {
    /// Its path within its crate's source.
    pub(crate) path: String,
    /// Its place in the crate; empty for the root.
    pub(crate) module: Vec<String>,
    pub(crate) imports: Vec<Import>,
    /// Modules that it has for tests alone.
    pub(crate) for_tests: Vec<Vec<String>>,
}

/// Reads the file at `path` within its crate's source.
pub(crate) fn read(path: &str, text: &str) -> Read {
    let parts = path.trim_end_matches(".rs").split('/');
    let module: Vec<String> = parts
        .filter(|part| *part != "lib")
        .map(str::to_owned)
        .collect();
    let mut reader = Reader {
        tokens: tokens(text),
        at: 0,
        inner: Vec::new(),
        read: Read {
            path: path.to_owned(),
            module,
            imports: Vec::new(),
            for_tests: Vec::new(),
        },
    };
    reader.items();
    reader.read
}

/// A word or a sign, with its line.
type Token = (usize, String);

/// The tokens of code, without comments and with literals left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let end = match c {
            '/' if next == '/' => find(&chars, at, |rest| rest[0] == '\n'),
            '/' if next == '*' => comment(&chars, at),
            '"' => string(&chars, at),
            'r' if next == '"' || next == '#' => raw_string(&chars, at).unwrap_or(at + 1),
            // A character, or else a lifetime.
            '\'' if next == '\\' => find(&chars, at + 3, |rest| rest[0] == '\'') + 1,
            '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
            ':' if next == ':' => at + 2,
            _ if word(c) => find(&chars, at, |rest| !word(rest[0])),
            _ => at + 1,
        };
        let end = end.min(chars.len());
        let is_code = c == ':' || c == '\'' && end == at + 1 || !matches!(c, '/' | '"' | '\'');
        if is_code && !c.is_whitespace() && !(c == 'r' && chars[at..end].contains(&'"')) {
            tokens.push((line, chars[at..end].iter().collect()));
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    tokens
}

/// The first place from `at` on where what follows `is` so, or the end.
fn find(chars: &[char], at: usize, is: impl Fn(&[char]) -> bool) -> usize {
    (at..chars.len())
        .find(|&at| is(&chars[at..]))
        .unwrap_or(chars.len())
}

fn comment(chars: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at < chars.len() {
        if chars[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if chars[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The end of a raw string; `None` where a word begins instead.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let open = find(chars, at + 1, |rest| rest[0] != '#');
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.resize(open - at, '#');
    Some(find(chars, open + 1, |rest| rest.starts_with(&close)) + close.len())
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// Modules written within the file that are open, with the braces in each.
    inner: Vec<(String, usize)>,
    read: Read,
}

impl Reader {
    fn word(&self, ahead: usize) -> &str {
        self.tokens
            .get(self.at + ahead)
            .map_or("", |(_, word)| word)
    }

    fn is(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.word(ahead) == *word)
    }

    fn here(&self) -> Vec<String> {
        let inner = self.inner.iter().map(|(name, _)| name.clone());
        self.read.module.iter().cloned().chain(inner).collect()
    }

    fn items(&mut self) {
        while self.at < self.tokens.len() {
            if self.is(&["#", "[", "cfg", "(", "test", ")", "]"]) {
                self.for_tests();
            } else if self.word(0) == "mod" && self.word(2) == "{" {
                self.inner.push((self.word(1).to_owned(), 1));
                self.at += 3;
            } else if matches!(self.word(0), "crate" | "bakeoff" | "super" | "self")
                && self.word(1) == "::"
                && (self.at == 0 || !matches!(self.tokens[self.at - 1].1.as_str(), "in" | "::"))
            {
                self.path(Vec::new());
            } else {
                let braces = self.inner.last_mut().map(|(_, braces)| braces);
                match (self.tokens[self.at].1.as_str(), braces) {
                    ("{", Some(braces)) => *braces += 1,
                    ("}", Some(braces)) => {
                        *braces -= 1;
                        if *braces == 0 {
                            self.inner.pop();
                        }
                    }
                    _ => {}
                }
                self.at += 1;
            }
        }
    }

    /// Passes an item by that is for tests alone.
    fn for_tests(&mut self) {
        while !matches!(self.word(0), ";" | "{" | "") {
            if self.word(0) == "mod" {
                let mut module = self.here();
                module.push(self.word(1).to_owned());
                self.read.for_tests.push(module);
            }
            self.at += 1;
        }
        let mut braces = 0;
        loop {
            match self.word(0) {
                "{" => braces += 1,
                "}" => braces -= 1,
                _ => {}
            }
            self.at += 1;
            if braces == 0 || self.at >= self.tokens.len() {
                break;
            }
        }
    }

    /// Reads a path, or all of a group, behind `before`.
    fn path(&mut self, before: Vec<String>) {
        let mut path = before;
        let line = self.tokens.get(self.at).map_or(0, |(line, _)| *line);
        loop {
            match self.word(0).to_owned().as_str() {
                "{" => {
                    self.at += 1;
                    while !matches!(self.word(0), "}" | "") {
                        self.path(path.clone());
                        if self.word(0) == "as" {
                            self.at += 2;
                        }
                        if self.word(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                word => path.push(word.to_owned()),
            }
            self.at += 1;
            if self.word(0) != "::" {
                break;
            }
            self.at += 1;
        }
        if let Some(path) = self.absolute(&path) {
            self.read.imports.push(Import { line, path });
        }
    }

    /// The path from the crate's root; `None` where it leaves it.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut whole = match path.first()?.as_str() {
            "crate" | "bakeoff" => Vec::new(),
            _ => self.here(),
        };
        for (at, part) in path.iter().enumerate() {
            match part.as_str() {
                "crate" | "bakeoff" if at == 0 => {}
                "super" => {
                    whole.pop()?;
                }
                "self" => {}
                part => whole.push(part.to_owned()),
            }
        }
        Some(whole)
    }
}
