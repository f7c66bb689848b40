//! The part of `limbeck::embed_revisions!` that must be a procedural macro. Not for direct use.
//!
//! `include_dir!` takes one literal, and resolves a relative path against the directory that the
//! compiler runs in: the root of the workspace, not of the package. The literal that it needs,
//! `"$CARGO_MANIFEST_DIR/..."`, cannot be put together by a `macro_rules` macro.

use proc_macro::Delimiter;
use proc_macro::Literal;
use proc_macro::TokenStream;
use proc_macro::TokenTree;

/// `include_dir::include_dir!` of a directory relative to the calling package. The caller has
/// `include_dir` in scope.
#[proc_macro]
pub fn include_package_dir(input: TokenStream) -> TokenStream {
    let code = match package_path(input) {
        Some(literal) => format!("include_dir::include_dir!({literal})"),
        None => "compile_error!(\"embed_revisions! takes the path of a directory, as one plain \
                 string literal\")"
            .to_owned(),
    };
    code.parse().unwrap_or_default()
}

/// The literal in `input`, as one that begins at the manifest of the calling package.
fn package_path(input: TokenStream) -> Option<Literal> {
    let mut tokens = input.into_iter();
    let (first, None) = (tokens.next()?, tokens.next()) else { return None };
    match first {
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let path = text.strip_prefix('"').filter(|rest| *rest != "\"")?;
            if path.starts_with('/') || path.starts_with('$') {
                return Some(literal);
            }
            format!("\"$CARGO_MANIFEST_DIR/{path}").parse().ok()
        }
        // What a `macro_rules` macro hands on may be wrapped.
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            package_path(group.stream())
        }
        _ => None,
    }
}
