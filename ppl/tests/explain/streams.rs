//! An explanation leaves no trace in its session.

use super::programs::*;
use ppl::prelude::*;

/// Steps two sessions of one program side by side, explains one of them before each step, and compares every bit.
macro_rules! assert_unmoved {
    ($model:expr, $guide:expr, $objective:expr) => {{
        let session = || Svi::new($model, $guide, $objective, Adam::new(0.05)).seed(7);
        let (mut explained, mut plain) = (session(), session());
        let mut before = None;
        for _ in 0..5 {
            let explanation = explained.explain().unwrap();
            assert!(before.is_none_or(|before| before == explanation), "an explanation says the same again");
            before = Some(explanation);
            let parts = plain.parts();
            assert_eq!(explained.parts(), parts, "the parts of the last step stay");
            assert_eq!(explained.elimination(), plain.elimination());
            assert_eq!(explained.step().unwrap(), plain.step().unwrap());
            assert_eq!(explained.parameters(), plain.parameters());
        }
        assert_eq!(explained.posterior().draws(5), plain.posterior().draws(5));
        assert_eq!(explained.evaluate(3), plain.evaluate(3));
    }};
}

#[test]
fn steps_after_an_explanation_have_the_same_bits() {
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];
    let table = ndarray::Array2::from_elem((2, 3), 0.5);
    assert_unmoved!(mixture(&x), proposal(&x), Elbo::default());
    assert_unmoved!(mixture(&x), proposal(&x), Elbo::default().particles(3));
    assert_unmoved!(hidden(&x), nothing(&x), Elbo::default());
    assert_unmoved!(walk(&x), walks(&x), Elbo::default().particles(2));
    assert_unmoved!(branch(), branches(), Elbo::default().particles(2));
    assert_unmoved!(nested(&table), nests(&table), Elbo::default());
    assert_unmoved!(nested(&table), nests(&table), Iwae::new(3));
    assert_unmoved!(nested(&table), nests(&table), WakeSleep::new(3));
}

#[test]
fn nothing_is_made_in_the_session() {
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];
    let svi = Svi::new(walk(&x), walks(&x), Elbo::default(), Adam::new(0.05));
    assert_eq!(svi.explain().unwrap().parameters().len(), 2);
    assert_eq!(svi.parameters().names().count(), 0);
}

#[test]
fn present_parameters_are_explained() {
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];
    let mut svi = Svi::new(walk(&x), walks(&x), Elbo::default(), Adam::new(0.05));
    svi.set_parameter("b", f64::MAX).unwrap();
    // A draw that overflows is no error of an explanation, which asks for no loss.
    assert_eq!(svi.explain().unwrap().parameters().len(), 2);
    let none = Svi::new(walk(&x), walks(&x), Elbo::default().particles(0), Adam::new(0.05));
    assert_eq!(none.explain().unwrap_err().to_string(), "the number of particles must be at least 1, got 0");
    let empty = Svi::new(hidden(&[]), nothing(&[]), Elbo::default(), Adam::new(0.05));
    assert!(empty.explain().unwrap_err().to_string().contains("`time`"));
}
