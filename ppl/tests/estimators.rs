//! The expectation of every gradient estimator is the gradient, which sums over all outcomes or closed forms give.

mod unbiased;

use ppl::Svi;
use ppl::prelude::*;
use unbiased::*;

/// Asserts that the gradient by these parameters, and the loss, have these expectations.
macro_rules! assert_gradient {
    ($svi:expr, $what:expr, $exact:expr, $($name:literal),+) => {{
        let mut svi = $svi;
        let draw = || {
            let (step, gradient) = svi.gradient().unwrap();
            let mut all = Vec::new();
            $(all.extend(gradient.get($name).unwrap().iter().copied());)+
            all.push(step.loss);
            all
        };
        Moments::sharp(&$exact, draw).assert_unbiased($what, &$exact);
    }};
}

fn sgd() -> Sgd {
    Sgd::new(1.0)
}

fn particles(n: usize) -> Elbo {
    Elbo::default().particles(n)
}

mod one_bernoulli {
    use super::*;

    /// The gradient by the logit of q, and the loss, at q = 0.4.
    const EXACT: [f64; 2] = [-0.5581672478 * 0.4 * 0.6, 1.6665209543];

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    macro_rules! check {
        ($estimator:expr) => {{
            #[guide(coin)]
            fn by_probability() {
                let q = param!("q", 0.4, ppl::support::UnitInterval);
                sample!("b", Bernoulli::new(q), $estimator);
            }

            #[guide(coin)]
            fn by_logit() {
                let l = param!("q", (0.4f64 / 0.6).ln());
                sample!("b", Bernoulli::logits(l), $estimator);
            }

            let what = stringify!($estimator);
            assert_gradient!(
                Svi::new(coin(), by_probability(), particles(100), sgd()).seed(1),
                what,
                EXACT,
                "q"
            );
            let estimated = particles(100).closed_kl(false);
            assert_gradient!(Svi::new(coin(), by_logit(), estimated, sgd()).seed(2), what, EXACT, "q");
        }};
    }

    #[test]
    fn score() {
        check!(Score::baseline(DecayingAverage::new(0.5)));
        check!(Score::baseline(Given(Real::from(-1.5))));
        // The costs deviate by less than one, so that the factor is one.
        check!(Score::baseline(Standardised::new(0.9)));
    }

    #[test]
    fn leave_one_out() {
        check!(LeaveOneOut::samples(3));
    }

    #[test]
    fn antithetic() {
        check!(Arm);
        check!(DisArm);
    }

    #[test]
    fn sum_and_sample() {
        check!(SumAndSample::new(0));
        // With one of two outcomes summed the other is the whole rest, so that every draw is exact.
        check!(SumAndSample::new(1));
        check!(SumAndSample::new(5));
    }

    #[test]
    fn measure_valued() {
        check!(MeasureValued);
    }

    #[guide(coin)]
    fn alone() {
        sample!("b", Bernoulli::new(param!("q", 0.4, ppl::support::UnitInterval)), DisArm);
    }

    #[test]
    fn with_one_particle() {
        assert_gradient!(Svi::new(coin(), alone(), particles(1), sgd()).seed(3), "DisArm", EXACT, "q");
    }
}

mod nested_plates {
    use super::*;

    #[model]
    fn tree(bs: usize, cs: usize) {
        let a = sample!("a", Bernoulli::new(0.33)).to_real();
        plate!("b", bs, |_| {
            let b = sample!("b", Bernoulli::new(0.5 + 0.25 * a)).to_real();
            plate!("c", cs, |_| {
                sample!("c", Bernoulli::new(0.32 + 0.15 * a + 0.2 * b));
            });
        });
    }

    macro_rules! check {
        ([$($a:tt)+], [$($b:tt)+], [$($c:tt)+]) => {{
            #[guide(tree)]
            fn guide(bs: usize, cs: usize) {
                sample!("a", Bernoulli::new(param!("qa", 0.33, ppl::support::UnitInterval)), $($a)+);
                let qb = param!("qb", 0.77, ppl::support::UnitInterval);
                let qc = param!("qc", 0.37, ppl::support::UnitInterval);
                plate!("b", bs, |_| {
                    sample!("b", Bernoulli::new(qb), $($b)+);
                    plate!("c", cs, |_| {
                        sample!("c", Bernoulli::new(qc), $($c)+);
                    });
                });
            }

            let exact = [
                1.647946 * 0.33 * 0.67,
                5.020530 * 0.77 * 0.23,
                -12.563710 * 0.37 * 0.63,
                1.884201,
            ];
            let what = stringify!($($a)+, $($b)+, $($c)+);
            assert_gradient!(Svi::new(tree(4, 5), guide(4, 5), particles(50), sgd()).seed(4), what, exact, "qa", "qb", "qc");
        }};
    }

    #[test]
    fn antithetic() {
        check!([DisArm], [DisArm], [DisArm]);
        check!([Arm], [Score::baseline(Given(Real::from(-2.0)))], [Arm]);
    }

    #[test]
    fn exact() {
        check!([SumAndSample::new(1)], [SumAndSample::new(1)], [SumAndSample::new(1)]);
        check!([MeasureValued], [SumAndSample::new(1)], [enumerate]);
    }

    #[test]
    fn mixed() {
        check!([LeaveOneOut::samples(3)], [Score::baseline(DecayingAverage::new(0.9))], [enumerate]);
        check!([enumerate], [DisArm], [MeasureValued]);
        check!([Score::baseline(Given(Real::from(-2.0)))], [SumAndSample::new(1)], [LeaveOneOut::samples(2)]);
    }
}

mod scalar_objective {
    use super::*;

    /// `l(theta) = E over b ~ Bernoulli(theta) of (0 if b else -theta / 2)`, as a bound: the prior is the guide, and a wait
    /// of `theta / 2` at rate one has that log-density.
    #[model]
    fn cost() {
        let theta = param!("theta", 0.4, ppl::support::UnitInterval);
        let b = sample!("b", Bernoulli::new(theta)).to_real();
        observe!("cost", Exponential::new(1.0), 0.5 * theta * (1.0 - b));
    }

    macro_rules! check {
        ($estimator:expr) => {{
            #[guide(cost)]
            fn guide() {
                sample!("b", Bernoulli::new(param!("theta", 0.4, ppl::support::UnitInterval)), $estimator);
            }

            {
                let svi = Svi::new(cost(), guide(), particles(100), sgd()).seed(6);
                assert_gradient!(svi, stringify!($estimator), [0.1 * 0.24, 0.12], "theta");
            }
        }};
    }

    #[test]
    fn the_cost_depends_on_the_parameter_too() {
        check!(DisArm);
        check!(Arm);
        check!(LeaveOneOut::samples(4));
        check!(SumAndSample::new(1));
        check!(MeasureValued);
    }
}

mod chains {
    use super::*;

    const X: f64 = 2.2;

    #[model]
    fn pair() {
        let a = sample!("a", Bernoulli::new(0.3)).to_real();
        let b = sample!("b", Bernoulli::new(0.6 - 0.3 * a)).to_real();
        observe!("x", Normal::new(a + 2.0 * b + 1.5 * a * b, 1.3), X);
    }

    fn loss([la, lb, d]: [f64; 3]) -> f64 {
        let number = |b: bool| f64::from(u8::from(b));
        expect([logistic(la)], |[a]| {
            expect([logistic(lb + d * number(a))], |[b]| {
                let mean = number(a) + 2.0 * number(b) + 1.5 * number(a) * number(b);
                log_bernoulli(a, logistic(la)) + log_bernoulli(b, logistic(lb + d * number(a)))
                    - log_bernoulli(a, 0.3)
                    - log_bernoulli(b, 0.6 - 0.3 * number(a))
                    - log_normal(X, mean, 1.3)
            })
        })
    }

    macro_rules! check {
        ([$($a:tt)+], [$($b:tt)+]) => {{
            #[guide(pair)]
            fn guide() {
                let a = sample!("a", Bernoulli::logits(param!("la", 0.4)), $($a)+);
                let logit = param!("lb", -0.5) + param!("d", 1.2) * a.to_real();
                sample!("b", Bernoulli::logits(logit), $($b)+);
            }

            let exact = gradient_and_value(loss, [0.4, -0.5, 1.2]);
            for elbo in [particles(100).closed_kl(false)] {
                assert_gradient!(Svi::new(pair(), guide(), elbo, sgd()).seed(7), stringify!($($a)+, $($b)+), exact, "la", "lb", "d");
            }
        }};
    }

    #[test]
    fn antithetic_pairs_of_pairs() {
        check!([DisArm], [DisArm]);
        check!([Arm], [enumerate]);
    }

    #[test]
    fn scores_along_an_axis() {
        check!([enumerate], [Score::baseline(Given(Real::from(-2.0)))]);
        check!([LeaveOneOut::samples(3)], [Score::baseline(DecayingAverage::new(0.9))]);
        check!([DisArm], [Score::baseline(Given(Real::from(-2.0)))]);
        check!([SumAndSample::new(1)], [Score::baseline(Given(Real::from(-2.0)))]);
    }

    #[test]
    fn axes_below_scores() {
        check!([Score::baseline(Given(Real::from(-2.0)))], [enumerate]);
        check!([Score::baseline(Given(Real::from(-2.0)))], [DisArm]);
    }

    #[test]
    fn other_pairs() {
        check!([LeaveOneOut::samples(2)], [SumAndSample::new(1)]);
        check!([SumAndSample::new(1)], [MeasureValued]);
        check!([enumerate], [LeaveOneOut::samples(2)]);
    }

    #[model]
    fn three() {
        let a = sample!("a", Bernoulli::new(0.3)).to_real();
        let b = sample!("b", Bernoulli::new(0.6)).to_real();
        let c = sample!("c", Bernoulli::new(0.25)).to_real();
        observe!("x", Normal::new(a - b, 1.3), X);
        observe!("y", Normal::new(2.0 * c, 0.8), X);
    }

    fn loss_of_three([la, lb, lc, d]: [f64; 4]) -> f64 {
        let number = |b: bool| f64::from(u8::from(b));
        expect([logistic(la)], |[a]| {
            expect([logistic(lb + d * number(a))], |[b]| {
                expect([logistic(lc + d * number(b))], |[c]| {
                    log_bernoulli(a, logistic(la)) - log_bernoulli(a, 0.3)
                        + log_bernoulli(b, logistic(lb + d * number(a)))
                        - log_bernoulli(b, 0.6)
                        + log_bernoulli(c, logistic(lc + d * number(b)))
                        - log_bernoulli(c, 0.25)
                        - log_normal(X, number(a) - number(b), 1.3)
                        - log_normal(X, 2.0 * number(c), 0.8)
                })
            })
        })
    }

    macro_rules! check_three {
        ([$($a:tt)+], [$($b:tt)+], [$($c:tt)+]) => {{
            #[guide(three)]
            fn guide() {
                let d = param!("d", 0.7);
                let a = sample!("a", Bernoulli::logits(param!("la", -0.9)), $($a)+).to_real();
                let b = sample!("b", Bernoulli::logits(param!("lb", 0.8) + d * a), $($b)+).to_real();
                sample!("c", Bernoulli::logits(param!("lc", -1.2) + d * b), $($c)+);
            }

            let exact = gradient_and_value(loss_of_three, [-0.9, 0.8, -1.2, 0.7]);
            let svi = Svi::new(three(), guide(), particles(100).closed_kl(false), sgd()).seed(8);
            assert_gradient!(svi, stringify!($($a)+, $($b)+, $($c)+), exact, "la", "lb", "lc", "d");
        }};
    }

    /// The terms of the last site lack the axis of the first, on whose values their weights depend.
    #[test]
    fn a_site_between_two_axes() {
        check_three!([enumerate], [Score::baseline(Given(Real::from(-2.0)))], [enumerate]);
        check_three!([enumerate], [DisArm], [enumerate]);
        check_three!([LeaveOneOut::samples(2)], [DisArm], [SumAndSample::new(1)]);
    }
}

mod neighbours {
    use super::*;

    const X: [f64; 3] = [3.3, 2.8, 3.1];
    const NEXT: [u32; 3] = [1, 2, 0];

    #[model]
    fn ring() {
        let b = plate!("b", 3, |_| sample!("b", Bernoulli::new(0.35))).to_tensor();
        plate!("x", 3, |i| {
            let mean = b.at(i) + 2.0 * b.at(NEXT.at(i)) * b.at(i);
            observe!("x", Normal::new(mean.to_real(), 0.9), X.at(i));
        });
    }

    fn loss(l: [f64; 3]) -> f64 {
        let q = l.map(logistic);
        expect(q, |b| {
            let number = b.map(|b| f64::from(u8::from(b)));
            (0..3)
                .map(|i| {
                    let mean = number[i] + 2.0 * number[(i + 1) % 3] * number[i];
                    log_bernoulli(b[i], q[i]) - log_bernoulli(b[i], 0.35) - log_normal(X[i], mean, 0.9)
                })
                .sum()
        })
    }

    macro_rules! guide {
        ($estimator:expr) => {{
            #[guide(ring)]
            fn guide() {
                plate!("b", 3, |i| {
                    let l = param!("l", 0.0) + [0.8, -0.3, 0.1].at(i);
                    sample!("b", Bernoulli::logits(l), $estimator);
                });
            }
            guide()
        }};
    }

    macro_rules! check {
        ($estimator:expr) => {{
            let svi = Svi::new(ring(), guide!($estimator), particles(100), sgd()).seed(9);
            let exact = gradient_and_value(loss, [0.8, -0.3, 0.1]);
            assert_gradient!(svi, stringify!($estimator), exact, "l");
        }};
    }

    #[test]
    fn elements_move_jointly() {
        check!(DisArm);
        check!(Arm);
        check!(LeaveOneOut::samples(3));
        check!(Score::baseline(Given(Real::from(-5.0))));
    }

    #[test]
    fn what_moves_one_element_alone_may_not_cross() {
        for message in [
            Svi::new(ring(), guide!(SumAndSample::new(1)), particles(2), sgd())
                .step()
                .unwrap_err()
                .to_string(),
            Svi::new(ring(), guide!(MeasureValued), particles(2), sgd()).step().unwrap_err().to_string(),
        ] {
            assert!(message.contains("cannot leave the plates [b]"), "{message}");
        }
    }
}

mod outcomes {
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
    }

    /// The factor of a standardised baseline is the same for all of a site's parameters.
    #[test]
    fn a_standardised_gradient_has_the_direction_of_the_gradient() {
        let exact = gradient_and_value(loss, LOGITS);
        let loud = ppl::Handlers::scale(die(), 20.0);
        let estimator = guide!(Score::baseline(Standardised::new(0.9)));
        let mut svi = Svi::new(loud, estimator, particles(50).closed_kl(false), sgd()).seed(11);
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
}

mod counts {
    use super::*;

    #[model]
    fn counts() {
        plate!("i", 2, |i| {
            let z = sample!("z", Poisson::new(2.0)).to_real();
            observe!("x", Normal::new((z - 2.0).abs() + 0.1 * z, 1.2), [1.5, 0.3].at(i));
        });
    }

    fn loss(log_rates: [f64; 2]) -> f64 {
        let log_poisson = |k: u32, rate: f64| {
            f64::from(k) * rate.ln() - rate - (1..=k).map(|j| f64::from(j).ln()).sum::<f64>()
        };
        (0..2)
            .map(|i| {
                let rate = log_rates[i].exp();
                (0..60)
                    .map(|k| {
                        let (q, z) = (log_poisson(k, rate), f64::from(k));
                        let x = log_normal([1.5, 0.3][i], (z - 2.0).abs() + 0.1 * z, 1.2);
                        q.exp() * (q - log_poisson(k, 2.0) - x)
                    })
                    .sum::<f64>()
            })
            .sum()
    }

    #[guide(counts)]
    fn by_rate() {
        plate!("i", 2, |i| {
            let rate = param!("l", 1.0, Positive) * [1.0, 4.0].at(i);
            sample!("z", Poisson::new(rate), MeasureValued);
        });
    }

    #[guide(counts)]
    fn by_log_rate() {
        plate!("i", 2, |i| {
            let log_rate = param!("l", 0.0) + [0.0, 4f64.ln()].at(i);
            sample!("z", Poisson::log_rate(log_rate), MeasureValued);
        });
    }

    #[guide(counts)]
    fn jointly() {
        plate!("i", 2, |i| {
            let log_rate = param!("l", 0.0) + [0.0, 4f64.ln()].at(i);
            sample!("z", Poisson::log_rate(log_rate), LeaveOneOut::samples(4));
        });
    }

    #[test]
    fn poisson() {
        let exact = gradient_and_value(loss, [0.0, 4f64.ln()]);
        for elbo in [particles(100), particles(100).closed_kl(false)] {
            assert_gradient!(Svi::new(counts(), by_rate(), elbo.clone(), sgd()).seed(12), "rate", exact, "l");
            assert_gradient!(Svi::new(counts(), by_log_rate(), elbo, sgd()).seed(13), "log rate", exact, "l");
        }
        assert_gradient!(Svi::new(counts(), jointly(), particles(100), sgd()).seed(14), "others", exact, "l");
    }
}

mod numbers {
    use super::*;

    #[model]
    fn bent() {
        let z = sample!("z", Normal::new(0.5, 1.5));
        observe!("x", Normal::new(2.0 * z.abs(), 1.0), 1.7);
    }

    /// By the trapezoid rule, which is exact to rounding for densities that vanish at both ends, but for the bend at zero.
    fn loss([m, log_s]: [f64; 2]) -> f64 {
        let (s, h) = (log_s.exp(), 1e-3);
        (-8_000..8_000)
            .map(|k| {
                let z = f64::from(k) * h;
                let q = log_normal(z, m, s);
                h * q.exp() * (q - log_normal(z, 0.5, 1.5) - log_normal(1.7, 2.0 * z.abs(), 1.0))
            })
            .sum()
    }

    macro_rules! check {
        ($estimator:expr) => {{
            #[guide(bent)]
            fn guide() {
                sample!("z", Normal::new(param!("m", 0.4), param!("s", 0.7, Positive)), $estimator);
            }
            let exact = gradient_and_value(loss, [0.4, 0.7f64.ln()]);
            let svi = Svi::new(bent(), guide(), particles(100), sgd()).seed(15);
            assert_gradient!(svi, stringify!($estimator), exact, "m", "s");
        }};
    }

    #[test]
    fn normal() {
        check!(MeasureValued);
    }

    #[model]
    fn above() {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let b = sample!("b", Bernoulli::new(0.4)).to_real();
        observe!("x", Normal::new(z * b, 0.8), 0.9);
    }

    /// The second site is drawn for each part of the first, of which only the draw itself counts in its own gradient.
    #[guide(above)]
    fn below() {
        let z = sample!("z", Normal::new(param!("m", 0.4), param!("s", 0.7, Positive)), MeasureValued);
        let b = Bernoulli::logits(param!("l", -0.3) + z);
        sample!("b", b, on(ppl::support::Boolean), Score::baseline(Given(Real::from(-2.0))));
    }

    fn loss_of_two([m, log_s, l]: [f64; 3]) -> f64 {
        let (s, h) = (log_s.exp(), 1e-3);
        (-8_000..8_000)
            .map(|k| {
                let z = f64::from(k) * h;
                let (density, p) = (log_normal(z, m, s), logistic(l + z));
                let inner = expect([p], |[b]| {
                    let mean = if b { z } else { 0.0 };
                    log_bernoulli(b, p) - log_bernoulli(b, 0.4) - log_normal(0.9, mean, 0.8)
                });
                h * density.exp() * (density - log_normal(z, 0.0, 1.0) + inner)
            })
            .sum()
    }

    #[test]
    fn a_score_site_below_a_measure_valued_one() {
        let exact = gradient_and_value(loss_of_two, [0.4, 0.7f64.ln(), -0.3]);
        let svi = Svi::new(above(), below(), particles(100), sgd()).seed(16);
        assert_gradient!(svi, "below", exact, "m", "s", "l");
    }
}

mod arrays {
    use super::*;

    #[model]
    fn bits() {
        let b = sample!("b", Bernoulli::new([0.3, 0.6, 0.5])).to_tensor();
        observe!("x", Normal::new(b.sum().powi(2), 2.0), 3.0);
    }

    fn loss(l: [f64; 3]) -> f64 {
        let q = l.map(logistic);
        expect(q, |b| {
            let count = b.iter().filter(|&&b| b).count() as f64;
            let kl: f64 =
                (0..3).map(|k| log_bernoulli(b[k], q[k]) - log_bernoulli(b[k], [0.3, 0.6, 0.5][k])).sum();
            kl - log_normal(3.0, count * count, 2.0)
        })
    }

    macro_rules! guide {
        ($estimator:expr) => {{
            #[guide(bits)]
            fn guide() {
                sample!("b", Bernoulli::logits(param!("l", [0.8, 0.9, 1.2])), $estimator);
            }
            guide()
        }};
    }

    #[test]
    fn elements_of_an_array_move_jointly() {
        let exact = gradient_and_value(loss, [0.8, 0.9, 1.2]);
        {
            let elbo = particles(100).closed_kl(false);
            assert_gradient!(
                Svi::new(bits(), guide!(DisArm), elbo.clone(), sgd()).seed(17),
                "DisArm",
                exact,
                "l"
            );
            assert_gradient!(Svi::new(bits(), guide!(Arm), elbo.clone(), sgd()).seed(18), "Arm", exact, "l");
            let others = guide!(LeaveOneOut::samples(4));
            assert_gradient!(Svi::new(bits(), others, elbo, sgd()).seed(19), "LeaveOneOut", exact, "l");
        }
    }

    #[test]
    fn what_moves_one_number_refuses_an_array() {
        let message = Svi::new(bits(), guide!(SumAndSample::new(1)), particles(1), sgd()).step().unwrap_err();
        assert!(
            message.to_string().contains("moves one number at a time, so draw it in a plate"),
            "{message}"
        );
        let message = Svi::new(bits(), guide!(MeasureValued), particles(1), sgd()).step().unwrap_err();
        assert!(message.to_string().contains("draw it in a plate"), "{message}");
    }
}

mod predictions {
    use super::*;

    const X: [f64; 3] = [-1.0, 0.7, 2.0];

    #[model]
    fn coins(x: &[f64]) {
        plate!("i", x.len(), |i| {
            let b = sample!("b", Bernoulli::new(0.3)).to_real();
            observe!("x", Normal::new(2.0 * b, 0.5), x.at(i));
        });
    }

    #[guide(coins)]
    fn learned(x: &[f64]) {
        let (level, slope) = (param!("level", 0.5), param!("slope", -0.25));
        let l = param!("l", 0.2);
        plate!("i", x.len(), |i| {
            let prediction = level + slope * x.at(i);
            sample!("b", Bernoulli::logits(l), Score::baseline(Learned(prediction)));
        });
    }

    /// The cost of each element at each value, less nothing: `log p(x, b) - log q(b)`.
    fn cost(x: f64, b: bool, q: f64) -> f64 {
        let mean = if b { 2.0 } else { 0.0 };
        log_bernoulli(b, 0.3) + log_normal(x, mean, 0.5) - log_bernoulli(b, q)
    }

    fn loss([l]: [f64; 1]) -> f64 {
        X.iter().map(|&x| -expect([logistic(l)], |[b]| cost(x, b, logistic(l)))).sum()
    }

    /// The mean square of what a prediction leaves of the costs.
    fn square([level, slope]: [f64; 2]) -> f64 {
        let q = logistic(0.2);
        let of = |x: f64| expect([q], |[b]| (cost(x, b, q) - level - slope * x).powi(2));
        X.iter().map(|&x| of(x)).sum::<f64>() / 3.0
    }

    #[test]
    fn the_guide_and_the_prediction_have_their_own_gradients() {
        let own = gradient_and_value(loss, [0.2]);
        let taught = gradient_and_value(square, [0.5, -0.25]);
        let exact = [own[0], taught[0], taught[1], own[1]];
        let elbo = particles(100).closed_kl(false);
        let svi = Svi::new(coins(&X), learned(&X), elbo, sgd()).seed(20);
        assert_gradient!(svi, "learned", exact, "l", "level", "slope");
    }

    #[test]
    fn what_was_learnt_lowers_the_variance() {
        let elbo = || Elbo::default().closed_kl(false);
        let mut svi = Svi::new(coins(&X), learned(&X), elbo(), Sgd::new(0.02)).seed(21);
        let variance = |svi: &mut Svi<_, _, _, _>| {
            Moments::of(4_000, || vec![svi.gradient().unwrap().1.get("l").unwrap()[[]]]).variance(0)
        };
        let before = variance(&mut svi);
        for _ in 0..1_500 {
            svi.step().unwrap();
            svi.set_parameter("l", 0.2).unwrap();
        }
        let after = variance(&mut svi);
        assert!(after < 0.5 * before, "{before} {after}");
    }

    #[guide(coins)]
    fn given(x: &[f64]) {
        let l = param!("l", 0.2);
        let levels = Tensor::stack(&[-3.0, -2.0, -1.0]);
        plate!("i", x.len(), |i| {
            // A parameter in a baseline gets no gradient from it.
            let guess = levels.at(i) + param!("idle", 0.0);
            sample!("b", Bernoulli::logits(l), Score::baseline(Given(guess)));
        });
    }

    #[test]
    fn a_given_baseline_is_not_differentiated() {
        let own = gradient_and_value(loss, [0.2]);
        let svi = Svi::new(coins(&X), given(&X), particles(100), sgd()).seed(22);
        assert_gradient!(svi, "given", own, "l");
        let (_, gradient) = Svi::new(coins(&X), given(&X), particles(100), sgd()).gradient().unwrap();
        assert!(gradient.get("idle").unwrap().iter().all(|&g| g == 0.0));
    }

    #[guide(coins)]
    fn too_many(x: &[f64]) {
        plate!("i", x.len(), |_| {
            let guess: Tensor = Tensor::stack(&[-3.0, -2.0, -1.0]);
            sample!("b", Bernoulli::logits(param!("l", 0.2)), Score::baseline(Given(guess)));
        });
    }

    #[test]
    fn a_baseline_is_one_number() {
        let message = Svi::new(coins(&X), too_many(&X), particles(1), sgd()).step().unwrap_err().to_string();
        assert!(message.contains("the baseline must be one number") && message.contains("[3]"), "{message}");
    }
}

mod variances {
    use super::*;

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    /// The variance of one step's gradient by the logit, at q = 0.4, with estimated divergences.
    macro_rules! variance {
        ($particles:expr, $estimator:expr) => {{
            #[guide(coin)]
            fn guide() {
                sample!("b", Bernoulli::logits(param!("l", (0.4f64 / 0.6).ln())), $estimator);
            }
            let elbo = particles($particles).closed_kl(false);
            let mut svi = Svi::new(coin(), guide(), elbo, sgd()).seed(23);
            let found =
                Moments::of(4_000, || vec![svi.gradient().unwrap().1.get("l").unwrap()[[]]]).variance(0);
            println!("{} with {} particles: {found:.6}", stringify!($estimator), $particles);
            found
        }};
    }

    /// Those of the plain score function and of leave-one-out are in closed form; the gradient by q is 1 / 0.24 of that by the logit.
    #[test]
    fn of_each_estimator_on_one_bernoulli() {
        let by_q = |v: f64| v / (0.24 * 0.24);
        let near = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 0.15, "{found} {exact}");
        near(by_q(variance!(2, Score::new())), 5.01);
        near(by_q(variance!(1, LeaveOneOut::samples(2))), 0.3375);
        near(by_q(variance!(1, LeaveOneOut::samples(4))), 0.0649);
        let (arm, dis_arm) = (variance!(1, Arm), variance!(1, DisArm));
        assert!(dis_arm < arm);
        let average = variance!(1, Score::baseline(DecayingAverage::new(0.9)));
        let standardised = variance!(1, Score::baseline(Standardised::new(0.9)));
        let given = variance!(1, Score::baseline(Given(Real::from(-1.7))));
        let plain = variance!(1, SumAndSample::new(0));
        assert!(average < plain && standardised < plain && given < plain, "{plain} {average} {given}");
        assert!(variance!(1, SumAndSample::new(1)) < 1e-20 && variance!(1, MeasureValued) < 1e-20);
    }
}
