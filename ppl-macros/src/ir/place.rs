/// Something around a statement that decides how often it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The body of `for`, `while` or `loop`.
    Loop,
    /// One arm of the `if` or `match` with this number.
    Branch { group: usize, arm: usize },
    /// The body of a closure that is no plate's or chain's, or of an `async` or `const` block.
    Closure,
    /// The body of a plate.
    Plate,
    /// The body of a chain.
    Markov,
    /// The initial value of a parameter, which is used once.
    Initial,
}

/// Where a statement stands in its program: the frames around it, outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) Vec<Frame>);

impl Place {
    /// Returns whether no run of the program passes both places.
    pub(crate) fn excludes(&self, other: &Place) -> bool {
        self.0.iter().any(|mine| {
            other.0.iter().any(|theirs| match (mine, theirs) {
                (Frame::Branch { group, arm }, Frame::Branch { group: group2, arm: arm2 }) => {
                    group == group2 && arm != arm2
                }
                _ => false,
            })
        })
    }

    /// Returns whether `frame` stands around the place.
    pub(crate) fn within(&self, frame: Frame) -> bool {
        self.0.contains(&frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(group: usize, arm: usize) -> Frame {
        Frame::Branch { group, arm }
    }

    #[test]
    fn arms_of_one_branch_exclude_each_other() {
        let first = Place(vec![Frame::Plate, arm(0, 0)]);
        let second = Place(vec![Frame::Plate, arm(0, 1), arm(1, 0)]);
        assert!(first.excludes(&second) && second.excludes(&first));
    }

    #[test]
    fn arms_of_two_branches_do_not() {
        assert!(!Place(vec![arm(0, 0)]).excludes(&Place(vec![arm(1, 1)])));
        assert!(!Place(vec![arm(0, 0)]).excludes(&Place(vec![arm(0, 0)])));
        assert!(!Place::default().excludes(&Place(vec![arm(0, 0)])));
    }
}
