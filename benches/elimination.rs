//! A step of models whose discrete sites are summed out, at plates that double: the cost is linear in their sizes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::prelude::*;

const MEANS: [f64; 4] = [-2.0, 0.0, 1.0, 4.0];

/// A switch outside of rows, each of which has a class, whose columns have a switch of their own.
#[model]
fn nested(x: &ndarray::Array2<f64>) {
    let shift = param!("shift", 0.3);
    let weights = param!("weights", init::uniform_simplex(4), Simplex);
    let k = sample!("k", Bernoulli::new(0.4), enumerate).to_real();
    plate!("row", x.nrows(), |i| {
        let class = sample!("class", Categorical::new(weights), enumerate);
        let mean = MEANS.at(class) + shift * k;
        plate!("column", x.ncols(), |j| {
            let odd = sample!("odd", Bernoulli::new(0.1), enumerate).to_real();
            observe!("x", Normal::new(mean + 3.0 * odd, 1.0), x.at(i).at(j));
        });
    });
}

#[guide(nested)]
fn nothing(_x: &ndarray::Array2<f64>) {}

fn steps(c: &mut Criterion) {
    for (name, shapes) in [
        ("rows", [(64, 16), (128, 16), (256, 16), (512, 16), (1024, 16)]),
        ("columns", [(16, 64), (16, 128), (16, 256), (16, 512), (16, 1024)]),
    ] {
        let mut group = c.benchmark_group(format!("elimination/{name}"));
        for (rows, columns) in shapes {
            let x =
                ndarray::Array2::from_shape_fn((rows, columns), |(i, j)| ((i * 7 + j * 3) % 11) as f64 - 4.0);
            let mut svi = Svi::new(nested(&x), nothing(&x), Elbo::default(), Adam::new(0.01));
            group.throughput(Throughput::Elements((rows * columns) as u64));
            group.bench_function(BenchmarkId::from_parameter(rows.max(columns)), |b| b.iter(|| svi.step()));
        }
        group.finish();
    }
}

criterion_group!(elimination, steps);
criterion_main!(elimination);
