use ppl::prelude::*;

struct Data(f64);

impl Data {
    #[model]
    fn wrapped(&self) {
        observe!("z", Normal::new(0.0, 1.0), self.0);
    }
}

fn main() {}
