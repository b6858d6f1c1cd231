//! Draws of programs with concrete sites: one run for each.

use crate::element::Element;
use crate::error::Error;
use crate::posterior::{Drawn, Which, particle_array};
use crate::program::address::Subject;
use crate::program::pass::Pass;
use crate::program::run::Run;
use crate::random::Occasion;
use ndarray::{ArrayD, IxDyn};
use std::collections::HashMap;

/// A site, and its draws so far.
struct Column {
    key: (Subject, u32),
    plates: usize,
    is_integer: bool,
    /// The shape of one draw.
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// Runs programs once for each of `n` draws, and collects the values of some of their sites, which are NaN in the draws
/// that do not have them.
pub(crate) fn drawn_apart<E: Element>(
    run: &mut Run<E>,
    n: usize,
    (pass, occasion): (Pass, Occasion),
    which: Which<E>,
    programs: &mut dyn FnMut(&mut Run<E>),
) -> Result<Vec<Drawn>, Error> {
    run.session.apart.particles = n;
    let mut k = 0;
    let drawn = one_by_one(run, which, &mut |run| {
        if k == n {
            return Ok(false);
        }
        run.session.occasion = occasion;
        run.session.apart.particle = k;
        k += 1;
        run.begin(pass, 1);
        programs(run);
        run.outcome()?;
        Ok(true)
    });
    run.session.apart.end();
    drawn
}

/// Collects what is found after each of several runs, each of which is one draw; `next` makes the next one, if there is one.
///
/// # Errors
///
/// As the runs; also if a site has another shape in one run than in another.
pub(crate) fn one_by_one<E: Element>(
    run: &mut Run<E>,
    which: Which<E>,
    next: &mut dyn FnMut(&mut Run<E>) -> Result<bool, Error>,
) -> Result<Vec<Drawn>, Error> {
    let mut columns: Vec<Column> = Vec::new();
    let mut places: HashMap<(Subject, u32), usize> = HashMap::new();
    let mut n = 0;
    while next(run)? {
        which(run).into_iter().try_for_each(|found| {
            let (subject, site) = found.key;
            let plates = run.tape.node(found.value).axes.count();
            let array = particle_array(run, &found, 1);
            let shape = &array.shape()[1..];
            let at = *places.entry((subject, site)).or_insert_with(|| {
                let shape = shape.to_vec();
                let (key, is_integer) = (found.key, found.is_integer);
                columns.push(Column { key, plates, is_integer, shape, values: Vec::new() });
                columns.len() - 1
            });
            let column = &mut columns[at];
            if column.shape != shape {
                let name = run.session.addresses.text(subject, site);
                let first = &column.shape;
                let what =
                    format!("site `{name}` has the shape {first:?} in one draw and {shape:?} in another");
                return Err(Error::Setup { what });
            }
            let width: usize = shape.iter().product();
            column.values.resize(n * width, f64::NAN);
            column.values.extend(array.iter());
            Ok(())
        })?;
        n += 1;
    }
    // A later draw may have a latent site that no draw before had.
    columns.sort_by_key(|c| c.key.0 == Subject::Observation);
    let whole = |mut column: Column| {
        let width: usize = column.shape.iter().product();
        column.values.resize(n * width, f64::NAN);
        let shape: Vec<usize> = std::iter::once(n).chain(column.shape).collect();
        let array = ArrayD::from_shape_vec(IxDyn(&shape), column.values);
        let chunks = vec![array.unwrap_or_else(|_| ArrayD::zeros(IxDyn(&shape)))];
        let Column { key, plates, is_integer, .. } = column;
        Drawn { key, plates, is_integer, chunks }
    };
    Ok(columns.into_iter().map(whole).collect())
}
