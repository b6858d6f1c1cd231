use super::*;

const X: [f64; 2] = [1.5, -0.5];
const C: f64 = 0.45;
const B: [f64; 2] = [0.4, 0.6];

#[model]
fn shared(x: &[f64]) {
    let c = sample!("c", Bernoulli::new(0.3)).to_real();
    plate!("data", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.2 + 0.5 * c));
        observe!("x", Normal::new(2.0 * b.to_real() - c, 1.0), x.at(i));
    });
}

#[guide(shared)]
fn of_shared(x: &[f64], estimator: Score) {
    sample!("c", Bernoulli::new(param!("c", C, UnitInterval)), estimator);
    let b = param!("b", B, UnitInterval);
    plate!("data", x.len(), |i| {
        sample!("b", Bernoulli::new(b.at(i).to_real()), estimator);
    });
}

#[model]
fn apart(x: &[f64]) {
    plate!("data", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.2));
        observe!("x", Normal::new(2.0 * b.to_real(), 1.0), x.at(i));
    });
}

#[guide(apart)]
fn of_apart(x: &[f64], estimator: Score) {
    let b = param!("b", B, UnitInterval);
    plate!("data", x.len(), |i| {
        sample!("b", Bernoulli::new(b.at(i).to_real()), estimator);
    });
}

fn log_side(p: f64, side: bool) -> f64 {
    if side { p.ln() } else { (1.0 - p).ln() }
}

/// The log-weight of one particle's two coins, and of the one that they share if there is one.
fn log_weights(coins: &[bool], q: &[f64]) -> [f64; 2] {
    let (shared, own) = coins.split_at(coins.len() - 2);
    let (of_shared, of_own) = q.split_at(q.len() - 2);
    let c = shared.first().map_or(0.0, |&c| f64::from(u8::from(c)));
    let element = |i: usize| {
        let loc = if own[i] { 2.0 } else { 0.0 };
        log_side(0.2 + 0.5 * c, own[i]) + log_normal(X[i], loc - c, 1.0) - log_side(of_own[i], own[i])
    };
    let outside = shared.iter().map(|&c| log_side(0.3, c) - log_side(of_shared[0], c)).sum::<f64>();
    [element(0) + outside, element(1)]
}

/// The loss of two particles, and the probability of their coins.
fn of_outcome(coins: &[bool], q: &[f64]) -> (f64, f64) {
    let particles: Vec<_> = coins.chunks(q.len()).collect();
    let logs: Vec<_> = particles.iter().map(|coins| log_weights(coins, q)).collect();
    let loss = if q.len() == 3 {
        -log_mean_exp(&logs.iter().map(|l| l[0] + l[1]).collect::<Vec<_>>())
    } else {
        -(0..2).map(|i| log_mean_exp(&[logs[0][i], logs[1][i]])).sum::<f64>()
    };
    let probability = particles.iter().flat_map(|coins| coins.iter().zip(q)).map(|(&b, &q)| log_side(q, b));
    (loss, probability.sum::<f64>().exp())
}

/// Returns the mean of the gradient over every outcome, each of which is drawn until it was met.
fn exact(q: &[f64], mut step: impl FnMut() -> (f64, Vec<f64>)) -> Vec<f64> {
    let outcomes: Vec<_> = (0..1usize << (2 * q.len()))
        .map(|bits| (0..2 * q.len()).map(|k| bits >> k & 1 != 0).collect::<Vec<bool>>())
        .map(|coins| of_outcome(&coins, q))
        .collect();
    let mut gradients: Vec<Option<Vec<f64>>> = vec![None; outcomes.len()];
    for _ in 0..100_000 {
        if gradients.iter().all(Option::is_some) {
            break;
        }
        let (found, gradient) = step();
        let mut known = false;
        for (slot, (loss, _)) in gradients.iter_mut().zip(&outcomes) {
            if (loss - found).abs() < 1e-12 {
                slot.get_or_insert_with(|| gradient.clone());
                known = true;
            }
        }
        assert!(known, "no outcome has the loss {found}");
    }
    let mut mean = vec![0.0; q.len()];
    for (gradient, (_, probability)) in gradients.iter().zip(&outcomes) {
        let gradient = gradient.as_ref().expect("every outcome is met");
        mean.iter_mut().zip(gradient).for_each(|(m, g)| *m += probability * g);
    }
    mean
}

fn by_differences(q: &[f64]) -> Vec<f64> {
    let bound = |q: &[f64]| -> f64 {
        (0..1usize << (2 * q.len()))
            .map(|bits| (0..2 * q.len()).map(|k| bits >> k & 1 != 0).collect::<Vec<bool>>())
            .map(|coins| of_outcome(&coins, q))
            .map(|(loss, probability)| loss * probability)
            .sum()
    };
    (0..q.len())
        .map(|k| {
            let moved = |v: f64| {
                let mut q = q.to_vec();
                q[k] = v;
                bound(&q)
            };
            slope(moved, q[k]) * q[k] * (1.0 - q[k])
        })
        .collect()
}

macro_rules! compare {
    ($model:expr, $guide:expr, $objective:expr, $q:expr) => {{
        let mut svi = Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(7);
        let found = exact(&$q, || {
            let (step, gradient) = svi.gradient().unwrap();
            let c = gradient.get("c").ok().map(|c| c[[]]);
            (step.loss, c.into_iter().chain(gradient.get("b").unwrap().iter().copied()).collect())
        });
        found.into_iter().zip(by_differences(&$q)).for_each(|(found, expected)| close(found, expected, 1e-8));
    }};
}

#[test]
fn scores_of_whole_draws_are_unbiased_inside_and_outside_of_a_plate() {
    compare!(shared(&X), of_shared(&X, Score::new()), Iwae::new(2), [C, B[0], B[1]]);
    compare!(shared(&X), of_shared(&X, Score::new()), Vimco::new(2), [C, B[0], B[1]]);
}

#[test]
fn scores_of_elements_are_unbiased() {
    compare!(apart(&X), of_apart(&X, Score::new()), Iwae::new(2), B);
    compare!(apart(&X), of_apart(&X, Score::new()), Vimco::new(2), B);
}
