//! The parameters of a file beside those of a session.

use super::schema::SavedParameter;
use crate::error::Difference;
use crate::error::nearest;

/// Returns how the parameters of a file differ from those that the session's programs make.
///
/// One that is made only after some outcome of a concrete site may be absent on either side.
pub(super) fn differences(expected: &[SavedParameter], found: &[SavedParameter]) -> Vec<Difference> {
    let mut all = Vec::new();
    for ours in expected {
        match named(found, &ours.name) {
            Some(theirs) => compare(ours, theirs, &mut all),
            None if ours.conditional => {}
            None => all.push(Difference::Missing {
                parameter: ours.name.clone(),
                nearest: alike(&ours.name, found, expected),
            }),
        }
    }
    for theirs in found {
        if named(expected, &theirs.name).is_none() && !theirs.conditional {
            let nearest = alike(&theirs.name, expected, found);
            all.push(Difference::Additional { parameter: theirs.name.clone(), nearest });
        }
    }
    all
}

fn named<'a>(all: &'a [SavedParameter], name: &str) -> Option<&'a SavedParameter> {
    all.iter().find(|parameter| parameter.name == name)
}

/// Returns which of the parameters that are on one side alone has a like name.
fn alike(name: &str, side: &[SavedParameter], other: &[SavedParameter]) -> Option<String> {
    let alone = side.iter().filter(|parameter| named(other, &parameter.name).is_none());
    nearest(name, alone.map(|parameter| parameter.name.as_str())).map(str::to_owned)
}

fn compare(ours: &SavedParameter, theirs: &SavedParameter, all: &mut Vec<Difference>) {
    let parameter = || ours.name.clone();
    let plates = |of: &SavedParameter| of.plates.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (expected, found) = (plates(ours), plates(theirs));
    if expected != found {
        all.push(Difference::Plates { parameter: parameter(), expected, found });
    } else if ours.whole_shape() != theirs.whole_shape() {
        let (expected, found) = (ours.whole_shape(), theirs.whole_shape());
        all.push(Difference::Shape { parameter: parameter(), expected, found });
    }
    if ours.support != theirs.support {
        let (expected, found) = (ours.support.to_string(), theirs.support.to_string());
        all.push(Difference::Support { parameter: parameter(), expected, found });
    }
}
