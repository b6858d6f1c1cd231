//! The collector of a program's mistakes, so that one compile reports them all.

/// Collects errors until it is read with [`finish`](Report::finish).
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<syn::Error>,
    read: bool,
}

impl Report {
    /// Adds a mistake.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Adds the mistake if there is one, and returns the value if there is none.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(error);
                None
            }
        }
    }

    /// Returns how many mistakes there are so far.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Returns the first mistake after the first `count`.
    pub(crate) fn first_after(&self, count: usize) -> Option<&syn::Error> {
        self.errors.get(count)
    }

    /// Returns all mistakes as one error, or nothing if there are none.
    pub(crate) fn finish(mut self) -> Option<syn::Error> {
        self.read = true;
        std::mem::take(&mut self.errors).into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        })
    }
}

/// A report that nobody reads would hide the user's mistakes. That is a bug of this crate, which its own tests find; a
/// compilation is not brought down by it.
#[cfg(test)]
impl Drop for Report {
    fn drop(&mut self) {
        assert!(self.read || std::thread::panicking(), "a report was dropped unread");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;

    #[test]
    fn every_mistake_is_kept() {
        let mut report = Report::default();
        report.add(syn::Error::new(Span::call_site(), "one"));
        assert_eq!(report.take::<()>(Err(syn::Error::new(Span::call_site(), "two"))), None);
        assert_eq!(report.take(Ok(3)), Some(3));
        assert_eq!(report.count(), 2);
        assert_eq!(report.first_after(1).map(|error| error.to_string()).as_deref(), Some("two"));
        let all: Vec<String> = report.finish().into_iter().flatten().map(|error| error.to_string()).collect();
        assert_eq!(all, ["one", "two"]);
    }

    #[test]
    #[should_panic(expected = "dropped unread")]
    fn an_unread_report_is_noticed() {
        drop(Report::default());
    }
}
