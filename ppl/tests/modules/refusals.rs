//! What a session says to modules that do not fit, and that it is then as it was.

use super::*;
use ndarray::{Array2, array};
use std::cell::Cell;

#[guide]
fn nothing() {}

fn net_of(width: usize) -> [usize; 3] {
    [2, width, 1]
}

#[model]
fn of_model(width: &Cell<usize>, own: bool) {
    let out = if own {
        module!("net", layer(2, 1)).apply(Tensor::from([0.3, 0.4]))
    } else {
        module!("net", nn::mlp(&net_of(width.get()), Activation::Tanh)).apply([0.3, 0.4])
    };
    let z = sample!("z", Normal::new(out.at(0).to_real(), 1.0));
    observe!("x", Normal::new(z, 1.0), 0.7);
}

#[guide(of_model)]
fn of_guide(width: usize) {
    let net = module!("net", nn::mlp(&net_of(width), Activation::Tanh));
    sample!("z", Normal::new(net.apply([0.1, 0.2]).at(0).to_real(), 1.0));
}

#[test]
fn a_name_is_made_by_one_function() {
    let width = Cell::new(4);
    let mut svi = Svi::new(of_model(&width, true), of_guide(4), Elbo::default(), Adam::new(0.1)).seed(1);
    let error = svi.step().unwrap_err();
    assert!(matches!(error, ppl::Error::Module { .. }), "{error:?}");
    let error = error.to_string();
    assert!(
        error.contains("refusals.rs:") && error.ends_with(
            "module `net`: is made by `ppl::nn::mlp` elsewhere, and by `modules::layer` here; one name is one module, in both \
             programs: give this one a name of its own"
        ),
        "{error}"
    );
}

#[test]
fn functions_of_one_name_are_told_apart_by_their_places() {
    fn one() -> impl ppl::Module<Element = f64, Output = Real> {
        #[module]
        fn inner() -> Real {
            param!("w", 0.5)
        }
        inner()
    }
    fn other() -> impl ppl::Module<Element = f64, Output = Real> {
        #[module]
        fn inner() -> Real {
            param!("w", 0.5)
        }
        inner()
    }
    #[model]
    fn two() {
        let z = sample!("z", Normal::new(module!("m", one()), 1.0));
        observe!("x", Normal::new(z, 1.0), 0.7);
    }
    #[guide(two)]
    fn by_other() {
        sample!("z", Normal::new(module!("m", other()), 1.0));
    }
    let error = Svi::new(two(), by_other(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert_eq!(error.matches("inner` (").count(), 2, "{error}");
}

#[test]
fn a_name_has_one_shape() {
    let width = Cell::new(4);
    let mut svi = Svi::new(of_model(&width, false), of_guide(4), Elbo::default(), Adam::new(0.1)).seed(1);
    for _ in 0..3 {
        svi.step().unwrap();
    }
    let before = svi.parameters();
    width.set(5);
    for _ in 0..2 {
        let error = svi.step().unwrap_err().to_string();
        assert!(
            error.contains("refusals.rs:") && error.ends_with(
                "module `net/layer[0]`: its parameter `w` was made with the shape [2, 4], and has the shape [2, 5] here; one name \
                 is one module, in both programs: make it with the same arguments, or give this one a name of its own"
            ),
            "{error}"
        );
        assert_eq!(svi.parameters(), before);
    }
    width.set(4);
    svi.step().unwrap();
    assert_ne!(svi.parameters(), before);
}

/// Networks whose common layers have the same shapes are told apart by their number.
#[test]
fn a_name_has_one_number_of_parts() {
    #[model]
    fn deep() {
        let z = sample!("z", Normal::new(0.0, 1.0));
        penalty!(
            "p",
            module!("net", nn::mlp(&[2, 2, 2, 2], Activation::Tanh)).apply(Tensor::stack(&[z, z])).sum()
        );
    }
    #[guide(deep)]
    fn shallow() {
        let net = module!("net", nn::mlp(&[2, 2, 2], Activation::Tanh));
        sample!("z", Normal::new(net.apply([0.1, 0.2]).sum(), 1.0));
    }
    let error = Svi::new(deep(), shallow(), Elbo::default(), Adam::new(0.1)).step().unwrap_err().to_string();
    assert!(
        error.contains("module `net`: has 3 parameters and modules here, and 2 elsewhere; one name"),
        "{error}"
    );
}

#[model]
fn with_a_net(x: f64) {
    let net = module!("net", nn::dense(1, 1));
    observe!("x", Normal::new(net.apply([0.5]).at(0).to_real(), 1.0), x);
}

/// The compiler sees a plate around the statement, and a run also one around the call of its program.
#[test]
fn a_module_is_made_outside_of_what_repeats() {
    #[model]
    fn in_plate() {
        plate!("row", 3, |_i| call!("part", with_a_net(0.7)));
    }
    #[model]
    fn in_chain() {
        markov!("time", 3, Real::from(0.5), |x, _t| {
            call!("part", with_a_net(0.7));
            x
        });
    }
    #[model]
    fn handed_on() {
        let net = module!("net", nn::dense(1, 1));
        plate!("row", 3, |_i| call!("part", with_net(net)));
    }
    #[model]
    fn with_net(net: nn::Dense) {
        observe!("x", Normal::new(net.apply([0.5]).at(0).to_real(), 1.0), 0.7);
    }
    let mut svi = Svi::new(in_plate(), nothing(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(
        error.contains("module `part/net`: is made in plate `row`, although all repetitions share"),
        "{error}"
    );
    let mut svi = Svi::new(in_chain(), nothing(), Elbo::default(), Adam::new(0.1));
    let error = svi.step().unwrap_err().to_string();
    assert!(error.contains("module `part/net`: is made in a step of a chain, although"), "{error}");
    let mut svi = Svi::new(handed_on(), nothing(), Elbo::default(), Adam::new(0.1));
    svi.step().unwrap();
    assert_eq!(names!(svi), ["net/w", "net/b"]);
}

#[test]
fn a_program_makes_a_module_once() {
    #[model]
    fn twice(count: usize) {
        let nets: Vec<nn::Dense> = (0..count).map(|k| module!("net"[k / 2], nn::dense(1, 1))).collect();
        let shared: Vec<nn::Dense> = (0..count).map(|_| module!("/shared", nn::dense(1, 1))).collect();
        for (k, net) in nets.iter().chain(&shared).enumerate() {
            penalty!("p"[k], net.apply([0.5]).sum());
        }
    }
    let mut svi = Svi::new(twice(1), nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();
    svi.step().unwrap();
    let error = svi.step_on(twice(2), nothing()).unwrap_err().to_string();
    assert!(
        error.contains("module `net[0]`: is made twice in this program; make it once, and use it"),
        "{error}"
    );
    svi.step().unwrap();
}

#[model]
fn of_widths(x: &Array2<f64>, width: usize) {
    let net = module!("net", nn::mlp(&[width, 4, 1], Activation::Tanh));
    plate!("row", x.nrows(), |i| {
        observe!("y", Normal::new(net.apply(x.at(i)).at(0).to_real(), 1.0), 0.5);
    });
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let x = array![[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]];
    let mut svi = Svi::new(of_widths(&x, 4), nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
    let error = svi.step().unwrap_err();
    assert!(matches!(error, ppl::Error::Module { .. }), "{error:?}");
    let error = error.to_string();
    assert!(
        error.contains("refusals.rs:")
            && error.ends_with("module `net/layer[0]`: expected a value of the shape [.., inputs = 4], got [3] in plates [row]"),
        "{error}"
    );
    let mut svi = Svi::new(of_widths(&x, 3), nothing(), Elbo::default(), Adam::new(0.1)).seed(1);
    svi.step().unwrap();

    #[model]
    fn state_too_short() {
        let cell = module!("cell", nn::gru(2, 3));
        penalty!("p", cell.step([0.1, 0.2], [0.1, 0.2]).sum());
    }
    let error = Svi::new(state_too_short(), nothing(), Elbo::default(), Adam::new(0.1)).step().unwrap_err();
    assert!(
        error.to_string().ends_with("module `cell`: expected a value of the shape [.., size = 3], got [2]")
    );
    #[model]
    fn number() {
        let norm = module!("norm", nn::layer_norm(3));
        penalty!("p", norm.apply(0.5).sum());
    }
    let error = Svi::new(number(), nothing(), Elbo::default(), Adam::new(0.1)).step().unwrap_err();
    assert!(
        error.to_string().ends_with("module `norm`: expected a value of the shape [.., size = 3], got []")
    );
}

/// A handle of a module that outlives its run is an error, as all handles are.
#[test]
fn a_module_belongs_to_its_run() {
    let kept: Cell<Option<nn::Dense>> = Cell::new(None);
    #[model]
    fn keeps(kept: &Cell<Option<nn::Dense>>) {
        let net = module!("net", nn::dense(1, 1));
        let net = kept.replace(Some(net)).unwrap_or(net);
        penalty!("p", net.apply([0.5]).sum());
    }
    let mut svi = Svi::new(keeps(&kept), nothing(), Elbo::default(), Adam::new(0.1));
    let outcomes: Vec<bool> = (0..3).map(|_| svi.step().is_ok()).collect();
    assert!(outcomes.contains(&false), "{outcomes:?}");
}
