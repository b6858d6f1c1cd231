//! Batches that come from an iterator, as parts of a stream of known length.

use ppl::prelude::*;

const NOISE: f64 = 0.5;

fn data(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 + 1.3 * ((i * i) as f64 * 0.7 + 0.2).sin()).collect()
}

#[model]
fn held(x: &[f64], batch: usize) {
    let level = sample!("level", Normal::new(0.0, 2.0));
    plate!("row", x.len(), in_order(batch), |i| {
        let z = sample!("z", Normal::new(level, 1.0));
        let side = sample!("side", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(z + side.to_real(), NOISE), x.at(i));
    });
}

#[guide(held)]
fn of_held(x: &[f64], batch: usize) {
    sample!("level", Normal::new(param!("loc", 0.1), param!("scale", 0.4, Positive)));
    let slope = param!("slope", 0.7);
    plate!("row", x.len(), in_order(batch), |i| sample!("z", Normal::new(slope * x.at(i), 0.6)));
}

#[model]
fn streamed(x: &[f64], all: usize) {
    let level = sample!("level", Normal::new(0.0, 2.0));
    plate!("row", x.len(), of(all), |i| {
        let z = sample!("z", Normal::new(level, 1.0));
        let side = sample!("side", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(z + side.to_real(), NOISE), x.at(i));
    });
}

#[guide(streamed)]
fn of_streamed(x: &[f64], all: usize) {
    sample!("level", Normal::new(param!("loc", 0.1), param!("scale", 0.4, Positive)));
    let slope = param!("slope", 0.7);
    plate!("row", x.len(), of(all), |i| sample!("z", Normal::new(slope * x.at(i), 0.6)));
}

#[test]
fn batches_of_a_stream_are_steps_on_the_same_rows_of_data_in_memory() {
    let x = data(12);
    let mut whole = Svi::new(held(&x, 4), of_held(&x, 4), Elbo::default(), Adam::new(0.05)).seed(3);
    let first = &x[..4];
    let mut stream =
        Svi::new(streamed(first, 12), of_streamed(first, 12), Elbo::default(), Adam::new(0.05)).seed(3);
    for _ in 0..3 {
        for batch in x.chunks(4) {
            let found = stream.step_on(streamed(batch, 12), of_streamed(batch, 12)).unwrap();
            assert_eq!(found, whole.step().unwrap());
        }
    }
    assert_eq!(stream.parameters(), whole.parameters());
    // An evaluation is of the rows at hand: what lies in no row counts once.
    let found = |batch: &[f64], svi: &mut Svi<_, _, _, _>| {
        svi.evaluate_on(&streamed(batch, 12), &of_streamed(batch, 12)).draws(5).run().unwrap()
    };
    let (part, all) = (found(&x[..4], &mut stream), found(&x, &mut stream));
    assert!((part.outside("row").unwrap() - all.outside("row").unwrap()).abs() < 1e-12);
    assert_eq!(part.of("row").unwrap(), &all.of("row").unwrap()[..4]);
}

#[test]
fn a_last_batch_that_is_smaller_stands_for_as_many() {
    let x = data(6);
    let (level, n) = (1.5, x.len() as f64);
    #[model]
    fn plain(x: &[f64], all: usize, level: f64) {
        plate!("row", x.len(), of(all), |i| observe!("x", Normal::new(level, NOISE), x.at(i)));
    }
    #[guide(plain)]
    fn nothing() {}
    let mut svi = Svi::new(plain(&x, 6, level), nothing(), Elbo::default(), Adam::new(0.05));
    let log_normal =
        |x: f64| -0.5 * ((x - level) / NOISE).powi(2) - NOISE.ln() - 0.5 * std::f64::consts::TAU.ln();
    for batch in [&x[..4], &x[4..], &x[..]] {
        let found = svi.step_on(plain(batch, 6, level), nothing()).unwrap().log_likelihood;
        let mean = batch.iter().map(|&x| log_normal(x)).sum::<f64>() / batch.len() as f64;
        assert!((found - n * mean).abs() < 1e-10 * found.abs());
    }
}

#[model]
fn rows(x: &[f64], all: usize) {
    plate!("row", x.len(), of(all), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, NOISE), x.at(i));
    });
}

#[guide(rows)]
fn of_rows(x: &[f64], all: usize) {
    plate!("row", x.len(), of(all), |_| sample!("z", Normal::new(param!("loc", 0.0), 1.0)));
}

#[guide(rows)]
fn alike(x: &[f64], all: usize) {
    plate!("row", x.len(), of(all), |_| sample!("z", Normal::new(0.1, 1.0)));
}

#[test]
fn what_a_stream_cannot_have_is_refused() {
    let x = data(6);
    let mut svi = Svi::new(rows(&x, 60), of_rows(&x, 60), Elbo::default(), Adam::new(0.05));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("parameter `loc`"), "{error}");
    assert!(error.contains("lies in the plate `row`, whose elements are a part of a stream"), "{error}");
    let mut svi = Svi::new(rows(&x, 5), alike(&x, 5), Elbo::default(), Adam::new(0.05));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.ends_with("plate `row`: has 6 elements at hand, which cannot be a part of 5"), "{error}");
    let mut svi = Svi::new(rows(&x, 60), alike(&x, 50), Elbo::default(), Adam::new(0.05));
    assert!(svi.step().unwrap_err().to_string().contains("was opened with Of(50) before in this run"));
}
