//! The table that a summary of an engine's draws prints.

use super::summary::ChainRow;
use std::fmt::{self, Formatter};

/// The number of elements of one site that are shown.
pub(super) const SHOWN: usize = 20;

/// The columns; effective sizes and R-hat are of chains.
pub(super) const HEADER: [&str; 9] =
    ["mean", "sd", "5%", "50%", "95%", "mcse", "ess bulk", "ess tail", "R-hat"];

/// Returns how many of the columns there are.
pub(super) fn columns(chains: usize) -> usize {
    if chains > 0 { HEADER.len() } else { 6 }
}

pub(super) fn write(f: &mut Formatter<'_>, rows: &[ChainRow], count: usize, chains: usize) -> fmt::Result {
    let draws = if count == 1 { "1 draw".to_owned() } else { format!("{count} draws") };
    let columns = columns(chains);
    let mut lines =
        vec![(draws, HEADER[..columns].iter().map(|&cell| cell.to_owned()).collect::<Vec<String>>())];
    let mut notes = Vec::new();
    for of_site in rows.chunk_by(|a, b| a.site == b.site) {
        lines.extend(of_site.iter().take(SHOWN).map(|row| (row.name(), cells(row)[..columns].to_vec())));
        if of_site.len() > SHOWN {
            notes.push((lines.len(), format!("{}: {} more", of_site[0].site, of_site.len() - SHOWN)));
        }
    }
    let first = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let width = |k: usize| lines.iter().map(|(_, cells)| cells[k].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for (i, (name, cells)) in lines.iter().enumerate() {
        write!(f, "{name:<first$}")?;
        for (cell, width) in cells.iter().zip(&widths) {
            write!(f, "  {cell:>width$}")?;
        }
        writeln!(f)?;
        for (_, note) in notes.iter().filter(|(after, _)| *after == i + 1) {
            writeln!(f, "{note}")?;
        }
    }
    Ok(())
}

pub(super) fn cells(row: &ChainRow) -> [String; 9] {
    let of = |x: f64| number(x, row.deviation);
    let [low, median, high] = row.quantiles.map(of);
    let whole = |x: f64| if x.is_nan() { "-".to_owned() } else { format!("{x:.0}") };
    let mcse = if row.mcse.is_nan() { "-".to_owned() } else { number(row.mcse, f64::NAN) };
    let r_hat = if row.r_hat.is_nan() { "-".to_owned() } else { format!("{:.3}", row.r_hat) };
    [
        of(row.mean),
        of(row.deviation),
        low,
        median,
        high,
        mcse,
        whole(row.ess_bulk),
        whole(row.ess_tail),
        r_hat,
    ]
}

/// Returns a number to three digits of the deviation, or to two of its own where there is none; with an exponent where that is shorter.
fn number(x: f64, deviation: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    let exponent = |x: f64| x.abs().log10().floor() as i32;
    let places =
        if deviation > 0.0 && deviation.is_finite() { 2 - exponent(deviation) } else { 1 - exponent(x) };
    if places > 6 || exponent(x) > 7 {
        return format!("{x:.2e}");
    }
    format!("{x:.*}", places.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(Vec<ChainRow>, usize);

    impl fmt::Display for Table {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write(f, &self.0, 4000, self.1)
        }
    }

    fn row(site: &str, indices: &[usize]) -> ChainRow {
        ChainRow {
            site: site.to_owned(),
            label: ppl_runtime::results::element_name(site, indices),
            indices: indices.to_vec(),
            mean: 6.1512,
            deviation: 5.6,
            quantiles: [-1.68, 5.59, 16.33],
            mcse: 0.0931,
            ess_bulk: 3123.4,
            ess_tail: 2000.0,
            r_hat: 1.0004,
        }
    }

    #[test]
    fn rows_are_aligned() {
        let mut constant = row("c", &[]);
        (constant.r_hat, constant.ess_bulk, constant.ess_tail, constant.mcse) =
            (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
        let expected = "\
4000 draws  mean    sd     5%   50%    95%   mcse  ess bulk  ess tail  R-hat
theta[3]    6.15  5.60  -1.68  5.59  16.33  0.093      3123      2000  1.000
c           6.15  5.60  -1.68  5.59  16.33      -         -         -      -
";
        assert_eq!(Table(vec![row("theta", &[3]), constant], 4).to_string(), expected);
        let without = Table(vec![row("theta", &[3])], 0).to_string();
        assert!(without.starts_with("4000 draws  mean    sd     5%   50%    95%   mcse\n"), "{without}");
    }

    #[test]
    fn long_sites_are_cut_and_say_so() {
        let rows = (0..25).map(|k| row("w", &[k])).chain([row("b", &[])]).collect();
        let text = Table(rows, 1).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 20 + 1 + 1);
        assert_eq!(lines[21], "w: 5 more");
    }

    #[test]
    fn digits_follow_the_deviation() {
        for (x, deviation, expected) in [
            (-60.712, 29.96, "-60.7"),
            (123_456.7, 2_000.0, "123457"),
            (1e-9, 1e-9, "1.00e-9"),
            (0.0, 1.0, "0"),
            (f64::NAN, 1.0, "NaN"),
            (0.306, f64::NAN, "0.31"),
        ] {
            assert_eq!(number(x, deviation), expected);
        }
    }
}
