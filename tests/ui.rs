//! What the compiler says to a program that is mistaken. That it has nothing to say to one that is not, the programs of
//! `pass` show, which are tests of their own.

mod rules;

/// One mistake in each program of `ui`, and one error for it, in the words and
/// at the place that its `.stderr` records.
///
/// The wording around our own messages is the compiler's, and changes with it:
/// the records hold for one version.
#[rustversion::attr(not(stable(1.95)), ignore = "the messages are recorded with Rust 1.95")]
#[test]
fn mistakes_are_reported_in_words_of_the_language() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("ui/**/*.rs");
}
