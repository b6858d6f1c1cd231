use super::*;

const X: [f64; 4] = [0.3, -1.2, 2.0, 0.7];

#[model]
fn global(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, param!("width", 2.0, Positive)));
    let rate = sample!("rate", Gamma::new(2.0, 1.0));
    plate!("data", x.len(), |i| {
        let z = sample!("z", Normal::new(mu, 1.0));
        observe!("x", Normal::new(z * rate, 0.8), x.at(i));
    });
    observe!("apart", Normal::new(param!("free", 0.4), 1.0), 1.0);
}

#[guide(global)]
fn of_global(x: &[f64]) {
    let mu = sample!("mu", Normal::new(param!("loc", 0.2), param!("scale", 1.3, Positive)));
    sample!("rate", Gamma::new(param!("shape", 3.0, Positive), 2.0));
    let slope = param!("slope", 0.3);
    plate!("data", x.len(), |i| {
        sample!("z", Normal::new(slope * x.at(i) + 0.5 * mu, param!("width_z", 0.9, Positive)));
    });
}

#[model]
fn local(x: &[f64], visited: usize) {
    let width = param!("width", 2.0, Positive);
    plate!("data", x.len(), subsample(visited), |i| {
        let z = sample!("z", Normal::new(0.0, width));
        plate!("look", 2, |_| observe!("x", Normal::new(z, 0.8), x.at(i)));
    });
    observe!("apart", Normal::new(param!("free", 0.4), 1.0), 1.0);
}

#[guide(local)]
fn of_local(x: &[f64], visited: usize) {
    let slope = param!("slope", 0.3);
    plate!("data", x.len(), subsample(visited), |i| {
        sample!("z", Normal::new(slope * x.at(i), param!("width_z", 0.9, Positive)));
    });
}

/// Compares each derivative with differences of the loss under the same noise.
macro_rules! compare {
    ($model:expr, $guide:expr, $objective:expr, [$($name:literal),*]) => {{
        let session = || Svi::new($model, $guide, $objective, Adam::new(0.1)).seed(4);
        let (step, gradient) = session().gradient().unwrap();
        assert!((step.loss - (step.kl - step.log_likelihood)).abs() < 1e-12);
        for name in [$($name),*] {
            let gradient = gradient.get(name).unwrap().clone();
            let mut start = session();
            start.gradient().unwrap();
            let at = start.parameters().get(name).unwrap().clone();
            let positive = !["loc", "slope", "free"].contains(&name);
            for k in 0..at.len() {
                let loss = |v: f64| {
                    let mut svi = session();
                    let mut moved = at.clone();
                    // The derivative is by the logarithm of a positive parameter.
                    moved.as_slice_mut().unwrap()[k] = if positive { v.exp() } else { v };
                    svi.set_parameter(name, moved).unwrap();
                    svi.gradient().unwrap().0.loss
                };
                let x = at.as_slice().unwrap()[k];
                let expected = slope(loss, if positive { x.ln() } else { x });
                let found = gradient.as_slice().unwrap()[k];
                assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{name}[{k}]: {found}, expected {expected}");
            }
        }
    }};
}

#[test]
fn gradients_of_whole_draws_are_those_of_differences() {
    macro_rules! each {
        ($($objective:expr),*) => {$(
            compare!(global(&X), of_global(&X), $objective, ["width", "free", "loc", "scale", "slope", "width_z"]);
        )*};
    }
    each!(
        Iwae::new(1),
        Iwae::new(3),
        Vimco::new(3),
        Renyi::new(0.5, 3),
        Renyi::new(2.5, 3),
        Renyi::new(1.0, 3)
    );
}

#[test]
fn gradients_of_elements_are_those_of_differences_also_of_a_subsample() {
    macro_rules! each {
        ($($objective:expr),*) => {$(
            for visited in [4, 2] {
                compare!(local(&X, visited), of_local(&X, visited), $objective, ["width", "free", "slope", "width_z"]);
            }
        )*};
    }
    each!(Iwae::new(3), Vimco::new(3), Renyi::new(0.5, 3));
}

#[test]
fn the_model_of_wake_sleep_follows_the_bound() {
    compare!(global(&X), of_global(&X), WakeSleep::new(3), ["width", "free"]);
    compare!(local(&X, 2), of_local(&X, 2), WakeSleep::new(3), ["width", "free"]);
}

#[test]
fn a_scaled_model_scales_the_bound() {
    let mut plain = Svi::new(local(&X, 2), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
    let mut twice = Svi::new(local(&X, 2).scale(2.0), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
    let ((one, by), (two, by_two)) = (plain.gradient().unwrap(), twice.gradient().unwrap());
    close(two.loss, 2.0 * one.loss, 1e-14);
    close(by_two.get("slope").unwrap()[[]], 2.0 * by.get("slope").unwrap()[[]], 1e-13);
}

#[test]
fn parts_sum_to_the_loss() {
    macro_rules! each {
        ($($objective:expr),*) => {$(
            let mut svi = Svi::new(local(&X, 2), of_local(&X, 2), $objective, Adam::new(0.1)).seed(4);
            let step = svi.step().unwrap();
            close(svi.parts().iter().map(|part| part.loss).sum(), step.loss, 1e-13);
            let observed = svi.parts().into_iter().filter(|part| part.observed);
            close(-observed.map(|part| part.loss).sum::<f64>(), step.log_likelihood, 1e-13);
            svi.evaluate(1).unwrap();
            assert!(!svi.parts().is_empty());
            svi.posterior().draws(3).unwrap();
            assert!(svi.parts().is_empty());
        )*};
    }
    each!(Elbo::default(), Iwae::new(3), Vimco::new(2), Renyi::new(0.5, 3), WakeSleep::new(4));
    // What unequal weights add is a divergence.
    let mut svi = Svi::new(local(&X, 2), of_local(&X, 2), Iwae::new(3), Adam::new(0.1)).seed(4);
    svi.step().unwrap();
    assert!(svi.parts().iter().any(|part| part.site == "(weights)" && part.loss > 0.0));
}
