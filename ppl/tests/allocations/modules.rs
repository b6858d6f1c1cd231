//! Modules are made again in each step, in the memory of the last.

use super::*;

#[model]
fn by_modules(x: &Array2<f64>, words: &[u32]) {
    let decoder = module!("decoder", nn::mlp(&[2, 5, 3], Activation::Gelu));
    let norm = module!("norm", nn::layer_norm(3));
    let drop = module!("drop", nn::dropout(0.2));
    let table = module!("/table", nn::embedding(4, 3));
    plate!("row", x.nrows(), subsample(6), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[2]), 1.0));
        let mean = norm.apply(drop.apply(decoder.apply(z)) + table.at(words.at(i)));
        observe!("x", Normal::new(mean, 1.0), x.at(i));
    });
}

#[guide(by_modules)]
fn of_modules(x: &Array2<f64>, words: &[u32]) {
    let cell = module!("cell", nn::gru(3, 4));
    let table = module!("/table", nn::embedding(4, 3));
    plate!("row", x.nrows(), subsample(6), |i| {
        let state = cell.step(x.at(i), cell.step(table.at(words.at(i)), Tensor::zeros(&[4])));
        sample!("z", Normal::new(state.slice(0, 0..2), state.slice(0, 2..4).exp()));
    });
}

#[test]
fn steps_with_modules_allocate_nothing() {
    let x = Array2::from_shape_fn((20, 3), |(i, j)| ((i * 7 + j * 3) as f64).sin());
    let words: Vec<u32> = (0..20).map(|i| i % 4).collect();
    for particles in [1, 3] {
        let (model, guide) = (by_modules(&x, &words), of_modules(&x, &words));
        let mut svi = Svi::new(model, guide, Elbo::default().particles(particles), Adam::new(0.01)).seed(2);
        let counted = allocations(50, || {
            svi.step().expect("a step");
        });
        assert_eq!(counted, 0, "with {particles} particles");
    }
}
