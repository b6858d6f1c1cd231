//! Guides that try some sites at every value and draw others: the expectation of their estimate is the exact one.

use crate::nested::tree;
use ppl::prelude::*;
use ppl::support::UnitInterval;
use ppl::{Guide, Model};

fn q(name: &'static str, at: f64) -> Real {
    ppl::__private::param::<f64, _, _>(ppl::__private::Name::new(name), || at, UnitInterval)
}

#[guide(tree)]
fn first(bs: usize, cs: usize) {
    sample!("a", Bernoulli::new(q("qa", 0.33)), enumerate);
    let (qb, qc) = (q("qb", 0.51), q("qc", 0.37));
    plate!("b", bs, |_| {
        sample!("b", Bernoulli::new(qb));
        plate!("c", cs, |_| {
            sample!("c", Bernoulli::new(qc));
        });
    });
}

#[guide(tree)]
fn middle(bs: usize, cs: usize) {
    sample!("a", Bernoulli::new(q("qa", 0.33)), Score::baseline(DecayingAverage::new(0.95)));
    let (qb, qc) = (q("qb", 0.51), q("qc", 0.37));
    plate!("b", bs, |_| {
        sample!("b", Bernoulli::new(qb), enumerate);
        plate!("c", cs, |_| {
            sample!("c", Bernoulli::new(qc));
        });
    });
}

#[guide(tree)]
fn last(bs: usize, cs: usize) {
    sample!("a", Bernoulli::new(q("qa", 0.33)), Score::baseline(DecayingAverage::new(0.95)));
    let (qb, qc) = (q("qb", 0.51), q("qc", 0.37));
    plate!("b", bs, |_| {
        sample!("b", Bernoulli::new(qb));
        plate!("c", cs, |_| {
            sample!("c", Bernoulli::new(qc), enumerate);
        });
    });
}

/// The exact loss and gradient of three b's and five c's, from the sum over all outcomes.
const EXACT: [f64; 4] = [0.915617, 1.595599, 0.260480, -6.177965];

fn assert_unbiased<M, G>(what: &str, model: M, guide: G, elbo: Elbo)
where
    M: Model<Element = f64>,
    G: Guide<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
{
    let n = 4000;
    let mut svi = Svi::new(model, guide, elbo, Adam::new(0.1)).seed(11);
    let mut columns: [Vec<f64>; 4] = Default::default();
    for _ in 0..n {
        let (step, gradient) = svi.gradient().unwrap();
        let by = |name: &str, p: f64| gradient.get(name).unwrap()[[]] / (p * (1.0 - p));
        for (column, v) in columns.iter_mut().zip([step.loss, by("qa", 0.33), by("qb", 0.51), by("qc", 0.37)])
        {
            column.push(v);
        }
    }
    for (k, (column, exact)) in columns.iter().zip(EXACT).enumerate() {
        let mean = column.iter().sum::<f64>() / n as f64;
        let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        let error = (variance / n as f64).sqrt();
        assert!(
            (mean - exact).abs() <= 5.0 * error + 1e-6,
            "{what}, number {k}: mean {mean}, exact {exact}, {:.1} standard errors",
            (mean - exact).abs() / error
        );
        assert!(5.0 * error < 0.4 * exact.abs().max(1.0), "{what}, number {k}: too few draws, {error}");
    }
}

#[test]
fn one_site_at_every_value_and_the_others_drawn() {
    for (closed, particles) in [(true, 1), (false, 3)] {
        let elbo = || Elbo::default().closed_kl(closed).particles(particles);
        assert_unbiased("a", tree(3, 5), first(3, 5), elbo());
        assert_unbiased("b", tree(3, 5), middle(3, 5), elbo());
        assert_unbiased("c", tree(3, 5), last(3, 5), elbo());
    }
}

mod closed {
    use super::*;

    /// The prior of `z` hangs on a site that the model sums out, so that its divergence has no closed form.
    #[model]
    fn hidden() {
        let k = sample!("k", Bernoulli::new(0.4), enumerate).to_real();
        sample!("z", Normal::new(2.0 * k, 1.0));
    }

    #[guide(hidden)]
    fn proposal() {
        sample!("z", Normal::new(param!("loc", 0.7), 0.8));
    }

    #[test]
    fn a_divergence_from_a_sum_is_estimated() {
        let mut one = Svi::new(hidden(), proposal(), Elbo::default(), Adam::new(0.1)).seed(2);
        let mut two =
            Svi::new(hidden(), proposal(), Elbo::default().closed_kl(false), Adam::new(0.1)).seed(2);
        let (step, slope) = one.gradient().unwrap();
        assert_eq!((step, slope), two.gradient().unwrap());
        let z = one.posterior().draws(1).unwrap().get("z").unwrap()[[0]];
        assert!(z.is_finite());
        // The mean over draws is the integral of q (log q - log p), here by quadrature.
        let normal = |z: f64, m: f64, s: f64| {
            (-0.5 * ((z - m) / s).powi(2)).exp() / (s * (2.0 * std::f64::consts::PI).sqrt())
        };
        let h = 1e-3;
        let exact: f64 = (-8000..8000)
            .map(|k| {
                let z = 0.7 + f64::from(k) * h;
                let q = normal(z, 0.7, 0.8);
                let p = 0.6 * normal(z, 0.0, 1.0) + 0.4 * normal(z, 2.0, 1.0);
                if q > 1e-300 { h * q * (q / p).ln() } else { 0.0 }
            })
            .sum();
        let found = one.evaluate(4000).unwrap();
        assert!((found.loss - exact).abs() < 5.0 * found.standard_error, "{found:?}, exact {exact}");
    }
}
