//! Concrete sites: plain values for branches, loops and recursion, against sums that are written out.

use ppl::prelude::*;
use ppl::support::UnitInterval;

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance * expected.abs().max(1.0),
        "found {found}, expected {expected}"
    );
}

/// The log-density of a normal distribution of unit scale.
fn normal(x: f64, loc: f64) -> f64 {
    -0.5 * (x - loc).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln()
}

/// Returns how many standard errors the mean of the estimates is from `exact`; too few to see five percent, or one that is
/// not finite, are refused.
fn z_score(exact: f64, estimates: impl Iterator<Item = f64>) -> Result<f64, String> {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for x in estimates {
        if !x.is_finite() {
            return Err(format!("an estimate is {x}"));
        }
        n += 1.0;
        let d = x - mean;
        mean += d / n;
        squares += d * (x - mean);
    }
    let error = (squares / (n - 1.0) / n).sqrt();
    if 5.0 * error > 0.05 * exact.abs() {
        return Err(format!("the standard error {error} cannot see five percent of {exact}"));
    }
    Ok((mean - exact) / error)
}

fn unbiased(exact: f64, estimates: impl Iterator<Item = f64>) {
    let z = z_score(exact, estimates).unwrap();
    assert!(z.abs() < 5.0, "{z} standard errors from {exact}");
}

mod one_bernoulli {
    use super::*;

    #[model]
    fn coin() {
        if sample!("b", Bernoulli::new(0.3), concrete) {
            observe!("x", Normal::new(2.0, 1.0), 1.5);
        } else {
            observe!("x", Normal::new(0.0, 1.0), 1.5);
        }
    }

    #[guide(coin)]
    fn every() {
        let q = param!("q", 0.4, UnitInterval);
        sample!("b", Bernoulli::new(q), enumerate, concrete);
    }

    #[guide(coin)]
    fn drawn() {
        let q = param!("q", 0.4, UnitInterval);
        sample!("b", Bernoulli::new(q), concrete);
    }

    /// The derivative by q itself; the session's is by its logit.
    fn by_probability(found: f64) -> f64 {
        found / (0.4 * 0.6)
    }

    const LOSS: f64 = 1.6665209543;
    const SLOPE: f64 = -0.5581672478;

    #[test]
    fn by_paths_the_bound_and_its_gradient_are_exact() {
        for elbo in [
            Elbo::default(),
            Elbo::default().closed_kl(false),
            Elbo::default().sticking_the_landing(),
            Elbo::default().particles(3),
        ] {
            let mut svi = Svi::new(coin(), every(), elbo, Adam::new(0.1));
            for _ in 0..2 {
                let (step, gradient) = svi.gradient().unwrap();
                close(step.loss, LOSS, 1e-9);
                close(step.kl - step.log_likelihood, LOSS, 1e-9);
                close(by_probability(gradient.get("q").unwrap()[[]]), SLOPE, 1e-9);
                close(svi.parts().iter().map(|part| part.loss).sum(), LOSS, 1e-9);
            }
            close(svi.evaluate(2).unwrap().loss, LOSS, 1e-9);
        }
    }

    #[test]
    fn by_the_score_function_they_are_right_in_expectation() {
        for (elbo, n) in [
            (Elbo::default(), 100_000),
            (Elbo::default().closed_kl(false), 100_000),
            (Elbo::default().particles(3), 30_000),
        ] {
            let mut svi = Svi::new(coin(), drawn(), elbo, Adam::new(0.1)).seed(3);
            let mut losses = Vec::new();
            let estimates = (0..n).map(|_| {
                let (step, gradient) = svi.gradient().unwrap();
                losses.push(step.loss);
                by_probability(gradient.get("q").unwrap()[[]])
            });
            unbiased(SLOPE, estimates);
            unbiased(LOSS, losses.into_iter());
        }
    }
}

mod boundary {
    use super::*;

    #[model]
    fn side() {
        let z = sample!("z", Normal::new(0.0, 1.0), concrete);
        observe!("x", Normal::new(if z > 0.0 { 2.0 } else { 0.0 }, 1.0), 1.5);
    }

    #[guide(side)]
    fn shifted() {
        let m = param!("m", 0.0);
        sample!("z", Normal::new(m, 1.0), concrete);
    }

    #[guide(side)]
    fn biased() {
        let m = param!("m", 0.0);
        // The pathwise gradient, which does not see the boundary.
        sample!("z", Normal::new(m, 1.0));
    }

    #[guide(side)]
    fn scored() {
        let m = param!("m", 0.0);
        sample!("z", Normal::new(m, 1.0), Score::baseline(DecayingAverage::new(0.9)));
    }

    // The closed divergence has the gradient m = 0, so that the rest is minus that of the expected log-likelihood.
    const SLOPE: f64 = -0.3989422804;

    #[test]
    fn the_score_function_sees_a_branch() {
        let mut svi = Svi::new(side(), shifted(), Elbo::default(), Adam::new(0.1)).seed(4);
        unbiased(SLOPE, (0..100_000).map(|_| svi.gradient().unwrap().1.get("m").unwrap()[[]]));
        let mut svi = Svi::new(side(), scored(), Elbo::default(), Adam::new(0.1)).seed(5);
        unbiased(SLOPE, (0..100_000).map(|_| svi.gradient().unwrap().1.get("m").unwrap()[[]]));
    }

    #[test]
    fn a_pathwise_proposal_of_a_site_that_the_model_branches_on_is_refused() {
        let mut svi = Svi::new(side(), biased(), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.contains("site `z`: the model may branch on the value"), "{error}");
        // Its loss is right, and can be asked for.
        assert!(svi.evaluate(10).unwrap().loss.is_finite());
    }

    #[test]
    fn a_planted_error_is_caught() {
        let draw = |factor: f64| {
            let mut svi = Svi::new(side(), shifted(), Elbo::default(), Adam::new(0.1)).seed(6);
            z_score(
                SLOPE,
                (0..100_000).map(move |_| factor * svi.gradient().unwrap().1.get("m").unwrap()[[]]),
            )
        };
        assert!(draw(1.1).unwrap().abs() > 5.0);
        assert!(z_score(SLOPE, [SLOPE, -1.0, 0.3].into_iter()).is_err());
        assert!(z_score(SLOPE, [SLOPE, f64::NAN].into_iter()).is_err());
    }
}

mod constants {
    use super::*;

    // No handle tells the likelihoods of the two arms apart: their terms are constants.
    #[model]
    fn arms() {
        let z = sample!("z", Bernoulli::new(0.5), concrete);
        if z {
            observe!("hit", Bernoulli::new(0.9), true);
        } else {
            observe!("miss", Bernoulli::new(0.2), true);
        }
    }

    #[guide(arms)]
    fn drawn() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), concrete);
    }

    #[guide(arms)]
    fn handle() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)));
    }

    #[guide(arms)]
    fn every() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate, concrete);
    }

    /// The loss, and its derivative by the logit of q.
    fn exact() -> (f64, f64) {
        let q: f64 = 0.3;
        let costs = [(1.0 - q).ln() - (0.5_f64 * 0.2).ln(), q.ln() - (0.5_f64 * 0.9).ln()];
        ((1.0 - q) * costs[0] + q * costs[1], q * (1.0 - q) * (costs[1] - costs[0]))
    }

    #[test]
    fn terms_without_any_handle_are_costs_of_the_site() {
        let (loss, slope) = exact();
        let mut svi = Svi::new(arms(), every(), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, loss, 1e-12);
        close(gradient.get("q").unwrap()[[]], slope, 1e-12);
        let mut svi = Svi::new(arms(), drawn(), Elbo::default(), Adam::new(0.1)).seed(7);
        unbiased(slope, (0..60_000).map(|_| svi.gradient().unwrap().1.get("q").unwrap()[[]]));
        // The guide may leave the branch to the model.
        let mut svi = Svi::new(arms(), handle(), Elbo::default().particles(2), Adam::new(0.1)).seed(8);
        unbiased(slope, (0..60_000).map(|_| svi.gradient().unwrap().1.get("q").unwrap()[[]]));
    }

    #[test]
    fn a_guide_s_branch_is_seen_through_the_values_that_it_draws() {
        // The guide draws `w` differently after `z`, and the model knows `z` through nothing else.
        #[model]
        fn level() {
            let w = sample!("w", Normal::new(0.0, 1.0));
            sample!("z", Bernoulli::new(0.5));
            observe!("x", Normal::new(w, 1.0), 1.0);
        }
        #[guide(level)]
        fn branching() {
            let up = sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
            sample!("w", Normal::new(if up { 1.0 } else { -0.5 }, 0.5));
        }
        #[guide(level)]
        fn exact() {
            let up = sample!("z", Bernoulli::new(param!("q", 0.4, UnitInterval)), enumerate, concrete);
            sample!("w", Normal::new(if up { 1.0 } else { -0.5 }, 0.5));
        }
        let q: f64 = 0.4;
        // Given z: KL(w) + E[-log p(x | w)].
        let cost = |loc: f64| 0.5 * (0.25 + loc * loc - 1.0) - 0.5_f64.ln() - normal(1.0, loc) + 0.5 * 0.25;
        let slope = q * (1.0 - q) * (cost(1.0) - cost(-0.5) + (q / (1.0 - q)).ln());
        let by = |gradient: &ppl::Parameters| gradient.get("q").unwrap()[[]];
        let mut svi = Svi::new(level(), exact(), Elbo::default(), Adam::new(0.1)).seed(9);
        unbiased(slope, (0..20_000).map(|_| by(&svi.gradient().unwrap().1)));
        let mut svi = Svi::new(level(), branching(), Elbo::default(), Adam::new(0.1)).seed(9);
        unbiased(slope, (0..60_000).map(|_| by(&svi.gradient().unwrap().1)));
    }
}

mod loops {
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
        close(
            ppl::log_density(bounded(1.5), &given).unwrap(),
            (0.4_f64 * 0.6).ln() + normal(1.5, 1.0),
            1e-13,
        );
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
            let term =
                |n: i32| weigh(q, n) * (weigh(q, n).ln() - weigh(0.4, n).ln() - normal(2.0, f64::from(n)));
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
}

mod chain {
    use super::*;

    const ROWS: [[f64; 2]; 2] = [[0.75, 0.25], [0.25, 0.75]];

    #[model]
    fn chain(steps: usize) {
        let mut state = 0;
        for t in 0..steps {
            // A lookup in a plain array, by a plain number.
            state = sample!("state"[t], Categorical::new(ROWS[state]), enumerate, concrete);
            observe!("y"[t], Categorical::new(ROWS[state]), 1);
        }
    }

    #[guide(chain)]
    fn nothing(_steps: usize) {}

    #[test]
    fn a_chain_as_a_loop_has_its_evidence() {
        for (steps, expected) in [(2, 1.6739764336), (3, 2.2493405785), (10, 5.9439738588)] {
            let mut svi = Svi::new(chain(steps), nothing(steps), Elbo::default(), Adam::new(0.1));
            close(svi.step().unwrap().loss, expected, 1e-9);
            close(svi.evaluate(1).unwrap().loss, expected, 1e-9);
        }
    }

    #[model]
    fn wide() {
        for t in 0..3 {
            sample!("digit"[t], Binomial::new(59.0, 0.5), enumerate, concrete);
        }
    }

    #[guide(wide)]
    fn narrow() {}

    #[test]
    fn too_many_paths_are_an_error_that_names_the_sites() {
        let mut svi = Svi::new(wide(), narrow(), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.starts_with("the programs have more than 100000 paths"), "{error}");
        assert!(error.contains("`digit[0]` (60 outcomes), `digit[1]` (60"), "{error}");
    }

    #[model]
    fn endless() {
        let mut n = 0;
        while !sample!("stops"[n], Bernoulli::new(0.5), enumerate, concrete) {
            n += 1;
        }
    }

    #[guide(endless)]
    fn idle() {}

    #[test]
    fn a_path_without_an_end_is_an_error() {
        let error =
            Svi::new(endless(), idle(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
        assert!(error.contains("the path is longer than 1000 sites: `stops[0]` (2 outcomes)"), "{error}");
        assert!(error.contains("992 more"), "{error}");
    }
}

mod mixtures {
    use super::*;

    const X: [f64; 3] = [0.3, 2.2, 1.1];

    // Every way of treating `a` and `b` has the same expectation.
    #[model]
    fn joint() {
        let a = sample!("a", Bernoulli::new(0.3));
        let b = sample!("b", Bernoulli::new(a.to_real() * 0.5 + 0.25), concrete);
        let level = sample!("level", Normal::new(if b { 1.0 } else { -1.0 }, 1.0));
        plate!("data", X.len(), |i| {
            let z = sample!("z", Bernoulli::new(0.4), enumerate);
            observe!("x", Normal::new(level + a.to_real() + z.to_real(), 1.0), X.at(i));
        });
    }

    #[guide(joint)]
    fn paths() {
        let (qa, qb) = (param!("qa", 0.4, UnitInterval), param!("qb", 0.6, UnitInterval));
        sample!("a", Bernoulli::new(qa), enumerate, concrete);
        sample!("b", Bernoulli::new(qb), enumerate, concrete);
        sample!("level", Normal::new(param!("loc", 0.5), param!("scale", 0.7, Positive)));
    }

    #[guide(joint)]
    fn tried_and_paths() {
        let (qa, qb) = (param!("qa", 0.4, UnitInterval), param!("qb", 0.6, UnitInterval));
        sample!("a", Bernoulli::new(qa), enumerate);
        sample!("b", Bernoulli::new(qb), enumerate, concrete);
        sample!("level", Normal::new(param!("loc", 0.5), param!("scale", 0.7, Positive)));
    }

    #[guide(joint)]
    fn scored_and_paths() {
        let (qa, qb) = (param!("qa", 0.4, UnitInterval), param!("qb", 0.6, UnitInterval));
        sample!("a", Bernoulli::new(qa));
        sample!("b", Bernoulli::new(qb), enumerate, concrete);
        sample!("level", Normal::new(param!("loc", 0.5), param!("scale", 0.7, Positive)));
    }

    #[guide(joint)]
    fn tried_and_drawn() {
        let (qa, qb) = (param!("qa", 0.4, UnitInterval), param!("qb", 0.6, UnitInterval));
        sample!("a", Bernoulli::new(qa), enumerate);
        sample!("b", Bernoulli::new(qb), concrete);
        sample!("level", Normal::new(param!("loc", 0.5), param!("scale", 0.7, Positive)));
    }

    /// Estimates of the derivatives by the logits, with the mean and the standard error of each.
    fn slopes<G>(guide: G, particles: usize, n: usize) -> [(f64, f64); 2]
    where
        G: ppl::Guide<Element = f64>,
        joint::Sites: ppl::GuidedBy<G::Sites>,
    {
        let mut svi = Svi::new(joint(), guide, Elbo::default().particles(particles), Adam::new(0.1)).seed(11);
        let mut sums = [(0.0, 0.0); 2];
        for _ in 0..n {
            let gradient = svi.gradient().unwrap().1;
            for ((sum, squares), name) in sums.iter_mut().zip(["qa", "qb"]) {
                let g = gradient.get(name).unwrap()[[]];
                *sum += g;
                *squares += g * g;
            }
        }
        sums.map(|(sum, squares)| {
            let mean = sum / n as f64;
            (mean, ((squares / n as f64 - mean * mean) / n as f64).sqrt())
        })
    }

    #[test]
    fn every_mixture_has_the_same_expectation() {
        let exact = slopes(paths(), 1, 2_500);
        let close = |found: [(f64, f64); 2]| {
            for ((mean, error), (exact, noise)) in found.into_iter().zip(exact) {
                let both = error.hypot(noise);
                assert!((mean - exact).abs() < 5.0 * both, "{mean} ({error}), expected {exact} ({noise})");
                assert!(both < 0.04, "{both} is too coarse");
            }
        };
        close(slopes(tried_and_paths(), 1, 2_500));
        close(slopes(scored_and_paths(), 2, 5_000));
        close(slopes(tried_and_drawn(), 3, 5_000));
    }

    // The guide draws `z`, and the model sums over the paths of `b`: the cost is the whole sum.
    #[model]
    fn summed() {
        let z = sample!("z", Bernoulli::new(0.5), concrete);
        if sample!("b", Bernoulli::new(if z { 0.8 } else { 0.1 }), enumerate, concrete) {
            observe!("x", Normal::new(2.0, 1.0), 1.5);
        } else {
            observe!("x", Normal::new(-1.0, 1.0), 1.5);
        }
    }

    #[guide(summed)]
    fn drawn() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), concrete);
    }

    #[guide(summed)]
    fn every() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate, concrete);
    }

    #[guide(summed)]
    fn in_one_run() {
        sample!("z", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate);
    }

    #[test]
    fn paths_of_the_model_lie_within_those_of_the_guide() {
        let q: f64 = 0.3;
        let evidence = |p: f64| (p * normal(1.5, 2.0).exp() + (1.0 - p) * normal(1.5, -1.0).exp()).ln();
        let costs = [(1.0 - q).ln() - 0.5_f64.ln() - evidence(0.1), q.ln() - 0.5_f64.ln() - evidence(0.8)];
        let loss = (1.0 - q) * costs[0] + q * costs[1];
        let slope = q * (1.0 - q) * (costs[1] - costs[0]);
        for elbo in [Elbo::default(), Elbo::default().closed_kl(false), Elbo::default().particles(2)] {
            let mut svi = Svi::new(summed(), every(), elbo, Adam::new(0.1));
            let (step, gradient) = svi.gradient().unwrap();
            close(step.loss, loss, 1e-12);
            close(gradient.get("q").unwrap()[[]], slope, 1e-12);
            close(svi.parts().iter().map(|part| part.loss).sum(), loss, 1e-12);
        }
        for (particles, n) in [(1, 20_000), (2, 10_000)] {
            let elbo = Elbo::default().particles(particles);
            let mut svi = Svi::new(summed(), drawn(), elbo, Adam::new(0.1)).seed(12);
            unbiased(slope, (0..n).map(|_| svi.gradient().unwrap().1.get("q").unwrap()[[]]));
        }
    }

    #[test]
    fn what_cannot_be_mixed_is_refused_with_words() {
        let error = Svi::new(summed(), in_one_run(), Elbo::default(), Adam::new(0.1)).step().unwrap_err();
        assert!(error.to_string().contains("the guide tries every value of this site in one run"), "{error}");
        let error =
            Svi::new(summed().scale(2.0), every(), Elbo::default(), Adam::new(0.1)).step().unwrap_err();
        assert!(
            error.to_string().contains("site `b`: its paths cannot be summed over under `scale`"),
            "{error}"
        );
        let mut svi = Svi::new(summed(), every(), Elbo::default(), Adam::new(0.1));
        let error = svi.posterior().marginals(1).unwrap_err();
        assert!(error.to_string().contains("site `b`: is summed over by running the model again"), "{error}");
    }
}

mod results {
    use super::*;

    #[model]
    fn runs() {
        let mut n = 0;
        while sample!("again"[n], Bernoulli::new(0.5), concrete) {
            n += 1;
        }
        observe!("x", Normal::new(n as f64, 0.1), 1.0);
    }

    #[guide(runs)]
    fn longer() {
        let mut n = 0;
        while sample!("again"[n], Bernoulli::new(param!("q", 0.8, UnitInterval)), concrete) {
            n += 1;
        }
    }

    /// The number of steps of one draw: the first site that says no.
    fn length(draws: &ppl::results::Draws, k: usize) -> usize {
        (0..).find(|n| draws.get(&format!("again[{n}]")).unwrap()[[k]] == 0.0).unwrap()
    }

    #[test]
    fn each_draw_is_a_run_and_what_it_lacks_is_nan() {
        let n = 3_000;
        let draws = ppl::prior_predictive(runs(), n, 1).unwrap();
        let again = draws.get("again[1]").unwrap();
        for k in 0..n {
            let (steps, x) = (length(&draws, k), draws.get("x").unwrap()[[k]]);
            assert_eq!(steps == 0, again[[k]].is_nan());
            assert!((x - steps as f64).abs() < 1.0);
        }
        let first: f64 = draws.get("again[0]").unwrap().sum() / n as f64;
        assert!((first - 0.5).abs() < 5.0 * 0.5 / (n as f64).sqrt());
        assert_eq!(draws.names().last(), Some("x"));
        // The draws of the guide are the same in each kind of request.
        let mut svi = Svi::new(runs(), longer(), Elbo::default(), Adam::new(0.1)).seed(2);
        let joint = svi.posterior().joint(50).unwrap();
        let draws = svi.posterior().draws(50).unwrap();
        let predictive = svi.posterior().predictive(50).unwrap();
        assert_eq!(joint.get("x").unwrap(), predictive.get("x").unwrap());
        for k in 0..50 {
            assert_eq!(length(&joint, k), length(&draws, k));
        }
        let mean = svi.posterior().draws(2_000).unwrap().get("again[0]").unwrap().sum() / 2_000.0;
        assert!((mean - 0.8).abs() < 5.0 * 0.4 / 2_000_f64.sqrt(), "{mean}");
    }

    #[model]
    fn side() {
        let z = sample!("z", Normal::new(0.0, 1.0), concrete);
        observe!("x", Normal::new(if z > 0.0 { 2.0 } else { 0.0 }, 1.0), 1.5);
    }

    #[guide(side)]
    fn guess() {
        sample!("z", Normal::new(param!("m", 0.0), 1.0), concrete);
    }

    #[guide]
    fn empty() {}

    #[test]
    fn values_may_be_given() {
        let at = |z: f64, loc: f64| normal(z, 0.0) + normal(1.5, loc);
        close(ppl::log_density(side(), &Values::new().with("z", 0.5)).unwrap(), at(0.5, 2.0), 1e-14);
        close(ppl::log_density(side(), &Values::new().with("z", -0.5)).unwrap(), at(-0.5, 0.0), 1e-14);
        let mut svi = Svi::new(side().condition("z", 0.5), empty(), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, -at(0.5, 2.0), 1e-14);
        let mut svi = Svi::new(side().intervene("z", -0.5), empty(), Elbo::default(), Adam::new(0.1));
        close(svi.step().unwrap().loss, -normal(1.5, 0.0), 1e-14);
        // A hidden site is drawn from the model: the loss is the mean over its two sides.
        let elbo = Elbo::default().particles(4);
        let mut svi = Svi::new(side().block(["z"]), empty(), elbo, Adam::new(0.1)).seed(3);
        let found = svi.evaluate(2_000).unwrap();
        let expected = -0.5 * (normal(1.5, 0.0) + normal(1.5, 2.0));
        assert!((found.loss - expected).abs() < 5.0 * found.standard_error && found.standard_error < 0.02);
        // Draws are given back one to a particle.
        let mut svi = Svi::new(side(), guess(), Elbo::default(), Adam::new(0.1)).seed(4);
        let draws = svi.posterior().draws(20).unwrap();
        let again = svi.posterior().predictive_on(side().replay(draws.clone()), 20).unwrap();
        for k in 0..20 {
            let loc = if draws.get("z").unwrap()[[k]] > 0.0 { 2.0 } else { 0.0 };
            assert!((again.get("x").unwrap()[[k]] - loc).abs() < 5.0);
        }
    }

    #[test]
    fn particles_have_streams_of_their_own_and_a_seed_gives_one_run() {
        let run = || {
            let mut svi = Svi::new(side(), guess(), Elbo::default().particles(3), Adam::new(0.1)).seed(5);
            (0..5).map(|_| svi.step().unwrap().loss).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
        // Of one particle the loss takes two values, of three particles that are alike too.
        let mut distinct: Vec<u64> = run().iter().map(|loss| (loss * 1e9) as u64).collect();
        distinct.dedup();
        assert!(distinct.len() > 2, "{distinct:?}");
    }
}

mod failures {
    use super::*;

    #[model]
    fn jump(x: f64) {
        let up = sample!("up", Bernoulli::new(0.5), concrete);
        observe!("x", LogNormal::new(if up { 1.0 } else { 0.0 }, 1.0), x);
    }

    #[guide(jump)]
    fn every(_x: f64) {
        sample!("up", Bernoulli::new(param!("q", 0.3, UnitInterval)), enumerate, concrete);
    }

    #[guide(jump)]
    fn drawn(_x: f64) {
        sample!("up", Bernoulli::new(param!("q", 0.3, UnitInterval)), concrete);
    }

    #[test]
    fn a_failed_step_leaves_the_parameters() {
        for particles in [1, 2] {
            let elbo = || Elbo::default().particles(particles);
            let mut svi = Svi::new(jump(1.0), drawn(1.0), elbo(), Adam::new(0.1));
            svi.step().unwrap();
            let before = svi.parameters();
            let error = svi.step_on(jump(-1.0), drawn(-1.0)).unwrap_err().to_string();
            assert!(error.contains("site `x`: the value -1 is outside the support (Positive)"), "{error}");
            assert_eq!(svi.parameters(), before);
            svi.step().unwrap();
            assert_ne!(svi.parameters(), before);
            let mut svi = Svi::new(jump(-1.0), every(-1.0), elbo(), Adam::new(0.1));
            let error = svi.step().unwrap_err().to_string();
            assert!(error.contains("site `x`: the value -1 is outside"), "{error}");
            close(svi.parameters().get("q").unwrap()[[]], 0.3, 1e-15);
        }
    }

    #[test]
    fn what_is_no_single_number_is_refused() {
        #[model]
        fn vector() {
            sample!("v", Normal::new([0.0, 1.0], 1.0), concrete);
        }
        let error = ppl::prior_predictive(vector(), 1, 1).unwrap_err().to_string();
        assert!(error.contains("site `v`: has the shape [2]; a `concrete` site is one number"), "{error}");

        #[model]
        fn inner() {
            sample!("side", Bernoulli::new(0.5), concrete);
        }
        #[model]
        fn outer() {
            plate!("row", 3, |_i| {
                call!("inner", inner());
            });
        }
        let error = ppl::prior_predictive(outer(), 1, 1).unwrap_err().to_string();
        assert!(error.contains("has a value for each element of the plates [row]"), "{error}");
        let error = ppl::log_density(inner(), &Values::new().with("side", 0.5)).unwrap_err().to_string();
        assert!(error.contains("site `side`: the value 0.5 is outside the support (Boolean)"), "{error}");
    }

    #[test]
    fn a_loop_without_an_end_is_an_error() {
        #[model]
        fn endless() {
            let mut n: u8 = 0;
            while sample!("again"[n as usize % 200], Bernoulli::new(1.0), concrete) {
                n = n.wrapping_add(1);
            }
        }
        // The first mistake is the site that comes again; the loop still has to end.
        let error = ppl::prior_predictive(endless(), 1, 1).unwrap_err().to_string();
        assert!(error.contains("again"), "{error}");
    }

    #[test]
    fn single_precision_and_indices_work() {
        #[model(f32)]
        fn pick(table: &[f64]) {
            let k = sample!("k", Categorical::new([0.2_f32, 0.3, 0.5]), enumerate, concrete);
            observe!("x", Normal::new(table[k], 1.0), 0.5);
        }
        #[guide(pick, f32)]
        fn nothing(_table: &[f64]) {}
        let table = [0.0, 1.0, 3.0];
        let mut svi = Svi::new(pick(&table), nothing(&table), Elbo::default(), Adam::new(0.1));
        let evidence: f64 =
            [0.2, 0.3, 0.5].iter().zip(table).map(|(p, loc)| p * normal(0.5, loc).exp()).sum();
        close(svi.step().unwrap().loss, -evidence.ln(), 1e-6);
    }
}
