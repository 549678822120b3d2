//! Output of the tour.

use std::sync::atomic::{AtomicUsize, Ordering};

use fc_ext::Response;

static STEP: AtomicUsize = AtomicUsize::new(1);

/// Starts a numbered step.
pub(crate) fn step(title: &str) {
    println!("\n{}. {title}", STEP.fetch_add(1, Ordering::Relaxed));
}

/// Prints a request.
pub(crate) fn request(call: &str) {
    println!("   sent   {call}");
}

/// Prints a response.
pub(crate) fn got<T>(response: &Response<T>, summary: &str) {
    let id = response.request_id().unwrap_or("no request id");
    println!("   got    {} {summary}  ({id})", response.status().as_u16());
}

/// Prints a remark.
pub(crate) fn note(text: &str) {
    println!("   {text}");
}

/// Prints a table.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("          {}", padded.join("  ").trim_end());
    };
    line(headings);
    for row in rows {
        line(std::array::from_fn(|column| row[column].as_str()));
    }
}
