"""Which revisions are straight-line: nothing but operations with literal arguments (class A of the corpus).

Read by Python's own parser, and by nothing of limbeck: both functions, and the names of the module that they use. Such a revision needs no application,
so limbeck must run it natively; `run.py --totals` counts those that it does not.
"""

import ast
import builtins
import glob
import os

OPERATIONS = {
    "add_column", "alter_column", "batch_alter_table", "bulk_insert", "create_check_constraint", "create_exclude_constraint", "create_foreign_key", "create_index",
    "create_primary_key", "create_table", "create_table_comment", "create_unique_constraint", "drop_column", "drop_constraint", "drop_index", "drop_table",
    "drop_table_comment", "execute", "f", "inline_literal", "rename_table",
}


class NotStraight(Exception):
    """Something else than an operation with literal arguments."""


class Reader:
    """One file: the names that are literal, and those that come from Alembic and SQLAlchemy."""

    def __init__(self, tree):
        self.tree = tree
        self.library, self.operations, self.literal = {}, set(), {}
        for node in tree.body:
            if isinstance(node, ast.Import):
                for name in node.names:
                    if name.name.split(".")[0] == "sqlalchemy":
                        self.library[(name.asname or name.name).split(".")[0]] = name.name
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                for name in node.names:
                    if node.module == "alembic" and name.name == "op":
                        self.operations.add(name.asname or name.name)
                    elif node.module.split(".")[0] == "sqlalchemy":
                        self.library[name.asname or name.name] = node.module
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        self.literal[target.id] = node.value

    def function(self, name):
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
        return None

    def straight(self):
        """Raises NotStraight with what is not."""
        for name in ("upgrade", "downgrade"):
            function = self.function(name)
            if function is None:
                if name == "upgrade":
                    raise NotStraight("no upgrade()")
                continue
            if function.decorator_list or function.args.args or function.args.kwonlyargs:
                raise NotStraight("a decorator or a parameter")
            self.body(function.body, set(self.operations), set())

    def body(self, body, operations, known):
        for node in body:
            if isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if isinstance(node, ast.Return) and node.value is None:
                continue
            if isinstance(node, ast.Raise) and isinstance(node.exc, (ast.Call, ast.Name)):
                # A downgrade that refuses.
                self.refusal(node.exc, operations, known)
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self.operation(node.value, operations, known)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.value(node.value, operations, known)
                known.add(node.targets[0].id)
            elif isinstance(node, ast.With) and all(isinstance(item.context_expr, ast.Call) for item in node.items):
                inner = set(operations)
                for item in node.items:
                    self.operation(item.context_expr, operations, known)
                    if isinstance(item.optional_vars, ast.Name):
                        inner.add(item.optional_vars.id)
                self.body(node.body, inner, known)
            else:
                raise NotStraight(type(node).__name__)

    def refusal(self, raised, operations, known):
        name = raised.func if isinstance(raised, ast.Call) else raised
        if not isinstance(name, ast.Name) or name.id not in dir(builtins):
            raise NotStraight(f"raise {ast.unparse(name)}")
        if isinstance(raised, ast.Call):
            self.arguments(raised, operations, known)

    def operation(self, call, operations, known):
        called = call.func
        if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in operations):
            raise NotStraight(f"a call of {ast.unparse(called)}")
        if called.attr not in OPERATIONS:
            raise NotStraight(f"op.{called.attr}")
        self.arguments(call, operations, known)

    def arguments(self, call, operations, known):
        for value in call.args:
            self.value(value, operations, known)
        for keyword in call.keywords:
            if keyword.arg is None:
                raise NotStraight("**")
            self.value(keyword.value, operations, known)

    def value(self, node, operations, known):
        if isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Name):
            if node.id in known or node.id in self.library:
                return
            if node.id in self.literal:
                self.value(self.literal[node.id], operations, known)
                return
            raise NotStraight(f"the name {node.id}")
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            for element in node.elts:
                self.value(element, operations, known)
        elif isinstance(node, ast.Dict):
            for element in [*node.keys, *node.values]:
                if element is None:
                    raise NotStraight("**")
                self.value(element, operations, known)
        elif isinstance(node, ast.UnaryOp):
            self.value(node.operand, operations, known)
        elif isinstance(node, ast.Attribute):
            if not self.of_library(node):
                raise NotStraight(ast.unparse(node))
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in operations and called.attr in ("f", "inline_literal"):
                pass
            elif not self.of_library(called):
                raise NotStraight(f"a call of {ast.unparse(called)}")
            self.arguments(node, operations, known)
        else:
            raise NotStraight(type(node).__name__)

    def of_library(self, node):
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.library


def revision(tree):
    """The id that the file says."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == "revision" for target in targets) and isinstance(node.value, ast.Constant):
            return node.value.value
    return None


def revisions(source, recipe):
    """The ids of all revisions of a recipe, each with whether it is straight-line."""
    found = {}
    for place in recipe.versions:
        pattern = os.path.join(source, place, "**" if recipe.recursive else "", "*.py")
        for path in sorted(glob.glob(pattern, recursive=recipe.recursive)):
            with open(path, encoding="utf-8") as file:
                try:
                    tree = ast.parse(file.read())
                except SyntaxError:
                    continue
            name = revision(tree)
            if name is None:
                continue
            try:
                Reader(tree).straight()
                found[name] = None
            except NotStraight as reason:
                found[name] = str(reason)
    return found
