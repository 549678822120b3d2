//! Values that go into a database and rows that come out.

use crate::error::{Error, ErrorKind};

/// Parameter of a statement. It borrows from the operation, because a page has hundreds of rows.
pub(crate) enum Value<'v> {
    Int(Option<i64>),
    Text(Option<&'v str>),
    Flag(bool),
    /// Set of integers, for `= ANY`.
    Ints(&'v [i64]),
    /// Set of texts, for `= ANY`.
    Texts(Vec<&'v str>),
}

impl<'v> Value<'v> {
    pub(crate) fn texts(texts: impl IntoIterator<Item = &'v String>) -> Self {
        Self::Texts(texts.into_iter().map(String::as_str).collect())
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(Some(value))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(value: &'v String) -> Self {
        Self::Text(Some(value))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(value: Option<&'v str>) -> Self {
        Self::Text(value)
    }
}

impl<'v> From<&'v Option<String>> for Value<'v> {
    fn from(value: &'v Option<String>) -> Self {
        Self::Text(value.as_deref())
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

/// One row of a result.
pub(crate) struct Row {
    statement: &'static str,
    cells: Vec<Cell>,
}

/// One value of a [`Row`].
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
}

impl Row {
    pub(crate) fn new(statement: &'static str, cells: Vec<Cell>) -> Self {
        Self { statement, cells }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, Error> {
        self.opt_int(column)?.ok_or_else(|| self.unreadable(column))
    }

    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.cells.get(column) {
            Some(Cell::Int(value)) => Ok(Some(*value)),
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(_)) | None => Err(self.unreadable(column)),
        }
    }

    pub(crate) fn text(&self, column: usize) -> Result<String, Error> {
        self.opt_text(column)?.ok_or_else(|| self.unreadable(column))
    }

    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<String>, Error> {
        match self.cells.get(column) {
            Some(Cell::Text(value)) => Ok(Some(value.clone())),
            Some(Cell::Null) => Ok(None),
            Some(Cell::Int(_)) | None => Err(self.unreadable(column)),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    fn unreadable(&self, column: usize) -> Error {
        let message =
            format!("column {column} of statement `{}` holds a value of another type", self.statement);
        Error::new(ErrorKind::Database, message)
    }
}
