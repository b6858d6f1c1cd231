//! CmdStan's layout of draws, which ArviZ, posterior and others read.

use super::{Column, WriteError};
use std::collections::HashSet;
use std::io::Write;

/// What the head of a file says of the chain.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::write::Sampler;
///
/// let second = Sampler { model: "eight_schools", chain: 2, ..Sampler::default() };
/// assert_eq!(second.warmup, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler<'a> {
    /// The model's name.
    pub model: &'a str,
    /// The chain's number, from 1.
    pub chain: usize,
    /// The number of steps before the first draw. Their draws are not in the file.
    pub warmup: usize,
    /// The seed.
    pub seed: u64,
}

impl Default for Sampler<'_> {
    fn default() -> Self {
        Sampler { model: "model", chain: 1, warmup: 0, seed: 0 }
    }
}

/// Writes the draws of one chain as the CSV of CmdStan: comments, a line of names, and a line for each draw.
///
/// An element of an array has its indices from 1 after its name, as `theta.1.2`, the first index fastest. A column whose name ends in `__` is of the sampler: `lp__`, the log-density, and
/// `divergent__`, `treedepth__`, `n_leapfrog__`, `stepsize__`, `accept_stat__`, `energy__` have names that other tools know. They come first, `lp__` before all. Numbers are written with
/// all their digits.
///
/// # Errors
///
/// There are values that are not whole draws, columns with different numbers of draws, two columns of one name, or a name that is empty or has a character with a meaning in the
/// layout; or the writer fails.
///
/// # Examples
///
/// ```
/// use ppl_diagnostics::write::{Column, Sampler, write_cmdstan};
///
/// let columns = [
///     Column { name: "theta", shape: &[2], values: &[0.5, 1.5, -0.5, 2.5] },
///     Column { name: "lp__", shape: &[], values: &[-3.0, -4.0] },
/// ];
/// let mut file = Vec::new();
/// write_cmdstan(&mut file, &Sampler::default(), &columns)?;
/// let text = String::from_utf8(file)?;
/// assert!(text.ends_with("lp__,theta.1,theta.2\n-3.0,0.5,1.5\n-4.0,-0.5,2.5\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
///
/// *CmdStan user's guide*, Stan CSV file format, <https://mc-stan.org/docs/cmdstan-guide/stan_csv.html>.
pub fn write_cmdstan(to: &mut impl Write, sampler: &Sampler, columns: &[Column]) -> Result<(), WriteError> {
    let draws = check(columns)?;
    let mut columns: Vec<&Column> = columns.iter().collect();
    columns.sort_by_key(|column| (column.name != "lp__", !column.name.ends_with("__")));
    // For each column the offset of its elements within a draw, the first index fastest.
    let elements: Vec<Vec<Element>> = columns.iter().map(|column| elements(column)).collect();

    let model: String = sampler.model.split_whitespace().collect::<Vec<_>>().join("_");
    for line in [
        format!("model = {model}"),
        "method = sample (Default)".to_owned(),
        format!("num_samples = {draws}"),
        format!("num_warmup = {}", sampler.warmup),
        "save_warmup = false (Default)".to_owned(),
        "thin = 1 (Default)".to_owned(),
        format!("id = {}", sampler.chain),
        format!("seed = {}", sampler.seed),
    ] {
        writeln!(to, "# {line}")?;
    }
    let names = columns.iter().zip(&elements).flat_map(|(column, elements)| {
        elements.iter().map(|element| format!("{}{}", column.name, element.suffix))
    });
    writeln!(to, "{}", names.collect::<Vec<_>>().join(","))?;
    let mut line = String::new();
    for draw in 0..draws {
        line.clear();
        for (column, elements) in columns.iter().zip(&elements) {
            for element in elements {
                let value = column.values[draw * elements.len() + element.offset];
                let number = if value.is_nan() { "nan".to_owned() } else { format!("{value:?}") };
                line.push_str(if line.is_empty() { "" } else { "," });
                line.push_str(&number);
            }
        }
        writeln!(to, "{line}")?;
    }
    Ok(())
}

struct Element {
    /// The indices from 1, each after a point.
    suffix: String,
    offset: usize,
}

/// Returns the number of draws of columns that can be written.
fn check(columns: &[Column]) -> Result<usize, WriteError> {
    let mut names = HashSet::new();
    let mut first: Option<(&str, usize)> = None;
    for column in columns {
        let name = || column.name.to_owned();
        let has_meaning = |c: char| ".,#\"'".contains(c) || c.is_whitespace() || c.is_control();
        if column.name.is_empty() || column.name.contains(has_meaning) {
            return Err(WriteError::Name { name: name() });
        }
        if !names.insert(column.name) {
            return Err(WriteError::Twice { name: name() });
        }
        let found = column.draws()?;
        if column.size() == Some(0) {
            continue;
        }
        match first {
            Some((first, expected)) if expected != found => {
                return Err(WriteError::Draws { name: name(), found, first: first.to_owned(), expected });
            }
            Some(_) => (),
            None => first = Some((column.name, found)),
        }
    }
    Ok(first.map_or(0, |(_, draws)| draws))
}

fn elements(column: &Column) -> Vec<Element> {
    let size: usize = column.shape.iter().product();
    let element = |count: usize| {
        let (mut suffix, mut offset, mut rest) = (String::new(), 0, count);
        let mut stride = size;
        for dimension in column.shape {
            stride /= dimension;
            let index = rest % dimension;
            rest /= dimension;
            offset += index * stride;
            suffix.push_str(&format!(".{}", index + 1));
        }
        Element { suffix, offset }
    };
    (0..size).map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(columns: &[Column]) -> Result<String, WriteError> {
        let mut file = Vec::new();
        write_cmdstan(&mut file, &Sampler::default(), columns)?;
        Ok(String::from_utf8(file).unwrap())
    }

    #[test]
    fn arrays_are_written_first_index_fastest() {
        let values: Vec<f64> = (0..12).map(f64::from).collect();
        let text = written(&[Column { name: "a", shape: &[2, 3], values: &values }]).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines[0], "a.1.1,a.2.1,a.1.2,a.2.2,a.1.3,a.2.3");
        assert_eq!(lines[1], "0.0,3.0,1.0,4.0,2.0,5.0");
        assert_eq!(lines[2], "6.0,9.0,7.0,10.0,8.0,11.0");
    }

    #[test]
    fn numbers_are_read_back_as_they_were() {
        let values = [0.1 + 0.2, -1e-300, 5e-324, f64::MAX, f64::NAN, f64::NEG_INFINITY];
        let text = written(&[Column { name: "x", shape: &[], values: &values }]).unwrap();
        let read = text.lines().skip(9).map(|line| line.parse::<f64>().unwrap());
        for (read, value) in read.zip(values) {
            assert!(read == value || (read.is_nan() && value.is_nan()));
        }
    }

    #[test]
    fn columns_of_the_sampler_come_first() {
        let names = ["z", "divergent__", "lp__"];
        let columns = names.map(|name| Column { name, shape: &[], values: &[1.0] });
        assert!(written(&columns).unwrap().ends_with("lp__,divergent__,z\n1.0,1.0,1.0\n"));
    }

    #[test]
    fn wrong_columns_are_named() {
        let one = Column { name: "one", shape: &[], values: &[1.0, 2.0] };
        let message = |columns: &[Column]| written(columns).unwrap_err().to_string();
        assert_eq!(message(&[one, one]), "two columns have the name `one`");
        let two = Column { name: "two", values: &[1.0], ..one };
        assert_eq!(message(&[one, two]), "`two` has 1 draws; `one` has 2");
        for name in ["", "a.b", "a b", "a\nb", "#a"] {
            assert!(written(&[Column { name, ..one }]).is_err());
        }
        let empty = Column { name: "empty", shape: &[0], values: &[] };
        assert!(written(&[empty, one]).unwrap().ends_with("one\n1.0\n2.0\n"));
    }
}
