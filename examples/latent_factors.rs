//! Binary latent factors of tumours, and what each gradient estimator makes of them.
//!
//! The nine marks of a biopsy are a sum of three factors, which a tumour has or has not, and noise. The guide reads the marks and
//! draws the factors; the last argument of its `sample!` chooses the estimator. All give their gradient at the same place: the
//! table has its variance, and how far its mean is from the exact gradient, a sum over all combinations that is written out here.

use ndarray::{Array2, Axis};
use ppl::prelude::*;

const FACTORS: usize = 3;
const MARKS: usize = 9;
const PRIOR: f64 = 0.3;

type Failure = Box<dyn std::error::Error>;
type Grid = Result<Array2<f64>, Failure>;

#[model]
fn tumours(marks: &Array2<f64>) {
    let loadings = param!("loadings", init::normal([FACTORS, MARKS], 0.5));
    let (base, noise) = (param!("base", init::zeros([MARKS])), param!("noise", 1.0, Positive));
    plate!("tumour", marks.nrows(), |i| {
        let mut mean = base;
        for k in 0..FACTORS {
            let factor = sample!("factor"[k], Bernoulli::new(PRIOR));
            mean += factor.to_real() * loadings.at(k);
        }
        observe!("marks", Normal::new(mean, noise), marks.at(i));
    });
}

/// A session of the model and the guide with this estimator, which may use the marks `x` of a tumour and what is stated outside of
/// the plate.
macro_rules! session {
    ($marks:expr, $x:ident $({ $($outside:tt)* })? => $($estimator:tt)+) => {{
        #[guide(tumours)]
        fn recognition(marks: &Array2<f64>) {
            let weights = param!("weights", init::normal([FACTORS, MARKS], 0.3));
            $($($outside)*)?
            plate!("tumour", marks.nrows(), |i| {
                let $x = marks.at(i);
                for k in 0..FACTORS {
                    sample!("factor"[k], Bernoulli::logits(weights.at(k).dot($x)), $($estimator)+);
                }
            });
        }
        Svi::new(tumours($marks), recognition($marks), Elbo::default(), Adam::new(0.03)).seed(1)
    }};
}

/// Every sixth tumour whose marks are all known, standardised.
fn read() -> Grid {
    let marks = ppl_examples::marks(include_str!("data/tumours.csv"))?;
    let mean = marks.mean_axis(Axis(0)).ok_or("there are tumours")?;
    Ok((&marks - &mean) / marks.std_axis(Axis(0), 0.0))
}

/// The gradient of the loss by the weights, as a sum over the combinations of factors.
fn exact(marks: &Array2<f64>, at: &ppl::Parameters) -> Grid {
    let (weights, loadings) = (at.get("weights")?, at.get("loadings")?);
    let (base, noise) = (at.get("base")?, at.get("noise")?[[]]);
    let mut gradient = Array2::zeros((FACTORS, MARKS));
    for x in marks.outer_iter() {
        let logit = |k: usize| (0..MARKS).map(|d| weights[[k, d]] * x[d]).sum::<f64>();
        let q: Vec<f64> = (0..FACTORS).map(|k| 1.0 / (1.0 + (-logit(k)).exp())).collect();
        for combination in 0..1 << FACTORS {
            let of = |p: f64, k: usize| if combination >> k & 1 == 1 { p } else { 1.0 - p };
            let mean = |d: usize| base[d] + (0..FACTORS).map(|k| of(1.0, k) * loadings[[k, d]]).sum::<f64>();
            let misfit: f64 = (0..MARKS).map(|d| 0.5 * ((x[d] - mean(d)) / noise).powi(2)).sum();
            let cost = misfit + (0..FACTORS).map(|k| (of(q[k], k) / of(PRIOR, k)).ln()).sum::<f64>();
            let weighed = cost * (0..FACTORS).map(|k| of(q[k], k)).product::<f64>();
            for ((k, d), sum) in gradient.indexed_iter_mut() {
                *sum += weighed * (of(1.0, k) - q[k]) * x[d];
            }
        }
    }
    Ok(gradient)
}

/// Draws until an error of a twentieth would show; prints and returns the variance, in units of the exact squared length.
fn row(what: &str, exact: &Array2<f64>, mut draw: impl FnMut() -> Grid) -> Result<f64, Failure> {
    let (mut n, mut mean, mut squares) = (0.0, 0.0 * exact, 0.0 * exact);
    let length = (exact * exact).sum().sqrt();
    while n < 500.0 || squares.sum().sqrt() / n > 0.05 * (&mean * &mean).sum().sqrt() && n < 20_000.0 {
        n += 1.0;
        let away = draw()? - &mean;
        mean += &(&away / n);
        squares += &(&away * &away * ((n - 1.0) / n));
    }
    let mut variance: Array2<f64> = squares / (n - 1.0);
    if what.contains("Standardised") {
        // Its mean is the gradient times a factor for each site. One that is not positive makes the variance infinite here.
        for k in 0..FACTORS {
            let factor = (mean.row(k).dot(&exact.row(k)) / exact.row(k).dot(&exact.row(k))).max(0.0);
            mean.row_mut(k).mapv_inplace(|g| g / factor);
            variance.row_mut(k).mapv_inplace(|v| v / (factor * factor));
        }
    }
    let errors = variance.mapv(|v| (v / n).sqrt() + 1e-10 * length);
    let worst = ((&mean - exact) / &errors).fold(0.0f64, |a, z| a.max(z.abs()));
    let relative = variance.sum() / (length * length);
    println!("{what:<45} {n:>6} {relative:>9.6} {worst:>12.2}");
    if !relative.is_finite() || worst >= 5.0 || n >= 20_000.0 {
        return Err(format!("{what}: {worst} standard errors off, variance {relative}").into());
    }
    Ok(relative)
}

/// The row of an estimator, whose averages and baselines have first got used to the place.
macro_rules! variance {
    ($marks:expr, $place:expr, $exact:expr, $x:ident $({ $($outside:tt)* })? => $($estimator:tt)+) => {{
        let mut svi = session!($marks, $x $({ $($outside)* })? => $($estimator)+);
        for _ in 0..200 {
            svi.step()?;
            for (name, value) in $place.iter() {
                svi.set_parameter(name, value.to_owned())?;
            }
        }
        let what = stringify!($($estimator)+).split("(level").next().unwrap_or_default();
        row(what, $exact, || Ok(svi.gradient()?.1.get("weights")?.to_owned().into_dimensionality()?))?
    }};
}

fn main() -> Result<(), Failure> {
    let marks = &read()?;
    let mut svi = session!(marks, x => enumerate);
    svi.run(100)?;
    // A model that has been fitted, and a guide that has learnt little yet.
    svi.set_parameter("weights", Array2::from_elem((FACTORS, MARKS), 0.1))?;
    let place = svi.parameters();
    let exact = &exact(marks, &place)?;
    println!("estimator, {} tumours                         draws  variance  largest |z|", marks.nrows());
    let enumerated = variance!(marks, place, exact, x => enumerate);
    let summed = variance!(marks, place, exact, x => SumAndSample::new(1));
    let score = variance!(marks, place, exact, x => Score::new());
    variance!(marks, place, exact, x => Score::baseline(DecayingAverage::new(0.9)));
    variance!(marks, place, exact, x => Score::baseline(Standardised::new(0.9)));
    variance!(marks, place, exact, x {
        let (level, slope) = (param!("level", 0.0), param!("slope", init::zeros([MARKS])));
    } => Score::baseline(Learned(level + slope.dot(x))));
    let others = variance!(marks, place, exact, x => LeaveOneOut::samples(2));
    let arm = variance!(marks, place, exact, x => Arm);
    let dis_arm = variance!(marks, place, exact, x => DisArm);
    let parts = variance!(marks, place, exact, x => MeasureValued);
    // Sums over all outcomes have no variance, the other sample is a baseline, and DisArm is the mean of Arm given the pair.
    if enumerated.max(summed).max(parts) > 1e-18 || others >= score || dis_arm >= arm {
        return Err("the variances are not in the order that theory gives them".into());
    }
    Ok(())
}
