use ppl::prelude::*;

#[model]
fn walk(steps: usize) {
    for _ in 0..steps {
        sample!("z", Normal::new(0.0, 1.0));
    }
    while steps > 3 {
        observe!("x", Normal::new(0.0, 1.0), 0.5);
    }
}

fn main() {}
