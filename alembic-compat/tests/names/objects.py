"""Objects of SQLAlchemy, by the names of limbeck's classes; what a version has not got is left out."""

import importlib

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite

V14 = sa.__version__.startswith("1.")

TYPES = """
    String Unicode Text UnicodeText VARCHAR NVARCHAR CHAR NCHAR TEXT CLOB LargeBinary BLOB BINARY
    VARBINARY Integer SmallInteger BigInteger INTEGER SMALLINT BIGINT Numeric Float Double NUMERIC
    DECIMAL FLOAT REAL DOUBLE DOUBLE_PRECISION Boolean BOOLEAN DateTime Date Time TIMESTAMP DATETIME
    DATE TIME Interval Enum Uuid UUID JSON ARRAY PickleType TypeDecorator
    postgresql.BIT postgresql.BYTEA postgresql.CITEXT postgresql.DOMAIN postgresql.ENUM
    postgresql.INTERVAL postgresql.JSON postgresql.JSONB postgresql.JSONPATH postgresql.ARRAY
    postgresql.TIME postgresql.TIMESTAMP postgresql.INET postgresql.CIDR postgresql.MACADDR
    postgresql.MACADDR8 postgresql.MONEY postgresql.OID postgresql.REGCONFIG postgresql.REGCLASS
    postgresql.TSQUERY postgresql.TSVECTOR postgresql.HSTORE postgresql.INT4RANGE
    postgresql.INT8RANGE postgresql.NUMRANGE postgresql.DATERANGE postgresql.TSRANGE
    postgresql.TSTZRANGE postgresql.INT4MULTIRANGE postgresql.INT8MULTIRANGE
    postgresql.NUMMULTIRANGE postgresql.DATEMULTIRANGE postgresql.TSMULTIRANGE
    postgresql.TSTZMULTIRANGE
    mysql.BIGINT mysql.INTEGER mysql.SMALLINT mysql.MEDIUMINT mysql.TINYINT mysql.BIT mysql.CHAR
    mysql.NCHAR mysql.NVARCHAR mysql.VARCHAR mysql.TEXT mysql.TINYTEXT mysql.MEDIUMTEXT
    mysql.LONGTEXT mysql.TINYBLOB mysql.MEDIUMBLOB mysql.LONGBLOB mysql.DECIMAL mysql.NUMERIC
    mysql.FLOAT mysql.REAL mysql.DOUBLE mysql.DATETIME mysql.TIME mysql.TIMESTAMP mysql.ENUM
    mysql.SET mysql.JSON mysql.YEAR mysql.INET4 mysql.INET6
    sqlite.DATE sqlite.DATETIME sqlite.TIME sqlite.JSON sqlite.JSONB
""".split()

ARGUMENTS = {
    "Enum": "'a', 'b', name='e'",
    "ARRAY": "sa.Integer()",
    "postgresql.ENUM": "'a', 'b', name='e'",
    "postgresql.ARRAY": "sa.Integer()",
    "postgresql.DOMAIN": "'d', sa.Integer()",
    "mysql.ENUM": "'a', 'b'",
    "mysql.SET": "'a', 'b'",
}

EXCEPTIONS = """
    SQLAlchemyError ArgumentError DuplicateColumnError ConstraintColumnNotFoundError
    ObjectNotExecutableError NoSuchModuleError NoForeignKeysError AmbiguousForeignKeysError
    CompileError IdentifierError InvalidRequestError NoInspectionAvailable PendingRollbackError
    ResourceClosedError NoSuchColumnError NoResultFound MultipleResultsFound NoReferenceError
    NoSuchTableError UnreflectableTableError UnboundExecutionError
""".split()

STATEMENT_ERRORS = """
    DBAPIError InterfaceError DatabaseError DataError OperationalError IntegrityError InternalError
    ProgrammingError NotSupportedError
""".split()


class Decorated(sa.TypeDecorator):
    impl = sa.String
    cache_ok = True


def dialects():
    made = [postgresql.dialect(), mysql.dialect(), sqlite.dialect()]
    for name in ["postgresql.psycopg2", "postgresql.asyncpg", "postgresql.psycopg", "mysql.pymysql",
                 "mysql.mysqldb", "sqlite.aiosqlite"]:
        try:
            made.append(importlib.import_module("sqlalchemy.dialects." + name).dialect())
        except Exception:
            pass
    return made


def expressions():
    """Expressions, by key: the code that makes objects of this class."""
    import datetime

    engine = sa.create_engine("sqlite://")
    connection = engine.connect()
    metadata = sa.MetaData()
    t = sa.Table(
        "t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String(5)),
        sa.Column("p", sa.Integer, sa.ForeignKey("p.id")),
    )
    p = sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    metadata.create_all(connection)
    class Model(orm.declarative_base()):
        __tablename__ = "p"
        id = sa.Column(sa.Integer, primary_key=True)

    a = sa.table("a", sa.column("x"), sa.column("y"))
    names = dict(globals(), **locals())
    select = (lambda *columns: sa.select(*columns))
    names["select"] = select

    def rows():
        return connection.execute(sa.text("SELECT 1 AS a, 2 AS b"))

    names["rows"] = rows
    element = "sqlalchemy.sql.elements."
    schema = "sqlalchemy.sql.schema."
    selectable = "sqlalchemy.sql.selectable."
    engine_ = "sqlalchemy.engine."
    wanted = {
        engine_ + "base.Connection": ["connection"],
        engine_ + "base.Engine": ["engine"],
        engine_ + "mock.MockConnection": ["sa.create_mock_engine('sqlite://', print)"],
        engine_ + "base.RootTransaction": ["engine.connect().begin()"],
        engine_ + "base.NestedTransaction": ["connection.begin_nested()"],
        engine_ + "row.Row": ["orm.Session(engine).execute(sa.text('SELECT 1 AS a')).first()"],
        engine_ + "row.LegacyRow": ["rows().first()"] if V14 else [],
        engine_ + "row.RowMapping": ["rows().mappings().first()"],
        engine_ + "cursor.CursorResult": [
            "rows()", "connection.execute(t.insert().values(a='x'))",
        ],
        engine_ + "result.ScalarResult": ["rows().scalars()"],
        engine_ + "result.MappingResult": ["rows().mappings()"],
        engine_ + "result.ChunkedIteratorResult": ["orm.Session(engine).execute(select(Model.id))"],
        engine_ + "result.RMKeyView": ["rows().keys()"],
        engine_ + "reflection.Inspector": ["sa.inspect(engine)"],
        "sqlalchemy.dialects.postgresql.base.PGInspector": [
            "of_class(postgresql.base.PGInspector, sa.inspect(engine))",
        ],
        engine_ + "interfaces.Dialect": ["*dialects()", "engine.dialect"],
        engine_ + "url.URL": ["engine.url"],
        element + "TextClause": ["sa.text('x')", "sa.text('x').bindparams()"],
        element + "BindParameter": ["sa.bindparam('x', 1)", "*[sa.bindparam('x', type_=x) for x in types()]"],
        element + "ColumnClause": ["sa.column('x')", "*[sa.column('x', x) for x in types()]", "a.c.x"],
        element + "BinaryExpression": ["sa.column('x') == 1", "*[sa.column('x', x).op('+', return_type=x)(sa.null()) for x in types()]"],
        element + "Label": ["sa.column('x').label('y')", "*[sa.column('x', x).label('y') for x in types()]"],
        element + "Function": [
            "sa.func.foo(1)", "sa.func.now()", "sa.func.count()", "sa.func.coalesce(1, 2)",
            "sa.func.sum(sa.column('x'))", "sa.func.array_agg(sa.column('x'))", "sa.func.random()",
            "*[sa.func.foo(1, type_=x) for x in types()]", "sa.func.current_timestamp()",
            "sa.func.concat('a')", "sa.func.grouping_sets('a')", "sa.func.percentile_cont(0.5)",
            "sa.func.rank()", "sa.func.next_value(sa.Sequence('s'))",
        ],
        schema + "Column": ["sa.Column('x', sa.Integer)", "t.c.id", "t.c.p", "*[sa.Column('x', x) for x in types()]"],
        schema + "Sequence": ["sa.Sequence('s')"],
        schema + "Identity": ["sa.Identity()"],
        schema + "Computed": ["sa.Computed('1')"],
        schema + "FetchedValue": ["sa.FetchedValue()"],
        schema + "DefaultClause": ["sa.DefaultClause('1')", "sa.Column('x', server_default='1').server_default"],
        schema + "ScalarElementColumnDefault": ["sa.Column('x', default=1).default"],
        schema + "CallableColumnDefault": ["sa.Column('x', default=lambda: 1).default"],
        schema + "ColumnElementColumnDefault": ["sa.Column('x', default=sa.text('1')).default"],
        schema + "PrimaryKeyConstraint": ["t.primary_key", "sa.PrimaryKeyConstraint('x')"],
        schema + "UniqueConstraint": ["sa.UniqueConstraint('x')"],
        schema + "CheckConstraint": ["sa.CheckConstraint('x > 1')"],
        schema + "ForeignKeyConstraint": ["sa.ForeignKeyConstraint(['x'], ['y.z'])", "*t.foreign_key_constraints"],
        "sqlalchemy.dialects.postgresql.ExcludeConstraint": ["postgresql.ExcludeConstraint(('x', '='))"],
        schema + "ForeignKey": ["sa.ForeignKey('x.y')", "*t.foreign_keys"],
        schema + "Index": ["sa.Index('i', t.c.a)", "sa.Index('i', 'x')"],
        schema + "Table": ["t", "sa.Table('e', sa.MetaData())"],
        schema + "MetaData": ["metadata"],
        selectable + "TableClause": ["a"],
        selectable + "Join": ["t.join(p)"],
        selectable + "Alias": ["t.alias('x')", "a.alias()"],
        selectable + "TableAlias": ["t.alias('x')", "a.alias()"],
        selectable + "Subquery": ["select(t.c.id).subquery()"],
        selectable + "CTE": ["select(t.c.id).cte()"],
        selectable + "Lateral": ["select(t.c.id).lateral()"],
        selectable + "Values": ["sa.values(sa.column('x'), name='v').data([(1,)])"],
        selectable + "Select": ["select(t.c.id)", "select(t)"],
        selectable + "CompoundSelect": ["select(t.c.id).union(select(p.c.id))"],
        "sqlalchemy.sql.base.ColumnCollection": ["a.c", "t.c"],
        "sqlalchemy.sql.dml.Insert": ["t.insert()"],
        "sqlalchemy.sql.dml.Update": ["t.update()"],
        "sqlalchemy.sql.dml.Delete": ["t.delete()"],
        "sqlalchemy.dialects.postgresql.dml.Insert": ["postgresql.insert(t)"],
        "sqlalchemy.dialects.mysql.dml.Insert": ["mysql.insert(t)"],
        "sqlalchemy.dialects.sqlite.dml.Insert": ["sqlite.insert(t)"],
        "sqlalchemy.sql.ddl.CreateTable": ["sa.schema.CreateTable(t)"],
        "sqlalchemy.sql.ddl.DropTable": ["sa.schema.DropTable(t)"],
        "sqlalchemy.sql.ddl.CreateIndex": ["sa.schema.CreateIndex(sa.Index('i', t.c.a))"],
        "sqlalchemy.sql.ddl.CreateSequence": ["sa.schema.CreateSequence(sa.Sequence('s'))"],
        "sqlalchemy.sql.ddl.DropSequence": ["sa.schema.DropSequence(sa.Sequence('s'))"],
        "sqlalchemy.sql.ddl.CreateSchema": ["sa.schema.CreateSchema('s')"],
        "sqlalchemy.sql.ddl.DropSchema": ["sa.schema.DropSchema('s')"],
        "sqlalchemy.sql.ddl.DDL": ["sa.DDL('x')"],
        "sqlalchemy.sql.elements.quoted_name": ["sa.sql.quoted_name('x', True)"],
        "sqlalchemy.sql.elements.conv": ["sa.sql.elements.conv('x')"],
        "sqlalchemy.orm.session.Session": ["orm.Session(engine)"],
        "sqlalchemy.orm.scoping.scoped_session": ["orm.scoped_session(orm.sessionmaker(engine))"],
        "sqlalchemy.orm.session.SessionTransaction": ["orm.Session(engine).begin()"],
        "sqlalchemy.orm.session.sessionmaker": ["orm.sessionmaker(engine)"],
        "sqlalchemy.orm.query.Query": ["orm.Session(engine).query(t)"],
        "sqlalchemy.sql.type_api.TypeEngine": ["sa.types.TypeEngine()"],
        "sqlalchemy.sql.sqltypes.NullType": ["sa.types.NullType()"],
        "sqlalchemy.sql.sqltypes.TypeDecorator": ["Decorated()", "Decorated(3)"],
        "sqlalchemy.sql.sqltypes.UserDefinedType": ["sa.types.UserDefinedType()"],
        "sqlalchemy.orm.decl_api.Base": ["*models()"],
        "alembic.operations.base.BatchOperations": ["batch()"],
        "alembic.runtime.migration.MigrationContext": ["migration_context()"],
    }
    for name in EXCEPTIONS:
        wanted["sqlalchemy.exc." + name] = [f"exc.{name}('x')", f"exc.{name}('x', 'y')"]
    wanted["sqlalchemy.exc.NoReferencedColumnError"] = ["exc.NoReferencedColumnError('x', 't', 'u', 'c')"]
    wanted["sqlalchemy.exc.NoReferencedTableError"] = ["exc.NoReferencedTableError('x', 't')"]
    wanted["sqlalchemy.exc.UnsupportedCompilationError"] = [
        "exc.UnsupportedCompilationError(sqlite.dialect().statement_compiler(sqlite.dialect(), None), sa.Text)"
    ]
    wanted["sqlalchemy.exc.StatementError"] = ["exc.StatementError('x', 's', {}, None)"]
    for name in STATEMENT_ERRORS:
        wanted["sqlalchemy.exc." + name] = [f"exc.{name}('x', {{}}, Exception())"]
    for name in TYPES:
        if name == "TypeDecorator":
            continue
        dialect, _, short = name.rpartition(".")
        key = f"sqlalchemy.dialects.{dialect}.{short}" if dialect else "sqlalchemy.sql.sqltypes." + name
        source = name if dialect else "sa." + name
        wanted[key] = [f"{source}({ARGUMENTS.get(name, '')})"]
        if name in ("JSON", "postgresql.JSON", "postgresql.JSONB", "Boolean"):
            continue

    def types():
        made = []
        for name in ["Integer()", "String()", "DateTime()", "Date()", "Interval()", "Numeric()",
                     "JSON()", "ARRAY(sa.Integer())", "Boolean()", "LargeBinary()", "Time()"]:
            made.append(eval("sa." + name))
        made += [postgresql.JSON(), postgresql.JSONB(), postgresql.HSTORE(),
                 postgresql.ARRAY(sa.Integer()), postgresql.INT4RANGE(), postgresql.TSVECTOR()]
        if hasattr(sa, "Uuid"):
            made.append(sa.Uuid())
        for name in ["INT4MULTIRANGE", "JSONPATH"]:
            if hasattr(postgresql, name):
                made.append(getattr(postgresql, name)())
        return made

    def models():
        """A model, whose own column has a name that cannot be asked for."""
        made = [orm.declarative_base()]
        if hasattr(orm, "DeclarativeBase"):
            made.append(type("Base", (orm.DeclarativeBase,), {}))
        columns = (sa.Column(sa.Integer, primary_key=True) for _ in made)
        bodies = [{" id": column, "__tablename__": "m"} for column in columns]
        return [type("M", (base,), body)() for base, body in zip(made, bodies)] + made

    def of_class(cls, like):
        made = cls.__new__(cls)
        made.__dict__.update(like.__dict__)
        return made

    def batch():
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        kept = []
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as one:
            kept.append(one)
        return kept[0]

    def migration_context():
        from alembic.migration import MigrationContext

        return MigrationContext.configure(connection)

    names.update(of_class=of_class, types=types, models=models, batch=batch, migration_context=migration_context)
    return wanted, names


def objects():
    wanted, names = expressions()
    made = {}
    for key, sources in wanted.items():
        found = []
        for source in sources:
            try:
                found.extend(eval(f"[{source}]", names))
            except Exception as error:
                import os
                import sys

                if os.environ.get("NAMES_SHOW"):
                    print(sa.__version__, key, source, repr(error), file=sys.stderr)
        made[key] = found
    return made
