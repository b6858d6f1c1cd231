//! Draws in files.

use ppl::prelude::*;
use std::fs;
use std::path::PathBuf;

#[model]
fn inner(mean: f64) {
    sample!("w", Normal::new(mean, 1.0).expand(&[2]));
}

#[model]
fn outer() {
    call!("part", inner(1.0));
    for t in 0..2 {
        sample!("z"[(t, t)], Normal::new(0.0, 1.0));
    }
}

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ppl-engines-{name}-{}", std::process::id()))
}

#[test]
fn names_with_a_meaning_are_written_plainly() {
    let sampled = ppl::laplace(outer()).draws(5).run().unwrap();
    let folder = folder("names");
    sampled.write_csv(&folder).unwrap();
    sampled.write_npy(&folder).unwrap();
    let text = fs::read_to_string(folder.join("chain_1.csv")).unwrap();
    let header = text.lines().find(|line| !line.starts_with('#')).unwrap();
    assert_eq!(header, "log_weight__,part/w.1,part/w.2,z[0__0],z[1__1]");
    for file in ["part_w.npy", "z[0,_0].npy"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sampled = ppl::laplace(outer()).draws(5).run().unwrap();
    let file = folder("file");
    fs::write(&file, "").unwrap();
    let error = sampled.write_csv(&file).unwrap_err().to_string();
    fs::remove_file(&file).unwrap();
    assert!(error.starts_with(&format!("file `{}`: ", file.display())), "{error}");
}

#[cfg(feature = "nuts")]
#[test]
fn each_chain_has_a_file() {
    let sampled = ppl::nuts(outer()).chains(2).warmup(50).draws(20).seed(1).run().unwrap();
    let folder = folder("chains");
    sampled.write_csv(&folder).unwrap();
    sampled.write_npy(&folder).unwrap();
    let w = sampled.draws().get("part/w").unwrap();
    for chain in 0..2 {
        let text = fs::read_to_string(folder.join(format!("chain_{}.csv", chain + 1))).unwrap();
        assert!(text.contains("# num_warmup = 50\n") && text.contains(&format!("# id = {}\n", chain + 1)));
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        assert_eq!(header[..3], ["lp__", "accept_stat__", "stepsize__"]);
        let place = header.iter().position(|&name| name == "part/w.2").unwrap();
        let found: Vec<f64> =
            lines.map(|line| line.split(',').nth(place).unwrap().parse().unwrap()).collect();
        let expected: Vec<f64> = (0..20).map(|i| w[[20 * chain + i, 1]]).collect();
        assert_eq!(found, expected);
    }
    // Behind a header of 128 bytes, [2, 20, 2] doubles.
    let bytes = fs::read(folder.join("part_w.npy")).unwrap();
    assert!(String::from_utf8_lossy(&bytes[..128]).contains("(2, 20, 2,)"));
    let last = f64::from_le_bytes(bytes[bytes.len() - 8..].try_into().unwrap());
    assert_eq!(last, w[[39, 1]]);
    fs::remove_dir_all(folder).unwrap();
}
