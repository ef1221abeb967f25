//! The Markdown of our own tables as HTML.

use std::fmt::Write as _;

use super::super::chart::escaped;

/// Headings, paragraphs, lists and tables, as this crate writes them; nothing else of
/// Markdown is known here.
pub(super) fn html(markdown: &str) -> String {
    let mut out = String::new();
    // What is open, to be closed when lines of another kind come.
    let mut open = "";
    let lines: Vec<&str> = markdown.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let kind = match line {
            line if line.starts_with('|') => "table",
            line if line.starts_with("- ") => "ul",
            _ => "",
        };
        if kind != open {
            out += match open {
                "table" => "</tbody></table></div>\n",
                "ul" => "</ul>\n",
                _ => "",
            };
            open = kind;
            if kind == "ul" {
                out += "<ul class=\"said\">\n";
            }
        }
        match kind {
            "table" => row(&mut out, line, at.checked_sub(1).map(|at| lines[at])),
            "ul" => {
                let _ = writeln!(out, "<li>{}</li>", shown(&line[2..]));
            }
            _ if line.is_empty() => {}
            _ => {
                let _ = match line.strip_prefix("### ") {
                    Some(title) => writeln!(out, "<h3>{}</h3>", shown(title)),
                    None => writeln!(out, "<p>{}</p>", shown(line)),
                };
            }
        }
    }
    out + match open {
        "table" => "</tbody></table></div>\n",
        "ul" => "</ul>\n",
        _ => "",
    }
}

/// A line of a table: its heading where none stands before it.
fn row(out: &mut String, line: &str, before: Option<&str>) {
    if line.starts_with("|:-") || line.starts_with("| :-") || line.starts_with("| --") {
        return;
    }
    let head = !before.is_some_and(|before| before.starts_with('|'));
    if head {
        *out += "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead>";
    }
    *out += "<tr>";
    for (at, cell) in cells(line).iter().enumerate() {
        let text = shown(cell);
        *out += &match (head, at) {
            (true, _) => format!("<th scope=\"col\">{text}</th>"),
            (false, 0) => format!("<th scope=\"row\">{text}</th>"),
            (false, _) => format!("<td>{text}</td>"),
        };
    }
    *out += if head {
        "</tr></thead><tbody>\n"
    } else {
        "</tr>\n"
    };
}

/// The cells of a line, parted at bars that are not escaped.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut escape = false;
    for c in line.trim().trim_start_matches('|').chars() {
        if c == '|' && !escape {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        escape = c == '\\' && !escape;
    }
    // What stands behind the last bar is no cell.
    cells.pop();
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Text without Markdown's escapes, and bold as bold.
fn shown(text: &str) -> String {
    let mut plain = String::new();
    let mut escape = false;
    for c in text.replace("&lt;", "<").chars() {
        if c == '\\' && !escape {
            escape = true;
            continue;
        }
        escape = false;
        plain.push(c);
    }
    match plain
        .strip_prefix("**")
        .and_then(|rest| rest.strip_suffix("**"))
    {
        Some(bold) => format!("<strong>{}</strong>", escaped(bold)),
        None => escaped(&plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_lists_and_headings() {
        let text = "### a\\_b\n\n| model | x |\n| :---- | -: |\n| s\\|m | **1** |\n\n- n &lt; 2\n";
        let got = html(text);
        for part in [
            "<h3>a_b</h3>",
            "<thead><tr><th scope=\"col\">model</th><th scope=\"col\">x</th></tr></thead>",
            "<tr><th scope=\"row\">s|m</th><td><strong>1</strong></td></tr>",
            "</tbody></table></div>\n<ul class=\"said\">\n<li>n &lt; 2</li>\n</ul>",
        ] {
            assert!(got.contains(part), "{part} in {got}");
        }
    }
}
