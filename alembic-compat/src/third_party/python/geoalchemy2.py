import sqlalchemy as _sa
from sqlalchemy import types as _types
from alembic.context import get_context as _context
from alembic.operations import MigrateOperation as _MigrateOperation, Operations as _Operations
from _limbeck import unsupported as _unsupported


class _Spatial(_types.UserDefinedType):
    name = None

    def __init__(self, geometry_type="GEOMETRY", srid=-1, dimension=None, spatial_index=True,
                 use_N_D_index=False, use_typmod=None, from_text=None, name=None, nullable=True,
                 _spatial_index_reflected=None, management=None):
        if geometry_type:
            geometry_type = geometry_type.upper()
        self.geometry_type = geometry_type
        self.srid = -1 if srid is None else int(srid)
        self.dimension = dimension
        self.spatial_index = spatial_index
        self.use_N_D_index = use_N_D_index
        self.use_typmod = use_typmod
        self.nullable = nullable
        self.management = management
        if name is not None:
            self.name = name

    def get_col_spec(self, **kw):
        if _context().dialect.name != "postgresql":
            _unsupported("a type of geoalchemy2 on a database other than PostgreSQL")
        if self.use_typmod is not None or self.management:
            _unsupported("a type of geoalchemy2 with use_typmod or management")
        if not self.geometry_type:
            return self.name
        return "%s(%s,%s)" % (self.name, self.geometry_type, self.srid)


class Geometry(_Spatial):
    name = "geometry"


class Geography(_Spatial):
    name = "geography"


class Raster(_Spatial):
    name = "raster"

    def __init__(self, spatial_index=True, from_text=None, name=None, nullable=True,
                 _spatial_index_reflected=None):
        super().__init__(None, -1, None, spatial_index, name=name, nullable=nullable)


def _to_postgresql(operations):
    if operations.migration_context.dialect.name != "postgresql":
        _unsupported("an operation of geoalchemy2 on a database other than PostgreSQL")


def index_of_column(table_name, column_name, type_):
    """The index that a table gets with a spatial column."""
    if isinstance(type_, type) and issubclass(type_, _Spatial):
        type_ = type_()
    if not isinstance(type_, _Spatial) or type_.spatial_index is not True:
        return None
    element = _sa.column(column_name)
    if isinstance(type_, Raster):
        element = _sa.func.ST_ConvexHull(element)
    operators = {column_name: "gist_geometry_ops_nd"} if type_.use_N_D_index else {}
    return _sa.Index("idx_%s_%s" % (table_name, column_name), element, postgresql_using="gist",
                     postgresql_ops=operators)


@_Operations.register_operation("create_geospatial_table")
class CreateGeospatialTableOp(_MigrateOperation):
    @classmethod
    def create_geospatial_table(cls, operations, table_name, *columns, **kw):
        _to_postgresql(operations)
        return operations.create_table(table_name, *columns, **kw)


@_Operations.register_operation("drop_geospatial_table")
class DropGeospatialTableOp(_MigrateOperation):
    @classmethod
    def drop_geospatial_table(cls, operations, table_name, schema=None, **kw):
        _to_postgresql(operations)
        return operations.drop_table(table_name, schema=schema, **kw)


@_Operations.register_operation("add_geospatial_column")
class AddGeospatialColumnOp(_MigrateOperation):
    @classmethod
    def add_geospatial_column(cls, operations, table_name, column, schema=None):
        _to_postgresql(operations)
        return operations.add_column(table_name, column, schema=schema)


@_Operations.register_operation("drop_geospatial_column")
class DropGeospatialColumnOp(_MigrateOperation):
    @classmethod
    def drop_geospatial_column(cls, operations, table_name, column_name, schema=None, **kw):
        _to_postgresql(operations)
        return operations.drop_column(table_name, column_name, schema=schema, **kw)


@_Operations.register_operation("create_geospatial_index")
class CreateGeospatialIndexOp(_MigrateOperation):
    @classmethod
    def create_geospatial_index(cls, operations, index_name, table_name, columns, schema=None,
                                unique=False, **kw):
        _to_postgresql(operations)
        return operations.create_index(index_name, table_name, columns, schema=schema,
                                       unique=unique, **kw)


@_Operations.register_operation("drop_geospatial_index")
class DropGeospatialIndexOp(_MigrateOperation):
    @classmethod
    def drop_geospatial_index(cls, operations, index_name, table_name, column_name, schema=None,
                              unique=False, **kw):
        _to_postgresql(operations)
        return operations.drop_index(index_name, table_name=table_name, schema=schema, **kw)
