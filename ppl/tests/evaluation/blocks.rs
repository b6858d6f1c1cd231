//! Blocks of rows: memory is what changes.

use super::*;
use ndarray::Array2;
use ppl::results::EvidenceBounds;

#[model]
fn crossed(y: &Array2<f64>, batch: usize) {
    let centre = sample!("centre", Normal::new(0.0, 2.0));
    let level = plate!("column", y.ncols(), |_| sample!("level", Normal::new(centre, 1.0)));
    plate!("row", y.nrows(), subsample(batch), |i| {
        // A draw by rejection, which takes as many random numbers as it happens to, and one of arrays.
        let rate = sample!("rate", Gamma::new(2.0, 1.0));
        let shares = sample!("shares", Dirichlet::new([1.0, 2.0, 3.0]));
        let own = sample!("own", Normal::new(Tensor::zeros(&[2]), 1.0));
        plate!("column", y.ncols(), |j| {
            let each = sample!("each", Normal::new(level.at(j).to_real(), 1.0));
            let side = sample!("side", Bernoulli::new(shares.at(0).to_real()), enumerate);
            let mean = each * rate + own.at(0).to_real() - side.to_real();
            observe!("y", Normal::new(mean, 1.0), y.at(i).at(j));
        });
    });
}

#[guide(crossed)]
fn of_crossed(y: &Array2<f64>, batch: usize) {
    let centre = sample!("centre", Normal::new(param!("loc", 0.3), 0.5));
    plate!("column", y.ncols(), |_| sample!("level", Normal::new(0.5 * centre, 0.7)));
    plate!("row", y.nrows(), subsample(batch), |i| {
        let shape = param!("shape", 1.5, Positive);
        sample!("rate", Gamma::new(shape, 1.2));
        sample!("shares", Dirichlet::new([2.0, 1.0, 1.0]));
        sample!("own", Normal::new(Tensor::zeros(&[2]), 0.8));
        plate!("column", y.ncols(), |j| sample!("each", Normal::new(0.3 * y.at(i).at(j), 0.9)));
    });
}

fn assert_same(name: &str, found: &EvidenceBounds, expected: &EvidenceBounds, plates: &[&str]) {
    assert_close(name, &[found.total], &[expected.total], 1e-12);
    assert!(
        (found.standard_error - expected.standard_error).abs() < 1e-10 * expected.standard_error.max(1.0)
    );
    for plate in plates {
        assert_close(plate, found.of(plate).unwrap(), expected.of(plate).unwrap(), 1e-12);
    }
}

#[test]
fn blocks_of_any_size_give_what_the_whole_gives() {
    let y = Array2::from_shape_fn((7, 5), |(i, j)| ((i * 3 + j * j) as f64).cos());
    // There are parameters of rows, and these data have as many.
    let mut svi = Svi::new(crossed(&y, 2), of_crossed(&y, 2), Elbo::default(), Adam::new(0.05)).seed(9);
    svi.step().unwrap();
    let (model, guide) = (crossed(&y, 2), of_crossed(&y, 2));
    let whole = svi.evaluate_on(&model, &guide).draws(3).run().unwrap();
    for rows in [1, 2, 3, 7, 100] {
        let blocks = svi.evaluate_on(&model, &guide).draws(3).in_blocks("row", rows).run().unwrap();
        assert_same(&format!("{rows} rows"), &blocks, &whole, &["row", "column"]);
    }
    // Other draws would give another number.
    let other = svi.evaluate_on(&model, &guide).draws(4).run().unwrap();
    assert!((other.total - whole.total).abs() > 1e-3);
}

#[model]
fn outer_and_inner(y: &Array2<f64>) {
    plate!("outer", y.nrows(), |i| {
        let level = sample!("level", Gamma::new(2.0, 1.0));
        plate!("inner", y.ncols(), |j| {
            let z = sample!("z", Normal::new(level, 1.0));
            observe!("y", Normal::new(z, 1.0), y.at(i).at(j));
        });
    });
}

#[guide(outer_and_inner)]
fn of_outer_and_inner(y: &Array2<f64>) {
    plate!("outer", y.nrows(), |i| {
        sample!("level", Gamma::new(param!("shape", 3.0, Positive), 1.1));
        plate!("inner", y.ncols(), |j| sample!("z", Normal::new(0.5 * y.at(i).at(j), 0.9)));
    });
}

#[test]
fn either_of_two_nested_plates_may_be_visited_in_blocks() {
    let y = Array2::from_shape_fn((6, 9), |(i, j)| ((i * 3 + j * j) as f64).cos());
    let (model, guide) = (outer_and_inner(&y), of_outer_and_inner(&y));
    let mut svi = Svi::new(&model, &guide, Elbo::default().particles(2), Adam::new(0.05)).seed(9);
    let whole = svi.evaluate_on(&model, &guide).draws(3).run().unwrap();
    for plate in ["outer", "inner"] {
        for rows in [1, 2, 4] {
            let blocks = svi.evaluate_on(&model, &guide).draws(3).in_blocks(plate, rows).run().unwrap();
            assert_same(plate, &blocks, &whole, &["outer", "inner"]);
        }
    }
    let weighed = |svi: &mut Svi<_, _, _, _>, rows: Option<usize>| {
        let asked = svi.log_evidence_on(&model, &guide, 40);
        let asked = match rows {
            None => asked,
            Some(rows) => asked.in_blocks("outer", rows),
        };
        asked.run().unwrap()
    };
    let whole = weighed(&mut svi, None);
    for rows in [1, 2, 4] {
        let blocks = weighed(&mut svi, Some(rows));
        assert_same("weights", &blocks, &whole, &["outer"]);
    }
    // `level` lies outside of the inner plate: its elements have no weights of their own.
    assert!(whole.of("inner").is_err());
    let error = svi.log_evidence_on(&model, &guide, 40).in_blocks("inner", 2).run().unwrap_err().to_string();
    assert!(
        error.starts_with("plate `inner` is visited in blocks, but site `level` is outside of it"),
        "{error}"
    );
}

#[test]
fn rows_of_other_data_are_those_of_the_block() {
    let (old, new) = (data(3), data(200));
    let mut svi = Svi::new(rows(&old, 3), amortised(&old, 3), Elbo::default(), Adam::new(0.1)).seed(4);
    let (model, guide) = (rows(&new, 3), amortised(&new, 3));
    let found = svi.evaluate_on(&model, &guide).draws(2_000).in_blocks("row", 64).run().unwrap();
    let exact: Vec<f64> = new.iter().map(|&x| bound_of_row(x)).collect();
    assert_close("rows", found.of("row").unwrap(), &exact, 0.15);
}
