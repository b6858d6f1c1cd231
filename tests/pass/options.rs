//! Every option of every statement, and statements among the arguments of other macros.
#![deny(warnings)]
#![allow(clippy::let_and_return, clippy::useless_vec)]
use ppl::prelude::*;

mod priors {
    pub(crate) fn wage() -> ppl::dist::HalfNormal {
        ppl::dist::HalfNormal::new(1.0)
    }
}

#[model]
fn options(x: &[f64]) -> Real {
    let prior = Normal::new(0.0, 1.0);
    let a = ppl::sample!("a", prior, on(RealLine));
    let b = vec![sample!("b", priors::wage(), on(Positive)), sample!("c", ppl::dist::HalfNormal::new(1.0),)];
    assert!(b.len() == 2, "{}", {
        observe! { "seen", Normal::new(a, 1.0), 0.5 };
        "never"
    });
    plate!("rows", x.len(), subsample(2), |i| observe!("x", Normal::new(a, 1.0), x.at(i)));
    plate!("more", x.len(), in_order(x.len() - 1), |i| {
        observe!("y", Normal::<f64>::new(a, 1.0), x.at(i));
    });
    param! { "last", { let start = 0.5; start }, Positive }
}

#[guide(options)]
fn proposal() {
    let baseline = DecayingAverage::new(0.9);
    let estimator = Score::baseline(baseline);
    let noise = sample!("noise", Normal::new(0.0, 1.0), auxiliary);
    sample!("a", Normal::new(noise, 1.0), estimator);
    sample!("b", LogNormal::new(0.0, 1.0), Score::baseline(DecayingAverage::new(0.5)), on(Positive));
    let proposed = LogNormal::new(0.0, 1.0);
    sample!("c", proposed, on(Positive));
}

fn main() {
    let x = [0.5, 1.5, 2.5];
    let (_, _) = (options(&x), proposal());
}
