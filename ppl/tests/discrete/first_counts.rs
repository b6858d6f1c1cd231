//! Counts without an end of which the first ones are tried: `enumerate, up_to(last)`.

use super::*;
use ppl::support::NaturalNumber;

pub fn ln_factorial(k: usize) -> f64 {
    (1..=k).map(|j| (j as f64).ln()).sum()
}

fn log_poisson(k: usize, rate: f64) -> f64 {
    k as f64 * rate.ln() - rate - ln_factorial(k)
}

fn log_normal(x: f64, mean: f64, scale: f64) -> f64 {
    let z = (x - mean) / scale;
    -0.5 * z * z - scale.ln() - 0.5 * std::f64::consts::TAU.ln()
}

/// The derivative at a point, by six of its neighbours.
fn derivative(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3;
    [(1.0, 0.75), (2.0, -0.15), (3.0, 1.0 / 60.0)]
        .iter()
        .map(|(k, w)| w * (f(x + k * h) - f(x - k * h)))
        .sum::<f64>()
        / h
}

const SEEN: [u32; 3] = [3, 0, 7];

/// Animals at each place, of which some are seen.
#[model]
fn animals(seen: &[u32], last: usize) {
    let rate = param!("rate", 8.0, Positive);
    plate!("place", seen.len(), |i| {
        let there = sample!("there", Poisson::new(rate), enumerate, up_to(last));
        // The sum over all that may be there is Poisson of a quarter of the rate.
        observe!("seen", Poisson::new(0.25 * there.to_real()), seen.at(i));
    });
}

#[guide(animals)]
fn nothing(_seen: &[u32], _last: usize) {}

/// The rate as it is seen from the real line.
fn animals_loss(log_rate: f64, last: usize) -> f64 {
    let place = |&seen: &u32| {
        let of = |there: usize| {
            let rate = 0.25 * there as f64;
            let log_seen = if there == 0 && seen == 0 {
                0.0
            } else if there == 0 {
                f64::NEG_INFINITY
            } else {
                log_poisson(seen as usize, rate)
            };
            (log_poisson(there, log_rate.exp()) + log_seen).exp()
        };
        -(0..=last).map(of).sum::<f64>().ln()
    };
    SEEN.iter().map(place).sum()
}

#[test]
fn a_model_sums_over_the_first_counts() {
    for last in [9, 30, 90] {
        let mut svi = Svi::new(animals(&SEEN, last), nothing(&SEEN, last), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, animals_loss(8.0_f64.ln(), last), 1e-12);
        let slope = derivative(|log_rate| animals_loss(log_rate, last), 8.0_f64.ln());
        close(gradient.get("rate").unwrap()[[]], slope, 1e-9);
    }
}

#[test]
fn what_lies_above_is_told() {
    // scipy.stats.poisson.sf(9, 8), and of 90 less than 1e-16.
    for (last, mass) in [(9, 0.2833757412729925), (90, 0.0)] {
        let mut svi = Svi::new(animals(&SEEN, last), nothing(&SEEN, last), Elbo::default(), Adam::new(1e-9));
        svi.evaluate(2).unwrap();
        let told = svi.elimination();
        assert_eq!((told.left_out[0].site.as_str(), told.left_out[0].up_to), ("there", last));
        close(told.left_out[0].mass, mass, 1e-12);
        let is_warned =
            |text: String| text.contains("2.8e-1 of the prior probability of `there` lies above 9");
        assert_eq!(is_warned(told.to_string()), mass > 0.0);
        let report = svi.run_with(20, ppl::RunOptions::default().progress(false)).unwrap();
        close(report.left_out[0].mass, mass, 1e-6);
        assert_eq!(is_warned(report.to_string()), mass > 0.0, "{report}");
        let draws = svi.posterior().assignments(3).unwrap();
        assert_eq!(draws.notes().iter().cloned().any(is_warned), mass > 0.0);
        let marginals = svi.posterior().marginals(1).unwrap();
        assert_eq!(marginals.get("there").unwrap().shape(), [3, last + 1]);
        // Predictions are of the whole distribution.
        let prior = svi.posterior().predictive(200).unwrap();
        assert!(prior.get("seen").is_ok());
    }
}

#[test]
fn nothing_is_left_out_where_every_value_is_tried() {
    let mut svi = Svi::new(one_of_two(), neither(), Elbo::default(), Adam::new(0.1));
    svi.evaluate(1).unwrap();
    assert_eq!(svi.elimination().left_out, []);
}

#[model]
fn one_of_two() {
    let z = sample!("z", Bernoulli::new(0.3), enumerate);
    observe!("x", Normal::new(z.to_real(), 1.0), 0.4);
}

#[guide(one_of_two)]
fn neither() {}

const X: [f64; 3] = [2.2, 0.4, 5.1];
const LAST: usize = 6;

#[model]
fn counted(x: &[f64], kept: &[bool]) {
    plate!("row", x.len(), mask(kept), |i| {
        let k = sample!("k", NegativeBinomial::new(2.5, 0.4));
        observe!("x", Normal::new(k.to_real(), 0.8), x.at(i));
    });
}

#[guide(counted)]
fn guessed(x: &[f64], kept: &[bool]) {
    let shift = param!("shift", 0.1);
    plate!("row", x.len(), mask(kept), |i| {
        sample!("k", Poisson::log_rate(shift + 0.2 * x.at(i)), enumerate, up_to(LAST));
    });
}

/// The guide's probabilities: the first counts of a Poisson, which are all that it has.
fn proposal(shift: f64, x: f64) -> Vec<f64> {
    let weights: Vec<f64> = (0..=LAST).map(|k| log_poisson(k, (shift + 0.2 * x).exp()).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}

/// `Gamma(k + 2.5) / Gamma(2.5) / k! 0.4^k 0.6^2.5`.
fn log_negative_binomial(k: usize) -> f64 {
    let rising: f64 = (0..k).map(|j| (2.5 + j as f64).ln()).sum();
    rising - ln_factorial(k) + k as f64 * 0.4_f64.ln() + 2.5 * 0.6_f64.ln()
}

fn guessed_loss(shift: f64, kept: [bool; 3]) -> f64 {
    let rows = X.iter().zip(kept).filter(|(_, kept)| *kept);
    let row = |(&x, _): (&f64, bool)| -> f64 {
        let q = proposal(shift, x);
        let term = |k: usize| q[k] * (q[k].ln() - log_negative_binomial(k) - log_normal(x, k as f64, 0.8));
        (0..=LAST).map(term).sum()
    };
    rows.map(row).sum()
}

#[test]
fn a_guide_is_its_first_counts() {
    for kept in [[true; 3], [true, false, true]] {
        let mut svi = Svi::new(counted(&X, &kept), guessed(&X, &kept), Elbo::default(), Adam::new(0.1));
        let (step, gradient) = svi.gradient().unwrap();
        close(step.loss, guessed_loss(0.1, kept), 1e-12);
        let slope = derivative(|shift| guessed_loss(shift, kept), 0.1);
        close(gradient.get("shift").unwrap()[[]], slope, 1e-9);
        assert_eq!(svi.elimination().left_out, [], "a guide leaves nothing out");
    }
}

/// A row that is left out may have no numbers at all.
#[test]
fn a_row_that_is_not_there_does_not_spoil_the_others() {
    let (x, kept) = ([2.2, f64::NAN, 5.1], [true, false, true]);
    let mut svi = Svi::new(counted(&x, &kept), guessed(&x, &kept), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, guessed_loss(0.1, kept), 1e-12);
    let slope = derivative(|shift| guessed_loss(shift, kept), 0.1);
    close(gradient.get("shift").unwrap()[[]], slope, 1e-9);
}

#[test]
fn draws_of_a_guide_are_its_first_counts() {
    let kept = [true; 3];
    let mut svi = Svi::new(counted(&X, &kept), guessed(&X, &kept), Elbo::default(), Adam::new(0.1));
    svi.evaluate(1).unwrap();
    let n = 80_000;
    let draws = svi.posterior().draws(n).unwrap();
    let k = draws.get("k").unwrap();
    let mut evidence = 0.0;
    for (row, &x) in X.iter().enumerate() {
        let q = proposal(0.1, x);
        for (count, &p) in q.iter().enumerate() {
            let share = (0..n).filter(|&d| k[[d, row]] == count as f64).count() as f64 / n as f64;
            let error = (p * (1.0 - p) / n as f64).sqrt();
            assert!((share - p).abs() < 5.0 * error, "{count} of row {row}: {share}, {p}");
        }
        let of = |k: usize| (log_negative_binomial(k) + log_normal(x, k as f64, 0.8)).exp();
        evidence += (0..=LAST).map(of).sum::<f64>().ln();
    }
    // The densities are of the same draws.
    let found = svi.posterior().log_densities(200).unwrap();
    for d in 0..200 {
        let log_q: f64 = (0..3).map(|row| proposal(0.1, X[row])[k[[d, row]] as usize].ln()).sum();
        assert!((found.log_guide()[d] - log_q).abs() < 1e-12, "{}, {log_q}", found.log_guide()[d]);
    }
    let found = svi.posterior().log_densities(n).unwrap();
    let weights: Vec<f64> = found.log_weights().iter().map(|w| (w - evidence).exp()).collect();
    let mean = weights.iter().sum::<f64>() / n as f64;
    let error = (weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (n as f64).powi(2)).sqrt();
    assert!((mean - 1.0).abs() < 5.0 * error && error < 0.01, "{mean} ± {error}");
}

#[model]
fn bursts(x: &[f64]) {
    let rise = param!("rise", 0.8);
    markov!("time", x.len(), 0, |before, t| {
        let now = sample!("now", Poisson::new(0.5 + rise * before.to_real()), enumerate, up_to(LAST));
        observe!("x", Normal::new(now.to_real(), 0.8), x.at(t));
        now
    });
}

#[guide(bursts)]
fn no_bursts(_x: &[f64]) {}

/// The forward algorithm over the first counts.
fn bursts_loss(rise: f64) -> f64 {
    let mut forward = vec![0.0; LAST + 1];
    forward[0] = 1.0;
    for &x in &X {
        let to = |now: usize| {
            let from = |before: usize| forward[before] * log_poisson(now, 0.5 + rise * before as f64).exp();
            (0..=LAST).map(from).sum::<f64>() * log_normal(x, now as f64, 0.8).exp()
        };
        forward = (0..=LAST).map(to).collect();
    }
    -forward.iter().sum::<f64>().ln()
}

#[test]
fn a_chain_of_counts_is_summed_over_the_first_ones() {
    let mut svi = Svi::new(bursts(&X), no_bursts(&X), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, bursts_loss(0.8), 1e-12);
    close(gradient.get("rise").unwrap()[[]], derivative(bursts_loss, 0.8), 1e-9);
}

#[model]
fn latent_bursts(x: &[f64]) {
    markov!("time", x.len(), 0, |before, t| {
        let now = sample!("now", Poisson::new(0.5 + 0.8 * before.to_real()));
        observe!("x", Normal::new(now.to_real(), 0.8), x.at(t));
        now
    });
}

#[guide(latent_bursts)]
fn guessed_bursts(x: &[f64]) {
    let pull = param!("pull", 0.3);
    markov!("time", x.len(), 0, |before, t| {
        let log_rate = 0.1 + pull * before.to_real() + 0.2 * x.at(t);
        sample!("now", Poisson::log_rate(log_rate), enumerate, up_to(3))
    });
}

/// The bound, summed over every path of the first counts.
fn guessed_bursts_loss(pull: f64) -> f64 {
    let mut loss = 0.0;
    for path in 0..64_usize {
        let (mut before, mut q, mut log) = (0, 1.0, 0.0);
        for (t, &x) in X.iter().enumerate() {
            let now = path >> (2 * t) & 3;
            let rate = (0.1 + pull * before as f64 + 0.2 * x).exp();
            let total: f64 = (0..4).map(|k| log_poisson(k, rate).exp()).sum();
            let log_q = log_poisson(now, rate) - total.ln();
            q *= log_q.exp();
            log += log_q - log_poisson(now, 0.5 + 0.8 * before as f64) - log_normal(x, now as f64, 0.8);
            before = now;
        }
        loss += q * log;
    }
    loss
}

#[test]
fn a_guides_chain_of_counts_is_averaged_over_the_first_ones() {
    let mut svi = Svi::new(latent_bursts(&X), guessed_bursts(&X), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    close(step.loss, guessed_bursts_loss(0.3), 1e-12);
    close(gradient.get("pull").unwrap()[[]], derivative(guessed_bursts_loss, 0.3), 1e-9);
    let draws = svi.posterior().draws(500).unwrap();
    assert!(draws.get("now").unwrap().iter().all(|&k| (0.0..=3.0).contains(&k)));
}

/// The number of steps of a walk is a count, and each number is run by itself.
#[model]
fn walked(x: f64) {
    let rate = param!("rate", 1.3, Positive);
    let steps: usize = sample!("steps", Poisson::new(rate), enumerate, up_to(5), concrete);
    let mut place = Real::from(0.2_f64);
    for _ in 0..steps {
        place = place * 0.5 + 1.0;
    }
    observe!("x", Normal::new(place, 0.5), x);
}

#[guide(walked)]
fn no_walk(_x: f64) {}

fn walked_density(steps: usize, x: f64) -> f64 {
    let place = (0..steps).fold(0.2, |place, _| place * 0.5 + 1.0);
    log_normal(x, place, 0.5).exp()
}

#[model]
fn guessed_walk(x: f64) {
    let steps: usize = sample!("steps", Poisson::new(1.3), concrete);
    let mut place = Real::from(0.2_f64);
    for _ in 0..steps {
        place = place * 0.5 + 1.0;
    }
    observe!("x", Normal::new(place, 0.5), x);
}

#[guide(guessed_walk)]
fn walk(_x: f64) {
    let _: usize =
        sample!("steps", Poisson::log_rate(param!("log_rate", 0.3)), enumerate, up_to(5), concrete);
}

#[test]
fn paths_of_the_first_counts() {
    let mut svi = Svi::new(walked(1.1), no_walk(1.1), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    let joint =
        |steps: usize, log_rate: f64| log_poisson(steps, log_rate.exp()).exp() * walked_density(steps, 1.1);
    let loss = |log_rate: f64| -(0..=5).map(|steps| joint(steps, log_rate)).sum::<f64>().ln();
    close(step.loss, loss(1.3_f64.ln()), 1e-12);
    close(gradient.get("rate").unwrap()[[]], derivative(loss, 1.3_f64.ln()), 1e-9);

    let mut svi = Svi::new(guessed_walk(1.1), walk(1.1), Elbo::default(), Adam::new(0.1));
    let (step, gradient) = svi.gradient().unwrap();
    let loss = |log_rate: f64| {
        let weights: Vec<f64> = (0..=5).map(|steps| log_poisson(steps, log_rate.exp()).exp()).collect();
        let total: f64 = weights.iter().sum();
        let term = |steps: usize| {
            let q = weights[steps] / total;
            q * (q.ln() - joint(steps, 1.3_f64.ln()).ln())
        };
        (0..=5).map(term).sum()
    };
    close(step.loss, loss(0.3), 1e-12);
    close(gradient.get("log_rate").unwrap()[[]], derivative(loss, 0.3), 1e-9);
}

/// Wrappers and mixtures of counts are counts.
#[model]
fn mixed(x: f64, labels: &[Option<usize>]) {
    let few = sample!("few", ZeroInflated::new(0.3, Poisson::new(2.0)), enumerate, up_to(30));
    let many = sample!(
        "many",
        Mixture::new([0.25, 0.75], [Poisson::new(1.0), Poisson::new(4.0)]),
        on(NaturalNumber),
        enumerate,
        up_to(30)
    );
    observe!("x", Normal::new(few.to_real() - many.to_real(), 0.7), x);
    plate!("row", labels.len(), |i| {
        sample!("k", Geometric::new(0.4), enumerate, up_to(8), given(labels.at(i)));
    });
}

#[guide(mixed)]
fn unmixed(_x: f64, _labels: &[Option<usize>]) {}

#[test]
fn every_distribution_of_counts_has_first_ones() {
    let labels = [Some(2), None];
    let mut svi = Svi::new(mixed(-1.2, &labels), unmixed(-1.2, &labels), Elbo::default(), Adam::new(0.1));
    let few = |k: usize| f64::from(k == 0) * 0.3 + 0.7 * log_poisson(k, 2.0).exp();
    let many = |k: usize| 0.25 * log_poisson(k, 1.0).exp() + 0.75 * log_poisson(k, 4.0).exp();
    let joint = |a: usize, b: usize| few(a) * many(b) * log_normal(-1.2, a as f64 - b as f64, 0.7).exp();
    let evidence: f64 = (0..=30).map(|a| (0..=30).map(|b| joint(a, b)).sum::<f64>()).sum();
    let known = 0.4 * 0.6_f64.powi(2);
    let unknown = 1.0 - 0.6_f64.powi(9);
    let step = svi.evaluate(1).unwrap();
    close(step.loss, -(evidence.ln() + known.ln() + unknown.ln()), 1e-12);
    let left_out = svi.elimination().left_out;
    close(left_out.iter().find(|l| l.site == "k").unwrap().mass, 0.6_f64.powi(9), 1e-12);

    let labels = [Some(9)];
    let mut svi = Svi::new(mixed(-1.2, &labels), unmixed(-1.2, &labels), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(
        error.contains("`k`") && error.contains("the label of element 0 is 9, expected one of 0..9"),
        "{error}"
    );
}

#[model]
fn pair(x: f64) {
    let k = sample!("k", Poisson::new([1.0, 2.0]), enumerate, up_to(20));
    observe!("x", Normal::new((k.to_tensor() * [1.0, -1.0]).sum(), 0.7), x);
}

#[guide(pair)]
fn no_pair(_x: f64) {}

#[model]
fn latent_pair() {
    sample!("k", Poisson::new([1.0, 2.0]));
}

#[guide(latent_pair)]
fn guessed_pair() {
    sample!("k", Poisson::new([1.0, 2.0]), enumerate, up_to(3));
}

#[model]
fn far() {
    sample!("k", Poisson::new(1.0), enumerate, up_to(usize::MAX));
}

#[guide(far)]
fn not_far() {}

#[test]
fn arrays_and_limits() {
    let mut svi = Svi::new(pair(0.3), no_pair(0.3), Elbo::default(), Adam::new(0.1));
    let joint = |a: usize, b: usize| {
        (log_poisson(a, 1.0) + log_poisson(b, 2.0) + log_normal(0.3, a as f64 - b as f64, 0.7)).exp()
    };
    let evidence: f64 = (0..=20).map(|a| (0..=20).map(|b| joint(a, b)).sum::<f64>()).sum();
    close(svi.evaluate(1).unwrap().loss, -evidence.ln(), 1e-12);

    let mut svi = Svi::new(latent_pair(), guessed_pair(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`k`") && error.contains("in a guide `up_to` is of one count"), "{error}");

    let mut svi = Svi::new(far(), not_far(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("`up_to` must be at most 1000000"), "{error}");
}

/// A sleep phase hands the guide counts that it does not have.
#[test]
fn a_count_above_the_last_has_no_density() {
    let kept = [true; 3];
    let mut svi = Svi::new(counted(&X, &kept), guessed(&X, &kept), Elbo::default(), Adam::new(0.1));
    let sleep = |_| {
        let dream = svi.dream().unwrap();
        svi.sleep_step(&dream, guessed(&X, &kept)).err()
    };
    let error = (0..200).find_map(sleep).expect("a negative binomial is above 6 at times");
    assert!(error.to_string().contains("the log-density of site `k` at row = "), "{error}");
}

#[model(f32)]
fn animals_in_single_precision(seen: &[u32]) {
    let rate = param!("rate", 8.0, Positive);
    plate!("place", seen.len(), |i| {
        let there = sample!("there", Poisson::new(rate), enumerate, up_to(60));
        observe!("seen", Poisson::new(0.25 * there.to_real()), seen.at(i));
    });
}

#[guide(animals_in_single_precision, f32)]
fn nothing_in_single_precision(_seen: &[u32]) {}

#[test]
fn rounding_of_single_precision_is_no_mass() {
    let (model, guide) = (animals_in_single_precision(&SEEN), nothing_in_single_precision(&SEEN));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(0.1));
    close(svi.evaluate(1).unwrap().loss, animals_loss(8.0_f64.ln(), 60), 1e-6);
    assert!(!svi.elimination().left_out[0].is_much(), "{}", svi.elimination());
}
