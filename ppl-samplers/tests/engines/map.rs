//! Modes that are there, and those that are not.

use ppl_samplers::{Map, Mode, Stop};

use crate::kit::{Centred, Function, Logistic, correlated};

fn assert_at(mode: &Mode, position: &[f64], tolerance: f64) {
    assert_eq!(mode.stop, Stop::Converged);
    for (x, want) in mode.position.iter().zip(position) {
        assert!(
            (x - want).abs() <= tolerance * want.abs().max(1.0),
            "{:?} is not {position:?}",
            mode.position
        );
    }
}

#[test]
fn a_normal_of_uneven_scales_is_climbed() {
    let (mut normal, _) = correlated();
    for seed in 0..20 {
        let mode = Map::new().seed(seed).run(&mut normal).unwrap();
        assert_at(&mode, &normal.mean, 1e-9);
        assert!(mode.log_density.abs() < 1e-12 && mode.iterations < 200, "{mode:?}");
    }
}

#[test]
fn a_great_constant_drowns_small_rises_but_not_the_mode() {
    let (mut normal, _) = correlated();
    let mean = normal.mean.clone();
    let mut shifted = Function(5, |x: &[f64], g: &mut [f64]| {
        1e9 + ppl_samplers::Target::log_density_and_gradient(&mut normal, x, g).unwrap()
    });
    for seed in 0..10 {
        assert_at(&Map::new().seed(seed).run(&mut shifted).unwrap(), &mean, 1e-9);
    }
}

#[test]
fn three_hundred_dimensions_are_climbed_and_examined() {
    // A random walk of three hundred steps, of which each tenth is seen with a small error.
    let mut walk = Function(300, |x: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        let mut sum = 0.0;
        for i in 0..300 {
            let step = x[i] - if i > 0 { x[i - 1] } else { 0.0 };
            g[i] -= step;
            if i > 0 {
                g[i - 1] += step;
            }
            sum -= 0.5 * step * step;
            if i % 10 == 9 {
                let residual = 10.0 * ((i as f64).sin() - x[i]);
                g[i] += 10.0 * residual;
                sum -= 0.5 * residual * residual;
            }
        }
        sum
    });
    let mode = Map::new().run(&mut walk).unwrap();
    assert_eq!(mode.stop, Stop::Converged);
    assert!(mode.gradient_norm < 1e-9, "{}", mode.gradient_norm);
}

#[test]
fn rosenbrock_is_climbed_from_everywhere() {
    let mut banana = Function(2, |x: &[f64], g: &mut [f64]| {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        g.copy_from_slice(&[2.0 * a + 400.0 * x[0] * b, -200.0 * b]);
        -a * a - 100.0 * b * b
    });
    for seed in 0..50 {
        let mode = Map::new().seed(seed).run(&mut banana).unwrap();
        assert_at(&mode, &[1.0, 1.0], 1e-8);
    }
    let short = Map::new().start([-1.2, 1.0]).max_iterations(5).run(&mut banana).unwrap();
    assert_eq!((short.stop, short.iterations), (Stop::OutOfIterations, 5));
}

#[test]
fn logistic_regression_agrees_with_newton() {
    let mode = Map::new().run(&mut Logistic::new(Some(25.0))).unwrap();
    assert_at(&mode, &Logistic::MODE, 1e-9);
    assert!((mode.log_density - Logistic::LOG_DENSITY).abs() < 1e-12);
}

#[test]
fn without_a_prior_that_logistic_regression_has_its_mode_at_infinity() {
    // Newton's method in NumPy runs away as well: the classes are separated by a plane.
    for seed in 0..20 {
        match Map::new().seed(seed).run(&mut Logistic::new(None)).unwrap().stop {
            Stop::ModeAtInfinity { coordinates } => assert!(coordinates.contains(&1), "{coordinates:?}"),
            stop => panic!("{stop:?}"),
        }
    }
}

#[test]
fn a_heavy_tail_is_climbed_from_far() {
    // Cauchy: a thousand scales away the density is not log-concave.
    let mut cauchy = Function(3, |x: &[f64], g: &mut [f64]| {
        let mut sum = 0.0;
        for i in 0..3 {
            let z = x[i] - 2.0;
            g[i] = -2.0 * z / (1.0 + z * z);
            sum -= (1.0 + z * z).ln();
        }
        sum
    });
    let mode = Map::new().start([1000.0, -500.0, 3.0]).run(&mut cauchy).unwrap();
    assert_at(&mode, &[2.0; 3], 1e-8);
}

#[test]
fn a_start_on_a_saddle_is_left() {
    let mut wells = Function(2, |x: &[f64], g: &mut [f64]| {
        let well = x[0] * x[0] - 1.0;
        g.copy_from_slice(&[-4.0 * x[0] * well, -x[1]]);
        -well * well - 0.5 * x[1] * x[1]
    });
    let mode = Map::new().start([0.0, 0.0]).run(&mut wells).unwrap();
    assert_eq!(mode.stop, Stop::Converged);
    assert!((mode.position[0].abs() - 1.0).abs() < 1e-9);
}

#[test]
fn points_outside_are_gone_around() {
    // A gamma variable itself, of shape 3 and rate 1: there is nothing below nought.
    let mut gamma = Function(1, |x: &[f64], g: &mut [f64]| {
        g[0] = 2.0 / x[0] - 1.0;
        2.0 * x[0].ln() - x[0]
    });
    for start in [1e-6, 0.5, 40.0, 1e4] {
        let mode = Map::new().start([start]).run(&mut gamma).unwrap();
        assert_at(&mode, &[2.0], 1e-8);
    }
}

#[test]
fn a_mode_at_infinity_is_named() {
    let infinite = |coordinates: &[usize]| Stop::ModeAtInfinity { coordinates: coordinates.to_vec() };
    // Rising without end, beside a coordinate with a mode.
    let mut line = Function(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[-x[0], 0.3]);
        0.3 * x[1] - 0.5 * x[0] * x[0]
    });
    assert_eq!(Map::new().run(&mut line).unwrap().stop, infinite(&[1]));
    // Rising towards a limit.
    let mut limit = Function(2, |x: &[f64], g: &mut [f64]| {
        let e = (-x[1]).exp();
        g.copy_from_slice(&[-x[0], e / (1.0 + e)]);
        -e.ln_1p() - 0.5 * x[0] * x[0]
    });
    assert_eq!(Map::new().run(&mut limit).unwrap().stop, infinite(&[1]));
    // Slowly.
    let mut logarithm = Function(1, |x: &[f64], g: &mut [f64]| {
        g[0] = x[0] / (1.0 + x[0] * x[0]);
        0.5 * (1.0 + x[0] * x[0]).ln()
    });
    assert_eq!(Map::new().start([0.5]).run(&mut logarithm).unwrap().stop, infinite(&[0]));
}

#[test]
fn separated_classes_have_their_mode_at_infinity() {
    let mut separated = Function(2, |x: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        let mut sum = 0.0;
        for (place, class) in [(-2.0, -1.0), (-1.0, -1.0), (0.5, 1.0), (3.0, 1.0)] {
            let margin = class * (x[0] + place * x[1]);
            let wrong = 1.0 / (1.0 + f64::exp(margin));
            g[0] += class * wrong;
            g[1] += class * place * wrong;
            sum -= (-margin.abs()).exp().ln_1p() + (-margin).max(0.0);
        }
        sum
    });
    for seed in 0..20 {
        match Map::new().seed(seed).run(&mut separated).unwrap().stop {
            Stop::ModeAtInfinity { coordinates } => assert!(coordinates.contains(&1), "{coordinates:?}"),
            stop => panic!("{stop:?}"),
        }
    }
}

#[test]
fn the_neck_of_a_centred_hierarchy_is_a_mode_at_infinity() {
    let mut found = 0;
    for seed in 0..20 {
        if let Stop::ModeAtInfinity { coordinates } = Map::new().seed(seed).run(&mut Centred).unwrap().stop {
            assert_eq!(coordinates, [9]);
            found += 1;
        }
    }
    assert_eq!(found, 20);
}

#[test]
fn a_flat_direction_is_named() {
    let flat = |coordinates: &[usize]| Stop::FlatDirection { coordinates: coordinates.to_vec() };
    // One coordinate is not read.
    let mut unread = Function(3, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[1.0 - x[0], 0.0, -x[2]]);
        -0.5 * ((1.0 - x[0]).powi(2) + x[2] * x[2])
    });
    assert_eq!(Map::new().run(&mut unread).unwrap().stop, flat(&[1]));
    // Two of three columns are proportional, at scales that differ.
    let mut collinear = Function(4, |x: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        let mut sum = 0.0;
        for i in 0..20 {
            let t = f64::from(i) / 7.0;
            let row = [1.0, t.sin(), 300.0 * t.sin(), t.cos()];
            let residual = 1.0 + t - row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
            g.iter_mut().zip(row).for_each(|(g, a)| *g += a * residual);
            sum -= 0.5 * residual * residual;
        }
        sum
    });
    for seed in 0..10 {
        assert_eq!(Map::new().seed(seed).run(&mut collinear).unwrap().stop, flat(&[1, 2]));
    }
}

#[test]
fn restarts_are_sorted_and_repeat() {
    let mut wells = Function(1, |x: &[f64], g: &mut [f64]| {
        let well = x[0] * x[0] - 4.0;
        g[0] = -4.0 * x[0] * well + 0.25;
        -well * well + 0.25 * x[0]
    });
    let settings = Map::new().start([-1.0]).restarts(12).jitter(2.0).seed(4);
    let modes = settings.run_all(&mut wells).unwrap();
    assert!(modes.windows(2).all(|pair| pair[0].log_density >= pair[1].log_density));
    assert!(modes[0].position[0] > 0.0 && modes[12].position[0] < 0.0);
    assert_eq!(modes, settings.run_all(&mut wells).unwrap());
}

#[test]
fn above_the_limit_nothing_is_examined() {
    let mut unread = Function(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[-x[0], 0.0]);
        -0.5 * x[0] * x[0]
    });
    let mode = Map::new().examined_up_to(1).run(&mut unread).unwrap();
    assert_eq!(mode.stop, Stop::Converged);
}
