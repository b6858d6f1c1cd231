//! Values so close to the upper end of their support that the distance is rounded away: whoever needs it has it with all its digits.

mod draws;
mod functions;
#[cfg(feature = "f32")]
mod single;
mod truncated;
mod wrappers;

use ppl::prelude::*;

/// Asserts that a loss is the exact one, by its own standard error; a bias of 5 % would be seen.
#[track_caller]
fn assert_loss<E, M, G>(model: M, guide: G, draws: usize, exact: f64)
where
    E: ppl::Element,
    M: ppl::Model<Element = E>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = E>,
{
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.01)).seed(11);
    let found = svi.evaluate(draws).unwrap();
    let z = (found.loss - exact) / found.standard_error;
    assert!(z.abs() < 5.0, "{found:?}, exactly {exact}: {z} standard errors");
    assert!(found.standard_error < 0.01 * exact.abs(), "too few draws to see a bias: {found:?}");
}
