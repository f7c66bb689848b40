//! The special names (`__len__`) that built-in classes have in CPython 3.9 to 3.13.

/// Those that every object has.
pub(super) const OF_OBJECTS: &str = "delattr dir doc eq format ge getattribute getstate gt hash init init_subclass le lt ne new reduce \
     reduce_ex repr setattr sizeof str subclasshook";

/// Those that every module has, or may have.
pub(super) const OF_MODULES: &str =
    "annotations builtins cached class doc file loader package path spec";

/// Those of the class of enumerations.
pub(super) const OF_ENUMERATIONS: &str = "bool contains getattr getitem iter len reversed";

/// Module, class, and the names that it adds to those of its bases, without the underscores.
pub(super) const OF_CLASSES: &[(&str, &str, &str)] = &[
    ("builtins", "BaseException", "cause context setstate suppress_context traceback"),
    ("builtins", "NoneType", "bool"),
    ("builtins", "NotImplementedType", "bool"),
    ("builtins", "bool", "and or rand ror rxor xor"),
    ("builtins", "builtin_function_or_method", "call self text_signature"),
    (
        "builtins",
        "bytes",
        "add buffer bytes contains getitem getnewargs iter len mod mul rmod rmul",
    ),
    ("builtins", "classmethod", "func get isabstractmethod wrapped"),
    (
        "builtins",
        "dict",
        "class_getitem contains delitem getitem ior iter len or reversed ror setitem",
    ),
    ("builtins", "dict_itemiterator", "iter length_hint next"),
    ("builtins", "dict_items", "and contains iter len or rand reversed ror rsub rxor sub xor"),
    ("builtins", "dict_keyiterator", "iter length_hint next"),
    ("builtins", "dict_keys", "and contains iter len or rand reversed ror rsub rxor sub xor"),
    ("builtins", "dict_valueiterator", "iter length_hint next"),
    ("builtins", "dict_values", "iter len reversed"),
    ("builtins", "enumerate", "class_getitem iter next"),
    ("builtins", "filter", "iter next"),
    (
        "builtins",
        "float",
        "abs add bool ceil divmod float floor floordiv getformat getnewargs int mod mul neg pos \
         pow radd rdivmod rfloordiv rmod rmul round rpow rsub rtruediv sub truediv trunc",
    ),
    ("builtins", "frozenset", "and class_getitem contains iter len or rand ror rsub rxor sub xor"),
    (
        "builtins",
        "function",
        "annotations builtins call closure code defaults get globals kwdefaults type_params",
    ),
    ("builtins", "generator", "del iter next qualname"),
    (
        "builtins",
        "int",
        "abs add and bool ceil divmod float floor floordiv getnewargs index int invert lshift \
         mod mul neg or pos pow radd rand rdivmod rfloordiv rlshift rmod rmul ror round rpow \
         rrshift rshift rsub rtruediv rxor sub truediv trunc xor",
    ),
    (
        "builtins",
        "list",
        "add class_getitem contains delitem getitem iadd imul iter len mul reversed rmul \
         setitem",
    ),
    ("builtins", "iterator", "class_getitem iter length_hint next setstate"),
    ("builtins", "list_iterator", "iter length_hint next setstate"),
    ("builtins", "list_reverseiterator", "iter length_hint next setstate"),
    ("builtins", "map", "iter next"),
    (
        "builtins",
        "method",
        "annotations builtins call closure code defaults func globals kwdefaults self",
    ),
    ("builtins", "property", "delete get isabstractmethod set set_name"),
    ("builtins", "range", "bool contains getitem iter len reversed"),
    ("builtins", "range_iterator", "iter length_hint next setstate"),
    (
        "builtins",
        "set",
        "and class_getitem contains iand ior isub iter ixor len or rand ror rsub rxor sub xor",
    ),
    ("builtins", "set_iterator", "iter length_hint next"),
    ("builtins", "staticmethod", "call func get isabstractmethod wrapped"),
    ("builtins", "str", "add contains getitem getnewargs iter len mod mul rmod rmul"),
    ("builtins", "str_ascii_iterator", "iter length_hint next setstate"),
    ("builtins", "super", "get self self_class thisclass"),
    ("builtins", "tuple", "add class_getitem contains getitem getnewargs iter len mul rmul"),
    ("builtins", "tuple_iterator", "iter length_hint next setstate"),
    (
        "builtins",
        "type",
        "abstractmethods base bases basicsize call dictoffset firstlineno flags instancecheck \
         itemsize mro or prepare ror static_attributes subclasscheck subclasses text_signature \
         type_params weakrefoffset",
    ),
    ("builtins", "zip", "iter next setstate"),
    ("collections", "Counter", "add and delitem iadd iand ior isub missing neg or pos sub"),
    ("collections", "OrderedDict", "delitem ior iter or reversed ror setitem"),
    ("collections", "defaultdict", "class_getitem copy missing or ror"),
    (
        "collections",
        "deque",
        "add class_getitem contains copy delitem getitem iadd imul iter len mul reversed rmul \
         setitem",
    ),
    ("datetime", "date", "add radd replace rsub sub"),
    ("datetime", "datetime", "add radd replace rsub sub"),
    ("datetime", "time", "reduce replace"),
    (
        "datetime",
        "timedelta",
        "abs add bool divmod floordiv mod mul neg pos radd rdivmod rfloordiv rmod rmul rsub \
         rtruediv sub truediv",
    ),
    ("datetime", "timezone", "getinitargs"),
    (
        "decimal",
        "Decimal",
        "abs add bool ceil complex copy deepcopy divmod float floor floordiv int mod mul neg \
         pos pow radd rdivmod rfloordiv rmod rmul round rpow rsub rtruediv sub truediv trunc",
    ),
    ("itertools", "chain", "class_getitem iter next setstate"),
    ("itertools", "count", "iter next"),
    ("re", "Match", "class_getitem copy deepcopy getitem"),
    ("re", "Pattern", "class_getitem copy deepcopy"),
    (
        "types",
        "GenericAlias",
        "args call getitem instancecheck iter mro_entries or origin parameters ror \
         subclasscheck typing_unpacked_tuple_args unpacked",
    ),
    ("types", "UnionType", "args getitem or parameters ror"),
    ("uuid", "UUID", "int setstate slots weakref"),
];
