//! Where a record begins in its file.

/// Counts the lines of a file up to places that increase.
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Lines { bytes, counted: 0, line: 1 }
    }

    /// Returns the line, from 1, of the first byte of a record: the first one from `at` on that ends no line, because blank lines are skipped before a record.
    pub(crate) fn of_record(&mut self, at: usize) -> usize {
        let blank = self.bytes[at.min(self.bytes.len())..].iter().take_while(|byte| b"\r\n".contains(byte));
        let begin = at.min(self.bytes.len()) + blank.count();
        while self.counted < begin {
            // A line ends by `\n`, by `\r\n`, or by `\r` alone.
            let next = self.bytes.get(self.counted + 1);
            match self.bytes[self.counted] {
                b'\n' => self.line += 1,
                b'\r' if next != Some(&b'\n') => self.line += 1,
                _ => (),
            }
            self.counted += 1;
        }
        self.line
    }
}

/// Returns whether a record, the last of its file, ends within a quotation.
pub(crate) fn ends_quoted(record: &[u8]) -> bool {
    enum Place {
        Begin,
        Plain,
        Quoted,
        /// Behind a quotation mark within a quotation: it ends there, or the mark is doubled.
        Mark,
    }
    let mut place = Place::Begin;
    for byte in record {
        place = match (place, byte) {
            (Place::Begin | Place::Mark, b'"') => Place::Quoted,
            (Place::Quoted, b'"') => Place::Mark,
            (Place::Quoted, _) => Place::Quoted,
            (_, b',' | b'\n' | b'\r') => Place::Begin,
            _ => Place::Plain,
        };
    }
    matches!(place, Place::Quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_editors_do() {
        let mut lines = Lines::new(b"a\n\nb\r\nc\rd");
        assert_eq!([0, 1, 2, 3, 6, 8].map(|at| lines.of_record(at)), [1, 3, 3, 3, 4, 5]);
        assert_eq!(Lines::new(b"\n\n").of_record(99), 3);
    }

    #[test]
    fn open_quotations_are_seen() {
        for closed in ["a,b", "\"a\",b", "\"a \"\" b\"", "5\" tall", "a,\"\"", "", "\"a\"x\""] {
            assert!(!ends_quoted(closed.as_bytes()), "{closed}");
        }
        for open in ["\"a", "a,\"b\n1,2\n", "\"\"\"", "\"a\"\""] {
            assert!(ends_quoted(open.as_bytes()), "{open}");
        }
    }
}
