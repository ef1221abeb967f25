//! Lines of text on a terminal: how wide they are, and how they are broken.

use unicode_width::UnicodeWidthStr;

/// Columns that `text` takes on a terminal, where some characters take two and some
/// none.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in lines of at most so many columns, broken between words: a longer word stays
/// whole. `first` and `next` stand before the first line and before all others.
pub(crate) fn wrapped(text: &str, first: &str, next: &str, most: usize) -> String {
    let mut out = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && width(&line) + 1 + width(word) > most {
            out += line.trim_end();
            out.push('\n');
            next.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    out += line.trim_end();
    out.push('\n');
    out
}

/// The same as lines without anything before them.
pub(crate) fn broken(text: &str, most: usize) -> Vec<String> {
    let text = wrapped(text, "", "", most);
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_alone() {
        let text = "ein Wort unteilbarunteilbar 並行処理 モデル x";
        let lines = wrapped(text, "- ", "  ", 12);
        assert_eq!(
            lines,
            "- ein Wort\n  unteilbarunteilbar\n  並行処理\n  モデル x\n"
        );
        assert_eq!(wrapped("", "", "  ", 12), "\n");
    }
}
