//! Parameters of rows that are made anew for other data.

use super::*;

#[model]
fn topics(x: &[f64]) {
    let shift = param!("shift", 0.5);
    let level = plate!("topic", 2, |_| sample!("level", Normal::new(0.0, 1.0)));
    plate!("row", x.len(), |i| {
        let z = sample!("z", Normal::new(shift, 1.0));
        observe!("x", Normal::new(z + 0.0 * level.sum(), NOISE), x.at(i));
    });
}

#[guide(topics)]
fn of_topics(x: &[f64]) {
    plate!("topic", 2, |_| sample!("level", Normal::new(param!("topic_loc", 0.8), 1.0)));
    plate!("row", x.len(), |_| {
        sample!("z", Normal::new(param!("loc", 0.0), param!("scale", 1.0, Positive)));
    });
}

#[test]
fn rows_of_new_data_are_fitted_and_everything_else_stays() {
    let (old, new) = (data(3), data(9));
    let mut svi = Svi::new(topics(&old), of_topics(&old), Elbo::default(), Adam::new(0.05)).seed(12);
    (0..20).for_each(|_| assert!(svi.step().is_ok()));
    let before = svi.parameters();
    let (model, guide) = (topics(&new), of_topics(&new));
    let asked = svi.evaluate_on(&model, &guide).draws(2_000).refit_rows("row", 1_500);
    let found = asked.run().unwrap();
    assert_eq!(svi.parameters(), before);
    // The posterior of a row is normal: with the best rows nothing is lost but what the topics lose.
    let shift = before.get("shift").unwrap()[[]];
    let exact: Vec<f64> = new.iter().map(|&x| log_normal(x, shift, 1f64.hypot(NOISE))).collect();
    assert_close("rows", found.of("row").unwrap(), &exact, 0.05);
    let topics = before.get("topic_loc").unwrap().iter().map(|loc| 0.5 * loc * loc).sum::<f64>();
    assert!((found.outside("row").unwrap() + topics).abs() < 1e-9, "{topics}");
    assert!(topics > 1e-6);
}

#[test]
fn rows_are_fitted_alike_whatever_the_blocks() {
    let (old, new) = (data(3), data(9));
    let mut svi = Svi::new(topics(&old), of_topics(&old), Elbo::default(), Adam::new(0.05)).seed(12);
    let (model, guide) = (topics(&new), of_topics(&new));
    let whole = svi.evaluate_on(&model, &guide).refit_rows("row", 50).run().unwrap();
    for rows in [1, 4] {
        let blocks =
            svi.evaluate_on(&model, &guide).in_blocks("row", rows).refit_rows("row", 50).run().unwrap();
        assert_close("rows", blocks.of("row").unwrap(), whole.of("row").unwrap(), 1e-9);
    }
    // Data with as many rows are no reason to keep those of the session.
    let same = svi.evaluate_on(&topics(&old), &of_topics(&old)).refit_rows("row", 50).run().map(|f| f.total);
    assert!(same.unwrap().is_finite());
}

#[test]
fn automatic_guides_have_rows_too() {
    let (old, new) = (data(3), data(9));
    let mut svi =
        Svi::new(topics(&old), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.05)).seed(12);
    (0..20).for_each(|_| assert!(svi.step().is_ok()));
    let (model, guide) = (topics(&new), auto::guide(auto::MeanField));
    let error = svi.evaluate_on(&model, &guide).run().unwrap_err().to_string();
    assert!(error.contains("fit rows of these data with `.refit_rows(\"row\", steps)`"), "{error}");
    let found = svi.evaluate_on(&model, &guide).draws(500).refit_rows("row", 1_500).run().unwrap();
    let shift = svi.parameters().get("shift").unwrap()[[]];
    let exact: Vec<f64> = new.iter().map(|&x| log_normal(x, shift, 1f64.hypot(NOISE))).collect();
    assert_close("rows", found.of("row").unwrap(), &exact, 0.1);
}

#[test]
fn a_rate_that_is_none_and_a_plate_without_parameters_are_refused() {
    let x = data(3);
    let (model, guide) = (topics(&x), of_topics(&x));
    let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.05)).seed(12);
    let asked = svi.evaluate_on(&model, &guide).refit_rows("row", 5).refit_rate(-1.0);
    let error = asked.run().unwrap_err().to_string();
    assert_eq!(error, "`refit_rate`: the learning rate must be positive and finite, got -1");
    let error = svi.evaluate_on(&model, &guide).refit_rows("rows", 5).run().unwrap_err().to_string();
    assert_eq!(error, "no plate `rows` in this session; did you mean `row`?");
    let (model, guide) = (rows(&x, 3), amortised(&x, 3));
    let mut svi = Svi::new(&model, &guide, Elbo::default(), Adam::new(0.05)).seed(12);
    let error = svi.evaluate_on(&model, &guide).refit_rows("row", 5).run().unwrap_err().to_string();
    assert_eq!(error, "`refit_rows`: no parameter lies in the plate `row`; there is nothing to fit");
}
