//! Programs inside functions and modules, made by a macro, and with names that are words of Rust.
#![deny(warnings)]
use ppl::prelude::*;

macro_rules! single_site {
    ($model:ident, $guide:ident, $site:literal, $prior:expr) => {
        #[model]
        fn $model() {
            sample!($site, $prior);
        }

        #[guide($model)]
        fn $guide() {
            sample!($site, $prior);
        }
    };
}
single_site!(made, made_guide, "x", Normal::new(0.0, 1.0));

#[model]
fn r#loop() {
    sample!("str", Normal::new(0.0, 1.0));
    sample!("ppl", Normal::new(0.0, 1.0));
    sample!("Sites", Normal::new(0.0, 1.0));
}

#[guide(r#loop)]
fn r#type() {
    sample!("str", Normal::new(0.0, 1.0));
    sample!("ppl", Normal::new(0.0, 1.0));
    sample!("Sites", Normal::new(0.0, 1.0));
}

fn main() {
    use ppl::dist::Normal as Gaussian;

    struct Shift(f64);

    #[model]
    fn inner(shift: &Shift) {
        let loc = shift.0;
        sample!("x", Gaussian::new(loc, 1.0));
    }

    #[guide(inner)]
    fn inner_guide() {
        sample!("x", Gaussian::new(0.0, 1.0));
    }

    let shift = Shift(1.0);
    let (_, _) = (inner(&shift), inner_guide());
    let (_, _, _, _) = (made(), made_guide(), r#loop(), r#type());
}
