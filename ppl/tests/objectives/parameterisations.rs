//! Closed divergences of a family by its probabilities from the same family by its logits, and the other way round.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found}, expected {expected}");
}

const P: [f64; 3] = [0.2, 0.5, 0.3];
const LOGITS: [f64; 3] = [0.4, -0.3, 0.1];

#[model]
fn prior() {
    sample!("a", Bernoulli::new(0.3));
    sample!("b", Bernoulli::logits(-0.7));
    sample!("c", Categorical::new(P));
    sample!("d", Categorical::logits(LOGITS));
}

#[guide(prior)]
fn proposal() {
    sample!("a", Bernoulli::logits(param!("a", 0.2)));
    sample!("b", Bernoulli::new(param!("b", 0.6, UnitInterval)));
    sample!("c", Categorical::logits(param!("c", [0.5, 0.1, -0.2])));
    sample!("d", Categorical::new(param!("d", [0.2, 0.3, 0.5], Simplex)));
}

fn softmax(logits: [f64; 3]) -> [f64; 3] {
    let total: f64 = logits.iter().map(|l| l.exp()).sum();
    logits.map(|l| l.exp() / total)
}

fn divergence(q: &[f64], p: &[f64]) -> f64 {
    q.iter().zip(p).map(|(q, p)| q * (q / p).ln()).sum()
}

#[test]
fn a_step_has_no_noise_where_the_divergence_is_closed() {
    let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
    let two = |p: f64| [1.0 - p, p];
    let of_a = |a: f64| divergence(&two(sigmoid(a)), &two(0.3));
    let of_b = |logit: f64| divergence(&two(sigmoid(logit)), &two(sigmoid(-0.7)));
    let of_c = |c: [f64; 3]| divergence(&softmax(c), &P);
    let of_d = divergence(&[0.2, 0.3, 0.5], &softmax(LOGITS));
    let slope = |f: &dyn Fn(f64) -> f64| (f(1e-5) - f(-1e-5)) / 2e-5;
    for seed in 0..5 {
        let mut svi = Svi::new(prior(), proposal(), Elbo::default(), Adam::new(0.1)).seed(seed);
        let (step, gradient) = svi.gradient().unwrap();
        let b = (0.6_f64 / 0.4).ln();
        close(step.loss, of_a(0.2) + of_b(b) + of_c([0.5, 0.1, -0.2]) + of_d);
        close(gradient.get("a").unwrap()[[]], slope(&|h| of_a(0.2 + h)));
        close(gradient.get("b").unwrap()[[]], slope(&|h| of_b(b + h)));
        for k in 0..3 {
            let at = |h: f64| {
                let mut c = [0.5, 0.1, -0.2];
                c[k] += h;
                of_c(c)
            };
            close(gradient.get("c").unwrap()[[k]], slope(&at));
        }
    }
}
