use super::*;

const TABLE: [f64; 4] = [-1.0, 0.5, 2.5, 0.0];

#[model]
fn die() {
    let z = sample!("z", Categorical::new([0.1, 0.4, 0.3, 0.2]));
    observe!("x", Normal::new(TABLE.at(z), 0.8), 1.2);
}

fn loss(logits: [f64; 4]) -> f64 {
    let total: f64 = logits.iter().map(|l| l.exp()).sum();
    (0..4)
        .map(|k| {
            let q = logits[k].exp() / total;
            q * (q.ln() - [0.1f64, 0.4, 0.3, 0.2][k].ln() - log_normal(1.2, TABLE[k], 0.8))
        })
        .sum()
}

const LOGITS: [f64; 4] = [0.3, -0.2, 0.9, -1.5];

macro_rules! guide {
    ($estimator:expr) => {{
        #[guide(die)]
        fn guide() {
            sample!("z", Categorical::logits(param!("l", LOGITS)), $estimator);
        }
        guide()
    }};
}

macro_rules! check {
    ($estimator:expr) => {{
        let exact = gradient_and_value(loss, LOGITS);
        for elbo in [particles(100), particles(100).closed_kl(false)] {
            let svi = Svi::new(die(), guide!($estimator), elbo, sgd()).seed(10);
            assert_gradient!(svi, stringify!($estimator), exact, "l");
        }
    }};
}

#[test]
fn sums_and_samples() {
    check!(SumAndSample::new(1));
    check!(SumAndSample::new(2));
    check!(SumAndSample::new(3));
}

#[test]
fn the_others() {
    check!(LeaveOneOut::samples(3));
    check!(MeasureValued);
    check!(Score::baseline(SelfCritical));
}

/// The factor of a standardised baseline is the same for all of a site's parameters.
#[test]
fn a_standardised_gradient_has_the_direction_of_the_gradient() {
    let exact = gradient_and_value(loss, LOGITS);
    let loud = ppl::Handlers::scale(die(), 20.0);
    let estimator = guide!(Score::baseline(Standardised::new(0.9)));
    let mut svi = Svi::new(loud, estimator, particles(50), sgd()).seed(11);
    for _ in 0..100 {
        svi.gradient().unwrap();
    }
    let found = Moments::of(20_000, || {
        let (_, gradient) = svi.gradient().unwrap();
        let g = gradient.get("l").unwrap();
        vec![g[0], g[1], g[2], g[3], g[0] * exact[1] - g[1] * exact[0], g[2] * exact[3] - g[3] * exact[2]]
    });
    let factor = found.mean[0] / (20.0 * exact[0]);
    assert!(factor > 0.0 && factor < 0.5, "{factor}");
    for k in 4..6 {
        let error = (found.variance(k) / 20_000.0).sqrt();
        assert!(found.mean[k].abs() <= 5.0 * error, "{} {error}", found.mean[k]);
        assert!(5.0 * error <= 0.2 * factor * 20.0 * exact[0].abs().max(exact[2].abs()) * 0.5, "{error}");
    }
}

/// What the second site is drawn from, by the first: one outcome has no chance.
const ROWS: [[f64; 3]; 2] = [[0.6, 0.4, 0.0], [0.1, 0.9, 0.0]];
const CHANCE: [f64; 3] = [0.3, 0.8, 0.0];

#[model]
fn never() {
    sample!("b", Bernoulli::new(0.5));
    let z = sample!("z", Categorical::new([0.2, 0.3, 0.5]));
    observe!("x", Bernoulli::new(CHANCE.at(z)), true);
}

#[guide(never)]
fn without_the_last() {
    let rows = ndarray::arr2(&ROWS);
    let b = sample!("b", Bernoulli::logits(param!("l", 0.4)), SumAndSample::new(1));
    sample!("z", Categorical::new(rows.at(b)), enumerate);
}

#[test]
fn an_outcome_without_weight_may_have_an_infinite_cost() {
    let cost = |b: usize| -> f64 {
        (0..2).map(|z| ROWS[b][z] * (ROWS[b][z] / ([0.2, 0.3][z] * CHANCE[z])).ln()).sum()
    };
    let exact = gradient_and_value(
        |[l]: [f64; 1]| {
            let q = 1.0 / (1.0 + (-l).exp());
            q * ((q / 0.5).ln() + cost(1)) + (1.0 - q) * (((1.0 - q) / 0.5).ln() + cost(0))
        },
        [0.4],
    );
    // All outcomes but one are summed, so that nothing is drawn.
    let mut svi = Svi::new(never(), without_the_last(), Elbo::default(), sgd());
    let (step, gradient) = svi.gradient().unwrap();
    assert!((step.loss - exact[1]).abs() < 1e-12, "{step:?} {exact:?}");
    assert!((gradient.get("l").unwrap()[[]] - exact[0]).abs() < 1e-9, "{gradient:?} {exact:?}");
}
