//! The second half of the suite: written before the rule was changed, and run after.

use crate::first::mixed;
use crate::others::*;
use crate::suite::{How, Outcome, Program, program};
use crate::twelve::{self, autoregression, flat, garch, gaussian_process, hmm, kilpisjarvi, mixture};
use ndarray::array;
use ppl::auto;

const DRAWS: usize = 20_000;
const FEW: usize = 4_000;

pub fn programs() -> Vec<Program> {
    vec![
        program!("earnings, field", (1568.3586, 0.0157), |how| {
            let (x, y) = twelve::earnings();
            how.fit(flat(&x, &y), auto::MeanField, FEW)
        }),
        program!("earnings, rank", (1565.4862, 0.0007), |how| {
            let (x, y) = twelve::earnings();
            how.fit(flat(&x, &y), auto::FullRank, FEW)
        }),
        program!("nes, field", (2745.4463, 0.0603), |how| {
            let (x, y) = twelve::nes();
            how.fit(flat(&x, &y), auto::MeanField, FEW)
        }),
        program!("arK, rank", (-58.5712, 0.0013), |how| {
            let (x, y) = twelve::ark();
            how.fit(autoregression(&x, &y), auto::FullRank, DRAWS)
        }),
        program!("kilpisjarvi, rank", (103.2429, 0.0013), |how| {
            let (x, y) = twelve::kilpisjarvi_years();
            how.fit(kilpisjarvi(&x, &y), auto::FullRank, DRAWS)
        }),
        program!("mixture, rank", (2114.9910, 0.0014), |how| how.fit(mixture(&mixed()), auto::FullRank, FEW)),
        program!("hmm, field", (174.2165, 0.0143), |how| {
            how.fit(hmm(&twelve::hmm_example()), auto::MeanField, FEW)
        }),
        program!("garch, rank", (451.2009, 0.0091), |how| {
            let (y, sigma1) = twelve::garch11();
            how.fit(garch(&y, sigma1), auto::FullRank, FEW)
        }),
        program!("process, rank", (27.5653, 0.0010), |how| {
            let (distances, y) = twelve::gp_regression();
            how.fit(gaussian_process(&distances, &y), auto::FullRank, DRAWS)
        }),
        program!("coal, change", (177.5197, 0.0006), |how| {
            let (counts, later) = disasters();
            how.session(change_point(&counts, &later), change_point_guide(), DRAWS)
        }),
        program!("coal, kinds", (193.4926, 0.0000), |how| {
            let (counts, _) = disasters();
            how.session(two_rates(&counts), no_sites(), 100)
        }),
        program!("geyser", (1178.9458, 0.0250), |how| {
            let (minutes, waiting) = eruptions();
            how.session(geyser(&minutes, &waiting), geyser_guide(&array![2.0, 4.0]), FEW)
        }),
        program!("Nile", (198.2949, 0.0573), |how| how.session(level(&nile()), level_guide(100), DRAWS)),
        program!("growth", (58.9421, 0.0350), |how| {
            let (x, y) = growth();
            how.session(curves(&x, &y), curves_guide(12), DRAWS)
        }),
        program!("stack loss", (31.6337, 0.0210), |how| {
            let (x, y) = stack_loss();
            how.session(robust(&x, &y), robust_guide(4), DRAWS)
        }),
        program!("horseshoe", (27.5397, 0.0445), |how| {
            let (x, y) = sparse();
            how.session(horseshoe(&x, &y), horseshoe_guide(8), DRAWS)
        }),
        program!("no difference", (15.7393, 0.0057), |how| {
            how.session(groups(&ALIKE, 1.0), groups_guide(10), DRAWS)
        }),
        program!("switches", (9.0315, 0.0117), |how| how.session(
            switches(&SIGNALS),
            switches_guide(5),
            DRAWS
        )),
        program!("saturated", (-17.5415, 0.0107), |how| {
            let (x, y) = curve();
            how.session(sigmoid(&x, &y), sigmoid_guide(), DRAWS)
        }),
        program!("shares", (17.3700, 0.0085), |how| how.session(
            shares(&HITS, &BATS),
            shares_guide(6),
            DRAWS
        )),
        program!("classes", (76.0796, 0.0257), |how| {
            let (x, y) = classes();
            how.session(softmax(&x, &y), softmax_guide(), DRAWS)
        }),
        program!("rates", (27.1061, 0.0141), |how| how.session(rates(&COUNTS), rates_guide(8), DRAWS)),
        program!("counts, rows", (331.1574, 0.0080), |how| {
            let (x, y) = counted();
            how.session(poisson(&x, &y, 20), poisson_guide(), DRAWS)
        }),
    ]
}
