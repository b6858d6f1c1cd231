use super::*;

const X: [f64; 3] = [3.3, 2.8, 3.1];
const NEXT: [u32; 3] = [1, 2, 0];

#[model]
fn ring() {
    let b = plate!("b", 3, |_| sample!("b", Bernoulli::new(0.35))).to_tensor();
    plate!("x", 3, |i| {
        let mean = b.at(i) + 2.0 * b.at(NEXT.at(i)) * b.at(i);
        observe!("x", Normal::new(mean.to_real(), 0.9), X.at(i));
    });
}

fn loss(l: [f64; 3]) -> f64 {
    let q = l.map(logistic);
    expect(q, |b| {
        let number = b.map(|b| f64::from(u8::from(b)));
        (0..3)
            .map(|i| {
                let mean = number[i] + 2.0 * number[(i + 1) % 3] * number[i];
                log_bernoulli(b[i], q[i]) - log_bernoulli(b[i], 0.35) - log_normal(X[i], mean, 0.9)
            })
            .sum()
    })
}

macro_rules! guide {
    ($estimator:expr) => {{
        #[guide(ring)]
        fn guide() {
            plate!("b", 3, |i| {
                let l = param!("l", 0.0) + [0.8, -0.3, 0.1].at(i);
                sample!("b", Bernoulli::logits(l), $estimator);
            });
        }
        guide()
    }};
}

macro_rules! check {
    ($estimator:expr) => {{
        let svi = Svi::new(ring(), guide!($estimator), particles(100), sgd()).seed(9);
        let exact = gradient_and_value(loss, [0.8, -0.3, 0.1]);
        assert_gradient!(svi, stringify!($estimator), exact, "l");
    }};
}

#[test]
fn elements_move_jointly() {
    check!(DisArm);
    check!(Arm);
    check!(LeaveOneOut::samples(3));
    check!(Score::baseline(SelfCritical));
    check!(Score::baseline(Given(Real::from(5.0))));
}

#[test]
fn what_moves_one_element_alone_may_not_cross() {
    for message in [
        Svi::new(ring(), guide!(SumAndSample::new(1)), particles(2), sgd()).step().unwrap_err().to_string(),
        Svi::new(ring(), guide!(MeasureValued), particles(2), sgd()).step().unwrap_err().to_string(),
    ] {
        assert!(message.contains("cannot leave the plates [b]"), "{message}");
    }
}
