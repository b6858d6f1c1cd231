//! What cannot be evaluated, in words.

use super::*;

#[guide(rows)]
fn of_more(x: &[f64], batch: usize) {
    let slope = param!("slop", 0.7);
    plate!("row", x.len(), subsample(batch), |i| {
        sample!("z", Normal::new(slope * x.at(i), 0.6));
    });
}

#[test]
fn parameters_that_the_session_lacks_are_named() {
    let x = data(5);
    let mut svi = Svi::new(rows(&x, 5), amortised(&x, 5), Elbo::default(), Adam::new(0.1)).seed(1);
    let (model, guide) = (rows(&x, 5), of_more(&x, 5));
    let expected = "the programs on these data make the parameter `slop`, which the session does not have and has not fitted; there are \
                    `slope`, `scale`";
    assert_eq!(svi.evaluate_on(&model, &guide).run().unwrap_err().to_string(), expected);
    assert_eq!(svi.log_evidence_on(&model, &guide, 5).run().unwrap_err().to_string(), expected);
    assert!(svi.parameters().names().eq(["slope", "scale"]));
}

#[test]
fn rows_of_another_number_are_refused_with_what_would_fit_them() {
    let (old, new) = (data(3), data(4));
    let mut svi = Svi::new(own(&old), of_own(&old), Elbo::default(), Adam::new(0.1)).seed(1);
    let (model, guide) = (own(&new), of_own(&new));
    let error = svi.evaluate_on(&model, &guide).run().unwrap_err().to_string();
    assert!(error.contains("parameter `loc`"), "{error}");
    let expected = "has 3 rows for a plate that has 4 elements here; fit rows of these data with `.refit_rows(\"row\", steps)`";
    assert!(error.ends_with(expected), "{error}");
}

#[model]
fn own(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, NOISE), x.at(i));
    });
}

#[guide(own)]
fn of_own(x: &[f64]) {
    plate!("row", x.len(), |_| sample!("z", Normal::new(param!("loc", 0.0), 1.0)));
}

#[test]
fn plates_and_blocks_that_are_none_are_refused() {
    let x = data(3);
    let (model, guide) = (own(&x), of_own(&x));
    let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.1)).seed(1);
    let error = svi.evaluate_on(&model, &guide).in_blocks("row", 0).run().unwrap_err().to_string();
    assert_eq!(error, "expected blocks of at least one row of plate `row`, got 0");
    let error = svi.log_evidence_on(&model, &guide, 0).run().unwrap_err().to_string();
    assert_eq!(error, "expected at least one draw, got 0");
}

#[model]
fn switched(x: &[f64]) {
    let side = sample!("side", Bernoulli::new(0.3), enumerate);
    plate!("row", x.len(), |i| observe!("x", Normal::new(side.to_real(), NOISE), x.at(i)));
}

#[guide(switched)]
fn nothing() {}

#[test]
fn a_site_that_is_summed_out_over_all_rows_needs_all_of_them() {
    let x = data(6);
    let (model, guide) = (switched(&x), nothing());
    let mut svi = Svi::new(&model, &guide, Evidence::new(), Adam::new(0.1)).seed(1);
    assert!(svi.evaluate_on(&model, &guide).in_blocks("row", 6).run().is_ok());
    for error in [
        svi.evaluate_on(&model, &guide).in_blocks("row", 4).run().unwrap_err(),
        svi.log_evidence_on(&model, &guide, 2).in_blocks("row", 4).run().unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(
            error.contains("site `side`: is summed out over a block of the plates [row] inside of it"),
            "{error}"
        );
    }
}

#[model]
fn coupled(x: &[f64]) {
    let z = plate!("row", x.len(), |_| sample!("z", Normal::new(0.0, 1.0)));
    observe!("sum", Normal::new(z.sum(), NOISE), 1.5);
}

#[guide(coupled)]
fn of_coupled(x: &[f64]) {
    plate!("row", x.len(), |_| sample!("z", Normal::new(0.1, 1.0)));
}

#[test]
fn a_term_of_all_rows_needs_all_of_them() {
    let x = data(6);
    let (model, guide) = (coupled(&x), of_coupled(&x));
    let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.1)).seed(1);
    for error in [
        svi.evaluate_on(&model, &guide).in_blocks("row", 4).run().unwrap_err(),
        svi.log_evidence_on(&model, &guide, 2).in_blocks("row", 4).run().unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("`sum`") && error.contains("row"), "{error}");
    }
}

#[test]
fn data_that_no_distribution_can_have_are_named_by_row_in_a_later_block_too() {
    let old = data(6);
    let mut new = data(6);
    new[4] = f64::NAN;
    let mut svi = Svi::new(rows(&old, 6), amortised(&old, 6), Elbo::default(), Adam::new(0.1)).seed(1);
    let (model, guide) = (rows(&new, 6), amortised(&new, 6));
    for error in [
        svi.evaluate_on(&model, &guide).in_blocks("row", 2).run().unwrap_err(),
        svi.log_evidence_on(&model, &guide, 2).in_blocks("row", 2).run().unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("row = 4"), "{error}");
    }
}
