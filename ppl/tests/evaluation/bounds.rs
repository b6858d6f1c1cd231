//! Bounds of other data, in all and for each element.

use super::*;

#[test]
fn each_element_has_its_own_bound_and_they_sum_to_the_total() {
    let (old, new) = (data(8), data(13));
    let mut svi = Svi::new(rows(&old, 3), amortised(&old, 3), Elbo::default(), Adam::new(0.1)).seed(4);
    let (model, guide) = (rows(&new, 3), amortised(&new, 3));
    // Before the first step the parameters have their first values. The divergences are closed, the likelihood is not.
    let found = svi.evaluate_on(&model, &guide).draws(4_000).run().unwrap();
    let exact: Vec<f64> = new.iter().map(|&x| bound_of_row(x)).collect();
    let of_rows = found.of("row").unwrap();
    // The likelihood of a row deviates by about (s e + m - x)^2 / (2 noise^2).
    assert_close("rows", of_rows, &exact, 0.1);
    let total: f64 = exact.iter().sum();
    assert!((found.total - total).abs() < 5.0 * found.standard_error && found.standard_error < 0.2);
    assert!((of_rows.iter().sum::<f64>() - found.total).abs() < 1e-10);
    assert!(found.outside("row").unwrap().abs() < 1e-10);
    assert_eq!(found, svi.evaluate_on(&model, &guide).draws(4_000).run().unwrap());
}

#[test]
fn nothing_of_the_session_changes() {
    let (old, new) = (data(8), data(13));
    let session = || {
        let mut svi = Svi::new(rows(&old, 3), amortised(&old, 3), Elbo::default(), Adam::new(0.1)).seed(4);
        (0..5).for_each(|_| assert!(svi.step().is_ok()));
        svi
    };
    let (mut asked, mut plain) = (session(), session());
    let (model, guide) = (rows(&new, 13), amortised(&new, 13));
    asked.evaluate_on(&model, &guide).in_blocks("row", 4).run().unwrap();
    asked.log_evidence_on(&model, &guide, 50).run().unwrap();
    assert_eq!(asked.parameters(), plain.parameters());
    for _ in 0..5 {
        assert_eq!(asked.step().unwrap(), plain.step().unwrap());
    }
    assert_eq!(asked.parameters(), plain.parameters());
    assert_eq!(asked.evaluate(3).unwrap(), plain.evaluate(3).unwrap());
}

#[model]
fn shared(x: &[f64]) {
    let level = sample!("level", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        let side = sample!("side", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(level + 2.0 * side.to_real(), NOISE), x.at(i));
    });
    penalty!("never", 1e6);
}

#[guide(shared)]
fn of_shared() {
    sample!("level", Normal::new(param!("loc", 0.1), param!("scale", 0.4, Positive)));
}

#[test]
fn what_lies_outside_of_the_plate_is_apart_and_penalties_are_in_no_bound() {
    let x = data(7);
    for closed in [true, false] {
        let objective = Elbo::default().closed_kl(closed);
        let mut svi = Svi::new(shared(&x), of_shared(), objective, Adam::new(0.1)).seed(5);
        let (model, guide) = (shared(&x), of_shared());
        let found = svi.evaluate_on(&model, &guide).draws(500).run().unwrap();
        let divergence = 0.5 * (0.16 + 0.01 - 1.0) - 0.4f64.ln();
        let outside = found.outside("row").unwrap();
        let tolerance = if closed { 1e-10 } else { 0.2 };
        assert!((outside + divergence).abs() < tolerance, "{outside}, {divergence}");
        let own = svi.evaluate(500).unwrap();
        let error = own.standard_error.hypot(found.standard_error);
        assert!((own.loss + found.total).abs() < 5.0 * error, "{own:?} {}", found.total);
    }
}

#[test]
fn every_objective_has_bounds_of_elements() {
    let x = data(6);
    let exact: Vec<f64> = x.iter().map(|&x| evidence_of_row(x)).collect();
    let (model, guide) = (rows(&x, 6), amortised(&x, 6));
    macro_rules! found {
        ($objective:expr) => {{
            let mut svi = Svi::new(rows(&x, 6), amortised(&x, 6), $objective, Adam::new(0.1)).seed(6);
            let found = svi.evaluate_on(&model, &guide).draws(200).run().unwrap();
            let sum: f64 = found.of("row").unwrap().iter().sum();
            assert!((sum - found.total).abs() < 1e-10);
            found
        }};
    }
    for many in [
        found!(Iwae::new(50)),
        found!(Vimco::new(50)),
        found!(WakeSleep::new(50)),
        found!(Renyi::new(0.5, 50)),
    ] {
        assert!(many.total < exact.iter().sum::<f64>() + 5.0 * many.standard_error);
        assert_close("rows", many.of("row").unwrap(), &exact, 0.1);
    }
}

#[model]
fn branching(x: &[f64]) {
    let wide = sample!("wide", Bernoulli::new(0.4), concrete);
    let level = sample!("level", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| {
        observe!("x", Normal::new(level, if wide { 2.0 } else { NOISE }), x.at(i));
    });
}

#[guide(branching)]
fn of_branching() {
    let wide = sample!("wide", Bernoulli::new(param!("share", 0.5, UnitInterval)), concrete);
    sample!("level", Normal::new(if wide { 0.2 } else { 0.1 }, 0.3));
}

#[test]
fn programs_that_branch_have_bounds_of_elements_too() {
    let x = data(5);
    let mut svi = Svi::new(branching(&x), of_branching(), Elbo::default(), Adam::new(0.1)).seed(7);
    let (model, guide) = (branching(&x), of_branching());
    let found = svi.evaluate_on(&model, &guide).draws(2_000).run().unwrap();
    // Half the likelihood with each deviation, at levels around 0.2 or 0.1.
    let exact: Vec<f64> = x
        .iter()
        .map(|&x| {
            let narrow = log_normal(x, 0.1, NOISE) - 0.5 * (0.3 / NOISE).powi(2);
            0.5 * (log_normal(x, 0.2, 2.0) - 0.5 * (0.3f64 / 2.0).powi(2)) + 0.5 * narrow
        })
        .collect();
    assert_close("rows", found.of("row").unwrap(), &exact, 0.1);
    let blocks = svi.evaluate_on(&model, &guide).draws(50).in_blocks("row", 2).run().unwrap();
    let whole = svi.evaluate_on(&model, &guide).draws(50).run().unwrap();
    assert_close("total", &[blocks.total], &[whole.total], 1e-12);
    // The draws of a whole run have one weight.
    let weighed = svi.log_evidence_on(&model, &guide, 2_000).run().unwrap();
    assert!(weighed.total > found.total && weighed.of("row").is_err());
    let error = svi.log_evidence_on(&model, &guide, 10).in_blocks("row", 2).run().unwrap_err().to_string();
    assert!(error.contains("has one weight for a whole draw, which needs every row"), "{error}");
}

#[test]
fn perplexities_are_means_over_tokens_and_over_documents() {
    let x = data(4);
    let mut svi = Svi::new(rows(&x, 4), amortised(&x, 4), Elbo::default(), Adam::new(0.1)).seed(8);
    let (model, guide) = (rows(&x, 4), amortised(&x, 4));
    let found = svi.evaluate_on(&model, &guide).draws(20).run().unwrap();
    let of = found.of("row").unwrap();
    let tokens = [3_u32, 1, 10, 2];
    let corpus = (-of.iter().sum::<f64>() / 16.0).exp();
    let mean = (-(of[0] / 3.0 + of[1] + of[2] / 10.0 + of[3] / 2.0) / 4.0).exp();
    assert!((found.perplexity("row", tokens).unwrap() - corpus).abs() < 1e-12 * corpus);
    assert!((found.mean_perplexity("row", tokens.to_vec()).unwrap() - mean).abs() < 1e-12 * mean);
    let message = |tokens: [f64; 4]| found.perplexity("row", tokens).unwrap_err().to_string();
    assert_eq!(
        message([1.0, -1.0, 2.0, 2.0]),
        "element 1 of the plate `row` has -1 tokens; expected a number of at least 0"
    );
    assert_eq!(
        message([0.0; 4]),
        "the elements of the plate `row` have no tokens, of which perplexity is a mean"
    );
    let unknown = found.perplexity("rows", tokens).unwrap_err().to_string();
    assert_eq!(unknown, "no plate `rows` in these bounds; did you mean `row`?");
}
