//! What other databases have to say in a run.

use crate::plan::Step;

use super::error::RunErrorKind;
use super::observer::Observer;

/// Lets steps through, or not, by how other databases are at that moment. Everything is let
/// through unless a method is implemented.
pub trait Gate {
    /// The lock is about to be taken, for `steps` as far as is known by now.
    ///
    /// # Errors
    /// Why the run must not go on.
    fn before_lock(
        &mut self,
        steps: &[Step],
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        let _: (&[Step], &mut dyn Observer) = (steps, observer);
        Ok(())
    }

    /// The lock is held, and these are the steps; none has been done.
    ///
    /// # Errors
    /// Why none of them may be done.
    fn locked(&mut self, steps: &[Step], observer: &mut dyn Observer) -> Result<(), RunErrorKind> {
        let _: (&[Step], &mut dyn Observer) = (steps, observer);
        Ok(())
    }

    /// These of the steps are about to be done, as one transaction where there are several.
    ///
    /// # Errors
    /// Why they may not.
    fn before(&mut self, steps: &[&Step]) -> Result<(), RunErrorKind> {
        let _: &[&Step] = steps;
        Ok(())
    }
}

/// A gate for databases that have nothing to do with others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open;

impl Gate for Open {}
