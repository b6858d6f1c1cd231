//! A session has the same bits whether its runs follow or record.

use crate::__private::*;
use crate::dist::{Bernoulli, Gamma, HalfCauchy, LogNormal, Normal, Poisson};
use crate::optim::Adam;
use crate::support::{Boolean, Positive};
use crate::{AnyGuide, At, Elbo, Guide, Model, Svi, Tensor};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

const X: [f64; 5] = [0.5, -1.0, 2.5, 0.0, 1.5];
const S: [f64; 5] = [1.0, 0.5, 2.0, 1.5, 0.7];

/// What the programs do differently.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Usual,
    /// Another constant in the model.
    Constant,
    /// More parameters and a site in the guide, before the others.
    Auxiliary,
    /// One more statement at the end of the model.
    Longer,
    /// Without the last statement of the model.
    Shorter,
    /// A statement in a plate stands outside of it.
    Outside,
    /// Other data of the same length, at the same place.
    OtherData,
    /// An operation that is not compared.
    Array,
    /// A likelihood that is not finite.
    Infinite,
    /// A panic between the sites of the model.
    Panic,
}

const WAYS: [Way; 9] = [
    Way::Usual,
    Way::Constant,
    Way::Auxiliary,
    Way::Longer,
    Way::Shorter,
    Way::Outside,
    Way::OtherData,
    Way::Infinite,
    Way::Panic,
];

const COUNTS: [u8; 5] = [3, 0, 1, 7, 2];
const OTHER_COUNTS: [u8; 5] = [1, 4, 0, 2, 5];

fn schools<'a>(x: &'a [f64; 5], way: &'a Cell<Way>) -> impl Model<Element = f64, Sites = AnyGuide> + 'a {
    let (counts, other, other_counts) = (&COUNTS, &S, &OTHER_COUNTS);
    model::<AnyGuide, f64, _, _>(move || {
        crate::__remember!(x);
        crate::__remember!(other);
        crate::__remember!(counts);
        crate::__remember!(other_counts);
        let way = way.get();
        let (x, counts) = if way == Way::OtherData { (other, other_counts) } else { (x, counts) };
        let spread = if way == Way::Constant { 3.0 } else { 5.0 };
        let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, spread)).draw();
        assert!(way != Way::Panic, "a panic in a program");
        let tau = model_site::<f64, Positive, _>(Name::new("tau"), HalfCauchy::new(2.0)).draw();
        let rate = 2.0 * tau.exp() + 1.0;
        plate::<f64, _, _, _>(Name::new("row"), x.len(), Whole, |i| {
            let eta = model_site::<f64, RealLine, _>(Name::new("eta"), Normal::new(0.0, 1.0)).draw();
            let scale = if way == Way::Infinite { mu.ln() } else { rate };
            observe::<f64, _, _>(Name::new("x"), Normal::new(mu + tau * eta, scale), x.at(i));
            observe::<f64, _, _>(Name::new("count"), Poisson::new(rate), counts.at(i));
            if way != Way::Outside {
                observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 0.25);
            }
        });
        if way == Way::Outside {
            observe::<f64, _, _>(Name::new("y"), Normal::new(mu, 1.0), 0.25);
        }
        if way != Way::Shorter {
            observe::<f64, _, _>(Name::new("last"), Gamma::new(2.0, rate), 1.25);
        }
        if way == Way::Longer {
            observe::<f64, _, _>(Name::new("more"), Bernoulli::logits(mu), true);
        }
        if way == Way::Array {
            let weights = Tensor::stack(&[mu, tau]).softmax(0);
            observe::<f64, _, _>(Name::new("sum"), Normal::new(weights.at(0).to_real(), 1.0), 0.1);
        }
    })
}

fn mean_field(way: &Cell<Way>) -> impl Guide<Element = f64, Sites = AnyGuide> + '_ {
    let scale = |name| param::<f64, _, _>(Name::new(name), || 0.3, Positive);
    let loc = |name| param::<f64, _, _>(Name::new(name), || 0.1, RealLine);
    guide::<AnyGuide, f64, _, _>(move || {
        if way.get() == Way::Auxiliary {
            // Their values outgrow the vector that holds those of the others.
            for k in 0..70_usize {
                param::<f64, _, _>(Name::new("many").at(k), || 0.2, RealLine);
            }
            let q = Normal::new(loc("a_loc"), 1.0);
            guide_site::<f64, RealLine, _>(Name::new("a"), q).auxiliary().draw();
        }
        let q = Normal::new(loc("mu_loc"), scale("mu_scale"));
        guide_site::<f64, RealLine, _>(Name::new("mu"), q).draw();
        let q = LogNormal::new(loc("tau_loc"), scale("tau_scale"));
        guide_site::<f64, Positive, _>(Name::new("tau"), q).draw();
        plate::<f64, _, _, _>(Name::new("row"), 5, Whole, |_| {
            let q = Normal::new(loc("eta_loc"), scale("eta_scale"));
            guide_site::<f64, RealLine, _>(Name::new("eta"), q).draw();
        });
    })
}

/// The bits of a step's loss, and those of the parameters after it; nothing for a step that fails or panics.
type Bits = (Option<u64>, Vec<u64>);

/// Takes a step on each of the ways. If `records`, something else is asked of the session before each step, which then has no
/// run to follow.
fn steps(ways: &[Way], elbo: Elbo, records: bool) -> (Vec<Bits>, Vec<bool>) {
    let way = Cell::new(Way::Usual);
    let mut svi = Svi::new(schools(&X, &way), mean_field(&way), elbo, Adam::new(0.05)).seed(3);
    let (mut bits, mut followed) = (Vec::new(), Vec::new());
    for &next in ways {
        if records {
            way.set(Way::Usual);
            svi.evaluate(1).unwrap();
        }
        way.set(next);
        let step = catch_unwind(AssertUnwindSafe(|| svi.step()));
        let loss = step.ok().and_then(|step| step.ok()).map(|step| step.loss.to_bits());
        let retrace = &svi.core.get_ref().run.session.retrace;
        followed.push(retrace.taken > 0 && retrace.taken == retrace.calls.len() && retrace.ready.is_some());
        let parameters = svi.parameters();
        let values =
            parameters.iter().flat_map(|(_, array)| array.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        bits.push((loss, values.collect()));
    }
    (bits, followed)
}

#[track_caller]
fn assert_same(ways: &[Way], elbo: Elbo) -> Vec<bool> {
    let (followed, follows) = steps(ways, elbo.clone(), false);
    let (recorded, none) = steps(ways, elbo, true);
    assert!(!none.contains(&true), "the twin records");
    for (k, (a, b)) in followed.iter().zip(&recorded).enumerate() {
        assert_eq!(a, b, "step {k}, {:?} after {:?}", ways[k], &ways[..k]);
    }
    follows
}

#[test]
fn the_same_statements_are_followed() {
    let follows = assert_same(&[Way::Usual; 6], Elbo::default());
    // The first run only looks for what is wrong before it records, and the second is noted.
    assert_eq!(follows, [false, false, true, true, true, true]);
    for elbo in [Elbo::default().closed_kl(false), Elbo::default().sticking_the_landing()] {
        assert_eq!(assert_same(&[Way::Usual; 4], elbo), [false, false, true, true]);
    }
}

#[test]
fn any_way_may_come_after_any_other() {
    for first in WAYS {
        for second in WAYS {
            let ways = [Way::Usual, Way::Usual, Way::Usual, first, first, first, second, second, Way::Usual];
            assert_same(&ways, Elbo::default());
        }
    }
}

#[test]
fn a_random_order_of_ways_makes_no_difference() {
    let mut state = 7_u64;
    let mut ways = vec![Way::Usual; 3];
    for _ in 0..300 {
        state = crate::random::mix(state);
        ways.push(WAYS[(state % 2 * (state >> 8) % 8) as usize]);
    }
    let follows = assert_same(&ways, Elbo::default());
    assert!(follows.iter().filter(|&&f| f).count() > 30);
}

#[test]
fn what_is_not_compared_ends_the_following() {
    let mut ways = vec![Way::Usual; 4];
    ways.extend([Way::Array, Way::Usual, Way::Usual, Way::Usual]);
    let follows = assert_same(&ways, Elbo::default());
    assert_eq!(follows, [false, false, true, true, false, false, false, false]);
    // Particles lie along an axis that single numbers of the plate do not have: their products walk.
    let follows = assert_same(&[Way::Usual; 4], Elbo::default().particles(3));
    assert_eq!(follows, [false; 4]);
}

#[test]
fn a_score_site_is_not_followed() {
    let model = model::<AnyGuide, f64, _, _>(|| {
        let b = model_site::<f64, Boolean, _>(Name::new("b"), Bernoulli::new(0.3)).draw();
        observe::<f64, _, _>(Name::new("x"), Normal::new(2.0 * b.to_real(), 1.0), 1.5);
    });
    let guide = guide::<AnyGuide, f64, _, _>(|| {
        let q = Bernoulli::logits(param::<f64, _, _>(Name::new("q"), || 0.1, RealLine));
        guide_site::<f64, Boolean, _>(Name::new("b"), q).draw();
    });
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.05)).seed(3);
    for _ in 0..4 {
        svi.step().unwrap();
        assert!(svi.core.get_ref().run.session.retrace.ready.is_none());
    }
    assert!(svi.core.get_ref().run.session.retrace.refused);
}

#[test]
fn other_data_are_not_taken_for_those_of_before() {
    let way = Cell::new(Way::Usual);
    let run = |records: bool| {
        let mut svi = Svi::new(schools(&X, &way), mean_field(&way), Elbo::default(), Adam::new(0.05)).seed(3);
        let mut losses = Vec::new();
        for k in 0..12 {
            if records {
                svi.evaluate(1).unwrap();
            }
            let step = if k % 4 == 3 {
                // The copy lives as long as the step alone.
                let copy = S.map(|s| s + f64::from(k));
                svi.step_on(schools(&copy, &way), mean_field(&way))
            } else {
                svi.step()
            };
            losses.push(step.unwrap().loss.to_bits());
        }
        losses
    };
    assert_eq!(run(false), run(true));
}

/// Data that no argument holds may be others in the next run, at the same address.
#[test]
fn data_that_no_argument_holds_are_not_followed() {
    let step = Cell::new(0.0);
    let mut held = vec![0.0; 3];
    let start = held.as_mut_ptr();
    let losses = |records: bool| {
        step.set(0.0);
        let model = model::<AnyGuide, f64, _, _>(|| {
            // SAFETY: the vector outlives the session, and nobody else uses it meanwhile.
            let data = unsafe { std::slice::from_raw_parts_mut(start, 3) };
            data.fill(step.get());
            let data = &*data;
            let mu = model_site::<f64, RealLine, _>(Name::new("mu"), Normal::new(0.0, 1.0)).draw();
            plate::<f64, _, _, _>(Name::new("row"), 3, Whole, |i| {
                observe::<f64, _, _>(Name::new("x"), Normal::new(mu, 1.0), data.at(i));
            });
        });
        let guide = guide::<AnyGuide, f64, _, _>(|| {
            let q = Normal::new(param::<f64, _, _>(Name::new("loc"), || 0.1, RealLine), 1.0);
            guide_site::<f64, RealLine, _>(Name::new("mu"), q).draw();
        });
        let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.05)).seed(3);
        let mut losses = Vec::new();
        for k in 0..6 {
            if records {
                svi.evaluate(1).unwrap();
            }
            step.set(f64::from(k));
            losses.push(svi.step().unwrap().loss.to_bits());
        }
        losses
    };
    assert_eq!(losses(false), losses(true));
}
