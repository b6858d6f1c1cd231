//! A step of programs with many concrete sites, whose number doubles: the cost is linear in it.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ppl::prelude::*;
use ppl::support::UnitInterval;

#[model]
fn coins(n: usize) {
    let mut heads = 0;
    for k in 0..n {
        if sample!("coin"[k], Bernoulli::new(0.5), concrete) {
            heads += 1;
        }
    }
    observe!("heads", Normal::new(heads as f64, 10.0), 0.6 * n as f64);
}

#[guide(coins)]
fn tossed(n: usize) {
    let q = param!("q", 0.5, UnitInterval);
    for k in 0..n {
        sample!("coin"[k], Bernoulli::new(q), concrete);
    }
}

fn steps(c: &mut Criterion) {
    for particles in [1, 2] {
        let mut group = c.benchmark_group(format!("concrete/particles_{particles}"));
        group.sample_size(10);
        for n in [1_000, 2_000, 4_000, 8_000, 16_000] {
            let elbo = Elbo::default().particles(particles);
            let mut svi = Svi::new(coins(n), tossed(n), elbo, Adam::new(0.01));
            group.throughput(Throughput::Elements(n as u64));
            group.bench_function(BenchmarkId::from_parameter(n), |b| b.iter(|| svi.step()));
        }
        group.finish();
    }
}

criterion_group!(concrete, steps);
criterion_main!(concrete);
