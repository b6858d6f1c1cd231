//! Four small programs and what they become, for the eye of a reviewer. `BLESS=1` writes the snapshots anew, to be
//! formatted and read.

use super::text;
use crate::expand;
use crate::ir::Kind;
use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;

#[track_caller]
fn assert_expands(kind: Kind, arguments: TokenStream, item: TokenStream, snapshot: &str) {
    let expansion = expand::attribute(kind, arguments, item);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(snapshot);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, expansion.to_string()).expect("the snapshot can be written");
    }
    let recorded = std::fs::read_to_string(&file).expect("the snapshot is there");
    let recorded: TokenStream = recorded.parse().expect("the snapshot is Rust");
    assert_eq!(text(expansion), text(recorded), "{snapshot} is another");
}

#[test]
fn a_model() {
    let item = quote! {
        /// Eight schools.
        pub fn schools(sigma: &[f64], y: Vec<f64>) {
            let mu = sample!("mu", Normal::new(0.0, 5.0));
            let tau = sample!("tau", dist::HalfNormal::<f64>::new(5.0));
            plate!("school", sigma.len(), |i| {
                let eta = sample!("eta", prior(), on(RealLine));
                observe!("y", Normal::new(mu + tau * eta, sigma.at(i)), y.at(i));
            });
        }
    };
    assert_expands(Kind::Model, TokenStream::new(), item, "schools.rs");
}

#[test]
fn a_guide() {
    let item = quote! {
        fn proposal(_sigma: &[f64]) {
            sample!("mu", Normal::new(param!("mu_loc", 0.0), param!("mu_scale", 1.0, Positive)));
            let noise = sample!("noise", Normal::new(0.0, 1.0), auxiliary);
            sample!("tau", LogNormal::new(noise, 1.0), Score::baseline(DecayingAverage::new(0.9)));
            plate!("school", 8, subsample(4), |_i| { sample!("eta", Normal::new(0.0, 1.0)) });
        }
    };
    assert_expands(Kind::Guide, quote!(models::schools), item, "proposal.rs");
}

#[cfg(feature = "f32")]
#[test]
fn a_model_that_calls_and_branches() {
    let item = quote! {
        #[cfg(test)]
        fn chain<T>(steps: usize) -> Real<f32> {
            let mut x = if steps > 3 {
                sample!("x", Normal::new(0.0, 1.0))
            } else {
                sample!("x", Normal::new(0.0, 2.0))
            };
            for t in 0..steps {
                x = call!("step"[t], models::step::<T>(x));
            }
            x
        }
    };
    assert_expands(Kind::Model, quote!(f32), item, "chain.rs");
}

#[test]
fn a_model_that_sums_out() {
    let item = quote! {
        fn regimes(y: &[f64], seen: &[bool], labels: &[Option<usize>]) {
            plate!("word", labels.len(), mask(seen), |i| {
                sample!("tag", Categorical::new(rates()), enumerate, given(labels.at(i)));
            });
            markov!("day", y.len(), first(), |prev, t| {
                let regime = sample!("regime", Categorical::new(rates().at(prev)), enumerate);
                observe!("y", Normal::new(regime, 1.0), y.at(t));
                regime
            });
            let start = sample!("start", Bernoulli::new(0.5), concrete);
            let seed = if start { 1.0 } else { 0.0 };
            markov!("step", 3, (seed, seed), lengths(2), |(a, _), _t| {
                (sample!("walk", Normal::new(a, 1.0)), a)
            });
        }
    };
    assert_expands(Kind::Model, TokenStream::new(), item, "regimes.rs");
}
