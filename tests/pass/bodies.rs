//! Bodies are Rust: functions and items inside, shadowed names, and macros of other crates around statements.
#![deny(warnings)]
#![allow(clippy::let_and_return, clippy::useless_vec)]
use ppl::prelude::*;

#[model]
fn shadowing(x: f64) -> Real {
    let x = sample!("x", Normal::new(x, 1.0));
    let x = x * 2.0;
    {
        let x = sample!("inner", Normal::new(x, 1.0));
        observe!("seen", Normal::new(x, 1.0), 0.5);
    }
    x
}

#[guide(shadowing)]
fn shadowing_guide(x: f64) {
    let x = sample!("x", Normal::new(x, param!("x", 1.0, Positive)));
    sample!("inner", Normal::new(x, 1.0));
}

#[model]
fn items() -> Real {
    const SCALE: f64 = 2.0;
    struct Level(f64);
    fn twice(x: Real) -> Real {
        x * 2.0
    }
    fn generic<T: Copy>(x: T) -> T {
        // A function inside is no part of the program, and may have names of its own.
        let sample = x;
        sample
    }
    let Level(level) = generic(Level(1.0).0).into_level();
    trait IntoLevel {
        fn into_level(self) -> Level;
    }
    impl IntoLevel for f64 {
        fn into_level(self) -> Level {
            Level(self)
        }
    }
    twice(sample!("z", Normal::new(level, SCALE)))
}

#[guide(items)]
fn items_guide() {
    sample!("z", Normal::new(0.0, 1.0));
}

#[model]
fn macros(kind: Option<u8>) {
    let both = vec![sample!("a", Normal::new(0.0, 1.0)), sample!("b", Normal::new(0.0, 1.0))];
    let many = vec![param!("p", 0.5); 2];
    assert!(matches!(kind, None | Some(0..=9)), "the kind is {kind:?}");
    assert_eq!(both.len() + many.len(), 4);
    let weights = ndarray::array![0.2, 0.8];
    let sum = ppl_tests::sum_of!(both[0], sample!("c", Normal::new(both[1], 1.0)), many[1]);
    observe!("x", Normal::new(sum * weights[0], 1.0), ppl_tests::sum_of!(0.25, 0.25));
}

#[guide(macros)]
fn macros_guide() {
    let all = ["a", "b", "c"];
    debug_assert_eq!(all.len(), 3);
    let _ = ppl_tests::sum_of!(sample!("a", Normal::new(0.0, 1.0)), sample!("b", Normal::new(0.0, 1.0)));
    sample!("c", Normal::new(0.0, 1.0));
}

fn main() {
    macro_rules! steps {
        ($($model:expr, $guide:expr;)*) => {$(
            assert!(Svi::new($model, $guide, Elbo::default(), Adam::new(0.1)).step().unwrap().loss.is_finite());
        )*};
    }
    steps! {
        shadowing(1.0), shadowing_guide(1.0);
        items(), items_guide();
        macros(Some(3)), macros_guide();
    }
}
