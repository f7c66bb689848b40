import enum as _enum
import logging as _logging
import re as _re

from alembic.operations import MigrateOperation as _MigrateOperation, Operations as _Operations
import sqlalchemy as _sa

_log = _logging.getLogger("alembic.alembic_postgresql_enum.operations.sync_enum_values")


class ColumnType(_enum.Enum):
    COMMON = "Enum"
    ARRAY = "ARRAY"


class _Unspecified:
    pass


class TableReference:
    def __init__(self, table_name, column_name, table_schema=_Unspecified,
                 column_type=ColumnType.COMMON, existing_server_default=None):
        self.table_name = table_name
        self.column_name = column_name
        self.table_schema = table_schema
        self.column_type = column_type
        self.existing_server_default = existing_server_default

    @property
    def table_name_with_schema(self):
        prefix = '"%s".' % self.table_schema if self.table_schema else ""
        return '%s"%s"' % (prefix, self.table_name)

    @property
    def escaped_column_name(self):
        return '"%s"' % self.column_name


class TableIndex:
    def __init__(self, name, definition):
        self.name = name
        self.definition = definition


class Config:
    def __init__(self, **options):
        for name, value in options.items():
            setattr(self, name, value)


def set_configuration(config):
    pass


_OPERATORS = (("!=", "new_old_not_equals"), ("=", "new_old_equals"))


def _default_of(connection, schema, table, column):
    return connection.execute(_sa.text(
        "SELECT column_default FROM information_schema.columns "
        "WHERE table_schema = '%s' AND table_name = '%s' AND column_name = '%s'"
        % (schema, table, column))).scalar()


def _replaced(text, renames):
    for old, new in renames:
        text = text.replace("'%s'" % old, "'%s'" % new).replace('"%s"' % old, '"%s"' % new)
    return text


def _renamed_default(schema, default, name, renames):
    full = "%s.%s" % (schema, name) if schema else name
    if default.startswith("ARRAY["):
        return _re.sub(r"::[.\w]+", "::" + full, _replaced(default, renames))
    value = _replaced(default[: default.find("::")], renames)
    return "%s::%s%s" % (value, full, "[]" if default.endswith("[]") else "")


def _cast(reference, full, renames):
    column, table = reference.escaped_column_name, reference.table_name_with_schema
    head = "ALTER TABLE %s ALTER COLUMN %s TYPE " % (table, column)
    if reference.column_type == ColumnType.ARRAY:
        value = column + "::text[]"
        for old, new in renames:
            value = "array_replace(%s, '%s', '%s')" % (value, old, new)
        return head + "%s[] USING %s::%s[]" % (full, value, full)
    if renames:
        cases = " ".join("WHEN %s::text = '%s' THEN '%s'::%s" % (column, old, new, full)
                         for old, new in renames)
        return head + "%s USING CASE %s ELSE %s::text::%s END" % (full, cases, column, full)
    return head + "%s USING %s::text::%s" % (full, column, full)


def _renamed_index(definition, name, renames, schema):
    for old, new in renames:
        definition = definition.replace("'%s'::%s" % (old, name), "'%s'::%s" % (new, name))
        if schema:
            definition = definition.replace(
                "'%s'::%s.%s" % (old, schema, name), "'%s'::%s.%s" % (new, schema, name))
    return definition


def _drop_index(name):
    if "." in name:
        schema, plain = name.rsplit(".", 1)
        return 'DROP INDEX IF EXISTS "%s"."%s"' % (schema.strip('"'), plain.strip('"'))
    return 'DROP INDEX IF EXISTS "%s"' % name.strip('"')


def _statements(schema, name, values, references, renames, indexes):
    full, old = '"%s"."%s"' % (schema, name), '"%s_old"' % name
    old_full = '"%s".%s' % (schema, old)
    yield "ALTER TYPE %s RENAME TO %s" % (full, old)
    yield "CREATE TYPE %s AS ENUM(%s)" % (full, ", ".join("'%s'" % value for value in values))
    for operator, function in _OPERATORS:
        value = "old_enum_val::text"
        if renames:
            cases = " ".join("WHEN old_enum_val::text = '%s' THEN '%s'" % pair for pair in renames)
            value = "CASE %s ELSE old_enum_val::text END" % cases
        yield ('CREATE FUNCTION "%s".%s( new_enum_val %s, old_enum_val %s ) RETURNS boolean AS $$ '
               "SELECT new_enum_val::text %s %s; $$ LANGUAGE SQL IMMUTABLE"
               % (schema, function, full, old_full, operator, value))
        yield ('CREATE OPERATOR "%s".%s ( leftarg = %s, rightarg = %s, procedure = "%s".%s )'
               % (schema, operator, full, old_full, schema, function))
    for index in indexes:
        yield _drop_index(index.name)
    for reference in references:
        default = reference.existing_server_default
        alter = "ALTER TABLE %s ALTER COLUMN %s " % (
            reference.table_name_with_schema, reference.escaped_column_name)
        if default is not None:
            yield alter + "DROP DEFAULT"
        yield _cast(reference, full, renames)
        if default is not None:
            yield alter + "SET DEFAULT " + _renamed_default(schema, default, name, renames)
    for operator, function in _OPERATORS:
        yield 'DROP OPERATOR IF EXISTS "%s".%s ( %s, %s )' % (schema, operator, full, old_full)
        yield ('DROP FUNCTION "%s".%s( new_enum_val %s, old_enum_val %s )'
               % (schema, function, full, old_full))
    yield "DROP TYPE " + old_full
    for index in indexes:
        yield _renamed_index(index.definition, name, renames, schema)


@_Operations.register_operation("sync_enum_values")
class SyncEnumValuesOp(_MigrateOperation):
    @classmethod
    def sync_enum_values(cls, operations, enum_schema, enum_name, new_values, affected_columns,
                         enum_values_to_rename=(), indexes_to_recreate=None):
        dialect = operations.migration_context.dialect.name
        if dialect != "postgresql":
            _log.warning("This library only supports postgresql, but you are using %s, skipping"
                         % dialect)
            return
        renames = [tuple(pair) for pair in enum_values_to_rename]
        connection = operations.get_bind()
        references = []
        for column in affected_columns:
            if isinstance(column, tuple):
                table_name, column_name = column[0], column[1]
                references.append(TableReference(
                    table_name, column_name, enum_schema,
                    column[2] if len(column) > 2 else ColumnType.COMMON,
                    _default_of(connection, enum_schema, table_name, column_name)))
            elif isinstance(column, TableReference):
                if column.table_schema is _Unspecified:
                    column = TableReference(
                        column.table_name, column.column_name, enum_schema, column.column_type,
                        column.existing_server_default)
                references.append(column)
            else:
                raise ValueError("Affected columns must contain tuples or TableReferences")
        for statement in _statements(enum_schema, enum_name, new_values, references, renames,
                                     indexes_to_recreate or []):
            connection.execute(_sa.text(statement))


@_Operations.register_operation("add_enum_value")
class AddEnumValuesOp(_MigrateOperation):
    @classmethod
    def add_enum_value(cls, operations, enum_schema, enum_name, new_value, before_value=None):
        dialect = operations.migration_context.dialect.name
        if dialect != "postgresql":
            _log.warning("This library only supports postgresql, but you are using %s, skipping"
                         % dialect)
            return
        place = " AFTER '%s'" % before_value if before_value else ""
        operations.get_bind().execute(_sa.text(
            'ALTER TYPE "%s"."%s" ADD VALUE \'%s\'%s'
            % (enum_schema, enum_name, new_value, place)))
