use super::*;

#[model]
fn switch(x: &[f64]) {
    let k = sample!("k", Bernoulli::new(0.4), enumerate);
    plate!("data", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(0.2 + 0.5 * k.to_real()), enumerate);
        observe!("x", Normal::new(z.to_real() * 2.0 + k.to_real(), 1.0), x.at(i));
    });
}

#[guide(switch)]
fn nothing(_x: &[f64]) {}

const X: [f64; 3] = [0.3, 2.2, 1.1];

/// The joint probability of the data and of `k`, `z`.
fn joint(k: usize, z: [usize; 3]) -> f64 {
    let coin = |p: f64, v: usize| if v == 1 { p } else { 1.0 - p };
    let mut p = coin(0.4, k);
    for (x, z) in X.into_iter().zip(z) {
        let d = x - (2 * z + k) as f64;
        p *= coin(0.2 + 0.5 * k as f64, z) * (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
    }
    p
}

fn all() -> impl Iterator<Item = (usize, [usize; 3])> {
    (0..16).map(|n| (n & 1, [n >> 1 & 1, n >> 2 & 1, n >> 3 & 1]))
}

#[test]
fn evidence_marginals_and_the_likeliest_values_are_those_of_the_sum() {
    let mut svi = Svi::new(switch(&X), nothing(&X), Elbo::default(), Adam::new(0.1));
    let evidence: f64 = all().map(|(k, z)| joint(k, z)).sum();
    close(svi.step().unwrap().loss, -evidence.ln(), 1e-13);
    let marginals = svi.posterior().marginals(1).unwrap();
    let expected = |of: &dyn Fn(usize, [usize; 3]) -> bool| {
        all().filter(|&(k, z)| of(k, z)).map(|(k, z)| joint(k, z)).sum::<f64>() / evidence
    };
    close(marginals.get("k").unwrap()[[1]], expected(&|k, _| k == 1), 1e-13);
    for i in 0..3 {
        close(marginals.get("z").unwrap()[[i, 1]], expected(&|_, z| z[i] == 1), 1e-13);
        close(marginals.get("z").unwrap()[[i, 0]], expected(&|_, z| z[i] == 0), 1e-13);
    }
    let best = all().max_by(|a, b| joint(a.0, a.1).total_cmp(&joint(b.0, b.1))).unwrap();
    let found = svi.posterior().likeliest(1).unwrap();
    assert_eq!(found.get("k").unwrap()[[0]], best.0 as f64);
    assert_eq!(found.get("z").unwrap().as_slice().unwrap(), best.1.map(|z| z as f64));
}

#[test]
fn assignments_are_drawn_from_the_joint_posterior() {
    let mut svi = Svi::new(switch(&X), nothing(&X), Elbo::default(), Adam::new(0.1)).seed(5);
    let n = 4000;
    let draws = svi.posterior().assignments(n).unwrap();
    let (k, z) = (draws.get("k").unwrap(), draws.get("z").unwrap());
    let evidence: f64 = all().map(|(k, z)| joint(k, z)).sum();
    let mut chi_squared = 0.0;
    for (ks, zs) in all() {
        let hits =
            (0..n).filter(|&d| k[[d]] == ks as f64 && (0..3).all(|i| z[[d, i]] == zs[i] as f64)).count();
        let expected = n as f64 * joint(ks, zs) / evidence;
        chi_squared += (hits as f64 - expected).powi(2) / expected;
    }
    // The quantile of chi-squared with 15 degrees of freedom at 1 - 1e-6.
    assert!(chi_squared < 55.8, "chi-squared {chi_squared}");
}
