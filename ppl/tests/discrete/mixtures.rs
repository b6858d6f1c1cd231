use super::*;

const X: [f64; 5] = [-1.0, 0.5, 4.0, 5.5, 0.1];
const W: [f64; 3] = [0.2, 0.5, 0.3];
const MU: [f64; 3] = [-1.0, 0.0, 5.0];

#[model]
fn mixture(x: &[f64]) {
    plate!("data", x.len(), |i| {
        let z = sample!("z", Categorical::new(W), enumerate);
        observe!("x", Normal::new(MU.at(z), 0.7), x.at(i));
    });
}

#[guide(mixture)]
fn nothing(_x: &[f64]) {}

fn log_evidence(x: f64) -> f64 {
    let density = |k: usize| {
        let d = (x - MU[k]) / 0.7;
        W[k] * (-0.5 * d * d).exp() / (0.7 * (2.0 * std::f64::consts::PI).sqrt())
    };
    (0..3).map(density).sum::<f64>().ln()
}

#[test]
fn a_mixture_is_summed_element_by_element() {
    let mut svi = Svi::new(mixture(&X), nothing(&X), Elbo::default(), Adam::new(0.1));
    let expected: f64 = X.iter().map(|&x| -log_evidence(x)).sum();
    close(svi.step().unwrap().loss, expected, 1e-13);
    let report = svi.elimination();
    assert_eq!((report.steps.len(), report.cost()), (1, 15.0));
    assert_eq!(report.steps[0].to_string(), "sum out z: 2 factors over [z], 15 elements");
}

#[model]
fn labelled(x: &[f64], labels: &[Option<usize>]) {
    plate!("data", x.len(), |i| {
        let z = sample!("z", Categorical::new(W), enumerate, given(labels.at(i)));
        observe!("x", Normal::new(MU.at(z), 0.7), x.at(i));
    });
}

#[guide(labelled)]
fn unguided(_x: &[f64], _labels: &[Option<usize>]) {}

#[test]
fn labels_hold_the_elements_that_have_one() {
    let labels = [None, Some(2), None, Some(0), None];
    let mut svi = Svi::new(labelled(&X, &labels), unguided(&X, &labels), Elbo::default(), Adam::new(0.1));
    let given = |x: f64, k: usize| {
        let d = (x - MU[k]) / 0.7;
        W[k].ln() - 0.5 * d * d - (0.7 * (2.0 * std::f64::consts::PI).sqrt()).ln()
    };
    let expected: f64 =
        X.iter().zip(labels).map(|(&x, label)| label.map_or_else(|| log_evidence(x), |k| given(x, k))).sum();
    close(svi.step().unwrap().loss, -expected, 1e-13);
    let wrong = [None, Some(3), None, None, None];
    let error = Svi::new(labelled(&X, &wrong), unguided(&X, &wrong), Elbo::default(), Adam::new(0.1)).step();
    assert!(error.unwrap_err().to_string().contains("the label of element 1 is 3, expected one of 0..3"));
}
