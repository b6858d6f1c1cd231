//! Examples of ppl on real data: see the files beside this one.
