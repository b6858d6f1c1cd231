//! The chapters of `docs/guide`, whose programs are compiled and run as tests.

macro_rules! chapters {
    ($($name:ident: $file:literal,)*) => {$(
        #[doc = include_str!(concat!("../../docs/guide/", $file))]
        pub struct $name;
    )*};
}

chapters! {
    FirstFit: "first-fit.md",
    FitWithoutAGuide: "fit-without-a-guide.md",
    WhetherToTrustIt: "whether-to-trust-it.md",
    ComingFrom: "coming-from.md",
    Choosing: "choosing.md",
    Pitfalls: "pitfalls.md",
    OwnTerms: "own-terms.md",
    Modules: "modules.md",
    Recurrence: "recurrence.md",
    DeepModels: "deep-models.md",
    EvaluationOnOtherData: "evaluation.md",
    DataLargerThanMemory: "streams.md",
    PartlyKnown: "partly-known.md",
    RandomField: "random-field.md",
    OwnDistribution: "own-distribution.md",
    OrderedPrior: "ordered-prior.md",
    Directions: "directions.md",
}
