from sqlalchemy import MetaData as _MetaData
from sqlmodel.sql.sqltypes import AutoString
from _limbeck import unsupported as _unsupported


class SQLModel:
    # Models are not made here, so that it lacks their tables.
    metadata = _MetaData(info={"_limbeck_partial": True})

    def __init_subclass__(cls, **keywords):
        if keywords:
            _unsupported("a model of sqlmodel")
