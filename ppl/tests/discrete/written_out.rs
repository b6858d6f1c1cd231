//! Counts of which the first ones are tried, against the same programs with these written out.

use super::first_counts::ln_factorial;
use super::*;

/// The logarithms of the probabilities of the counts up to the third, but for their total.
fn table(log_rate: Real) -> Tensor {
    let log = |k: usize| log_rate * k as f64 - ln_factorial(k);
    Tensor::stack(&[log(0), log(1), log(2), log(3)])
}

#[model]
fn crowds(x: &[f64], kept: &[bool], part: usize) {
    let level = sample!("level", Normal::new(0.0, 1.0), weight(0.7));
    plate!("row", x.len(), in_order(part), |i| {
        let own = sample!("own", Poisson::log_rate(level), enumerate, up_to(3), weight(2.0));
        let others = sample!("others", Poisson::new(1.7), mask(kept.at(i)), weight(0.5));
        observe!("x", Normal::new(own.to_real() + others.to_real(), 1.0), x.at(i), weight(2.0));
    });
}

#[guide(crowds)]
fn guessed_crowds(x: &[f64], kept: &[bool], part: usize) {
    sample!("level", Normal::new(param!("loc", 0.3), param!("scale", 0.4, Positive)));
    plate!("row", x.len(), in_order(part), |i| {
        let log_rate = param!("shift", 0.1) + 0.2 * x.at(i);
        sample!("others", Poisson::log_rate(log_rate), enumerate, up_to(3), mask(kept.at(i)));
    });
}

/// The same with the first counts written out, of the model's as a distribution and a factor.
#[model]
fn written_out(x: &[f64], kept: &[bool], part: usize) {
    let level = sample!("level", Normal::new(0.0, 1.0), weight(0.7));
    plate!("row", x.len(), in_order(part), |i| {
        let logits = table(level);
        let own = sample!("own", Categorical::logits(logits), enumerate, weight(2.0));
        factor!("mass", 2.0 * (logits.logsumexp() - level.exp()));
        let others = sample!("others", Poisson::new(1.7), mask(kept.at(i)), weight(0.5));
        observe!("x", Normal::new(own.to_real() + others.to_real(), 1.0), x.at(i), weight(2.0));
    });
}

#[guide(written_out)]
fn guessed_written_out(x: &[f64], kept: &[bool], part: usize) {
    sample!("level", Normal::new(param!("loc", 0.3), param!("scale", 0.4, Positive)));
    plate!("row", x.len(), in_order(part), |i| {
        let log_rate = param!("shift", 0.1) + 0.2 * x.at(i);
        sample!("others", Categorical::logits(table(log_rate)), enumerate, mask(kept.at(i)));
    });
}

#[test]
fn first_counts_are_what_is_written_out() {
    let (x, kept) = ([2.2, 0.4, 5.1, 1.3], [true, false, true, true]);
    let (model, guide) = (crowds(&x, &kept, 3), guessed_crowds(&x, &kept, 3));
    let mut one = Svi::new(model, guide, Elbo::default().particles(3), Adam::new(0.05));
    let (model, guide) = (written_out(&x, &kept, 3), guessed_written_out(&x, &kept, 3));
    let mut two = Svi::new(model, guide, Elbo::default().particles(3), Adam::new(0.05));
    for _ in 0..50 {
        let (a, b) = (one.step().unwrap(), two.step().unwrap());
        close(a.loss, b.loss, 1e-9);
    }
}

#[model]
fn unweighed(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let own = sample!("own", Poisson::new(0.8), enumerate, up_to(3));
        let others = sample!("others", Poisson::new(1.7));
        observe!("x", Normal::new(own.to_real() + others.to_real(), 1.0), x.at(i));
    });
}

#[guide(unweighed)]
fn guessed_unweighed(x: &[f64]) {
    plate!("row", x.len(), |i| {
        sample!("others", Poisson::log_rate(param!("shift", 0.1) + 0.2 * x.at(i)), enumerate, up_to(3));
    });
}

#[model]
fn unweighed_written_out(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let logits = table(Real::from(0.8_f64.ln()));
        let own = sample!("own", Categorical::logits(logits), enumerate);
        factor!("mass", logits.logsumexp() - 0.8);
        let others = sample!("others", Poisson::new(1.7));
        observe!("x", Normal::new(own.to_real() + others.to_real(), 1.0), x.at(i));
    });
}

#[guide(unweighed_written_out)]
fn guessed_unweighed_written_out(x: &[f64]) {
    plate!("row", x.len(), |i| {
        let log_rate = param!("shift", 0.1) + 0.2 * x.at(i);
        sample!("others", Categorical::logits(table(log_rate)), enumerate);
    });
}

/// Draws by which a guide is taught are the same ones, because both are drawn from the same streams.
#[test]
fn first_counts_are_what_is_written_out_under_every_objective() {
    let x = [2.2, 0.4, 5.1];
    macro_rules! same {
        ($objective:expr) => {{
            let mut one = Svi::new(unweighed(&x), guessed_unweighed(&x), $objective, Adam::new(0.05));
            let (model, guide) = (unweighed_written_out(&x), guessed_unweighed_written_out(&x));
            let mut two = Svi::new(model, guide, $objective, Adam::new(0.05));
            for _ in 0..30 {
                let (a, b) = (one.step().unwrap(), two.step().unwrap());
                close(a.loss, b.loss, 1e-9);
                close(a.elbo, b.elbo, 1e-9);
            }
            let (one, two) = (one.parameters(), two.parameters());
            close(one.get("shift").unwrap()[[1]], two.get("shift").unwrap()[[1]], 1e-9);
        }};
    }
    same!(Elbo::default());
    same!(Elbo::default().closed_kl(false).particles(2));
    same!(ppl::WakeSleep::new(3));
    let mut svi = Svi::new(unweighed(&x), guessed_unweighed(&x), ppl::Iwae::new(3), Adam::new(0.05));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("the guide gives `others` several values in one particle"), "{error}");
}
