//! What cannot be summed out is an error with the names of the sites and plates, and the session goes on.

use crate::{nothing, unguided};
use ppl::prelude::*;
use ppl::{Error, Model};

/// The error of a model without a guide.
fn refusal(model: impl Model<Element = f64>) -> String {
    let mut svi = Svi::new(unguided(model), nothing(), Elbo::default(), Adam::new(0.1));
    let first = svi.step().unwrap_err();
    // The next attempt fails in the same way, and what is drawn from the guide alone is still there.
    assert_eq!(svi.step().unwrap_err(), first);
    assert!(svi.posterior().draws(2).is_ok());
    first.to_string()
}

mod grids {
    use super::*;

    #[model]
    fn grid(rows: usize, columns: usize) {
        let c = plate!("column", columns, |_| sample!("c", Bernoulli::new(0.4), enumerate)).to_tensor();
        plate!("row", rows, |_| {
            let r = sample!("r", Bernoulli::new(0.3), enumerate).to_real();
            plate!("column", columns, |j| observe!("x", Normal::new(r + c.at(j).to_real(), 1.0), 0.5));
        });
    }

    #[test]
    fn sites_of_two_plates_do_not_meet_in_both() {
        let message = refusal(grid(3, 4));
        for part in
            ["`c`, which is tried at every value, cannot leave the plates [column]", "every combination"]
        {
            assert!(message.contains(part), "{message}");
        }
    }

    #[model]
    fn leak(n: usize) {
        let kept = std::cell::Cell::new(Discrete::from(0));
        plate!("data", n, |_| kept.set(sample!("z", Bernoulli::new(0.4), enumerate)));
        observe!("x", Normal::new(kept.get().to_real(), 1.0), 0.5);
    }

    #[test]
    fn a_value_smuggled_out_of_its_plate_is_found() {
        let message = refusal(leak(3));
        assert!(
            message.contains("site `x`") && message.contains("`z`") && message.contains("[data]"),
            "{message}"
        );
    }

    #[model]
    fn once_outside(n: usize, outside: bool) {
        let kept = std::cell::Cell::new(Discrete::from(0));
        if outside {
            kept.set(sample!("k", Bernoulli::new(0.4), enumerate));
        } else {
            plate!("data", n, |_| kept.set(sample!("z", Bernoulli::new(0.4), enumerate)));
        }
        observe!("x", Normal::new(kept.get().to_real(), 1.0), 0.5);
    }

    #[guide(once_outside)]
    fn no_site(_n: usize, _outside: bool) {}

    #[test]
    fn what_a_run_before_had_outside_of_plates_allows_nothing() {
        let programs = |outside| (once_outside(3, outside), no_site(3, outside));
        let (model, guide) = programs(true);
        let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1));
        assert!(svi.step().unwrap().loss.is_finite());
        let (model, guide) = programs(false);
        let message = svi.step_on(model, guide).unwrap_err().to_string();
        assert!(message.contains("`z`") && message.contains("cannot leave the plates [data]"), "{message}");
        assert!(svi.step().is_ok());
    }
}

mod products {
    use super::*;

    #[model]
    fn switch(n: usize) {
        let k = sample!("k", Bernoulli::new(0.4), enumerate).to_real();
        plate!("data", n, |_| {
            let z = sample!("z", Bernoulli::new(0.3)).to_real();
            observe!("x", Normal::new(k + z, 1.0), 0.7);
        });
    }

    #[guide(switch)]
    fn every(n: usize) {
        plate!("data", n, |_| {
            sample!("z", Bernoulli::logits(param!("logit", 0.1)), enumerate);
        });
    }

    #[guide(switch)]
    fn drawn(n: usize) {
        plate!("data", n, |_| {
            sample!("z", Bernoulli::logits(param!("logit", 0.1)));
        });
    }

    #[test]
    fn a_guides_outcomes_inside_of_a_plate_do_not_meet_the_models_outside() {
        let mut svi = Svi::new(switch(3), every(3), Elbo::default(), Adam::new(0.1));
        let message = svi.step().unwrap_err().to_string();
        for part in ["`k` outside of the plates [data]", "`z`", "every combination of the plate's elements"] {
            assert!(message.contains(part), "{message}");
        }
        // The same session goes on with programs that can be summed.
        assert!(svi.posterior().draws(3).is_ok());
        let mut other = Svi::new(switch(3), drawn(3), Elbo::default(), Adam::new(0.1));
        assert!(other.step().unwrap().loss.is_finite());
    }
}

mod budget {
    use super::*;

    #[model]
    fn wide(n: usize) {
        let logits = param!("logits"[n], init::zeros([n]));
        let a = sample!("a", Categorical::logits(logits), enumerate).to_real();
        let b = sample!("b", Categorical::logits(logits), enumerate).to_real();
        let c = sample!("c", Categorical::logits(logits), enumerate).to_real();
        observe!("x", Normal::new(a * 1e-4 + b * 1e-4 + c * 1e-4, 1.0), 0.7);
    }

    #[guide(wide)]
    fn none(_n: usize) {}

    #[test]
    fn too_many_outcomes_are_refused_before_their_memory_is_asked_for() {
        let mut svi = Svi::new(wide(60_000), none(60_000), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err();
        let message = error.to_string();
        for part in ["`a` (60000), `b` (60000)", "3600000000", "134217728"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(matches!(error, Error::Site { .. }), "{error:?}");
        // The session is usable with fewer.
        assert!(svi.step_on(wide(4), none(4)).unwrap().loss.is_finite());
    }

    #[model]
    fn many(n: usize, total: f64) {
        let mut sum: Real = Real::from(0.0);
        for t in 0..n {
            sum += sample!("z"[t], Binomial::new(total, 0.5), enumerate).to_real();
        }
        observe!("x", Normal::new(sum, 1.0), 3.0);
    }

    #[guide(many)]
    fn no_more(_n: usize, _total: f64) {}

    #[test]
    fn the_number_of_sites_is_limited_by_what_they_join() {
        // The sum of twelve coins is binomial.
        let mut svi = Svi::new(many(12, 1.0), no_more(12, 1.0), Elbo::default(), Adam::new(0.1));
        let choose = |k: u32| (1..=u64::from(k)).fold(1.0, |c, i| c * (13 - i) as f64 / i as f64);
        let density =
            |k: u32| (-0.5 * (f64::from(k) - 3.0).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let evidence: f64 = (0..=12).map(|k| choose(k) * 0.5f64.powi(12) * density(k)).sum();
        assert!((svi.step().unwrap().loss + evidence.ln()).abs() < 1e-12);
        let message = svi.step_on(many(3, 999.0), no_more(3, 999.0)).unwrap_err().to_string();
        assert!(message.contains("`z[0]` (1000), `z[1]` (1000), `z[2]` (1000): 1000000000"), "{message}");
        assert!(message.contains("site `z[2]`"), "{message}");
    }

    #[model]
    fn apart(n: usize) {
        for t in 0..n {
            let z = sample!("z"[t], Bernoulli::new(0.5), enumerate).to_real();
            observe!("x"[t], Normal::new(z, 1.0), 3.0);
        }
    }

    #[guide(apart)]
    fn nobody(_n: usize) {}

    #[test]
    fn sites_that_do_not_meet_are_limited_by_their_number_alone() {
        let mut svi = Svi::new(apart(31), nobody(31), Elbo::default(), Adam::new(0.1));
        assert!(svi.step().unwrap().loss.is_finite());
        assert_eq!(svi.elimination().cost(), 62.0);
        let message = svi.step_on(apart(32), nobody(32)).unwrap_err().to_string();
        assert!(message.contains("site `z[31]`") && message.contains("at most 31"), "{message}");
        assert!(svi.step().is_ok());
    }
}
