//! The obvious twins: a list of all paths, and the recursion without matrices.

use super::super::{Factor, Plan, Structure};

/// A chain with its numbers.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) sizes: Vec<usize>,
    pub(super) next: Vec<usize>,
    pub(super) factors: Vec<Table>,
    pub(super) lengths: Option<Vec<usize>>,
    pub(super) steps: usize,
    pub(super) batch: usize,
}

/// A factor with its elements.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) variables: Vec<(usize, usize)>,
    pub(super) time: usize,
    pub(super) batch: usize,
    pub(super) elements: Vec<f64>,
}

impl Table {
    pub(super) fn at(&self, sequence: usize, t: usize, values: &[usize]) -> usize {
        let within: usize = self.variables.iter().map(|&(v, stride)| values[v] * stride).sum();
        sequence * self.batch + t * self.time + within
    }
}

/// A path of one sequence: the values of all variables in each step.
pub(super) type Path = Vec<Vec<usize>>;

impl Chain {
    pub(super) fn plan(&self) -> Plan {
        let factors: Vec<Factor<'_>> = self
            .factors
            .iter()
            .map(|f| Factor { variables: &f.variables, time: f.time, batch: f.batch })
            .collect();
        Plan::new(&Structure {
            sizes: &self.sizes,
            next: &self.next,
            factors: &factors,
            steps: self.steps,
            batch: self.batch,
        })
        .unwrap()
    }

    pub(super) fn elements(&self) -> Vec<&[f64]> {
        self.factors.iter().map(|f| &f.elements[..]).collect()
    }

    pub(super) fn states(&self) -> usize {
        self.sizes[..self.next.len()].iter().product()
    }

    pub(super) fn length(&self, sequence: usize) -> usize {
        self.lengths.as_ref().map_or(self.steps, |l| l[sequence].min(self.steps))
    }

    /// Returns all values of a step's variables that begin with this state.
    fn extensions(&self, state: &[usize]) -> Vec<Vec<usize>> {
        let mut all = vec![state.to_vec()];
        for &size in &self.sizes[state.len()..] {
            all = all.iter().flat_map(|head| (0..size).map(move |v| [&head[..], &[v]].concat())).collect();
        }
        all
    }

    pub(super) fn state(&self, mut index: usize) -> Vec<usize> {
        let mut values = vec![0; self.next.len()];
        for slot in (0..values.len()).rev() {
            values[slot] = index % self.sizes[slot];
            index /= self.sizes[slot];
        }
        values
    }

    fn index(&self, state: &[usize]) -> usize {
        state.iter().zip(&self.sizes).fold(0, |at, (v, size)| at * size + v)
    }

    fn after(&self, values: &[usize]) -> Vec<usize> {
        self.next.iter().map(|&v| values[v]).collect()
    }

    fn log_weight(&self, sequence: usize, t: usize, values: &[usize]) -> f64 {
        self.factors.iter().map(|f| f.elements[f.at(sequence, t, values)]).sum()
    }

    /// Returns every path from a state, with the logarithm of its weight.
    pub(super) fn paths(&self, sequence: usize, state: usize) -> Vec<(f64, Path)> {
        let mut all = vec![(0.0, vec![], self.state(state))];
        for t in 0..self.length(sequence) {
            all = all
                .into_iter()
                .flat_map(|(log, path, state): (f64, Path, Vec<usize>)| {
                    self.extensions(&state).into_iter().map(move |values| {
                        let log = log + self.log_weight(sequence, t, &values);
                        let after = self.after(&values);
                        let path = path.iter().cloned().chain([values]).collect::<Path>();
                        (log, path, after)
                    })
                })
                .collect();
        }
        all.into_iter().map(|(log, path, _)| (log, path)).collect()
    }

    /// Returns the result by the recursion written out.
    pub(super) fn recursion(&self) -> Vec<f64> {
        let states = self.states();
        (0..self.batch)
            .flat_map(|sequence| {
                let mut message = vec![0.0; states];
                for t in (0..self.length(sequence)).rev() {
                    message = (0..states)
                        .map(|state| {
                            let terms: Vec<f64> = self
                                .extensions(&self.state(state))
                                .iter()
                                .map(|values| {
                                    self.log_weight(sequence, t, values)
                                        + message[self.index(&self.after(values))]
                                })
                                .collect();
                            log_sum_exp(&terms)
                        })
                        .collect();
                }
                message
            })
            .collect()
    }

    /// Adds `weight` to the gradients along a path.
    pub(super) fn mark(&self, sequence: usize, path: &Path, weight: f64, gradients: &mut [Vec<f64>]) {
        for (t, values) in path.iter().enumerate() {
            for (factor, gradient) in self.factors.iter().zip(&mut *gradients) {
                gradient[factor.at(sequence, t, values)] += weight;
            }
        }
    }

    /// Returns arrays of zeros as long as the factors.
    pub(super) fn zeros(&self) -> Vec<Vec<f64>> {
        self.factors.iter().map(|f| vec![0.0; f.elements.len()]).collect()
    }

    /// Returns the result and the gradients of `sum(seeds * result)` from a list of all paths.
    pub(super) fn listed(&self, seeds: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let (mut out, mut gradients) = (vec![], self.zeros());
        for (k, &seed) in seeds.iter().enumerate() {
            let (sequence, state) = (k / self.states(), k % self.states());
            let paths = self.paths(sequence, state);
            let log = log_sum_exp(&paths.iter().map(|p| p.0).collect::<Vec<_>>());
            out.push(log);
            if log > f64::NEG_INFINITY {
                for (weight, path) in &paths {
                    self.mark(sequence, path, seed * (weight - log).exp(), &mut gradients);
                }
            }
        }
        (out, gradients)
    }
}

pub(super) fn log_sum_exp(terms: &[f64]) -> f64 {
    let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top.is_infinite() {
        return top;
    }
    top + terms.iter().map(|x| (x - top).exp()).sum::<f64>().ln()
}
