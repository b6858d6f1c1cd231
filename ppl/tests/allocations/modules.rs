//! Modules are made again in each step, in the memory of the last.

use super::*;
use ndarray::Array3;

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

#[model]
fn over_sequences(x: &Array3<f64>, lengths: &[usize]) {
    let both = module!("both", nn::bidirectional(nn::gru(2, 3), nn::lstm(2, 3)));
    plate!("row", lengths.len(), subsample(6), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[3]), 1.0));
        let states = both.over(x.at(i), (z, both.backward.zeros()), nn::lengths(lengths.at(i)));
        observe!("y", Normal::new(states.states().sum(), 1.0), 0.3);
    });
}

#[guide(over_sequences)]
fn of_sequences(x: &Array3<f64>, lengths: &[usize]) {
    let cell = module!("cell", nn::gru(2, 6));
    plate!("row", lengths.len(), subsample(6), |i| {
        let last = cell.backward().over(x.at(i), cell.zeros(), nn::lengths(lengths.at(i))).last();
        sample!("z", Normal::new(last.slice(0, 0..3), last.slice(0, 3..6).exp()));
    });
}

/// Whichever rows a step visits, however long they are.
#[test]
fn steps_with_cells_over_sequences_allocate_nothing() {
    let x = Array3::from_shape_fn((20, 5, 2), |(i, j, k)| ((i * 7 + j * 3 + k) as f64).sin());
    let lengths: Vec<usize> = (0..20).map(|i| i * i % 6).collect();
    for particles in [1, 2] {
        let (model, guide) = (over_sequences(&x, &lengths), of_sequences(&x, &lengths));
        let mut svi = Svi::new(model, guide, Elbo::default().particles(particles), Adam::new(0.01)).seed(2);
        let counted = allocations(50, || {
            svi.step().expect("a step");
        });
        assert_eq!(counted, 0, "with {particles} particles");
    }
}
