//! What programs state beside their sites: noise, quantities, penalties.

use ppl::SiteRole;
use ppl::prelude::*;

#[model]
fn model(x: &[f64]) {
    let scale = param!("scale", 1.5, Positive);
    let mu = sample!("mu", Normal::new(0.0, 1.0));
    let jitter = noise!("jitter", Normal::new(0.0, param!("width", 0.1, Positive)), evaluation(0.0));
    penalty!("l2", 0.1 * scale * scale);
    plate!("data", x.len(), |i| {
        let z = sample!("z", Bernoulli::new(0.3), enumerate);
        let level = deterministic!("level", mu + jitter + z.to_real());
        observe!("x", Normal::new(level, scale), x.at(i));
    });
}

#[guide(model)]
fn guide(_x: &[f64]) {
    let shift = noise!("shift", Normal::new(0.0, 0.2));
    let mu = sample!("mu", Normal::new(param!("loc", 0.2) + shift, 0.5));
    deterministic!("double", 2.0 * mu);
    penalty!("pull", mu * mu);
}

const X: [f64; 3] = [0.1, 0.2, 0.3];

#[test]
fn they_are_in_the_tables() {
    let svi = Svi::new(model(&X), guide(&X), Elbo::default(), Adam::new(0.1));
    let explanation = svi.explain().unwrap();
    let expected = "\
model
site    role            distribution   support   event  plates  depends on
mu      latent          Normal         RealLine  []     -       -
jitter  noise           Normal         RealLine  []     -       width
l2      penalty         penalty        a loss    []     -       scale
z       summed out (2)  Bernoulli      Boolean   []     data    -
level   quantity        deterministic  a value   []     data    mu, jitter, z
x       observed        Normal         RealLine  []     data    mu, jitter, z, scale

guide
site    role      distribution   support   gradient  divergence  depends on
mu      proposal  Normal         RealLine  pathwise  closed      shift, loc
shift   noise     Normal         RealLine  -         -           -
double  quantity  deterministic  a value   -         -           mu
pull    penalty   penalty        a loss    -         -           mu
";
    let printed = explanation.to_string();
    assert!(printed.contains(expected), "{printed}");
    let role = |name: &str| explanation.site(name).unwrap().role;
    assert_eq!(
        [role("jitter"), role("level"), role("pull")],
        [SiteRole::Noise, SiteRole::Quantity, SiteRole::Penalty]
    );
    // Later steps have the same bits as without.
    let session = || Svi::new(model(&X), guide(&X), Elbo::default(), Adam::new(0.1)).seed(3);
    let (mut with, mut without) = (session(), session());
    for _ in 0..3 {
        with.explain().unwrap();
        assert_eq!(with.step().unwrap(), without.step().unwrap());
    }
}

#[test]
fn they_are_in_the_graphs() {
    let svi = Svi::new(model(&X), guide(&X), Elbo::default(), Adam::new(0.1));
    let explanation = svi.explain().unwrap();
    let (of_model, of_guide) = (explanation.dot(), explanation.guide_dot());
    for line in [
        "\"l2\" [label=\"l2\\npenalty\", shape=plaintext];",
        "\"level\" [label=\"level\\ndeterministic\", shape=plaintext];",
        "\"jitter\" -> \"level\";",
        "\"jitter\" -> \"x\";",
        "\"parameter scale\" -> \"l2\";",
    ] {
        assert!(of_model.contains(line), "{line} in {of_model}");
    }
    for line in ["\"shift\" -> \"mu\";", "\"mu\" -> \"double\";", "\"mu\" -> \"pull\";"] {
        assert!(of_guide.contains(line), "{line} in {of_guide}");
    }
}
