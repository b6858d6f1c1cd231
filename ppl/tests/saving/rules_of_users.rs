//! Optimisers that users wrote.

use super::*;
use ppl::io::Visitor;
use ppl::optim::{Group, IterateAverage, Optimiser, Rows};

/// Steps by signs, without showing that it counts them.
#[derive(Default)]
struct Silent {
    steps: u64,
}

impl Optimiser<f64> for Silent {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn resize(&mut self, _: usize) {}

    fn update(&mut self, rows: &[Rows], gradient: &[f64], values: &mut [f64]) {
        self.steps += 1;
        for k in rows.iter().flat_map(Rows::range) {
            values[k] -= gradient[k].signum() * 0.1 / self.steps as f64;
        }
    }
}

/// The same, shown, with a limit that a state may break and an array of a name that can be chosen.
struct Shown {
    rule: Silent,
    most: u64,
    name: &'static str,
    numbers: Vec<f64>,
}

impl Optimiser<f64> for Shown {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn resize(&mut self, _: usize) {}

    fn update(&mut self, rows: &[Rows], gradient: &[f64], values: &mut [f64]) {
        self.rule.update(rows, gradient, values);
    }

    fn state(&mut self, visitor: &mut dyn Visitor<f64>) -> Result<(), String> {
        visitor.kind("Shown");
        visitor.count("steps", &mut self.rule.steps);
        visitor.numbers(self.name, &mut self.numbers);
        match self.rule.steps > self.most {
            true => Err(format!("took {} steps of {}", self.rule.steps, self.most)),
            false => Ok(()),
        }
    }
}

/// Adam, and an average of its iterates.
struct Averaged(Adam, IterateAverage);

impl Optimiser<f64> for Averaged {
    fn check(&self) -> Result<(), String> {
        self.0.check().and(self.1.check())
    }

    fn groups(&self) -> &[Group] {
        self.0.groups()
    }

    fn resize(&mut self, n: usize) {
        self.0.resize(n);
        self.1.resize(n);
    }

    fn update(&mut self, rows: &[Rows], gradient: &[f64], values: &mut [f64]) {
        self.0.update(rows, gradient, values);
        self.1.add(values);
        // So that the average has a say in what follows.
        let mut mean = values.to_vec();
        self.1.average_into(&mut mean);
        values.iter_mut().zip(mean).for_each(|(value, mean)| *value += 0.1 * (mean - *value));
    }

    fn state(&mut self, visitor: &mut dyn Visitor<f64>) -> Result<(), String> {
        visitor.kind("Averaged");
        self.0.state(visitor)?;
        self.1.state(visitor)
    }
}

fn session<P: Optimiser<f64>>(
    optimiser: P,
    seed: u64,
) -> Svi<
    impl ppl::Model<Element = f64, Sites = schools::Sites>,
    impl ppl::Guide<Element = f64, Sites = mean_field::Sites>,
    Elbo,
    P,
> {
    Svi::new(schools(&EFFECTS), mean_field(&EFFECTS), Elbo::default(), optimiser).seed(seed)
}

fn shown(most: u64, name: &'static str) -> Shown {
    Shown { rule: Silent::default(), most, name, numbers: vec![1.0; 3] }
}

#[test]
fn a_state_that_is_not_shown_cannot_be_lost() {
    let file = TempFile::new();
    std::fs::write(&file, b"old").unwrap();
    let mut silent = session(Silent::default(), 1);
    trail(&mut silent, 2);
    let message = "this optimiser does not show its state, so that a session with it can be neither saved nor loaded; give it \
                   the method `Optimiser::state`";
    assert_eq!(silent.save(&file).unwrap_err().to_string(), message);
    assert_eq!(file.bytes(), b"old");

    let mut svi = session(Adam::new(0.1), 1);
    trail(&mut svi, 2);
    svi.save(&file).unwrap();
    assert_eq!(silent.load(&file).unwrap_err().to_string(), message);
}

#[test]
fn rules_of_users_resume() {
    assert_resumes("a rule of the user's", |seed| session(shown(100, "numbers"), seed));
    assert_resumes("an average", |seed| session(Averaged(Adam::new(0.05), IterateAverage::tail(3)), seed));
    let grouped = || Averaged(Adam::new(0.05).group("*_scale", 0.2), IterateAverage::tail(3));
    assert_resumes("a rule with groups within another", |seed| session(grouped(), seed));
    let decaying = || IterateAverage::exponential(0.7);
    assert_resumes("a decaying average", |seed| session(Averaged(Adam::new(0.05), decaying()), seed));
}

#[test]
fn a_rule_within_another_is_a_part_of_its_kind() {
    let file = TempFile::new();
    let mut svi = session(Averaged(Adam::new(0.05), IterateAverage::tail(3)), 1);
    trail(&mut svi, 2);
    svi.save(&file).unwrap();
    let text = session(Adam::new(0.05), 1).load(&file).unwrap_err().to_string();
    assert!(
        text.ends_with("expected the optimiser Adam, the file has Averaged, Adam, IterateAverage"),
        "{text}"
    );
}

#[test]
fn arrays_that_are_not_those_visited_differ() {
    let file = TempFile::new();
    let mut svi = session(shown(100, "numbers"), 1);
    trail(&mut svi, 2);
    svi.save(&file).unwrap();
    let text = session(shown(100, "values"), 1).load(&file).unwrap_err().to_string();
    let expected = "state `optimiser/values`: expected an array of F64, the file has nothing\n  \
                    state `optimiser/numbers`: expected nothing, the file has an array of F64";
    assert!(text.ends_with(expected), "{text}");
    let mut twice = session(shown(100, "steps"), 1);
    trail(&mut twice, 1);
    let text = twice.save(&file).unwrap_err().to_string();
    assert_eq!(text, "the state `optimiser/steps` is visited twice; give the second a name of its own");
}

#[test]
fn a_state_that_turns_out_to_be_none_is_taken_back() {
    let file = TempFile::new();
    let mut svi = session(shown(100, "numbers"), 1);
    trail(&mut svi, 7);
    svi.save(&file).unwrap();
    let (mut other, mut twin) = (session(shown(3, "numbers"), 2), session(shown(3, "numbers"), 2));
    trail(&mut other, 2);
    trail(&mut twin, 2);
    let text = other.load(&file).unwrap_err().to_string();
    assert!(text.ends_with("took 7 steps of 3"), "{text}");
    assert_eq!(trail(&mut other, 4), trail(&mut twin, 4));
}
