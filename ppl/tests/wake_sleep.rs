//! Wake-sleep: exact gradients of the wake phases over every outcome, and posteriors that both phases must find.

mod check;

use check::{close, log_normal};
use ppl::prelude::*;
use ppl::support::UnitInterval;

mod one_bernoulli {
    use super::*;

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(param!("p", 0.3, UnitInterval)));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    #[guide(coin)]
    fn proposal() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)));
    }

    #[guide(coin)]
    fn pair() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), ppl::estimator::DisArm);
    }

    #[guide(coin)]
    fn every() {
        sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate);
    }

    #[test]
    fn estimators_do_not_matter() {
        macro_rules! gradient {
            ($guide:expr) => {{
                let mut svi = Svi::new(coin(), $guide, WakeSleep::new(3), Adam::new(0.1)).seed(2);
                let (step, gradient) = svi.gradient().unwrap();
                (step, gradient.get("q").unwrap()[[]])
            }};
        }
        assert_eq!(gradient!(pair()), gradient!(proposal()));
        assert_eq!(gradient!(every()), gradient!(proposal()));
    }

    #[test]
    fn both_wake_gradients_are_weighted_scores() {
        let log_weight = |b: bool| {
            let (p, q) = if b { (0.3, 0.4) } else { (0.7, 0.6) };
            f64::ln(p / q) + log_normal(1.5, if b { 2.0 } else { 0.0 }, 1.0)
        };
        let mut svi = Svi::new(coin(), proposal(), WakeSleep::new(3), Adam::new(0.1)).seed(2);
        let mut met = [false; 4];
        for _ in 0..200 {
            let (step, gradient) = svi.gradient().unwrap();
            // Which number of ones it was, by the loss.
            let expected = (0..4).map(|ones: u8| {
                let total =
                    f64::from(ones) * log_weight(true).exp() + f64::from(3 - ones) * log_weight(false).exp();
                (ones, -(total / 3.0).ln(), f64::from(ones) * log_weight(true).exp() / total)
            });
            let mut matching = expected.filter(|(_, loss, _)| (loss - step.loss).abs() < 1e-12);
            let (ones, _, weight) = matching.next().expect("a known outcome");
            met[usize::from(ones)] = true;
            // The derivative of a Bernoulli's log-density by its logit is the outcome less the probability.
            close(gradient.get("p").unwrap()[[]], -(weight - 0.3), 1e-12);
            close(gradient.get("q").unwrap()[[]], -(weight - 0.4), 1e-12);
        }
        assert_eq!(met, [true; 4]);
    }

    #[test]
    fn a_hidden_site_is_refused() {
        let mut svi = Svi::new(both().block(["a"]), proposal_of_both(), WakeSleep::new(3), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("site `a`: is hidden, so that it has no density"), "{error}");
    }

    #[model]
    fn both() {
        let a = sample!("a", Normal::new(0.0, 1.0));
        let b = sample!("b", Normal::new(a, 1.0));
        observe!("x", Normal::new(b, 1.0), 1.5);
    }

    #[guide]
    fn proposal_of_both() {
        sample!("b", Normal::new(0.0, 1.0));
    }
}

mod conjugate {
    use super::*;

    #[model]
    fn one(x: f64) {
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(z, 1.0), x);
    }

    #[guide(one)]
    fn amortised(x: f64) {
        let loc = param!("slope", 0.0) * x + param!("constant", 0.3);
        sample!("z", Normal::new(loc, param!("scale", 1.0, Positive)));
    }

    #[guide(one)]
    fn plain(_x: f64) {
        sample!("z", Normal::new(param!("loc", 0.3), param!("scale", 1.0, Positive)));
    }

    #[test]
    fn the_wake_phase_finds_the_posterior() {
        let mut svi =
            Svi::new(one(1.5), plain(1.5), WakeSleep::new(20), Adam::new(Schedule::cosine(0.05, 3_000)))
                .seed(1);
        for _ in 0..3_000 {
            svi.step().unwrap();
        }
        let by_name = |name: &str| svi.parameters().get(name).unwrap()[[]];
        // Normal(.75, sqrt(.5)).
        let found = [by_name("loc"), by_name("scale")];
        assert!((found[0] - 0.75).abs() < 0.005 && (found[1] - 0.5f64.sqrt()).abs() < 0.005, "{found:?}");
    }

    #[test]
    fn the_sleep_phase_finds_the_posterior_for_any_data() {
        let mut svi =
            Svi::new(one(1.5), amortised(1.5), WakeSleep::new(2), Adam::new(Schedule::cosine(0.02, 20_000)))
                .seed(1);
        for _ in 0..20_000 {
            let dream = svi.dream().unwrap();
            let x = dream.get("x").unwrap()[[0]];
            svi.sleep_step(&dream, amortised(x)).unwrap();
        }
        let by_name = |name: &str| svi.parameters().get(name).unwrap()[[]];
        let found = [by_name("slope"), by_name("constant"), by_name("scale")];
        let exact = [0.5, 0.0, 0.5f64.sqrt()];
        for (found, exact) in found.into_iter().zip(exact) {
            assert!((found - exact).abs() < 0.02, "{found}, expected {exact}");
        }
    }

    #[test]
    fn a_sleep_step_is_the_density_of_the_dream() {
        let mut svi = Svi::new(one(1.5), amortised(1.5), WakeSleep::new(2), Sgd::new(0.1)).seed(1);
        let dream = svi.dream().unwrap();
        let (z, x) = (dream.get("z").unwrap()[[0]], dream.get("x").unwrap()[[0]]);
        close(svi.sleep_step(&dream, amortised(x)).unwrap(), -log_normal(z, 0.3, 1.0), 1e-14);
        let error = svi.sleep_step(&ppl::results::Draws::new(), amortised(x)).unwrap_err();
        assert_eq!(error.to_string(), "a sleep phase needs a dream of one draw, got 0");
    }
}

mod plates {
    use super::*;

    const X: [f64; 3] = [0.5, -1.0, 2.0];

    #[model]
    fn many(x: &[f64]) {
        let width = sample!("width", Gamma::new(2.0, 2.0));
        plate!("data", x.len(), |i| {
            let z = sample!("z", Bernoulli::new(0.4));
            observe!("x", Normal::new(z.to_real(), width), x.at(i));
        });
    }

    #[guide(many)]
    fn discrete(x: &[f64]) {
        sample!("width", Gamma::new(param!("shape", 2.0, Positive), param!("rate", 2.0, Positive)));
        let slope = param!("slope", 0.0);
        plate!("data", x.len(), |i| {
            sample!("z", Bernoulli::logits(slope * x.at(i)), enumerate);
        });
    }

    #[guide(many)]
    fn other(x: &[f64]) {
        let u = sample!("u", Normal::new(0.0, 1.0), auxiliary);
        sample!("width", LogNormal::new(u, 1.0));
        plate!("data", x.len(), |_| {
            sample!("z", Bernoulli::new(0.4));
        });
    }

    #[test]
    fn dreams_have_plates_and_discrete_sites() {
        let mut svi = Svi::new(many(&X), discrete(&X), Elbo::default(), Adam::new(0.01)).seed(1);
        for _ in 0..3 {
            let dream = svi.dream().unwrap();
            let x: Vec<f64> = dream.get("x").unwrap().iter().copied().collect();
            let width = dream.get("width").unwrap()[[0]];
            assert_eq!(dream.get("z").unwrap().shape(), [1, 3]);
            let before = svi.parameters();
            let slope = before.get("slope").map_or(0.0, |s| s[[]]);
            let (shape, rate) = match before.get("shape") {
                Ok(shape) => (shape[[]], before.get("rate").unwrap()[[]]),
                Err(_) => (2.0, 2.0),
            };
            let loss = svi.sleep_step(&dream, discrete(&x)).unwrap();
            let density = |d: f64| ppl::log_density(gamma(shape, rate), &Values::new().with("w", d)).unwrap();
            let ones = dream.get("z").unwrap().iter().zip(&x).map(|(&z, &x)| {
                let logit = slope * x;
                z * logit - logit.exp().ln_1p()
            });
            close(loss, -(density(width) + ones.sum::<f64>()), 1e-9);
        }
    }

    #[model]
    fn gamma(shape: f64, rate: f64) {
        sample!("w", Gamma::new(shape, rate));
    }

    #[model]
    fn walk(y: &[f64]) {
        markov!("walk", y.len(), Real::from(0.0), |before, t| {
            let z = sample!("z", Normal::new(before, 0.5));
            observe!("y", Normal::new(z, 1.0), y.at(t));
            z
        });
    }

    #[guide(walk)]
    fn steps(y: &[f64]) {
        markov!("walk", y.len(), Real::from(0.0), |before, t| {
            sample!("z", Normal::new(0.5 * before + 0.3 * y.at(t), param!("scale", 0.4, Positive)))
        });
    }

    #[test]
    fn dreams_have_chains() {
        let mut svi = Svi::new(walk(&X), steps(&X), WakeSleep::new(4), Adam::new(0.01)).seed(1);
        svi.step().unwrap();
        let scale = svi.parameters().get("scale").unwrap()[[]];
        let dream = svi.dream().unwrap();
        let read = |name: &str| -> Vec<f64> { dream.get(name).unwrap().iter().copied().collect() };
        let (z, y) = (read("z"), read("y"));
        let (mut before, mut expected) = (0.0, 0.0);
        for (&z, y) in z.iter().zip(&y) {
            expected -= log_normal(z, 0.5 * before + 0.3 * y, scale);
            before = z;
        }
        close(svi.sleep_step(&dream, steps(&y)).unwrap(), expected, 1e-12);
    }

    #[test]
    fn a_site_without_a_dreamt_value_is_named() {
        let mut svi = Svi::new(many(&X), other(&X), Elbo::default(), Adam::new(0.01)).seed(1);
        let dream = svi.dream().unwrap();
        let error = svi.sleep_step(&dream, other(&X)).unwrap_err().to_string();
        assert!(error.contains("site `u`: has no value in the dream"), "{error}");
    }
}

/// A guide's chain that tries every state in a step of `Elbo` is drawn here, as one without `enumerate` is.
mod chains {
    use super::*;

    #[model]
    fn hidden(y: &[f64]) {
        let table = ndarray::arr2(&[[0.7, 0.3], [0.2, 0.8]]);
        markov!("time", y.len(), 0, |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)));
            observe!("y", Normal::new(z.to_real() * param!("m", 1.5), 1.0), y.at(t));
            z
        });
    }

    #[guide(hidden)]
    fn every(y: &[f64]) {
        let table = param!("q", ndarray::arr2(&[[0.5, 0.5], [0.4, 0.6]]), Simplex);
        markov!("time", y.len(), 0, |prev, _t| sample!("z", Categorical::new(table.at(prev)), enumerate));
    }

    #[guide(hidden)]
    fn drawn(y: &[f64]) {
        let table = param!("q", ndarray::arr2(&[[0.5, 0.5], [0.4, 0.6]]), Simplex);
        markov!("time", y.len(), 0, |prev, _t| sample!("z", Categorical::new(table.at(prev))));
    }

    #[test]
    fn every_state_or_one_is_the_same_phase() {
        let y = [0.2, 1.4, 1.9];
        macro_rules! phases {
            ($guide:ident) => {{
                let mut svi = Svi::new(hidden(&y), $guide(&y), WakeSleep::new(3), Adam::new(0.1)).seed(2);
                let steps: Vec<_> = (0..3).map(|_| svi.step().unwrap()).collect();
                let dream = svi.dream().unwrap();
                (steps, svi.sleep_step(&dream, $guide(&y)).unwrap(), svi.parameters())
            }};
        }
        assert_eq!(phases!(every), phases!(drawn));
    }
}
