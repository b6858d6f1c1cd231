//! The parameters of a file without a session.

use super::file::{SavedState, refused};
use crate::element::Element;
use crate::error::Error;
use crate::parameters::Parameters;
use std::path::Path;

impl Parameters {
    /// Returns the parameters of a file that [`Svi::save`](crate::Svi::save) wrote, in constrained space.
    ///
    /// No programs are needed. A session of other programs may begin with some of them
    /// ([`set_parameter`](crate::Svi::set_parameter)).
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not the whole of a file that was saved.
    ///
    /// # Examples
    ///
    #[doc = include_str!("../docs/coin.md")]
    /// svi.step()?;
    /// let path = std::env::temp_dir().join(format!("ppl-parameters-{}.safetensors", std::process::id()));
    /// svi.save(&path)?;
    /// let saved = Parameters::load(&path)?;
    /// assert_eq!(saved, svi.parameters());
    ///
    /// let mut other = Svi::new(&coin, &proposal, Elbo::default(), Adam::new(0.1)).seed(2);
    /// other.set_parameter("a", saved.get("a")?)?;
    /// assert!((other.parameters().get("a")?[[]] - saved.get("a")?[[]]).abs() < 1e-12);
    /// # use ppl_runtime::Parameters;
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ppl_runtime::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Parameters, Error> {
        let path = path.as_ref();
        let saved = SavedState::read(path)?;
        let restored = match saved.schema.element.as_str() {
            <f64 as Element>::NAME => saved.restored_run::<f64>().map(|run| Parameters::of(&run)),
            #[cfg(feature = "f32")]
            <f32 as Element>::NAME => saved.restored_run::<f32>().map(|run| Parameters::of(&run)),
            other => Err(format!("has numbers of type {other}, for which this library was not built")),
        };
        restored.map_err(|detail| refused(path, detail))
    }
}
