//! `export --format csv`: RFC 4180 in UTF-8, harmless in a spreadsheet.

/// One line of cells, ended as RFC 4180 has it.
pub fn line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push(&mut line, cell);
    }
    line.push_str("\r\n");
    line
}

fn push(line: &mut String, cell: &str) {
    let begins_formula = cell.starts_with(starts_formula);
    let is_quoted = cell.contains([',', '"', '\r', '\n']) || cell.starts_with(' ') || cell.ends_with(' ');
    if is_quoted {
        line.push('"');
    }
    if begins_formula {
        line.push('\'');
    }
    for character in cell.chars().filter(|character| is_text(*character)) {
        if character == '"' {
            line.push('"');
        }
        line.push(character);
    }
    if is_quoted {
        line.push('"');
    }
}

/// What makes a spreadsheet compute a cell (OWASP, CSV injection); in East Asian ones the wide signs do so too.
fn starts_formula(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// Control characters are no text (RFC 4180 §2), and readers stop at some of them.
fn is_text(character: char) -> bool {
    matches!(character, '\n' | '\t') || !character.is_control()
}
