//! `LogDensity`: the joint density with the log-determinants, and its gradient.

use crate::check::slope;
use ppl::prelude::*;
use ppl::{LogDensity, Model, Values, log_density};

pub(crate) const Y: [f64; 8] = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
pub(crate) const SIGMA: [f64; 8] = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];

#[model]
pub(crate) fn eight_schools() {
    let mu = sample!("mu", Normal::new(0.0, 5.0));
    let tau = sample!("tau", HalfCauchy::new(5.0));
    plate!("school", Y.len(), |i| {
        let theta = sample!("theta", Normal::new(mu, tau));
        observe!("y", Normal::new(theta, SIGMA.at(i)), Y.at(i));
    });
}

/// Every kind of support, a bound that is another site's value, and a discrete site that is summed out.
#[model]
fn many(counts: &[usize]) {
    let p = sample!("p", Beta::new(2.0, 3.0));
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    let width = sample!("width", Uniform::new(1.0, 3.0));
    let inner = sample!("inner", Uniform::new(-width, width));
    let above = sample!("above", Truncated::above(Normal::new(0.0, 1.0), rate));
    let below = sample!("below", Truncated::below(Normal::new(0.0, 1.0), 0.3));
    let shares = sample!("shares", Dirichlet::new([1.5, 2.0, 3.0]));
    let l = sample!("l", LkjCholesky::new(3, 2.0));
    let steps = sample!("steps", Sorted::new(Normal::new(0.0, 2.0), 3));
    let loc = inner + above * below + steps.at(1).to_real() + l.at(2).at(0).to_real();
    plate!("row", counts.len(), |i| {
        let k = sample!("k", Categorical::new(shares), enumerate);
        let noise = sample!("noise", Exponential::new(p));
        observe!(
            "count",
            Poisson::new((steps.at(k).to_real() * 0.3 + loc * 0.1).exp() + noise),
            counts.at(i)
        );
    });
}

/// Asserts that the gradient is that of differences, at three points of different scale.
fn assert_gradient<M: Model<Element = f64> + Copy>(model: M) {
    let mut density = LogDensity::new(model).unwrap();
    let n = density.dim();
    let mut ignored = vec![0.0; n];
    for scale in [0.03, 0.4, 1.3] {
        let x: Vec<f64> = (0..n).map(|k| scale * ((k as f64 * 2.3 + 0.7).sin() + 0.2)).collect();
        let mut gradient = vec![0.0; n];
        density.log_density_and_gradient(&x, &mut gradient).unwrap();
        for k in 0..n {
            let along = |at: f64| {
                let mut x = x.clone();
                x[k] = at;
                density.log_density_and_gradient(&x, &mut ignored).unwrap()
            };
            let expected = slope(along, x[k]);
            assert!(
                (gradient[k] - expected).abs() < 1e-6 * (1.0 + expected.abs()),
                "{}: {} and {expected}",
                density.names()[k],
                gradient[k]
            );
        }
    }
}

#[test]
fn gradients_are_those_of_differences() {
    assert_gradient(&eight_schools());
    assert_gradient(&many(&[3, 0, 2]));
}

#[test]
fn the_density_is_the_joint_one_with_the_log_determinant() {
    let model = eight_schools();
    let mut density = LogDensity::new(&model).unwrap();
    let x: Vec<f64> = (0..density.dim()).map(|k| 0.3 * k as f64 - 0.8).collect();
    let found = density.log_density_and_gradient(&x, &mut [0.0; 10]).unwrap();
    let tau = x[1].exp();
    let values = Values::new().with("mu", x[0]).with("tau", tau).with("theta", &x[2..]);
    // That of tau = e^x is x.
    let expected = log_density(&model, &values).unwrap() + x[1];
    assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found} and {expected}");
}

#[test]
fn densities_integrate_to_one_over_the_vector() {
    // A change of variables with another log-determinant than that of its map would not.
    #[model]
    fn between() {
        let width = sample!("width", Uniform::new(1.0, 3.0));
        sample!("inner", Uniform::new(-width, width));
    }
    #[model]
    fn shares() {
        sample!("shares", Dirichlet::new([1.5, 2.0, 3.0]));
    }
    #[model]
    fn tails() {
        let low = sample!("low", Exponential::new(1.0));
        sample!("above", Truncated::above(Normal::new(0.0, 1.0), low));
    }
    fn total<M: Model<Element = f64>>(model: M) -> f64 {
        let mut density = LogDensity::new(model).unwrap();
        // The trapezoidal rule over the plane: for smooth integrands that fall off it converges exponentially.
        let (step, half) = (0.1, 250);
        let mut gradient = [0.0; 2];
        let mut sum = 0.0;
        for i in -half..=half {
            for j in -half..=half {
                let x = [step * f64::from(i), step * f64::from(j)];
                sum += match density.log_density_and_gradient(&x, &mut gradient) {
                    Ok(log) => log.exp(),
                    Err(error) => {
                        assert!(error.is_recoverable(), "{error}");
                        0.0
                    }
                };
            }
        }
        sum * step * step
    }
    for total in [total(between()), total(shares()), total(tails())] {
        assert!((total - 1.0).abs() < 1e-6, "{total}");
    }
}

#[test]
fn points_and_values_are_two_ways_to_say_the_same() {
    let model = many(&[3, 0, 2]);
    let mut density = LogDensity::new(&model).unwrap();
    let x: Vec<f64> = (0..density.dim()).map(|k| (1.7 * k as f64).sin()).collect();
    let draws = density.constrain([&x[..]]).unwrap();
    assert_eq!(draws.get("noise").unwrap().shape(), [1, 3]);
    assert_eq!(draws.get("l").unwrap().shape(), [1, 3, 3]);
    let mut values = Values::new();
    for (name, drawn) in draws.iter() {
        values = values.with(name, drawn.index_axis(ndarray::Axis(0), 0));
    }
    let back = density.unconstrain(&values).unwrap();
    for (k, (a, b)) in x.iter().zip(&back).enumerate() {
        assert!((a - b).abs() < 1e-9, "{}: {a} and {b}", density.names()[k]);
    }
}

#[test]
fn names_say_the_plates_and_the_coordinates() {
    let density = LogDensity::new(eight_schools()).unwrap();
    assert_eq!(density.names()[..3], ["mu", "tau", "theta[0]"]);
    assert_eq!(density.dim(), 10);
}

#[test]
fn single_precision_is_near_double() {
    #[model(f32)]
    fn single() {
        let mu = sample!("mu", Normal::new(0.0, 5.0));
        let tau = sample!("tau", HalfCauchy::new(5.0));
        plate!("school", Y.len(), |i| {
            let theta = sample!("theta", Normal::new(mu, tau));
            observe!("y", Normal::new(theta, SIGMA.map(|s| s as f32).at(i)), Y.map(|y| y as f32).at(i));
        });
    }
    let x: Vec<f64> = (0..10).map(|k| 0.25 * f64::from(k) - 0.75).collect();
    let (mut a, mut b) = ([0.0; 10], [0.0; 10]);
    let double = LogDensity::new(eight_schools()).unwrap().log_density_and_gradient(&x, &mut a).unwrap();
    let single = LogDensity::new(single()).unwrap().log_density_and_gradient(&x, &mut b).unwrap();
    assert!((single / double - 1.0).abs() < 1e-5);
    for (a, b) in a.iter().zip(&b) {
        assert!((a - b).abs() < 1e-4 * (1.0 + a.abs()), "{a} and {b}");
    }
}

#[test]
fn chains_are_summed_out() {
    #[model]
    fn chain(y: &[f64]) {
        let loc = sample!("loc", Normal::new(0.0, 1.0));
        let stay = sample!("stay", Beta::new(2.0, 2.0));
        let row = |p: Real| Tensor::stack(&[p, 1.0 - p]);
        let rows = Tensor::stack(&[row(stay), row(1.0 - stay)]);
        let locs = Tensor::stack(&[loc, loc + 2.0]);
        let first = sample!("first", Categorical::new([0.5, 0.5]), enumerate);
        markov!("t", y.len(), first, |before, t| {
            let state = sample!("state", Categorical::new(rows.at(before)), enumerate);
            observe!("y", Normal::new(locs.at(state).to_real(), 1.0), y.at(t));
            state
        });
    }
    let y = [0.1, 2.2, 1.9, -0.4];
    let mut density = LogDensity::new(chain(&y)).unwrap();
    let x = [0.3, 0.4];
    let found = density.log_density_and_gradient(&x, &mut [0.0; 2]).unwrap();
    let stay = 1.0 / (1.0 + (-x[1]).exp());
    let normal = |y: f64, loc: f64| -0.5 * (y - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let mut forward = [0.5, 0.5];
    for y in y {
        let next = |k: usize| {
            let to = |j: usize| if j == k { stay } else { 1.0 - stay };
            (forward[0] * to(0) + forward[1] * to(1)) * normal(y, x[0] + 2.0 * k as f64).exp()
        };
        forward = [next(0), next(1)];
    }
    // Beta(2, 2) is 6 p (1 - p), and the slope of the logistic function p (1 - p).
    let prior = normal(x[0], 0.0) + 6f64.ln() + 2.0 * (stay * (1.0 - stay)).ln();
    let expected = prior + (forward[0] + forward[1]).ln();
    assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
}

#[test]
fn weights_penalties_and_subsamples_do_not_count() {
    #[model]
    fn plain() {
        let mu = sample!("mu", Normal::new(0.0, 5.0));
        plate!("row", 8, |i| observe!("y", Normal::new(mu, SIGMA.at(i)), Y.at(i)));
    }
    #[model]
    fn with_all() {
        let mu = sample!("mu", Normal::new(0.0, 5.0), weight(0.3));
        penalty!("pull", mu * mu);
        plate!("row", 8, subsample(2), |i| observe!("y", Normal::new(mu, SIGMA.at(i)), Y.at(i)));
    }
    let at = |density: Result<f64, ppl::Error>| density.unwrap();
    let plain = at(LogDensity::new(plain()).unwrap().log_density_and_gradient(&[0.4], &mut [0.0]));
    let all = at(LogDensity::new(with_all()).unwrap().log_density_and_gradient(&[0.4], &mut [0.0]));
    assert!((plain - all).abs() < 1e-12);
}

#[test]
fn what_has_no_density_is_refused_by_name() {
    #[model]
    fn discrete() {
        sample!("k", Poisson::new(2.0));
    }
    #[model]
    fn branches() {
        let heads = sample!("heads", Bernoulli::new(0.5), concrete);
        if heads {
            sample!("x", Normal::new(0.0, 1.0));
        }
    }
    #[model]
    fn noisy() {
        let e = noise!("e", Normal::new(0.0, 1.0));
        sample!("x", Normal::new(e, 1.0));
    }
    let refusal = |found: Result<usize, ppl::Error>| found.unwrap_err().to_string();
    let found = refusal(LogDensity::new(discrete()).map(|d| d.dim()));
    assert!(
        found.contains("site `k`: is discrete, and an automatic guide proposes continuous sites alone"),
        "{found}"
    );
    let found = refusal(LogDensity::new(branches()).map(|d| d.dim()));
    assert!(found.contains("site `heads`: decides which statements come next"), "{found}");
    let found = refusal(LogDensity::new(noisy()).map(|d| d.dim()));
    assert!(found.contains("`e`"), "{found}");
    let model = eight_schools();
    let mut density = LogDensity::new(&model).unwrap();
    let found = density.log_density_and_gradient(&[0.0; 3], &mut [0.0; 10]).unwrap_err();
    assert_eq!(found.to_string(), "the vector has 3 numbers, expected 10");
    // A scale that overflows.
    let mut far = [0.0; 10];
    far[1] = 1e4;
    let found = density.log_density_and_gradient(&far, &mut [0.0; 10]).unwrap_err();
    assert!(found.is_recoverable(), "{found}");
    let found = density.unconstrain(&Values::new().with("mu", 1.0)).unwrap_err();
    assert_eq!(found.to_string(), "no value is given for the latent site `tau`");
    let values = Values::new().with("mu", 1.0).with("tau", -1.0).with("theta", [0.0; 8]);
    let found = density.unconstrain(&values).unwrap_err().to_string();
    assert!(found.contains("site `tau`: is given outside of its support"), "{found}");
    assert_eq!(density.log_density_and_gradient(&[0.0; 10], &mut [0.0; 10]).map(|_| ()), Ok(()));
}

/// What a mask leaves out and what is known has no place in the vector: it would be a direction in which the density never falls.
#[test]
fn what_is_left_out_or_known_is_not_in_the_vector() {
    const KNOWN: [Option<f64>; 4] = [None, Some(0.4), None, Some(-1.0)];
    const THERE: [bool; 4] = [true, true, false, true];
    #[model]
    fn partly() {
        let mu = sample!("mu", Normal::new(0.0, 1.0));
        plate!("row", 4, |i| {
            let z = sample!("z", Normal::new(mu, 0.5), given(KNOWN.at(i)));
            let w = sample!("w", LogNormal::new(0.0, 0.5), mask(THERE.at(i)));
            observe!("y", Normal::new(z + w, 0.3), 0.8, mask(THERE.at(i)));
        });
    }
    let mut density = LogDensity::new(partly()).unwrap();
    assert_eq!(density.names(), ["mu", "z[0]", "z[2]", "w[0]", "w[1]", "w[3]"]);
    assert_gradient(&partly());
    let normal = |x: f64, loc: f64, scale: f64| {
        -0.5 * ((x - loc) / scale).powi(2) - f64::ln(scale) - 0.5 * (2.0 * std::f64::consts::PI).ln()
    };
    let x: [f64; 6] = [0.2, -0.3, 0.6, 0.1, -0.4, 0.5];
    let (z, w) = ([x[1], 0.4, x[2], -1.0], [x[3].exp(), x[4].exp(), 0.0, x[5].exp()]);
    let mut expected = normal(x[0], 0.0, 1.0);
    for i in 0..4 {
        expected += normal(z[i], x[0], 0.5);
        if THERE[i] {
            // With the logarithm of the exponential's derivative that of the logarithm.
            expected += normal(w[i].ln(), 0.0, 0.5);
            expected += normal(0.8, z[i] + w[i], 0.3);
        }
    }
    let found = density.log_density_and_gradient(&x, &mut [0.0; 6]).unwrap();
    assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found} and {expected}");
    let draws = density.constrain([&x[..]]).unwrap();
    assert_eq!(draws.get("z").unwrap()[[0, 3]], -1.0);
    let value = |name: &str| draws.get(name).unwrap().index_axis(ndarray::Axis(0), 0).to_owned();
    let values = Values::new().with("mu", 0.2).with("z", value("z")).with("w", value("w"));
    let back = density.unconstrain(&values).unwrap();
    assert!(back.iter().zip(x).all(|(a, b)| (a - b).abs() < 1e-12), "{back:?}");

    // So all of them are fitted together, although some have no density.
    for guide in [auto::by_site(auto::FullRank), auto::by_site(auto::LowRank::new(2))] {
        let fitted = fit(partly()).guide(guide).seed(1).run().unwrap();
        assert!(
            fitted.trust().k_hat < 0.7 && fitted.trust().effective_size > 1_000.0,
            "{}",
            fitted.summary()
        );
    }
}
