use super::sound;
use crate::ir::{Frame, Keyword, Kind};
use quote::quote;

#[test]
fn statements_are_found_wherever_expressions_stand() {
    let program = sound(
        Kind::Model,
        quote!(
            fn program() {
                let a = f(sample!("a", N::new(param!("b", 1.0)))) + 1;
                let v = vec![ppl::sample!("c", N::new()), a];
                let w = [sample!("d", N::new()); 3];
                println!("{}", {
                    sample!("e", N::new());
                    2
                });
                if let Some(x) = g(sample!("f", N::new())) {
                    return x;
                }
                let z = vec![sample!("g", N::new()); 2];
                plate! { "h", 3, |i| sample!("i", N::new()) }
                S { field: sample!("j", N::new()).exp() }
            }
        ),
    );
    let names: Vec<String> =
        program.statements.iter().filter_map(|statement| Some(statement.address.as_ref()?.name())).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
}

#[test]
fn items_and_unreadable_macros_are_left_alone() {
    let program = sound(
        Kind::Model,
        quote!(
            fn program() {
                fn inner() {
                    sample!("a", N::new())
                }
                other! { sample => "b" }
                let _ = matches!(x, Some(_));
            }
        ),
    );
    assert!(program.statements.is_empty());
}

#[test]
fn a_place_lists_the_frames_around_it() {
    let program = sound(
        Kind::Model,
        quote!(
            fn program() {
                for i in 0..3 {
                    plate!("n"[i], 3, |j| if a {
                        param!("p", 1.0)
                    } else {
                        param!("p", f(|| param!("q", 1.0)))
                    });
                }
            }
        ),
    );
    let frames = |position: usize| program.statements[position].place.0.as_slice();
    assert_eq!(program.statements[0].keyword, Keyword::Plate);
    assert_eq!(frames(0), [Frame::Loop]);
    let Frame::Branch { group, arm: 0 } = frames(1)[2] else { panic!("{:?}", frames(1)) };
    assert_eq!(frames(1)[..2], [Frame::Loop, Frame::Plate]);
    let nested = [Frame::Loop, Frame::Plate, Frame::Branch { group, arm: 1 }, Frame::Initial, Frame::Closure];
    assert_eq!(frames(3), nested);
}
