//! The attributes that built-in classes have in CPython 3.9 to 3.13: one that Python has and that is
//! lacking here is not supported, where `hasattr` would else say that there is none.

mod special;

use std::rc::Rc;

use super::class::Class;

/// Whether the objects of a class have an attribute in Python, or may have it.
pub(super) fn python_has(class: &Rc<Class>, name: &str) -> bool {
    let own = class.order().filter(|class| !class.traits.is_python);
    match special_name(name) {
        // What Python adds to classes of its own, depending on its version and on what was read.
        Some("annotations" | "weakref") if class.traits.is_python => true,
        Some(name) => {
            lists(special::OF_OBJECTS, name)
                || own.into_iter().any(|class| is_in(special::OF_CLASSES, class, name))
        }
        None => {
            own.into_iter().any(|class| is_in(NAMES, class, name))
                || lists(OF_MEMBERS, name) && is_enumeration(class)
        }
    }
}

/// Whether a class itself has an attribute in Python, or may have it.
pub(super) fn python_class_has(class: &Rc<Class>, name: &str) -> bool {
    let of_type = special_name(name).is_some_and(|name| {
        let of_type = special::OF_CLASSES.iter().filter(|(_, of, _)| *of == "type");
        of_type.into_iter().any(|(_, _, names)| lists(names, name))
            || lists(special::OF_ENUMERATIONS, name) && is_enumeration(class)
    });
    // Whether there are annotations at all is asked of `type`.
    of_type || name != "__annotations__" && python_has(class, name)
}

/// Whether a module has an attribute in Python that is not one of its names, or may have it.
pub(super) fn python_module_has(name: &str) -> bool {
    special_name(name)
        .is_some_and(|name| lists(special::OF_MODULES, name) || lists(special::OF_OBJECTS, name))
}

fn is_enumeration(class: &Rc<Class>) -> bool {
    class.order().any(|class| class.name == "Enum" && class.module == "enum")
}

fn special_name(name: &str) -> Option<&str> {
    name.strip_prefix("__")?.strip_suffix("__")
}

fn lists(names: &str, name: &str) -> bool {
    names.split(' ').any(|other| other == name)
}

fn is_in(table: &[(&str, &str, &str)], class: &Class, name: &str) -> bool {
    let known =
        table.iter().filter(|(module, of, _)| *of == &*class.name && *module == &*class.module);
    known.into_iter().any(|(_, _, names)| lists(names, name))
}

/// What enumerations and their members have beside the members themselves.
const OF_MEMBERS: &str = "_generate_next_value_ _hashable_values_ _member_map_ _member_names_ \
                          _member_type_ _missing_ _new_member_ _sort_order_ _unhashable_values_ \
                          _unhashable_values_map_ _use_args_ _value2member_map_ _value_repr_";

/// Module, class, and the attributes that it adds to those of its bases, without the special
/// names.
const NAMES: &[(&str, &str, &str)] = &[
    ("builtins", "AttributeError", "name obj"),
    ("builtins", "BaseException", "add_note args with_traceback"),
    ("builtins", "BaseExceptionGroup", "derive exceptions message split subgroup"),
    ("builtins", "ImportError", "msg name name_from path"),
    ("builtins", "NameError", "name"),
    ("builtins", "OSError", "characters_written errno filename filename2 strerror"),
    ("builtins", "StopIteration", "value"),
    (
        "builtins",
        "SyntaxError",
        "end_lineno end_offset filename lineno msg offset print_file_and_line text",
    ),
    ("builtins", "SystemExit", "code"),
    ("builtins", "UnicodeDecodeError", "encoding end object reason start"),
    ("builtins", "UnicodeEncodeError", "encoding end object reason start"),
    ("builtins", "UnicodeTranslateError", "encoding end object reason start"),
    (
        "builtins",
        "bytes",
        "capitalize center count decode endswith expandtabs find fromhex hex index isalnum \
         isalpha isascii isdigit islower isspace istitle isupper join ljust lower lstrip \
         maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition \
         rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
    ),
    ("builtins", "dict", "clear copy fromkeys get items keys pop popitem setdefault update values"),
    ("builtins", "float", "as_integer_ratio conjugate fromhex hex imag is_integer real"),
    (
        "builtins",
        "frozenset",
        "copy difference intersection isdisjoint issubset issuperset symmetric_difference union",
    ),
    (
        "builtins",
        "generator",
        "close gi_code gi_frame gi_running gi_suspended gi_yieldfrom send throw",
    ),
    (
        "builtins",
        "int",
        "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer \
         numerator real to_bytes",
    ),
    ("builtins", "list", "append clear copy count extend index insert pop remove reverse sort"),
    ("builtins", "property", "deleter fdel fget fset getter setter"),
    ("builtins", "range", "count index start step stop"),
    (
        "builtins",
        "set",
        "add clear copy difference difference_update discard intersection intersection_update \
         isdisjoint issubset issuperset pop remove symmetric_difference \
         symmetric_difference_update union update",
    ),
    ("builtins", "slice", "indices start step stop"),
    (
        "builtins",
        "str",
        "capitalize casefold center count encode endswith expandtabs find format format_map index \
         isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable \
         isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix \
         removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines \
         startswith strip swapcase title translate upper zfill",
    ),
    ("builtins", "tuple", "count index"),
    (
        "datetime",
        "date",
        "ctime day fromisocalendar fromisoformat fromordinal fromtimestamp isocalendar isoformat \
         isoweekday max min month replace resolution strftime timetuple today toordinal weekday \
         year",
    ),
    (
        "datetime",
        "datetime",
        "astimezone combine ctime date dst fold fromisoformat fromtimestamp hour isoformat max \
         microsecond min minute now replace resolution second strptime time timestamp timetuple \
         timetz tzinfo tzname utcfromtimestamp utcnow utcoffset utctimetuple",
    ),
    (
        "datetime",
        "time",
        "dst fold fromisoformat hour isoformat max microsecond min minute replace resolution \
         second strftime tzinfo tzname utcoffset",
    ),
    ("datetime", "timedelta", "days max microseconds min resolution seconds total_seconds"),
    ("datetime", "timezone", "dst fromutc max min tzname utc utcoffset"),
    ("datetime", "tzinfo", "dst fromutc tzname utcoffset"),
    (
        "decimal",
        "Decimal",
        "adjusted as_integer_ratio as_tuple canonical compare compare_signal compare_total \
         compare_total_mag conjugate copy_abs copy_negate copy_sign exp fma from_float imag \
         is_canonical is_finite is_infinite is_nan is_normal is_qnan is_signed is_snan \
         is_subnormal is_zero ln log10 logb logical_and logical_invert logical_or logical_xor max \
         max_mag min min_mag next_minus next_plus next_toward normalize number_class quantize \
         radix real remainder_near rotate same_quantum scaleb shift sqrt to_eng_string \
         to_integral to_integral_exact to_integral_value",
    ),
    (
        "uuid",
        "UUID",
        "bytes bytes_le clock_seq clock_seq_hi_variant clock_seq_low fields hex int is_safe node \
         time time_hi_version time_low time_mid urn variant version",
    ),
];
