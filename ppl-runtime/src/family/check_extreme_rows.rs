//! Draws of families of arrays at both ends of their parameters.

use super::dirichlet::DirichletFamily;
use super::lkj_cholesky::LkjCholeskyFamily;
use super::multinomial::MultinomialProbsFamily;
use super::von_mises_fisher::VonMisesFisherFamily;
use super::*;
use crate::element::Numeric;
use crate::kernel::array::nothing;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Returns draws, which lie in the support and whose partials are numbers.
fn draws<E: Numeric, F: Structured<N>, const N: usize>(
    n: usize,
    parameters: [&[f64]; N],
    shapes: [&[usize]; N],
) -> Vec<Vec<f64>> {
    let given = parameters.map(|p| p.iter().map(|&p| E::of(p)).collect::<Vec<E>>());
    let p: [&[E]; N] = std::array::from_fn(|k| &given[k][..]);
    assert_eq!(F::check(p, shapes), Ok(()));
    let len = F::event_shape(shapes).expect("the shapes fit").len();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(23);
    let (mut z, mut noise) = (vec![E::zero(); len], vec![E::zero(); len]);
    let mut scratch = vec![E::zero(); F::scratch(shapes)];
    (0..n)
        .map(|_| {
            F::draw(&mut rng, p, shapes, &mut z, &mut noise, &mut scratch);
            assert!(F::contains(&z, p, shapes), "{} {parameters:?}: {z:?}", F::NAME);
            let none = [const { nothing() }; N];
            let log = F::log_density(&z, p, shapes, Need::NONE, E::one(), &mut [], none, &mut scratch);
            assert!(!log.is_nan(), "{} {parameters:?}: no density at {z:?}", F::NAME);
            if F::PATHWISE {
                let dz: Vec<E> = (0..len).map(|i| E::of((1.0 + i as f64).sin())).collect();
                let mut by: [Vec<E>; N] = std::array::from_fn(|k| vec![E::zero(); p[k].len()]);
                let slices = by.each_mut().map(Vec::as_mut_slice);
                F::pull_back(&z, &noise, &dz, p, shapes, Need::ALL, slices, &mut scratch);
                assert!(by.iter().flatten().all(|d| !d.is_nan()), "{} {parameters:?}: {by:?}", F::NAME);
            }
            z.iter().map(|z| z.as_f64()).collect()
        })
        .collect()
}

/// One component has all the weight of a tiny concentration, each as often as its share says.
fn assert_corners<E: Numeric>(concentration: &[f64]) {
    let n = 4000;
    let total: f64 = concentration.iter().sum();
    let mut seen = vec![0.0; concentration.len()];
    for z in draws::<E, DirichletFamily, 1>(n, [concentration], [&[concentration.len()]]) {
        let first = z.iter().position(|&z| z > 0.999).unwrap_or_else(|| panic!("{concentration:?}: {z:?}"));
        seen[first] += 1.0;
    }
    for (seen, a) in seen.iter().zip(concentration) {
        let (share, n) = (a / total, n as f64);
        let error = 5.5 * (n * share * (1.0 - share)).sqrt();
        assert!((seen - n * share).abs() <= error, "{concentration:?}: {seen} of {n}");
    }
}

#[test]
fn tiny_concentrations_are_corners() {
    for tiny in [f64::MIN_POSITIVE, 1e-305, 1e-100] {
        assert_corners::<f64>(&[tiny, tiny]);
        assert_corners::<f64>(&[tiny, 3.0 * tiny, 2.0 * tiny]);
    }
    for tiny in [f64::from(f32::MIN_POSITIVE), 1e-30] {
        assert_corners::<f32>(&[tiny, tiny]);
        assert_corners::<f32>(&[tiny, 3.0 * tiny, 2.0 * tiny]);
    }
}

/// Large concentrations vary around the shares by no more than the law says, or than the rounding of the number type.
fn assert_around_shares<E: Numeric>(concentration: &[f64]) {
    let total: f64 = concentration.iter().sum();
    for z in draws::<E, DirichletFamily, 1>(1000, [concentration], [&[concentration.len()]]) {
        for (z, a) in z.iter().zip(concentration) {
            let share = a / total;
            let spread = (share * (1.0 - share) / total).sqrt();
            let allowed = 6.0 * spread + 4.0 * E::epsilon().as_f64() * share;
            assert!((z - share).abs() <= allowed, "{concentration:?}: {z} beside {share}");
        }
    }
}

#[test]
fn large_concentrations_are_at_their_shares() {
    for large in [1e12, 1e20, 1e100, 1e300] {
        assert_around_shares::<f64>(&[large, 3.0 * large, 0.5 * large]);
    }
    for large in [1e8, 1e12, 1e20, 1e37] {
        assert_around_shares::<f32>(&[large, 3.0 * large, 0.5 * large]);
    }
}

#[test]
fn counts_past_the_exact_integers_are_counts() {
    for total in [1e9, 1e15, 1e30] {
        for z in draws::<f32, MultinomialProbsFamily, 2>(200, [&[total], &[0.25, 0.25, 0.5]], [&[], &[3]]) {
            assert!((z[2] / total - 0.5).abs() < 1e-4, "{total}: {z:?}");
        }
    }
    draws::<f64, MultinomialProbsFamily, 2>(200, [&[1e300], &[0.3, 0.3, 0.4]], [&[], &[3]]);
}

#[test]
fn correlations_of_any_concentration() {
    for concentration in [1e-300, 1e-30, 1.0, 1e30, 1e300] {
        let of = |z: &Vec<f64>| [z[3].abs(), z[4]];
        let parameters: [&[f64]; 2] = [&[concentration], &[0.0; 3]];
        for z in draws::<f64, LkjCholeskyFamily, 2>(50, parameters, [&[], &[3]]) {
            let [off, diagonal] = of(&z);
            assert!(concentration < 1e20 || off < 1e-14 && diagonal == 1.0, "{concentration}: {z:?}");
        }
    }
    for concentration in [1e-37, 1e-20, 1e20, 1e37] {
        draws::<f32, LkjCholeskyFamily, 2>(50, [&[concentration], &[0.0; 3]], [&[], &[3]]);
    }
}

/// Directions vary around their mean by no more than the law says, or than the rounding of the number type.
fn assert_around_mean<E: Numeric>(concentrations: &[f64]) {
    for mean in [&[0.6, -0.8][..], &[0.0, 0.6, 0.8], &[0.5, -0.5, 0.5, 0.5], &[0.1; 100]] {
        for &k in concentrations {
            let n = mean.len();
            let spread = ((n as f64 - 1.0) / k.max(1.0)).sqrt();
            let drawn = draws::<E, VonMisesFisherFamily, 2>(200, [&[k], mean], [&[], &[n]]);
            for z in &drawn {
                let chord = z.iter().zip(mean).map(|(z, m)| (z - m).powi(2)).sum::<f64>().sqrt();
                let allowed = 6.0 * spread + 4.0 * E::epsilon().as_f64() * (n as f64).sqrt();
                assert!(chord <= allowed, "{k}: {z:?} around {mean:?}");
            }
            // Without a concentration they are everywhere.
            if k < 1e-6 {
                let behind =
                    drawn.iter().filter(|z| z.iter().zip(mean).map(|(z, m)| z * m).sum::<f64>() < 0.0);
                assert!((60..140).contains(&behind.count()), "{k} around {mean:?}");
            }
        }
    }
}

#[test]
fn directions_of_any_concentration() {
    assert_around_mean::<f64>(&[0.0, 5e-324, 1e-300, 1e-10, 1e10, 1e16, 1e100, 1e300, f64::MAX]);
    assert_around_mean::<f32>(&[0.0, 1e-37, 1e-10, 1e7, 1e10, 1e30, 3e38]);
}
