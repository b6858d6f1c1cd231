use super::{Address, Place};
use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Expr, Path, Type};

/// The statements of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Sample,
    Observe,
    Factor,
    Penalty,
    Deterministic,
    Noise,
    Param,
    Plate,
    Markov,
    Call,
    Module,
}

impl Keyword {
    pub(crate) const ALL: [Keyword; 11] = [
        Keyword::Sample,
        Keyword::Observe,
        Keyword::Factor,
        Keyword::Penalty,
        Keyword::Deterministic,
        Keyword::Noise,
        Keyword::Param,
        Keyword::Plate,
        Keyword::Markov,
        Keyword::Call,
        Keyword::Module,
    ];

    /// Returns the macro's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Keyword::Sample => "sample",
            Keyword::Observe => "observe",
            Keyword::Factor => "factor",
            Keyword::Penalty => "penalty",
            Keyword::Deterministic => "deterministic",
            Keyword::Noise => "noise",
            Keyword::Param => "param",
            Keyword::Plate => "plate",
            Keyword::Markov => "markov",
            Keyword::Call => "call",
            Keyword::Module => "module",
        }
    }

    /// Returns how the macro is written.
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Keyword::Sample => r#"sample!("name", distribution)"#,
            Keyword::Observe => r#"observe!("name", distribution, value)"#,
            Keyword::Factor => r#"factor!("name", log_weight)"#,
            Keyword::Penalty => r#"penalty!("name", value)"#,
            Keyword::Deterministic => r#"deterministic!("name", value)"#,
            Keyword::Noise => r#"noise!("name", distribution)"#,
            Keyword::Param => r#"param!("name", initial)` or `param!("name", initial, Support)"#,
            Keyword::Plate => r#"plate!("name", size, |i| ..)"#,
            Keyword::Markov => r#"markov!("name", steps, init, |prev, t| ..)"#,
            Keyword::Call => r#"call!("prefix", program(..))"#,
            Keyword::Module => r#"module!("name", function(..))"#,
        }
    }

    /// Returns what its name is the name of, in messages.
    pub(crate) fn named(self) -> &'static str {
        match self {
            Keyword::Param => "parameter",
            Keyword::Module => "module",
            _ => "site",
        }
    }
}

/// One statement of the language and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) keyword: Keyword,
    /// Where the user wrote the macro's name.
    pub(crate) span: Span,
    pub(crate) place: Place,
    /// The name, where it could be read.
    pub(crate) address: Option<Address>,
    /// The rest, where it could be read.
    pub(crate) form: Option<Form>,
    /// The first mistake that was found while reading it.
    pub(crate) mistake: Option<syn::Error>,
}

/// What a statement says besides its name.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Sample(Box<Sample>),
    Observe(Observe),
    Factor(Stated),
    Penalty(Stated),
    Deterministic(Expr),
    Noise(Noise),
    Param(Param),
    Plate(Plate),
    Markov(Markov),
    Call(Call),
    /// The call of a `#[module]` function.
    Module(Expr),
}

/// `sample!("name", distribution, ..)`.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) distribution: Expr,
    /// The support, where it is stated or can be read off the distribution.
    pub(crate) support: Option<Support>,
    pub(crate) estimator: Option<Expr>,
    /// The user's word `auxiliary`.
    pub(crate) auxiliary: Option<Ident>,
    /// The user's word `enumerate`: the site is summed out.
    pub(crate) enumerate: Option<Ident>,
    /// The last value that is tried, of a list without an end.
    pub(crate) up_to: Option<Weight>,
    /// The user's word `concrete`: the site gives a plain value.
    pub(crate) concrete: Option<Ident>,
    /// The value of an enumerated site where it is known.
    pub(crate) given: Option<Given>,
    /// Where the site counts.
    pub(crate) mask: Option<Expr>,
    /// By how much more the site counts in what a step minimises.
    pub(crate) weight: Option<Weight>,
    /// What the site's divergence counts for at least.
    pub(crate) free_bits: Option<Weight>,
}

impl Sample {
    /// Returns whether every value is a row of an axis of its own, in one run of the program.
    pub(crate) fn is_batched_sum(&self) -> bool {
        self.enumerate.is_some() && self.concrete.is_none()
    }
}

/// `given(label)`, with the user's word.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) word: Ident,
    pub(crate) value: Expr,
}

/// `weight(w)`, `free_bits(nats)` or `up_to(last)`, with the user's word.
#[derive(Clone, Debug)]
pub(crate) struct Weight {
    pub(crate) word: Ident,
    pub(crate) value: Expr,
}

/// The support of a site, as far as the tokens tell.
#[derive(Clone, Debug)]
pub(crate) enum Support {
    /// `on(Positive)`.
    Stated(Type),
    /// The type of `Normal::new(..)`, whose support it is.
    Of(Path),
}

impl Support {
    /// Returns where the user wrote what the support is read from.
    pub(crate) fn span(&self) -> Span {
        match self {
            Support::Stated(stated) => stated.span(),
            Support::Of(distribution) => distribution.span(),
        }
    }
}

/// `observe!("name", distribution, value)`.
#[derive(Clone, Debug)]
pub(crate) struct Observe {
    pub(crate) distribution: Expr,
    pub(crate) value: Expr,
    /// Where the observation counts.
    pub(crate) mask: Option<Expr>,
    /// By how much more the observation counts in what a step minimises.
    pub(crate) weight: Option<Expr>,
}

/// `factor!("name", log_weight)` and `penalty!("name", value)`.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    pub(crate) value: Expr,
    /// Where it counts.
    pub(crate) mask: Option<Expr>,
}

/// `noise!("name", distribution)`.
#[derive(Clone, Debug)]
pub(crate) struct Noise {
    pub(crate) distribution: Expr,
    /// What it is where nothing is learnt.
    pub(crate) evaluation: Option<Expr>,
}

/// `param!("name", initial, support)`.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) initial: Expr,
    pub(crate) support: Option<Expr>,
}

/// `plate!("name", size, rows, body)`.
#[derive(Clone, Debug)]
pub(crate) struct Plate {
    pub(crate) size: Expr,
    pub(crate) rows: Rows,
    /// Which elements count: data over the elements.
    pub(crate) mask: Option<Expr>,
    pub(crate) body: Expr,
}

/// Which rows of a plate a step takes.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    Whole,
    Subsample(Expr),
    InOrder(Expr),
    /// Those at hand, which stand for so many.
    Of(Expr),
}

/// `markov!("name", steps, init, lengths, body)`.
#[derive(Clone, Debug)]
pub(crate) struct Markov {
    pub(crate) steps: Expr,
    pub(crate) init: Expr,
    /// How many of the steps there are, where a chain may end early.
    pub(crate) lengths: Option<Expr>,
    pub(crate) body: Expr,
    /// Whether a site of the body is summed out in one run, and with it the chain.
    pub(crate) summed_out: bool,
}

/// `call!("prefix", program(..))`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The callee's path without generic arguments at its end.
    pub(crate) callee: Path,
    /// The whole call.
    pub(crate) program: Expr,
    /// The user's word `auxiliary`.
    pub(crate) auxiliary: Option<Ident>,
}
