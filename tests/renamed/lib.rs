//! A crate that knows the library by another name: every statement expands to that one. Built alone it has no feature of the
//! library, and so an engine for `f64` alone.

use language::prelude::*;

/// Throws of a coin by each of several hands, in turn, of which some are tired.
#[model]
pub fn throws(heads: &[bool], hands: usize) {
    let p = sample!("p", Beta::new(2.0, 2.0));
    call!("before", day());
    plate!("hand", hands, |_h| {
        let tired = sample!("tired", Bernoulli::new(0.5), enumerate);
        observe!("late", Normal::new(tired.to_real(), 1.0), 0.3);
    });
    markov!("throw", heads.len(), 0, |before, t| {
        let now = sample!("now", Categorical::new([0.5, 0.5]), enumerate);
        let _ = before;
        observe!("heads", Bernoulli::new(p), heads.at(t));
        now
    });
}

/// What a day is like.
#[model]
pub fn day() {
    sample!("warmth", Normal::new(0.0, 1.0));
}

/// A line, as a module.
#[derive(Clone, Copy, Debug)]
pub struct Line<E: language::Element = f64> {
    slope: Real<E>,
    inner: Option<Real<E>>,
}

/// Makes a line, whose intercept is a part.
#[module(E)]
pub fn line<E: language::Element>() -> Line<E> {
    Line { slope: param!("slope", 0.5), inner: Some(module!("intercept", intercept())) }
}

/// Makes a number.
#[module(E)]
pub fn intercept<E: language::Element>() -> Real<E> {
    param!("value", 0.25)
}

impl<E: language::Element> Line<E> {
    /// Returns the height at a place.
    pub fn at(&self, x: f64) -> Real<E> {
        let height = self.slope * x;
        self.inner.map_or(height, |intercept| height + intercept)
    }
}

/// The guide of a day.
#[guide(day)]
pub fn guessed_day() {
    let line = module!("line", line());
    sample!("warmth", Normal::new(line.at(2.0), 1.0));
}

/// The guide of the throws.
#[guide(throws)]
pub fn guessed() {
    sample!("p", Beta::new(param!("a", 2.0, Positive), param!("b", 2.0, Positive)));
    call!("before", guessed_day());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_under_another_name_runs() -> Result<(), language::Error> {
        let heads = [true, false, true];
        let mut svi = Svi::new(throws(&heads, 2), guessed(), Elbo::default(), Adam::new(0.1));
        let loss = svi.step()?.loss;
        assert!(loss.is_finite());
        let names = svi.parameters().names().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(names, ["a", "b", "before/line/slope", "before/line/intercept/value"]);
        Ok(())
    }
}
