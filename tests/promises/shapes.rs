//! Shapes that do not fit are printed with the plates that they lie in.

use ppl::prelude::*;

#[model]
fn misfits(which: usize) {
    plate!("school", 2, |_j| {
        plate!("pupil", 3, |_i| {
            let z = sample!("z", Normal::new([0.0, 0.0], 1.0));
            match which {
                0 => observe!("x", Normal::new((z + param!("b", [1.0, 2.0, 3.0])).sum(), 1.0), 0.5),
                1 => observe!("x", Normal::new(z, 1.0), [0.5, 0.5, 0.5]),
                2 => observe!("x", Normal::new(z.matmul(param!("c", [1.0, 2.0, 3.0])), 1.0), 0.5),
                3 => observe!("x", Normal::new(z, [1.0, 2.0, 3.0]), [0.5, 0.5]),
                4 => observe!("x", Normal::new(z.reshape(&[3]).sum(), 1.0), 0.5),
                5 => observe!("x", Normal::new(Tensor::concat(&[z, z.reshape(&[1, 2])], 0).sum(), 1.0), 0.5),
                _ => observe!("x", Normal::new(z.sum(), 1.0), 0.5),
            }
        });
    });
}

#[guide(misfits)]
fn fits(which: usize) {
    plate!("school", 2, |_j| {
        plate!("pupil", 3, |_i| {
            match which {
                6 => sample!("z", Normal::new([0.0, 0.0, 0.0], 1.0)),
                _ => sample!("z", Normal::new(param!("loc", [0.0, 0.0]), 1.0)),
            };
        });
    });
}

#[test]
fn shapes_come_with_their_plates() {
    let expected = [
        "addition: the shapes [2] in plates [school, pupil] and [3] in plates [school, pupil] do not fit",
        "site `x`: the distribution has values of shape [2] in plates [school, pupil], the data have [3]",
        "the shapes [2] in plates [school, pupil] and [3] in plates [school, pupil] do not fit",
        "loc has the shape [2], scale has [3] in plates [school, pupil]",
        "in plates [school, pupil]",
        "in plates [school, pupil]",
        "site `z`: the model draws a value of shape [2] in plates [school, pupil], the guide proposes one of shape [3]",
    ];
    for (which, words) in expected.into_iter().enumerate() {
        let mut svi = Svi::new(misfits(which), fits(which), Elbo::default(), Adam::new(0.1));
        let error = svi.step().unwrap_err().to_string();
        assert!(error.ends_with(words), "{which}: expected `{words}` in: {error}");
        svi.step_on(misfits(99), fits(99)).unwrap();
    }
    let mut svi = Svi::new(misfits(99), fits(99), Elbo::default(), Adam::new(0.1));
    assert_eq!(
        svi.set_parameter("loc", [0.0, 0.0]).unwrap_err().to_string(),
        "parameter `loc`: expected a value of shape [2, 3, 2] (first school, pupil), got [2]"
    );
}
