use ppl::prelude::*;
struct Mine;

#[model]
fn program() {
    sample!("z", Custom::<Mine, 2>::new(1.0, 2.0), on(Positive));
}
fn main() {}
