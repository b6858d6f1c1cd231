//! The work of a step with many score sites, counted in terms looked at for their costs.

use super::Elbo;
use crate::__private::{Name, guide, guide_site, model, model_site};
use crate::dist::Bernoulli;
use crate::estimator::cost::Cost;
use crate::optim::Adam;
use crate::support::Boolean;
use crate::{AnyGuide, Svi};

/// Takes steps with `n` coins, and returns how many terms the last one looked at. Each site's cost is then gathered once more as
/// if there were no other.
fn visits(n: usize) -> usize {
    let coins = model::<AnyGuide, f64, _, _>(|| {
        for k in 0..n {
            model_site::<f64, Boolean, _>(Name::new("coin").at(k), Bernoulli::new(0.3)).concrete().draw();
        }
    });
    let tossed = guide::<(), f64, _, _>(|| {
        for k in 0..n {
            let p = 0.2 + 0.6 * (k % 7) as f64 / 7.0;
            guide_site::<f64, Boolean, _>(Name::new("coin").at(k), Bernoulli::new(p)).concrete().draw();
        }
    });
    // A closed divergence would be one term in the place of two.
    let elbo = Elbo::default().closed_kl(false);
    let mut svi = Svi::new(coins, tossed, elbo, Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    svi.objective.scores.cost.visits = 0;
    svi.step().unwrap();
    let visits = svi.objective.scores.cost.visits;
    let run = &mut svi.core.get().run;
    assert_eq!((run.trace.scores.len(), run.trace.terms.len()), (n, 2 * n));
    let mut together = Cost::default();
    together.begin();
    for k in 0..n {
        let score = run.trace.scores[k];
        let axes = run.tape.node(score.log_proposal).axes;
        let mut alone = Cost::default();
        together.gather(run, &score, axes);
        alone.gather(run, &score, axes);
        assert_eq!(together.elements, alone.elements);
        assert_eq!(together.weights, alone.weights);
    }
    visits
}

#[test]
fn the_costs_of_many_sites_take_time_in_proportion_to_their_number() {
    // The sites with a bit of their own look at each term, of which there are two for each site, and so does one of the others.
    for n in [100, 200, 1_000] {
        assert_eq!(visits(n), 64 * 2 * n);
    }
}
