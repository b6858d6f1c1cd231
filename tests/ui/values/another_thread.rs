use ppl::prelude::*;

#[model]
fn spawned() {
    let z = sample!("z", Normal::new(0.0, 1.0));
    std::thread::spawn(move || z.exp());
}

fn main() {}
