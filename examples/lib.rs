//! Examples of ppl on real data: see the files beside this one. Here their data are read; what is no such data is an error.

use ndarray::Array2;
use std::error::Error;
use std::path::Path;

/// What ends an example early.
pub type Failure = Box<dyn Error>;

/// What was read, or what is wrong with it.
pub type Read<T> = Result<T, Failure>;

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

/// Sequences, each as long as the longest, and where each ends.
#[derive(Clone, Debug)]
pub struct Padded<T> {
    /// `[sequences, steps]`; behind the end of a sequence stand blanks.
    pub values: Array2<T>,
    /// How many steps each has.
    pub lengths: Vec<usize>,
    /// `[sequences, steps]`: whether the step is one of the sequence.
    pub there: Array2<bool>,
}

impl<T: Copy> Padded<T> {
    /// Pads sequences.
    pub fn new(sequences: &[Vec<T>], blank: T) -> Padded<T> {
        let lengths: Vec<usize> = sequences.iter().map(Vec::len).collect();
        let shape = (lengths.len(), lengths.iter().copied().max().unwrap_or(0));
        let value = |(i, t): (usize, usize)| sequences[i].get(t).copied().unwrap_or(blank);
        let there = Array2::from_shape_fn(shape, |(i, t)| t < lengths[i]);
        Padded { values: Array2::from_shape_fn(shape, value), lengths, there }
    }

    /// Returns what stands before each step of a sequence, `[sequences, steps]`: at the first one this.
    pub fn before(&self, first: T) -> Array2<T> {
        let before = |(i, t): (usize, usize)| if t == 0 { first } else { self.values[[i, t - 1]] };
        Array2::from_shape_fn(self.values.dim(), before)
    }

    /// Returns how many steps all of them have.
    pub fn count(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Returns the values of all steps.
    pub fn all(&self) -> impl Iterator<Item = T> + '_ {
        self.values.iter().zip(&self.there).filter(|(_, there)| **there).map(|(&value, _)| value)
    }
}

/// Returns the log-probability of a step of `test` where steps know nothing of each other, as a mean in nats: by the frequencies of `kinds` values in `train` (and one more
/// of each).
pub fn steps_apart(train: &Padded<usize>, test: &Padded<usize>, kinds: usize) -> f64 {
    let mut counts = vec![1.0; kinds];
    train.all().for_each(|value| counts[value] += 1.0);
    let total: f64 = counts.iter().sum();
    test.all().map(|value| (counts[value] / total).ln()).sum::<f64>() / test.count() as f64
}

/// Words and their parts of speech by number; the first word stands for all that are rare.
#[derive(Clone, Debug)]
pub struct Sentences {
    /// Those to learn from: words and parts of speech.
    pub train: [Padded<usize>; 2],
    /// Others.
    pub test: [Padded<usize>; 2],
    /// The words, by number.
    pub words: Vec<String>,
    /// The parts of speech, by number.
    pub parts: Vec<String>,
}

/// Reads sentences, on each line `word|part` of each of its words; a word is rare if it occurs fewer than `least` times.
pub fn sentences(text: &str, least: usize) -> Read<Sentences> {
    let part = |name: &str| -> Read<Vec<Vec<(String, String)>>> {
        let from = text.find(name).ok_or("no such part")? + name.len();
        let word = |word: &str| match word.split_once('|') {
            Some((word, part)) => Ok((word.to_owned(), part.to_owned())),
            None => unexpected("`word|part`", word),
        };
        let lines = text[from..].lines().skip(1).take_while(|line| !line.starts_with('#'));
        lines.map(|line| line.split(' ').map(word).collect()).collect()
    };
    let (train, test) = (part("# train")?, part("# test")?);
    let mut counts = std::collections::BTreeMap::new();
    train.iter().flatten().for_each(|(word, _)| *counts.entry(word.clone()).or_insert(0) += 1);
    let frequent = counts.into_iter().filter(|&(_, count)| count >= least).map(|(word, _)| word);
    let words: Vec<String> = std::iter::once("<rare>".to_owned()).chain(frequent).collect();
    let parts: std::collections::BTreeSet<String> =
        [&train, &test].into_iter().flatten().flatten().map(|w| w.1.clone()).collect();
    let parts: Vec<String> = parts.into_iter().collect();
    let number = |of: &[String], text: &str| of.iter().position(|w| w == text).unwrap_or(0);
    let padded = |all: &[Vec<(String, String)>]| {
        let numbers = |of: &dyn Fn(&(String, String)) -> usize| {
            let lines: Vec<Vec<usize>> = all.iter().map(|line| line.iter().map(of).collect()).collect();
            Padded::new(&lines, 0)
        };
        [numbers(&|(word, _)| number(&words, word)), numbers(&|(_, part)| number(&parts, part))]
    };
    Ok(Sentences { train: padded(&train), test: padded(&test), words, parts })
}

/// The number of the lowest note of a piano, and how many there are.
const LOWEST_NOTE: usize = 21;

/// The notes of a piano.
pub const NOTES: usize = 88;

/// Reads harmonies: on each line the steps of a chorale, at each the notes that sound, with commas between them. Returns whether each note of a piano sounds,
/// `[chorales, steps, NOTES]`, and how many steps each chorale has.
pub fn harmonies(text: &str, part: &str) -> Read<(ndarray::Array3<u8>, Vec<usize>)> {
    let from = text.find(part).ok_or("no such part")? + part.len();
    let lines: Vec<&str> = text[from..].lines().skip(1).take_while(|line| !line.starts_with('#')).collect();
    let lengths: Vec<usize> = lines.iter().map(|line| line.split(' ').count()).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let mut sounds = ndarray::Array3::zeros((lines.len(), longest, NOTES));
    for (i, line) in lines.iter().enumerate() {
        for (t, step) in line.split(' ').enumerate().filter(|(_, step)| *step != "-") {
            for note in step.split(',') {
                match note.parse::<usize>().ok().and_then(|note| note.checked_sub(LOWEST_NOTE)) {
                    Some(key) if key < NOTES => sounds[[i, t, key]] = 1,
                    _ => return unexpected("the number of a note of a piano", note),
                }
            }
        }
    }
    Ok((sounds, lengths))
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

/// Counts of the words of articles.
#[derive(Clone, Debug)]
pub struct Bags {
    /// Those to learn from, `[articles, words]`.
    pub train: Array2<u16>,
    /// Others.
    pub test: Array2<u16>,
    /// The words, by number.
    pub words: Vec<String>,
}

/// Returns how many words each article has.
pub fn tokens(counts: &Array2<u16>) -> Vec<f64> {
    counts.rows().into_iter().map(|row| row.iter().map(|&n| f64::from(n)).sum()).collect()
}

/// Returns the labels of the first `n` members of each group, and none for the others.
pub fn labels_of_first(n: usize, group: &[usize]) -> Vec<Option<usize>> {
    let mut seen = vec![0; group.iter().max().map_or(0, |g| g + 1)];
    let label = |&g: &usize| {
        seen[g] += 1;
        (seen[g] <= n).then_some(g)
    };
    group.iter().map(label).collect()
}

/// Reads articles and their words, a word a line; every fifth article is one of the others.
pub fn bags(articles_text: &str, words: &str) -> Read<Bags> {
    let Articles { counts, .. } = articles(articles_text)?;
    let words: Vec<String> = words.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    if words.len() != counts.ncols() {
        return unexpected(&format!("{} words", counts.ncols()), &words.len().to_string());
    }
    let counts = counts.mapv(|n| n.min(usize::from(u16::MAX)) as u16);
    let rows = |others: bool| (0..counts.nrows()).filter(move |i| (i % 5 == 4) == others).collect::<Vec<_>>();
    let part = |others: bool| counts.select(ndarray::Axis(0), &rows(others));
    Ok(Bags { train: part(false), test: part(true), words })
}

/// Reads the whole of the data: `train.ldac`, `test.ldac`, on each line how many words an article has and `word:count` of each, and `vocab.txt`, on each
/// line a word.
pub fn bags_of(folder: &Path) -> Read<Bags> {
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    };
    let vocabulary = file("vocab.txt")?;
    let words: Vec<String> =
        vocabulary.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    let part = |name: &str| ldac(&file(name)?, words.len());
    Ok(Bags { train: part("train.ldac")?, test: part("test.ldac")?, words })
}

/// Reads counts of so many words: on each line of an article how many it has, then `word:count` of each.
fn ldac(text: &str, words: usize) -> Read<Array2<u16>> {
    let mut counts = Array2::zeros((text.lines().count(), words));
    for (mut row, line) in counts.rows_mut().into_iter().zip(text.lines()) {
        for field in line.split_whitespace().skip(1) {
            let entry = field.split_once(':');
            let entry =
                entry.and_then(|(word, n)| Some((word.parse::<usize>().ok()?, n.parse::<u16>().ok()?)));
            match entry {
                Some((word, n)) if word < words => row[word] = n,
                _ => return unexpected(&format!("`word:count` of a word below {words}"), field),
            }
        }
    }
    Ok(counts)
}

/// Returns the perplexity of articles whose words are drawn one by one, with their frequencies among others (and a hundredth of each word more).
pub fn unigram_perplexity(train: &Array2<u16>, test: &Array2<u16>) -> f64 {
    let of = |word: usize| train.column(word).iter().map(|&n| f64::from(n)).sum::<f64>() + 0.01;
    let frequencies: Vec<f64> = (0..train.ncols()).map(of).collect();
    let all: f64 = frequencies.iter().sum();
    let (mut loss, mut tokens) = (0.0, 0.0);
    for ((_, word), &n) in test.indexed_iter() {
        loss -= f64::from(n) * (frequencies[word] / all).ln();
        tokens += f64::from(n);
    }
    (loss / tokens).exp()
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
        let bags =
            bags(include_str!("data/newsgroups.txt"), include_str!("data/newsgroups_words.txt")).unwrap();
        assert_eq!((bags.train.dim(), bags.test.dim()), ((320, 500), (80, 500)));
        assert_eq!(labels_of_first(1, &[1, 0, 1, 1]), [Some(1), Some(0), None, None]);
        let padded = Padded::new(&[vec![0, 1], vec![1]], 0);
        assert_eq!((padded.all().collect::<Vec<_>>(), padded.count()), (vec![0, 1, 1], 3));
        assert!((steps_apart(&padded, &Padded::new(&[vec![0]], 0), 2) - 0.4f64.ln()).abs() < 1e-15);
        // Words that are as frequent as each other in what is learnt from are so in others.
        let even = Array2::from_elem((1, 4), 3);
        assert!((unigram_perplexity(&even, &even) - 4.0).abs() < 1e-12);
        assert_eq!(ldac("2 0:3 2:1\n1 1:2\n", 3).unwrap(), ndarray::array![[3, 0, 1], [0, 2, 0]]);
        assert_eq!(eruptions(include_str!("data/faithful.csv")).unwrap().0.len(), 272);
        assert_eq!(homes(include_str!("data/radon.csv")).unwrap().county.len(), 919);
        let Digits { train, test } = digits(include_str!("data/digits.txt")).unwrap();
        assert_eq!((train.dim(), test.dim()), ((500, PIXELS), (100, PIXELS)));
        let ones = train.iter().map(|&v| f64::from(v)).sum::<f64>() / train.len() as f64;
        assert!((ones - 0.13).abs() < 0.01, "{ones}");
        let read = sentences(include_str!("data/sentences.txt"), 3).unwrap();
        assert_eq!((read.train[0].values.dim(), read.test[1].values.dim()), ((800, 12), (200, 12)));
        assert_eq!((read.words.len(), read.parts.len(), read.train[0].count()), (345, 17, 6_597));
        let (sounds, lengths) = harmonies(include_str!("data/harmonies.txt"), "# test").unwrap();
        assert_eq!((lengths.len(), sounds.len_of(ndarray::Axis(2))), (20, NOTES));
        assert!(!melodies(include_str!("data/chorales.txt"), "# valid", 0).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_such_data_is_an_error() {
        assert!(melodies("# valid\n60 12", "# valid", 40).unwrap_err().to_string().contains("below 40"));
        for text in ["0 18446744073709551615:1", "99999999999 0:1", "0 5:x"] {
            assert!(articles(text).unwrap_err().to_string().contains("below 10000"), "{text}");
        }
        assert!(
            sentences("# train\na b|X\n# test\n", 1)
                .unwrap_err()
                .to_string()
                .contains("`word|part`, got `a`")
        );
        assert!(harmonies("# a\n60,12", "# a").unwrap_err().to_string().contains("a piano, got `12`"));
        assert!(ldac("1 3:1", 3).unwrap_err().to_string().contains("a word below 3, got `3:1`"));
        assert!(bags("0 1:1", "one").unwrap_err().to_string().contains("expected 2 words, got `1`"));
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
