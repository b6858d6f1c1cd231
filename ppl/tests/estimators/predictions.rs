use super::*;

const X: [f64; 3] = [-1.0, 0.7, 2.0];

#[model]
fn coins(x: &[f64]) {
    plate!("i", x.len(), |i| {
        let b = sample!("b", Bernoulli::new(0.3)).to_real();
        observe!("x", Normal::new(2.0 * b, 0.5), x.at(i));
    });
}

#[guide(coins)]
fn learned(x: &[f64]) {
    let (level, slope) = (param!("level", 0.5), param!("slope", -0.25));
    let l = param!("l", 0.2);
    plate!("i", x.len(), |i| {
        let prediction = level + slope * x.at(i);
        sample!("b", Bernoulli::logits(l), Score::baseline(Learned(prediction)));
    });
}

/// The loss of each element at each value: `log q(b) - log p(x, b)`.
fn cost(x: f64, b: bool, q: f64) -> f64 {
    let mean = if b { 2.0 } else { 0.0 };
    log_bernoulli(b, q) - log_bernoulli(b, 0.3) - log_normal(x, mean, 0.5)
}

fn loss([l]: [f64; 1]) -> f64 {
    X.iter().map(|&x| expect([logistic(l)], |[b]| cost(x, b, logistic(l)))).sum()
}

/// The mean square of what a prediction leaves of the costs.
fn square([level, slope]: [f64; 2]) -> f64 {
    let q = logistic(0.2);
    let of = |x: f64| expect([q], |[b]| (cost(x, b, q) - level - slope * x).powi(2));
    X.iter().map(|&x| of(x)).sum::<f64>() / 3.0
}

#[test]
fn the_guide_and_the_prediction_have_their_own_gradients() {
    let own = gradient_and_value(loss, [0.2]);
    let taught = gradient_and_value(square, [0.5, -0.25]);
    let exact = [own[0], taught[0], taught[1], own[1]];
    let elbo = particles(100).closed_kl(false);
    let svi = Svi::new(coins(&X), learned(&X), elbo, sgd()).seed(20);
    assert_gradient!(svi, "learned", exact, "l", "level", "slope");
}

#[test]
fn what_was_learnt_lowers_the_variance() {
    let elbo = || Elbo::default().closed_kl(false);
    let mut svi = Svi::new(coins(&X), learned(&X), elbo(), Sgd::new(0.02)).seed(21);
    let variance = |svi: &mut Svi<_, _, _, _>| {
        Moments::of(4_000, || vec![svi.gradient().unwrap().1.get("l").unwrap()[[]]]).variance(0)
    };
    let before = variance(&mut svi);
    for _ in 0..1_500 {
        svi.step().unwrap();
        svi.set_parameter("l", 0.2).unwrap();
    }
    let after = variance(&mut svi);
    assert!(after < 0.5 * before, "{before} {after}");
}

mod masked {
    use super::*;

    const WITH_GAPS: [f64; 5] = [-1.0, f64::NAN, 0.7, f64::INFINITY, 2.0];
    const THERE: [bool; 5] = [true, false, true, false, true];

    #[model]
    fn some(x: &[f64], there: &[bool]) {
        plate!("i", x.len(), mask(there), |i| {
            let b = sample!("b", Bernoulli::new(0.3)).to_real();
            observe!("x", Normal::new(2.0 * b, 0.5), x.at(i));
        });
    }

    #[guide(some)]
    fn taught(x: &[f64], there: &[bool]) {
        let (level, slope) = (param!("level", 0.5), param!("slope", -0.25));
        let l = param!("l", 0.2);
        plate!("i", x.len(), mask(there), |i| {
            let prediction = level + slope * x.at(i);
            sample!("b", Bernoulli::logits(l), Score::baseline(Learned(prediction)));
        });
    }

    /// What is left out is neither taught nor counted: the gradients are those of the plate without it.
    #[test]
    fn a_prediction_learns_from_the_elements_that_are_there() {
        let own = gradient_and_value(loss, [0.2]);
        let by_prediction = gradient_and_value(square, [0.5, -0.25]);
        let exact = [own[0], by_prediction[0], by_prediction[1], own[1]];
        let elbo = particles(100).closed_kl(false);
        let svi = Svi::new(some(&WITH_GAPS, &THERE), taught(&WITH_GAPS, &THERE), elbo, sgd()).seed(24);
        assert_gradient!(svi, "learned with a mask", exact, "l", "level", "slope");
    }
}

#[guide(coins)]
fn given(x: &[f64]) {
    let l = param!("l", 0.2);
    let levels = Tensor::stack(&[3.0, 2.0, 1.0]);
    plate!("i", x.len(), |i| {
        // A parameter in a baseline gets no gradient from it.
        let guess = levels.at(i) + param!("idle", 0.0);
        sample!("b", Bernoulli::logits(l), Score::baseline(Given(guess)));
    });
}

#[test]
fn a_given_baseline_is_not_differentiated() {
    let own = gradient_and_value(loss, [0.2]);
    let svi = Svi::new(coins(&X), given(&X), particles(100), sgd()).seed(22);
    assert_gradient!(svi, "given", own, "l");
    let (_, gradient) = Svi::new(coins(&X), given(&X), particles(100), sgd()).gradient().unwrap();
    assert!(gradient.get("idle").unwrap().iter().all(|&g| g == 0.0));
}

#[guide(coins)]
fn too_many(x: &[f64]) {
    plate!("i", x.len(), |_| {
        let guess: Tensor = Tensor::stack(&[3.0, 2.0, 1.0]);
        sample!("b", Bernoulli::logits(param!("l", 0.2)), Score::baseline(Given(guess)));
    });
}

#[test]
fn a_baseline_is_one_number() {
    let message = Svi::new(coins(&X), too_many(&X), particles(1), sgd()).step().unwrap_err().to_string();
    assert!(message.contains("the baseline must be one number") && message.contains("[3]"), "{message}");
}

#[guide(coins)]
fn of_another_plate(x: &[f64]) {
    let l = param!("l", 0.2);
    let kept = std::cell::Cell::new(l);
    plate!("j", 2, |_| kept.set(param!("level", 0.5)));
    plate!("i", x.len(), |_| {
        sample!("b", Bernoulli::logits(l), Score::baseline(Given(kept.get())));
    });
}

#[test]
fn a_baseline_belongs_to_the_plates_of_its_site() {
    let session = |n| Svi::new(coins(&X), of_another_plate(&X), particles(n), sgd());
    for n in [1, 3] {
        let message = session(n).step().unwrap_err().to_string();
        assert!(message.contains("`b`") && message.contains("in plates [j]"), "{message}");
    }
}
