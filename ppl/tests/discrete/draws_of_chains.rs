use super::*;
use ppl::Values;

#[model]
fn walk(y: &[f64], sequences: usize) {
    plate!("sequence", sequences, |_| {
        markov!("time", y.len(), 0.0, |prev, t| {
            let x = sample!("x", Normal::new(prev, 1.0));
            observe!("y", Normal::new(x, 0.5), y.at(t));
            x
        });
    });
}

#[test]
fn a_site_of_a_chain_is_one_stack() {
    let y = [0.5, 1.0, 1.5];
    let draws = ppl::prior_predictive(walk(&y, 2), 5, 1).unwrap();
    assert_eq!(draws.names().collect::<Vec<_>>(), ["x", "y"]);
    assert_eq!(draws.get("x").unwrap().shape(), [5, 2, 3]);
    // A stack can be given back.
    let x = ndarray::arr2(&[[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]]);
    let density = |d: f64, scale: f64| {
        -0.5 * (d / scale).powi(2) - scale.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln()
    };
    let mut expected = 0.0;
    for row in x.rows() {
        let mut before = 0.0;
        for t in 0..3 {
            expected += density(row[t] - before, 1.0) + density(y[t] - row[t], 0.5);
            before = row[t];
        }
    }
    let found = ppl::log_density(walk(&y, 2), &Values::new().with("x", x)).unwrap();
    close(found, expected, 1e-13);
}
