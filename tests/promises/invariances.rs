//! What may not change an answer: the order of data, a plate split in two, plates nested the other way, other names.

use ndarray::Array2;
use ppl::prelude::*;
use ppl_tests::named;

fn data() -> Vec<f64> {
    (0..7).map(|k| (k as f64 * 1.7).sin() + 0.4 * k as f64).collect()
}

#[model]
fn one_plate(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    plate!("rows", x.len(), |i| {
        observe!("x", StudentT::new(4.0, mu, 1.5), x.at(i));
    });
}

#[model]
fn two_plates(first: &[f64], second: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    plate!("first", first.len(), |i| observe!("x", StudentT::new(4.0, mu, 1.5), first.at(i)));
    plate!("second", second.len(), |i| observe!("y", StudentT::new(4.0, mu, 1.5), second.at(i)));
}

#[model]
fn an_event(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    observe!("x", StudentT::new(4.0, mu, 1.5), x);
}

#[model]
fn a_loop(x: &[f64]) {
    let mu = sample!("mu", Normal::new(0.0, 2.0));
    for i in 0..x.len() {
        observe!("x"[i], StudentT::new(4.0, mu, 1.5), x.at(i));
    }
}

macro_rules! guides {
    ($($guide:ident of $model:ident),*) => {$(
        #[guide($model)]
        fn $guide() {
            sample!("mu", Normal::new(param!("loc", 0.7), param!("scale", 0.4, Positive)));
        }
    )*};
}
guides!(g1 of one_plate, g2 of two_plates, g3 of an_event, g4 of a_loop);

macro_rules! found {
    ($model:expr, $guide:expr) => {{
        let mut svi = Svi::new($model, $guide, Elbo::default().particles(5), Sgd::new(1.0)).seed(3);
        let (step, gradient) = svi.gradient().unwrap();
        [step.loss, named(&gradient, "loc")[0], named(&gradient, "scale")[0]]
    }};
}

#[track_caller]
fn assert_same<const K: usize>(got: [f64; K], expected: [f64; K]) {
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() < 1e-11 * expected.abs().max(1.0), "{got}, expected {expected}");
    }
}

#[test]
fn a_plate_is_the_sum_of_its_elements_however_they_are_grouped() {
    let x = data();
    let exact = found!(one_plate(&x), g1());
    let mut other_order = x.clone();
    other_order.rotate_left(3);
    other_order.swap(0, 5);
    assert_same(found!(one_plate(&other_order), g1()), exact);
    assert_same(found!(two_plates(&x[..2], &x[2..]), g2()), exact);
    assert_same(found!(an_event(&x), g3()), exact);
    assert_same(found!(a_loop(&x), g4()), exact);
}

#[model]
fn rows_of_columns(x: &Array2<f64>) {
    plate!("rows", x.nrows(), |i| {
        let u = param!("u", 0.3);
        plate!("columns", x.ncols(), |j| {
            observe!("x", Normal::new(u * param!("v", 0.6), 0.8), x.at(i).at(j));
        });
    });
}

#[model]
fn columns_of_rows(x: &Array2<f64>) {
    let t = x.t();
    plate!("columns", x.ncols(), |j| {
        plate!("rows", x.nrows(), |i| {
            observe!("x", Normal::new(param!("u", 0.3) * param!("v", 0.6), 0.8), t.at(j).at(i));
        });
    });
}

#[guide(rows_of_columns)]
fn nothing() {}

#[guide(columns_of_rows)]
fn nothing_else() {}

#[test]
fn plates_nest_either_way() {
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i as f64 - 1.0) * 0.7 + (j as f64 * 2.3).sin());
    let mut one = Svi::new(rows_of_columns(&x), nothing(), Elbo::default(), Sgd::new(1.0));
    let (step, gradient) = one.gradient().unwrap();
    let by_u = named(&gradient, "u");
    let by_v = gradient.get("v").unwrap();
    assert_eq!(by_u.len(), 3);
    assert_eq!(by_v.shape(), [3, 4]);
    // In the other order both parameters stand in both plates.
    let mut other = Svi::new(columns_of_rows(&x), nothing_else(), Elbo::default(), Sgd::new(1.0));
    let (other_step, other_gradient) = other.gradient().unwrap();
    assert!((step.loss - other_step.loss).abs() < 1e-12 * step.loss);
    let (u, v) = (other_gradient.get("u").unwrap(), other_gradient.get("v").unwrap());
    assert_eq!(u.shape(), [4, 3], "the plate that is opened first comes first");
    for i in 0..3 {
        let total: f64 = (0..4).map(|j| u[[j, i]]).sum();
        assert!((total - by_u[i]).abs() < 1e-12);
        for j in 0..4 {
            assert!((v[[j, i]] - by_v[[i, j]]).abs() < 1e-12);
        }
    }
}

#[model]
fn guided_rows(x: &Array2<f64>) {
    let u = plate!("rows", x.nrows(), |_i| sample!("u", Normal::new(0.0, 1.0)));
    let v = plate!("columns", x.ncols(), |_j| sample!("v", Normal::new(0.0, 1.0)));
    plate!("rows", x.nrows(), |i| {
        plate!("columns", x.ncols(), |j| {
            observe!("x", Normal::new(u.at(i) * v.at(j), 0.8), x.at(i).at(j));
        });
    });
}

#[guide(guided_rows)]
fn rows_first(x: &Array2<f64>) {
    plate!("rows", x.nrows(), |_i| {
        sample!("u", Normal::new(param!("u", 0.3), 0.5));
    });
    plate!("columns", x.ncols(), |_j| {
        sample!("v", Normal::new(param!("v", 0.6), 0.5));
    });
}

#[guide(guided_rows)]
fn columns_first(x: &Array2<f64>) {
    plate!("columns", x.ncols(), |_j| {
        sample!("v", Normal::new(param!("v", 0.6), 0.5));
    });
    plate!("rows", x.nrows(), |_i| {
        sample!("u", Normal::new(param!("u", 0.3), 0.5));
    });
}

#[test]
fn the_order_of_the_guides_plates_changes_nothing() {
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i as f64 - 1.0) * 0.7 + (j as f64 * 2.3).sin());
    let mut one =
        Svi::new(guided_rows(&x), rows_first(&x), Elbo::default().particles(4), Sgd::new(1.0)).seed(1);
    let mut other =
        Svi::new(guided_rows(&x), columns_first(&x), Elbo::default().particles(4), Sgd::new(1.0)).seed(1);
    for _ in 0..10 {
        let ((a, da), (b, db)) = (one.gradient().unwrap(), other.gradient().unwrap());
        assert!((a.loss - b.loss).abs() < 1e-11 * a.loss.abs());
        for name in ["u", "v"] {
            for (a, b) in named(&da, name).iter().zip(named(&db, name)) {
                assert!((a - b).abs() < 1e-11 * b.abs().max(1.0));
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let x = data();
    let run = |seed| {
        let mut svi = Svi::new(one_plate(&x), g1(), Elbo::default(), Adam::new(0.05)).seed(seed);
        (0..50).map(|_| svi.step().unwrap().loss).collect::<Vec<f64>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
