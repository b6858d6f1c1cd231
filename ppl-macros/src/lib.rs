//! The attribute macros of ppl.
