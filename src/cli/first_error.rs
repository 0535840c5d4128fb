//! Why a result could not be written, as the system said it.
//!
//! Owns: the first error of a writer. Renderers of CSV and HTML wrap it in errors of their own, in which a reader that went away no
//! longer looks like one.

use std::io::{self, Write};

/// Passes on what is written, and keeps the first error.
struct FirstError<'a, W> {
    out: &'a mut W,
    error: Option<io::Error>,
}

/// What writes a result, once. Not generic: a way into a file of its own for every result made the program larger.
pub(super) type Render<'r> = &'r mut dyn FnMut(&mut (dyn Write + Send)) -> io::Result<()>;

/// Renders to a writer; an error of the writer is returned as it was.
pub(super) fn rendered<W: Write + Send>(out: &mut W, render: Render<'_>) -> io::Result<()> {
    let mut first = FirstError { out, error: None };
    let written = render(&mut first);
    first.error.map_or(written, Err)
}

impl<W: Write> FirstError<'_, W> {
    fn keep<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        written.map_err(|error| {
            let kind = error.kind();
            // an interrupted call is made again
            if kind != io::ErrorKind::Interrupted {
                self.error.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl<W: Write> Write for FirstError<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.keep(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.keep(flushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(28))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_error_of_the_writer_is_told_whatever_the_renderer_makes_of_it() {
        let mut wrapped = |out: &mut (dyn Write + Send)| out.write_all(b"x").map_err(|_| io::Error::other("row 1"));
        assert_eq!(rendered(&mut Full, &mut wrapped).map_err(|e| e.raw_os_error()), Err(Some(28)));
        let mut own = |_: &mut (dyn Write + Send)| Err(io::Error::other("row 1"));
        assert_eq!(rendered(&mut Full, &mut own).map_err(|e| e.to_string()), Err("row 1".to_owned()));
        assert!(rendered(&mut Vec::new(), &mut |out| out.write_all(b"x")).is_ok());
    }
}
