//! Masks: an element that is left out is as one that is not there, whatever its density would have been.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// Asserts that two steps have the same loss and the same gradient by these parameters.
fn same(
    (found, slope): (ppl::Step, ppl::Parameters),
    (expected, exact): (ppl::Step, ppl::Parameters),
    names: &[&str],
) {
    close(found.loss, expected.loss);
    for name in names {
        for (&found, &expected) in slope.get(name).unwrap().iter().zip(exact.get(name).unwrap()) {
            close(found, expected);
        }
    }
}

const X: [f64; 5] = [-1.0, f64::NAN, 4.0, f64::INFINITY, 0.1];
const THERE: [bool; 5] = [true, false, true, false, true];
const KEPT: [f64; 3] = [-1.0, 4.0, 0.1];

mod observations {
    use super::*;

    #[model]
    fn some(x: &[f64], there: &[bool]) {
        let p = param!("p", 0.3, UnitInterval);
        let shift = param!("shift", 0.5);
        plate!("data", x.len(), |i| {
            let z = sample!("z", Bernoulli::new(p), enumerate);
            observe!("x", Normal::new(z.to_real() * 3.0 + shift, 1.0), x.at(i), mask(there.at(i)));
        });
    }

    #[guide(some)]
    fn nothing(_x: &[f64], _there: &[bool]) {}

    #[test]
    fn a_masked_observation_counts_for_nothing() {
        let mut masked = Svi::new(some(&X, &THERE), nothing(&X, &THERE), Elbo::default(), Adam::new(0.1));
        let all = [true; 3];
        let mut short = Svi::new(some(&KEPT, &all), nothing(&KEPT, &all), Elbo::default(), Adam::new(0.1));
        same(masked.gradient().unwrap(), short.gradient().unwrap(), &["p", "shift"]);
        // What is not seen has its prior.
        let marginals = masked.posterior().marginals(1).unwrap();
        close(marginals.get("z").unwrap()[[1, 1]], 0.3);
    }

    #[test]
    fn an_element_that_is_there_is_at_fault() {
        let x = [-1.0, f64::NAN, f64::NAN, f64::INFINITY, 0.1];
        let mut svi = Svi::new(some(&x, &THERE), nothing(&x, &THERE), Elbo::default(), Adam::new(0.1));
        let message = svi.step().unwrap_err().to_string();
        assert!(message.contains("`x`") && message.contains("data = 2"), "{message}");
    }
}

mod plates {
    use super::*;

    #[model]
    fn some(x: &[f64], there: &[bool]) {
        let shift = param!("shift", 0.5);
        let k = sample!("k", Bernoulli::new(0.4), enumerate);
        plate!("data", x.len(), mask(there), |i| {
            // The parameters of a masked element may be nonsense too.
            let z = sample!("z", Bernoulli::logits(k.to_real() + x.at(i)), enumerate);
            observe!("x", Normal::new(z.to_real() * 3.0 + shift, 1.0), x.at(i));
        });
    }

    #[guide(some)]
    fn nothing(_x: &[f64], _there: &[bool]) {}

    #[test]
    fn a_masked_element_of_a_plate_is_not_there() {
        let mut masked = Svi::new(some(&X, &THERE), nothing(&X, &THERE), Elbo::default(), Adam::new(0.1));
        let all = [true; 3];
        let mut short = Svi::new(some(&KEPT, &all), nothing(&KEPT, &all), Elbo::default(), Adam::new(0.1));
        let ((found, slope), (expected, exact)) = (masked.gradient().unwrap(), short.gradient().unwrap());
        close(found.loss, expected.loss);
        close(slope.get("shift").unwrap()[[]], exact.get("shift").unwrap()[[]]);
        let (some, few) = (masked.posterior().marginals(1).unwrap(), short.posterior().marginals(1).unwrap());
        close(some.get("k").unwrap()[[1]], few.get("k").unwrap()[[1]]);
        for (i, j) in [(0, 0), (2, 1), (4, 2)] {
            close(some.get("z").unwrap()[[i, 1]], few.get("z").unwrap()[[j, 1]]);
        }
        // Nothing is known of a site that is left out, not even its prior.
        assert_eq!(some.get("z").unwrap()[[1, 0]], 0.5);
    }

    #[test]
    fn a_plate_of_which_nothing_is_left_changes_nothing() {
        let none = [false; 5];
        let mut svi = Svi::new(some(&X, &none), nothing(&X, &none), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, 0.0);
        assert_eq!(gradient.get("shift").unwrap()[[]], 0.0);
    }
}

mod logits {
    use super::*;

    #[model]
    fn some(x: &[f64], there: &[bool]) {
        let slopes = param!("slopes", [0.5, -0.3, 0.1]);
        plate!("data", x.len(), mask(there), |i| {
            let z = sample!("z", Categorical::logits(slopes * x.at(i)), enumerate);
            observe!("x", Normal::new(z.to_real(), 1.0), x.at(i));
        });
    }

    #[guide(some)]
    fn nothing(_x: &[f64], _there: &[bool]) {}

    #[test]
    fn the_logits_of_a_masked_site_may_be_no_numbers() {
        let mut masked = Svi::new(some(&X, &THERE), nothing(&X, &THERE), Elbo::default(), Adam::new(0.1));
        let all = [true; 3];
        let mut short = Svi::new(some(&KEPT, &all), nothing(&KEPT, &all), Elbo::default(), Adam::new(0.1));
        same(masked.gradient().unwrap(), short.gradient().unwrap(), &["slopes"]);
    }
}

/// Through whatever operation an element that is left out goes, no derivative comes back.
mod operations {
    use super::*;

    /// Returns a number that one of the operations makes of a row of two.
    fn through(way: usize, row: Tensor) -> Real {
        let matrix = || Tensor::eye(2) + Tensor::stack(&[row * 0.1, row * 0.1]) * Tensor::eye(2);
        match way {
            0 => row.softmax(0).at(0).to_real(),
            1 => row.log_softmax(0).at(1).to_real(),
            2 => row.logsumexp(),
            3 => row.mean(),
            4 => row.max(),
            5 => row.exp().at(1).to_real(),
            6 => row.dot(row),
            7 => matrix().matmul(row).at(0).to_real(),
            8 => matrix().solve_lower(row).at(1).to_real(),
            9 => matrix().solve_lower_transposed(row).at(0).to_real(),
            10 => (matrix() * matrix()).cholesky().at(1).at(1).to_real(),
            11 => ((row.at(0) * 0.1).tanh() / (row.at(1) + 7.0)).to_real(),
            _ => row.slice(0, 1..2).sum_over(0).to_real(),
        }
    }

    #[model]
    fn rows(x: &[f64], there: &[bool], way: usize) {
        let slopes = param!("slopes", [0.5, -0.3]);
        plate!("data", x.len(), mask(there), |i| {
            observe!("y", Normal::new(through(way, slopes * x.at(i)), 1.0), 0.4);
        });
    }

    #[guide(rows)]
    fn nothing(_x: &[f64], _there: &[bool], _way: usize) {}

    #[test]
    fn none_hands_on_what_is_left_out() {
        for way in 0..13 {
            let gradient = |x: &[f64], there: &[bool]| {
                let programs = (rows(x, there, way), nothing(x, there, way));
                let mut svi = Svi::new(programs.0, programs.1, Elbo::default(), Adam::new(0.1));
                svi.gradient().unwrap_or_else(|error| panic!("operation {way}: {error}"))
            };
            same(gradient(&X, &THERE), gradient(&KEPT, &[true; 3]), &["slopes"]);
        }
    }
}

mod guides {
    use super::*;

    #[model]
    fn locals(x: &[f64], there: &[bool]) {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("data", x.len(), mask(there), |i| {
            let b = sample!("b", Bernoulli::new(0.3));
            let z = sample!("z", Normal::new(mu, 1.0));
            observe!("x", Normal::new(z + b.to_real(), 1.0), x.at(i));
        });
    }

    #[guide(locals)]
    fn proposal(x: &[f64], there: &[bool]) {
        sample!("mu", Normal::new(param!("loc", 0.2), 0.7));
        let (slope, logit) = (param!("slope", 0.5), param!("logit", 0.1));
        plate!("data", x.len(), mask(there), |i| {
            sample!("b", Bernoulli::logits(logit + x.at(i)), enumerate);
            sample!("z", Normal::new(slope + x.at(i), 0.5));
        });
    }

    #[test]
    fn closed_divergences_and_expectations_leave_masked_elements_out() {
        let none = [false; 5];
        let parts = |x: &'static [f64], there: &[bool], closed: bool| {
            let elbo = Elbo::default().closed_kl(closed);
            let mut svi = Svi::new(locals(x, there), proposal(x, there), elbo, Adam::new(0.1)).seed(3);
            let (step, gradient) = svi.gradient().unwrap();
            let by = |name: &str| gradient.get(name).unwrap()[[]];
            (step.loss, by("loc"), by("slope"), by("logit"))
        };
        let whole = [true; 5];
        static FINITE: [f64; 5] = [-1.0, 0.7, 4.0, 2.0, 0.1];
        for closed in [true, false] {
            // The same draws of the elements that are kept: their streams do not depend on the others.
            let there = parts(&X, &THERE, closed);
            let with = parts(&FINITE, &THERE, closed);
            assert!(there.0.is_finite());
            for (found, expected) in
                [(there.0, with.0), (there.1, with.1), (there.2, with.2), (there.3, with.3)]
            {
                close(found, expected);
            }
            let all = parts(&FINITE, &whole, closed);
            assert_ne!(all.0, with.0);
            let nothing = parts(&X, &none, closed);
            assert_eq!((nothing.2, nothing.3), (0.0, 0.0));
        }
    }
}

mod scores {
    use super::*;

    #[model]
    fn coins(there: &[bool]) {
        plate!("data", there.len(), mask(there), |_i| {
            let b = sample!("b", Bernoulli::new(0.3));
            observe!("x", Normal::new(3.0 * b.to_real(), 1.0), 2.5);
        });
    }

    #[guide(coins)]
    fn drawn(there: &[bool]) {
        plate!("data", there.len(), mask(there), |_i| sample!("b", Bernoulli::logits(param!("l", 0.1))));
    }

    #[test]
    fn what_either_program_leaves_out_has_no_cost() {
        let (here, there) = ([true, true, false, false], [true, false, true, false]);
        let mut svi = Svi::new(coins(&here), drawn(&there), Elbo::default(), Adam::new(0.1)).seed(3);
        let slope = svi.gradient().unwrap().1.get("l").unwrap().clone();
        assert!(slope[[0]] != 0.0, "{slope}");
        assert!(slope.iter().skip(1).all(|&by| by == 0.0), "{slope}");
    }
}

mod wrappers {
    use super::*;

    const COUNTS: [Option<u32>; 5] = [Some(0), None, Some(3), None, Some(1)];

    macro_rules! programs {
        ($name:ident, $element:ident, plate [$($plate:tt)*], site [$($site:tt)*], $i:ident, $there:ident, $tolerance:literal) => {
            mod $name {
                use super::*;

                #[model($element)]
                fn wrapped(x: &[$element], counts: &[Option<u32>], $there: &[bool]) {
                    let low = param!("low", -0.8);
                    let weights = param!("weights", [0.3, 0.7], Simplex);
                    let (gate, rate) = (param!("gate", 0.25, UnitInterval), param!("rate", 1.4, Positive));
                    plate!("data", x.len(), $($plate)* |$i| {
                        // A parameter that is computed from what is left out is no number either.
                        let parts = [Normal::new(low + 0.1 * x.at($i), 1.2), Normal::new(1.5, 0.7)];
                        observe!("x", Mixture::new(weights, parts), x.at($i) $($site)*);
                        let spread = [Laplace::new(low, 1.2), Laplace::new(1.5, rate)];
                        observe!("y", Mixture::logits([0.2, -0.4], spread), x.at($i) $($site)*);
                        observe!("n", ZeroInflated::new(gate, Poisson::new(rate)), counts.at($i) $($site)*);
                        let many = Binomial::new(9.0, gate);
                        observe!("m", ZeroInflated::logits(low * x.at($i), many), counts.at($i) $($site)*);
                    });
                }

                #[guide(wrapped, $element)]
                fn nothing() {}

                #[test]
                fn masked_elements_are_as_ones_that_are_not_there() {
                    let x = X.map(|x| x as $element);
                    let kept: Vec<$element> = KEPT.iter().map(|&x| x as $element).collect();
                    let counts: Vec<_> = COUNTS.iter().copied().filter(Option::is_some).collect();
                    let sgd = || Sgd::new(0.1);
                    let mut masked = Svi::new(wrapped(&x, &COUNTS, &THERE), nothing(), Elbo::default(), sgd());
                    let mut short = Svi::new(wrapped(&kept, &counts, &[true; 3]), nothing(), Elbo::default(), sgd());
                    let ((found, slope), (expected, exact)) = (masked.gradient().unwrap(), short.gradient().unwrap());
                    let within = |found: f64, expected: f64| {
                        assert!((found - expected).abs() <= $tolerance * expected.abs().max(1.0), "{found}, {expected}");
                    };
                    within(found.loss, expected.loss);
                    for name in ["low", "weights", "gate", "rate"] {
                        for (&found, &expected) in slope.get(name).unwrap().iter().zip(exact.get(name).unwrap()) {
                            assert!(expected != 0.0);
                            within(found, expected);
                        }
                    }
                    let none = [false; 5];
                    let mut empty = Svi::new(wrapped(&x, &COUNTS, &none), nothing(), Elbo::default(), sgd());
                    let (step, slope) = empty.gradient().unwrap();
                    assert_eq!(step.loss, 0.0);
                    for name in ["low", "weights", "gate", "rate"] {
                        assert!(slope.get(name).unwrap().iter().all(|&by| by == 0.0), "{name}");
                    }
                }
            }
        };
    }
    programs!(plates, f64, plate [mask(there),], site [], i, there, 1e-12);
    programs!(sites, f64, plate [], site [, mask(there.at(i))], i, there, 1e-12);
    // Sums of some twenty terms, each rounded to seven digits.
    programs!(single, f32, plate [mask(there),], site [], i, there, 2e-6);
}

mod products {
    use super::*;
    use ndarray::{Array2, Axis, array};

    #[model]
    fn regression(x: Array2<f64>, y: &[f64], there: &[bool]) {
        let weights = param!("weights", [0.3, -0.7]);
        let table = param!("table", array![[0.2, -0.1, 0.4], [0.5, 0.3, -0.6]]);
        plate!("data", y.len(), mask(there), |i| {
            let row = x.at(i);
            observe!("y", Normal::new(row.dot(weights), 1.2), y.at(i));
            observe!("z", Normal::new(row.matmul(table).tanh(), 0.8), [0.1, 0.2, -0.3]);
        });
    }

    #[guide(regression)]
    fn nothing() {}

    #[test]
    fn rows_that_are_left_out_may_hold_what_is_no_number() {
        let x = array![[0.5, 1.0], [f64::NAN, 2.0], [-1.5, 0.25], [f64::INFINITY, f64::NAN], [2.0, -0.5]];
        let y = [0.3, f64::NAN, 1.1, 0.0, -0.4];
        let kept: Vec<usize> = (0..5).filter(|&k| THERE[k]).collect();
        let short_y: Vec<f64> = kept.iter().map(|&k| y[k]).collect();
        let sgd = || Sgd::new(0.1);
        let short_x = x.select(Axis(0), &kept);
        let mut masked = Svi::new(regression(x, &y, &THERE), nothing(), Elbo::default(), sgd());
        let short = regression(short_x, &short_y, &[true; 3]);
        let mut short = Svi::new(short, nothing(), Elbo::default(), sgd());
        let ((found, slope), (expected, exact)) = (masked.gradient().unwrap(), short.gradient().unwrap());
        assert!((found.loss - expected.loss).abs() < 1e-12);
        for name in ["weights", "table"] {
            for (&found, &expected) in slope.get(name).unwrap().iter().zip(exact.get(name).unwrap()) {
                assert!(expected != 0.0 && (found - expected).abs() < 1e-12, "{name}: {found}, {expected}");
            }
        }
    }
}
