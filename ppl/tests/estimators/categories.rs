//! Arrays of categories whose gradients are estimated by draws of them.

use super::*;

const PRIOR: [[f64; 3]; 2] = [[0.3, -0.4, 0.1], [-0.7, 0.2, 0.5]];

#[model]
fn kinds() {
    let kind = sample!("kind", Categorical::logits(PRIOR)).to_tensor();
    observe!("x", Normal::new((kind * [1.0, 0.6]).sum().powi(2), 1.0), 3.0);
}

fn log_softmax(l: &[f64]) -> Vec<f64> {
    let total = l.iter().map(|l| l.exp()).sum::<f64>().ln();
    l.iter().map(|l| l - total).collect()
}

fn loss(l: [f64; 6]) -> f64 {
    let rows = [log_softmax(&l[..3]), log_softmax(&l[3..])];
    let prior = PRIOR.map(|p| log_softmax(&p));
    let term = |z: [usize; 2]| {
        let log_q = rows[0][z[0]] + rows[1][z[1]];
        let mean = (z[0] as f64 + 0.6 * z[1] as f64).powi(2);
        log_q.exp() * (log_q - prior[0][z[0]] - prior[1][z[1]] - log_normal(3.0, mean, 1.0))
    };
    (0..9).map(|k| term([k / 3, k % 3])).sum()
}

const Q: [[f64; 3]; 2] = [[0.8, 0.2, 0.6], [0.3, 0.9, 0.6]];

macro_rules! guide {
    ($($estimator:tt)*) => {{
        #[guide(kinds)]
        fn guide() {
            sample!("kind", Categorical::logits(param!("l", ndarray::arr2(&Q))), $($estimator)*);
        }
        guide()
    }};
}

#[test]
fn an_array_moves_jointly() {
    let exact = gradient_and_value(loss, [0.8, 0.2, 0.6, 0.3, 0.9, 0.6]);
    macro_rules! check {
        ($seed:literal, $($estimator:tt)*) => {
            for closed in [true, false] {
                let elbo = particles(100).closed_kl(closed);
                let svi = Svi::new(kinds(), guide!($($estimator)*), elbo, sgd()).seed($seed);
                assert_gradient!(svi, stringify!($($estimator)*), exact, "l");
            }
        };
    }
    check!(1, Score::new());
    check!(2, LeaveOneOut::samples(4));
    check!(3, Score::baseline(SelfCritical));
    check!(4, Score::baseline(DecayingAverage::new(0.9)));
    let (step, gradient) = Svi::new(kinds(), guide!(enumerate), Elbo::default(), sgd()).gradient().unwrap();
    let found: Vec<f64> = gradient.get("l").unwrap().iter().copied().chain([step.loss]).collect();
    for (found, exact) in found.iter().zip(&exact) {
        assert!((found - exact).abs() < 1e-9, "{found}, {exact}");
    }
}

#[test]
fn what_moves_one_number_refuses_an_array_of_categories() {
    for error in [
        Svi::new(kinds(), guide!(SumAndSample::new(1)), particles(1), sgd()).step().unwrap_err(),
        Svi::new(kinds(), guide!(MeasureValued), particles(1), sgd()).step().unwrap_err(),
    ] {
        assert!(error.to_string().contains("moves one number at a time, so draw it in a plate"), "{error}");
    }
}

/// One category, whose most probable value a self-critical baseline reads off its vector.
#[model]
fn one() {
    let kind = sample!("kind", Categorical::new([0.2, 0.5, 0.3])).to_real();
    observe!("x", Normal::new(kind.powi(2), 2.0), 3.0);
}

#[guide(one)]
fn of_one() {
    let probs = param!("p", [0.5, 0.2, 0.3], Simplex);
    sample!("kind", Categorical::new(probs), Score::baseline(SelfCritical));
}

#[guide(one)]
fn of_one_exactly() {
    sample!("kind", Categorical::new(param!("p", [0.5, 0.2, 0.3], Simplex)), enumerate);
}

#[test]
fn one_category_is_as_before() {
    let (step, gradient) = Svi::new(one(), of_one_exactly(), particles(1), sgd()).gradient().unwrap();
    let exact: Vec<f64> = gradient.get("p").unwrap().iter().copied().chain([step.loss]).collect();
    let svi = Svi::new(one(), of_one(), particles(100).closed_kl(false), sgd()).seed(5);
    assert_gradient!(svi, "SelfCritical", exact, "p");
}
