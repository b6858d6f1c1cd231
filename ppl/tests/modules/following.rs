//! Steps that make the same modules as the last are followed, and give the same bits as any other.

use super::*;
use ppl::__bench::mechanisms;
use std::cell::Cell;

#[derive(Clone, Copy)]
struct Line {
    slope: Real,
    scale: Real,
}

#[module]
fn line(slope: f64) -> Line {
    Line { slope: param!("slope", slope), scale: param!("scale", 0.5, Positive) }
}

const X: [f64; 4] = [0.3, -0.4, 1.1, 0.8];

#[model]
fn by_module(x: &[f64]) {
    let line = module!("line", line(0.7));
    let z = sample!("z", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| observe!("x", Normal::new(line.slope * z, line.scale), x.at(i)));
}

#[guide(by_module)]
fn of_module(_x: &[f64]) {
    let line = module!("of_guide", line(0.2));
    sample!("z", Normal::new(line.slope, line.scale));
}

#[model]
fn by_parameters(x: &[f64]) {
    let (slope, scale) = (param!("slope", 0.7), param!("scale", 0.5, Positive));
    let z = sample!("z", Normal::new(0.0, 1.0));
    plate!("row", x.len(), |i| observe!("x", Normal::new(slope * z, scale), x.at(i)));
}

#[guide(by_parameters)]
fn of_parameters(_x: &[f64]) {
    sample!("z", Normal::new(param!("of_slope", 0.2), param!("of_scale", 0.5, Positive)));
}

#[test]
fn a_step_with_modules_follows_the_last() {
    let mut svi = Svi::new(by_module(&X), of_module(&X), Elbo::default(), Adam::new(0.05)).seed(4);
    let mut plain = Svi::new(by_parameters(&X), of_parameters(&X), Elbo::default(), Adam::new(0.05)).seed(4);
    for step in 0..20 {
        assert_eq!(svi.step().unwrap().loss.to_bits(), plain.step().unwrap().loss.to_bits(), "step {step}");
    }
    // Each module is two statements more: its beginning and its end.
    assert_eq!(mechanisms(&svi).followed, mechanisms(&plain).followed + 4);
    assert!(mechanisms(&plain).followed > 8);
    let pairs = [
        ("line/slope", "slope"),
        ("line/scale", "scale"),
        ("of_guide/slope", "of_slope"),
        ("of_guide/scale", "of_scale"),
    ];
    for (name, other) in pairs {
        assert_eq!(svi.parameters().get(name).unwrap(), plain.parameters().get(other).unwrap());
    }
}

/// A recursion, whose statements stand at the same places at each depth.
struct Nest {
    own: Real,
    inner: Option<Box<Nest>>,
}

#[module]
fn nest(depth: usize, inside: bool) -> Nest {
    let own = param!("own", 0.5);
    let inner = (depth > 0).then(|| Box::new(module!("inner", boxed(depth - 1, inside))));
    Nest { own, inner }
}

fn boxed(depth: usize, inside: bool) -> impl ppl::Module<Element = f64, Output = Nest> {
    #[module]
    fn again(depth: usize, inside: bool) -> Nest {
        let own = param!("own", if inside { 0.25 } else { 0.5 });
        let _ = depth;
        Nest { own, inner: None }
    }
    again(depth, inside)
}

/// What a program makes may change from step to step: parameters then move as if nothing had been followed.
#[test]
fn modules_may_change_from_step_to_step() {
    #[model]
    fn either(which: &Cell<usize>) {
        let (first, second) = match which.get() {
            0 => (module!("a", line(0.1)), module!("b", line(0.2))),
            1 => (module!("b", line(0.2)), module!("a", line(0.1))),
            _ => {
                let only = module!("c", nest(1, true));
                let inner = only.inner.map_or(only.own, |inner| inner.own);
                let same = Line { slope: only.own, scale: inner };
                (same, same)
            }
        };
        let common = param!("common", 0.3);
        penalty!("p", first.slope.square() * 2.0 + second.slope.square() * common);
    }
    #[guide]
    fn nothing() {}
    let which = Cell::new(0);
    let rate = 0.1;
    let mut svi = Svi::new(either(&which), nothing(), Elbo::default(), Sgd::new(rate)).seed(1);
    let (mut a, mut b, mut c, mut common) = (0.1, 0.2, 0.5, 0.3);
    for kind in [0, 0, 0, 1, 1, 0, 1, 2, 2, 2, 0, 0, 2, 1, 1, 1] {
        which.set(kind);
        svi.step().unwrap();
        let (first, second) = match kind {
            0 => (&mut a, &mut b),
            1 => (&mut b, &mut a),
            _ => {
                let by_common: f64 = c * c;
                c -= rate * (4.0 * c + 2.0 * c * common);
                common -= rate * by_common;
                continue;
            }
        };
        let by_common: f64 = *second * *second;
        *first -= rate * 4.0 * *first;
        *second -= rate * 2.0 * *second * common;
        common -= rate * by_common;
    }
    let found = svi.parameters();
    for (name, expected) in [("a/slope", a), ("b/slope", b), ("c/own", c), ("common", common)] {
        let found = found.get(name).unwrap()[[]];
        assert!((found - expected).abs() < 1e-12, "{name}: {found}, {expected}");
    }
    assert_eq!(found.get("c/inner/own").unwrap()[[]], 0.25);
}
