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
        }
    };
}
programs!(double, f64);
programs!(single, f32);

#[test]
fn the_same_programs_agree_within_rounding() {
    let x: Array2<u8> = array![[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 0, 0]];
    let words = [0, 2, 2];
    let (model, guide) = (double::vae(&x, &words), double::encoder(&x, &words));
    let mut wide = Svi::new(model, guide, Elbo::default().particles(2), Sgd::new(0.01)).seed(8);
    let (model, guide) = (single::vae(&x, &words), single::encoder(&x, &words));
    let mut narrow = Svi::new(model, guide, Elbo::default().particles(2), Sgd::new(0.01)).seed(8);
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
}
