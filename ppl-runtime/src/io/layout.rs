//! Parameters, plates and addresses of a session, to a file's schema and back.

use super::array::{Array, OfProgram};
use super::file::SavedState;
use super::schema::SavedParameter;
use super::support::SavedSupport;
use crate::element::Element;
use crate::program::address::{Addresses, Subject};
use crate::program::param::Param;
use crate::program::plate::Plate;
use crate::program::run::Run;
use crate::shape::Shape;
use crate::support::Bijection;
use std::collections::{BTreeMap, HashMap};

/// What stands before the name of a parameter.
const PARAMETERS: &str = "parameters/";

/// More elements of a constrained value than this must have unconstrained ones in the file.
const FREE_OF_NUMBERS: usize = 1 << 20;

/// Returns the parameters of a session without their values, in the order in which they were made.
pub(super) fn parameters<E: Element>(run: &Run<E>) -> Vec<SavedParameter> {
    let plate = |number: u32| run.session.addresses.text(Subject::Plate, number).to_owned();
    in_order(run)
        .map(|(number, param)| SavedParameter {
            name: run.session.addresses.text(Subject::Parameter, number).to_owned(),
            plates: param.plates.iter().map(|&(number, size)| (plate(number), size)).collect(),
            shape: param.shape.to_vec(),
            support: SavedSupport::of(&param.bijection),
            conditional: param.conditional,
        })
        .collect()
}

/// Returns the unconstrained values of each parameter, under its name.
pub(super) fn values<E: Element>(run: &Run<E>) -> BTreeMap<String, Array> {
    let array = |(number, param): (u32, &Param)| {
        let mut shape: Vec<usize> = param.plates.iter().map(|&(_, size)| size).collect();
        shape.extend(param.unconstrained.to_vec());
        let array = Array::new(shape, run.session.params.slice(param).iter().copied().map(OfProgram));
        (format!("{PARAMETERS}{}", run.session.addresses.text(Subject::Parameter, number)), array)
    };
    in_order(run).map(array).collect()
}

fn in_order<E: Element>(run: &Run<E>) -> impl Iterator<Item = (u32, &Param)> {
    let mut made: Vec<(u32, &Param)> = run
        .session
        .params
        .params
        .iter()
        .enumerate()
        .map(|(k, param)| (k as u32, param))
        .filter(|(_, p)| p.made)
        .collect();
    made.sort_by_key(|(_, param)| param.offset);
    made.into_iter()
}

impl SavedState {
    /// Returns a run with the seed, addresses, plates and parameters of the file, in the order that they had.
    ///
    /// # Errors
    ///
    /// If the file contradicts itself, which one that was saved does not.
    pub(super) fn restored_run<E: Element>(&self) -> Result<Run<E>, String> {
        let schema = &self.schema;
        let mut run = Run::new(self.count("session/seed").ok_or("has no seed")?);
        run.session.addresses = Addresses::restored(&schema.addresses)?;
        run.session.apart.needed = schema.concrete;
        run.session.apart.has_scores = schema.scores;
        let plates = numbers(&run.session.addresses, Subject::Plate);
        if plates.len() < schema.plates.len() {
            return Err(format!("has {} sizes of {} plates", schema.plates.len(), plates.len()));
        }
        let sizes = schema.plates.iter().zip(0..);
        run.session.plates.plates.extend(sizes.map(|(&size, number)| Plate::new(number, size)));
        let known = numbers(&run.session.addresses, Subject::Parameter);
        run.session.params.params.resize_with(known.len(), || Param::UNMADE);
        for saved in &schema.parameters {
            let wrong = |detail: String| format!("has a parameter `{}` that {detail}", saved.name);
            let number = *known.get(&saved.name).ok_or_else(|| wrong("has no address".to_owned()))?;
            if run.session.params.params[number as usize].made {
                return Err(wrong("is there twice".to_owned()));
            }
            let offset = run.session.params.values.len();
            let (param, values) = self.restored_parameter::<E>(saved, &plates, offset).map_err(wrong)?;
            run.session.params.params[number as usize] = param;
            run.session.params.values.extend(values);
        }
        Ok(run)
    }

    fn restored_parameter<E: Element>(
        &self,
        saved: &SavedParameter,
        known: &HashMap<String, u32>,
        offset: usize,
    ) -> Result<(Param, Vec<E>), String> {
        let support = || format!("is on {}, which is no support", saved.support);
        let bijection = saved.support.bijection().ok_or_else(support)?;
        let shape = || format!("cannot have the shape {:?}", saved.whole_shape());
        let event = Shape::of(&saved.shape).ok_or_else(shape)?;
        let free = Bijection::<E>::unconstrained_shape(&bijection, &saved.shape)?;
        let unconstrained = Shape::of(&free).ok_or_else(shape)?;
        let mut plates: Vec<(u32, usize)> = Vec::new();
        for (name, size) in &saved.plates {
            let number = *known.get(name).ok_or_else(|| format!("is inside an unknown plate `{name}`"))?;
            // The order of the plates' axes is that of their numbers, and each has one of its own.
            let follows = plates.last().is_none_or(|&(before, _)| before < number);
            if !follows || !Plate::has_axis(number) || number as usize >= self.schema.plates.len() {
                return Err("is inside plates that cannot be nested so".to_owned());
            }
            plates.push((number, *size));
        }
        let array = self.arrays.get(&format!("{PARAMETERS}{}", saved.name)).ok_or("has no values")?;
        let expected: Vec<usize> = plates.iter().map(|&(_, size)| size).chain(free).collect();
        if array.shape != expected {
            return Err(format!("has values of the shape {:?}, expected {expected:?}", array.shape));
        }
        let values =
            array.read::<OfProgram<E>>().ok_or_else(|| format!("has values that are no {}", E::NAME))?;
        let values: Vec<E> = values.map(|v| v.0).collect();
        // No bijection makes more than four times as many numbers as it takes, so that a short file needs little memory.
        let whole = saved.whole_shape().into_iter().try_fold(1_usize, usize::checked_mul);
        if whole.is_none_or(|whole| whole > values.len().saturating_mul(4).saturating_add(FREE_OF_NUMBERS)) {
            return Err(shape());
        }
        let stretch = (offset, values.len());
        let param = Param::new(bijection, [event, unconstrained], plates, stretch, saved.conditional);
        Ok((param, values))
    }
}

/// Returns the numbers of a subject's addresses by name.
fn numbers(addresses: &Addresses, subject: Subject) -> HashMap<String, u32> {
    addresses.all(subject).map(|(number, name)| (name.to_owned(), number)).collect()
}
