//! Sessions on arbitrary data: a step is a finite loss, or an error that leaves the parameters as they were.

use crate::campaign::{Generator, Target};
use crate::numbers;
use crate::programs::*;
use ppl::prelude::*;
use rand::RngExt;

/// All programs.
#[derive(Debug)]
pub struct Sessions;

/// A program, its data and the session's seed.
#[derive(Clone, Debug)]
pub struct Run {
    program: usize,
    data: Data,
    seed: u64,
}

/// Takes a step on good data, then one on these, then again one on good data.
macro_rules! steps {
    ($model:ident, $guide:ident, $objective:expr, $run:expr) => {{
        let (good, data) = (good(), &$run.data);
        let mut svi = Svi::new($model(&good), $guide(&good), $objective, Adam::new(0.01)).seed($run.seed);
        let name = stringify!($model);
        let law = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{name}: {what}")) };
        law(svi.step().is_ok(), "a step on good data fails")?;
        let before = svi.parameters();
        match svi.step_on($model(data), $guide(data)) {
            Ok(step) => {
                law(step.loss.is_finite(), "a step gives a loss that is not finite")?;
                let finite = svi.parameters().iter().all(|(_, p)| p.iter().all(|v| v.is_finite()));
                law(finite, "a step gives parameters that are not finite")?;
            }
            Err(error) => {
                law(svi.parameters() == before, "a failed step moves the parameters")?;
                law(!error.to_string().is_empty(), "an error says nothing")?;
                law(svi.step().is_ok(), "a step after a failed one fails")?;
            }
        }
        let values = svi.posterior_on(&$model(data), &$guide(data)).draws(2).map(|draws| draws.summary());
        let _ = (values.is_ok(), svi.evaluate(2).is_ok(), svi.parts().len());
    }};
}

fn good() -> Data {
    Data {
        rows: 2,
        numbers: vec![1.0, 2.0],
        counts: vec![1, 2],
        labels: vec![0, 1],
        known: vec![Some(1), None],
        seen: vec![None, Some(0.5)],
        kept: vec![true, false],
        part: 1,
    }
}

const NAMES: [&str; 9] =
    ["line", "counts", "mixture", "chain", "branch", "wrapped", "stated", "partly", "waits"];

impl Target for Sessions {
    type Case = Run;

    fn draw(&self, rng: &mut Generator) -> Run {
        let rows = rng.random_range(0..5);
        let mut len = || if rng.random_bool(0.9) { rows } else { rng.random_range(0..5) };
        let [numbers, counts, labels, known, seen, kept] = [len(), len(), len(), len(), len(), len()];
        let mood = numbers::mood(rng);
        let whole = |rng: &mut Generator| match rng.random_range(0..8) {
            0 => u64::MAX,
            1 => 1 << 53,
            2 => rng.random(),
            _ => rng.random_range(0..4),
        };
        let data = Data {
            rows,
            numbers: (0..numbers).map(|_| mood(rng)).collect(),
            counts: (0..counts).map(|_| whole(rng)).collect(),
            labels: (0..labels).map(|_| whole(rng) as usize).collect(),
            known: (0..known).map(|_| rng.random_bool(0.5).then(|| whole(rng) as usize)).collect(),
            seen: (0..seen).map(|_| rng.random_bool(0.5).then(|| mood(rng))).collect(),
            kept: (0..kept).map(|_| rng.random_bool(0.7)).collect(),
            part: if rng.random_bool(0.8) { rng.random_range(0..=rows + 1) } else { whole(rng) as usize },
        };
        Run { program: rng.random_range(0..NAMES.len()), data, seed: rng.random() }
    }

    fn run(&self, case: &Run) -> Result<(), String> {
        match case.program {
            0 => steps!(line, line_guide, Elbo::default(), case),
            1 => steps!(counts, counts_guide, Elbo::default().particles(2), case),
            2 => steps!(mixture, mixture_guide, Elbo::default(), case),
            3 => steps!(chain, chain_guide, Elbo::default(), case),
            4 => steps!(branch, branch_guide, Elbo::default().particles(2), case),
            5 => steps!(wrapped, wrapped_guide, Elbo::default(), case),
            6 => steps!(stated, stated_guide, Elbo::default(), case),
            7 => steps!(partly, partly_guide, Elbo::default().particles(2), case),
            _ => steps!(waits, waits_guide, Elbo::default(), case),
        }
        Ok(())
    }

    fn simpler(&self, case: &Run) -> Vec<Run> {
        let mut found = Vec::new();
        for at in 0..case.data.numbers.len() {
            for simple in numbers::simpler(case.data.numbers[at]) {
                let mut next = case.clone();
                next.data.numbers[at] = simple;
                found.push(next);
            }
        }
        if case.data.rows > 0 {
            let mut next = case.clone();
            next.data.rows -= 1;
            next.data.numbers.pop();
            next.data.counts.pop();
            next.data.labels.pop();
            next.data.known.pop();
            next.data.seen.pop();
            next.data.kept.pop();
            found.insert(0, next);
        }
        found
    }

    fn show(&self, case: &Run) -> String {
        format!("{} of {:?}, seed {}", NAMES[case.program], case.data, case.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::{self, Executions};

    #[test]
    fn sessions_on_arbitrary_data() {
        let found = campaign::run(&Sessions, Executions { count: 1_000, seed: 1, from: 0 });
        assert!(found.failures.is_empty(), "{found}");
    }
}
