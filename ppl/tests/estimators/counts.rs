use super::*;

#[model]
fn counts() {
    plate!("i", 2, |i| {
        let z = sample!("z", Poisson::new(2.0)).to_real();
        observe!("x", Normal::new((z - 2.0).abs() + 0.1 * z, 1.2), [1.5, 0.3].at(i));
    });
}

fn loss(log_rates: [f64; 2]) -> f64 {
    let log_poisson =
        |k: u32, rate: f64| f64::from(k) * rate.ln() - rate - (1..=k).map(|j| f64::from(j).ln()).sum::<f64>();
    (0..2)
        .map(|i| {
            let rate = log_rates[i].exp();
            (0..60)
                .map(|k| {
                    let (q, z) = (log_poisson(k, rate), f64::from(k));
                    let x = log_normal([1.5, 0.3][i], (z - 2.0).abs() + 0.1 * z, 1.2);
                    q.exp() * (q - log_poisson(k, 2.0) - x)
                })
                .sum::<f64>()
        })
        .sum()
}

#[guide(counts)]
fn by_rate() {
    plate!("i", 2, |i| {
        let rate = param!("l", 1.0, Positive) * [1.0, 4.0].at(i);
        sample!("z", Poisson::new(rate), MeasureValued);
    });
}

#[guide(counts)]
fn by_log_rate() {
    plate!("i", 2, |i| {
        let log_rate = param!("l", 0.0) + [0.0, 4f64.ln()].at(i);
        sample!("z", Poisson::log_rate(log_rate), MeasureValued);
    });
}

#[guide(counts)]
fn jointly() {
    plate!("i", 2, |i| {
        let log_rate = param!("l", 0.0) + [0.0, 4f64.ln()].at(i);
        sample!("z", Poisson::log_rate(log_rate), LeaveOneOut::samples(4));
    });
}

#[guide(counts)]
fn critically() {
    plate!("i", 2, |i| {
        let log_rate = param!("l", 0.0) + [0.0, 4f64.ln()].at(i);
        sample!("z", Poisson::log_rate(log_rate), Score::baseline(SelfCritical));
    });
}

#[test]
fn poisson() {
    let exact = gradient_and_value(loss, [0.0, 4f64.ln()]);
    for elbo in [particles(100), particles(100).closed_kl(false)] {
        assert_gradient!(Svi::new(counts(), by_rate(), elbo.clone(), sgd()).seed(12), "rate", exact, "l");
        assert_gradient!(Svi::new(counts(), by_log_rate(), elbo, sgd()).seed(13), "log rate", exact, "l");
    }
    let elbo = particles(100).closed_kl(false);
    assert_gradient!(Svi::new(counts(), critically(), elbo, sgd()).seed(15), "critically", exact, "l");
    assert_gradient!(Svi::new(counts(), jointly(), particles(100), sgd()).seed(14), "others", exact, "l");
}
