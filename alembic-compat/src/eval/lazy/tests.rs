//! Which statements run together.

use super::Plan;
use super::plan;

fn of(text: &str) -> Plan {
    plan(&crate::python::parse(text).unwrap().body, super::Skip::Nothing)
}

fn part<'p>(plan: &'p Plan, name: &str) -> &'p [usize] {
    &plan.parts[plan.owners[name]]
}

#[test]
fn a_class_is_changed_by_methods_that_are_called() {
    let class = "class C:\n    @classmethod\n    def set(cls, f):\n        cls.f = f\n";
    assert_eq!(part(&of(&format!("{class}A = C()\nB = C()\n")), "A"), [1]);
    assert_eq!(part(&of(&format!("{class}A = C()\nC.set(1)\n")), "A"), [0, 1, 2]);
    let made = "class C:\n    def __init__(self):\n        type(self).n += 1\n";
    assert_eq!(part(&of(&format!("{made}A = C()\nB = C()\n")), "A"), [0, 1, 2]);
}

#[test]
fn names_that_nothing_changes_stand_alone() {
    let plan = of("import os\nA = 1\nB = A + 1\ndef f(): return A\nclass C: x = B\nD = f()\n");
    for (at, name) in ["os", "A", "B", "f", "C", "D"].into_iter().enumerate() {
        assert_eq!(part(&plan, name), [at], "{name}");
    }
    assert!(plan.star.is_none() && plan.at_load.is_empty());
}

#[test]
fn what_is_changed_keeps_its_order() {
    let plan = of("A = []\nB = 1\nA.append(B)\nC = len(A)\nA.append(2)\nD = 5\n");
    assert_eq!(part(&plan, "A"), [0, 1, 2, 3, 4], "B is a variable that the call mentions");
    assert_eq!(part(&plan, "D"), [5]);
    let plan = of("A = 1\nB = A\nA = 2\nC = 3\n");
    assert_eq!(part(&plan, "B"), [0, 1, 2]);
    assert_eq!(part(&plan, "C"), [3]);
    let plan = of("A = 1\nfor i in range(3):\n    A += i\nB = A\nC = 2\n");
    assert_eq!(part(&plan, "B"), [0, 1, 2]);
    assert_eq!(part(&plan, "C"), [3]);
}

#[test]
fn functions_that_change_something_count_where_they_are_called() {
    let text = "R = {}\ndef add(n): R[n] = 1\nadd('a')\nK = list(R)\nadd('b')\nZ = 1\n";
    let plan = of(text);
    assert_eq!(part(&plan, "K"), [0, 2, 3, 4]);
    assert_eq!(part(&plan, "add"), [1]);
    assert_eq!(part(&plan, "Z"), [5]);
    let plan = of("R = []\ndef add(n):\n    R.append(n)\n    return n\nA = add(1)\nB = add(2)\n");
    assert_eq!(part(&plan, "B"), [0, 2, 3]);
}

#[test]
fn what_no_import_runs_is_left_out() {
    let text = "if TYPE_CHECKING:\n    A = 1\nA = 2\nif __name__ == '__main__':\n    A = 3\n";
    assert_eq!(part(&of(text), "A"), [1]);
}

#[test]
fn types_keep_their_arguments() {
    let of_types = "import sqlalchemy as sa\nfrom sqlalchemy_utils import ChoiceType\n";
    let made = "A = ['a']\nB = ChoiceType(A)\nC = sa.Enum(A)\nD = sa.types.Enum(A)\n";
    assert_eq!(part(&of(&format!("{of_types}{made}")), "A"), [2]);
    // Another function may change it.
    for call in ["sa.func(A)", "other(A)", "ChoiceType(other(A))", "A.append(1)"] {
        let plan = of(&format!("{of_types}{made}E = {call}\n"));
        assert_eq!(part(&plan, "A"), [2, 3, 4, 5, 6], "{call}");
    }
    let plan = of(&format!("{of_types}def ChoiceType(x): x.clear()\nsa = 1\n{made}"));
    assert_eq!(part(&plan, "A").len(), 8);
}

#[test]
fn stars_and_changes_of_others() {
    let plan = of("A = 1\nfrom x import *\nB = 2\n");
    assert_eq!(plan.star, Some(plan.owners["A"]));
    assert_eq!(part(&plan, "A"), [0, 1]);
    assert_eq!(part(&plan, "B"), [2]);
    let plan = of("from x import y\ny.z = 1\nimport os\nos.environ['A'] = 'b'\nB = 2\n");
    assert_eq!(plan.at_load.len(), 2);
    assert!(!plan.at_load.contains(&plan.owners["B"]));
}

/// Registrations by decorators, items and methods, each of which reads what stands before it.
fn registrations(count: usize) -> String {
    let mut text =
        "REG = {}\nTABLE = []\ndef register(f):\n    REG[f.__name__] = f\n    return f\n"
            .to_owned();
    for at in 1..=count {
        let before = at - 1;
        text.push_str(&format!("@register\ndef f{at}(): return f{before}(), TABLE\n"));
        text.push_str(&format!("A{at} = len(TABLE)\n"));
        text.push_str(&format!("REG['a{at}'] = A{at}\n"));
        text.push_str(&format!("TABLE.append(f{at})\n"));
    }
    text
}

#[test]
fn chained_registrations_run_together() {
    let count = 400;
    let mut text = registrations(count);
    text.push_str("Z = 1\ndef alone(): return f1\nLAST = REG\n");
    let plan = of(&text);
    let all: Vec<usize> = (0..2).chain(3..3 + 4 * count).chain([5 + 4 * count]).collect();
    for name in ["REG", "TABLE", "f1", "f400", "A7", "LAST"] {
        assert_eq!(part(&plan, name), all, "{name}");
    }
    assert_eq!(part(&plan, "register"), [2]);
    assert_eq!(part(&plan, "Z"), [3 + 4 * count]);
    assert_eq!(part(&plan, "alone"), [4 + 4 * count]);
    assert_eq!(plan.parts.len(), 4);
}

#[test]
fn statements_change_what_they_reach() {
    let plan = of(&format!("{}B = [1]\nC = f3(B)\nB = 2\n", registrations(3)));
    let changes = |at: usize| Vec::from_iter(plan.changes.by(at).names);
    assert_eq!(changes(3), ["REG"], "the decorator of f1 does");
    assert_eq!(changes(6), ["REG", "TABLE", "f1"], "what has the method and what it is given");
    assert_eq!(changes(16), ["B", "REG"], "what is handed over, and what the decorator of f3 does");
    assert_eq!(changes(2), [""; 0], "a function that nobody has called");
}
