//! The sum over all assignments of a graph, written out.

use crate::graph::{Factor, Graph};
use ndarray::{ArrayD, IxDyn};

/// What the sum over all assignments says.
pub struct Truth {
    pub log_evidence: f64,
    /// The posterior probabilities of each site, `[element][outcome]`.
    pub marginals: Vec<Vec<Vec<f64>>>,
    /// The derivative of the log-evidence by each table, in the order of [`Graph::tables`].
    pub gradients: Vec<ArrayD<f64>>,
    pub best: f64,
    /// The log-probability of every assignment with the data, in the order of [`Sum::assign`].
    pub joint: Vec<f64>,
}

/// One assignment: the outcome of each site at each element of its plates.
pub type Assignment = Vec<Vec<usize>>;

pub struct Sum<'a> {
    graph: &'a Graph,
}

impl<'a> Sum<'a> {
    pub fn over(graph: &'a Graph) -> Sum<'a> {
        Sum { graph }
    }

    /// Returns the assignment of a number.
    pub fn assign(&self, mut number: usize) -> Assignment {
        let sites = self.graph.sites.iter();
        let mut next = |outcomes: usize| {
            let outcome = number % outcomes;
            number /= outcomes;
            outcome
        };
        sites.map(|s| (0..self.graph.elements(s.factor.within)).map(|_| next(s.outcomes)).collect()).collect()
    }

    /// Returns the number of an assignment.
    pub fn number(&self, values: &Assignment) -> usize {
        let digits =
            self.graph.sites.iter().zip(values).flat_map(|(s, z)| z.iter().map(move |&z| (s.outcomes, z)));
        digits.fold((0, 1), |(number, weight), (outcomes, z)| (number + weight * z, weight * outcomes)).0
    }

    /// Returns where a factor's table is read for an element: the plates' part and that of the parents.
    fn index(&self, factor: &Factor, element: usize, values: &Assignment) -> Vec<usize> {
        let coordinates = self.coordinates(factor.within, element);
        let mut index = if factor.apart { coordinates.clone() } else { vec![] };
        for &parent in &factor.parents {
            let within = self.graph.sites[parent].factor.within;
            let depth = self.graph.around(within).len();
            // An element of the plates around the parent is a prefix of this one's.
            let plates = self.graph.around(within);
            let at = plates
                .iter()
                .zip(&coordinates[..depth])
                .fold(0, |at, (&p, &c)| at * self.graph.plates[p].size + c);
            index.push(values[parent][at]);
        }
        index
    }

    fn coordinates(&self, within: Option<usize>, mut element: usize) -> Vec<usize> {
        let mut coordinates: Vec<usize> = Vec::new();
        for &p in self.graph.around(within).iter().rev() {
            coordinates.insert(0, element % self.graph.plates[p].size);
            element /= self.graph.plates[p].size;
        }
        coordinates
    }

    /// Visits each factor of an assignment: its table's number, the place in it, the log-density, and its derivatives there.
    fn factors(&self, values: &Assignment, mut visit: impl FnMut(usize, &[usize], f64, &[f64])) {
        for (k, site) in self.graph.sites.iter().enumerate() {
            for element in 0..self.graph.elements(site.factor.within) {
                let mut index = self.index(&site.factor, element, values);
                let z = values[k][element];
                if site.coin {
                    let p = 1.0 / (1.0 + (-site.factor.table[IxDyn(&index)]).exp());
                    let log = if z == 1 { p.ln() } else { (1.0 - p).ln() };
                    visit(k, &index, log, &[z as f64 - p]);
                    continue;
                }
                index.push(0);
                let last = index.len() - 1;
                let logits: Vec<f64> = (0..site.outcomes)
                    .map(|o| {
                        index[last] = o;
                        site.factor.table[IxDyn(&index)]
                    })
                    .collect();
                let total: f64 = logits.iter().map(|l| l.exp()).sum();
                let slope: Vec<f64> = (0..site.outcomes)
                    .map(|o| f64::from(u8::from(o == z)) - logits[o].exp() / total)
                    .collect();
                index[last] = 0;
                visit(k, &index, logits[z] - total.ln(), &slope);
            }
        }
        for (k, seen) in self.graph.seen.iter().enumerate() {
            let plates = self.graph.around(seen.factor.within);
            for element in 0..self.graph.elements(seen.factor.within) {
                let index = self.index(&seen.factor, element, values);
                let coordinates = self.coordinates(seen.factor.within, element);
                let x = match seen.varies && !plates.is_empty() {
                    true => plates.iter().zip(coordinates).map(|(&p, c)| Graph::datum(p, c)).sum(),
                    false => 0.25,
                };
                let d = x - seen.factor.table[IxDyn(&index)];
                let log = -0.5 * d * d - 0.5 * (2.0 * std::f64::consts::PI).ln();
                visit(self.graph.sites.len() + k, &index, log, &[d]);
            }
        }
    }

    pub fn log_joint(&self, values: &Assignment) -> f64 {
        let mut total = 0.0;
        self.factors(values, |_, _, log, _| total += log);
        total
    }

    pub fn truth(&self) -> Truth {
        let graph = self.graph;
        let joint: Vec<f64> =
            (0..graph.assignments()).map(|number| self.log_joint(&self.assign(number))).collect();
        let best = joint.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log_evidence = best + joint.iter().map(|l| (l - best).exp()).sum::<f64>().ln();
        let mut marginals: Vec<Vec<Vec<f64>>> = graph
            .sites
            .iter()
            .map(|s| vec![vec![0.0; s.outcomes]; graph.elements(s.factor.within)])
            .collect();
        let mut gradients: Vec<ArrayD<f64>> =
            graph.tables().map(|(_, table)| ArrayD::zeros(table.raw_dim())).collect();
        for (number, log) in joint.iter().enumerate() {
            let values = self.assign(number);
            let weight = (log - log_evidence).exp();
            for (site, outcomes) in marginals.iter_mut().zip(&values) {
                site.iter_mut().zip(outcomes).for_each(|(p, &z)| p[z] += weight);
            }
            self.factors(&values, |table, index, _, slope| {
                let mut index = index.to_vec();
                for (o, d) in slope.iter().enumerate() {
                    if slope.len() > 1
                        && let Some(last) = index.last_mut()
                    {
                        *last = o;
                    }
                    gradients[table][IxDyn(&index)] += weight * d;
                }
            });
        }
        Truth { log_evidence, marginals, gradients, best, joint }
    }
}
