//! Bounds of a log-evidence, in all and for each element of a plate.

use crate::error::Error;
use crate::values::IntoArray;

/// An estimate of a lower bound of the log-evidence of data, in all and for each element of their plates.
///
/// # Units
///
/// Nats, with every normalising constant.
///
/// # Examples
///
#[doc = include_str!("../docs/coin.md")]
/// let found = svi.evaluate_on(&coin, &proposal).draws(500).run()?;
/// assert!((found.total + 330f64.ln()).abs() < 5.0 * found.standard_error);
/// assert_eq!(found.of("throw")?.len(), 9);
/// # Ok::<(), ppl_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvidenceBounds {
    /// The bound of all data: the mean over the draws, or for importance weights the logarithm of their mean.
    pub total: f64,
    /// The standard error of the total (NaN for one draw).
    pub standard_error: f64,
    /// How many draws the estimate is made of.
    pub draws: usize,
    plates: Vec<PlateBounds>,
}

/// What the elements of one plate have of a bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlateBounds {
    pub(crate) plate: String,
    pub(crate) rows: Vec<f64>,
    /// Whether some of the bound is of several elements together, so that these have no bounds of their own.
    pub(crate) is_joint: bool,
}

impl EvidenceBounds {
    /// Returns the bounds, by plate.
    pub(crate) fn new(
        total: f64,
        standard_error: f64,
        draws: usize,
        plates: Vec<PlateBounds>,
    ) -> EvidenceBounds {
        EvidenceBounds { total, standard_error, draws, plates }
    }

    /// Returns what each element of a plate has of the bound: all terms of the element, also those of plates inside of it.
    ///
    /// Where every term lies in the plate they sum to the total; else [`outside`](EvidenceBounds::outside) has what is left.
    ///
    /// # Shapes
    ///
    /// `[elements]`. Of a plate within another the element of each number is that of all outer elements together.
    ///
    /// # Errors
    ///
    /// If there is no such plate (the error suggests the nearest), or the bound is no sum over its elements: one of importance weights, where a
    /// latent site is outside of the plate, or depends on several elements.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.evaluate_on(&coin, &proposal).run()?;
    /// // The first two throws are heads, the third a tail.
    /// let of = found.of("throw")?;
    /// assert!(of[0] == of[1] && of[0] > of[2]);
    /// let weighed = svi.log_evidence_on(&coin, &proposal, 10).run()?;
    /// assert!(weighed.of("throw").unwrap_err().to_string().starts_with("the bound is no sum over the elements of the plate `throw`"));
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn of(&self, plate: &str) -> Result<&[f64], Error> {
        let found = self.plates.iter().find(|known| known.plate == plate);
        let Some(found) = found else {
            let known = self.plates.iter().map(|known| known.plate.as_str());
            return Err(Error::unknown("plate", "in these bounds", plate, known));
        };
        if found.is_joint {
            let what = format!(
                "the bound is no sum over the elements of the plate `{plate}`: a draw has one importance weight for all of them, because a latent \
                 site lies outside of the plate or depends on several of its elements"
            );
            return Err(Error::Setup { what });
        }
        Ok(&found.rows)
    }

    /// Returns what the bound has besides the elements of a plate: the terms that lie outside of it.
    ///
    /// # Errors
    ///
    /// As for [`of`](EvidenceBounds::of).
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.evaluate_on(&coin, &proposal).run()?;
    /// // The divergence of Beta(9, 4) from the prior Beta(2, 2), in closed form.
    /// let of_throws: f64 = found.of("throw")?.iter().sum();
    /// let kl = -found.outside("throw")?;
    /// assert!(kl > 0.0 && (of_throws - kl - found.total).abs() < 1e-10);
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn outside(&self, plate: &str) -> Result<f64, Error> {
        Ok(self.total - self.of(plate)?.iter().sum::<f64>())
    }

    /// Returns the perplexity of a corpus, an upper bound of it: `exp(-sum_d bound_d / sum_d n_d)`, with the bounds of the elements of a plate, its
    /// documents, and their numbers of tokens `n_d`.
    ///
    /// Longer documents count for more here, unlike in [`mean_perplexity`](EvidenceBounds::mean_perplexity). What is outside of the plate does not count.
    ///
    /// # Errors
    ///
    /// As for [`of`](EvidenceBounds::of); or if there are not as many numbers as documents, one is negative or no number, or all are zero.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// // Each throw is a document of one word.
    /// let found = svi.evaluate_on(&coin, &proposal).draws(1_000).run()?;
    /// let of_throws: f64 = found.of("throw")?.iter().sum();
    /// assert!((found.perplexity("throw", [1; 9])? - (-of_throws / 9.0).exp()).abs() < 1e-12);
    /// let error = found.perplexity("throw", [1; 8]).unwrap_err();
    /// assert_eq!(error.to_string(), "expected the numbers of tokens of 9 elements of the plate `throw`, got an array of shape [8]");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Blei, Ng and Jordan (2003), Latent Dirichlet allocation, section 7.1, <https://www.jmlr.org/papers/v3/blei03a.html>.
    pub fn perplexity(&self, plate: &str, tokens: impl IntoArray) -> Result<f64, Error> {
        let (bounds, tokens) = self.with_tokens(plate, tokens)?;
        let all: f64 = tokens.iter().sum();
        if all == 0.0 {
            let what =
                format!("the elements of the plate `{plate}` have no tokens, of which perplexity is a mean");
            return Err(Error::Setup { what });
        }
        Ok((-bounds.iter().sum::<f64>() / all).exp())
    }

    /// Returns the perplexity in its other published form: `exp(-1/D sum_d bound_d / n_d)`, in which each of the `D` documents counts as much.
    ///
    /// # Errors
    ///
    /// As for [`perplexity`](EvidenceBounds::perplexity); or if a document has no tokens.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// let found = svi.evaluate_on(&coin, &proposal).draws(1_000).run()?;
    /// // Documents of one length have one perplexity in both forms.
    /// let (of_corpus, mean) = (found.perplexity("throw", [2; 9])?, found.mean_perplexity("throw", [2; 9])?);
    /// assert!((of_corpus - mean).abs() < 1e-12);
    /// assert!(found.mean_perplexity("throw", [2, 1, 1, 1, 1, 1, 1, 1, 1])? != found.perplexity("throw", [2, 1, 1, 1, 1, 1, 1, 1, 1])?);
    /// let error = found.mean_perplexity("throw", [1, 1, 0, 1, 1, 1, 1, 1, 1]).unwrap_err();
    /// assert_eq!(error.to_string(), "element 2 of the plate `throw` has no tokens, of which its perplexity is a mean; leave it out, or use `perplexity`");
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Miao, Yu and Blunsom (2016), Neural variational inference for text processing, section 5.1, <https://arxiv.org/abs/1511.06038>.
    pub fn mean_perplexity(&self, plate: &str, tokens: impl IntoArray) -> Result<f64, Error> {
        let (bounds, tokens) = self.with_tokens(plate, tokens)?;
        if let Some(d) = tokens.iter().position(|&n| n == 0.0) {
            let what = format!(
                "element {d} of the plate `{plate}` has no tokens, of which its perplexity is a mean; leave it out, or use `perplexity`"
            );
            return Err(Error::Setup { what });
        }
        let of_tokens: f64 = bounds.iter().zip(&tokens).map(|(bound, n)| bound / n).sum();
        Ok((-of_tokens / bounds.len() as f64).exp())
    }

    /// Returns the bounds of a plate's elements and their numbers of tokens.
    fn with_tokens(&self, plate: &str, tokens: impl IntoArray) -> Result<(&[f64], Vec<f64>), Error> {
        let (bounds, tokens) = (self.of(plate)?, tokens.into_array());
        if tokens.shape() != [bounds.len()] {
            let what = format!(
                "expected the numbers of tokens of {} elements of the plate `{plate}`, got an array of shape {:?}",
                bounds.len(),
                tokens.shape()
            );
            return Err(Error::Setup { what });
        }
        let tokens: Vec<f64> = tokens.into_iter().collect();
        if let Some(d) = tokens.iter().position(|n| !n.is_finite() || *n < 0.0) {
            let n = tokens[d];
            let what =
                format!("element {d} of the plate `{plate}` has {n} tokens; expected a number of at least 0");
            return Err(Error::Setup { what });
        }
        Ok((bounds, tokens))
    }
}
