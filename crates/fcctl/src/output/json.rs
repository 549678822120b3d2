//! A row as a JSON object.

use serde::{Serialize, Serializer};

use crate::output::schema::Column;

/// The selected fields of a row.
pub(crate) struct Fields<'r, T: 'static> {
    pub(crate) columns: &'r [&'static Column<T>],
    pub(crate) row: &'r T,
}

impl<T> Serialize for Fields<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|column| (column.name, (column.get)(self.row))))
    }
}
