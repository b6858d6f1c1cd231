use super::*;

#[model]
fn bits() {
    let b = sample!("b", Bernoulli::new([0.3, 0.6, 0.5])).to_tensor();
    observe!("x", Normal::new(b.sum().powi(2), 2.0), 3.0);
}

fn loss(l: [f64; 3]) -> f64 {
    let q = l.map(logistic);
    expect(q, |b| {
        let count = b.iter().filter(|&&b| b).count() as f64;
        let kl: f64 =
            (0..3).map(|k| log_bernoulli(b[k], q[k]) - log_bernoulli(b[k], [0.3, 0.6, 0.5][k])).sum();
        kl - log_normal(3.0, count * count, 2.0)
    })
}

macro_rules! guide {
    ($estimator:expr) => {{
        #[guide(bits)]
        fn guide() {
            sample!("b", Bernoulli::logits(param!("l", [0.8, 0.9, 1.2])), $estimator);
        }
        guide()
    }};
}

#[test]
fn elements_of_an_array_move_jointly() {
    let exact = gradient_and_value(loss, [0.8, 0.9, 1.2]);
    {
        let elbo = particles(100).closed_kl(false);
        assert_gradient!(
            Svi::new(bits(), guide!(DisArm), elbo.clone(), sgd()).seed(17),
            "DisArm",
            exact,
            "l"
        );
        assert_gradient!(Svi::new(bits(), guide!(Arm), elbo.clone(), sgd()).seed(18), "Arm", exact, "l");
        let others = guide!(LeaveOneOut::samples(4));
        assert_gradient!(Svi::new(bits(), others, elbo.clone(), sgd()).seed(19), "LeaveOneOut", exact, "l");
        let critical = guide!(Score::baseline(SelfCritical));
        assert_gradient!(Svi::new(bits(), critical, elbo, sgd()).seed(20), "SelfCritical", exact, "l");
    }
}

#[test]
fn what_moves_one_number_refuses_an_array() {
    let message = Svi::new(bits(), guide!(SumAndSample::new(1)), particles(1), sgd()).step().unwrap_err();
    assert!(message.to_string().contains("moves one number at a time, so draw it in a plate"), "{message}");
    let message = Svi::new(bits(), guide!(MeasureValued), particles(1), sgd()).step().unwrap_err();
    assert!(message.to_string().contains("draw it in a plate"), "{message}");
}
