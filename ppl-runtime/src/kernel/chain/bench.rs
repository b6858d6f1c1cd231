//! Two chains as benchmarks run them: one pass forward and one back.

use super::{Factor, Gradients, Mode, Plan, Structure, Workspace};
use crate::element::Numeric;

/// A chain with its numbers and memory.
#[derive(Debug)]
pub struct ChainPass<E> {
    plan: Plan,
    factors: Vec<Vec<E>>,
    starts: Vec<Option<usize>>,
    kept: Vec<E>,
    workspace: Workspace<E>,
    seeds: Vec<E>,
    out: Vec<E>,
    gradient: Vec<E>,
}

impl<E: Numeric> ChainPass<E> {
    /// A hidden Markov model: a transition that all steps share, and an emission for each sequence and step.
    pub fn hidden_markov(states: usize, steps: usize, batch: usize) -> ChainPass<E> {
        let transition = Factor { variables: &[(0, states), (1, 1)], time: 0, batch: 0 };
        let emission = Factor { variables: &[(1, 1)], time: states, batch: steps * states };
        let lens = [states * states, batch * steps * states];
        Self::new(&[states; 2], &[1], &[transition, emission], &lens, steps, batch)
    }

    /// Two chains of their own transitions, whose states emit together.
    pub fn factorial(states: usize, steps: usize) -> ChainPass<E> {
        let first = Factor { variables: &[(0, states), (2, 1)], time: 0, batch: 0 };
        let second = Factor { variables: &[(1, states), (3, 1)], time: 0, batch: 0 };
        let emission = Factor { variables: &[(2, states), (3, 1)], time: states * states, batch: 0 };
        let n = states * states;
        Self::new(&[states; 4], &[2, 3], &[first, second, emission], &[n, n, steps * n], steps, 1)
    }

    fn new(
        sizes: &[usize],
        next: &[usize],
        factors: &[Factor<'_>],
        lens: &[usize],
        steps: usize,
        batch: usize,
    ) -> ChainPass<E> {
        let plan = match Plan::new(&Structure { sizes, next, factors, steps, batch }) {
            Ok(plan) => plan,
            Err(error) => unreachable!("the structures above are sound: {error}"),
        };
        let number = |k: usize| E::of(-3.0 * (k as f64 * 0.618_033_988_749_895).fract());
        let zeros = |n: usize| vec![E::zero(); n];
        let mut starts = vec![];
        let mut len = 0;
        for n in lens {
            starts.push(Some(len));
            len += n;
        }
        ChainPass {
            factors: lens.iter().map(|&n| (0..n).map(number).collect()).collect(),
            starts,
            kept: zeros(plan.kept_len()),
            workspace: Workspace::default(),
            seeds: vec![E::one(); plan.out_len()],
            out: zeros(plan.out_len()),
            gradient: zeros(len),
            plan,
        }
    }

    /// Runs the recursion and, where asked for, its gradient; returns an element of the result.
    pub fn run(&mut self, gradient: bool) -> E {
        let ChainPass { plan, factors, starts, kept, workspace, seeds, out, gradient: into } = self;
        // The benchmark must not allocate either.
        let mut slices: [&[E]; 3] = [&[]; 3];
        for (slice, factor) in slices.iter_mut().zip(&*factors) {
            *slice = factor;
        }
        let factors = &slices[..factors.len()];
        let forward = plan.forward(Mode::Sum, factors, None, kept, workspace, out);
        let backward = if gradient {
            plan.backward(factors, None, kept, seeds, workspace, &mut Gradients { into, starts })
        } else {
            Ok(())
        };
        if forward.and(backward).is_ok() { out[0] } else { E::nan() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_passes_run() {
        assert!(ChainPass::<f64>::hidden_markov(3, 4, 2).run(true).is_finite());
        assert!(ChainPass::<f32>::factorial(3, 4).run(true).is_finite());
    }
}
