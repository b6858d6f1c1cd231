use super::*;

#[model]
fn geometric() {
    let mut n = 0;
    while sample!("again"[n], Bernoulli::new(0.3), concrete) {
        n += 1;
    }
    observe!("seen", Bernoulli::new(1.0 / f64::from((n as u32 + 1).pow(2))), true);
}

#[guide(geometric)]
fn drawn() {
    let q = param!("q", 0.5, UnitInterval);
    let mut n = 0;
    while sample!("again"[n], Bernoulli::new(q), concrete) {
        n += 1;
    }
}

/// The loss at a probability q of going on.
fn loss(q: f64) -> f64 {
    let term = |n: i32| {
        let log = |p: f64| f64::from(n) * p.ln() + (1.0 - p).ln();
        q.powi(n) * (1.0 - q) * (log(q) - log(0.3) + 2.0 * f64::from(n + 1).ln())
    };
    (0..200).map(term).sum()
}

#[test]
fn a_loop_of_random_length_is_unbiased() {
    // By the logit of q, whose derivative is a quarter.
    let slope = 0.25 * (loss(0.5 + 1e-5) - loss(0.5 - 1e-5)) / 2e-5;
    for (particles, n) in [(1, 40_000), (4, 10_000)] {
        let elbo = Elbo::default().particles(particles);
        let mut svi = Svi::new(geometric(), drawn(), elbo, Adam::new(0.1)).seed(10);
        let mut losses = Vec::new();
        let estimates = (0..n).map(|_| {
            let (step, gradient) = svi.gradient().unwrap();
            losses.push(step.loss);
            gradient.get("q").unwrap()[[]]
        });
        unbiased(slope, estimates);
        unbiased(loss(0.5), losses.into_iter());
    }
}

#[model]
fn bounded(x: f64) {
    let mut n = 0;
    // The loop ends for certain at three, and paths that cannot be are not walked.
    while sample!("again"[n], Bernoulli::new(if n < 3 { 0.4 } else { 0.0 }), enumerate, concrete) {
        n += 1;
    }
    observe!("x", Normal::new(n as f64, 1.0), x);
}

#[guide(bounded)]
fn nothing(_x: f64) {}

#[test]
fn paths_of_different_lengths_sum_to_the_evidence() {
    let mut svi = Svi::new(bounded(1.5), nothing(1.5), Elbo::default(), Adam::new(0.1));
    let p = [0.6, 0.4 * 0.6, 0.4 * 0.4 * 0.6, 0.4_f64.powi(3)];
    let evidence: f64 = p.iter().zip(0..).map(|(p, n)| p * normal(1.5, f64::from(n)).exp()).sum();
    let step = svi.step().unwrap();
    close(step.loss, -evidence.ln(), 1e-13);
    close(step.kl - step.log_likelihood, step.loss, 1e-13);
    close(svi.parts().iter().map(|part| part.loss).sum(), step.loss, 1e-12);
    close(ppl::log_density(bounded(1.5), &Values::new()).unwrap(), evidence.ln(), 1e-13);
    let given = Values::new().with("again[0]", 1).with("again[1]", 0);
    close(ppl::log_density(bounded(1.5), &given).unwrap(), (0.4_f64 * 0.6).ln() + normal(1.5, 1.0), 1e-13);
}

#[guide]
fn walked(_x: f64) {
    let q = param!("q", 0.5, UnitInterval);
    let mut n = 0;
    while n < 3 && sample!("again"[n], Bernoulli::new(q), enumerate, concrete) {
        n += 1;
    }
}

#[model]
fn short(x: f64) {
    let mut n = 0;
    while n < 3 && sample!("again"[n], Bernoulli::new(0.4), concrete) {
        n += 1;
    }
    observe!("x", Normal::new(n as f64, 1.0), x);
}

#[test]
fn a_guide_s_paths_of_different_lengths_are_averaged_exactly() {
    let exact = |q: f64| {
        let weigh = |p: f64, n: i32| p.powi(n) * if n < 3 { 1.0 - p } else { 1.0 };
        let term = |n: i32| weigh(q, n) * (weigh(q, n).ln() - weigh(0.4, n).ln() - normal(2.0, f64::from(n)));
        (0..4).map(term).sum::<f64>()
    };
    let slope = 0.25 * (exact(0.5 + 1e-5) - exact(0.5 - 1e-5)) / 2e-5;
    for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
        let mut svi = Svi::new(short(2.0), walked(2.0), elbo, Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, exact(0.5), 1e-13);
        close(gradient.get("q").unwrap()[[]], slope, 1e-8);
    }
}

// The tree of a branching process: each node has zero or two children, by recursion.
#[model]
fn tree(depth: usize) -> usize {
    let mut leaves = 1;
    if depth > 0 && sample!("splits", Bernoulli::new(0.3), enumerate, concrete) {
        leaves = call!("left", tree(depth - 1)) + call!("right", tree(depth - 1));
    }
    leaves
}

#[model]
fn forest(depth: usize, seen: f64) {
    let leaves = call!("tree", tree(depth));
    observe!("leaves", Normal::new(leaves as f64, 1.0), seen);
}

#[guide(forest)]
fn unguided(_depth: usize, _seen: f64) {}

#[test]
fn recursion_sums_over_every_tree() {
    /// The probabilities of each number of leaves.
    fn leaves(depth: usize) -> Vec<f64> {
        let mut p = vec![0.0; (1 << depth) + 1];
        p[1] = if depth > 0 { 0.7 } else { 1.0 };
        if depth > 0 {
            let below = leaves(depth - 1);
            for (a, pa) in below.iter().enumerate() {
                for (b, pb) in below.iter().enumerate() {
                    p[a + b] += 0.3 * pa * pb;
                }
            }
        }
        p
    }
    let mut svi = Svi::new(forest(3, 2.5), unguided(3, 2.5), Elbo::default(), Adam::new(0.1));
    let evidence: f64 = leaves(3).iter().enumerate().map(|(n, p)| p * normal(2.5, n as f64).exp()).sum();
    close(svi.step().unwrap().loss, -evidence.ln(), 1e-13);
}
