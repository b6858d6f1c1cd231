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
    let error = Svi::new(summed().scale(2.0), every(), Elbo::default(), Adam::new(0.1)).step().unwrap_err();
    assert!(error.to_string().contains("site `b`: its paths cannot be summed over under `scale`"), "{error}");
    let mut svi = Svi::new(summed(), every(), Elbo::default(), Adam::new(0.1));
    let error = svi.posterior().marginals(1).unwrap_err();
    assert!(error.to_string().contains("site `b`: is summed over by running the model again"), "{error}");
}
