//! The tables.

use super::programs::*;
use ppl::prelude::*;

const X: [f64; 6] = [0.1, 0.2, 0.3, 1.0, 2.0, 3.0];

#[test]
fn a_mixture() {
    let svi = Svi::new(mixture(&X), proposal(&X), Elbo::default(), Adam::new(0.1));
    let expected = "\
1 particle

plates
name       size  visited
component  3     3
data       6     4

model
site    role            distribution  support   event  plates     depends on
mu      latent          Normal        RealLine  []     component  -
sigma   latent          HalfNormal    Positive  []     -          -
strict  latent          Bernoulli     Boolean   []     -          -
z       summed out (3)  Categorical   Finite    []     data       weights
out     latent          Bernoulli     Boolean   []     data       -
x       observed        Normal        RealLine  []     data       mu, sigma, strict, out, z

guide
site    role       distribution  support   gradient                                divergence  depends on
mu      proposal   Normal        RealLine  pathwise                                closed      twist, loc, scale
sigma   proposal   LogNormal     Positive  pathwise                                estimated   s_loc, s_scale
strict  proposal   Bernoulli     Boolean   LeaveOneOut over 2 values               closed      q
out     proposal   Bernoulli     Boolean   score, less its decaying average (0.9)  closed      l
twist   auxiliary  Normal        RealLine  pathwise                                -           -

costs
site    term           how
strict  evidence of z  aligned, summed over data
out     evidence of z  aligned, by element of data

parameters
name     shape  support       plates
loc      []     RealLine      component
scale    []     Positive      component
s_loc    []     RealLine      -
s_scale  []     Positive      -
q        []     UnitInterval  -
l        []     RealLine      data
weights  [3]    Simplex       -

elimination
sum out z: 2 factors over [z], 24 elements
24 elements in all";
    assert_eq!(svi.explain().unwrap().to_string(), expected);
}

#[test]
fn a_hidden_markov_model() {
    let svi = Svi::new(hidden(&X), nothing(&X), Elbo::default(), Adam::new(0.1));
    let expected = "\
1 particle

plates
name  size  visited
time  6     6

model
site  role            distribution  support   event  plates  depends on
z     summed out (2)  Categorical   Finite    []     time    z, t
y     observed        Normal        RealLine  []     time    z, m

parameters
name  shape   support   plates
t     [2, 2]  Simplex   time
m     [2]     RealLine  time

elimination
sum out z: 2 factors over [z, z], 24 elements
24 elements in all";
    assert_eq!(svi.explain().unwrap().to_string(), expected);
}

#[test]
fn a_walk() {
    let svi = Svi::new(walk(&X), walks(&X), Elbo::default(), Adam::new(0.1));
    let expected = "\
1 particle

model
site   role      distribution     support   event  plates  depends on
start  latent    Normal           RealLine  []     -       -
x      latent    Normal, 6 steps  RealLine  []     -       start, x
y      observed  Normal, 6 steps  RealLine  []     -       x

guide
site   role      distribution     support   gradient  divergence  depends on
start  proposal  Normal           RealLine  pathwise  closed      a
x      proposal  Normal, 6 steps  RealLine  pathwise  closed      start, x, b

parameters
name  shape  support   plates
a     []     RealLine  -
b     []     RealLine  -";
    assert_eq!(svi.explain().unwrap().to_string(), expected);
}

#[test]
fn a_program_that_branches() {
    let svi = Svi::new(branch(), branches(), Elbo::default().particles(2), Adam::new(0.1));
    let expected = "\
2 particles, each run apart; shown as the first runs on its first path

model
site   role             distribution         support   event  plates  depends on
b      latent           Bernoulli, concrete  Boolean   []     -       -
c      summed by paths  Bernoulli, concrete  Boolean   []     -       b
level  latent           Normal               RealLine  []     -       b, c
x      observed         Normal               RealLine  []     -       b, level, c

guide
site   role      distribution         support   gradient                                     divergence  depends on
b      proposal  Bernoulli, concrete  Boolean   score, less the mean of the other particles  closed      q
level  proposal  Normal               RealLine  pathwise                                     estimated   b, m

costs
site  term        how
b     every term  -

parameters
name  shape  support       plates
q     []     UnitInterval  -
m     []     RealLine      -";
    assert_eq!(svi.explain().unwrap().to_string(), expected);
}

#[test]
fn costs_by_plates() {
    let x = ndarray::Array2::from_elem((2, 3), 0.5);
    let svi = Svi::new(nested(&x), nests(&x), Elbo::default().particles(2), Adam::new(0.1));
    let expected = "

costs
site  term                     how
z     log-likelihood of x      aligned, by element of row, summed over column
z     log-likelihood of total  crossed

parameters";
    let printed = svi.explain().unwrap().to_string();
    assert!(printed.contains(expected), "{printed}");
}
