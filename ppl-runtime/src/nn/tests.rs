//! Modules of the library.
