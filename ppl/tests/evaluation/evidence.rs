//! The log-evidence by importance weights.

use super::*;

#[test]
fn the_estimate_is_near_the_closed_form_for_each_element() {
    let (old, new) = (data(8), data(30));
    let mut svi = Svi::new(rows(&old, 3), amortised(&old, 3), Elbo::default(), Adam::new(0.1)).seed(4);
    let (model, guide) = (rows(&new, 3), amortised(&new, 3));
    let found = svi.log_evidence_on(&model, &guide, 5_000).in_blocks("row", 7).run().unwrap();
    let exact: Vec<f64> = new.iter().map(|&x| evidence_of_row(x)).collect();
    assert_close("rows", found.of("row").unwrap(), &exact, 0.03);
    let total: f64 = exact.iter().sum();
    assert!((found.total - total).abs() < 5.0 * found.standard_error, "{} {total}", found.total);
    assert!(found.standard_error < 0.1, "{}", found.standard_error);
}

#[test]
fn the_standard_error_is_the_deviation_over_seeds() {
    let x = data(10);
    let (model, guide) = (rows(&x, 10), amortised(&x, 10));
    let found: Vec<(f64, f64)> = (0..200)
        .map(|seed| {
            let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.1)).seed(seed);
            let found = svi.log_evidence_on(&model, &guide, 400).run().unwrap();
            (found.total, found.standard_error)
        })
        .collect();
    let n = found.len() as f64;
    let mean = found.iter().map(|f| f.0).sum::<f64>() / n;
    let deviation = (found.iter().map(|f| (f.0 - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let stated = found.iter().map(|f| f.1).sum::<f64>() / n;
    // The deviation of 200 numbers is known to 5 %.
    assert!((stated / deviation - 1.0).abs() < 0.25, "{stated} {deviation}");
}

#[test]
fn the_estimate_is_the_bound_of_as_many_particles() {
    let x = data(12);
    let (model, guide) = (rows(&x, 12), amortised(&x, 12));
    for draws in [1, 2, 33, 3_000] {
        let mut svi = Svi::new(&model, &guide, Iwae::new(draws), Adam::new(0.1)).seed(10);
        let in_memory = svi.evaluate_on(&model, &guide).draws(1).run().unwrap();
        let streamed = svi.log_evidence_on(&model, &guide, draws).in_blocks("row", 5).run().unwrap();
        assert_close("total", &[streamed.total], &[in_memory.total], 1e-12);
        assert_close("rows", streamed.of("row").unwrap(), in_memory.of("row").unwrap(), 1e-12);
    }
}

#[model]
fn shared(x: &[f64]) {
    let level = sample!("level", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(level, 1.0));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(shared)]
fn of_shared(x: &[f64]) {
    let level = sample!("level", Normal::new(0.1, 0.7));
    plate!("row", x.len(), |i| sample!("z", Normal::new(0.5 * (x.at(i) + level), 0.8)));
}

#[test]
fn a_site_outside_of_the_plate_makes_one_weight_of_a_draw() {
    let x = data(4);
    let (model, guide) = (shared(&x), of_shared(&x));
    let mut svi = Svi::new(&model, &guide, Iwae::new(700), Adam::new(0.1)).seed(11);
    let in_memory = svi.evaluate_on(&model, &guide).draws(1).run().unwrap();
    let streamed = svi.log_evidence_on(&model, &guide, 700).run().unwrap();
    assert_close("total", &[streamed.total], &[in_memory.total], 1e-12);
    let many = svi.log_evidence_on(&model, &guide, 50_000).run().unwrap();
    // The data are jointly normal, with variances of 3 and covariances of 1.
    let (sum, squares): (f64, f64) = (x.iter().sum(), x.iter().map(|x| x * x).sum());
    let n = 4.0;
    let log_det = (n - 1.0) * 2f64.ln() + (2.0 + n).ln();
    let quadratic = (squares - sum * sum / (2.0 + n)) / 2.0;
    let exact = -0.5 * (quadratic + log_det + n * std::f64::consts::TAU.ln());
    assert!((many.total - exact).abs() < 5.0 * many.standard_error, "{} {exact}", many.total);
    assert!(many.standard_error < 0.03, "{}", many.standard_error);
    let error = svi.log_evidence_on(&model, &guide, 10).in_blocks("row", 2).run().unwrap_err().to_string();
    assert!(
        error.starts_with("plate `row` is visited in blocks, but site `level` is outside of it"),
        "{error}"
    );
}

#[model]
fn mixture(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let side = sample!("side", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(2.0 * side.to_real(), NOISE), x.at(i));
    });
}

#[guide(mixture)]
fn nothing() {}

#[test]
fn what_is_summed_out_needs_no_draws() {
    let x = data(9);
    let (model, guide) = (mixture(&x), nothing());
    let mut svi = Svi::new(&model, &guide, Evidence::new(), Adam::new(0.1)).seed(11);
    let exact: Vec<f64> = x
        .iter()
        .map(|&x| (0.7 * log_normal(x, 0.0, NOISE).exp() + 0.3 * log_normal(x, 2.0, NOISE).exp()).ln())
        .collect();
    let streamed = svi.log_evidence_on(&model, &guide, 3).in_blocks("row", 4).run().unwrap();
    let summed = svi.evaluate_on(&model, &guide).draws(2).in_blocks("row", 2).run().unwrap();
    for found in [streamed, summed] {
        assert_close("rows", found.of("row").unwrap(), &exact, 1e-12);
        assert_close("total", &[found.total], &[exact.iter().sum()], 1e-12);
        assert!(found.standard_error < 1e-12, "{}", found.standard_error);
    }
}
