//! A value or a gradient that is not finite is reported with its place, site, element and cause; the next good step works.

use ppl::prelude::*;

#[model]
fn logarithms(x: &[f64], y: &[f64]) {
    let slope = sample!("slope", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let loc = slope * x.at(i).ln() + 1.0;
        observe!("y", Normal::new(loc, 1.0), y.at(i));
    });
}

#[guide(logarithms)]
fn slopes(_x: &[f64], _y: &[f64]) {
    sample!("slope", Normal::new(param!("loc", 0.0), param!("scale", 0.5, Positive)));
}

const LINE_OF_Y: u32 = 10;

/// Returns the words of an error after its place, whose line must be `line` of this file.
#[track_caller]
fn after_place(error: &str, line: u32) -> &str {
    let (place, rest) = error.split_once(": ").expect("a place");
    assert!(place.contains("not_finite.rs:"), "{error}");
    assert!(place.contains(&format!(":{line}:")), "{error}");
    rest
}

#[test]
fn a_logarithm_of_a_negative_number_in_the_middle_of_a_plate() {
    let n = 10_000;
    let x: Vec<f64> = (0..n).map(|k| 1.0 + k as f64 / n as f64).collect();
    let y = vec![0.5; n];
    let mut bad = x.clone();
    bad[7123] = -0.3;
    let mut svi = Svi::new(logarithms(&x, &y), slopes(&x, &y), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    let before = svi.parameters();
    let error = svi.step_on(logarithms(&bad, &y), slopes(&bad, &y)).unwrap_err().to_string();
    println!("{error}");
    assert_eq!(
        after_place(&error, LINE_OF_Y),
        "site `y` at data = 7123: loc of Normal must be finite, got NaN; `ln` of -0.3 made it"
    );
    assert_eq!(svi.parameters(), before);
    assert!(svi.step().unwrap().loss.is_finite());
    assert_ne!(svi.parameters(), before);
}

#[model]
fn roots(keep: &[f64], x: &[f64]) {
    plate!("school", x.len(), |j| {
        let a = param!("a", 1.0);
        observe!("x", Normal::new((a * keep.at(j)).sqrt(), 1.0), x.at(j));
    });
}

#[guide(roots)]
fn no_sites(_keep: &[f64], _x: &[f64]) {}

#[model]
fn scales(s: &[f64], x: &[f64]) {
    let sigma = param!("sigma", 1.0, Positive);
    plate!("school", x.len(), |j| observe!("x", Normal::new(1.0, sigma * s.at(j)), x.at(j)));
}

#[guide(scales)]
fn none(_s: &[f64], _x: &[f64]) {}

#[test]
fn prints() {
    let x = [1.0, 1.0, 1.0];
    let (good, bad) = ([1.0; 3], [1.0, 0.0, 1.0]);
    let mut svi = Svi::new(roots(&good, &x), no_sites(&good, &x), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    println!("{}", svi.step_on(roots(&bad, &x), no_sites(&bad, &x)).unwrap_err());
    let (good, bad) = ([1.0; 3], [1.0, 1.0, 1e-310]);
    let mut svi = Svi::new(scales(&good, &x), none(&good, &x), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    println!("{}", svi.step_on(scales(&bad, &x), none(&bad, &x)).unwrap_err());
}
