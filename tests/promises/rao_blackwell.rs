//! Leaving out what a site's cost cannot depend on never leaves out what it does.

use ppl::prelude::*;
use ppl_tests::{assert_unbiased_all, bernoulli, log_normal_density, named, outcomes, slope};

const X: [f64; 4] = [0.5, 2.0, -1.0, 1.2];
/// The neighbour of each element.
const NEIGHBOUR: [usize; 4] = [2, 0, 3, 3];
const Q: [f64; 4] = [0.3, 0.6, 0.45, 0.7];

#[model]
fn neighbours(x: &[f64], neighbour: &[usize]) {
    let z = plate!("rows", x.len(), |_i| sample!("z", Bernoulli::new(0.4)).to_real());
    plate!("rows", x.len(), |i| {
        observe!("x", Normal::new(1.5 * z.at(neighbour.at(i)) + 0.5 * z.at(i), 1.0), x.at(i));
    });
}

#[guide(neighbours)]
fn independent(q: &[f64]) {
    plate!("rows", q.len(), |i| {
        sample!("z", Bernoulli::new(param!("q", 0.5, UnitInterval) + q.at(i) - 0.5));
    });
}

/// The loss by enumeration: `log_joint` of an outcome, under independent coins.
fn enumerated(q: &[f64], log_joint: impl Fn(&[bool]) -> f64) -> f64 {
    outcomes(q.len())
        .iter()
        .map(|z| {
            let w: f64 = q.iter().zip(z).map(|(&q, &z)| bernoulli(q, z)).product();
            w * (w.ln() - log_joint(z))
        })
        .sum()
}

fn gradient(q: &[f64], loss: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..q.len())
        .map(|k| {
            slope(
                |v| {
                    let mut moved = q.to_vec();
                    moved[k] = v;
                    loss(&moved)
                },
                q[k],
            )
        })
        .collect()
}

fn number(z: bool) -> f64 {
    f64::from(u8::from(z))
}

#[test]
fn a_cost_with_neighbours_in_the_plate() {
    let loss = |q: &[f64]| {
        enumerated(q, |z| {
            (0..4)
                .map(|i| {
                    let mean = 1.5 * number(z[NEIGHBOUR[i]]) + 0.5 * number(z[i]);
                    bernoulli(0.4, z[i]).ln() + log_normal_density(X[i], mean, 1.0)
                })
                .sum()
        })
    };
    // The parameter is 1/2 in each row, where its slope by the logit is 1/4.
    let mut exact: Vec<f64> = gradient(&Q, loss).iter().map(|d| 0.25 * d).collect();
    exact.push(loss(&Q));
    for (particles, closed) in [(40, true), (40, false)] {
        assert_unbiased_all("neighbours", 1, 140_000, &exact, 0.05, |seed| {
            let elbo = Elbo::default().particles(particles).closed_kl(closed);
            let mut svi =
                Svi::new(neighbours(&X, &NEIGHBOUR), independent(&Q), elbo, Sgd::new(1.0)).seed(seed);
            move || {
                let (step, gradient) = svi.gradient().unwrap();
                let mut all = named(&gradient, "q");
                all.push(step.loss);
                all
            }
        });
    }
}

#[model]
fn chosen(x: &[f64]) {
    let z = plate!("rows", x.len(), |_i| sample!("z", Bernoulli::new(0.4)).to_real());
    let k = sample!("k", Categorical::new([0.1, 0.2, 0.3, 0.4]));
    // One site chooses which element of the plate is seen.
    observe!("seen", Normal::new(2.0 * z.at(k), 1.0), 1.5);
    // A sum over the plate is seen too, in another plate.
    plate!("others", 2, |_j| observe!("sum", Normal::new(z.sum(), 2.0), 1.0));
}

#[guide(chosen)]
fn chosen_guide(q: &[f64]) {
    plate!("rows", q.len(), |i| {
        sample!("z", Bernoulli::new(param!("q", 0.5, UnitInterval) + q.at(i) - 0.5));
    });
    sample!("k", Categorical::logits(param!("logits", [0.2, 0.0, -0.3, 0.1])));
}

#[test]
fn a_site_that_chooses_an_element_of_another() {
    let logits = [0.2f64, 0.0, -0.3, 0.1];
    let loss = |p: &[f64]| {
        let (q, logits) = p.split_at(4);
        let total: f64 = logits.iter().map(|l| l.exp()).sum();
        (0..4)
            .map(|k| {
                let w = logits[k].exp() / total;
                let prior = [0.1f64, 0.2, 0.3, 0.4][k].ln();
                w * (w.ln() - prior
                    + enumerated(q, |z| {
                        let sum: f64 = z.iter().map(|&z| number(z)).sum();
                        z.iter().map(|&z| bernoulli(0.4, z).ln()).sum::<f64>()
                            + log_normal_density(1.5, 2.0 * number(z[k]), 1.0)
                            + 2.0 * log_normal_density(1.0, sum, 2.0)
                    }))
            })
            .sum()
    };
    let at = [&Q[..], &logits].concat();
    let mut exact = gradient(&at, loss);
    exact[..4].iter_mut().for_each(|d| *d *= 0.25);
    exact.push(loss(&at));
    assert_unbiased_all("chosen", 2, 150_000, &exact, 0.05, |seed| {
        let elbo = Elbo::default().particles(40);
        let mut svi = Svi::new(chosen(&X), chosen_guide(&Q), elbo, Sgd::new(1.0)).seed(seed);
        move || {
            let (step, gradient) = svi.gradient().unwrap();
            let mut all = named(&gradient, "q");
            all.extend(named(&gradient, "logits"));
            all.push(step.loss);
            all
        }
    });
}

#[model]
fn in_order() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    sample!("y", Normal::new(z, 1.0));
}

/// The guide draws `y` first and `z` from it: the prior of `y` then depends on `y` itself.
#[guide(in_order)]
fn in_another_order() {
    let y = sample!("y", Normal::new(param!("m", 0.4), param!("s", 0.8, Positive)));
    sample!("z", Normal::new(param!("a", 0.9) * y + param!("c", -0.2), param!("t", 0.5, Positive)));
}

#[test]
fn a_guide_that_draws_in_another_order_than_the_model() {
    // E log p(z) + E log p(y | z) + both entropies; z = a y + c + t e.
    let loss = |p: &[f64]| {
        let [m, s, a, c, t] = p.try_into().unwrap();
        let ln_2_pi = (2.0 * std::f64::consts::PI).ln();
        let z = (a * m + c, a * a * s * s + t * t);
        let gap = ((1.0 - a) * m - c, (1.0 - a).powi(2) * s * s + t * t);
        let second = |(mean, variance): (f64, f64)| mean * mean + variance;
        let entropy = |scale: f64| scale.ln() + 0.5 * (1.0 + ln_2_pi);
        0.5 * (second(z) + second(gap)) + ln_2_pi - entropy(s) - entropy(t)
    };
    let at = [0.4, 0.8, 0.9, -0.2, 0.5];
    let mut exact = gradient(&at, loss);
    exact[1] *= 0.8;
    exact[4] *= 0.5;
    exact.push(loss(&at));
    for closed in [true, false] {
        assert_unbiased_all("another order", 3, 400_000, &exact, 0.05, |seed| {
            let elbo = Elbo::default().particles(30).closed_kl(closed);
            let mut svi = Svi::new(in_order(), in_another_order(), elbo, Sgd::new(1.0)).seed(seed);
            move || {
                let (step, gradient) = svi.gradient().unwrap();
                let of = |name| named(&gradient, name)[0];
                vec![of("m"), of("s"), of("a"), of("c"), of("t"), step.loss]
            }
        });
    }
}

#[model]
fn seen_itself(x: &[f64]) {
    plate!("rows", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(0.4)).to_real();
        observe!("z_again", Normal::new(x.at(i), 1.0), z);
    });
}

#[guide(seen_itself)]
fn coins(x: &[f64]) {
    plate!("rows", x.len(), |_i| sample!("z", Bernoulli::new(param!("q", 0.5, UnitInterval))));
}

#[test]
fn what_is_observed_may_be_the_site_and_is_the_cost_of_its_own_element() {
    let first = |x: &[f64]| {
        let mut svi = Svi::new(seen_itself(x), coins(x), Elbo::default(), Sgd::new(1.0)).seed(4);
        named(&svi.gradient().unwrap().1, "q")[0]
    };
    assert_eq!(first(&[1.0, 2.0]), first(&[1.0, -5.0]));
    assert_ne!(first(&[1.0, 2.0]), first(&[1.5, 2.0]));
}
