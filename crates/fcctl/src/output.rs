//! Data on standard output: a table for people; JSON, JSON lines or CSV for programs.

mod cell;
mod form;
mod json;
mod schema;
mod table;

pub(crate) use self::cell::{Cell, Kind, in_utc, printable};
pub(crate) use self::form::{Form, OutputArguments};
use self::schema::Selection;
pub(crate) use self::schema::{Column, Schema};

use std::io::{self, BufWriter, Stdout, Write};

use crate::failure::Failure;
use crate::output::json::Fields;
use crate::output::table::Table;

/// Size of the buffer before standard output, in bytes.
const BUFFER: usize = 64 * 1024;

/// Writer of the rows of one schema.
///
/// It keeps no rows but the first hundred of a table, which decide the widths of its columns.
pub(crate) struct Printer<T: 'static> {
    schema: &'static Schema<T>,
    columns: Vec<&'static Column<T>>,
    writer: Writer,
    rows: u64,
}

enum Writer {
    Table(Table, BufWriter<Stdout>),
    Json(BufWriter<Stdout>),
    Lines(BufWriter<Stdout>),
    Csv(Box<csv::Writer<Stdout>>),
}

impl<T> Printer<T> {
    /// Prints rows of `schema` in the form that the arguments ask for.
    pub(crate) fn new(output: &OutputArguments, schema: &'static Schema<T>) -> Result<Self, Failure> {
        let form = output.form();
        let columns = schema
            .select(output.fields(), if form == Form::Table { Selection::Shown } else { Selection::All })?;
        let buffered = || BufWriter::with_capacity(BUFFER, io::stdout());
        let writer = match form {
            Form::Table => {
                let headings = columns.iter().map(|column| column.heading()).collect();
                let right = columns.iter().map(|column| column.kind.is_number()).collect();
                Writer::Table(Table::new(headings, right), buffered())
            }
            Form::Json => Writer::Json(buffered()),
            Form::Lines => Writer::Lines(buffered()),
            Form::Csv => {
                let mut csv = csv::WriterBuilder::new().buffer_capacity(BUFFER).from_writer(io::stdout());
                csv.write_record(columns.iter().map(|column| column.name)).map_err(of_csv)?;
                Writer::Csv(Box::new(csv))
            }
        };
        Ok(Self { schema, columns, writer, rows: 0 })
    }

    /// Prints one row.
    pub(crate) fn row(&mut self, row: &T) -> Result<(), Failure> {
        self.write_row(row)?;
        self.rows += 1;
        Ok(())
    }

    fn write_row(&mut self, row: &T) -> Result<(), Failure> {
        let fields = Fields { columns: &self.columns, row };
        match &mut self.writer {
            Writer::Table(table, out) => {
                let cells = self.columns.iter().map(|column| (column.get)(row).for_people()).collect();
                table.row(cells, out).map_err(|error| Failure::output(&error))
            }
            Writer::Json(out) => {
                let start = if self.rows == 0 { self.schema.opening() } else { ",\n".to_owned() };
                out.write_all(start.as_bytes()).map_err(|error| Failure::output(&error))?;
                serde_json::to_writer(out, &fields).map_err(of_json)
            }
            Writer::Lines(out) => {
                serde_json::to_writer(&mut *out, &fields).map_err(of_json)?;
                out.write_all(b"\n").map_err(|error| Failure::output(&error))
            }
            Writer::Csv(csv) => {
                for column in &self.columns {
                    (column.get)(row).for_csv(|field| csv.write_field(field)).map_err(of_csv)?;
                }
                csv.write_record(None::<&[u8]>).map_err(of_csv)
            }
        }
    }

    /// Shows what was printed so far.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.writer {
            Writer::Table(table, out) => table.flush(out).and_then(|()| out.flush()),
            Writer::Json(out) | Writer::Lines(out) => out.flush(),
            Writer::Csv(csv) => csv.flush(),
        }
        .map_err(|error| Failure::output(&error))
    }

    /// Prints these rows, and ends the output.
    pub(crate) fn all<'r>(mut self, rows: impl IntoIterator<Item = &'r T>) -> Result<(), Failure> {
        for row in rows {
            self.row(row)?;
        }
        self.finish()
    }

    /// Ends the output. A list that stopped earlier has no end, so that no program takes it for a whole one.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if let Writer::Json(out) = &mut self.writer {
            let start = if self.rows == 0 { self.schema.opening() } else { String::new() };
            write!(out, "{start}\n]}}\n").map_err(|error| Failure::output(&error))?;
        }
        self.flush()?;
        if self.rows == 0 && matches!(self.writer, Writer::Table(..)) {
            crate::terminal::note(&format!("no {}", self.schema.name));
        }
        Ok(())
    }
}

/// Printer of one object: in a table, one line per field.
///
/// It is made before the call whose result it prints, so that wrong arguments change nothing at the server.
pub(crate) enum One<T: 'static> {
    Lines(Vec<&'static Column<T>>),
    Rows(Box<Printer<T>>),
}

impl<T> One<T> {
    pub(crate) fn new(output: &OutputArguments, schema: &'static Schema<T>) -> Result<Self, Failure> {
        if output.form() == Form::Table {
            return Ok(Self::Lines(schema.select(output.fields(), Selection::Open)?));
        }
        Ok(Self::Rows(Box::new(Printer::new(output, schema)?)))
    }

    pub(crate) fn print(self, row: &T) -> Result<(), Failure> {
        let columns = match self {
            Self::Lines(columns) => columns,
            Self::Rows(mut printer) => {
                printer.row(row)?;
                return printer.finish();
            }
        };
        let mut out = BufWriter::new(io::stdout());
        let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
        for column in columns {
            let text = (column.get)(row).for_people();
            if !text.is_empty() {
                writeln!(out, "{:width$}  {text}", column.heading())
                    .map_err(|error| Failure::output(&error))?;
            }
        }
        out.flush().map_err(|error| Failure::output(&error))
    }
}

fn of_csv(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::output(&error),
        other => Failure::output(&io::Error::other(format!("{other:?}"))),
    }
}

fn of_json(error: serde_json::Error) -> Failure {
    Failure::output(&error.into())
}

/// Prints text as it is.
pub(crate) fn print_text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
}

/// All bytes of a file, or of standard input.
pub(crate) async fn read_input(file: Option<&std::path::Path>) -> Result<Vec<u8>, Failure> {
    match file {
        Some(path) => std::fs::read(path).map_err(|error| Failure::file("read", path, &error)),
        None => {
            let path = std::path::Path::new("standard input");
            let read = || {
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut io::stdin(), &mut bytes)?;
                Ok(bytes)
            };
            crate::terminal::in_thread(read).await.map_err(|error| Failure::file("read", path, &error))
        }
    }
}
