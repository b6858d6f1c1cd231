//! Autocovariances at any lag, averaged over chains.

use super::halves::Halves;
use std::f64::consts::TAU;

/// Beyond this lag all lags together, by a transform, cost less than one after the other.
const LONGEST_DIRECT: usize = 64;

/// The mean over chains of `1/n sum of (x_i - mean) (x_i+t - mean)`.
///
/// Most chains need few lags, which are summed directly. Chains that mix badly need up to all of them; these come from the transform, so
/// that no chain costs the square of its length.
pub(super) struct MeanAutocovariance {
    centred: Vec<f64>,
    length: usize,
    all: Option<Vec<f64>>,
}

impl MeanAutocovariance {
    /// Takes chains and the mean of each.
    pub(super) fn new(halves: &Halves, means: &[f64]) -> Self {
        let centred = halves.iter().zip(means).flat_map(|(half, mean)| half.iter().map(move |x| x - mean));
        MeanAutocovariance { centred: centred.collect(), length: halves.length, all: None }
    }

    /// Returns the autocovariance at a lag below the length.
    pub(super) fn at(&mut self, lag: usize) -> f64 {
        if lag <= LONGEST_DIRECT {
            return self.direct(lag);
        }
        if self.all.is_none() {
            self.all = Some(self.transformed());
        }
        self.all.as_ref().map_or(f64::NAN, |all| all[lag])
    }

    fn direct(&self, lag: usize) -> f64 {
        let chain = |x: &[f64]| x.iter().zip(&x[lag..]).map(|(x, later)| x * later).sum::<f64>();
        self.centred.chunks(self.length).map(chain).sum::<f64>() / self.centred.len() as f64
    }

    /// Returns all lags. Two chains are one complex sequence, the real part of whose autocovariance is the sum of theirs, and the chains share
    /// the transform back, because transforms are linear.
    fn transformed(&self) -> Vec<f64> {
        let padded = (2 * self.length).next_power_of_two();
        let transform = Transform::new(padded);
        let mut power = vec![0.0; padded];
        for pair in self.centred.chunks(2 * self.length) {
            let (first, second) = pair.split_at(self.length);
            let mut re = vec![0.0; padded];
            let mut im = vec![0.0; padded];
            re[..first.len()].copy_from_slice(first);
            im[..second.len()].copy_from_slice(second);
            transform.forward(&mut re, &mut im);
            for ((power, re), im) in power.iter_mut().zip(&re).zip(&im) {
                *power += re * re + im * im;
            }
        }
        // Power is real, so the transform back has the same real part as the one forth.
        let mut im = vec![0.0; padded];
        transform.forward(&mut power, &mut im);
        let count = (padded * self.centred.len()) as f64;
        power[..self.length].iter().map(|sum| sum / count).collect()
    }
}

/// The discrete Fourier transform of a length that is a power of two (Cooley, Tukey, 1965).
struct Transform {
    cosines: Vec<f64>,
    sines: Vec<f64>,
    size: usize,
}

impl Transform {
    fn new(size: usize) -> Self {
        let angle = |i: usize| TAU * i as f64 / size as f64;
        Transform {
            cosines: (0..size / 2).map(|i| angle(i).cos()).collect(),
            sines: (0..size / 2).map(|i| -angle(i).sin()).collect(),
            size,
        }
    }

    fn forward(&self, re: &mut [f64], im: &mut [f64]) {
        let bits = self.size.trailing_zeros();
        for i in 0..self.size {
            let reversed = i.reverse_bits() >> (usize::BITS - bits);
            if reversed > i {
                re.swap(i, reversed);
                im.swap(i, reversed);
            }
        }
        let mut half = 1;
        while half < self.size {
            let stride = self.size / (2 * half);
            for begin in (0..self.size).step_by(2 * half) {
                for k in 0..half {
                    let (cos, sin) = (self.cosines[k * stride], self.sines[k * stride]);
                    let (low, high) = (begin + k, begin + k + half);
                    let (turned_re, turned_im) =
                        (re[high] * cos - im[high] * sin, re[high] * sin + im[high] * cos);
                    (re[high], im[high]) = (re[low] - turned_re, im[low] - turned_im);
                    (re[low], im[low]) = (re[low] + turned_re, im[low] + turned_im);
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Lcg;
    use crate::numeric::mean;

    /// The slow twin: every lag directly, for lengths that are and are not powers of two, and an odd number of chains.
    #[test]
    fn both_ways_give_the_same() {
        for (chains, length) in [(4, 128), (3, 100), (1, 65), (2, 3), (6, 257)] {
            let draws = Lcg::new(7).autoregression(chains, length, 0.9).concat();
            let halves = Halves { draws, length };
            let means: Vec<f64> = halves.iter().map(mean).collect();
            let autocovariance = MeanAutocovariance::new(&halves, &means);
            let all = autocovariance.transformed();
            for (lag, transformed) in all.iter().enumerate() {
                let direct = autocovariance.direct(lag);
                assert!((direct - transformed).abs() < 1e-14 * all[0], "lag {lag}: {direct}, {transformed}");
            }
        }
    }
}
