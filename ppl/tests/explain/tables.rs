use ndarray::array;
use ppl::prelude::*;

#[model]
fn mixture(x: &[f64]) {
    let weights = param!("weights", init::uniform_simplex(3), Simplex);
    let mu = plate!("component", 3, |_k| sample!("mu", Normal::new(0.0, 10.0)));
    let sigma = sample!("sigma", HalfNormal::new(5.0));
    let strict = sample!("strict", Bernoulli::new(0.5));
    plate!("data", x.len(), subsample(4), |i| {
        let z = sample!("z", Categorical::new(weights), enumerate);
        let out = sample!("out", Bernoulli::new(0.1));
        observe!("x", Normal::new(mu.at(z), sigma + out.to_real() + strict.to_real()), x.at(i));
    });
}

#[guide(mixture)]
fn proposal(x: &[f64]) {
    let twist = sample!("twist", Normal::new(0.0, 1.0), auxiliary);
    plate!("component", 3, |_k| {
        sample!("mu", Normal::new(param!("loc", 0.0) + twist, param!("scale", 1.0, Positive)))
    });
    sample!("sigma", LogNormal::new(param!("s_loc", 0.0), param!("s_scale", 0.5, Positive)));
    sample!("strict", Bernoulli::new(param!("q", 0.4, UnitInterval)), LeaveOneOut::samples(2));
    plate!("data", x.len(), subsample(4), |_i| {
        sample!("out", Bernoulli::logits(param!("l", 0.0)));
    });
}

#[model]
fn hidden(y: &[f64]) {
    markov!("time", y.len(), 0usize, |prev, t| {
        let z = sample!("z", Categorical::new(param!("t", array![[0.75, 0.25], [0.25, 0.75]], Simplex).at(prev)), enumerate);
        observe!("y", Normal::new(param!("m", [0.0, 1.0]).at(z), 0.5), y.at(t));
        z
    });
}

#[guide(hidden)]
fn nothing(_y: &[f64]) {}

#[model]
fn walk(y: &[f64]) {
    let start = sample!("start", Normal::new(0.0, 1.0));
    markov!("time", y.len(), start, |prev, t| {
        let x = sample!("x", Normal::new(prev, 1.0));
        observe!("y", Normal::new(x, 0.5), y.at(t));
        x
    });
}

#[guide(walk)]
fn walks(y: &[f64]) {
    let start = sample!("start", Normal::new(param!("a", 0.0), 1.0));
    markov!("time", y.len(), start, |prev, _t| sample!("x", Normal::new(prev * param!("b", 1.0), 0.7)));
}

#[model]
fn branch() {
    let b = sample!("b", Bernoulli::new(0.3), concrete);
    if b { observe!("x", Normal::new(2.0, 1.0), 1.5) } else { observe!("y", Normal::new(0.0, 1.0), 1.5) }
}

#[guide(branch)]
fn branches() {
    let b = sample!("b", Bernoulli::new(param!("q", 0.4, UnitInterval)), concrete);
    let _ = b;
}

#[test]
fn prints() {
    let x = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];
    let svi = Svi::new(mixture(&x), proposal(&x), Elbo::default(), Adam::new(0.1));
    let e = svi.explain().unwrap();
    println!("{e}\n{}\n{}", e.dot(), e.guide_dot());
    let svi = Svi::new(hidden(&x), nothing(&x), Elbo::default(), Adam::new(0.1));
    let e = svi.explain().unwrap();
    println!("{e}\n{}\n{}", e.dot(), e.guide_dot());
    let svi = Svi::new(walk(&x), walks(&x), Elbo::default(), Adam::new(0.1));
    let e = svi.explain().unwrap();
    println!("{e}\n{}\n{}", e.dot(), e.guide_dot());
    let svi = Svi::new(branch(), branches(), Elbo::default().particles(2), Adam::new(0.1));
    let e = svi.explain().unwrap();
    println!("{e}\n{}\n{}", e.dot(), e.guide_dot());
}
