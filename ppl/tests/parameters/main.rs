//! What a session promises of parameters: learning rates of groups, what is frozen, and shapes.

mod freezing;
mod groups;
mod shapes;

use ppl::prelude::*;

/// Two sites, whose parameters have names with a part in common.
#[model]
fn pair() {
    let a = sample!("a", Normal::new(0.0, 1.0));
    let b = sample!("b", Normal::new(a, 2.0));
    observe!("x", Normal::new(b, 0.5), 1.7);
}

#[guide(pair)]
fn mean_field() {
    sample!("a", Normal::new(param!("a_loc", 0.3), param!("a_scale", 0.7, Positive)));
    sample!("b", Normal::new(param!("b_loc", 0.1), param!("b_scale", 0.9, Positive)));
}

/// Returns a parameter's only value.
fn value<M, G, O, P>(svi: &Svi<M, G, O, P>, name: &str) -> f64
where
    M: ppl::Model<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = f64>,
    O: ppl::objective::Objective<f64>,
    P: ppl::optim::Optimiser<f64>,
{
    svi.parameters().get(name).unwrap()[[]]
}
