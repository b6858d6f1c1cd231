//! Automatic guides against guides that are written by hand, and against exact posteriors.

use ppl::prelude::*;
use ppl::{auto, fit};

/// A normal posterior with correlated coordinates: precision `[[1 + 2 * 25, 25 * 1.8], ..]` by the data below.
#[model]
fn regression(x: &[[f64; 2]], y: &[f64]) {
    let a = sample!("a", Normal::new(0.0, 1.0));
    let b = sample!("b", Normal::new(0.0, 1.0));
    plate!("row", y.len(), |i| {
        let row = x.at(i);
        observe!("y", Normal::new(a * row.at(0).to_real() + b * row.at(1).to_real(), 0.5), y.at(i));
    });
}

#[guide(regression)]
fn by_hand(_x: &[[f64; 2]], _y: &[f64]) {
    sample!("a", Normal::new(param!("a_loc", 0.0), param!("a_scale", 0.1, Positive)));
    sample!("b", Normal::new(param!("b_loc", 0.0), param!("b_scale", 0.1, Positive)));
}

fn data() -> (Vec<[f64; 2]>, Vec<f64>) {
    let x: Vec<[f64; 2]> = (0..20)
        .map(|k| [(f64::from(k) * 0.7).sin(), (f64::from(k) * 0.7).sin() * 0.8 + (f64::from(k) * 1.1).cos()])
        .collect();
    let y =
        x.iter().enumerate().map(|(k, [a, b])| 0.7 * a - 1.2 * b + 0.3 * (k as f64 * 2.9).sin()).collect();
    (x, y)
}

#[test]
fn mean_field_takes_the_steps_of_the_guide_by_hand() {
    let (x, y) = data();
    let mut own =
        Svi::new(regression(&x, &y), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.05)).seed(3);
    let mut hand = Svi::new(regression(&x, &y), by_hand(&x, &y), Elbo::default(), Adam::new(0.05)).seed(3);
    for _ in 0..50 {
        let (a, b) = (own.step().unwrap(), hand.step().unwrap());
        assert!((a.loss - b.loss).abs() < 1e-12 * a.loss.abs(), "{} and {}", a.loss, b.loss);
    }
    for name in ["a.loc", "a.scale", "b.loc", "b.scale"] {
        let (a, b) = (own.parameters(), hand.parameters());
        let other = name.replace('.', "_");
        assert!((a.get(name).unwrap()[[]] - b.get(&other).unwrap()[[]]).abs() < 1e-12);
    }
    let (a, b) = (own.posterior().draws(100).unwrap(), hand.posterior().draws(100).unwrap());
    assert_eq!(a, b);
    assert_eq!(own.posterior().predictive(10).unwrap(), hand.posterior().predictive(10).unwrap());
    assert_eq!(own.posterior().log_densities(10).unwrap(), hand.posterior().log_densities(10).unwrap());
}

#[test]
fn mean_field_has_the_deviations_of_the_precision() {
    let (x, y) = data();
    let mut svi =
        Svi::new(regression(&x, &y), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(1);
    let report = svi.run(60_000).unwrap();
    assert!(report.converged, "{report}");
    let precision = |k: usize| 1.0 + x.iter().map(|row| row[k] * row[k]).sum::<f64>() / 0.25;
    for (k, name) in ["a.scale", "b.scale"].into_iter().enumerate() {
        let found = svi.parameters().get(name).unwrap()[[]];
        let expected = precision(k).sqrt().recip();
        assert!((found / expected - 1.0).abs() < 0.02, "{name}: {found} and {expected}");
    }
}

#[model]
fn mixed(y: &[f64], rows: usize) {
    let p = sample!("p", Beta::new(2.0, 2.0));
    let width = sample!("width", Uniform::new(0.5, 4.0));
    let shares = sample!("shares", Dirichlet::new([2.0, 2.0]));
    plate!("row", y.len(), subsample(rows), |i| {
        let z = sample!("z", Normal::new(0.0, width));
        let k = sample!("k", Categorical::new(shares), enumerate);
        observe!("y", Normal::new(z + [0.0, 1.0].at(k) * p, 0.5), y.at(i));
    });
}

#[test]
fn every_objective_takes_an_automatic_guide() {
    let y = [0.2, 1.4, -0.3, 0.9, 1.1];
    let mut elbo =
        Svi::new(mixed(&y, 5), auto::guide(auto::MeanField), Elbo::default().particles(4), Adam::new(0.02))
            .seed(1);
    let mut iwae =
        Svi::new(mixed(&y, 5), auto::guide(auto::MeanField), Iwae::new(8), Adam::new(0.02)).seed(1);
    let mut stuck = Svi::new(
        mixed(&y, 2),
        auto::guide(auto::MeanField),
        Elbo::default().sticking_the_landing(),
        Adam::new(0.02),
    )
    .seed(1);
    for _ in 0..3_000 {
        elbo.step().unwrap();
        iwae.step().unwrap();
        stuck.step().unwrap();
    }
    let (a, b) = (elbo.evaluate(4_000).unwrap(), iwae.evaluate(4_000).unwrap());
    // A bound of several particles is the tighter one; the subsampled session comes to the same as the whole one.
    assert!(b.loss < a.loss, "{b:?} {a:?}");
    let c = stuck.evaluate(4_000).unwrap();
    assert!((c.loss - a.loss).abs() < 0.1, "{c:?} {a:?}");
    let z = elbo.parameters().get("z.loc").unwrap().clone();
    assert_eq!(z.shape(), [5]);
}

#[test]
fn delta_finds_the_mode() {
    #[model]
    fn coin(heads: &[bool]) {
        let p = sample!("p", Beta::new(2.0, 3.0));
        plate!("throw", heads.len(), |i| observe!("heads", Bernoulli::new(p), heads.at(i)));
    }
    let heads = [true, true, false, true, true, true];
    let mut svi = Svi::new(coin(&heads), auto::guide(auto::Delta), Elbo::default(), Adam::new(0.05));
    for _ in 0..2_000 {
        svi.step().unwrap();
    }
    // The posterior is Beta(7, 4), on the unit interval itself, not on the line that it is the image of.
    assert!((svi.parameters().get("p").unwrap()[[]] - 6.0 / 9.0).abs() < 1e-6);
    let draws = svi.posterior().draws(3).unwrap();
    assert!(draws.get("p").unwrap().iter().all(|p| (p - 6.0 / 9.0).abs() < 1e-6));
}

#[test]
fn sessions_are_saved_and_resumed() {
    let y = [0.2, 1.4, -0.3, 0.9, 1.1];
    let path = std::env::temp_dir().join(format!("ppl-automatic-{}.safetensors", std::process::id()));
    let session =
        || Svi::new(mixed(&y, 3), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(5);
    let mut first = session();
    for _ in 0..20 {
        first.step().unwrap();
    }
    first.save(&path).unwrap();
    let mut second = session();
    second.load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for _ in 0..20 {
        assert_eq!(first.step().unwrap(), second.step().unwrap());
    }
    assert_eq!(first.parameters(), second.parameters());
}

#[test]
fn what_it_cannot_propose_is_refused_by_name() {
    #[model]
    fn discrete() {
        let k = sample!("k", Poisson::new(2.0));
        observe!("y", Normal::new(k.to_real(), 1.0), 1.0);
    }
    let mut svi = Svi::new(discrete(), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02));
    let found = svi.step().unwrap_err().to_string();
    assert!(found.contains("site `k`: is discrete"), "{found}");
    let mut svi =
        Svi::new(mixed(&[0.1], 1), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(1);
    svi.step().unwrap();
    let dream = svi.dream().unwrap();
    let found = svi.sleep_step(&dream, auto::guide(auto::MeanField)).unwrap_err().to_string();
    assert!(found.contains("an automatic guide cannot learn from dreams"), "{found}");
}

#[test]
fn explanations_say_the_proposals() {
    let y = [0.2, 1.4];
    let mut svi =
        Svi::new(mixed(&y, 2), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(1);
    svi.step().unwrap();
    let text = svi.explain().unwrap().to_string();
    println!("{text}");
    assert!(text.contains("z.loc"), "{text}");
}

#[test]
fn full_rank_is_exact_for_a_normal_posterior() {
    let (x, y) = data();
    let mut svi = Svi::new(
        regression(&x, &y),
        auto::guide(auto::FullRank),
        Elbo::default().sticking_the_landing(),
        Adam::new(0.02),
    )
    .seed(1);
    let report = svi.run(60_000).unwrap();
    assert!(report.converged, "{report}");
    // The precision is that of the prior and that of the data.
    let sum = |i: usize, j: usize| x.iter().map(|row| row[i] * row[j]).sum::<f64>() / 0.25;
    let (a, b, c) = (1.0 + sum(0, 0), sum(0, 1), 1.0 + sum(1, 1));
    let right = |i: usize| x.iter().zip(&y).map(|(row, y)| row[i] * y).sum::<f64>() / 0.25;
    let det = a * c - b * b;
    let mean = [(c * right(0) - b * right(1)) / det, (a * right(1) - b * right(0)) / det];
    let draws = svi.posterior().draws(100_000).unwrap();
    assert!(draws.names().eq(["a", "b"]));
    let of = |name: &str| draws.get(name).unwrap().iter().copied().collect::<Vec<f64>>();
    let (da, db) = (of("a"), of("b"));
    let moment = |f: &dyn Fn(f64, f64) -> f64| da.iter().zip(&db).map(|(&a, &b)| f(a, b)).sum::<f64>() / 1e5;
    let (ma, mb) = (moment(&|a, _| a), moment(&|_, b| b));
    let sds = [(c / det).sqrt(), (a / det).sqrt()];
    assert!(
        (ma - mean[0]).abs() < 0.02 * sds[0] && (mb - mean[1]).abs() < 0.02 * sds[1],
        "{ma} {mb} {mean:?}"
    );
    let covariance = moment(&|a, b| (a - ma) * (b - mb));
    assert!((covariance / (-b / det) - 1.0).abs() < 0.05, "{covariance} and {}", -b / det);
    // A guide that is the posterior has log-weights that are all the log-evidence.
    let weights = svi.posterior().log_densities(100).unwrap().log_weights();
    let (lowest, highest) =
        weights.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &w| (l.min(w), h.max(w)));
    assert!(highest - lowest < 0.1, "{lowest} to {highest}");
}

#[test]
fn low_rank_is_exact_where_the_posterior_has_few_directions() {
    // Own noise and one direction before the data, and after them: the inverse of such a matrix is one without the direction's sign.
    const ROWS: [[f64; 5]; 2] = [[0.5, 1.0, 0.3, 2.0, 0.7], [1.5, -0.8, 0.4, 3.0, 1.0]];
    const Y: [f64; 5] = [1.0, -0.4, 0.9, 3.0, 0.1];
    #[model]
    fn shared() {
        let z = sample!("z", LowRankMultivariateNormal::new([0.2, 0.0, -0.1, 1.0, 0.0], ROWS));
        observe!("y", Normal::new(z, 0.8), Y);
    }
    let mut exact = [[0.0; 5]; 5];
    for i in 0..5 {
        for j in 0..5 {
            exact[i][j] = ROWS[1][i] * ROWS[1][j] + if i == j { ROWS[0][i] * ROWS[0][i] } else { 0.0 };
        }
    }
    // One observation after the other (Kalman's update).
    for k in 0..5 {
        let (row, total) = (exact[k], exact[k][k] + 0.64);
        for i in 0..5 {
            for j in 0..5 {
                exact[i][j] -= row[i] * row[j] / total;
            }
        }
    }
    let mut fitted = fit(shared()).guide(auto::LowRank::new(1)).seed(1).run().unwrap();
    let draws = fitted.posterior().draws(40_000).unwrap();
    let z = draws.get("z").unwrap();
    let mean = z.mean_axis(ndarray::Axis(0)).unwrap();
    for i in 0..5 {
        for j in 0..=i {
            let product = |k: usize| (z[[k, i]] - mean[[i]]) * (z[[k, j]] - mean[[j]]);
            let found = (0..40_000).map(product).sum::<f64>() / 40_000.0;
            let unit = (exact[i][i] * exact[j][j]).sqrt();
            assert!((found - exact[i][j]).abs() < 0.03 * unit, "{i} {j}: {found} and {}", exact[i][j]);
        }
    }
    let weights = fitted.posterior().log_densities(1_000).unwrap().log_weights();
    assert!(weights.std(0.0) < 0.05, "{}", weights.std(0.0));
    // Independent normals are far from it.
    let mut other = fit(shared()).guide(auto::MeanField).seed(1).run().unwrap();
    assert!(other.posterior().log_densities(1_000).unwrap().log_weights().std(0.0) > 0.1);
}

#[test]
fn low_rank_has_few_parameters_and_takes_mixed_supports() {
    let y: Vec<f64> = (0..12).map(|k| (k as f64 * 1.3).sin()).collect();
    let model = || mixed(&y, y.len());
    let mut svi = Svi::new(
        model(),
        auto::guide(auto::LowRank::new(3)),
        Elbo::default().sticking_the_landing(),
        Adam::new(0.02),
    )
    .seed(2);
    let first = svi.evaluate(200).unwrap().loss;
    for _ in 0..1_500 {
        svi.step().unwrap();
    }
    // p, width, one of two shares, and a z for each row.
    assert_eq!(svi.parameters().get("auto.directions").unwrap().shape(), [3, 15]);
    assert_eq!(svi.parameters().get("auto.scale").unwrap().shape(), [15]);
    let last = svi.evaluate(2_000).unwrap().loss;
    let mut whole = fit(model()).guide(auto::FullRank).seed(2).run().unwrap().into_svi();
    let best = whole.evaluate(2_000).unwrap().loss;
    assert!(last < first - 1.0 && last > best - 0.1 && last < best + 1.0, "{first}, {last} and {best}");
    // More directions than numbers are no error.
    #[model]
    fn alone() {
        let t = sample!("t", Gamma::new(3.0, 2.0));
        observe!("n", Poisson::new(t), 4);
    }
    let fitted = fit(alone()).guide(auto::LowRank::new(4)).seed(1).run().unwrap();
    assert!(fitted.trust().k_hat < 0.7, "{}", fitted.summary());
}

#[test]
fn sites_are_proposed_in_several_ways_by_their_names() {
    // The two coefficients are together, and so exact; the third is independent of them, and the last at its mode.
    #[model]
    fn three(x: &[[f64; 2]], y: &[f64]) {
        let a = sample!("beta_a", Normal::new(0.0, 1.0));
        let b = sample!("beta_b", Normal::new(0.0, 1.0));
        plate!("row", y.len(), |i| {
            let row = x.at(i);
            observe!("y", Normal::new(a * row.at(0).to_real() + b * row.at(1).to_real(), 0.5), y.at(i));
        });
        let rate = sample!("rate", Gamma::new(3.0, 2.0));
        observe!("n", Poisson::new(rate), 4);
        let width = sample!("width", LogNormal::new(0.3, 0.5));
        observe!("w", Normal::new(0.0, width), 0.4);
    }
    let (x, y) = data();
    let guide = auto::by_site(auto::MeanField).site("beta*", auto::FullRank).site("width", auto::Delta);
    let mut svi = Svi::new(
        three(&x, &y),
        auto::guide(guide.clone()),
        Elbo::default().sticking_the_landing(),
        Adam::new(Schedule::cosine(0.03, 6_000)),
    )
    .seed(1);
    for _ in 0..6_000 {
        svi.step().unwrap();
    }
    let shape = |name: &str| svi.parameters().get(name).unwrap().shape().to_vec();
    assert_eq!((shape("auto.tril"), shape("rate.scale"), shape("width")), (vec![2, 2], vec![], vec![]));
    // The exact covariance of the coefficients.
    let precision = |j: usize, k: usize| {
        x.iter().map(|row| row[j] * row[k]).sum::<f64>() / 0.25 + if j == k { 1.0 } else { 0.0 }
    };
    let determinant = precision(0, 0) * precision(1, 1) - precision(0, 1).powi(2);
    let tril = svi.parameters().get("auto.tril").unwrap().clone();
    let found = [tril[[0, 0]].powi(2), tril[[0, 0]] * tril[[1, 0]]];
    let expected = [precision(1, 1) / determinant, -precision(0, 1) / determinant];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 0.05, "{found} and {expected}");
    }
    // The mode of ln p(width) = -(ln w - .3)^2 / .5 - 2 ln w - .08 / w^2, by bisection of its derivative by ln w.
    let slope = |l: f64| -(l - 0.3) / 0.25 - 2.0 + 0.16 * (-2.0 * l).exp();
    let (mut low, mut high) = (-5.0, 5.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    let width = svi.parameters().get("width").unwrap()[[]];
    assert!((width.ln() - low).abs() < 0.01, "{} and {low}", width.ln());
    // A fit begins each part in its own frame.
    let fitted =
        fit(three(&x, &y)).guide(auto::by_site(auto::MeanField).site("beta*", auto::FullRank)).seed(2).run();
    let fitted = fitted.unwrap();
    assert!(fitted.trust().is_reliable(), "{}", fitted.summary());
    let rate = fitted.summary().row("rate", &[]).unwrap().mean;
    assert!((rate - 7.0 / 3.0).abs() < 0.1, "{rate}");
}

#[test]
fn plans_that_cannot_be_are_errors_of_the_first_step() {
    let (x, y) = data();
    let said = |guide: auto::BySite| {
        let mut svi =
            Svi::new(regression(&x, &y), auto::guide(guide), Elbo::default(), Adam::new(0.1)).seed(1);
        svi.step().unwrap_err().to_string()
    };
    let idle = said(auto::by_site(auto::MeanField).site("c*", auto::Delta));
    assert!(idle.contains("no latent site `c*` in the model"), "{idle}");
    let twice = said(auto::by_site(auto::FullRank).site("a", auto::LowRank::new(1)));
    assert!(twice.contains("two ways"), "{twice}");
    let malformed = said(auto::by_site(auto::FullRank).site("a**", auto::Delta));
    assert!(malformed.contains("`a**`"), "{malformed}");
}

#[test]
fn full_rank_takes_mixed_supports_in_plates() {
    let y = [0.2, 1.4, -0.3, 0.9, 1.1];
    let mut field =
        Svi::new(mixed(&y, 5), auto::guide(auto::MeanField), Elbo::default().particles(4), Adam::new(0.02))
            .seed(1);
    let mut full = Svi::new(
        mixed(&y, 5),
        auto::guide(auto::FullRank),
        Elbo::default().particles(4).sticking_the_landing(),
        Adam::new(Schedule::cosine(0.02, 4_000)),
    )
    .seed(1);
    let mut part = Svi::new(
        mixed(&y, 2),
        auto::guide(auto::FullRank),
        Elbo::default(),
        Adam::new(Schedule::cosine(0.02, 20_000)),
    )
    .seed(1);
    for _ in 0..4_000 {
        field.step().unwrap();
        full.step().unwrap();
    }
    for _ in 0..20_000 {
        part.step().unwrap();
    }
    // The two ways to the evidence agree.
    let by_field = field.posterior().log_densities(50_000).unwrap().log_evidence();
    let by_full = full.posterior().log_densities(50_000).unwrap().log_evidence();
    assert!((by_field - by_full).abs() < 0.03, "{by_field} and {by_full}");
    let (a, b) = (field.evaluate(4_000).unwrap(), full.evaluate(4_000).unwrap());
    assert!(b.loss < a.loss, "{b:?} {a:?}");
    let c = part.evaluate(4_000).unwrap();
    assert!((c.loss - b.loss).abs() < 0.15, "{c:?} {b:?}");
    let draws = full.posterior().draws(10).unwrap();
    assert_eq!(draws.get("z").unwrap().shape(), [10, 5]);
    assert!(draws.get("width").unwrap().iter().all(|w| (0.5..4.0).contains(w)));
}

#[test]
fn labels_are_observed_and_the_others_proposed() {
    #[model]
    fn partly(labels: &[Option<f64>], y: &[f64]) {
        let scale = sample!("scale", Exponential::new(1.0));
        plate!("row", y.len(), |i| {
            let z = sample!("z", Normal::new(0.0, scale), given(labels.at(i)));
            observe!("y", Normal::new(z, 0.5), y.at(i));
        });
    }
    let (labels, y) = ([Some(0.7), None, Some(-1.2)], [0.5, 1.0, -1.0]);
    let mut svi =
        Svi::new(partly(&labels, &y), auto::guide(auto::MeanField), Elbo::default(), Adam::new(0.02)).seed(1);
    for _ in 0..3_000 {
        svi.step().unwrap();
    }
    let summary = svi.posterior().draws(20_000).unwrap().summary();
    assert_eq!(summary.row("z", &[0]).unwrap().mean, 0.7);
    // Given the scale, the mean is y s^2 / (s^2 + 1/4), which lies below y.
    let free = summary.row("z", &[1]).unwrap();
    assert!(free.deviation > 0.1 && (0.6..1.0).contains(&free.mean), "{}", free.mean);
}

#[test]
fn chains_of_continuous_states_and_handlers_are_answered() {
    #[model]
    fn walk(y: &[f64]) {
        let width = sample!("width", Uniform::new(0.5, 2.0));
        let first = sample!("first", Uniform::new(-width, width));
        markov!("t", y.len(), first, |before, t| {
            let z = sample!("z", Normal::new(before, 0.5));
            observe!("y", Normal::new(z, 0.5), y.at(t));
            z
        });
    }
    let y = [0.3, 0.9, 0.4, 0.1];
    let mut density = ppl::LogDensity::new(walk(&y)).unwrap();
    assert_eq!(density.dim(), 6);
    let values = density.constrain([&[0.1; 6][..]]).unwrap();
    assert_eq!(values.get("z").unwrap().shape(), [1, 4]);
    let fitted = fit(walk(&y)).guide(auto::FullRank).seed(1).run().unwrap();
    assert!(fitted.trust().is_reliable());
    // With the width set, the other sites are proposed as before, and it is not.
    let set = walk(&y).condition("width", 1.0);
    let fitted = fit(&set).guide(auto::FullRank).seed(1).run().unwrap();
    assert!(fitted.draws().get("width").is_err());
    assert!(fitted.trust().is_reliable());
}

#[test]
fn a_model_without_continuous_sites_has_nothing_to_fit() {
    #[model]
    fn die() {
        let k = sample!("k", Categorical::new([0.5, 0.5]), enumerate);
        observe!("y", Normal::new(k.to_real(), 1.0), 0.3);
    }
    let density = ppl::LogDensity::new(die()).unwrap();
    assert_eq!(density.dim(), 0);
    for rows in [
        fit(die()).guide(auto::FullRank).steps(500).run().unwrap().summary().rows().len(),
        fit(die()).steps(500).run().unwrap().summary().rows().len(),
    ] {
        assert_eq!(rows, 0);
    }
}
