//! The kernels, an element or a product at a time.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl_runtime::__bench::{
    ChainPass, bernoulli_logits_into, broadcast_into, exp_into, ln_into, multiply_add,
};
use std::hint::black_box;

/// Returns `n` numbers between `low` and `high`, in no order.
fn numbers(n: usize, low: f64, high: f64) -> Vec<f64> {
    (0..n).map(|k| low + (high - low) * (k as f64 * 0.618_033_988_749_895).fract()).collect()
}

fn elementwise(c: &mut Criterion) {
    const N: usize = 4096;
    let mut group = c.benchmark_group("elementwise");
    group.throughput(Throughput::Elements(N as u64));
    let mut out = vec![0.0; N];
    let x = numbers(N, -20.0, 20.0);
    group.bench_function("exp", |b| b.iter(|| exp_into(black_box(&x), &mut out)));
    let positive = numbers(N, 1e-6, 1e3);
    group.bench_function("ln", |b| b.iter(|| ln_into(black_box(&positive), &mut out)));
    let y: Vec<f64> = (0..N).map(|k| f64::from(u8::from(k % 3 == 0))).collect();
    group.bench_function("bernoulli_logits", |b| {
        b.iter(|| bernoulli_logits_into(black_box(&y), &x, &mut out))
    });
    let (along, across) = (numbers(64, 0.0, 1.0), numbers(64, 0.0, 1.0));
    group.bench_function("broadcast", |b| b.iter(|| broadcast_into(black_box(&along), &across, &mut out)));
    group.finish();
}

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("product");
    for shape in [[10_000, 50, 1], [20_000, 4, 1], [1, 10_000, 50], [128, 200, 200]] {
        let [m, k, n] = shape;
        group.throughput(Throughput::Elements((m * k * n) as u64));
        let (a, b) = (numbers(m * k, -1.0, 1.0), numbers(k * n, -1.0, 1.0));
        let mut out = vec![0.0; m * n];
        group.bench_function(BenchmarkId::from_parameter(format!("{m}x{k}x{n}")), |bencher| {
            bencher.iter(|| multiply_add(shape, black_box(&a), &b, &mut out));
        });
    }
    group.finish();
}

fn chains(c: &mut Criterion) {
    let mut group = c.benchmark_group("chain");
    let workloads = [
        ("hidden_markov/16x100x32", ChainPass::<f64>::hidden_markov(16, 100, 32)),
        ("factorial/8x8x64", ChainPass::<f64>::factorial(8, 64)),
    ];
    for (name, mut pass) in workloads {
        for (part, gradient) in [("forward", false), ("forward_and_backward", true)] {
            group.bench_function(BenchmarkId::new(name, part), |b| b.iter(|| pass.run(black_box(gradient))));
        }
    }
    group.finish();
}

criterion_group!(kernels, elementwise, products, chains);
criterion_main!(kernels);
