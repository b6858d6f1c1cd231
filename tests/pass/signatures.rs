//! Lifetimes (named, elided, hidden), generics of every sort, patterns, `impl Trait` arguments, results, single precision.
#![deny(warnings)]
#![allow(clippy::multiple_bound_locations)]
use ppl::prelude::*;

struct View<'a>(&'a [f64]);

#[model(f32)]
fn everything<'a, T: Clone, const N: usize>(
    name: &'a [T; N],
    count: impl Fn() -> usize,
    View(values): View<'_>,
    (low, high): (f64, f64),
    View(hidden): View<'a>,
) -> &'a [T; N]
where
    T: AsRef<str>,
{
    let _ = (name[0].as_ref().len(), count(), values.len(), hidden.len());
    let _z: Real<f32> = sample!("z", Normal::new(low, high));
    name
}

#[allow(elided_lifetimes_in_paths)]
mod hidden {
    use super::*;

    #[model]
    pub fn lifetime(view: View) -> usize {
        view.0.len()
    }
}

#[model]
fn elided(x: &[f64]) -> &[f64] {
    x
}

#[guide(everything, f32)]
fn single() -> Result<(), std::num::ParseFloatError> {
    let loc: f64 = "0.5".parse()?;
    sample!("z", Normal::new(loc, 1.0));
    Ok(())
}

#[guide(f32)]
fn unchecked() {
    sample!("z", Normal::new(0.0, 1.0));
}

fn main() {
    let names = ["a".to_string()];
    let values = [1.0];
    let build = || everything(&names, || 3, View(&values), (0.0, 1.0), View(&values));
    let (_, _) = (build(), build());
    let (_, _, _, _) = (single(), unchecked(), hidden::lifetime(View(&values)), elided(&values));
}
