import enum as _enum
import re as _re

from alembic.operations import MigrateOperation as _MigrateOperation, Operations as _Operations
from sqlalchemy import text as _text
from _limbeck import unsupported as _unsupported


class SQLParseFailure(Exception):
    pass


class BadInputException(Exception):
    pass


def _one_line(text):
    return " ".join(text.split())


def _bare(text):
    return text.replace('"', "")


def _inner(text):
    return text.strip().rstrip('"').strip().lstrip('"').strip()


def _quoted(text):
    if "." in text:
        schema, _, name = text.partition(".")
        return '"%s"."%s"' % (_inner(schema), _inner(name))
    return '"%s"' % _inner(text)


def _unterminated(sql):
    return sql.strip().rstrip(";").strip()


def _escaped(sql, kept):
    """Colons that text() shall not take for parameters; what is in `kept` stays."""
    pieces = "|".join(_re.escape(piece) for piece in (*kept, ":"))
    return _re.sub(pieces, lambda found: "\\:" if found[0] == ":" else found[0], sql)


class ReplaceableEntity:
    def __init__(self, schema, signature, definition):
        self.schema = _bare(_one_line(schema))
        self.signature = _bare(_one_line(signature))
        self.definition = _escaped(_unterminated(definition), ("::",))

    @property
    def literal_schema(self):
        return _quoted(self.schema)

    @property
    def identity(self):
        return "%s: %s.%s" % (type(self).__name__, self.schema, self.signature)

    @classmethod
    def from_sql(cls, sql):
        _unsupported(cls.__name__ + ".from_sql()")

    @classmethod
    def from_path(cls, path):
        _unsupported(cls.__name__ + ".from_path()")


class PGFunction(ReplaceableEntity):
    type_ = "function"

    def __init__(self, schema, signature, definition):
        super().__init__(schema, signature, definition)
        is_plpgsql = "language plpgsql" in _one_line(definition).lower().replace("'", "")
        kept = ("::", ":=", "\\:") if is_plpgsql else ("::",)
        self.definition = _escaped(_unterminated(definition), kept)

    @property
    def literal_signature(self):
        name, rest = self.signature.split("(", 1)
        return '"%s"(%s' % (name.strip(), rest)

    def to_sql_statement_create(self):
        return _text("CREATE FUNCTION %s.%s %s"
                     % (self.literal_schema, self.literal_signature, self.definition))

    def to_sql_statement_drop(self, cascade=False):
        name, _, rest = self.signature.partition("(")
        if not rest.endswith(")"):
            _unsupported("a PGFunction whose signature has no parentheses")
        parameters = []
        for parameter in rest[:-1].strip().split(","):
            plain = parameter[: len(parameter.lower().split("default")[0])]
            parameters.append(plain.strip())
        return _text('DROP FUNCTION %s."%s"(%s) %s' % (
            self.literal_schema, name.strip(), ", ".join(parameters),
            "cascade" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        return [_text("CREATE OR REPLACE FUNCTION %s.%s %s"
                      % (self.literal_schema, self.literal_signature, self.definition))]


class PGView(ReplaceableEntity):
    type_ = "view"

    def __init__(self, schema, signature, definition):
        self.schema = _bare(_one_line(schema))
        self.signature = _bare(_one_line(signature))
        self.definition = _unterminated(definition)

    @property
    def _name(self):
        return '%s."%s"' % (self.literal_schema, self.signature)

    def to_sql_statement_create(self):
        return _text("CREATE VIEW %s AS %s;" % (self._name, self.definition))

    def to_sql_statement_drop(self, cascade=False):
        return _text("DROP VIEW %s %s" % (self._name, "cascade" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        name, definition = self._name, self.definition
        return [_text(
            "\n        do $$\n            begin\n"
            "                CREATE OR REPLACE VIEW " + name + " AS " + definition + ";\n\n"
            "            exception when others then\n"
            "                DROP VIEW IF EXISTS " + name + ";\n\n"
            "                CREATE VIEW " + name + " AS " + definition + ";\n"
            "            end;\n        $$ language 'plpgsql'\n        ")]


class PGMaterializedView(PGView):
    type_ = "materialized_view"

    def __init__(self, schema, signature, definition, with_data=True):
        super().__init__(schema, signature, definition)
        self.with_data = with_data

    def _create(self):
        return "CREATE MATERIALIZED VIEW %s AS %s WITH %s DATA" % (
            self._name, self.definition.rstrip().rstrip(";"), "" if self.with_data else "NO")

    def to_sql_statement_create(self):
        return _text(self._create() + ";")

    def to_sql_statement_drop(self, cascade=False):
        return _text("DROP MATERIALIZED VIEW %s %s" % (self._name, "cascade" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        return [_text("DROP MATERIALIZED VIEW IF EXISTS %s; " % self._name), _text(self._create())]


class OnEntityMixin:
    def __init__(self, schema, signature, definition, on_entity):
        super().__init__(schema=schema, signature=signature, definition=definition)
        self.on_entity = _bare(on_entity if "." in on_entity else "public." + on_entity)


class PGTrigger(OnEntityMixin, ReplaceableEntity):
    type_ = "trigger"

    def __init__(self, schema, signature, definition, on_entity, is_constraint=False):
        super().__init__(schema=schema, signature=signature, definition=definition,
                         on_entity=on_entity)
        self.is_constraint = is_constraint

    def to_sql_statement_create(self):
        found = _re.fullmatch(r"(.+?)\s+ON\s+(.+?)\s+(.+)", self.definition, _re.I | _re.S)
        if found is None:
            raise SQLParseFailure(
                'Failed to parse SQL into PGTrigger.definition """%s"""' % self.definition)
        event, table, action = found.groups()
        if "." in table:
            table = table.partition(".")[2]
        return _text('CREATE%sTRIGGER "%s" %s ON %s.%s %s' % (
            " CONSTRAINT " if self.is_constraint else " ", self.signature, event, self.schema,
            table, action))

    def to_sql_statement_drop(self, cascade=False):
        return _text('DROP TRIGGER "%s" ON %s %s' % (
            self.signature, self.on_entity, "cascade" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        return [_text('DROP TRIGGER IF EXISTS "%s" ON %s;' % (self.signature, self.on_entity)),
                self.to_sql_statement_create()]


class PGPolicy(OnEntityMixin, ReplaceableEntity):
    type_ = "policy"

    def to_sql_statement_create(self):
        return _text("CREATE POLICY %s on %s %s"
                     % (self.signature, self.on_entity, self.definition))

    def to_sql_statement_drop(self, cascade=False):
        return _text("DROP POLICY %s on %s %s"
                     % (self.signature, self.on_entity, "cascade" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        return [_text("DROP POLICY IF EXISTS %s on %s;" % (self.signature, self.on_entity)),
                _text("CREATE POLICY %s on %s %s;"
                      % (self.signature, self.on_entity, self.definition))]


class PGExtension(ReplaceableEntity):
    type_ = "extension"

    def __init__(self, schema, signature):
        self.schema = _bare(_one_line(schema))
        self.signature = _bare(_one_line(signature))

    def to_sql_statement_create(self):
        return _text('CREATE EXTENSION "%s" WITH SCHEMA %s;'
                     % (self.signature, self.literal_schema))

    def to_sql_statement_drop(self, cascade=False):
        return _text('DROP EXTENSION "%s" %s' % (self.signature, "CASCADE" if cascade else ""))

    def to_sql_statement_create_or_replace(self):
        raise NotImplementedError()


class PGGrantTableChoice(str, _enum.Enum):
    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    REFERENCES = "REFERENCES"
    DELETE = "DELETE"
    TRUNCATE = "TRUNCATE"
    TRIGGER = "TRIGGER"

    def __str__(self):
        return self.value


class PGGrantTable(ReplaceableEntity):
    type_ = "grant_table"

    def __init__(self, schema, table, role, grant, columns=None, with_grant_option=False):
        self.schema = _bare(schema)
        self.table = _bare(table)
        self.columns = sorted(columns) if columns else []
        self.role = _bare(role)
        self.grant = PGGrantTableChoice(grant)
        self.with_grant_option = with_grant_option
        takes_columns = self.grant.value in ("SELECT", "INSERT", "UPDATE", "REFERENCES")
        if takes_columns and not self.columns:
            raise BadInputException(
                "When grant type is %s a value must be provided for columns" % self.grant)
        if self.columns and not takes_columns:
            raise BadInputException(
                "When grant type is %s a value must not be provided for columns" % self.grant)

    def to_sql_statement_create(self):
        columns = "( %s )" % ", ".join(self.columns) if self.columns else ""
        return _text("GRANT %s %s ON %s.%s TO %s %s" % (
            self.grant.value, columns, self.literal_schema, _quoted(self.table),
            _quoted(self.role), " WITH GRANT OPTION" if self.with_grant_option else ""))

    def to_sql_statement_drop(self, cascade=False):
        return _text("REVOKE %s ON %s.%s FROM %s" % (
            self.grant.value, self.literal_schema, _quoted(self.table), _quoted(self.role)))

    def to_sql_statement_create_or_replace(self):
        return [self.to_sql_statement_drop(), self.to_sql_statement_create()]


class ReversibleOp(_MigrateOperation):
    def __init__(self, target, cascade=False):
        self.target = target
        self.cascade = cascade

    @classmethod
    def run(cls, operations, target):
        return operations.invoke(cls(target))

    @classmethod
    def run_with_cascade(cls, operations, target, cascade=False):
        return operations.invoke(cls(target, cascade=cascade))


@_Operations.register_operation("create_entity", "run")
class CreateOp(ReversibleOp):
    pass


@_Operations.register_operation("drop_entity", "run_with_cascade")
class DropOp(ReversibleOp):
    pass


@_Operations.register_operation("replace_entity", "run")
class ReplaceOp(ReversibleOp):
    pass


@_Operations.implementation_for(CreateOp)
def _create(operations, operation):
    operations.execute(operation.target.to_sql_statement_create())


@_Operations.implementation_for(DropOp)
def _drop(operations, operation):
    operations.execute(operation.target.to_sql_statement_drop(cascade=operation.cascade))


@_Operations.implementation_for(ReplaceOp)
def _replace(operations, operation):
    for statement in operation.target.to_sql_statement_create_or_replace():
        operations.execute(statement)


def register_entities(entities, schemas=None, exclude_schemas=None, entity_types=None):
    pass
