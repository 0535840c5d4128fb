//! A table of texts, written a group of rows at a time: what is held is one group.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Rows of a group.
const ROWS: usize = 1 << 17;

/// A table as it grows.
pub(super) struct Table<'o, const N: usize> {
    writer: SerializedFileWriter<&'o mut (dyn Write + Send)>,
    columns: [Vec<ByteArray>; N],
    rows: usize,
}

impl<'o, const N: usize> Table<'o, N> {
    /// An empty one.
    pub(super) fn new(columns: &[&str; N], out: &'o mut (dyn Write + Send)) -> io::Result<Self> {
        let columns: String = columns.iter().map(|name| format!("required binary {name} (UTF8); ")).collect();
        let schema = parse_message_type(&format!("message rolehop {{ {columns}}}")).map_err(failed)?;
        let level = ZstdLevel::try_new(3).map_err(failed)?;
        let settings = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by(concat!("rolehop version ", env!("CARGO_PKG_VERSION")).to_owned());
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(settings.build())).map_err(failed)?;
        Ok(Self { writer, columns: std::array::from_fn(|_| Vec::new()), rows: 0 })
    }

    /// One more row.
    pub(super) fn push(&mut self, cells: [&str; N]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(ByteArray::from(cell));
        }
        self.rows += 1;
        if self.rows == ROWS { self.flush() } else { Ok(()) }
    }

    /// Without this the file cannot be read.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.writer.close().map(|_| ()).map_err(failed)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group().map_err(failed)?;
        for values in &mut self.columns {
            let Some(mut column) = group.next_column().map_err(failed)? else { break };
            column.typed::<ByteArrayType>().write_batch(values, None, None).map_err(failed)?;
            column.close().map_err(failed)?;
            values.clear();
        }
        self.rows = 0;
        group.close().map(|_| ()).map_err(failed)
    }
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
