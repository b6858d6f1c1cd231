use super::*;

const X: [f64; 3] = [-1.0, 0.4, 2.5];

#[model]
fn summed(x: &[f64], visited: usize) {
    plate!("data", x.len(), subsample(visited), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let b = sample!("b", Bernoulli::new(0.3), enumerate);
        observe!("x", Normal::new(z + 2.0 * b.to_real(), 0.7), x.at(i));
    });
}

#[guide(summed)]
fn of_summed(x: &[f64], visited: usize) {
    let slope = param!("slope", 0.4);
    plate!("data", x.len(), subsample(visited), |i| {
        sample!("z", Normal::new(slope * x.at(i), 0.9));
    });
}

#[model]
fn by_hand(x: &[f64], visited: usize) {
    plate!("data", x.len(), subsample(visited), |i| {
        let z = sample!("z", Normal::new(0.0, 1.0));
        let (low, high) = (Normal::new(z, 0.7), Normal::new(z + 2.0, 0.7));
        observe!("x", Mixture::new([0.7, 0.3], [low, high]), x.at(i));
    });
}

#[guide(by_hand)]
fn of_by_hand(x: &[f64], visited: usize) {
    let slope = param!("slope", 0.4);
    plate!("data", x.len(), subsample(visited), |i| {
        sample!("z", Normal::new(slope * x.at(i), 0.9));
    });
}

#[test]
fn sites_of_elements_are_summed_out_of_their_own_weights() {
    for visited in [3, 2] {
        let mut one =
            Svi::new(summed(&X, visited), of_summed(&X, visited), Iwae::new(4), Adam::new(0.1)).seed(1);
        let mut other =
            Svi::new(by_hand(&X, visited), of_by_hand(&X, visited), Iwae::new(4), Adam::new(0.1)).seed(1);
        let ((a, by_a), (b, by_b)) = (one.gradient().unwrap(), other.gradient().unwrap());
        close(a.loss, b.loss, 1e-13);
        close(by_a.get("slope").unwrap()[[]], by_b.get("slope").unwrap()[[]], 1e-12);
    }
}
