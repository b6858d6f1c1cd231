//! One site in every arm of a branch, loops with an index, and a parameter that is met again.
#![deny(warnings)]
use ppl::prelude::*;

#[model]
fn branching(steps: usize, kind: u8) {
    let mut x = if steps > 3 {
        sample!("x", Normal::new(0.0, 1.0))
    } else if steps > 1 {
        sample!("x", Normal::new(0.0, 2.0))
    } else {
        sample!("x", Normal::new(0.0, 3.0))
    };
    for t in 0..steps {
        x = sample!("z"[t], Normal::new(x, param!("scale", 1.0, Positive)));
        observe!("y"[t], Normal::new(x, param!("scale", 1.0, Positive)), 0.5);
    }
    match kind {
        0 => {
            plate!("data", 3, |_i| sample!("w", Normal::new(0.0, 1.0)));
        }
        _ => {
            plate!("data", 3, |_i| sample!("w", Normal::new(x, 1.0)));
        }
    }
}

#[guide(branching)]
fn proposal(steps: usize) {
    match steps {
        0 => sample!("x", Normal::new(0.0, 1.0)),
        _ => sample!("x", LogNormal::new(0.0, 1.0)),
    };
    let mut t = 0;
    while t < steps {
        sample!("z"[t], Normal::new(0.0, 1.0));
        t += 1;
    }
    plate!("data", 3, |_i| sample!("w", Normal::new(0.0, 1.0)));
}

fn main() {
    let (_, _) = (branching(3, 0), proposal(3));
}
