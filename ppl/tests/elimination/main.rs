//! The elimination of discrete sites, against sums over all assignments, and what it must refuse.

mod brute;
mod graph;
mod masks;
mod property;
