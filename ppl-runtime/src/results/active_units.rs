//! Which dimensions of a latent site say something of the data.

use super::draws::Draws;
use super::error::DrawsError;
use ndarray::{ArrayD, Axis};

impl Draws {
    /// Returns, for each dimension of a site's event, the variance over the elements of its plates of the posterior mean.
    ///
    /// A dimension whose mean is the same whatever the data has collapsed onto its prior: it says nothing of them. The means are of the draws at
    /// hand, so that their variance holds that of the draws divided by their number; an estimate of that is subtracted.
    /// It may leave a little less than zero where nothing else is there.
    ///
    /// # Shapes
    ///
    /// The site has `[draws, plate, event..]`; with more plates around it the first is meant. The result has `[event..]`.
    ///
    /// # Errors
    ///
    /// If there is no such site, it has less than two elements along its plate, or there is one draw.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::array;
    /// use ppl_runtime::results::Draws;
    ///
    /// // Two draws of two images with two numbers each: of the first the mean is 1 and 3, of the second always 0.
    /// let mut draws = Draws::new();
    /// draws.insert("z", array![[[1.0, 1.0], [3.0, -1.0]], [[1.0, -1.0], [3.0, 1.0]]].into_dyn())?;
    /// let found = draws.variances_of_means("z")?;
    /// assert_eq!(found[[0]], 2.0);
    /// assert!(found[[1]] < 0.01);
    /// assert_eq!(draws.active_units("z", 0.01)?, 1);
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn variances_of_means(&self, site: &str) -> Result<ArrayD<f64>, DrawsError> {
        let all = self.get(site)?;
        let count = all.shape()[0];
        let elements = all.shape().get(1).copied().unwrap_or(0);
        if count < 2 || elements < 2 {
            let (name, shape) = (site.to_owned(), all.shape().to_vec());
            return Err(DrawsError::NoVariance { name, shape });
        }
        // A column of one element at a time, so that nothing as large as the draws is made.
        let (mut means, mut noise) = (Vec::with_capacity(elements), None);
        for k in 0..elements {
            let of_element = all.index_axis(Axis(1), k);
            let spread = of_element.var_axis(Axis(0), 1.0);
            noise = Some(match noise {
                None => spread,
                Some(sum) => sum + spread,
            });
            means.push(of_element.sum_axis(Axis(0)) / count as f64);
        }
        let sum = means.iter().skip(1).fold(means[0].clone(), |sum, mean| sum + mean);
        let centre = sum / elements as f64;
        let mut variance = centre.mapv(|_| 0.0);
        for mean in means {
            variance += &(mean - &centre).mapv(|apart| apart * apart);
        }
        variance /= elements as f64 - 1.0;
        Ok(match noise {
            Some(noise) => variance - noise / (elements * count) as f64,
            None => variance,
        })
    }

    /// Returns how many dimensions of a site are active: those whose posterior mean varies over the data by more than `threshold`, 0.01 where it
    /// is published ([`variances_of_means`](Draws::variances_of_means)).
    ///
    /// # Errors
    ///
    /// As for [`variances_of_means`](Draws::variances_of_means).
    ///
    /// # Examples
    ///
    /// See [`variances_of_means`](Draws::variances_of_means).
    ///
    /// # References
    ///
    /// Burda, Grosse and Salakhutdinov (2016), Importance weighted autoencoders, section 5.2, <https://arxiv.org/abs/1509.00519>.
    pub fn active_units(&self, site: &str, threshold: f64) -> Result<usize, DrawsError> {
        Ok(self.variances_of_means(site)?.iter().filter(|&&variance| variance > threshold).count())
    }
}
