//! A divergence counts for at least its free bits: row by row, in the loss and in its gradient, in no report.

use ppl::optim::Schedule;
use ppl::prelude::*;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-10 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The divergence of a normal distribution from the standard one.
fn kl(loc: f64, scale: f64) -> f64 {
    0.5 * (scale * scale + loc * loc - 1.0) - scale.ln()
}

const X: [f64; 4] = [0.4, -0.3, 1.2, 0.8];
const LOCS: [f64; 4] = [0.1, 0.9, -1.6, 0.4];

#[model]
fn rows(x: &[f64], least: f64, rows: usize) {
    plate!("row", x.len(), subsample(rows), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0), free_bits(least));
        observe!("x", Normal::new(z, 1.0), x.at(i));
    });
}

#[guide(rows)]
fn of_rows(x: &[f64], _least: f64, rows: usize) {
    let shift = param!("shift", 0.0);
    plate!("row", x.len(), subsample(rows), |i| {
        sample!("z", Normal::new(LOCS.at(i) + shift, 0.8));
    });
}

#[test]
fn each_row_has_its_floor() {
    for (least, particles) in [(0.2, 1), (0.2, 3), (0.0, 1), (100.0, 2)] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(rows(&X, least, 4), of_rows(&X, least, 4), elbo, Adam::new(0.1)).seed(1);
        let (step, gradient) = svi.gradient().unwrap();
        let divergence: f64 = LOCS.iter().map(|&loc| kl(loc, 0.8)).sum();
        let floored: f64 = LOCS.iter().map(|&loc| kl(loc, 0.8).max(least)).sum();
        close(step.kl, divergence);
        close(step.loss, floored - step.log_likelihood);
        close(step.elbo, step.log_likelihood - divergence);
        close(svi.parts().iter().map(|part| part.loss).sum(), step.loss);
        // What a step without any adds to the gradient is that of the rows above the floor.
        let mut plain = Svi::new(
            rows(&X, 0.0, 4),
            of_rows(&X, 0.0, 4),
            Elbo::default().particles(particles),
            Adam::new(0.1),
        );
        plain.set_parameter("shift", 0.0).unwrap();
        let mut plain = plain.seed(1);
        let below: f64 = LOCS.iter().filter(|&&loc| kl(loc, 0.8) < least).sum();
        let found = gradient.get("shift").unwrap()[[]];
        close(found, plain.gradient().unwrap().1.get("shift").unwrap()[[]] - below);
        close(svi.evaluate(3).unwrap().loss, plain.evaluate(3).unwrap().loss);
    }
}

#[test]
fn a_subsample_stands_for_all_rows_and_schedules_and_weights_apply() {
    // Every row is below its floor.
    let mut svi =
        Svi::new(rows(&X, 50.0, 2), of_rows(&X, 50.0, 2), Elbo::default().kl_weight(0.5), Adam::new(0.1))
            .seed(1);
    let step = svi.step().unwrap();
    close(step.loss + step.log_likelihood, 0.5 * 4.0 * 50.0);

    #[model]
    fn warm(schedule: &Schedule) {
        sample!("z", Normal::new(0.0, 1.0), free_bits(schedule), weight(2.0));
    }

    #[guide(warm)]
    fn of_warm(_schedule: &Schedule) {
        sample!("z", Normal::new(param!("loc", 0.3), 0.9));
    }

    let schedule = Schedule::constant(4.0).after_warmup(4);
    let mut svi = Svi::new(warm(&schedule), of_warm(&schedule), Elbo::default(), Sgd::new(1e-200)).seed(1);
    for least in [1.0, 2.0, 3.0, 4.0, 4.0] {
        close(svi.step().unwrap().loss, 2.0 * least);
    }
}

#[test]
fn it_is_in_the_costs_of_sites_before_it() {
    use ppl::support::UnitInterval;

    #[model]
    fn switch(least: f64) {
        let b = sample!("b", Bernoulli::new(0.5));
        sample!("z", Normal::new(b.to_real() * 2.0, 1.0), free_bits(least));
    }

    #[guide(switch)]
    fn of_switch(_least: f64) {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), Score::new());
        sample!("z", Normal::new(param!("loc", 0.3), 0.9));
    }

    let (n, least) = (400_000, 0.5);
    let mut svi =
        Svi::new(switch(least), of_switch(least), Elbo::default().particles(n), Adam::new(0.1)).seed(3);
    let (step, gradient) = svi.gradient().unwrap();
    let value = |b: f64| kl(0.3 - 2.0 * b, 0.9).max(least);
    let loss = |q: f64| {
        q * value(1.0) + (1.0 - q) * value(0.0) + q * (q / 0.5).ln() + (1.0 - q) * ((1.0 - q) / 0.5).ln()
    };
    let slope = (loss(0.4 + 1e-5) - loss(0.4 - 1e-5)) / 2e-5 * 0.4 * 0.6;
    assert!((step.loss - loss(0.4)).abs() < 0.01, "{}, {}", step.loss, loss(0.4));
    let found = gradient.get("q").unwrap()[[]];
    assert!((found - slope).abs() < 0.01 && slope.abs() > 0.05, "{found}, {slope}");
}

#[test]
fn an_estimate_has_no_floor() {
    let refused = |elbo: Elbo| {
        let mut svi = Svi::new(rows(&X, 0.2, 4), of_rows(&X, 0.2, 4), elbo, Adam::new(0.1));
        svi.step().unwrap_err().to_string()
    };
    for elbo in [Elbo::default().closed_kl(false), Elbo::default().sticking_the_landing()] {
        let error = refused(elbo);
        assert!(error.contains("`z`") && error.contains("closed divergence"), "{error}");
    }
    let mut svi = Svi::new(rows(&X, 0.2, 4), of_rows(&X, 0.2, 4), Iwae::new(3), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`z`") && error.contains("closed divergence"), "{error}");
    // Densities and evaluation know nothing of it.
    let values = Values::new().with("z", ndarray::arr1(&[0.0; 4]));
    close(
        ppl::log_density(rows(&X, 0.2, 4), &values).unwrap(),
        ppl::log_density(rows(&X, 0.0, 4), &values).unwrap(),
    );
    let mut svi = Svi::new(rows(&X, -0.2, 4), of_rows(&X, -0.2, 4), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`free_bits` must be finite and not negative"), "{error}");
}

const SHIFTS: [f64; 3] = [0.1, -0.7, 1.3];

/// Latent vectors, of which each number may have a floor of its own.
macro_rules! vectors {
    ($model:ident, $guide:ident, $least:ident: $bits:expr) => {
        #[model]
        fn $model(x: &[f64], kept: &[bool], rows: usize, $least: f64) {
            plate!("row", x.len(), subsample(rows), mask(kept), |i| {
                let z = sample!("z", Normal::new(0.0, 1.0).expand(&[3]), $bits);
                observe!("x", Normal::new(z.sum(), 1.0), x.at(i));
            });
        }

        #[guide($model)]
        fn $guide(x: &[f64], kept: &[bool], rows: usize, _least: f64) {
            let shift = param!("shift", SHIFTS);
            plate!("row", x.len(), subsample(rows), mask(kept), |i| {
                sample!("z", Normal::new(shift * 1.0 + LOCS.at(i), 0.8));
            });
        }
    };
}
vectors!(by_row, of_by_row, least: free_bits(least));
vectors!(by_dimension, of_by_dimension, least: free_bits(least).per_dimension());
vectors!(by_mean, of_by_mean, least: free_bits(least).of_mean());
vectors!(by_mean_of_dimension, of_by_mean_of_dimension, least: free_bits(least).per_dimension().of_mean());

/// The divergences of rows and dimensions.
fn divergences(shift: [f64; 3], kept: &[bool]) -> Vec<[f64; 3]> {
    let rows = LOCS.iter().zip(kept).filter(|(_, kept)| **kept);
    rows.map(|(loc, _)| shift.map(|shift| kl(loc + shift, 0.8))).collect()
}

#[test]
fn floors_of_dimensions_and_of_means() {
    let exact_by_row =
        |rows: &[[f64; 3]], least: f64| rows.iter().map(|r| r.iter().sum::<f64>().max(least)).sum();
    let exact_by_dimension =
        |rows: &[[f64; 3]], least: f64| rows.iter().flatten().map(|d| d.max(least)).sum();
    let exact_by_mean =
        |rows: &[[f64; 3]], least: f64| rows.iter().flatten().sum::<f64>().max(least * rows.len() as f64);
    let exact_by_mean_of_dimension = |rows: &[[f64; 3]], least: f64| {
        (0..3).map(|d| rows.iter().map(|r| r[d]).sum::<f64>().max(least * rows.len() as f64)).sum()
    };
    macro_rules! check {
        ($model:ident, $guide:ident, $exact:expr) => {
            let exact: &dyn Fn(&[[f64; 3]], f64) -> f64 = &$exact;
            for kept in [[true; 4], [true, false, true, true]] {
                for (least, particles) in [(0.3, 1), (0.9, 3), (1.7, 2), (0.0, 1)] {
                    let elbo = Elbo::default().particles(particles).kl_weight(0.5);
                    let (model, guide) = ($model(&X, &kept, 4, least), $guide(&X, &kept, 4, least));
                    let mut svi = Svi::new(model, guide, elbo, Adam::new(0.1)).seed(1);
                    let (step, gradient) = svi.gradient().unwrap();
                    close(step.kl, divergences(SHIFTS, &kept).iter().flatten().sum());
                    close(step.loss, 0.5 * exact(&divergences(SHIFTS, &kept), least) - step.log_likelihood);
                    // What the floor takes from the gradient, against differences.
                    let (model, guide) = ($model(&X, &kept, 4, 0.0), $guide(&X, &kept, 4, 0.0));
                    let elbo = Elbo::default().particles(particles).kl_weight(0.5);
                    let mut plain = Svi::new(model, guide, elbo, Adam::new(0.1)).seed(1);
                    let without = plain.gradient().unwrap().1;
                    for d in 0..3 {
                        let at = |h: f64| {
                            let mut shift = SHIFTS;
                            shift[d] += h;
                            let found = divergences(shift, &kept);
                            0.5 * (exact(&found, least) - exact(&found, 0.0))
                        };
                        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                        let [found, without] = [&gradient, &without].map(|g| g.get("shift").unwrap()[[d]]);
                        assert!((found - without - slope).abs() < 1e-7, "{found} - {without}, {slope}");
                    }
                }
            }
        };
    }
    check!(by_row, of_by_row, exact_by_row);
    check!(by_dimension, of_by_dimension, exact_by_dimension);
    check!(by_mean, of_by_mean, exact_by_mean);
    check!(by_mean_of_dimension, of_by_mean_of_dimension, exact_by_mean_of_dimension);
}

#[test]
fn a_mean_is_of_the_rows_that_are_visited() {
    // Every mean lies below, so that each row of the data, visited or not, counts for the floor.
    let kept = [true; 4];
    let (model, guide) = (by_mean(&X, &kept, 2, 50.0), of_by_mean(&X, &kept, 2, 50.0));
    let step = Svi::new(model, guide, Elbo::default(), Adam::new(0.1)).seed(1).step().unwrap();
    close(step.loss + step.log_likelihood, 4.0 * 50.0);
}

#[test]
fn dimensions_of_a_joint_family_are_refused() {
    #[model]
    fn joint() {
        sample!("z", Dirichlet::new([1.0, 2.0]), free_bits(0.1).per_dimension());
    }

    #[guide(joint)]
    fn of_joint() {
        sample!("z", Dirichlet::new(param!("a", [2.0, 2.0], Positive)));
    }
    let error =
        Svi::new(joint(), of_joint(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("site `z`: has `free_bits` for each dimension"), "{error}");
}
