//! Headers as they are written.
