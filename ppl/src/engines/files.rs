//! Draws in files that other tools open.

use super::sampled::{Origin, Sampled};
use ndarray::{ArrayD, Axis, Slice};
use ppl_diagnostics::write::{self, Column};
use ppl_runtime::Error;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

pub(super) fn write_csv(sampled: &Sampled, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let names: Vec<String> = sampled.draws.names().map(|name| plain(name, ".,#\"'")).collect();
    let warmup = match &sampled.origin {
        Origin::Chains { warmup, .. } => *warmup,
        Origin::Weighted { .. } | Origin::Chosen { .. } => 0,
    };
    for (k, rows) in chains(sampled).into_iter().enumerate() {
        let path = folder.join(format!("chain_{}.csv", k + 1));
        let sites: Vec<(&[usize], Vec<f64>)> =
            sampled.draws.iter().map(|(_, array)| (&array.shape()[1..], in_rows(array, &rows))).collect();
        let mut columns = Vec::new();
        if let Some(chain) = sampled.chains().get(k) {
            columns.extend(chain.columns.iter().map(|(name, values)| Column { name, shape: &[], values }));
        }
        if let Some(values) = sampled.log_weights() {
            columns.push(Column { name: "log_weight__", shape: &[], values });
        }
        let of_site = names.iter().zip(&sites);
        columns.extend(of_site.map(|(name, (shape, values))| Column { name, shape, values }));
        let head = write::Sampler { chain: k + 1, warmup, seed: sampled.seed, ..write::Sampler::default() };
        to_file(&path, |to| write::write_cmdstan(to, &head, &columns))?;
    }
    Ok(())
}

pub(super) fn write_npy(sampled: &Sampled, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let chains = chains(sampled);
    let length = chains.first().map_or(0, Range::len);
    let mut taken = HashSet::new();
    for (site, array) in sampled.draws.iter() {
        let path = folder.join(format!("{}.npy", plain(site, "/\\:*?\"<>|")));
        if !taken.insert(path.clone()) {
            return Err(failed(&path, &format!("two sites would be written to it, the second `{site}`")));
        }
        let shape: Vec<usize> = [length].iter().chain(&array.shape()[1..]).copied().collect();
        let values = in_rows(array, &(0..chains.len() * length));
        to_file(&path, |to| write::write_npy(to, &Column { name: site, shape: &shape, values: &values }))?;
    }
    Ok(())
}

/// Returns the rows of each chain; draws of an approximation are one.
fn chains(sampled: &Sampled) -> Vec<Range<usize>> {
    match sampled.chains() {
        [] => std::iter::once(0..sampled.draws.count()).collect(),
        chains => chains.iter().map(|chain| chain.rows.clone()).collect(),
    }
}

/// Returns the values of these draws in the order of their indices, whatever the layout in memory.
fn in_rows(array: &ArrayD<f64>, rows: &Range<usize>) -> Vec<f64> {
    array.slice_axis(Axis(0), Slice::from(rows.clone())).iter().copied().collect()
}

/// Returns a name in which characters with a meaning are replaced.
fn plain(name: &str, meaning: &str) -> String {
    let has_meaning = |c: char| meaning.contains(c) || c.is_whitespace() || c.is_control();
    name.chars().map(|c| if has_meaning(c) { '_' } else { c }).collect()
}

fn to_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), write::WriteError>,
) -> Result<(), Error> {
    let mut to = BufWriter::new(File::create(path).map_err(|error| failed(path, &error))?);
    write(&mut to).map_err(|error| failed(path, &error))?;
    to.flush().map_err(|error| failed(path, &error))
}

fn failed(path: &Path, detail: &dyn std::fmt::Display) -> Error {
    Error::File { path: path.display().to_string(), detail: detail.to_string() }
}
