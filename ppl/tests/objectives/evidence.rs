use super::*;

const X: [f64; 4] = [-1.0, 0.4, 2.5, 0.0];

#[model]
fn summed(x: &[f64], visited: usize) {
    let (p, step) = (param!("p", 0.3, UnitInterval), param!("step", 2.0));
    plate!("data", x.len(), subsample(visited), |i| {
        let b = sample!("b", Bernoulli::new(p), enumerate);
        observe!("x", Normal::new(step * b.to_real(), 0.7), x.at(i));
    });
}

#[guide(summed)]
fn nothing() {}

fn loss(p: f64, step: f64) -> f64 {
    let one = |x: f64| {
        let density = |loc: f64| log_normal(x, loc, 0.7).exp();
        -(p * density(step) + (1.0 - p) * density(0.0)).ln()
    };
    X.iter().map(|&x| one(x)).sum()
}

#[test]
fn the_evidence_and_its_gradient_are_exact() {
    let mut svi = Svi::new(summed(&X, 4), nothing(), Evidence::new(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, loss(0.3, 2.0), 1e-13);
    close(gradient.get("step").unwrap()[[]], slope(|s| loss(0.3, s), 2.0), 1e-9);
    close(gradient.get("p").unwrap()[[]] / 0.21, slope(|p| loss(p, 2.0), 0.3), 1e-9);
    assert_eq!(svi.evaluate(3).unwrap().standard_error, 0.0);
}

#[test]
fn rows_that_are_summed_out_alone_may_be_a_part() {
    let mut svi = Svi::new(summed(&X, 1), nothing(), Evidence::new(), Adam::new(0.1)).seed(3);
    let found: Vec<f64> = (0..4_000).map(|_| svi.gradient().unwrap().0.loss).collect();
    estimates("a row", mean_of(&found), loss(0.3, 2.0), 0.05 * loss(0.3, 2.0));
}

#[model]
fn above(x: &[f64], visited: usize) {
    let b = sample!("b", Bernoulli::new(0.3), enumerate);
    plate!("data", x.len(), subsample(visited), |i| {
        observe!("x", Normal::new(b.to_real(), 0.7), x.at(i));
    });
}

#[guide(above)]
fn silent() {}

#[model]
fn left() {
    let b = sample!("b", Bernoulli::new(0.3), enumerate);
    let z = sample!("z", Normal::new(b.to_real(), 1.0));
    observe!("x", Normal::new(z, 1.0), 0.3);
}

#[guide(left)]
fn of_left() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[test]
fn what_is_not_exact_is_refused() {
    let error = Svi::new(left(), of_left(), Evidence::new(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("site `z`: has a proposal, and `Evidence` is exact only where"), "{error}");
    let mut svi = Svi::new(above(&X, 2), silent(), Evidence::new(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(
        error.contains("site `b`: is summed out over a subsample of the plates [data] inside of it"),
        "{error}"
    );
    svi.evaluate(1).unwrap();
}
