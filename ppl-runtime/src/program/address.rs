//! Addresses: which site, parameter, plate or call a statement is, found without a look-up where a run repeats the last.

use crate::random::mix;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The name of a statement, as the program spells it, with the index that stands behind it in a loop.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    text: &'static str,
    index: [u32; 2],
}

const NO_INDEX: u32 = u32::MAX;

impl Name {
    /// Returns a name without an index.
    pub const fn new(text: &'static str) -> Name {
        Name { text, index: [NO_INDEX; 2] }
    }

    /// Returns the name with an index: `"z"[t]` or `"z"[(t, k)]`.
    pub fn at(self, index: impl SiteIndex) -> Name {
        Name { text: self.text, index: index.coordinates() }
    }

    /// Returns the name with a step of a chain as its last index.
    fn in_step(self, t: u32) -> Name {
        let index = match self.index {
            [NO_INDEX, _] => [t, NO_INDEX],
            [i, NO_INDEX] => [i, t],
            // The first two are folded into one, which may collide; that is then found as a site drawn twice.
            [i, j] => [fold(u64::from(i) << 32 | u64::from(j)), t],
        };
        Name { text: self.text, index }
    }

    #[inline(always)]
    pub(super) fn is(&self, other: &Name) -> bool {
        std::ptr::eq(self.text.as_ptr(), other.text.as_ptr())
            && self.text.len() == other.text.len()
            && self.index == other.index
    }

    fn write(&self, out: &mut String) {
        out.push_str(self.text);
        match self.index {
            [NO_INDEX, _] => {}
            // Writing to a string cannot fail.
            [i, NO_INDEX] => drop(write!(out, "[{i}]")),
            [i, j] => drop(write!(out, "[{i}, {j}]")),
        }
    }
}

/// What may index a name: an integer, or a pair of them.
pub trait SiteIndex {
    #[doc(hidden)]
    fn coordinates(self) -> [u32; 2];
}

/// Maps an index to 32 bits; one that does not fit is folded, and a collision is then found as a site drawn twice.
fn fold(index: u64) -> u32 {
    u32::try_from(index).ok().filter(|&i| i != NO_INDEX).unwrap_or(mix(index) as u32 & 0x7fff_ffff)
}

macro_rules! indices {
    ($($int:ty),*) => {$(
        impl SiteIndex for $int {
            fn coordinates(self) -> [u32; 2] {
                [fold(self as u64), NO_INDEX]
            }
        }

        impl SiteIndex for ($int, $int) {
            fn coordinates(self) -> [u32; 2] {
                [fold(self.0 as u64), fold(self.1 as u64)]
            }
        }
    )*};
}
indices!(usize, u8, u16, u32, u64, i32, i64);

/// What an address is of; each has numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Site,
    Observation,
    Parameter,
    Plate,
    Call,
}

const SUBJECTS: usize = 5;

/// The subjects in the order of their tables; calls come first because the other names have them as prefixes.
const ALL: [Subject; SUBJECTS] =
    [Subject::Call, Subject::Site, Subject::Observation, Subject::Parameter, Subject::Plate];

/// The prefix that calls put before a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path(u32);

impl Path {
    pub(crate) const ROOT: Path = Path(0);
}

/// What is known of one address.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The full name, calls first: `encoder/weights[2]`.
    pub(crate) text: String,
    /// A hash of the full name, for random streams.
    pub(crate) hash: u64,
    /// For a site in a step of a chain: its full name without the step, and the step.
    pub(crate) series: Option<(String, u32)>,
}

impl Address {
    fn new(subject: Subject, text: String, series: Option<(String, u32)>) -> Address {
        let hash = text.bytes().fold(subject as u64, |h, b| mix(h ^ u64::from(b)));
        Address { text, hash, series }
    }
}

/// An address as a saved file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedAddress {
    /// The number of the call that it stands in plus one, or zero outside of calls.
    path: u32,
    /// Its name there, with its index.
    name: String,
    series: Option<(String, u32)>,
}

/// All addresses of a session in the order of their numbers, by subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedAddresses([Vec<SavedAddress>; SUBJECTS]);

#[derive(Clone, Copy, Debug)]
struct Step {
    subject: Subject,
    path: Path,
    name: Name,
    number: u32,
    /// Whether what it says has been compared with what is known of the address.
    seen: bool,
}

/// All addresses of a session.
///
/// A run resolves its statements in order, and the order of the last run of the same program is the guess for the next
/// one: only where a run takes another way is anything looked up.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: HashMap<(Subject, Path, String), u32>,
    entries: [Vec<Address>; SUBJECTS],
    /// The prefix of each path.
    prefixes: Vec<String>,
    scripts: [Vec<Step>; 2],
    program: usize,
    cursor: usize,
    pub(crate) path: Path,
    /// The step of the chain that runs step by step: sites and observations take it as an index.
    pub(crate) step: Option<u32>,
}

impl Default for Path {
    fn default() -> Self {
        Path::ROOT
    }
}

impl Addresses {
    /// Begins a run of the guide (0) or of the model (1).
    pub(crate) fn begin(&mut self, program: usize) {
        self.program = program;
        self.cursor = 0;
        self.path = Path::ROOT;
    }

    /// Returns how many addresses the program in progress has met.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Goes back (or on) to the address with this place in the last run of the program.
    pub(super) fn go_to(&mut self, cursor: usize) {
        self.cursor = cursor;
    }

    /// Returns the number of the address with this place in the program's run.
    pub(super) fn number_at(&self, cursor: usize) -> u32 {
        self.scripts[self.program][cursor].number
    }

    /// Returns whether the guide is running.
    pub(crate) fn in_guide(&self) -> bool {
        self.program == 0
    }

    /// Returns the number of a statement's address.
    #[inline(always)]
    pub(crate) fn resolve(&mut self, subject: Subject, name: Name) -> u32 {
        let whole = name;
        let name = match self.step {
            Some(t) if matches!(subject, Subject::Site | Subject::Observation) => name.in_step(t),
            _ => name,
        };
        if let Some(step) = self.scripts[self.program].get(self.cursor)
            && step.name.is(&name)
            && step.path == self.path
            && step.subject == subject
        {
            self.cursor += 1;
            return step.number;
        }
        self.look_up(subject, name, whole)
    }

    /// Returns whether the program has the statement that was resolved last at this place for the first time.
    #[inline]
    pub(crate) fn is_first_here(&mut self) -> bool {
        let step = self.cursor.checked_sub(1).and_then(|k| self.scripts[self.program].get_mut(k));
        step.is_some_and(|step| !std::mem::replace(&mut step.seen, true))
    }

    /// Finds the number of an address, or gives it one. `whole` is its name without the step of a chain.
    #[cold]
    fn look_up(&mut self, subject: Subject, name: Name, whole: Name) -> u32 {
        let mut local = String::new();
        name.write(&mut local);
        let path = self.path;
        let prefix = self.prefixes.get(path.0 as usize).cloned().unwrap_or_default();
        let entries = &mut self.entries[subject as usize];
        let number = *self.known.entry((subject, path, local.clone())).or_insert_with(|| {
            let series = self.step.filter(|_| name.index != whole.index).map(|t| {
                let mut text = prefix.clone();
                whole.write(&mut text);
                (text, t)
            });
            entries.push(Address::new(subject, prefix + &local, series));
            entries.len() as u32 - 1
        });
        let step = Step { subject, path, name, number, seen: false };
        let script = &mut self.scripts[self.program];
        match script.get_mut(self.cursor) {
            Some(slot) => *slot = step,
            None => script.push(step),
        }
        self.cursor += 1;
        number
    }

    pub(crate) fn entry(&self, subject: Subject, number: u32) -> &Address {
        &self.entries[subject as usize][number as usize]
    }

    /// Returns the full name of an address.
    pub(crate) fn text(&self, subject: Subject, number: u32) -> &str {
        &self.entry(subject, number).text
    }

    /// Returns the numbers and names of all addresses of a subject.
    pub(crate) fn all(&self, subject: Subject) -> impl Iterator<Item = (u32, &str)> {
        self.entries[subject as usize].iter().enumerate().map(|(k, a)| (k as u32, a.text.as_str()))
    }

    /// Returns what stands before the names on a path: nothing, or `encoder/`.
    pub(crate) fn prefix(&self, path: Path) -> &str {
        self.prefixes.get(path.0 as usize).map_or("", String::as_str)
    }

    /// Enters a call; returns the path to leave to.
    pub(crate) fn enter(&mut self, name: Name) -> Path {
        let number = self.resolve(Subject::Call, name);
        let prefix = format_once(&mut self.prefixes, number, &self.entries[Subject::Call as usize]);
        std::mem::replace(&mut self.path, Path(prefix))
    }
}

impl Addresses {
    /// Returns the addresses for a saved file.
    ///
    /// Their numbers are state: the axes of plates, the bits of dependencies and the averages of costs go by them, and
    /// programs that branch may number them in another order next time.
    pub(crate) fn saved(&self) -> SavedAddresses {
        let mut all = SavedAddresses::default();
        for (subject, list) in ALL.into_iter().zip(&mut all.0) {
            let entries = self.entries[subject as usize].iter();
            list.extend(entries.map(|entry| SavedAddress {
                path: 0,
                name: String::new(),
                series: entry.series.clone(),
            }));
            for ((of, path, name), &number) in &self.known {
                if *of == subject {
                    let saved = &mut list[number as usize];
                    (saved.path, saved.name) = (path.0, name.clone());
                }
            }
        }
        all
    }

    /// Returns the addresses of a saved file, with their numbers.
    ///
    /// # Errors
    ///
    /// If there are no such addresses: one stands in a call that comes later or is missing, or is there twice.
    pub(crate) fn restored(saved: &SavedAddresses) -> Result<Addresses, String> {
        let mut all = Addresses::default();
        for (subject, list) in ALL.into_iter().zip(&saved.0) {
            for (number, address) in list.iter().enumerate() {
                let path = address.path;
                if path as usize > all.entries[Subject::Call as usize].len() {
                    return Err(format!("`{}` stands in a call that the file does not have", address.name));
                }
                if let Some(call) = path.checked_sub(1) {
                    format_once(&mut all.prefixes, call, &all.entries[Subject::Call as usize]);
                }
                let prefix = all.prefix(Path(path));
                let entry =
                    Address::new(subject, format!("{prefix}{}", address.name), address.series.clone());
                if all.known.insert((subject, Path(path), address.name.clone()), number as u32).is_some() {
                    return Err(format!("`{}` is there twice", entry.text));
                }
                all.entries[subject as usize].push(entry);
            }
        }
        Ok(all)
    }
}

/// Returns the path of a call's number; the root is path 0, so paths are numbers plus one.
fn format_once(prefixes: &mut Vec<String>, number: u32, calls: &[Address]) -> u32 {
    while prefixes.len() <= number as usize + 1 {
        let prefix = match prefixes.len() {
            0 => String::new(),
            n => calls.get(n - 1).map(|call| format!("{}/", call.text)).unwrap_or_default(),
        };
        prefixes.push(prefix);
    }
    number + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_run_gets_the_same_numbers_and_another_order_too() {
        let mut addresses = Addresses::default();
        let (a, b) = (Name::new("a"), Name::new("b"));
        addresses.begin(0);
        assert_eq!((addresses.resolve(Subject::Site, a), addresses.resolve(Subject::Site, b)), (0, 1));
        addresses.begin(0);
        assert_eq!((addresses.resolve(Subject::Site, b), addresses.resolve(Subject::Site, a)), (1, 0));
        addresses.begin(1);
        assert_eq!(addresses.resolve(Subject::Site, Name::new("a").at(3)), 2);
        assert_eq!(addresses.text(Subject::Site, 2), "a[3]");
        assert_eq!(addresses.resolve(Subject::Parameter, a), 0);
    }

    #[test]
    fn saved_addresses_keep_their_numbers_in_another_order() {
        let run = |addresses: &mut Addresses, net_first: bool| {
            addresses.begin(0);
            let mut numbers = Vec::new();
            for net in if net_first { [true, false] } else { [false, true] } {
                let outside = if net { addresses.enter(Name::new("net")) } else { addresses.path };
                addresses.step = Some(3);
                let site = addresses.resolve(Subject::Site, Name::new("z"));
                addresses.step = None;
                let plate = addresses.resolve(Subject::Plate, Name::new("row"));
                numbers.push((net, site, plate));
                addresses.path = outside;
            }
            numbers.sort();
            numbers
        };
        let mut first = Addresses::default();
        let expected = run(&mut first, false);
        let mut restored = Addresses::restored(&first.saved()).unwrap();
        assert_eq!(run(&mut restored, true), expected);
        assert_eq!(restored.saved(), first.saved());
        for subject in ALL {
            let list = |all: &Addresses| format!("{:?}", all.entries[subject as usize]);
            assert_eq!(list(&restored), list(&first));
        }
    }

    #[test]
    fn addresses_that_cannot_be_are_refused() {
        let entry = |path, name: &str| SavedAddress { path, name: name.to_owned(), series: None };
        let restored = |calls: Vec<SavedAddress>, sites: Vec<SavedAddress>| {
            Addresses::restored(&SavedAddresses([calls, sites, vec![], vec![], vec![]])).map(|_| ())
        };
        assert_eq!(restored(vec![entry(0, "net")], vec![entry(1, "z"), entry(0, "z")]), Ok(()));
        let message = "`z` stands in a call that the file does not have";
        assert_eq!(restored(vec![], vec![entry(1, "z")]), Err(message.to_owned()));
        // A call within itself.
        assert!(restored(vec![entry(1, "net")], vec![]).is_err());
        assert_eq!(
            restored(vec![], vec![entry(0, "z"), entry(0, "z")]),
            Err("`z` is there twice".to_owned())
        );
    }

    #[test]
    fn calls_prefix_names() {
        let mut addresses = Addresses::default();
        addresses.begin(0);
        let back = addresses.enter(Name::new("outer"));
        let inner = addresses.enter(Name::new("net").at(2));
        let w = addresses.resolve(Subject::Parameter, Name::new("w"));
        assert_eq!(addresses.text(Subject::Parameter, w), "outer/net[2]/w");
        addresses.path = inner;
        let w = addresses.resolve(Subject::Parameter, Name::new("w"));
        assert_eq!(addresses.text(Subject::Parameter, w), "outer/w");
        addresses.path = back;
        let w = addresses.resolve(Subject::Parameter, Name::new("w"));
        assert_eq!(addresses.text(Subject::Parameter, w), "w");
    }
}
