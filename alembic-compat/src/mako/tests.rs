//! Tests against Mako.
