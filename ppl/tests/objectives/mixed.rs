use super::*;

const Q: f64 = 0.8;

#[model]
fn mixed() {
    // The scale of x is wide, so that the weights are even.
    let b = sample!("b", Bernoulli::new(0.3));
    let z = sample!("z", Normal::new(b.to_real(), 1.0));
    observe!("x", Normal::new(2.0 * b.to_real() + z, 1.2), 1.5);
}

#[guide(mixed)]
fn both(loc: f64) {
    let b = sample!("b", Bernoulli::new(param!("q", Q, UnitInterval)));
    sample!("z", Normal::new(param!("loc", loc) + 0.3 * b.to_real(), 0.9));
}

/// The loss of two particles at these parameters.
fn loss(q: f64, loc: f64) -> f64 {
    let side = |b: bool| f64::from(u8::from(b));
    let log_weight = |b: bool, e: f64| {
        let z = loc + 0.3 * side(b) + 0.9 * e;
        let (p, own) = if b { (0.3, q) } else { (0.7, 1.0 - q) };
        let model = f64::ln(p) + log_normal(z, side(b), 1.0) + log_normal(1.5, 2.0 * side(b) + z, 1.2);
        model - own.ln() - log_normal(z, loc + 0.3 * side(b), 0.9)
    };
    let mut sum = 0.0;
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let probability = |b: bool| if b { q } else { 1.0 - q };
        sum -= probability(a)
            * probability(b)
            * over_two_normals(|d, e| log_mean_exp(&[log_weight(a, d), log_weight(b, e)]));
    }
    sum
}

#[test]
fn pathwise_sites_and_scores_are_unbiased_together() {
    // Each derivative where the guide makes it large, so that an error of a twentieth shows.
    let by_q = ("q", 0.1, slope(|q| loss(q, 0.1), Q) * Q * (1.0 - Q));
    let by_loc = ("loc", -1.0, slope(|loc| loss(Q, loc), -1.0));
    macro_rules! estimate {
        ($objective:expr) => {
            for (name, loc, exact) in [by_q, by_loc] {
                let mut svi = Svi::new(mixed(), both(loc), $objective, Adam::new(0.1)).seed(6);
                let draw = |_| svi.gradient().unwrap().1.get(name).unwrap()[[]];
                let found: Vec<f64> = (0..25_000).map(draw).collect();
                estimates(name, mean_of(&found), exact, 0.05 * exact.abs());
            }
        };
    }
    estimate!(Vimco::new(2));
}

const X: [f64; 3] = [-1.0, 0.4, 2.5];

#[model]
fn summed(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(mu + 2.0 * b.to_real(), 0.7), x.at(i));
    });
}

#[guide(summed)]
fn of_summed() {
    sample!("mu", Normal::new(param!("loc", 0.1), 0.9));
}

#[model]
fn by_hand(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    plate!("data", x.len(), |i| {
        let (low, high) = (Normal::new(mu, 0.7), Normal::new(mu + 2.0, 0.7));
        observe!("x", Mixture::new([0.7, 0.3], [low, high]), x.at(i));
    });
}

#[guide(by_hand)]
fn of_by_hand() {
    sample!("mu", Normal::new(param!("loc", 0.1), 0.9));
}

#[test]
fn sites_of_the_model_are_summed_out_before_the_weights_are_formed() {
    for k in [1, 4] {
        let mut one = Svi::new(summed(&X), of_summed(), Iwae::new(k), Adam::new(0.1)).seed(1);
        let mut other = Svi::new(by_hand(&X), of_by_hand(), Iwae::new(k), Adam::new(0.1)).seed(1);
        let ((a, by_a), (b, by_b)) = (one.gradient().unwrap(), other.gradient().unwrap());
        close(a.loss, b.loss, 1e-13);
        close(a.log_likelihood, b.log_likelihood, 1e-13);
        close(by_a.get("loc").unwrap()[[]], by_b.get("loc").unwrap()[[]], 1e-12);
    }
}
