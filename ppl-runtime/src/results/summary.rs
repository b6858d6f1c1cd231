//! Summaries of draws.

use super::draws::Draws;
use super::error::DrawsError;
use super::frequencies::Frequencies;
use super::moments::{mean_and_deviation, quantile};
use super::table;
use ndarray::{Axis, Dimension};
use std::fmt;

/// The summary of one element of a site.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::Draws;
/// use ndarray::arr1;
///
/// let mut draws = Draws::new();
/// draws.insert("mu", arr1(&[1.0, 2.0, 3.0, 4.0, 5.0]).into_dyn())?;
/// let summary = draws.summary();
/// let mu = summary.row("mu", &[])?;
/// assert_eq!((mu.mean, mu.median()), (3.0, 3.0));
/// assert_eq!(mu.quantiles, [1.2, 2.0, 3.0, 4.0, 4.8]);
/// # Ok::<(), ppl_runtime::results::DrawsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The element's index in each dimension but that of the draws.
    pub indices: Vec<usize>,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, with `n - 1`.
    pub deviation: f64,
    /// The quantiles at [`Summary::LEVELS`], linear between neighbours (R's type 7).
    pub quantiles: [f64; 5],
    /// How often each value was drawn, if it is an integer that a program states (`deterministic!`) or one of the assignments of what a
    /// model sums out.
    pub frequencies: Option<Frequencies>,
    name: String,
}

impl Row {
    fn of(name: String, indices: Vec<usize>, column: &mut [f64], is_integer: bool) -> Self {
        let frequencies = is_integer.then(|| Frequencies::of_column(column));
        let (mean, deviation) = mean_and_deviation(column);
        let quantiles = if column.iter().any(|x| x.is_nan()) {
            // A number that is none has no place in an order.
            [f64::NAN; 5]
        } else {
            column.sort_unstable_by(f64::total_cmp);
            Summary::LEVELS.map(|level| quantile(column, level))
        };
        Row { indices, mean, deviation, quantiles, frequencies, name }
    }

    /// Returns the element's name, as [`Draws::element_name`] has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("theta", ArrayD::zeros(vec![10, 8]))?;
    /// assert_eq!(draws.summary().site("theta")?[3].name(), "theta[3]");
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the quantile at one half.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::arr1;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("k", arr1(&[0.0, 0.0, 9.0]).into_dyn())?;
    /// assert_eq!(draws.summary().row("k", &[])?.median(), 0.0);
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn median(&self) -> f64 {
        self.quantiles[2]
    }
}

/// The summary of all sites; it prints as a table.
///
/// The table shows as many digits of a row as its deviation makes meaningful, and at most 20 elements of a site; all are
/// there by name. Integer quantities have the shares of their values instead, the most frequent first.
///
/// # Examples
///
/// ```
/// use ppl_runtime::results::Draws;
/// use ndarray::{arr1, arr2};
///
/// let mut draws = Draws::new();
/// draws.insert("mu", arr1(&[1.0, 2.0, 3.0]).into_dyn())?;
/// draws.insert("theta", arr2(&[[0.5, 100.0], [0.5, 200.0], [0.5, 400.0]]).into_dyn())?;
/// let expected = "\
/// 3 draws     mean   sd     5%    25%    50%    75%    95%
/// mu          2.00 1.00   1.10   1.50   2.00   2.50   2.90
/// theta[0]  0.5000    0 0.5000 0.5000 0.5000 0.5000 0.5000
/// theta[1]     233  153    110    150    200    300    380
/// ";
/// assert_eq!(draws.summary().to_string(), expected);
/// # Ok::<(), ppl_runtime::results::DrawsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    count: usize,
    sites: Vec<(String, Vec<Row>)>,
    notes: Vec<String>,
}

impl Summary {
    /// The levels of the quantiles.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Summary;
    ///
    /// assert_eq!(Summary::LEVELS[2], 0.5);
    /// ```
    pub const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    pub(super) fn of(draws: &Draws) -> Self {
        let mut column = Vec::with_capacity(draws.count());
        let sites = draws
            .iter()
            .map(|(name, array)| {
                let rows = ndarray::indices(&array.shape()[1..])
                    .into_iter()
                    .zip(array.lanes(Axis(0)))
                    .map(|(indices, lane)| {
                        column.clear();
                        column.extend(lane.iter());
                        let indices = indices.slice().to_vec();
                        let label = draws.element_name(name, &indices);
                        Row::of(label, indices, &mut column, draws.is_integer(name))
                    })
                    .collect();
                (name.to_owned(), rows)
            })
            .collect();
        Summary { count: draws.count(), sites, notes: draws.notes().to_vec() }
    }

    /// Returns the rows of a site, in row-major order of their indices.
    ///
    /// # Errors
    ///
    /// If there is no site of that name: the error says which one is most like it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("theta", ArrayD::zeros(vec![10, 8]))?;
    /// assert_eq!(draws.summary().site("theta")?[7].indices, [7]);
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn site(&self, name: &str) -> Result<&[Row], DrawsError> {
        match self.sites.iter().find(|(known, _)| known == name) {
            Some((_, rows)) => Ok(rows),
            None => {
                let names = || self.sites.iter().map(|(name, _)| name.as_str());
                Err(DrawsError::unknown(name, names))
            }
        }
    }

    /// Returns the row of one element.
    ///
    /// # Errors
    ///
    /// If there is no site of that name, or no such element of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("theta", ArrayD::ones(vec![10, 8]))?;
    /// let summary = draws.summary();
    /// assert_eq!(summary.row("theta", &[3])?.mean, 1.0);
    /// let error = summary.row("theta", &[8]).unwrap_err();
    /// assert_eq!(error.to_string(), "no element [8] of site `theta`, whose last one is [7]");
    /// # Ok::<(), ppl_runtime::results::DrawsError>(())
    /// ```
    pub fn row(&self, name: &str, indices: &[usize]) -> Result<&Row, DrawsError> {
        let rows = self.site(name)?;
        rows.iter().find(|row| row.indices == indices).ok_or_else(|| DrawsError::UnknownElement {
            name: name.into(),
            indices: indices.to_vec(),
            last: rows.last().map(|row| row.indices.clone()),
        })
    }

    /// Returns the row of an element by its name, as the table has it: `theta[3]`, or `level[ANOKA]` where elements are
    /// [labelled](Draws::label).
    ///
    /// # Errors
    ///
    /// If no element has that name: the error says which one is most like it.
    ///
    /// # Examples
    ///
    /// See [`Draws::label`].
    pub fn named(&self, name: &str) -> Result<&Row, DrawsError> {
        let rows = || self.sites.iter().flat_map(|(_, rows)| rows);
        rows().find(|row| row.name == name).ok_or_else(|| DrawsError::unknown(name, || rows().map(Row::name)))
    }

    /// Returns the sites in program order, each with its rows.
    ///
    /// # Examples
    ///
    /// ```
    /// use ppl_runtime::results::Draws;
    /// use ndarray::ArrayD;
    ///
    /// let mut draws = Draws::new();
    /// draws.insert("theta", ArrayD::zeros(vec![10, 2, 3])).unwrap();
    /// for (name, rows) in draws.summary().iter() {
    ///     assert_eq!((name, rows.len()), ("theta", 6));
    /// }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Row])> {
        self.sites.iter().map(|(name, rows)| (name.as_str(), &rows[..]))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::write(f, self.count, self.iter())?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, ArrayD, IxDyn};

    #[test]
    fn rows_are_the_columns_of_the_array() {
        let mut draws = Draws::new();
        let array =
            Array::from_shape_fn(IxDyn(&[5, 2, 3]), |i| (100 * i[1] + 10 * i[2]) as f64 + i[0] as f64);
        // A transposed layout in memory must give the same.
        let other = array.clone().reversed_axes().as_standard_layout().into_owned().reversed_axes();
        draws.insert("a", array).unwrap();
        draws.insert("b", other).unwrap();
        let summary = draws.summary();
        for name in ["a", "b"] {
            assert_eq!(summary.row(name, &[1, 2]).unwrap().mean, 122.0);
            assert_eq!(summary.row(name, &[0, 1]).unwrap().median(), 12.0);
            assert_eq!(summary.site(name).unwrap()[4].indices, [1, 1]);
        }
        let numbers = |name: &str| -> Vec<(Vec<usize>, f64, [f64; 5])> {
            let rows = summary.site(name).unwrap().iter();
            rows.map(|row| (row.indices.clone(), row.deviation, row.quantiles)).collect()
        };
        assert_eq!(numbers("a"), numbers("b"));
    }

    #[test]
    fn edges_of_shape() {
        let mut draws = Draws::new();
        draws.insert("none", ArrayD::zeros(vec![0, 2])).unwrap();
        draws.insert("empty", ArrayD::zeros(vec![0, 0])).unwrap();
        let summary = draws.summary();
        assert!(summary.row("none", &[1]).unwrap().mean.is_nan());
        assert_eq!(summary.site("empty").unwrap(), []);
        assert_eq!(
            summary.row("empty", &[0]).unwrap_err().to_string(),
            "no element [0] of site `empty`, which has none"
        );
        assert_eq!(
            summary.site("emty").unwrap_err().to_string(),
            "no site `emty` in these draws; did you mean `empty`?"
        );
    }

    #[test]
    fn a_number_that_is_none_shows() {
        let mut draws = Draws::new();
        draws.insert("x", ndarray::arr1(&[1.0, f64::NAN, 2.0]).into_dyn()).unwrap();
        let summary = draws.summary();
        let row = summary.row("x", &[]).unwrap();
        assert!(row.mean.is_nan() && row.quantiles.iter().all(|q| q.is_nan()));
        assert!(summary.to_string().contains("NaN"));
    }
}
