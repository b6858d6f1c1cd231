//! A variational autoencoder of handwritten digits.
//!
//! Each image is drawn from twenty numbers by a network, the decoder, and another one, the encoder, guesses these from the image (Kingma and Welling
//! 2014, Auto-encoding variational Bayes, appendix C.2). Both are modules: the parameters of the decoder are the model's, those of the encoder the guide's,
//! and none is of an image. What is evaluated at the end are images that no step has seen: the evidence lower bound, the log-evidence by importance
//! weights (Burda et al. 2016), and how many of the twenty numbers say something of an image.
//!
//! `vae -- FOLDER` reads the whole of the data instead, packed arrays `binarized_mnist_train_packed.npy` and `binarized_mnist_test_packed.npy` (unzipped), for
//! 20,000 steps, and weighs 5,000 draws for each of 10,000 images; build it with `--release`. `PPL_PICTURE=digits.svg` is where a picture goes.

use ndarray::{Array2, Axis};
use ppl::plots::{self, ImageRow};
use ppl::prelude::*;
use ppl_examples::{Digits, Failure, digits, packed_digits};
use std::path::Path;

const LATENT: usize = 20;
const PIXELS: usize = ppl_examples::PIXELS;

#[model(f32)]
fn images(x: &Array2<u8>, hidden: usize, batch: usize) {
    let decoder = module!("decoder", nn::mlp(&[LATENT, hidden, PIXELS], Activation::Tanh));
    plate!("image", x.nrows(), subsample(batch), |i| {
        let z = sample!("z", Normal::new(Tensor::zeros(&[LATENT]), 1.0));
        observe!("x", Bernoulli::logits(decoder.apply(z)), x.at(i));
    });
}

/// A network with two ends, for the means and for the deviations of the guesses.
#[derive(Clone, Copy)]
struct Encoder {
    hidden: nn::Dense<f32>,
    mean: nn::Dense<f32>,
    log_deviation: nn::Dense<f32>,
}

#[module(f32)]
fn encoder(hidden: usize) -> Encoder {
    Encoder {
        hidden: module!("hidden", nn::dense(PIXELS, hidden)),
        mean: module!("mean", nn::dense(hidden, LATENT)),
        log_deviation: module!("log_deviation", nn::dense(hidden, LATENT)),
    }
}

impl Encoder {
    /// The means and the deviations of an image's numbers.
    fn guess(&self, image: Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
        let hidden = self.hidden.apply(image).tanh();
        (self.mean.apply(hidden), self.log_deviation.apply(hidden).exp())
    }
}

#[guide(images, f32)]
fn recognition(x: &Array2<u8>, hidden: usize, batch: usize) {
    let encoder = module!("encoder", encoder(hidden));
    plate!("image", x.nrows(), subsample(batch), |i| {
        let (mean, deviation) = encoder.guess(x.at(i).to_tensor());
        sample!("z", Normal::new(mean, deviation));
    });
}

/// Proposes what the model draws before it has seen anything.
#[guide(images, f32)]
fn prior(x: &Array2<u8>) {
    plate!("image", x.nrows(), |_i| {
        sample!("z", Normal::new(Tensor::zeros(&[LATENT]), 1.0));
    });
}

/// Proposes what lies on the way from the guess of one image to that of another.
#[guide(images, f32)]
fn between(from: &Array2<u8>, to: &Array2<u8>, share: &[f32], hidden: usize) {
    let encoder = module!("encoder", encoder(hidden));
    plate!("image", share.len(), |i| {
        let (from, _) = encoder.guess(from.at(i).to_tensor());
        let (to, _) = encoder.guess(to.at(i).to_tensor());
        sample!("z", Delta::new(from + (to - from) * share.at(i)));
    });
}

/// Returns the mean over draws of the pixels that a guide leads to.
fn pictures(draws: &ppl::results::Draws) -> Result<Vec<Vec<f64>>, Failure> {
    let means = draws.get("x")?.mean_axis(Axis(0)).ok_or("there are no draws")?;
    Ok(means.outer_iter().map(|image| image.iter().copied().collect()).collect())
}

fn row<'a>(label: &'a str, images: &'a [Vec<f64>]) -> ImageRow<'a> {
    ImageRow { label, images: images.iter().map(Vec::as_slice).collect() }
}

fn main() -> Result<(), Failure> {
    let (data, hidden, batch, steps, weighed) = match std::env::args().nth(1) {
        Some(folder) => (packed_digits(Path::new(&folder))?, 200, 100, 20_000, 5_000),
        None => (digits(include_str!("data/digits.txt"))?, 60, 50, 600, 100),
    };
    let Digits { train, test } = &data;
    println!("{} images to learn from and {} others, {hidden} hidden units", train.nrows(), test.nrows());
    let (model, guide) = (images(train, hidden, batch), recognition(train, hidden, batch));
    let mut svi = Svi::new(model, guide, Elbo::default(), Adam::new(3e-3)).seed(1);
    // The same programs on the other images, a hundred of them at a time.
    let (other, guesses) = (images(test, hidden, batch), recognition(test, hidden, batch));
    let each = |total: f64| total / test.nrows() as f64;
    let untrained = each(svi.evaluate_on(&other, &guesses).in_blocks("image", 100).run()?.total);
    let every = steps / 4;
    for step in 1..=steps {
        let bound = svi.step()?.elbo / train.nrows() as f64;
        if step % every == 0 {
            println!("step {step:>6}: {bound:.1} nats for each image of its batch");
        }
    }
    let found = svi.evaluate_on(&other, &guesses).in_blocks("image", 100).run()?;
    let trained = each(found.total);
    let worst = found.of("image")?.iter().copied().fold(f64::INFINITY, f64::min);
    let evidence = svi.log_evidence_on(&other, &guesses, weighed).in_blocks("image", 100).run()?;
    let active = svi.posterior_on(&other, &guesses).draws(20)?.active_units("z", 0.01)?;
    // What is left of ten of them by their few numbers, the way from one to another, and images that nobody wrote.
    const SHOWN: usize = 10;
    let seen = test.select(Axis(0), &(0..SHOWN).map(|k| k * test.nrows() / SHOWN).collect::<Vec<_>>());
    let (from, to) = (seen.select(Axis(0), &[3; SHOWN]), seen.select(Axis(0), &[7; SHOWN]));
    let share: Vec<f32> = (0..SHOWN).map(|k| k as f32 / (SHOWN - 1) as f32).collect();
    let ten = images(&seen, hidden, SHOWN);
    let left = pictures(&svi.posterior_on(&ten, &recognition(&seen, hidden, SHOWN)).predictive(50)?)?;
    let way = pictures(&svi.posterior_on(&ten, &between(&from, &to, &share, hidden)).predictive(50)?)?;
    // One draw of numbers and of pixels: a mean over numbers would be no image.
    let new = pictures(&svi.posterior_on(&ten, &prior(&seen)).predictive(1)?)?;
    let seen: Vec<Vec<f64>> =
        seen.outer_iter().map(|image| image.iter().map(|&v| f64::from(v)).collect()).collect();
    let rows = [row("seen", &seen), row("read back", &left), row("on the way", &way), row("made up", &new)];
    let picture = plots::images("digits", 28, &rows);
    if let Some(path) = std::env::var_os("PPL_PICTURE") {
        picture.write(path)?;
    }
    // What is known of an image if all that is known is how often each pixel is one.
    let apart = pixels_apart(train, test);
    println!(
        "of each other image: {trained:.1} nats; {untrained:.1} before, {apart:.1} with pixels that know nothing of each other"
    );
    println!(
        "log-evidence by {weighed} weighed draws: {:.1} nats (standard error {:.2}); the least bound of an image is {worst:.1}; {active} active units",
        each(evidence.total),
        each(evidence.standard_error)
    );
    print!(
        "{}",
        svi.explain()?.modules().iter().map(|m| format!("{}: {}\n", m.name, m.function)).collect::<String>()
    );
    // Weights of many draws come nearer to the evidence than the bound of one.
    if each(evidence.total).is_nan() || each(evidence.total) < trained + 0.5 || active == 0 {
        return Err(format!("expected more than {trained:.1} nats, got {:.1}", each(evidence.total)).into());
    }
    if trained.is_nan() || trained < apart + 20.0 {
        return Err(format!("expected a bound above {:.1} nats, got {trained:.1}", apart + 20.0).into());
    }
    Ok(())
}

/// Returns the mean log-probability of images whose pixels are independent, with the frequencies of others (and one image of each kind more).
fn pixels_apart(train: &Array2<u8>, test: &Array2<u8>) -> f64 {
    let of_pixel = |pixel: usize| {
        let ones = train.column(pixel).iter().map(|&v| f64::from(v)).sum::<f64>();
        let share = (ones + 1.0) / (train.nrows() as f64 + 2.0);
        let each = test
            .column(pixel)
            .into_iter()
            .map(move |&v| if v == 1 { share.ln() } else { (1.0 - share).ln() });
        each.sum::<f64>()
    };
    (0..PIXELS).map(of_pixel).sum::<f64>() / test.nrows() as f64
}
