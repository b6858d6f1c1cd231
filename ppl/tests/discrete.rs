//! Discrete sites that are tried at every value, against sums that are written out.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

mod one_bernoulli {
    use super::*;

    #[model]
    fn coin() {
        let b = sample!("b", Bernoulli::new(0.3));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    #[guide(coin)]
    fn every() {
        let q = param!("q", 0.4, UnitInterval);
        sample!("b", Bernoulli::new(q), enumerate);
    }

    /// The derivative by q itself; the session's is by its logit.
    fn by_probability(found: f64) -> f64 {
        found / (0.4 * 0.6)
    }

    #[test]
    fn the_bound_and_its_gradient_are_exact() {
        for elbo in [Elbo::default(), Elbo::default().closed_kl(false), Elbo::default().particles(3)] {
            let mut svi = Svi::new(coin(), every(), elbo, Adam::new(0.1));
            let (step, gradient) = svi.gradient().unwrap();
            close(step.loss, 1.6665209543, 1e-9);
            close(by_probability(gradient.get("q").unwrap()[[]]), -0.5581672478, 1e-9);
        }
    }

    #[model]
    fn summed() {
        let b = sample!("b", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    }

    #[guide(summed)]
    fn nothing() {}

    #[test]
    fn the_evidence_is_exact() {
        let mut svi = Svi::new(summed(), nothing(), Elbo::default(), Adam::new(0.1));
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        close(svi.step().unwrap().loss, -(0.3 * density(-0.5) + 0.7 * density(1.5)).ln(), 1e-14);
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

    #[guide(tree)]
    fn every(bs: usize, cs: usize, at: f64) {
        sample!("a", Bernoulli::new(param!("qa", 0.33, UnitInterval)), enumerate);
        let (qb, qc) = (param!("qb", at, UnitInterval), param!("qc", 0.37, UnitInterval));
        plate!("b", bs, |_| {
            sample!("b", Bernoulli::new(qb), enumerate);
            plate!("c", cs, |_| {
                sample!("c", Bernoulli::new(qc), enumerate);
            });
        });
    }

    #[test]
    fn losses_and_gradients_are_those_of_the_sum_over_all_outcomes() {
        for (bs, cs, qb, expected) in [
            (3, 5, 0.51, [0.915617, 1.595599, 0.260480, -6.177965]),
            (3, 6, 0.51, [1.072316, 1.835006, 0.506098, -7.413558]),
            (4, 5, 0.77, [1.884201, 1.647946, 5.020530, -12.563710]),
            (4, 6, 0.77, [2.178279, 2.099762, 5.348021, -15.076452]),
        ] {
            for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
                let mut svi = Svi::new(tree(bs, cs), every(bs, cs, qb), elbo, Adam::new(0.1));
                let (step, gradient) = svi.gradient().unwrap();
                let by = |name: &str, p: f64| gradient.get(name).unwrap()[[]] / (p * (1.0 - p));
                let found = [step.loss, by("qa", 0.33), by("qb", qb), by("qc", 0.37)];
                for (found, expected) in found.into_iter().zip(expected) {
                    close(found, expected, 1e-6);
                }
            }
        }
    }
}

mod mixtures {
    use super::*;

    const X: [f64; 5] = [-1.0, 0.5, 4.0, 5.5, 0.1];
    const W: [f64; 3] = [0.2, 0.5, 0.3];
    const MU: [f64; 3] = [-1.0, 0.0, 5.0];

    #[model]
    fn mixture(x: &[f64]) {
        plate!("data", x.len(), |i| {
            let z = sample!("z", Categorical::new(W), enumerate);
            observe!("x", Normal::new(MU.at(z), 0.7), x.at(i));
        });
    }

    #[guide(mixture)]
    fn nothing(_x: &[f64]) {}

    fn log_evidence(x: f64) -> f64 {
        let density = |k: usize| {
            let d = (x - MU[k]) / 0.7;
            W[k] * (-0.5 * d * d).exp() / (0.7 * (2.0 * std::f64::consts::PI).sqrt())
        };
        (0..3).map(density).sum::<f64>().ln()
    }

    #[test]
    fn a_mixture_is_summed_element_by_element() {
        let mut svi = Svi::new(mixture(&X), nothing(&X), Elbo::default(), Adam::new(0.1));
        let expected: f64 = X.iter().map(|&x| -log_evidence(x)).sum();
        close(svi.step().unwrap().loss, expected, 1e-13);
        let report = svi.elimination();
        assert_eq!((report.steps.len(), report.cost()), (1, 15.0));
        assert_eq!(report.steps[0].to_string(), "sum out z: 2 factors over [z], 15 elements");
    }

    #[model]
    fn labelled(x: &[f64], labels: &[Option<usize>]) {
        plate!("data", x.len(), |i| {
            let z = sample!("z", Categorical::new(W), enumerate, given(labels.at(i)));
            observe!("x", Normal::new(MU.at(z), 0.7), x.at(i));
        });
    }

    #[guide(labelled)]
    fn unguided(_x: &[f64], _labels: &[Option<usize>]) {}

    #[test]
    fn labels_hold_the_elements_that_have_one() {
        let labels = [None, Some(2), None, Some(0), None];
        let mut svi = Svi::new(labelled(&X, &labels), unguided(&X, &labels), Elbo::default(), Adam::new(0.1));
        let given = |x: f64, k: usize| {
            let d = (x - MU[k]) / 0.7;
            W[k].ln() - 0.5 * d * d - (0.7 * (2.0 * std::f64::consts::PI).sqrt()).ln()
        };
        let expected: f64 = X
            .iter()
            .zip(labels)
            .map(|(&x, label)| label.map_or_else(|| log_evidence(x), |k| given(x, k)))
            .sum();
        close(svi.step().unwrap().loss, -expected, 1e-13);
        let wrong = [None, Some(3), None, None, None];
        let error =
            Svi::new(labelled(&X, &wrong), unguided(&X, &wrong), Elbo::default(), Adam::new(0.1)).step();
        assert!(error.unwrap_err().to_string().contains("the label of element 1 is 3, expected one of 0..3"));
    }
}

mod posteriors {
    use super::*;

    #[model]
    fn switch(x: &[f64]) {
        let k = sample!("k", Bernoulli::new(0.4), enumerate);
        plate!("data", x.len(), |i| {
            let z = sample!("z", Bernoulli::new(0.2 + 0.5 * k.to_real()), enumerate);
            observe!("x", Normal::new(z.to_real() * 2.0 + k.to_real(), 1.0), x.at(i));
        });
    }

    #[guide(switch)]
    fn nothing(_x: &[f64]) {}

    const X: [f64; 3] = [0.3, 2.2, 1.1];

    /// The joint probability of the data and of `k`, `z`.
    fn joint(k: usize, z: [usize; 3]) -> f64 {
        let coin = |p: f64, v: usize| if v == 1 { p } else { 1.0 - p };
        let mut p = coin(0.4, k);
        for (x, z) in X.into_iter().zip(z) {
            let d = x - (2 * z + k) as f64;
            p *= coin(0.2 + 0.5 * k as f64, z) * (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
        }
        p
    }

    fn all() -> impl Iterator<Item = (usize, [usize; 3])> {
        (0..16).map(|n| (n & 1, [n >> 1 & 1, n >> 2 & 1, n >> 3 & 1]))
    }

    #[test]
    fn evidence_marginals_and_the_likeliest_values_are_those_of_the_sum() {
        let mut svi = Svi::new(switch(&X), nothing(&X), Elbo::default(), Adam::new(0.1));
        let evidence: f64 = all().map(|(k, z)| joint(k, z)).sum();
        close(svi.step().unwrap().loss, -evidence.ln(), 1e-13);
        let marginals = svi.posterior().marginals(1).unwrap();
        let expected = |of: &dyn Fn(usize, [usize; 3]) -> bool| {
            all().filter(|&(k, z)| of(k, z)).map(|(k, z)| joint(k, z)).sum::<f64>() / evidence
        };
        close(marginals.get("k").unwrap()[[1]], expected(&|k, _| k == 1), 1e-13);
        for i in 0..3 {
            close(marginals.get("z").unwrap()[[i, 1]], expected(&|_, z| z[i] == 1), 1e-13);
            close(marginals.get("z").unwrap()[[i, 0]], expected(&|_, z| z[i] == 0), 1e-13);
        }
        let best = all().max_by(|a, b| joint(a.0, a.1).total_cmp(&joint(b.0, b.1))).unwrap();
        let found = svi.posterior().likeliest(1).unwrap();
        assert_eq!(found.get("k").unwrap()[[0]], best.0 as f64);
        assert_eq!(found.get("z").unwrap().as_slice().unwrap(), best.1.map(|z| z as f64));
    }

    #[test]
    fn assignments_are_drawn_from_the_joint_posterior() {
        let mut svi = Svi::new(switch(&X), nothing(&X), Elbo::default(), Adam::new(0.1)).seed(5);
        let n = 4000;
        let draws = svi.posterior().assignments(n).unwrap();
        let (k, z) = (draws.get("k").unwrap(), draws.get("z").unwrap());
        let evidence: f64 = all().map(|(k, z)| joint(k, z)).sum();
        let mut chi_squared = 0.0;
        for (ks, zs) in all() {
            let hits =
                (0..n).filter(|&d| k[[d]] == ks as f64 && (0..3).all(|i| z[[d, i]] == zs[i] as f64)).count();
            let expected = n as f64 * joint(ks, zs) / evidence;
            chi_squared += (hits as f64 - expected).powi(2) / expected;
        }
        // The quantile of chi-squared with 15 degrees of freedom at 1 - 1e-6.
        assert!(chi_squared < 55.8, "chi-squared {chi_squared}");
    }
}

mod chains {
    use super::*;
    use ndarray::Array2;

    const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.25, 0.75]];

    #[model]
    fn case(y: &[usize], table: &Array2<f64>) {
        markov!("time", y.len(), 0, |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)), enumerate);
            observe!("y", Categorical::new(table.at(z)), y.at(t));
            z
        });
    }

    #[guide(case)]
    fn nothing(_y: &[usize], _table: &Array2<f64>) {}

    fn table() -> Array2<f64> {
        ndarray::arr2(&STICKY)
    }

    #[test]
    fn the_evidence_is_that_of_the_forward_recursion() {
        let table = table();
        for (steps, expected) in [(2, 1.6739764336), (3, 2.2493405785), (10, 5.9439738588)] {
            let y = vec![1; steps];
            let mut svi = Svi::new(case(&y, &table), nothing(&y, &table), Elbo::default(), Adam::new(0.1));
            close(svi.step().unwrap().loss, expected, 1e-10);
            // Later runs know the sizes already.
            close(svi.step().unwrap().loss, expected, 1e-10);
        }
    }

    #[test]
    fn marginals_draws_and_the_likeliest_path_are_those_of_the_sum_over_all_paths() {
        let (table, y) = (table(), [1, 0, 1, 1]);
        let joint = |path: [usize; 4]| -> f64 {
            let mut before = 0;
            path.iter()
                .zip(y)
                .map(|(&z, y)| STICKY[std::mem::replace(&mut before, z)][z] * STICKY[z][y])
                .product()
        };
        let paths = || (0..16).map(|n| [n & 1, n >> 1 & 1, n >> 2 & 1, n >> 3 & 1]);
        let evidence: f64 = paths().map(joint).sum();
        let mut svi = Svi::new(case(&y, &table), nothing(&y, &table), Elbo::default(), Adam::new(0.1));
        let marginals = svi.posterior().marginals(1).unwrap();
        let found = marginals.get("z").unwrap();
        assert_eq!(found.shape(), [4, 2]);
        for t in 0..4 {
            let expected = paths().filter(|p| p[t] == 1).map(joint).sum::<f64>() / evidence;
            close(found[[t, 1]], expected, 1e-12);
        }
        let best = paths().max_by(|a, b| joint(*a).total_cmp(&joint(*b))).unwrap();
        let likeliest = svi.posterior().likeliest(1).unwrap();
        let likeliest = likeliest.get("z").unwrap().mapv(|z| z as usize);
        let path: [usize; 4] = std::array::from_fn(|t| likeliest[[0, t]]);
        close(joint(path), joint(best), 1e-14);
        let n = 2000;
        let draws = svi.posterior().assignments(n).unwrap();
        let draws = draws.get("z").unwrap();
        let chi_squared: f64 = paths()
            .map(|path| {
                let hits = (0..n).filter(|&d| (0..4).all(|t| draws[[d, t]] == path[t] as f64)).count();
                let expected = n as f64 * joint(path) / evidence;
                (hits as f64 - expected).powi(2) / expected
            })
            .sum();
        assert!(chi_squared < 55.8, "chi-squared {chi_squared}");
    }

    #[model]
    fn factorial(y: &Array2<f64>, lengths: &[usize]) {
        let a = param!("a", ndarray::arr2(&[[0.6, 0.4], [0.1, 0.9]]));
        let b = param!("b", ndarray::arr2(&[[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]]));
        let mu = param!("mu", 1.5);
        let start = sample!("start", Categorical::new([0.3, 0.7]), enumerate);
        plate!("sequence", y.dim().0, |i| {
            markov!("time", y.dim().1, (start, 1), lengths(lengths.at(i)), |(v, w), t| {
                let v = sample!("v", Categorical::new(a.at(v)), enumerate);
                let w = sample!("w", Categorical::new(b.at(w)), enumerate);
                let mean = mu * v.to_real() + w.to_real() * 0.7;
                observe!("y", Normal::new(mean, 1.0), y.at(i).at(t).to_real());
                (v, w)
            });
        });
    }

    #[guide(factorial)]
    fn free(_y: &Array2<f64>, _lengths: &[usize]) {}

    /// The log-evidence by the sum over every pair of paths.
    fn by_hand(y: &Array2<f64>, lengths: &[usize], mu: f64) -> f64 {
        let a = [[0.6, 0.4], [0.1, 0.9]];
        let b = [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.1, 0.8]];
        let start = [0.3, 0.7];
        let sequence = |i: usize, s: usize| -> f64 {
            let mut states = vec![((s, 1), 1.0)];
            for t in 0..lengths[i] {
                let mut next = Vec::new();
                for ((v, w), p) in states {
                    for (v2, to_v) in a[v].iter().enumerate() {
                        for (w2, to_w) in b[w].iter().enumerate() {
                            let d = y[[i, t]] - mu * v2 as f64 - 0.7 * w2 as f64;
                            let density = (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
                            next.push(((v2, w2), p * to_v * to_w * density));
                        }
                    }
                }
                states = next;
            }
            states.iter().map(|s| s.1).sum()
        };
        (0..2)
            .map(|s| start[s] * (0..lengths.len()).map(|i| sequence(i, s)).product::<f64>())
            .sum::<f64>()
            .ln()
    }

    #[test]
    fn two_chains_side_by_side_with_lengths_and_an_enumerated_start() {
        let y = ndarray::arr2(&[[0.3, 2.2, -0.5], [1.1, 0.2, 3.0]]);
        let lengths = [3, 2];
        let mut svi = Svi::new(factorial(&y, &lengths), free(&y, &lengths), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, -by_hand(&y, &lengths, 1.5), 1e-12);
        let h = 1e-4;
        let slope = (by_hand(&y, &lengths, 1.5 + h) - by_hand(&y, &lengths, 1.5 - h)) / (2.0 * h);
        close(gradient.get("mu").unwrap()[[]], -slope, 1e-7);
    }

    #[model]
    fn second_order(y: &[f64], table: &ndarray::Array3<f64>) {
        markov!("time", y.len(), (0, 1), |(a, b), t| {
            let c = sample!("c", Categorical::new(table.at(a).at(b)), enumerate);
            observe!("y", Normal::new(c.to_real(), 1.0), y.at(t));
            (b, c)
        });
    }

    #[guide(second_order)]
    fn none(_y: &[f64], _table: &ndarray::Array3<f64>) {}

    #[test]
    fn a_state_may_remember_the_state_before() {
        let table = ndarray::arr3(&[[[0.2, 0.8], [0.5, 0.5]], [[0.9, 0.1], [0.3, 0.7]]]);
        let y = [0.2, 1.4, -0.3];
        let mut states = vec![((0, 1), 1.0)];
        for y in y {
            let mut next = Vec::new();
            for ((a, b), p) in states {
                for c in 0..2 {
                    let d: f64 = y - c as f64;
                    let density = (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
                    next.push(((b, c), p * table[[a, b, c]] * density));
                }
            }
            states = next;
        }
        let expected = states.iter().map(|s| s.1).sum::<f64>().ln();
        let mut svi = Svi::new(second_order(&y, &table), none(&y, &table), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, -expected, 1e-12);
    }

    #[model]
    fn walk(y: &[f64]) {
        let start = sample!("start", Normal::new(0.0, 1.0));
        markov!("time", y.len(), start, |prev, t| {
            let x = sample!("x", Normal::new(prev, 1.0));
            observe!("y", Normal::new(x, 0.5), y.at(t));
            x
        });
    }

    #[guide(walk)]
    fn mean_field(y: &[f64]) {
        sample!("start", Normal::new(param!("start_loc", 0.0), param!("start_scale", 0.5, Positive)));
        let loc = param!("loc", vec![0.0; y.len()]);
        markov!("time", y.len(), 0.0, |_prev, t| { sample!("x", Normal::new(loc.at(t).to_real(), 0.5)) });
    }

    #[test]
    fn continuous_states_run_step_by_step() {
        let y = [0.5, 1.0, 1.5];
        let mut svi = Svi::new(walk(&y), mean_field(&y), Elbo::default(), Adam::new(0.05)).seed(3);
        for _ in 0..1500 {
            svi.step().unwrap();
        }
        // The mean of the posterior solves a tridiagonal system.
        let loc = svi.parameters().get("loc").unwrap().clone();
        // Precision: start 1 + 1; x_t: 1 + 1 (or 1 at the end) + 4.
        let (mut d, mut b) = ([2.0, 6.0, 6.0, 5.0], [0.0, 2.0, 4.0, 6.0]);
        for k in 1..4 {
            d[k] -= 1.0 / d[k - 1];
            b[k] += b[k - 1] / d[k - 1];
        }
        let mut mean = [0.0; 4];
        for k in (0..4).rev() {
            mean[k] = (b[k] + if k < 3 { mean[k + 1] } else { 0.0 }) / d[k];
        }
        for t in 0..3 {
            assert!((loc[[t]] - mean[t + 1]).abs() < 0.15, "{loc:?} {mean:?}");
        }
    }
}

mod draws_of_chains {
    use super::*;
    use ppl::Values;

    #[model]
    fn walk(y: &[f64], sequences: usize) {
        plate!("sequence", sequences, |_| {
            markov!("time", y.len(), 0.0, |prev, t| {
                let x = sample!("x", Normal::new(prev, 1.0));
                observe!("y", Normal::new(x, 0.5), y.at(t));
                x
            });
        });
    }

    #[test]
    fn a_site_of_a_chain_is_one_stack() {
        let y = [0.5, 1.0, 1.5];
        let draws = ppl::prior_predictive(walk(&y, 2), 5, 1).unwrap();
        assert_eq!(draws.names().collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(draws.get("x").unwrap().shape(), [5, 2, 3]);
        // A stack can be given back.
        let x = ndarray::arr2(&[[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]]);
        let density = |d: f64, scale: f64| {
            -0.5 * (d / scale).powi(2) - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
        };
        let mut expected = 0.0;
        for row in x.rows() {
            let mut before = 0.0;
            for t in 0..3 {
                expected += density(row[t] - before, 1.0) + density(y[t] - row[t], 0.5);
                before = row[t];
            }
        }
        let found = ppl::log_density(walk(&y, 2), &Values::new().with("x", x)).unwrap();
        close(found, expected, 1e-13);
    }
}

mod chains_of_a_guide {
    use super::*;
    use ndarray::Array2;

    #[model]
    fn hidden(y: &[f64], table: &Array2<f64>) {
        markov!("time", y.len(), 0, |prev, t| {
            let z = sample!("z", Categorical::new(table.at(prev)));
            observe!("y", Normal::new(z.to_real() * 1.5, 1.0), y.at(t));
            z
        });
    }

    #[guide(hidden)]
    fn structured(y: &[f64], _table: &Array2<f64>) {
        let logits = param!("logits", ndarray::arr2(&[[0.2, -0.3], [0.5, 0.1]]));
        let shift = param!("shift", 0.4);
        markov!("time", y.len(), 0, |prev, t| {
            sample!("z", Categorical::logits(logits.at(prev) + logits.at(prev) * shift * y.at(t)), enumerate)
        });
    }

    const STICKY: [[f64; 2]; 2] = [[0.75, 0.25], [0.35, 0.65]];
    const Y: [f64; 3] = [0.2, 1.4, -0.3];

    /// The bound, summed over every path.
    fn by_hand(logits: [[f64; 2]; 2], shift: f64) -> f64 {
        let mut total = 0.0;
        for n in 0..8usize {
            let path = [n & 1, n >> 1 & 1, n >> 2 & 1];
            let (mut before, mut q, mut log) = (0, 1.0, 0.0);
            for t in 0..3 {
                let z = path[t];
                let l = |k: usize| logits[before][k] * (1.0 + shift * Y[t]);
                let log_q = l(z) - (l(0).exp() + l(1).exp()).ln();
                let d = Y[t] - 1.5 * z as f64;
                q *= log_q.exp();
                log += STICKY[before][z].ln() - 0.5 * d * d - 0.5 * (2.0 * std::f64::consts::PI).ln() - log_q;
                before = z;
            }
            total += q * log;
        }
        total
    }

    #[test]
    fn an_enumerated_chain_is_averaged_by_its_pairwise_marginals() {
        let table = ndarray::arr2(&STICKY);
        for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
            let mut svi = Svi::new(hidden(&Y, &table), structured(&Y, &table), elbo, Adam::new(0.1));
            let (step, gradient) = svi.gradient().unwrap();
            let logits = [[0.2, -0.3], [0.5, 0.1]];
            close(step.loss, -by_hand(logits, 0.4), 1e-12);
            let h = 1e-4;
            let slope = (by_hand(logits, 0.4 + h) - by_hand(logits, 0.4 - h)) / (2.0 * h);
            close(gradient.get("shift").unwrap()[[]], -slope, 1e-7);
            for (i, k) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let at = |h: f64| {
                    let mut moved = logits;
                    moved[i][k] += h;
                    by_hand(moved, 0.4)
                };
                close(gradient.get("logits").unwrap()[[i, k]], -(at(h) - at(-h)) / (2.0 * h), 1e-7);
            }
            // Draws of the guide run step by step.
            assert_eq!(svi.posterior().draws(10).unwrap().get("z").unwrap().shape(), [10, 3]);
        }
    }
}
