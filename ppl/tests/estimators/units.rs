//! Baselines predict the loss of one element, however many rows a step visits, and the gradient has the same expectation.

use super::enumerated::{assert_exact, expectation};
use super::*;
use ppl::Handlers;

const LOG_SQRT_TAU: f64 = 0.918_938_533_204_672_7;

/// What the site is does not matter, so that each element has one cost: that of its observation.
#[model]
fn indifferent(x: &[f64], batch: usize, weight: f64) {
    plate!("i", x.len(), subsample(batch), |i| {
        let b = sample!("b", Bernoulli::new(0.5)).to_real();
        observe!("x", Normal::new(0.0 * b, 1.0), x.at(i), weight(weight));
    });
}

#[guide(indifferent)]
fn given(x: &[f64], batch: usize, factor: f64) {
    let l = param!("l", 0.0);
    plate!("i", x.len(), subsample(batch), |i| {
        let x = x.at(i);
        let loss = factor * (0.5 * x * x + LOG_SQRT_TAU);
        sample!("b", Bernoulli::logits(l), Score::baseline(Given(loss)));
    });
}

#[guide(indifferent)]
fn learned(x: &[f64], batch: usize, _weight: f64) {
    let (l, level) = (param!("l", 0.0), param!("level", 0.0));
    plate!("i", x.len(), subsample(batch), |_i| {
        sample!("b", Bernoulli::logits(l), Score::baseline(Learned(level)));
    });
}

const X: [f64; 6] = [0.3, 2.2, -0.4, 1.6, 0.9, -3.0];

/// A value that is the loss of each element leaves nothing of the gradient: with the handler's scale and the model's weight, without the
/// weight of the plate, and with the loss's sign.
#[test]
fn a_given_value_is_compared_with_the_loss_of_an_element() {
    for batch in [2, 6] {
        for (scale, weight) in [(1.0, 1.0), (0.5, 1.0), (1.0, 3.0), (0.25, 0.5)] {
            for n in [1, 3] {
                let gradient = |factor: f64| {
                    let model = Handlers::scale(indifferent(&X, batch, weight), scale);
                    let mut svi =
                        Svi::new(model, given(&X, batch, factor), particles(n).closed_kl(false), sgd())
                            .seed(3);
                    (0..4).map(|_| svi.gradient().unwrap().1.get("l").unwrap()[[]].abs()).fold(0.0, f64::max)
                };
                let right = gradient(scale * weight);
                assert!(right < 1e-12, "{batch} rows, scale {scale}, weight {weight}: {right}");
                assert!(gradient(1.05 * scale * weight) > 1e-3 && gradient(-scale * weight) > 1e-3);
            }
        }
    }
}

#[test]
fn a_learned_value_is_the_loss_of_an_element() {
    let x = [1.2; 6];
    for batch in [2, 6] {
        for (scale, weight) in [(1.0, 1.0), (0.5, 1.0), (1.0, 3.0)] {
            for n in [1, 3] {
                let model = Handlers::scale(indifferent(&x, batch, weight), scale);
                let guide = learned(&x, batch, weight);
                let mut svi = Svi::new(model, guide, particles(n).closed_kl(false), Sgd::new(0.1)).seed(3);
                svi.freeze("l").unwrap();
                for _ in 0..200 {
                    svi.step().unwrap();
                }
                let found = svi.parameters().get("level").unwrap()[[]];
                let exact = scale * weight * (0.5 * 1.2 * 1.2 + LOG_SQRT_TAU);
                assert!(
                    (found - exact).abs() < 1e-12,
                    "{batch} rows, scale {scale}, weight {weight}: {found}, not {exact}"
                );
            }
        }
    }
}

/// The cost by weights of particles is minus the bound of an element. Where each weight is `exp(-L)` the derivative of the weights is a third
/// of the sum `S` of scores of three particles, so that a value `f L` leaves `S (1/3 + L (1 - f))`.
#[test]
fn a_bound_by_weights_has_the_same_units() {
    let x = [1.2; 6];
    let loss = 0.5 * 1.2 * 1.2 + LOG_SQRT_TAU;
    for batch in [2, 6] {
        let at = |factor: f64| {
            let mut svi =
                Svi::new(indifferent(&x, batch, 1.0), given(&x, batch, factor), Iwae::new(3), sgd()).seed(3);
            svi.gradient().unwrap().1.get("l").unwrap()[[]]
        };
        let (none, whole, half) = (at(0.0), at(1.0), at(0.5));
        let sum = none / (1.0 / 3.0 + loss);
        assert!(sum.abs() > 0.1, "{sum}");
        assert!((whole - sum / 3.0).abs() < 1e-12, "{batch} rows: {whole}");
        assert!((half - sum * (1.0 / 3.0 + 0.5 * loss)).abs() < 1e-12, "{batch} rows: {half}");
    }
}

mod subsampled {
    use super::*;

    #[model]
    fn switches(x: &[f64], batch: usize) {
        plate!("i", x.len(), subsample(batch), |i| {
            let b = sample!("b", Bernoulli::new(0.3)).to_real();
            observe!("x", Normal::new(2.0 * b, 0.8), x.at(i));
        });
    }

    macro_rules! guides {
        ($($name:ident: |$x:ident, $level:ident| $estimator:expr;)*) => {$(
            #[guide(switches)]
            fn $name(x: &[f64], batch: usize) {
                let (l, $level) = (param!("l", 0.2), param!("level", 0.7));
                plate!("i", x.len(), subsample(batch), |i| {
                    let $x = x.at(i);
                    sample!("b", Bernoulli::logits(l + 0.4 * $x), $estimator);
                });
            }
        )*};
    }
    guides! {
        plain: |x, _level| Score::new();
        constant: |x, _level| Score::baseline(Given(Real::from(2.5)));
        of_the_row: |x, level| Score::baseline(Given(level + x * x));
        taught: |x, level| Score::baseline(Learned(level + 0.3 * x));
        critical: |_x, _level| Score::baseline(SelfCritical);
    }

    const ROWS: [f64; 3] = [-0.6, 0.7, 2.0];

    fn probability(x: f64) -> f64 {
        1.0 / (1.0 + (-0.2 - 0.4 * x).exp())
    }

    /// The loss of an element: `log q(b) - log p(b, x)`.
    fn loss(x: f64, b: bool) -> f64 {
        let (p, q) = if b { (0.3, probability(x)) } else { (0.7, 1.0 - probability(x)) };
        let z = (x - if b { 2.0 } else { 0.0 }) / 0.8;
        q.ln() - f64::ln(p) + 0.5 * z * z + f64::ln(0.8) + LOG_SQRT_TAU
    }

    /// The losses and probabilities of every pair of rows with every value, or of all rows.
    fn outcomes(batch: usize) -> Vec<(f64, f64)> {
        let subsets: Vec<&[usize]> =
            if batch == 2 { vec![&[0, 1], &[0, 2], &[1, 2]] } else { vec![&[0, 1, 2]] };
        let mut all = Vec::new();
        for rows in &subsets {
            for bits in 0..1 << rows.len() {
                let (mut sum, mut of_it) = (0.0, 1.0 / subsets.len() as f64);
                for (k, &row) in rows.iter().enumerate() {
                    let (x, b) = (ROWS[row], bits >> k & 1 == 1);
                    sum += 3.0 / rows.len() as f64 * loss(x, b);
                    of_it *= if b { probability(x) } else { 1.0 - probability(x) };
                }
                all.push((sum, of_it));
            }
        }
        all
    }

    #[test]
    fn the_expectation_over_rows_and_values_is_the_gradient() {
        let q = ROWS.map(probability);
        // The derivative by the logit of each element's expectation, in which that of its own log-density is zero.
        let by_l: f64 =
            (0..3).map(|i| q[i] * (1.0 - q[i]) * (loss(ROWS[i], true) - loss(ROWS[i], false))).sum();
        let expected = |i: usize| q[i] * loss(ROWS[i], true) + (1.0 - q[i]) * loss(ROWS[i], false);
        // The mean square over the elements of what the prediction leaves.
        let by_level: f64 = (0..3).map(|i| -2.0 / 3.0 * (expected(i) - 0.7 - 0.3 * ROWS[i])).sum();
        macro_rules! check {
            ($guide:ident, $names:expr, $exact:expr) => {
                for batch in [2, 3] {
                    let elbo = Elbo::default().closed_kl(false);
                    let mut svi = Svi::new(switches(&ROWS, batch), $guide(&ROWS, batch), elbo, sgd()).seed(8);
                    let found = expectation(&outcomes(batch), || {
                        let (step, gradient) = svi.gradient().unwrap();
                        let by = |name: &&str| gradient.get(name).unwrap()[[]];
                        (step.loss, $names.iter().map(by).collect())
                    });
                    assert_exact(stringify!($guide), &found, &$exact);
                }
            };
        }
        check!(plain, ["l"], [by_l]);
        check!(constant, ["l"], [by_l]);
        check!(of_the_row, ["l", "level"], [by_l, 0.0]);
        check!(taught, ["l", "level"], [by_l, by_level]);
        check!(critical, ["l"], [by_l]);
    }
}

/// Costs of an element that deviate by less than one are not divided, however many times they count.
#[test]
fn a_deviation_is_that_of_an_elements_loss() {
    #[model]
    fn weak(x: &[f64]) {
        plate!("i", x.len(), subsample(4), |i| {
            let b = sample!("b", Bernoulli::new(0.5)).to_real();
            observe!("x", Normal::new(0.3 * b, 1.0), x.at(i));
        });
    }
    macro_rules! steps {
        ($estimator:expr) => {{
            #[guide(weak)]
            fn guessed(x: &[f64]) {
                let l = param!("l", 0.1);
                plate!("i", x.len(), subsample(4), |_i| {
                    sample!("b", Bernoulli::logits(l), $estimator);
                });
            }
            let x = [0.5; 40];
            let mut svi =
                Svi::new(weak(&x), guessed(&x), Elbo::default().closed_kl(false), Sgd::new(1e-3)).seed(2);
            (0..20).for_each(|_| assert!(svi.step().is_ok()));
            svi.parameters()
        }};
    }
    let average = steps!(Score::baseline(DecayingAverage::new(0.9)));
    assert_eq!(steps!(Score::baseline(Standardised::new(0.9))), average);
    assert_ne!(steps!(Score::new()), average);
}

mod apart {
    use super::*;

    const LOSS: f64 = 0.5 + LOG_SQRT_TAU;

    #[model]
    fn branches() {
        let b = sample!("b", Bernoulli::new(0.5), concrete);
        observe!("x", Normal::new(if b { 1.0 } else { -1.0 }, 1.0), 0.0);
    }

    #[guide(branches)]
    fn guessed(value: f64) {
        let l = param!("l", 0.0);
        sample!("b", Bernoulli::logits(l), concrete, Score::baseline(Given(Real::from(value))));
    }

    /// The sum over the model's paths is the loss of every site of the guide.
    #[model]
    fn summed() {
        let _z = sample!("z", Bernoulli::new(0.5));
        let b = sample!("b", Bernoulli::new(0.5), enumerate, concrete);
        observe!("x", Normal::new(if b { 1.0 } else { -1.0 }, 1.0), 0.0);
    }

    #[guide(summed)]
    fn beside(value: f64) {
        sample!("z", Bernoulli::logits(param!("l", 0.0)), Score::baseline(Given(Real::from(value))));
    }

    #[test]
    fn programs_that_branch_have_the_same_units() {
        for n in [1, 2] {
            let zero = |value| {
                let mut svi = Svi::new(branches(), guessed(value), particles(n), sgd()).seed(1);
                svi.gradient().unwrap().1.get("l").unwrap()[[]].abs()
            };
            assert!(zero(LOSS) < 1e-12, "{}", zero(LOSS));
            let of_paths = |value| {
                let mut svi = Svi::new(summed(), beside(value), particles(n), sgd()).seed(1);
                svi.gradient().unwrap().1.get("l").unwrap()[[]].abs()
            };
            assert!(of_paths(LOSS) < 1e-12, "{}", of_paths(LOSS));
        }
        let mut svi = Svi::new(summed(), beside(-LOSS), particles(1), sgd()).seed(1);
        assert!(svi.gradient().unwrap().1.get("l").unwrap()[[]].abs() > 1e-3);
        let mut svi = Svi::new(branches(), guessed(-LOSS), particles(1), sgd()).seed(1);
        assert!(svi.gradient().unwrap().1.get("l").unwrap()[[]].abs() > 1e-3);
    }
}

mod made_inside {
    use super::*;

    #[model]
    fn coins(x: &[f64]) {
        plate!("row", x.len(), |i| {
            let a = sample!("a", Bernoulli::new(0.3)).to_real();
            let b = sample!("b", Bernoulli::new(0.6)).to_real();
            observe!("x", Normal::new(a + b, 0.5), x.at(i));
        });
    }

    #[guide(coins)]
    fn level(x: &[f64]) {
        plate!("row", x.len(), |_i| {
            sample!("a", Bernoulli::logits(param!("own", 0.2)));
            let level = param!("level", 0.0);
            sample!("b", Bernoulli::logits(param!("other", 0.1)), Score::baseline(Learned(level)));
        });
    }

    #[guide(coins)]
    fn network(x: &[f64]) {
        plate!("row", x.len(), |i| {
            sample!("a", Bernoulli::logits(param!("own", 0.2)));
            let hidden = (param!("hidden", [0.3, -0.2]) * x.at(i)).tanh();
            let loss = hidden.sum() + param!("shift", 0.0);
            sample!("b", Bernoulli::logits(param!("other", 0.1)), Score::baseline(Learned(loss)));
        });
    }

    #[guide(coins)]
    fn stacked(x: &[f64]) {
        let levels = plate!("row", x.len(), |_i| param!("level", 0.5));
        plate!("row", x.len(), |i| {
            sample!("a", Bernoulli::logits(param!("own", 0.2)));
            let loss = levels.at(i);
            sample!("b", Bernoulli::logits(param!("other", 0.1)), Score::baseline(Learned(loss)));
        });
    }

    #[guide(coins)]
    fn outside(x: &[f64]) {
        let (level, slope) = (param!("level", 0.0), param!("slope", 0.1));
        plate!("row", x.len(), |i| {
            let a = sample!("a", Bernoulli::logits(param!("own", 0.2))).to_real();
            let loss = level + slope * x.at(i) + 0.1 * a;
            sample!("b", Bernoulli::logits(param!("other", 0.1)), Score::baseline(Learned(loss)));
        });
    }

    #[test]
    fn a_learned_baseline_of_each_element_is_refused() {
        let x = [0.1, 0.9, 1.7];
        let message = |parameter: &str| {
            format!(
                "site `b`: has a `Learned` baseline of the parameter `{parameter}`, which is made inside of the plates [row]: it would be one for each \
                 element, taught by the costs of that element alone; make the parameter outside of the plate's body"
            )
        };
        macro_rules! assert_refused {
            ($guide:ident, $parameter:expr) => {
                for n in [1, 3] {
                    let mut svi = Svi::new(coins(&x), $guide(&x), particles(n), sgd()).seed(1);
                    for _ in 0..2 {
                        let error = svi.step().unwrap_err().to_string();
                        assert!(error.ends_with(&message($parameter)), "{error}");
                    }
                    let own = svi.parameters().get("own").unwrap().clone();
                    assert!(own.iter().all(|&l| l == 0.2));
                }
            };
        }
        assert_refused!(level, "level");
        assert_refused!(network, "hidden");
        assert_refused!(stacked, "level");
    }

    /// Parameters of rows may stand anywhere else, also where a baseline depends on what was drawn with them.
    #[test]
    fn one_of_all_elements_is_not() {
        let x = [0.1, 0.9, 1.7];
        for n in [1, 3] {
            let mut svi = Svi::new(coins(&x), outside(&x), particles(n), Sgd::new(1e-3)).seed(1);
            svi.step().unwrap();
            assert_ne!(svi.parameters().get("level").unwrap()[[]], 0.0);
        }
    }
}
