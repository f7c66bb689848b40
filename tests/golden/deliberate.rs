//! The steps that are meant to differ from Alembic.

use super::recorded::Form;

/// A step, what differs in it, and why.
#[derive(Debug)]
pub(super) struct Deliberate {
    pub(super) case: &'static str,
    /// Its place among the steps of the case, from 0.
    pub(super) step: usize,
    pub(super) argv: &'static str,
    /// Exactly what differs (`compare::Aspect`).
    pub(super) differs: &'static str,
    /// The row of `docs/compatibility.md`.
    pub(super) code: &'static str,
    /// The only form of projects in which it is so.
    only_in: Option<Form>,
}

impl Deliberate {
    /// Whether it holds in projects of this form: the front matter of native files is what makes
    /// the difference L6.
    pub(super) fn is_in(&self, form: Form) -> bool {
        (form == Form::Native || self.code != "L6")
            && self.only_in.is_none_or(|only_in| only_in == form)
    }
}

const fn deliberate(
    case: &'static str,
    step: usize,
    argv: &'static str,
    differs: &'static str,
    code: &'static str,
) -> Deliberate {
    Deliberate { case, step, argv, differs, code, only_in: None }
}

impl Deliberate {
    const fn only_in(self, form: Form) -> Self {
        Deliberate { only_in: Some(form), ..self }
    }
}

/// All of them, in the order of the file.
pub(super) const DELIBERATE: &[Deliberate] = &[
    deliberate("linear", 43, "history -r-1:+1", "outcome stdout", "B11"),
    deliberate("linear", 54, "history -r-99:head", "outcome stdout", "B11"),
    deliberate("linear", 74, "upgrade +1garbage", "error", "L5"),
    deliberate("branches_labels", 39, "downgrade -1", "outcome rows steps", "B17"),
    deliberate("branches_labels", 48, "downgrade base@lib1", "outcome rows steps", "B10"),
    deliberate("diamond", 23, "stamp b1bb b2bb", "outcome rows", "B2"),
    deliberate("depends_on_two_bases", 19, "stamp A@base", "steps", "B12"),
    deliberate("depends_on_two_bases", 22, "stamp a1aa", "steps", "B12"),
    deliberate("depends_on_two_bases", 26, "downgrade -1", "outcome rows steps", "B17"),
    deliberate("effective_head", 7, "current -c", "outcome stdout", "B3"),
    deliberate("T_depends_on_branch_label", 14, "stamp b1", "steps", "B12"),
    deliberate("T_cross_dep_one", 11, "current", "stdout", "B12"),
    deliberate("T_branched_path", 12, "downgrade -1", "outcome rows steps", "B17"),
    deliberate("T_branched_path", 14, "downgrade -1", "outcome rows steps", "B17"),
    deliberate("T_branched_path", 33, "stamp b1bb", "steps", "B12"),
    deliberate("T_merged_path", 12, "stamp c2branch@head", "steps", "B12"),
    deliberate("T_merged_path", 14, "stamp e1ee", "steps", "B12"),
    deliberate("E_dup_id", 0, "heads", "outcome stdout", "B8"),
    deliberate("E_dup_id", 1, "heads --resolve-dependencies", "outcome stdout", "B8"),
    deliberate("E_dup_id", 2, "branches", "outcome", "B8"),
    deliberate("E_dup_id", 3, "history", "outcome stdout", "B8"),
    deliberate("E_dup_id", 4, "history -v", "outcome stdout", "B8"),
    deliberate("E_dup_id", 5, "upgrade heads", "outcome rows steps", "B8"),
    deliberate("splice_and_merge_cli", 22, "show k2kk", "stdout", "L6"),
    deliberate("splice_and_merge_cli", 23, "upgrade heads", "outcome rows steps", "B1"),
    deliberate("splice_and_merge_cli", 24, "current", "stdout", "B12"),
    deliberate(
        "BUG_merge_with_redundant_ancestor_parent",
        5,
        "upgrade heads",
        "outcome rows",
        "B1",
    ),
    deliberate("BUG_dep_with_redundant_ancestor_dep", 5, "upgrade heads", "outcome rows", "B1"),
    deliberate("BUG_stamp_two_from_merge", 6, "stamp b1 b2", "outcome rows", "B2"),
    // A label that exists means its branch, but not to who calls limbeck `alembic`.
    deliberate(
        "BUG_branch_label_already_used",
        5,
        "revision --head b1bb --branch-label x --rev-id c1cc -m c",
        "outcome",
        "B4",
    )
    .only_in(Form::Native),
    deliberate(
        "BUG_branch_label_already_used",
        5,
        "revision --head b1bb --branch-label x --rev-id c1cc -m c",
        "stdout",
        "B4",
    )
    .only_in(Form::Alembic),
    deliberate("BUG_branch_label_already_used", 6, "heads", "outcome stdout", "B4"),
    deliberate("BUG_branch_label_already_used", 7, "history", "outcome stdout", "B4"),
    deliberate("BUG_rev_id_already_used", 5, "revision --rev-id b1bb -m dup", "stdout error", "B5"),
    deliberate("BUG_rev_id_already_used", 6, "heads", "outcome stdout", "B5"),
    deliberate(
        "BUG_rev_id_already_used_nonparent",
        5,
        "revision --rev-id a1aa -m dup",
        "outcome stdout",
        "B5",
    ),
    deliberate("BUG_rev_id_already_used_nonparent", 6, "heads", "stdout", "B5"),
    deliberate("BUG_rev_id_already_used_nonparent", 7, "history", "outcome stdout", "B5"),
    deliberate("BUG_rev_id_already_used_nonparent", 8, "upgrade heads", "outcome rows steps", "B5"),
    deliberate("BUG_check_heads_with_effective_head", 7, "current -c", "outcome stdout", "B3"),
];
