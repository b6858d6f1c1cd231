//! Modules: parameters under a prefix, which both programs of a session share by their names.

use super::address::{Name, Path, Subject};
use super::retrace::{Statement, What};
use super::run::Run;
use super::slot;
use crate::element::Element;
use crate::error::{Error, Place};
use std::marker::PhantomData;
use std::panic::Location;

/// A module that is still to be made, together with its arguments: what a `#[module]` function returns, for `module!` to make.
///
/// `#[module] fn dense(..) -> Dense` returns one with `Output = Dense`.
///
/// # Examples
///
/// ```
/// use ppl_runtime::{Module, nn};
///
/// // A function that takes any module of double precision that gives a dense layer.
/// fn takes<M: Module<Element = f64, Output = nn::Dense>>(_layer: M) -> &'static str {
///     std::any::type_name::<M::Output>()
/// }
/// assert!(takes(nn::dense(3, 2)).contains("Dense"));
/// ```
#[diagnostic::on_unimplemented(
    message = "this is not a module",
    label = "expected the call of a function marked `#[module]`",
    note = "a program with sites is called by `call!`"
)]
pub trait Module {
    /// The number type of its parameters.
    type Element: Element;
    /// What the function returns.
    type Output;

    /// Returns which function it is.
    #[doc(hidden)]
    fn function(&self) -> ModuleFunction;

    /// Makes its parameters in the run in progress, once.
    #[doc(hidden)]
    fn make(self) -> Self::Output;
}

/// Which `#[module]` function a module is made by.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleFunction {
    /// Its path: `nets::decoder`.
    pub name: &'static str,
    /// Where it stands, because functions inside of functions have one path.
    pub file: &'static str,
    pub line: u32,
}

impl ModuleFunction {
    /// Returns the names of two functions, with their places where the names are the same.
    fn told_apart(&self, other: &ModuleFunction) -> [String; 2] {
        [self, other].map(|function| match self.name == other.name {
            true => format!("`{}` ({}:{})", function.name, function.file, function.line),
            false => format!("`{}`", function.name),
        })
    }
}

/// The value of a `#[module]` function.
#[derive(Clone, Copy, Debug)]
pub struct ModuleFn<E, F> {
    function: ModuleFunction,
    body: F,
    element: PhantomData<fn() -> E>,
}

/// Makes a module of its body: what a `#[module]` function returns.
#[doc(hidden)]
pub fn module_of<E: Element, R, F: FnOnce() -> R>(function: ModuleFunction, body: F) -> ModuleFn<E, F> {
    ModuleFn { function, body, element: PhantomData }
}

#[diagnostic::do_not_recommend]
impl<E: Element, R, F: FnOnce() -> R> Module for ModuleFn<E, F> {
    type Element = E;
    type Output = R;

    fn function(&self) -> ModuleFunction {
        self.function
    }

    fn make(self) -> R {
        (self.body)()
    }
}

/// A statement about a module, without types.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleStatement {
    name: Name,
    /// Whether the name is the session's, wherever the statement stands.
    of_session: bool,
    function: ModuleFunction,
    place: Place,
}

/// Makes a module: the body of `module!("name", ..)`.
#[doc(hidden)]
#[track_caller]
pub fn module<E: Element, M: Module<Element = E, Output = R>, R>(name: Name, module: M) -> R {
    let place = Place(Location::caller());
    make(module, &ModuleStatement { name, of_session: false, function: ModuleFunction::UNKNOWN, place })
}

/// Makes a module of the session: the body of `module!("/name", ..)`.
#[doc(hidden)]
#[track_caller]
pub fn module_of_session<E: Element, M: Module<Element = E, Output = R>, R>(name: Name, module: M) -> R {
    let place = Place(Location::caller());
    make(module, &ModuleStatement { name, of_session: true, function: ModuleFunction::UNKNOWN, place })
}

fn make<E: Element, M: Module<Element = E>>(module: M, statement: &ModuleStatement) -> M::Output {
    let statement = ModuleStatement { function: module.function(), ..*statement };
    let outside = E::enter_module(&statement);
    let made = module.make();
    if let Some(outside) = outside {
        E::leave_module(&outside);
    }
    made
}

impl ModuleFunction {
    const UNKNOWN: ModuleFunction = ModuleFunction { name: "", file: "", line: 0 };
}

/// A module that is being made.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct InMaking {
    /// The number of its prefix.
    number: u32,
    /// How many parameters and modules it has got so far.
    parts: u32,
    /// Whether all of them are counted, and none taken from the last run.
    is_counted: bool,
    /// Where the program makes it, or the module that it is a part of.
    place: Place,
}

/// What to go back to when a module has been made.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct OutsideModule {
    path: Path,
    module: Option<InMaking>,
}

/// What a session knows of a module.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    function: Option<ModuleFunction>,
    /// How many parameters and modules it has by itself.
    parts: Option<u32>,
    /// The recordings in which the guide and the model last made it; no recording is 0.
    stamps: [u32; 2],
    /// Whether it is a part of another.
    is_part: bool,
}

/// The modules that the programs of a session make, by the numbers of their prefixes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Modules {
    made: Vec<Made>,
}

/// A module that is no part of another, and which of the programs make it.
pub(crate) struct UsedModule {
    /// The number of its prefix.
    pub(crate) call: u32,
    pub(crate) function: &'static str,
    pub(crate) in_guide: bool,
    pub(crate) in_model: bool,
}

impl Modules {
    fn entry(&mut self, number: u32) -> &mut Made {
        let at = number as usize;
        if at >= self.made.len() {
            self.made.resize(at + 1, Made::default());
        }
        &mut self.made[at]
    }

    /// Notes that a program makes a module in a recording.
    pub(super) fn stamp(&mut self, number: u32, in_guide: bool, recording: u32) {
        self.entry(number).stamps[usize::from(!in_guide)] = recording;
    }

    /// Returns the modules that are no parts of others, in the order in which they were first made.
    pub(crate) fn used(&self) -> impl Iterator<Item = UsedModule> {
        self.made.iter().enumerate().filter(|(_, made)| !made.is_part).filter_map(|(call, made)| {
            let [in_guide, in_model] = made.stamps.map(|stamp| stamp != 0);
            Some(UsedModule { call: call as u32, function: made.function?.name, in_guide, in_model })
        })
    }
}

/// Puts a module's prefix before the names that come, whose parameters are of no plate.
pub(crate) fn enter<E: Element>(statement: &ModuleStatement) -> Option<OutsideModule> {
    slot::with_compared(|run: &mut Run<E>| run.enter_module(statement))
}

/// Goes back to what was outside of a module.
pub(crate) fn leave<E: Element>(outside: &OutsideModule) {
    slot::with_compared(|run: &mut Run<E>| run.leave_module(outside));
}

impl<E: Element> Run<E> {
    fn enter_module(&mut self, statement: &ModuleStatement) -> OutsideModule {
        let &ModuleStatement { name, of_session, function, place } = statement;
        let path = self.session.addresses.path;
        let is_counted = !self.is_following();
        let what = What::enter(self.session.addresses.in_guide(), of_session);
        let compared = Statement::new(what, place.0, &[]).named(name);
        let place = self.scope.module.map_or(place, |around| around.place);
        let number = match self.follow(&compared) {
            Some(number) => {
                self.session.addresses.path = Path::within(number);
                number
            }
            None => {
                let mark = self.mark_noted();
                let number = self.session.addresses.enter_module(name, of_session);
                self.note_module(number, function, of_session, place);
                self.count_part();
                self.note(compared, mark, number);
                number
            }
        };
        let module = self.scope.module.replace(InMaking { number, parts: 0, is_counted, place });
        OutsideModule { path, module }
    }

    fn leave_module(&mut self, outside: &OutsideModule) {
        if let Some(made) = self.scope.module {
            let compared = Statement::new(What::LEAVE, made.place.0, &[]);
            if self.follow(&compared).is_none() {
                let mark = self.mark_noted();
                if made.is_counted {
                    self.compare_parts(&made);
                }
                self.note(compared, mark, made.number);
            }
        }
        self.session.addresses.path = outside.path;
        self.scope.module = outside.module;
    }

    /// Counts a parameter or a module as a part of the module that is being made.
    #[inline(always)]
    pub(super) fn count_part(&mut self) {
        if let Some(module) = &mut self.scope.module {
            module.parts += 1;
        }
    }

    /// Notes that a module is made, and reports what is wrong with that.
    #[inline(never)]
    fn note_module(&mut self, number: u32, function: ModuleFunction, of_session: bool, place: Place) {
        let program = usize::from(!self.session.addresses.in_guide());
        let (recording, is_part) = (self.tape.recording, self.scope.module.is_some());
        let made = self.session.modules.entry(number);
        let known = *made.function.get_or_insert(function);
        let earlier = std::mem::replace(&mut made.stamps[program], recording);
        made.is_part |= is_part;
        if function != known {
            let [known, function] = known.told_apart(&function);
            let detail = format!(
                "is made by {known} elsewhere, and by {function} here; one name is one module, in both programs: \
                 give this one a name of its own"
            );
            self.fail_at_module(number, place, detail);
        } else if earlier == recording && !of_session {
            let detail = "is made twice in this program; make it once, and use it twice".to_owned();
            self.fail_at_module(number, place, detail);
        } else if !is_part {
            self.refuse_repeated_module(number, place);
        }
    }

    /// Reports a module that stands in a plate or in a step of a chain.
    fn refuse_repeated_module(&mut self, number: u32, place: Place) {
        let around = match self.scope.open.last() {
            Some(opened) => {
                format!("in plate `{}`", self.session.addresses.text(Subject::Plate, opened.plate))
            }
            None if self.session.addresses.step.is_some() => "in a step of a chain".to_owned(),
            None => return,
        };
        let detail = format!(
            "is made {around}, although all repetitions share its parameters; make it outside, and hand it to the \
             program that is called there as an argument"
        );
        self.fail_at_module(number, place, detail);
    }

    /// Compares the number of a module's parts with what it was elsewhere.
    fn compare_parts(&mut self, made: &InMaking) {
        let &InMaking { number, parts, place, .. } = made;
        let known = *self.session.modules.entry(number).parts.get_or_insert(parts);
        if parts != known {
            let detail = format!(
                "has {parts} parameters and modules here, and {known} elsewhere; one name is one module, in both programs: \
                 make it with the same arguments, or give this one a name of its own"
            );
            self.fail_at_module(number, place, detail);
        }
    }

    /// Reports a parameter that the module in the making has with another shape.
    #[cold]
    pub(super) fn refuse_shape_in_module(&mut self, module: &InMaking, name: Name, detail: &str) {
        let parameter = self.session.addresses.local_text(name);
        let detail = format!(
            "its parameter `{parameter}` {detail}; one name is one module, in both programs: make it with the same \
             arguments, or give this one a name of its own"
        );
        self.fail_at_module(module.number, module.place, detail);
    }

    #[cold]
    pub(crate) fn fail_at_module(&mut self, number: u32, place: Place, detail: String) {
        let module = self.session.addresses.text(Subject::Call, number).to_owned();
        // A run that follows the last one would not look for errors.
        self.interrupt();
        self.tape.fail(Error::Module { place, module, detail });
    }
}

/// Which module it is: what its struct keeps, so that its methods can name it where something does not fit.
///
/// # Examples
///
/// ```
/// use ppl_runtime::nn::ThisModule;
///
/// // Outside of a program there is no module.
/// assert_eq!(ThisModule::here::<f64>(), ThisModule::here::<f64>());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThisModule(pub(crate) Option<u32>);

/// Returns the module that is being made.
pub(crate) fn this_module<E: Element>() -> ThisModule {
    // It changes nothing of the recording.
    let number = slot::with_compared(|run: &mut Run<E>| run.scope.module.map(|module| module.number));
    ThisModule(number.flatten())
}

/// Puts the prefix of a module that has been made before the names that come; returns the prefix outside.
pub(crate) fn enter_again<E: Element>(module: ThisModule) -> Option<Path> {
    let path = Path::within(module.0?);
    slot::with(|run: &mut Run<E>| std::mem::replace(&mut run.session.addresses.path, path))
}

/// Reports what is wrong with a module that is used.
#[cold]
pub(crate) fn refuse<E: Element>(
    module: ThisModule,
    place: &'static Location<'static>,
    detail: impl FnOnce() -> String,
) {
    slot::with(|run: &mut Run<E>| run.fail_in_module(module, place, "module", detail()));
}

impl<E: Element> Run<E> {
    /// Reports what is wrong with a module that is used; outside of one it is an error of the operation.
    #[cold]
    pub(crate) fn fail_in_module(
        &mut self,
        module: ThisModule,
        place: &'static Location<'static>,
        operation: &'static str,
        detail: String,
    ) {
        match module.0 {
            Some(number) => self.fail_at_module(number, Place(place), detail),
            None => self.tape.fail(Error::Shape { place: Place(place), operation, detail }),
        }
    }
}
