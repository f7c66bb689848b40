from sqlalchemy import types as _types


class CIText(_types.UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **kw):
        return "CITEXT"
