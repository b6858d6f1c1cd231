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
            let z = sample!("z", Categorical::new(&W), enumerate);
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
            let z = sample!("z", Categorical::new(&W), enumerate, given(labels.at(i)));
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
