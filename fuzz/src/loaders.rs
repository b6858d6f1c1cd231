//! The readers of the examples' data on arbitrary text: an error, and never a panic.

use crate::campaign::{Generator, Target};
use rand::RngExt;
use rand::seq::IndexedRandom;

/// All readers.
#[derive(Debug)]
pub struct Loaders;

/// What a reader is given.
#[derive(Clone, Debug)]
pub struct Text {
    reader: usize,
    bytes: Vec<u8>,
}

/// A name, a reader, and the beginning of a text that it reads.
type Reader = (&'static str, fn(&str) -> bool, &'static str);

const READERS: &[Reader] = &[
    ("disasters", |text| ppl_examples::disasters(text).is_ok(), "year,count\n1851,4\n1852,5\n1853,4\n"),
    ("flows", |text| ppl_examples::flows(text).is_ok(), "rownames,time,value\n1,1871,1120\n2,1872,1160\n"),
    (
        "melodies",
        |text| ppl_examples::melodies(text, "# valid", 43).is_ok(),
        "# valid\n67 67 69\n60 62\n# test\n",
    ),
    ("marks", |text| ppl_examples::marks(text).is_ok(), "x0,y\n5,1,1,1,2,1,3,1,1,2\n5,4,4,5,7,?,3,2,1,2\n"),
    (
        "loans",
        |text| ppl_examples::loans(text).is_ok(),
        "x0,y\n1,6,4,12,5,5,3,4,1,67,3,2,1,2,1,0,0,1,0,0,1,0,0,1,1\n",
    ),
    ("articles", |text| ppl_examples::articles(text).is_ok(), "# Four\n0 3:2 9:1 19:1\n1 2:1\n"),
    ("digits", |text| ppl_examples::digits(text).is_ok(), "# train\n# test\n"),
    ("eruptions", |text| ppl_examples::eruptions(text).is_ok(), "eruptions,waiting\n3.6,79\n1.8,54\n"),
    (
        "homes",
        |text| ppl_examples::homes(text).is_ok(),
        "log_radon,floor,county,name\n0.8,1,0,AITKIN\n0.8,0,0,AITKIN\n",
    ),
];

/// Pieces of text that readers may stumble over.
const PIECES: &[&str] = &[
    "",
    ",",
    ":",
    " ",
    "\n",
    "\r\n",
    "#",
    "# valid",
    "# test",
    "\u{0}",
    "é",
    "\u{feff}",
    "-1",
    "NaN",
    "inf",
    "1e999",
    "18446744073709551615",
    "18446744073709551616",
    "99999",
    "0",
    "42",
    "1.5",
    "?",
    ",,",
    "::",
    "a:b",
    "3:2",
    "\t",
];

impl Target for Loaders {
    type Case = Text;

    fn draw(&self, rng: &mut Generator) -> Text {
        let reader = rng.random_range(0..READERS.len());
        let mut bytes = READERS[reader].2.as_bytes().to_vec();
        if rng.random_bool(0.2) {
            bytes = (0..rng.random_range(0..64)).map(|_| rng.random()).collect();
        }
        for _ in 0..rng.random_range(1..8) {
            let at = rng.random_range(0..=bytes.len());
            let end = rng.random_range(at..=(at + 4).min(bytes.len()));
            let piece = PIECES.choose(rng).unwrap_or(&"");
            match rng.random_range(0..3) {
                0 => drop(bytes.splice(at..at, piece.bytes())),
                1 => drop(bytes.splice(at..end, piece.bytes())),
                _ if at < bytes.len() => bytes[at] = rng.random(),
                _ => bytes.truncate(at / 2),
            }
        }
        Text { reader, bytes }
    }

    fn run(&self, case: &Text) -> Result<(), String> {
        READERS[case.reader].1(&String::from_utf8_lossy(&case.bytes));
        Ok(())
    }

    fn simpler(&self, case: &Text) -> Vec<Text> {
        let without = |at: usize| {
            let mut next = case.clone();
            next.bytes.remove(at);
            next
        };
        (0..case.bytes.len()).map(without).collect()
    }

    fn show(&self, case: &Text) -> String {
        format!("{}({:?})", READERS[case.reader].0, String::from_utf8_lossy(&case.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{self, Executions};

    #[test]
    fn readers_on_arbitrary_text() {
        for (name, reads, text) in READERS {
            assert!(reads(text), "{name} does not read what the others begin with");
        }
        let found = campaign::run(&Loaders, Executions { count: 30_000, seed: 1, from: 0 });
        assert!(found.failures.is_empty(), "{found}");
    }
}
