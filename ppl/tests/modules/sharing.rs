//! Modules that both programs make are one, with the names and the gradients of both.

use super::*;
use ndarray::{Array2, ArrayD, array};

/// A user's own module with parts.
struct Pair {
    first: Layer,
    second: Layer,
}

#[module]
fn pair(mut inner: usize) -> Pair {
    inner += 1;
    let first = module!("first", layer(3, inner));
    Pair { first, second: module!("second", layer(inner, 2)) }
}

impl Pair {
    fn apply(&self, x: Tensor) -> Tensor {
        self.second.apply(self.first.apply(x).tanh())
    }
}

fn data() -> Array2<f64> {
    array![[0.3, -0.5, 0.9], [1.2, 0.4, -0.1], [-0.7, 0.2, 0.6], [0.1, 0.8, -1.1]]
}

/// A variational autoencoder: the decoder is the model's, the encoder the guide's, and `features` both make.
#[model]
fn vae(x: &Array2<f64>, batch: usize) {
    let decoder = module!("decoder", nn::mlp(&[2, 4, 3], Activation::Tanh));
    let features = module!("/features", pair(2));
    plate!("row", x.nrows(), subsample(batch), |i| {
        let z = sample!("z", Normal::new(features.apply(x.at(i)), 1.0));
        observe!("x", Normal::new(decoder.apply(z), 0.5), x.at(i));
    });
}

#[guide(vae)]
fn encoder(x: &Array2<f64>, batch: usize) {
    let features = module!("/features", pair(2));
    let encoder = module!("encoder", nn::dense(2, 4));
    plate!("row", x.nrows(), subsample(batch), |i| {
        let h = encoder.apply(features.apply(x.at(i)).softplus());
        sample!("z", Normal::new(h.slice(0, 0..2), h.slice(0, 2..4).exp()));
    });
}

const FEATURES: [&str; 4] =
    ["features/first/w", "features/first/b", "features/second/w", "features/second/b"];

#[test]
fn a_name_is_one_module_in_both_programs() {
    let x = data();
    let mut svi = Svi::new(vae(&x, 4), encoder(&x, 4), Elbo::default(), Adam::new(0.01)).seed(3);
    svi.step().unwrap();
    let decoder = ["decoder/layer[0]/w", "decoder/layer[0]/b", "decoder/layer[1]/w", "decoder/layer[1]/b"];
    let all: Vec<&str> = FEATURES.into_iter().chain(["encoder/w", "encoder/b"]).chain(decoder).collect();
    assert_eq!(names!(svi), all);
    assert_eq!(svi.parameters().get("features/first/w").unwrap().shape(), [3, 3]);
}

/// The gradient of what both programs use is the sum of what it is for each, which differences see.
#[test]
fn gradients_of_a_shared_module_are_those_of_both_programs() {
    let x = data();
    for (batch, particles) in [(4, 1), (2, 3)] {
        let new = || {
            let objective = Elbo::default().particles(particles);
            Svi::new(vae(&x, batch), encoder(&x, batch), objective, Adam::new(0.01)).seed(3)
        };
        let mut svi = new();
        svi.step().unwrap();
        let names = ["features/first/w", "encoder/b", "decoder/layer[1]/w"];
        assert_differences(new, &values(&svi.parameters()), &names);
    }
}

/// Compares derivatives with six-point differences of the loss at the same draws, those of the first step of a new session, with parameters at these values.
pub(super) fn assert_differences<M, G, O, P>(
    new: impl Fn() -> Svi<M, G, O, P>,
    at: &[(String, ArrayD<f64>)],
    names: &[&str],
) where
    M: ppl::Model<Element = f64>,
    M::Sites: ppl::GuidedBy<G::Sites>,
    G: ppl::Guide<Element = f64>,
    O: ppl::objective::Objective<f64>,
    P: ppl::optim::Optimiser<f64>,
{
    let gradient = |moved: Option<(&str, ArrayD<f64>)>| {
        let mut svi = new();
        let moved = moved.into_iter();
        for (name, value) in at.iter().map(|(name, value)| (name.as_str(), value.clone())).chain(moved) {
            svi.set_parameter(name, value).unwrap();
        }
        svi.gradient().unwrap()
    };
    let (step, found) = gradient(None);
    for name in names {
        let (_, values) = at.iter().find(|(known, _)| known == name).unwrap();
        for k in 0..values.len() {
            let here = values.iter().nth(k).copied().unwrap();
            let h = 1e-3 * here.abs().max(0.01);
            let loss = |by: f64| {
                let mut other = values.clone();
                *other.iter_mut().nth(k).unwrap() = here + by;
                gradient(Some((name, other))).0.loss
            };
            let pairs = [(45.0, 1.0), (-9.0, 2.0), (1.0, 3.0)];
            let weighed = pairs.map(|(weight, steps)| weight * (loss(steps * h) - loss(-steps * h)));
            let difference = weighed.iter().sum::<f64>() / (60.0 * h);
            let found = found.get(name).unwrap().iter().nth(k).copied().unwrap();
            // What the loss itself is rounded to, in units of the difference.
            let rounding = 1e-14 * step.loss.abs() / h;
            let tolerance = 1e-6 * difference.abs() + 10.0 * rounding;
            assert!((found - difference).abs() <= tolerance, "{name}[{k}]: {found}, {difference}");
        }
    }
}

/// Returns the names and values of a session's parameters.
pub(super) fn values(parameters: &ppl::Parameters) -> Vec<(String, ArrayD<f64>)> {
    parameters.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

#[test]
fn a_wrong_derivative_is_noticed() {
    // The score function's estimate is no derivative of the loss at the same draws.
    #[model]
    fn normal() {
        let net = module!("net", nn::dense(2, 1));
        let z = sample!("z", Normal::new(0.0, 1.0));
        observe!("x", Normal::new(net.apply([0.3, 0.4]).at(0).to_real() * z, 1.0), 0.5);
    }
    #[guide(normal)]
    fn by_score() {
        let net = module!("net", nn::dense(2, 1));
        sample!("z", Normal::new(net.apply([0.3, 0.4]).at(0).to_real(), 0.7), Score::new());
    }
    let new = || Svi::new(normal(), by_score(), Elbo::default(), Adam::new(0.01)).seed(3);
    let mut svi = new();
    svi.step().unwrap();
    let at = values(&svi.parameters());
    let compare = std::panic::AssertUnwindSafe(|| assert_differences(new, &at, &["net/w"]));
    assert!(std::panic::catch_unwind(compare).is_err());
}

/// The parameters of a module are of no plate, with the gradient of the whole.
#[test]
fn subsampled_rows_share_a_module() {
    let x = data();
    let gradient = |batch, steps: u64| {
        let mut svi =
            Svi::new(vae(&x, batch), encoder(&x, batch), Elbo::default(), Adam::new(1e-300)).seed(5);
        let mut mean = Array2::<f64>::zeros((3, 3));
        for _ in 0..steps {
            let (_, gradient) = svi.gradient().unwrap();
            let of_step = gradient.get("features/first/w").unwrap().clone();
            mean += &of_step.into_dimensionality::<ndarray::Ix2>().unwrap();
            svi.step().unwrap();
        }
        mean / steps as f64
    };
    let (whole, halves) = (gradient(4, 4_000), gradient(2, 16_000));
    for (a, b) in whole.iter().zip(&halves) {
        assert!(
            (a - b).abs() < 0.15 * whole.iter().map(|v| v.abs()).fold(0.0, f64::max),
            "{whole}, {halves}"
        );
    }
}

#[model]
fn inner(x: f64) {
    let net = module!("net", nn::dense(1, 1));
    let shared = module!("/shared", nn::dense(1, 1));
    let z = sample!("z", Normal::new(shared.apply([0.5]).at(0).to_real(), 1.0));
    observe!("x", Normal::new(net.apply(Tensor::stack(&[z])).at(0).to_real(), 1.0), x);
}

#[model]
fn outer() {
    call!("one", inner(0.3));
    call!("two", inner(0.7));
    module!("/shared", nn::dense(1, 1));
}

#[guide(inner)]
fn of_inner() {
    let net = module!("net", nn::dense(1, 1));
    sample!("z", Normal::new(net.apply([0.5]).at(0).to_real(), 1.0));
}

#[guide(outer)]
fn of_outer() {
    call!("one", of_inner());
    call!("two", of_inner());
}

#[test]
fn names_are_relative_to_the_program_but_for_the_sessions() {
    let new = || Svi::new(outer(), of_outer(), Elbo::default(), Adam::new(0.01)).seed(3);
    let mut svi = new();
    for _ in 0..3 {
        svi.step().unwrap();
    }
    let expected = ["one/net/w", "one/net/b", "two/net/w", "two/net/b", "shared/w", "shared/b"];
    assert_eq!(names!(svi), expected);
    assert_differences(new, &values(&svi.parameters()), &expected);
}

#[test]
fn explanations_tell_which_program_makes_a_module() {
    let x = data();
    let mut svi = Svi::new(vae(&x, 4), encoder(&x, 4), Elbo::default(), Adam::new(0.01)).seed(3);
    svi.step().unwrap();
    let explanation = svi.explain().unwrap();
    let found: Vec<_> =
        explanation.modules().iter().map(|m| (m.name.as_str(), m.in_model, m.in_guide)).collect();
    assert_eq!(found, [("features", true, true), ("encoder", false, true), ("decoder", true, false)]);
    let text = explanation.to_string();
    for line in ["the guide alone", "the model alone", "ppl::nn::mlp", "modules::sharing::pair"] {
        assert!(text.contains(line), "{text}");
    }
    // A session whose programs have not been run yet can be explained, too.
    let new = Svi::new(vae(&x, 4), encoder(&x, 4), Elbo::default(), Adam::new(0.01)).seed(3);
    assert_eq!(new.explain().unwrap().modules(), explanation.modules());
}

#[test]
fn modules_are_frozen_saved_and_loaded_by_their_names() {
    let x = data();
    let new = |seed| Svi::new(vae(&x, 4), encoder(&x, 4), Elbo::default(), Adam::new(0.01)).seed(seed);
    let mut svi = new(3);
    svi.step().unwrap();
    svi.freeze("decoder/*").unwrap();
    svi.freeze("features/first/*").unwrap();
    let before = svi.parameters();
    for _ in 0..3 {
        svi.step().unwrap();
    }
    let after = svi.parameters();
    for (name, value) in after.iter() {
        let held = name.starts_with("decoder/") || name.starts_with("features/first/");
        assert_eq!(value == before.get(name).unwrap(), held, "{name}");
    }
    let path = std::env::temp_dir().join(format!("ppl-modules-{}.safetensors", std::process::id()));
    svi.save(&path).unwrap();
    let mut loaded = new(9);
    loaded.load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.parameters(), after);
    assert_eq!(loaded.step().unwrap().loss.to_bits(), svi.step().unwrap().loss.to_bits());
    assert_eq!(loaded.parameters(), svi.parameters());
}

/// A user's module does what the library's does, bit for bit.
#[test]
fn a_module_of_ones_own_is_as_good_as_the_librarys() {
    #[model]
    fn own(x: &[f64; 3]) {
        let net = module!("net", layer(3, 2));
        observe!("y", Normal::new(net.apply(Tensor::from(x)), 1.0), &[0.3, 0.7]);
    }
    #[model]
    fn library(x: &[f64; 3]) {
        let net = module!("net", nn::dense(3, 2));
        observe!("y", Normal::new(net.apply(Tensor::from(x)), 1.0), &[0.3, 0.7]);
    }
    #[guide]
    fn nothing() {}
    let x = [0.4, -0.2, 1.1];
    let mut one = Svi::new(own(&x), nothing(), Elbo::default(), Adam::new(0.01)).seed(3);
    let mut other = Svi::new(library(&x), nothing(), Elbo::default(), Adam::new(0.01)).seed(3);
    for _ in 0..5 {
        assert_eq!(one.step().unwrap().loss.to_bits(), other.step().unwrap().loss.to_bits());
    }
    assert_eq!(one.parameters(), other.parameters());
}

#[test]
fn parameters_are_taken_by_their_module() {
    let x = data();
    let mut svi = Svi::new(vae(&x, 4), encoder(&x, 4), Elbo::default(), Adam::new(0.01)).seed(3);
    svi.step().unwrap();
    let all = svi.parameters();
    let decoder = all.under("decoder").unwrap();
    assert_eq!(decoder.names().collect::<Vec<_>>(), ["layer[0]/w", "layer[0]/b", "layer[1]/w", "layer[1]/b"]);
    assert_eq!(decoder.get("layer[1]/w").unwrap(), all.get("decoder/layer[1]/w").unwrap());
    assert_eq!(all.under("decoder/layer[0]").unwrap().names().collect::<Vec<_>>(), ["w", "b"]);
    let error = all.under("decode").unwrap_err().to_string();
    assert!(
        error.contains("no prefix of parameters `decode` in this session") && error.contains("`decoder`"),
        "{error}"
    );
}
