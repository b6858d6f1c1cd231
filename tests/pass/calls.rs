//! Programs that call programs, in other modules: a submodel is answered by its guide, a network needs no answer.
use ppl::prelude::*;

mod models {
    use ppl::prelude::*;

    #[model]
    pub(crate) fn network(x: Real) -> Real {
        x * param!("weight", 0.5)
    }

    #[model]
    pub fn level(scale: f64) -> Real {
        let z = sample!("z", Normal::new(0.0, scale));
        call!("network", network(z))
    }

    #[model]
    pub fn two_levels(steps: usize) -> Real {
        let mut sum = call!("first", level(1.0));
        for t in 0..steps {
            sum += call!("more"[t], level(2.0));
        }
        call!("network", self::network(sum))
    }
}

#[guide(models::level)]
fn level() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[guide]
fn encoder() -> Real {
    param!("inputs", 1.0)
}

#[guide(models::two_levels)]
fn two_levels(steps: usize) {
    let _inputs = call!("encoder", encoder(), auxiliary);
    call!("first", level());
    for t in 0..steps {
        call!("more"[t], level());
    }
}

fn main() {
    let _ = Svi::new(models::two_levels(2), two_levels(2), Elbo::default(), Adam::new(0.02));
}
