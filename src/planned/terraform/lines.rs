//! Lines of a file at which its parts stand.

/// Finds the line of a part of the text.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
    /// Whether there is more than one that has something.
    is_several: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(breaks).collect(), is_several: text.trim_end().contains('\n') }
    }

    /// The line of a part, from 1; `None` where all is on one line.
    pub(super) fn of(&self, part: &str) -> Option<usize> {
        let at = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr()).filter(|at| *at <= self.text.len())?;
        self.is_several.then(|| self.starts.partition_point(|start| *start <= at))
    }
}
