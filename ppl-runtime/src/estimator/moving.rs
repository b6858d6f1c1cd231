//! Decaying averages of the costs of earlier steps.

use crate::element::Element;
use crate::state::Visitor;

/// The averages of a session, by site.
#[derive(Clone, Debug, Default)]
pub(crate) struct MovingAverages {
    sites: Vec<Average>,
}

/// Decaying averages of costs and of their squared deviations, corrected for their start at zero.
#[derive(Clone, Debug, Default)]
struct Average {
    /// The weight that the averages have gathered, 1 minus a power of the decay.
    weight: f64,
    sums: Vec<f64>,
    /// The same for the deviations, of which the first step has none.
    squares: f64,
    squares_weight: f64,
}

impl MovingAverages {
    /// Subtracts the average of earlier steps, and then adds this step's costs to it. The particles are the outermost axis of the
    /// costs.
    ///
    /// Returns by what those of a `standardised` control are to be divided: their deviation in earlier steps.
    pub(crate) fn subtract(
        &mut self,
        site: usize,
        cost: &mut [f64],
        particles: usize,
        decay: f64,
        standardised: bool,
    ) -> f64 {
        if site >= self.sites.len() {
            self.sites.resize(site + 1, Average::default());
        }
        let average = &mut self.sites[site];
        let width = cost.len() / particles.max(1);
        if average.sums.len() != width {
            *average = Average { sums: vec![0.0; width], ..Average::default() };
        }
        let before = average.weight;
        average.weight = decay * before + (1.0 - decay);
        let mut squares = 0.0;
        for k in 0..width {
            let mean = (0..particles).map(|p| cost[p * width + k]).sum::<f64>() / particles as f64;
            let baseline = if before > 0.0 { average.sums[k] / before } else { 0.0 };
            average.sums[k] = decay * average.sums[k] + (1.0 - decay) * mean;
            for p in 0..particles {
                cost[p * width + k] -= baseline;
                squares += cost[p * width + k] * cost[p * width + k];
            }
        }
        if !standardised {
            return 1.0;
        }
        let deviation = average.deviation();
        if before > 0.0 && !cost.is_empty() {
            average.squares = decay * average.squares + (1.0 - decay) * squares / cost.len() as f64;
            average.squares_weight = decay * average.squares_weight + (1.0 - decay);
        }
        deviation
    }

    /// Subtracts the average of earlier steps and returns by what the costs are to be divided, as [`subtract`](Self::subtract) does, but learns
    /// nothing.
    pub(crate) fn subtract_known(&self, site: usize, cost: &mut [f64], standardised: bool) -> f64 {
        let Some(average) = self.sites.get(site).filter(|a| a.sums.len() == cost.len() && a.weight > 0.0)
        else {
            return 1.0;
        };
        cost.iter_mut().zip(&average.sums).for_each(|(c, sum)| *c -= sum / average.weight);
        if standardised { average.deviation() } else { 1.0 }
    }
}

impl Average {
    /// Returns the deviation of earlier costs, or one if it is less: that may be of costs which happen to be alike, and the gradient
    /// is not enlarged.
    fn deviation(&self) -> f64 {
        match self.squares_weight > 0.0 {
            true => (self.squares / self.squares_weight).sqrt().max(1.0),
            false => 1.0,
        }
    }
}

impl MovingAverages {
    /// Shows the averages of all sites, in the order of their numbers.
    pub(crate) fn state<E: Element>(&mut self, visitor: &mut dyn Visitor<E>) -> Result<(), String> {
        let of_sites = |of: fn(&Average) -> f64| self.sites.iter().map(of).collect::<Vec<f64>>();
        let mut weights = of_sites(|average| average.weight);
        let mut squares = of_sites(|average| average.squares);
        let mut squares_weights = of_sites(|average| average.squares_weight);
        let mut widths: Vec<u64> = self.sites.iter().map(|average| average.sums.len() as u64).collect();
        let mut sums: Vec<f64> = self.sites.iter().flat_map(|average| &average.sums).copied().collect();
        visitor.numbers("averages/weights", &mut weights);
        visitor.numbers("averages/squares", &mut squares);
        visitor.numbers("averages/squares_weights", &mut squares_weights);
        visitor.counts("averages/widths", &mut widths);
        visitor.numbers("averages/sums", &mut sums);
        let sites = weights.len();
        if [squares.len(), squares_weights.len(), widths.len()] != [sites; 3] {
            return Err("the averages of costs must be those of the same sites".to_owned());
        }
        let mut rest = sums.as_slice();
        let mut averages = Vec::with_capacity(sites);
        for (k, &width) in widths.iter().enumerate() {
            let split = usize::try_from(width).ok().and_then(|width| rest.split_at_checked(width));
            let Some((own, others)) = split else { break };
            let (squares, squares_weight) = (squares[k], squares_weights[k]);
            averages.push(Average { weight: weights[k], sums: own.to_vec(), squares, squares_weight });
            rest = others;
        }
        if averages.len() != sites || !rest.is_empty() {
            return Err(format!("the widths of {sites} averages of costs do not sum to {}", sums.len()));
        }
        self.sites = averages;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of one element's costs, step by step.
    fn left(costs: &[f64], decay: f64, standardised: bool) -> Vec<f64> {
        let mut averages = MovingAverages::default();
        costs
            .iter()
            .map(|&cost| {
                let mut cost = [cost];
                let deviation = averages.subtract(3, &mut cost, 1, decay, standardised);
                cost[0] / deviation
            })
            .collect()
    }

    #[test]
    fn the_average_is_of_earlier_steps_and_unbiased_from_the_first() {
        assert_eq!(left(&[4.0, 4.0, 4.0], 0.9, false), [4.0, 0.0, 0.0]);
        // After two steps the weights are 0.5 * 0.5 and 0.5, of 0.75.
        let found = left(&[1.0, 4.0, 0.0], 0.5, false);
        assert_eq!(found, [1.0, 3.0, -3.0]);
    }

    #[test]
    fn a_deviation_above_one_divides() {
        // The residuals are 10, -10 and, with the mean of 10 and 0 by their weights, the same.
        let found = left(&[10.0, 0.0, 10.0], 0.5, true);
        let mean = (0.25 * 10.0) / 0.75;
        assert_eq!(found[..2], [10.0, -10.0]);
        assert!((found[2] - (10.0 - mean) / 10.0).abs() < 1e-15);
        // Below one nothing changes.
        assert_eq!(left(&[0.1, 0.0, 0.1], 0.5, true), left(&[0.1, 0.0, 0.1], 0.5, false));
    }

    #[test]
    fn each_element_has_its_own_average_over_the_particles() {
        let mut averages = MovingAverages::default();
        averages.subtract(0, &mut [1.0, 10.0, 3.0, 30.0], 2, 0.9, false);
        let mut next = [0.0; 4];
        averages.subtract(0, &mut next, 2, 0.9, false);
        assert!(next.iter().zip([-2.0, -20.0, -2.0, -20.0]).all(|(a, b): (&f64, f64)| (a - b).abs() < 1e-12));
    }
}
