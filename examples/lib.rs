//! Examples of ppl on real data: see the files beside this one. Here their data are read; what is no such data is an error.

use ndarray::Array2;
use std::error::Error;
use std::path::Path;

/// What was read, or what is wrong with it.
pub type Read<T> = Result<T, Box<dyn Error>>;

/// Returns the lines of a table without its comments and its header.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#')).skip(1)
}

/// Returns the error of a line that is not what was expected.
fn unexpected<T>(expected: &str, line: &str) -> Read<T> {
    Err(format!("expected {expected}, got `{line}`").into())
}

/// Reads the numbers of disasters in coal mines, year by year.
pub fn disasters(text: &str) -> Read<Vec<usize>> {
    let count = |line: &str| match line.split_once(',') {
        Some((_, count)) => Ok(count.parse()?),
        None => unexpected("a year and a count", line),
    };
    lines(text).map(count).collect()
}

/// Reads the yearly flow of the Nile, in units of 10^8 cubic metres.
pub fn flows(text: &str) -> Read<Vec<f64>> {
    let flow = |line: &str| match line.rsplit_once(',') {
        Some((_, flow)) => Ok(flow.parse()?),
        None => unexpected("a row, a year and a flow", line),
    };
    lines(text).map(flow).collect()
}

/// Reads the melodies of one part of the chorales, as numbers of notes above `lowest`.
pub fn melodies(text: &str, part: &str, lowest: usize) -> Read<Vec<Vec<usize>>> {
    let from = text.find(part).ok_or("no such part")? + part.len();
    let note = |note: &str| -> Read<usize> {
        let number: usize = note.parse()?;
        number.checked_sub(lowest).ok_or_else(|| format!("the note {number} is below {lowest}").into())
    };
    let lines = text[from..].lines().skip(1).take_while(|line| !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(note).collect()).collect()
}

/// Reads nine marks of every sixth tumour whose marks are all known.
pub fn marks(text: &str) -> Read<Array2<f64>> {
    const MARKS: usize = 9;
    let mut all = Vec::new();
    for line in lines(text).filter(|line| !line.contains('?')).step_by(6) {
        all.extend(line.split(',').take(MARKS).map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(Array2::from_shape_vec((all.len() / MARKS, MARKS), all)?)
}

/// Reads the 24 attributes of loans, and whether each was a bad one.
pub fn loans(text: &str) -> Read<(Array2<f64>, Vec<bool>)> {
    let (mut x, mut bad) = (Vec::new(), Vec::new());
    for line in lines(text) {
        let mut numbers = line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        bad.push(numbers.pop() == Some(2.0));
        x.extend(numbers);
    }
    Ok((Array2::from_shape_vec((bad.len(), 24), x)?, bad))
}

/// Articles by the group that each is from, and how often each word occurs in each.
#[derive(Clone, Debug)]
pub struct Articles {
    /// The number of the group.
    pub group: Vec<usize>,
    /// `[articles, words]`.
    pub counts: Array2<usize>,
}

/// Reads articles: on each line a group, then `word:count` of each word.
pub fn articles(text: &str) -> Read<Articles> {
    // Their table is dense, so a word of a large number would take the whole of the memory.
    const MOST: usize = 10_000;
    let (mut group, mut entries) = (Vec::new(), Vec::new());
    let number = |text: &str, line: &str| match text.parse::<usize>() {
        Ok(number) if number < MOST => Ok(number),
        _ => unexpected(&format!("numbers below {MOST}, a group and then `word:count` of each word"), line),
    };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split(' ');
        group.push(number(fields.next().unwrap_or_default(), line)?);
        for field in fields {
            let Some((word, count)) = field.split_once(':') else { return unexpected("`word:count`", field) };
            entries.push((group.len() - 1, number(word, line)?, number(count, line)?));
        }
    }
    let words = entries.iter().map(|e| e.1 + 1).max().unwrap_or(0);
    let mut counts = Array2::zeros((group.len(), words));
    for (article, word, count) in entries {
        counts[[article, word]] = count;
    }
    Ok(Articles { group, counts })
}

/// Reads the lengths of the eruptions of a geyser and the waiting times that follow them, in minutes.
pub fn eruptions(text: &str) -> Read<(Vec<f64>, Vec<f64>)> {
    let (mut minutes, mut waiting) = (Vec::new(), Vec::new());
    for line in lines(text) {
        let Some((length, wait)) = line.split_once(',') else { return unexpected("two fields", line) };
        minutes.push(length.parse()?);
        waiting.push(wait.parse()?);
    }
    Ok((minutes, waiting))
}

/// Homes in which radon was measured, county by county.
#[derive(Clone, Debug, Default)]
pub struct Homes {
    /// The number of the county.
    pub county: Vec<usize>,
    /// One for a measurement on the first floor, zero for the basement.
    pub floor: Vec<f64>,
    /// The logarithm of the measurement.
    pub log_radon: Vec<f64>,
    /// The names of the counties, by number.
    pub names: Vec<String>,
}

/// Reads the homes.
pub fn homes(text: &str) -> Read<Homes> {
    let mut homes = Homes::default();
    for line in lines(text) {
        let fields: Vec<&str> = line.split(',').collect();
        let [log_radon, floor, county, name] = fields[..] else { return unexpected("four fields", line) };
        homes.log_radon.push(log_radon.parse()?);
        homes.floor.push(floor.parse()?);
        homes.county.push(county.parse()?);
        if homes.names.last().is_none_or(|last| last != name) {
            homes.names.push(name.to_owned());
        }
    }
    Ok(homes)
}

/// The number of pixels of a digit.
pub const PIXELS: usize = 28 * 28;

/// Images of digits, `[images, pixels]`, whose pixels are 0 or 1.
#[derive(Clone, Debug)]
pub struct Digits {
    /// Those to learn from.
    pub train: Array2<u8>,
    /// Others.
    pub test: Array2<u8>,
}

/// Reads images of digits: on each line the bytes of one in hexadecimal digits, eight pixels each.
pub fn digits(text: &str) -> Read<Digits> {
    let part = |name: &str| -> Read<Array2<u8>> {
        let from = text.find(name).ok_or("no such part")? + name.len();
        let lines = text[from..].lines().skip(1).take_while(|line| !line.starts_with('#'));
        let mut bytes = Vec::new();
        for line in lines {
            if line.len() != PIXELS / 4 || !line.bytes().all(|c| c.is_ascii_hexdigit()) {
                return unexpected(&format!("{} hexadecimal digits", PIXELS / 4), line);
            }
            for pair in 0..PIXELS / 8 {
                bytes.push(u8::from_str_radix(&line[2 * pair..2 * pair + 2], 16)?);
            }
        }
        pixels(&bytes)
    };
    Ok(Digits { train: part("# train")?, test: part("# test")? })
}

/// Reads the whole of the data: arrays of bytes, eight pixels each, in files of NumPy.
pub fn packed_digits(folder: &Path) -> Read<Digits> {
    let part = |name: &str| -> Read<Array2<u8>> {
        packed(&std::fs::read(folder.join(format!("binarized_mnist_{name}_packed.npy")))?)
    };
    Ok(Digits { train: part("train")?, test: part("test")? })
}

/// Reads a packed array of images from the bytes of a file of NumPy, in either order of its elements.
fn packed(file: &[u8]) -> Read<Array2<u8>> {
    const BYTES: usize = PIXELS / 8;
    let head: &[u8; 10] = file.first_chunk().ok_or("the file is too short")?;
    let end = 10 + usize::from(u16::from_le_bytes([head[8], head[9]]));
    let (text, values) = file.split_at_checked(end).ok_or("the file is too short")?;
    let text = String::from_utf8_lossy(&text[10..]);
    if !head.starts_with(b"\x93NUMPY\x01")
        || !text.contains("'|u1'")
        || !text.contains(&format!(", {BYTES})"))
    {
        return unexpected(&format!("bytes of the shape [images, {BYTES}]"), &text);
    }
    let images = values.len() / BYTES;
    if !text.contains(&format!("({images}, ")) || values.len() != images * BYTES {
        return unexpected(&format!("{} bytes of whole images", values.len()), &text);
    }
    match text.contains("'fortran_order': True") {
        true => {
            let columns = Array2::from_shape_vec((BYTES, images), values.to_vec())?;
            pixels(&columns.t().iter().copied().collect::<Vec<u8>>())
        }
        false => pixels(values),
    }
}

/// Takes bytes apart into pixels, the first of which is in the highest bit.
fn pixels(bytes: &[u8]) -> Read<Array2<u8>> {
    let all: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    Ok(Array2::from_shape_vec((all.len() / PIXELS, PIXELS), all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_are_read() {
        assert_eq!(disasters(include_str!("data/coal.csv")).unwrap().iter().sum::<usize>(), 191);
        assert_eq!(flows(include_str!("data/nile.csv")).unwrap()[..2], [1120.0, 1160.0]);
        assert_eq!(marks(include_str!("data/tumours.csv")).unwrap().ncols(), 9);
        assert_eq!(loans(include_str!("data/german.csv")).unwrap().0.dim(), (1000, 24));
        assert_eq!(articles(include_str!("data/newsgroups.txt")).unwrap().counts.dim(), (400, 500));
        assert_eq!(eruptions(include_str!("data/faithful.csv")).unwrap().0.len(), 272);
        assert_eq!(homes(include_str!("data/radon.csv")).unwrap().county.len(), 919);
        let Digits { train, test } = digits(include_str!("data/digits.txt")).unwrap();
        assert_eq!((train.dim(), test.dim()), ((500, PIXELS), (100, PIXELS)));
        let ones = train.iter().map(|&v| f64::from(v)).sum::<f64>() / train.len() as f64;
        assert!((ones - 0.13).abs() < 0.01, "{ones}");
        assert!(!melodies(include_str!("data/chorales.txt"), "# valid", 0).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_such_data_is_an_error() {
        assert!(melodies("# valid\n60 12", "# valid", 40).unwrap_err().to_string().contains("below 40"));
        for text in ["0 18446744073709551615:1", "99999999999 0:1", "0 5:x"] {
            assert!(articles(text).unwrap_err().to_string().contains("below 10000"), "{text}");
        }
        assert!(articles("0 5").unwrap_err().to_string().contains("`word:count`, got `5`"));
        assert!(
            digits("# train\n00\n# test\n")
                .unwrap_err()
                .to_string()
                .contains("196 hexadecimal digits, got `00`")
        );
        assert!(homes("a\n1,2,3").unwrap_err().to_string().contains("four fields, got `1,2,3`"));
    }

    /// Both orders of a packed array are read, and a file that is cut off is an error.
    #[test]
    fn packed_arrays_are_read_in_both_orders() {
        const BYTES: usize = PIXELS / 8;
        let file = |order: &str, values: &[u8]| {
            let text = format!("{{'descr': '|u1', 'fortran_order': {order}, 'shape': (3, {BYTES}), }}\n");
            let length = (text.len() as u16).to_le_bytes();
            [&b"\x93NUMPY\x01\x00"[..], &length, text.as_bytes(), values].concat()
        };
        let byte = |image: usize, k: usize| (7 * image + 13 * k) as u8;
        let rows: Vec<u8> = (0..3 * BYTES).map(|at| byte(at / BYTES, at % BYTES)).collect();
        let columns: Vec<u8> = (0..3 * BYTES).map(|at| byte(at % 3, at / 3)).collect();
        let read = packed(&file("False", &rows)).unwrap();
        assert_eq!(read, packed(&file("True", &columns)).unwrap());
        assert_eq!(read.row(2).iter().take(8).fold(0, |byte, bit| byte << 1 | bit), byte(2, 0));
        assert!(packed(&file("True", &columns[1..])).is_err() && packed(&file("True", &[])[..9]).is_err());
    }
}
