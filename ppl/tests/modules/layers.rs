//! The library's layers: values against formulas, and derivatives against differences at three scales.

use super::sharing::{assert_differences, values};
use super::*;
use ndarray::{Array1, Array2, ArrayD, array};
use ppl::RunOptions;

#[guide]
fn nothing() {}

/// Returns numbers of about this size, which differ, for every parameter.
pub(super) fn scattered(parameters: &ppl::Parameters, scale: f64) -> Vec<(String, ArrayD<f64>)> {
    let mut all = values(parameters);
    for (which, (_, value)) in all.iter_mut().enumerate() {
        for (k, v) in value.iter_mut().enumerate() {
            *v = scale * (1.3 * (which + k + 1) as f64).sin();
        }
    }
    all
}

/// Asserts that all derivatives of a model's loss are those of differences, at three scales of its parameters.
macro_rules! assert_layer {
    ($model:expr) => {{
        let new = || Svi::new($model, nothing(), Elbo::default(), Adam::new(0.01)).seed(2);
        let mut svi = new();
        svi.step().unwrap();
        let names = names!(svi);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(names.len() > 1, "{names:?}");
        for scale in [0.05, 0.6, 2.5] {
            assert_differences(new, &scattered(&svi.parameters(), scale), &names);
        }
    }};
}

const ALL: [Activation; 9] = [
    Activation::Identity,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu(0.1),
    Activation::Elu,
    Activation::Gelu,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Softplus,
];

#[test]
fn dense_layers_and_every_activation() {
    #[model]
    fn net(activation: Activation) {
        let net = module!("net", nn::mlp(&[3, 4, 2], activation));
        let x = param!("x", init::normal([2, 2, 3], 1.0));
        observe!("y", Normal::new(net.apply(x), 0.5), &ArrayD::from_elem(vec![2, 2, 2], 0.3));
    }
    for activation in ALL {
        assert_layer!(net(activation));
    }
}

#[test]
fn layer_norms() {
    #[model]
    fn norm() {
        let norm = module!("norm", nn::layer_norm(4));
        let x = param!("x", init::normal([2, 4], 1.0));
        let y = array![[0.3, -0.1, 0.8, 0.2], [1.0, -1.0, 0.5, 0.0]];
        observe!("y", Normal::new(norm.apply(x), 0.5), &y);
    }
    assert_layer!(norm());
}

#[test]
fn recurrent_cells() {
    #[model]
    fn cell() {
        let cell = module!("cell", nn::gru(2, 3));
        let x = param!("x", init::normal([3, 2, 2], 1.0));
        let mut h = param!("h", init::normal([2, 3], 1.0));
        for t in 0..3 {
            h = cell.step(x.at(t), h);
        }
        observe!("y", Normal::new(h, 0.5), &array![[0.3, -0.1, 0.8], [1.0, -1.0, 0.5]]);
    }
    assert_layer!(cell());
}

#[test]
fn embeddings() {
    #[model]
    fn words(text: &Array2<u32>) {
        let words = module!("words", nn::embedding(5, 2));
        let net = module!("net", nn::dense(2, 1));
        plate!("text", text.nrows(), |i| {
            let mean = net.apply(words.at(text.at(i))).mean();
            observe!("y", Normal::new(mean, 0.5), 0.3);
        });
    }
    // Repeated words, and one that no text has.
    let text = array![[0, 3, 3], [1, 0, 4]];
    assert_layer!(words(&text));
}

/// The same draws serve all differences.
#[test]
fn dropout() {
    #[model]
    fn dropped(rows: usize) {
        let drop = module!("drop", nn::dropout(0.4));
        let net = module!("net", nn::dense(6, 2));
        let x = param!("x", init::normal([6], 1.0));
        plate!("row", rows, |_i| {
            observe!("y", Normal::new(net.apply(drop.apply(x)), 0.5), &[0.3, 0.7]);
        });
    }
    assert_layer!(dropped(5));
    // Each element of the plate has its own.
    let mut svi = Svi::new(dropped(5), nothing(), Elbo::default(), Adam::new(0.01)).seed(2);
    svi.step().unwrap();
    let (one, other) = (svi.step().unwrap().loss, svi.step().unwrap().loss);
    assert_ne!(one, other);
}

#[test]
fn words_are_dropped_while_a_network_learns() {
    #[model]
    fn dropped(text: &Array2<u32>) {
        let drop = module!("drop", nn::word_dropout(0.3));
        plate!("text", text.nrows(), |i| {
            let kept = drop.apply(text.at(i), 0).to_tensor();
            penalty!("p", kept.mean());
            deterministic!("kept", kept);
            observe!("y", Normal::new(0.0, 1.0), 0.0);
        });
    }
    let text = Array2::from_elem((20, 50), 2);
    let mut svi = Svi::new(dropped(&text), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(2);
    let losses: Vec<f64> = (0..100)
        .map(|_| {
            let step = svi.step().unwrap();
            (step.loss + step.elbo) / 20.0
        })
        .collect();
    let mean = losses.iter().sum::<f64>() / 100.0;
    // Each of 100,000 words is two with probability .7, else zero.
    assert!((mean - 1.4).abs() < 5.0 * (4.0 * 0.21 / 1e5_f64).sqrt(), "{mean}");
    assert_ne!(losses[0], losses[1]);
    // A question about the posterior has all of them.
    let draws = svi.posterior().draws(1).unwrap();
    assert!(draws.get("kept").unwrap().iter().all(|&word| word == 2.0));
}

/// Plain, dilated, causal and centred windows, of rows in a plate and of a batch.
#[test]
fn convolutions() {
    #[model]
    fn convolved(y: &Array2<f64>) {
        let conv = module!("conv", nn::conv1d(2, 3, 3));
        let x = param!("x", init::normal([2, 6, 2], 1.0));
        let all = [conv, conv.dilated(2), conv.causal(), conv.causal().dilated(2), conv.centred()];
        for (k, conv) in all.into_iter().enumerate() {
            penalty!("batch"[k], conv.apply(x).sin().mean());
        }
        plate!("row", y.nrows(), |i| {
            let found = conv.causal().apply(x.at(i)).sum_over(1);
            observe!("y", Normal::new(found, 0.5), y.at(i));
        });
    }
    let y = array![[0.3, -0.1, 0.8, 0.2, 0.5, 0.9], [1.0, -1.0, 0.5, 0.0, 0.1, 0.2]];
    assert_layer!(convolved(&y));
}

#[test]
fn convolutions_are_sums_over_windows() {
    #[model]
    fn convolved(x: &Array2<f64>) {
        let conv = module!("conv", nn::conv1d(2, 3, 3));
        deterministic!("plain", conv.dilated(2).apply(x));
        deterministic!("causal", conv.dilated(2).causal().apply(x));
        deterministic!("centred", conv.centred().apply(x));
        observe!("y", Normal::new(0.0, 1.0), 0.0);
    }
    let x = Array2::from_shape_fn((7, 2), |(t, i)| ((t * 3 + i * 5) as f64).sin());
    let mut svi = Svi::new(convolved(&x), nothing(), Elbo::default(), Sgd::new(0.1)).seed(2);
    svi.step().unwrap();
    for (name, value) in scattered(&svi.parameters(), 0.8) {
        svi.set_parameter(&name, value).unwrap();
    }
    let parameters = svi.parameters();
    let (w, b) = (parameters.get("conv/w").unwrap().clone(), parameters.get("conv/b").unwrap().clone());
    let draws = svi.posterior().draws(1).unwrap();
    for (name, windows, dilation, first) in [("plain", 3, 2, 0), ("causal", 7, 2, -4), ("centred", 7, 1, -1)]
    {
        let found = draws.get(name).unwrap();
        assert_eq!(found.shape(), [1, windows, 3], "{name}");
        for (t, o) in (0..windows).flat_map(|t| (0..3).map(move |o| (t, o))) {
            let mut expected = b[[o]];
            for (k, i) in (0..3).flat_map(|k| (0..2).map(move |i| (k, i))) {
                let place = t as i64 + first + k as i64 * dilation;
                if (0..7).contains(&place) {
                    expected += w[[k, i, o]] * x[[place as usize, i]];
                }
            }
            assert!((found[[0, t, o]] - expected).abs() < 1e-13, "{name}: {found}, {expected}");
        }
    }
    #[model]
    fn too_short(x: &Array2<f64>, dilation: usize) {
        penalty!("p", module!("conv", nn::conv1d(2, 3, 3)).dilated(dilation).apply(x).sum());
    }
    for (dilation, words) in [
        (4, "module `conv`: expected 9 steps at least, as many as a window reaches over, got [7, 2]"),
        (0, "module `conv`: expected a width and a dilation of one at least, got 3 and 0"),
    ] {
        let mut svi = Svi::new(too_short(&x, dilation), nothing(), Elbo::default(), Sgd::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
}

#[test]
fn dropout_keeps_expectations_and_is_off_in_evaluations() {
    #[model]
    fn dropped() {
        let drop = module!("drop", nn::dropout(0.3));
        let x = param!("x", init::full([1000], 2.0));
        penalty!("p", drop.apply(x).mean());
        observe!("sum", Normal::new(x.sum() - drop_none(x), 1.0), 0.0);
    }
    fn drop_none(x: Tensor) -> Real {
        x.sum()
    }
    let mut svi = Svi::new(dropped(), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(2);
    let steps = 400;
    let losses: Vec<f64> = (0..steps)
        .map(|_| {
            let step = svi.step().unwrap();
            step.loss + step.elbo
        })
        .collect();
    let mean = losses.iter().sum::<f64>() / f64::from(steps);
    let variance = losses.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / f64::from(steps - 1);
    // Each number has variance 4 * 0.3 / 0.7.
    let expected = 4.0 * 0.3 / 0.7 / 1000.0;
    assert!((mean - 2.0).abs() < 5.0 * (expected / f64::from(steps)).sqrt(), "{mean}");
    assert!((variance - expected).abs() < 5.0 * expected * (2.0 / f64::from(steps)).sqrt(), "{variance}");

    #[model]
    fn observed() {
        let drop = module!("drop", nn::dropout(0.3));
        observe!("y", Normal::new(drop.apply(param!("x", init::full([50], 2.0))), 1.0), &[0.5; 50]);
    }
    let mut svi = Svi::new(observed(), nothing(), Elbo::default(), Sgd::new(1e-300)).seed(2);
    svi.step().unwrap();
    let evaluation = svi.evaluate(3).unwrap();
    let expected = 50.0 * (0.5 * 1.5f64.powi(2) + 0.5 * std::f64::consts::TAU.ln());
    assert!((evaluation.loss - expected).abs() < 1e-10, "{evaluation:?}");
    let found = svi.posterior().predictive(2_000).unwrap().summary().row("y", &[7]).unwrap().mean;
    assert!((found - 2.0).abs() < 0.15, "{found}");
    // A second use would be the same noise.
    #[model]
    fn twice() {
        let drop = module!("drop", nn::dropout(0.3));
        penalty!("p", drop.apply(drop.apply([1.0, 2.0])).sum());
    }
    let error = Svi::new(twice(), nothing(), Elbo::default(), Sgd::new(0.1)).step().unwrap_err().to_string();
    assert!(error.contains("`drop/keep`: is drawn twice"), "{error}");
    #[model]
    fn of_rate(rate: f64) {
        let drop = module!("drop", nn::dropout(rate));
        penalty!("p", drop.apply([1.0, 2.0]).sum());
    }
    for rate in [1.0, 1.5, -0.1, f64::NAN] {
        let error = Svi::new(of_rate(rate), nothing(), Elbo::default(), Sgd::new(0.1)).step().unwrap_err();
        assert!(
            error.to_string().contains("module `drop`: expected a rate in [0, 1), got"),
            "{rate}: {error}"
        );
    }
}

/// The values of each layer are those of its formula, written out.
#[test]
fn values_are_those_of_the_formulas() {
    #[model]
    fn all(x: &[f64; 2], h: &[f64; 3]) {
        let norm = module!("norm", nn::layer_norm(2));
        deterministic!("normed", norm.apply(x));
        let cell = module!("cell", nn::gru(2, 3));
        deterministic!("state", cell.step(x, h));
        let net = module!("net", nn::mlp(&[2, 3, 2], Activation::Silu));
        deterministic!("out", net.apply(x));
    }
    let (x, h) = ([0.4, -1.2], [0.3, 0.1, -0.6]);
    let mut svi = Svi::new(all(&x, &h), nothing(), Elbo::default(), Adam::new(0.01)).seed(2);
    svi.step().unwrap();
    for (name, value) in scattered(&svi.parameters(), 0.8) {
        svi.set_parameter(&name, value).unwrap();
    }
    let parameters = svi.parameters();
    let vector =
        |name: &str| parameters.get(name).unwrap().clone().into_dimensionality::<ndarray::Ix1>().unwrap();
    let matrix =
        |name: &str| parameters.get(name).unwrap().clone().into_dimensionality::<ndarray::Ix2>().unwrap();
    let (x, h) = (Array1::from(x.to_vec()), Array1::from(h.to_vec()));
    let close = |found: ArrayD<f64>, expected: Array1<f64>| {
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "{found}, {expected}");
    };
    let draws = svi.posterior().draws(1).unwrap();
    let value = |name: &str| draws.get(name).unwrap().index_axis(ndarray::Axis(0), 0).to_owned();

    let (mean, n) = (x.sum() / 2.0, 2.0);
    let variance = x.mapv(|v| (v - mean).powi(2)).sum() / n;
    let normed = (&x - mean) / (variance + 1e-5).sqrt() * vector("norm/gain") + vector("norm/shift");
    close(value("normed"), normed);

    let sigmoid = |v: f64| 1.0 / (1.0 + (-v).exp());
    let of_x = x.dot(&matrix("cell/w")) + vector("cell/b");
    let of_h = h.dot(&matrix("cell/v")) + vector("cell/a");
    let state = Array1::from_shape_fn(3, |k| {
        let (r, u) = (sigmoid(of_x[k] + of_h[k]), sigmoid(of_x[3 + k] + of_h[3 + k]));
        let c = (of_x[6 + k] + r * of_h[6 + k]).tanh();
        u * h[k] + (1.0 - u) * c
    });
    close(value("state"), state);

    let inner = x.dot(&matrix("net/layer[0]/w")) + vector("net/layer[0]/b");
    let out = inner.mapv(|v| v * sigmoid(v)).dot(&matrix("net/layer[1]/w")) + vector("net/layer[1]/b");
    close(value("out"), out);
}

/// A step moves the vectors of the words that it reads, and no others.
#[test]
fn an_embedding_moves_the_rows_that_are_read() {
    #[model]
    fn words(text: &[u32], batch: usize) {
        let words = module!("words", nn::embedding(6, 2));
        plate!("word", text.len(), in_order(batch), |i| {
            observe!("y", Normal::new(words.at(text.at(i)), 0.5), &[0.3, -2.0]);
        });
    }
    let text = [0, 3, 5, 1];
    let mut svi = Svi::new(words(&text, 2), nothing(), Elbo::default(), Adam::new(0.01)).seed(2);
    let mut rows = |expected: [bool; 6]| {
        let before = svi.parameters().get("words/table").cloned();
        svi.step().unwrap();
        let after = svi.parameters().get("words/table").unwrap().clone();
        let Ok(before) = before else { return };
        for (k, moves) in expected.into_iter().enumerate() {
            let row = |of: &ArrayD<f64>| of.index_axis(ndarray::Axis(0), k).to_owned();
            assert_eq!(row(&before) != row(&after), moves, "row {k}");
        }
    };
    rows([true; 6]);
    rows([false, true, false, false, false, true]);
    // Adam's moments would move the others on.
    rows([true, false, false, true, false, false]);
    let report = svi.run_with(50, RunOptions::default());
    assert!(report.is_ok());
}
