//! Single precision is double precision within rounding.

use super::*;
use ndarray::{Array2, array};

macro_rules! programs {
    ($name:ident, $element:ident) => {
        mod $name {
            use super::*;

            #[model($element)]
            pub(super) fn vae(x: &Array2<u8>, words: &[u32]) {
                let decoder = module!("decoder", nn::mlp(&[2, 5, 4], Activation::Gelu));
                let norm = module!("norm", nn::layer_norm(4));
                let table = module!("/table", nn::embedding(3, 4));
                plate!("row", x.nrows(), |i| {
                    let z = sample!("z", Normal::new(Tensor::zeros(&[2]), 1.0));
                    let logits = norm.apply(decoder.apply(z) + table.at(words.at(i)));
                    observe!("x", Bernoulli::logits(logits), x.at(i));
                });
            }

            #[guide(vae, $element)]
            pub(super) fn encoder(x: &Array2<u8>, words: &[u32]) {
                let cell = module!("cell", nn::gru(4, 4));
                let own = module!("own", layer(4, 4));
                let table = module!("/table", nn::embedding(3, 4));
                plate!("row", x.nrows(), |i| {
                    let h = own.apply(cell.step(x.at(i).to_tensor(), table.at(words.at(i))));
                    sample!("z", Normal::new(h.slice(0, 0..2), h.slice(0, 2..4).exp()));
                });
            }

            #[model($element)]
            pub(super) fn sequences(text: &Array2<u32>, lengths: &[usize]) {
                let table = module!("table", nn::embedding(7, 4));
                let cells = module!("cells", nn::bidirectional(nn::gru(4, 5), nn::lstm(4, 3)));
                plate!("row", lengths.len(), |i| {
                    let z = sample!("z", Normal::new(Tensor::zeros(&[5]), 1.0));
                    let states = cells.over(
                        table.at(text.at(i)),
                        (z, cells.backward.zeros()),
                        nn::lengths(lengths.at(i)),
                    );
                    observe!("y", Normal::new(states.states().sum() * 0.1 + states.last().sum(), 1.5), 0.3);
                });
            }

            #[guide(sequences, $element)]
            pub(super) fn reader(text: &Array2<u32>, lengths: &[usize]) {
                let table = module!("table", nn::embedding(7, 4));
                let cell = module!("cell", nn::gru(4, 10));
                plate!("row", lengths.len(), |i| {
                    let ends = nn::lengths(lengths.at(i));
                    let h = cell.over(table.at(text.at(i)), cell.zeros(), ends).last();
                    sample!("z", Normal::new(h.slice(0, 0..5), h.slice(0, 5..10).exp()));
                });
            }
        }
    };
}
programs!(double, f64);
programs!(single, f32);

/// Compares the losses and the gradients of a model and a guide in both precisions, at the same parameters.
macro_rules! assert_agreement {
    ($model:ident, $guide:ident, $particles:expr, $($data:expr),*) => {{
        let (model, guide) = (double::$model($($data),*), double::$guide($($data),*));
        let objective = Elbo::default().particles($particles);
        let mut wide = Svi::new(model, guide, objective.clone(), Sgd::new(0.01)).seed(8);
        let (model, guide) = (single::$model($($data),*), single::$guide($($data),*));
        let mut narrow = Svi::new(model, guide, objective, Sgd::new(0.01)).seed(8);
        wide.step().unwrap();
        narrow.step().unwrap();
        let names = names!(wide);
        assert_eq!(names, names!(narrow));
        for name in &names {
            let values = wide.parameters().get(name).unwrap().clone();
            wide.set_parameter(name, values.clone()).unwrap();
            narrow.set_parameter(name, values).unwrap();
        }
        let ((a, by_wide), (b, by_narrow)) = (wide.gradient().unwrap(), narrow.gradient().unwrap());
        let close = |a: f64, b: f64, unit: f64| (a - b).abs() <= 2e-5 * unit;
        assert!(close(a.loss, b.loss, a.loss.abs()), "{a:?}, {b:?}");
        for name in &names {
            let (a, b) = (by_wide.get(name).unwrap(), by_narrow.get(name).unwrap());
            let unit = a.iter().map(|v| v.abs()).fold(1e-2, f64::max);
            assert!(a.iter().zip(b).all(|(&a, &b)| close(a, b, unit)), "{name}: {a}, {b}");
        }
    }};
}

#[test]
fn the_same_programs_agree_within_rounding() {
    let x: Array2<u8> = array![[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 0]];
    assert_agreement!(vae, encoder, 2, &x, &[0, 2, 2]);
}

/// Of so many steps that single precision adds up the products over them in parts.
#[test]
fn cells_over_sequences_agree_within_rounding() {
    let text = Array2::from_shape_fn((20, 30), |(i, t)| (i * 5 + t * t * 3) as u32 % 7);
    let lengths: Vec<usize> = (0..20).map(|i| i * 7 % 31).collect();
    assert_agreement!(sequences, reader, 2, &text, &lengths);
}
