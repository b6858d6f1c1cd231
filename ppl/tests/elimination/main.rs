//! The elimination of discrete sites, against sums over all assignments, and what it must refuse.

#[path = "../nested/mod.rs"]
mod nested;

mod brute;
mod graph;
mod guides;
mod invariances;
mod masks;
mod property;
mod refusals;

use ppl::{AnyGuide, Guide, Model};

/// A model that needs no guide, because it sums out all of its sites.
fn unguided(model: impl Model<Element = f64>) -> impl Model<Sites = AnyGuide, Element = f64> {
    ppl::__private::model::<AnyGuide, f64, _, _>(move || drop(model.run()))
}

/// The guide of a model that needs none.
fn nothing() -> impl Guide<Sites = (), Element = f64> {
    ppl::__private::guide::<(), f64, _, _>(|| ())
}
