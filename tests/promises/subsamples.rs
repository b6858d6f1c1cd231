//! A subsample stands for the whole: its gradient's mean over the rows is the whole gradient.

use ppl::prelude::*;
use ppl_tests::{assert_unbiased_all, named};

const N: usize = 6;

fn data() -> Vec<f64> {
    (0..N).map(|k| (k as f64 * 1.7).sin() + 0.4 * k as f64).collect()
}

macro_rules! regression {
    ($model:ident, $guide:ident $(, $rows:ident($m:literal))?) => {
        /// Without latent sites the loss is a number, the same at every run but for the rows.
        #[model]
        fn $model(x: &[f64]) {
            let loc = param!("loc", 0.3);
            let scale = param!("scale", 1.4, Positive);
            plate!("rows", x.len(), $($rows($m),)? |i| {
                let own = param!("own", 0.2);
                observe!("x", Normal::new(loc + own * own, scale), x.at(i));
            });
        }

        #[guide($model)]
        fn $guide() {}
    };
}
regression!(whole, no_guide);
regression!(two_in_order, no_guide_2, in_order(2));
regression!(four_in_order, no_guide_4, in_order(4));
regression!(two_at_random, no_guide_r, subsample(2));
regression!(all_at_random, no_guide_a, subsample(6));

macro_rules! gradients {
    ($model:ident, $guide:ident, $runs:expr) => {{
        let x = data();
        let mut svi = Svi::new($model(&x), $guide(), Elbo::default(), Sgd::new(1.0)).seed(4);
        (0..$runs)
            .map(|_| {
                let (step, gradient) = svi.gradient().unwrap();
                let mut all = vec![step.loss];
                all.extend(["loc", "scale", "own"].iter().flat_map(|name| named(&gradient, name)));
                all
            })
            .collect::<Vec<Vec<f64>>>()
    }};
}

fn mean(draws: &[Vec<f64>]) -> Vec<f64> {
    (0..draws[0].len()).map(|k| draws.iter().map(|d| d[k]).sum::<f64>() / draws.len() as f64).collect()
}

#[track_caller]
fn assert_same(got: &[f64], expected: &[f64]) {
    for (k, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert!((got - expected).abs() < 1e-12 * expected.abs().max(1.0), "{k}: {got}, expected {expected}");
    }
}

#[test]
fn rows_in_order_average_to_the_whole_exactly() {
    let exact = &gradients!(whole, no_guide, 1)[0];
    assert_same(&mean(&gradients!(two_in_order, no_guide_2, 3)), exact);
    assert_same(&mean(&gradients!(two_in_order, no_guide_2, 9)), exact);
    // Four rows of six wrap around, and are level after three steps.
    assert_same(&mean(&gradients!(four_in_order, no_guide_4, 3)), exact);
    assert_same(&gradients!(all_at_random, no_guide_a, 1)[0][..3], &exact[..3]);
    // Every row is visited, so that the rows' own gradients are the same too.
    assert_same(&gradients!(all_at_random, no_guide_a, 1)[0], exact);
}

#[test]
fn a_row_that_is_not_visited_is_not_moved() {
    let x = data();
    let mut svi = Svi::new(two_in_order(&x), no_guide_2(), Elbo::default(), Sgd::new(0.1)).seed(4);
    svi.step().unwrap();
    let own = named(&svi.parameters(), "own");
    assert!(own[0] != 0.2 && own[1] != 0.2, "{own:?}");
    assert_eq!(own[2..], [0.2; 4]);
}

#[test]
fn rows_at_random_are_unbiased() {
    let exact = gradients!(whole, no_guide, 1).remove(0);
    let mut draws = gradients!(two_at_random, no_guide_r, 450_000).into_iter();
    assert_unbiased_all("subsample", 1, 450_000, &exact, 0.05, |_| move || draws.next().unwrap());
}

#[model]
fn local(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    plate!("rows", x.len(), subsample(2), |i| {
        let z = sample!("z", Normal::new(mu, 1.0));
        observe!("x", Normal::new(z, 0.5), x.at(i));
    });
}

#[guide(local)]
fn local_guide(x: &[f64]) {
    sample!("mu", Normal::new(param!("loc", 0.5), param!("scale", 0.3, Positive)));
    plate!("rows", x.len(), subsample(2), |_i| {
        sample!("z", Normal::new(param!("z_loc", 0.4), param!("z_scale", 0.7, Positive)));
    });
}

#[test]
fn latent_sites_in_a_subsample_are_unbiased() {
    let x = data();
    let (loc, scale, z_loc, z_scale) = (0.5f64, 0.3f64, 0.4f64, 0.7f64);
    let n = N as f64;
    // -ELBO: KL of mu, KL of each z given mu, and the expected squares of the data; by the unconstrained values.
    let mut exact = vec![loc / 4.0 + n * (loc - z_loc), (scale / 4.0 - 1.0 / scale + n * scale) * scale];
    exact.extend(x.iter().map(|x| z_loc - loc + (z_loc - x) / 0.25));
    exact.extend(x.iter().map(|_| (z_scale - 1.0 / z_scale + z_scale / 0.25) * z_scale));
    for closed in [true, false] {
        assert_unbiased_all("local", 2, 400_000, &exact, 0.05, |seed| {
            let elbo = Elbo::default().closed_kl(closed).particles(10);
            let mut svi = Svi::new(local(&x), local_guide(&x), elbo, Sgd::new(1.0)).seed(seed);
            move || {
                let (_, gradient) = svi.gradient().unwrap();
                ["loc", "scale", "z_loc", "z_scale"].iter().flat_map(|name| named(&gradient, name)).collect()
            }
        });
    }
}
