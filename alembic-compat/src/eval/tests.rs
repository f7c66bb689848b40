//! What the interpreter does, beside real Python.
