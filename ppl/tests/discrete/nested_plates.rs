use super::*;
use crate::nested::tree;

#[guide(tree)]
fn every(bs: usize, cs: usize, at: f64) {
    sample!("a", Bernoulli::new(param!("qa", 0.33, UnitInterval)), enumerate);
    let (qb, qc) = (param!("qb", at, UnitInterval), param!("qc", 0.37, UnitInterval));
    plate!("b", bs, |_| {
        sample!("b", Bernoulli::new(qb), enumerate);
        plate!("c", cs, |_| {
            sample!("c", Bernoulli::new(qc), enumerate);
        });
    });
}

#[test]
fn losses_and_gradients_are_those_of_the_sum_over_all_outcomes() {
    for (bs, cs, qb, expected) in [
        (3, 5, 0.51, [0.915617, 1.595599, 0.260480, -6.177965]),
        (3, 6, 0.51, [1.072316, 1.835006, 0.506098, -7.413558]),
        (4, 5, 0.77, [1.884201, 1.647946, 5.020530, -12.563710]),
        (4, 6, 0.77, [2.178279, 2.099762, 5.348021, -15.076452]),
    ] {
        for elbo in [Elbo::default(), Elbo::default().closed_kl(false)] {
            let mut svi = Svi::new(tree(bs, cs), every(bs, cs, qb), elbo, Adam::new(0.1));
            let (step, gradient) = svi.gradient().unwrap();
            let by = |name: &str, p: f64| gradient.get(name).unwrap()[[]] / (p * (1.0 - p));
            let found = [step.loss, by("qa", 0.33), by("qb", qb), by("qc", 0.37)];
            for (found, expected) in found.into_iter().zip(expected) {
                close(found, expected, 1e-6);
            }
        }
    }
}
