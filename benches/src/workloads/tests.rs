//! Each workload still takes the way that makes it fast, on data of the shapes of the real ones.

use crate::arguments::{Arguments, Dtype};
use ndarray::ArrayD;
use ndarray_npy::WriteNpyExt;
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A number in `0..m` for each place, without a pattern that a model would see.
fn scrambled(i: usize, m: u64) -> u64 {
    (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9) % m
}

fn write<T: ndarray_npy::WritableElement>(
    folder: &Path,
    name: &str,
    shape: &[usize],
    at: impl Fn(usize) -> T,
) {
    let elements = (0..shape.iter().product()).map(at).collect();
    let array = ArrayD::from_shape_vec(shape.to_vec(), elements).unwrap();
    array.write_npy(File::create(folder.join(format!("{name}.npy"))).unwrap()).unwrap();
}

/// Writes data of every workload, of as few rows as leave the mechanisms as they are.
fn data() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ppl-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let number = |i: usize| scrambled(i, 4001) as f64 / 1000.0 - 2.0;
    let numbers = |name: &str, shape: &[usize]| write(&folder, name, shape, number);
    let naturals = |name: &str, shape: &[usize], m| write(&folder, name, shape, |i| scrambled(i, m) as i64);
    let bits = |name: &str, shape: &[usize]| write(&folder, name, shape, |i| scrambled(i, 2) as f64);
    bits("coin", &[10]);
    write(&folder, "es_sigma", &[8], |i| 9.0 + i as f64);
    numbers("es_y", &[8]);
    numbers("fhmm_y", &[64]);
    for (name, shape) in [("a", &[8][..]), ("b", &[8]), ("pw", &[8, 8]), ("px", &[8, 8])] {
        numbers(&format!("fhmm_init_{name}"), shape);
    }
    numbers("gmm_x", &[200, 2]);
    numbers("gmm_init_mu", &[8, 2]);
    numbers("gp_x", &[200, 50]);
    numbers("gp_y", &[200]);
    numbers("gp_exact_mean", &[50]);
    write(&folder, "gp_exact_sd", &[50], |_| 0.2);
    numbers("gp_exact_logev", &[1]);
    numbers("hmm_init_trans", &[16, 16]);
    numbers("hmm_init_emis", &[16, 50]);
    naturals("hmm_x", &[32, 100], 50);
    naturals("hp_g", &[20_000], 500);
    numbers("hp_x", &[20_000, 4]);
    naturals("hp_y", &[20_000], 5);
    numbers("lr_x", &[10_000, 50]);
    bits("lr_y", &[10_000]);
    for (name, shapes) in [("enc", [[64, 64], [64, 16]]), ("dec", [[16, 64], [64, 64]])] {
        for (k, [inner, outer]) in shapes.into_iter().enumerate() {
            write(&folder, &format!("nvil_{name}_w{k}"), &[inner, outer], |i| number(i) / 8.0);
            write(&folder, &format!("nvil_{name}_b{k}"), &[outer], |_| 0.0);
        }
    }
    write(&folder, "nvil_x", &[1000, 64], |i| scrambled(i, 2) as u8);
    folder
}

/// Returns what the report of a few steps says of the mechanisms.
fn mechanisms(workload: &str, data: &Path) -> Value {
    let arguments = Arguments {
        workload: workload.to_owned(),
        dtype: Dtype::F64,
        steps: 4,
        seconds: 0.0,
        threads: 1,
        seed: 0,
        data: data.to_owned(),
    };
    let line = super::run(&arguments).unwrap();
    serde_json::from_str::<Value>(&line).unwrap()["mechanisms"].clone()
}

/// What a step of a workload uses: at least so many statements followed, totals of data that wait, sums whose partials are computed
/// again and contracted chains, and at most so many operations that are no loops.
const WAYS: [(&str, [u64; 4], u64); 11] = [
    ("eight_schools", [21, 0, 0, 0], 0),
    ("coin", [8, 0, 0, 0], 0),
    ("logreg_full", [0, 2, 0, 0], 3),
    ("logreg_mb", [0, 0, 0, 0], 1),
    ("logreg_mb_seq", [0, 0, 0, 0], 1),
    ("hier_poisson", [0, 2, 0, 0], 4),
    ("gmm_enum", [0, 0, 1, 0], 5),
    ("hmm_enum", [0, 0, 0, 1], 8),
    ("factorial_hmm", [0, 0, 1, 1], 10),
    ("nvil", [0, 0, 0, 0], 11),
    ("gp_full_rank", [0, 0, 0, 0], 5),
];

/// Returns whether a report has what makes a workload fast.
fn is_fast(report: &Value, least: [u64; 4], most_walked: u64) -> bool {
    let count = |name: &str| report[name].as_u64().unwrap();
    ["followed", "waiting", "recomputed", "chains"].iter().zip(least).all(|(name, n)| count(name) >= n)
        && count("walked") <= most_walked
}

#[test]
fn workloads_take_their_fast_ways() {
    let data = data();
    let slow = WAYS.iter().filter_map(|&(workload, least, most)| {
        let report = mechanisms(workload, &data);
        (!is_fast(&report, least, most)).then(|| format!("{workload}: {report}"))
    });
    let slow: Vec<String> = slow.collect();
    std::fs::remove_dir_all(&data).unwrap();
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn a_slow_way_is_noticed() {
    let report = |followed: u64, walked: u64| serde_json::json!({"followed": followed, "waiting": 0, "recomputed": 0, "chains": 0, "walked": walked});
    assert!(is_fast(&report(8, 0), [8, 0, 0, 0], 0));
    assert!(!is_fast(&report(7, 0), [8, 0, 0, 0], 0));
    assert!(!is_fast(&report(8, 1), [8, 0, 0, 0], 0));
}
