//! Tests on files in the shapes that projects have.
