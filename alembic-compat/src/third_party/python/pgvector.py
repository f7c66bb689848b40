from sqlalchemy import types as _types
from sqlalchemy.dialects.postgresql import BIT as _BIT


class _Dimensioned(_types.UserDefinedType):
    cache_ok = True

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def get_col_spec(self, **kw):
        name = type(self).__name__.upper()
        return name if self.dim is None else "%s(%d)" % (name, self.dim)


class VECTOR(_Dimensioned):
    pass


class HALFVEC(_Dimensioned):
    pass


class SPARSEVEC(_Dimensioned):
    pass


Vector = VECTOR


class BIT(_types.TypeDecorator):
    impl = _BIT
    cache_ok = True
