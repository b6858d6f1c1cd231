//! The files that are written, opened by the real ArviZ where there is one: `PYTHON` names the interpreter, or else it is `python3`.

use ppl_diagnostics::chains::Chains;
use ppl_diagnostics::intervals::hdi;
use ppl_diagnostics::write::{Column, Sampler, write_cmdstan, write_npy};
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;

const DRAWS: usize = 200;

/// The draws of one chain: a number, and an array of [2, 3].
struct Draws {
    mu: Vec<f64>,
    theta: Vec<f64>,
}

/// Draws of which each element has a mean of its own.
fn chain(seed: u64) -> Draws {
    let mut state = seed;
    let mut uniform = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / 2_147_483_648.0
    };
    let mu = (0..DRAWS).map(|_| uniform() - 0.25).collect();
    let theta = (0..DRAWS).flat_map(|_| [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).map(|mean| mean + uniform());
    Draws { mu, theta: theta.collect() }
}

/// Why ArviZ cannot be asked, or the interpreter.
fn interpreter() -> Result<String, String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = "import arviz; arviz.from_cmdstan, arviz.hdi, arviz.ess, arviz.rhat";
    match Command::new(&python).args(["-c", probe]).output() {
        Ok(output) if output.status.success() => Ok(python),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(text.lines().last().unwrap_or("it does not say why").to_owned())
        }
        Err(error) => Err(format!("`{python}`: {error}")),
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "ArviZ has {expected}, not {found}");
}

#[test]
fn arviz_reads_what_was_written() -> Result<(), Box<dyn Error>> {
    let python = match interpreter() {
        Ok(python) => python,
        Err(reason) => {
            println!("skipped, since ArviZ cannot be asked: {reason}");
            return Ok(());
        }
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let chains = [chain(1), chain(2), chain(3)];
    let array = folder.join("theta.npy");
    let theta = Column { name: "theta", shape: &[2, 3], values: &chains[0].theta };
    write_npy(&mut BufWriter::new(File::create(&array)?), &theta)?;
    let mut files = vec![array];
    for (i, chain) in chains.iter().enumerate() {
        let log_density: Vec<f64> = chain.mu.iter().map(|mu| -mu * mu).collect();
        let columns = [
            Column { name: "theta", shape: &[2, 3], values: &chain.theta },
            Column { name: "mu", shape: &[], values: &chain.mu },
            Column { name: "divergent__", shape: &[], values: &[0.0; DRAWS] },
            Column { name: "lp__", shape: &[], values: &log_density },
        ];
        let path = folder.join(format!("chain_{}.csv", i + 1));
        let sampler = Sampler { model: "a model", chain: i + 1, warmup: 500, seed: 7 };
        write_cmdstan(&mut BufWriter::new(File::create(&path)?), &sampler, &columns)?;
        files.push(path);
    }

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/read_with_arviz.py");
    let output = Command::new(python).arg(script).args(&files).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines();
    let sum: f64 = chains[0].theta.iter().sum();
    let first = lines.next().ok_or("ArviZ printed nothing")?;
    let rest = first.strip_prefix("array 200 2 3 ").ok_or("another shape")?;
    close(sum, rest.parse()?);

    let mut elements = 0;
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let of_chain = |chain: &Draws| -> Vec<f64> {
            match (words[0], words[1].split_once('.')) {
                ("mu", None) => chain.mu.clone(),
                (_, Some((row, column))) => {
                    let place = 3 * row.parse::<usize>().unwrap() + column.parse::<usize>().unwrap();
                    chain.theta.iter().skip(place).step_by(6).copied().collect()
                }
                _ => panic!("{line} is not of what was written"),
            }
        };
        let draws: Vec<Vec<f64>> = chains.iter().map(of_chain).collect();
        let all = draws.concat();
        let statistics = Chains::new(draws.iter().map(Vec::as_slice))?;
        let interval = hdi(&all, 0.94)?;
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let found = [mean, statistics.r_hat(), statistics.ess_bulk(), interval.lower, interval.upper];
        for (found, expected) in found.into_iter().zip(&words[2..]) {
            close(found, expected.parse()?);
        }
        elements += 1;
    }
    assert_eq!(elements, 7);
    Ok(())
}
