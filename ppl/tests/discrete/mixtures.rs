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

#[model]
fn first_rows(x: f64, table: &[f64]) {
    let z = sample!("z", Bernoulli::new(0.3), enumerate);
    observe!("x", Normal::new(table.at(z), 0.7), x);
}

#[guide(first_rows)]
fn no_site(_x: f64, _table: &[f64]) {}

#[test]
fn a_table_may_have_more_rows_than_a_site_has_outcomes_and_not_fewer() {
    let step = |table: &[f64]| {
        Svi::new(first_rows(0.5, table), no_site(0.5, table), Elbo::default(), Adam::new(0.1)).step()
    };
    let density =
        |mu: f64| (-0.5 * ((0.5 - mu) / 0.7).powi(2)).exp() / (0.7 * (2.0 * std::f64::consts::PI).sqrt());
    let expected = -(0.7 * density(MU[0]) + 0.3 * density(MU[1])).ln();
    close(step(&MU[..2]).unwrap().loss, expected, 1e-13);
    close(step(&MU).unwrap().loss, expected, 1e-13);
    let error = step(&MU[..1]).unwrap_err().to_string();
    assert!(error.contains("index 1"), "{error}");
}

#[model]
fn graded(x: f64) {
    let z = sample!("z", OrderedLogistic::new(0.4, [-0.5, 1.2]), enumerate);
    observe!("x", Normal::new(MU.at(z), 0.7), x);
}

#[guide(graded)]
fn ungraded(_x: f64) {}

#[test]
fn grades_are_one_more_than_their_thresholds() {
    let below = |threshold: f64| 1.0 / (1.0 + (0.4 - threshold).exp());
    let chances = [below(-0.5), below(1.2) - below(-0.5), 1.0 - below(1.2)];
    let density = |x: f64, mu: f64| {
        (-0.5 * ((x - mu) / 0.7).powi(2)).exp() / (0.7 * (2.0 * std::f64::consts::PI).sqrt())
    };
    for x in X {
        let evidence: f64 = chances.iter().zip(MU).map(|(chance, mu)| chance * density(x, mu)).sum();
        let loss = Svi::new(graded(x), ungraded(x), Elbo::default(), Adam::new(0.1)).step().unwrap().loss;
        close(loss, -evidence.ln(), 1e-12);
    }
}
