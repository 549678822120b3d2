//! Tables: columns as wide as their first hundred rows.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

/// Rows that decide the widths. Later rows may be wider; so a list of any length needs the same memory.
const SAMPLE: usize = 100;

/// A table that is being printed.
pub(crate) struct Table {
    headings: Vec<String>,
    /// Whether a column is aligned to the right.
    right: Vec<bool>,
    sample: Vec<Vec<String>>,
    /// Known once the heading is printed.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub(crate) fn new(headings: Vec<String>, right: Vec<bool>) -> Self {
        Self { headings, right, sample: Vec::new(), widths: None }
    }

    pub(crate) fn row(&mut self, row: Vec<String>, out: &mut impl Write) -> io::Result<()> {
        if let Some(widths) = &self.widths {
            return write_row(&row, widths, &self.right, Style::new(), out);
        }
        self.sample.push(row);
        if self.sample.len() >= SAMPLE { self.flush(out) } else { Ok(()) }
    }

    /// Prints the rows that wait for the widths.
    pub(crate) fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.sample.is_empty() {
            return Ok(());
        }
        if self.widths.is_none() {
            let widths = (0..self.headings.len()).map(|column| {
                let cells = self.sample.iter().map(|row| row[column].width());
                cells.chain([self.headings[column].width()]).max().unwrap_or(0)
            });
            let widths: Vec<usize> = widths.collect();
            let style = if crate::terminal::data_has_colour() { Style::new().bold() } else { Style::new() };
            write_row(&self.headings, &widths, &self.right, style, out)?;
            self.widths = Some(widths);
        }
        let widths = self.widths.as_deref().unwrap_or_default();
        for row in self.sample.drain(..) {
            write_row(&row, widths, &self.right, Style::new(), out)?;
        }
        Ok(())
    }
}

fn write_row(
    row: &[String],
    widths: &[usize],
    right: &[bool],
    style: Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut line = String::new();
    for (column, text) in row.iter().enumerate() {
        let padding = " ".repeat(widths[column].saturating_sub(text.width()));
        if right[column] {
            line.push_str(&padding);
        }
        line.push_str(text);
        if column + 1 < row.len() {
            if !right[column] {
                line.push_str(&padding);
            }
            line.push_str("  ");
        }
    }
    writeln!(out, "{style}{}{style:#}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(rows: &[[&str; 2]]) -> String {
        let mut table = Table::new(vec!["name".into(), "n".into()], vec![false, true]);
        let mut out = Vec::new();
        for row in rows {
            table.row(row.map(str::to_owned).to_vec(), &mut out).expect("written");
        }
        table.flush(&mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn columns_are_as_wide_as_their_text_on_the_screen() {
        assert_eq!(printed(&[["a", "1"], ["東京", "100"]]), "name    n\na       1\n東京  100\n");
    }

    #[test]
    fn later_rows_use_the_widths_of_the_first_ones() {
        let rows = vec![["a", "1"]; 250];
        assert_eq!(printed(&rows).lines().count(), 251);
    }
}
