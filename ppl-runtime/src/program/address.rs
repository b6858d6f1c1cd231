//! Addresses: which site, parameter, plate or call a statement is, found without a look-up where a run repeats the last.

use crate::random::mix;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
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

    /// Returns what tells the name from others that are spelt elsewhere or have another index, and from nothing, which is all zeros.
    #[inline(always)]
    pub(super) fn bits(&self) -> [u64; 3] {
        let [i, j] = self.index.map(u64::from);
        [self.text.as_ptr().addr() as u64, self.text.len() as u64, i | j << 32]
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
    Penalty,
    Quantity,
}

pub(crate) const SUBJECTS: usize = 7;

/// The subjects in the order of their tables; calls come first because the other names have them as prefixes.
const ALL: [Subject; SUBJECTS] = [
    Subject::Call,
    Subject::Site,
    Subject::Observation,
    Subject::Parameter,
    Subject::Plate,
    Subject::Penalty,
    Subject::Quantity,
];

/// The prefix that calls put before a name: the number of the innermost call plus one, or zero outside of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path(u32);

impl Path {
    pub(crate) const ROOT: Path = Path(0);

    /// Returns the path within the call, or the module, with this number.
    pub(super) fn within(call: u32) -> Path {
        Path(call + 1)
    }

    /// Returns the number of the innermost call.
    fn call(self) -> Option<usize> {
        self.0.checked_sub(1).map(|call| call as usize)
    }
}

/// What is known of one address.
///
/// Within calls that are as deep as a recursion a full name is as long as it is deep, so that names are written out
/// only where somebody reads them.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    path: Path,
    /// The name within its path.
    local: String,
    /// The full name, calls first: `encoder/weights[2]`.
    text: OnceCell<String>,
    /// A hash of the full name, for random streams.
    pub(crate) hash: u64,
    /// For a site in a step of a chain: its full name without the step, and the step.
    pub(crate) series: Option<(String, u32)>,
}

/// The hashes of a prefix, from which those of the names behind it go on; each subject has one of its own.
type Hashes = [u64; SUBJECTS];

/// The hashes of the empty prefix: the numbers of the subjects.
const NO_PREFIX: Hashes = [0, 1, 2, 3, 4, 5, 6];

/// Returns the hash of a text that goes on with these letters.
fn go_on(hash: u64, letters: &str) -> u64 {
    letters.bytes().fold(hash, |h, b| mix(h ^ u64::from(b)))
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
}

/// All addresses of a session.
///
/// A run resolves its statements in order, and the order of the last run of the same program is the guess for the next
/// one: only where a run takes another way is anything looked up.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: HashMap<(Subject, Path, String), u32>,
    entries: [Vec<Address>; SUBJECTS],
    /// The hashes of the prefix that each call makes.
    prefixes: Vec<Hashes>,
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
            Some(t) if !matches!(subject, Subject::Parameter | Subject::Plate | Subject::Call) => {
                name.in_step(t)
            }
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

    /// Returns a name as the program spells it.
    pub(super) fn local_text(&self, name: Name) -> String {
        let mut text = String::new();
        name.write(&mut text);
        text
    }

    /// Returns the full name that a parameter, plate or call of this name has here.
    pub(super) fn text_here(&self, name: Name) -> String {
        let mut text = self.prefix(self.path);
        name.write(&mut text);
        text
    }

    /// Finds the number of an address, or gives it one. `whole` is its name without the step of a chain.
    #[cold]
    fn look_up(&mut self, subject: Subject, name: Name, whole: Name) -> u32 {
        let mut local = String::new();
        name.write(&mut local);
        let path = self.path;
        let key = (subject, path, local);
        let number = match self.known.get(&key) {
            Some(&number) => number,
            None => {
                let series = self.step.filter(|_| name.index != whole.index).map(|t| {
                    let mut text = self.prefix(path);
                    whole.write(&mut text);
                    (text, t)
                });
                let number = self.add(subject, path, key.2.clone(), series);
                self.known.insert(key, number);
                number
            }
        };
        let step = Step { subject, path, name, number };
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

    /// Gives an address the next number.
    fn add(&mut self, subject: Subject, path: Path, local: String, series: Option<(String, u32)>) -> u32 {
        let before = path.call().map_or(NO_PREFIX, |call| self.prefixes[call]);
        if subject == Subject::Call {
            self.prefixes.push(before.map(|hash| go_on(go_on(hash, &local), "/")));
        }
        let hash = go_on(before[subject as usize], &local);
        let entries = &mut self.entries[subject as usize];
        entries.push(Address { path, local, text: OnceCell::new(), hash, series });
        entries.len() as u32 - 1
    }

    /// Returns the number of an address that is called as another one is, with an ending.
    #[cold]
    pub(crate) fn named_after(
        &mut self,
        subject: Subject,
        (of, number): (Subject, u32),
        ending: &str,
    ) -> u32 {
        let Address { path, local, .. } = self.entry(of, number);
        let key = (subject, *path, format!("{local}{ending}"));
        if let Some(&known) = self.known.get(&key) {
            return known;
        }
        let made = self.add(subject, key.1, key.2.clone(), None);
        self.known.insert(key, made);
        made
    }

    /// Returns the full name of an address.
    pub(crate) fn text(&self, subject: Subject, number: u32) -> &str {
        let entry = self.entry(subject, number);
        entry.text.get_or_init(|| self.prefix(entry.path) + &entry.local)
    }

    /// Returns the numbers and names of all addresses of a subject.
    pub(crate) fn all(&self, subject: Subject) -> impl Iterator<Item = (u32, &str)> {
        (0..self.entries[subject as usize].len() as u32).map(move |k| (k, self.text(subject, k)))
    }

    /// Returns what stands before the names on a path: nothing, or `encoder/`.
    pub(crate) fn prefix(&self, path: Path) -> String {
        let mut calls = Vec::new();
        let mut rest = path;
        while let Some(call) = rest.call() {
            let call = &self.entries[Subject::Call as usize][call];
            calls.push(call.local.as_str());
            rest = call.path;
        }
        calls.iter().rev().flat_map(|local| [local, "/"]).collect()
    }

    /// Returns the full name of an address without what stands before the names on a path, if it begins with that.
    pub(crate) fn text_within(&self, path: Path, subject: Subject, number: u32) -> Option<&str> {
        self.within(path, self.text(subject, number))
    }

    /// Returns a full name without what stands before the names on a path, if it begins with that.
    pub(crate) fn within<'a>(&self, path: Path, text: &'a str) -> Option<&'a str> {
        match path.call() {
            None => Some(text),
            Some(call) => text.strip_prefix(self.text(Subject::Call, call as u32))?.strip_prefix('/'),
        }
    }

    /// Enters a call; returns the path to leave to.
    pub(crate) fn enter(&mut self, name: Name) -> Path {
        let number = self.resolve(Subject::Call, name);
        std::mem::replace(&mut self.path, Path::within(number))
    }

    /// Enters a module, whose name is relative to the path or to the session; returns its number.
    pub(crate) fn enter_module(&mut self, name: Name, of_session: bool) -> u32 {
        if of_session {
            self.path = Path::ROOT;
        }
        let number = self.resolve(Subject::Call, name);
        self.path = Path::within(number);
        number
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
            list.extend(self.entries[subject as usize].iter().map(|entry| SavedAddress {
                path: entry.path.0,
                name: entry.local.clone(),
                series: entry.series.clone(),
            }));
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
                let path = Path(address.path);
                if path.call().is_some_and(|call| call >= all.prefixes.len()) {
                    return Err(format!("`{}` stands in a call that the file does not have", address.name));
                }
                if all.known.insert((subject, path, address.name.clone()), number as u32).is_some() {
                    let text = all.prefix(path) + &address.name;
                    return Err(format!("`{text}` is there twice"));
                }
                all.add(subject, path, address.name.clone(), address.series.clone());
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
