//! What is wrong with draws, and what to try, in sentences.

use super::chain::SampledChain;
use super::sampled::Sampled;
use super::summary::{ChainRow, is_reliable};

/// The largest R-hat, and the smallest effective size of each chain, at which chains are taken to agree (Vehtari et al. 2021, section 4).
const R_HAT: f64 = 1.01;
const ESS: f64 = 100.0;

pub(super) fn of(sampled: &Sampled, rows: &[ChainRow]) -> Vec<String> {
    let mut found = Vec::new();
    let infinite: Vec<&ChainRow> = rows.iter().filter(|row| !row.mean.is_finite()).collect();
    if let Some(first) = infinite.first() {
        found.push(format!(
            "{} of {} numbers have draws that are not finite, the first `{}`.",
            infinite.len(),
            rows.len(),
            first.name()
        ));
    }
    if let Some(smoothed) = sampled.smoothed().filter(|smoothed| !is_reliable(smoothed)) {
        found.push(format!(
            "The approximation is far from the posterior (k-hat {:.2}, above {:.2}): these numbers are not to be trusted. Try a parameterisation in which \
             the sites depend less on each other, a fit of `auto::FullRank`, or NUTS, which may begin at these draws.",
            smoothed.k_hat(),
            smoothed.k_threshold()
        ));
    }
    if !sampled.chains().is_empty() {
        of_chains(sampled.chains(), rows, &mut found);
    }
    found
}

fn of_chains(chains: &[SampledChain], rows: &[ChainRow], found: &mut Vec<String>) {
    let draws: usize = chains.iter().map(|chain| chain.rows.len()).sum();
    let apart = || rows.iter().filter(|row| row.r_hat > R_HAT);
    if let Some(worst) = apart().max_by(|a, b| a.r_hat.total_cmp(&b.r_hat)) {
        found.push(format!(
            "R-hat is above {R_HAT} for {} of {} numbers (largest {:.3}, of `{}`): the chains do not agree, and these draws are not to be trusted. Try more \
             `.warmup(..)` and `.draws(..)`; if that does not help, look whether the posterior has several modes, or sites that the data do not tell apart.",
            apart().count(),
            rows.len(),
            worst.r_hat,
            worst.name()
        ));
    }
    let least = ESS * chains.len() as f64;
    let size = |row: &ChainRow| row.ess_bulk.min(row.ess_tail);
    let few = || rows.iter().filter(|row| size(row) < least);
    if let Some(worst) = few().min_by(|a, b| size(a).total_cmp(&size(b))) {
        found.push(format!(
            "The effective sample size is below {ESS} for each chain for {} of {} numbers (smallest {:.0}, of `{}`): errors and R-hat are not to be relied on. \
             Try more `.draws(..)`, or `.metric(Metric::LowRank)` where sites depend on each other.",
            few().count(),
            rows.len(),
            size(worst),
            worst.name()
        ));
    }
    let divergences: usize = chains.iter().map(SampledChain::divergences).sum();
    if divergences > 0 {
        found.push(format!(
            "{divergences} of {draws} trajectories diverged: a part of the posterior may not have been visited. Try a non-centred parameterisation, or a higher \
             `.target_acceptance(..)`."
        ));
    }
    let deepest: usize = chains.iter().map(|chain| chain.deepest).sum();
    if deepest > 0 {
        found.push(format!(
            "{deepest} of {draws} trajectories were cut short by the greatest depth: draws cost much and move little. Try `.metric(Metric::LowRank)`, columns of \
             one scale, or a higher `.max_depth(..)`."
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(site: &str, ess: f64, r_hat: f64) -> ChainRow {
        ChainRow {
            site: site.to_owned(),
            label: site.to_owned(),
            indices: vec![],
            mean: 0.0,
            deviation: 1.0,
            quantiles: [0.0; 3],
            mcse: 0.1,
            ess_bulk: ess,
            ess_tail: ess,
            r_hat,
        }
    }

    fn chain(divergent: bool, deepest: usize) -> SampledChain {
        SampledChain {
            rows: 0..2,
            divergent: vec![divergent, false],
            deepest,
            acceptance: vec![0.8; 2],
            log_densities: vec![0.0; 2],
            gradients: 6,
            columns: vec![],
        }
    }

    #[test]
    fn good_chains_and_constants_are_not_blamed() {
        let mut found = Vec::new();
        of_chains(
            &[chain(false, 0), chain(false, 0)],
            &[row("a", 200.0, 1.01), row("b", f64::NAN, f64::NAN)],
            &mut found,
        );
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn each_fault_is_told_with_the_worst() {
        let rows = [row("a", 199.0, 1.0), row("b", 50.0, 1.02), row("c", 1000.0, 1.5)];
        let mut found = Vec::new();
        of_chains(&[chain(true, 0), chain(false, 3)], &rows, &mut found);
        let [apart, few, diverged, deep] = &found[..] else { panic!("{found:?}") };
        assert!(apart.contains("2 of 3 numbers (largest 1.500, of `c`)"), "{apart}");
        assert!(few.contains("2 of 3 numbers (smallest 50, of `b`)"), "{few}");
        assert!(
            diverged.starts_with("1 of 4 ") && diverged.contains("non-centred parameterisation"),
            "{diverged}"
        );
        assert!(deep.starts_with("3 of 4 "), "{deep}");
    }
}
