//! Attention: values against the formula, and derivatives against differences.

use super::layers::scattered;
use super::sharing::assert_differences;
use super::*;
use ndarray::{Array3, Axis, s};

#[guide]
fn nothing() {}

const LENGTHS: [usize; 3] = [4, 0, 2];

fn numbers(shape: (usize, usize, usize), seed: f64) -> Array3<f64> {
    Array3::from_shape_fn(shape, |(i, j, k)| (seed + 1.7 * i as f64 + 0.9 * j as f64 + 2.3 * k as f64).sin())
}

/// Numbers that are none behind the end of each row.
fn ended(shape: (usize, usize, usize), seed: f64) -> Array3<f64> {
    let mut x = numbers(shape, seed);
    for (mut row, &length) in x.axis_iter_mut(Axis(0)).zip(&LENGTHS) {
        row.slice_mut(s![length.., ..]).fill(f64::NAN);
    }
    x
}

#[test]
fn means_are_weighed_by_how_well_keys_fit() {
    #[model]
    fn means(queries: &Array3<f64>, keys: &Array3<f64>, values: &Array3<f64>, in_plate: bool) {
        if in_plate {
            plate!("row", LENGTHS.len(), |i| {
                let ends = nn::lengths(LENGTHS.at(i));
                deterministic!("means", nn::attention(queries.at(i), keys.at(i), values.at(i), ends));
            });
        } else {
            let ends = nn::lengths(Discrete::from(&ndarray::Array1::from(LENGTHS.to_vec())));
            deterministic!("means_of_batch", nn::attention(queries, keys, values, ends));
        }
        observe!("y", Normal::new(0.0, 1.0), 0.3);
    }
    let (queries, keys, values) = (numbers((3, 2, 5), 0.2), ended((3, 4, 5), 1.4), ended((3, 4, 2), 0.7));
    for (in_plate, name) in [(true, "means"), (false, "means_of_batch")] {
        let model = means(&queries, &keys, &values, in_plate);
        let mut svi = Svi::new(model, nothing(), Elbo::default(), Sgd::new(0.1)).seed(1);
        let draws = svi.posterior().draws(1).unwrap();
        let found = draws.get(name).unwrap();
        assert_eq!(found.shape(), [1, 3, 2, 2]);
        for ((_, i, q, w), &found) in
            found.view().into_dimensionality::<ndarray::Ix4>().unwrap().indexed_iter()
        {
            let score =
                |k: usize| (0..5).map(|d| queries[[i, q, d]] * keys[[i, k, d]]).sum::<f64>() / 5f64.sqrt();
            let total: f64 = (0..LENGTHS[i]).map(|k| score(k).exp()).sum();
            let weighed = (0..LENGTHS[i]).map(|k| score(k).exp() / total * values[[i, k, w]]);
            let expected: f64 = weighed.sum();
            assert!((found - expected).abs() < 1e-14, "{found}, {expected}");
        }
    }
}

#[model]
fn heads(x: &Array3<f64>, queries: &Array3<f64>) {
    let heads = module!("heads", nn::multi_head_attention(6, 2));
    let own = module!("own", nn::multi_head_attention(6, 3));
    let net = module!("net", nn::dense(2, 6));
    plate!("row", LENGTHS.len(), |i| {
        let ends = nn::lengths(LENGTHS.at(i));
        // What makes the vectors makes no numbers of those that are none.
        let x = own.apply(net.apply(x.at(i)), ends);
        let found = heads.over(net.apply(queries.at(i)), x, ends);
        observe!("y", Normal::new(found, 0.5), &numbers((1, 2, 6), 0.3).index_axis_move(Axis(0), 0));
    });
}

#[test]
fn derivatives_of_heads_are_those_of_differences() {
    let (x, queries) = (ended((3, 4, 2), 1.4), numbers((3, 2, 2), 0.2));
    let new = || Svi::new(heads(&x, &queries), nothing(), Elbo::default(), Adam::new(0.01)).seed(2);
    let mut svi = new();
    svi.step().unwrap();
    let names = names!(svi);
    assert_eq!(names.len(), 2 * 8 + 2);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for scale in [0.1, 0.8] {
        assert_differences(new, &scattered(&svi.parameters(), scale), &names);
    }
}

/// Each head does what attention with its columns of the weights does.
#[test]
fn heads_stand_beside_each_other() {
    #[model]
    fn both(x: &Array3<f64>) {
        let heads = module!("heads", nn::multi_head_attention(4, 2));
        let made = |layer: nn::Dense| layer.apply(x);
        let (q, k, v) = (made(heads.query), made(heads.key), made(heads.value));
        let one = |from: usize| {
            let [q, k, v] = [q, k, v].map(|x| x.slice(2, from..from + 2));
            nn::attention(q, k, v, nn::every_step())
        };
        let apart = heads.out.apply(Tensor::concat(&[one(0), one(2)], 2));
        deterministic!("apart", apart);
        deterministic!("together", heads.apply(x, nn::every_step()));
        observe!("y", Normal::new(0.0, 1.0), 0.3);
    }
    let x = numbers((2, 3, 4), 0.4);
    let mut svi = Svi::new(both(&x), nothing(), Elbo::default(), Sgd::new(0.1)).seed(1);
    let draws = svi.posterior().draws(1).unwrap();
    let (apart, together) = (draws.get("apart").unwrap(), draws.get("together").unwrap());
    assert_eq!(together.shape(), [1, 2, 3, 4]);
    assert!(apart.iter().zip(together).all(|(a, b)| (a - b).abs() < 1e-14), "{apart}, {together}");
}

#[test]
fn what_does_not_fit_is_named() {
    #[model]
    fn of_sizes(x: &Array3<f64>, size: usize, count: usize, n: usize) {
        let heads = module!("heads", nn::multi_head_attention(size, count));
        penalty!("p", heads.apply(x, nn::lengths(n)).sum());
    }
    let x = numbers((2, 3, 4), 0.4);
    for (size, count, n, words) in [
        (
            5,
            1,
            3,
            "module `heads`: expected vectors of the shape [.., steps, size = 5], got [2, 3, 4] and [2, 3, 4]",
        ),
        (4, 3, 3, "module `heads`: expected a size that is a multiple of the number of heads, 3, got 4"),
        (
            4,
            2,
            5,
            "module `heads`: the length is 5; expected a whole number up to 3, which is the number of steps",
        ),
    ] {
        let mut svi = Svi::new(of_sizes(&x, size, count, n), nothing(), Elbo::default(), Sgd::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.ends_with(words), "{error}");
    }
    #[model]
    fn of_keys(x: &Array3<f64>) {
        penalty!("p", nn::attention(x, x, x.at(0).slice(0, 0..2), nn::every_step()).sum());
    }
    let error =
        Svi::new(of_keys(&x), nothing(), Elbo::default(), Sgd::new(0.1)).step().unwrap_err().to_string();
    let words = "expected queries [.., queries, size], keys [.., keys, size] and values [.., keys, width], got [2, 3, 4], [2, 3, 4] and [2, 4]";
    assert!(error.ends_with(words), "{error}");
}
