//! Random types.

use limbeck_schema::Name;
use limbeck_schema::SqlType;
use limbeck_schema::expr::text;
use limbeck_schema::types::*;

use crate::random::Arguments;
use crate::random::Random;
use crate::random::py;
use crate::random::py_bool;

/// A type, half the time one of the commonest.
pub(crate) fn any_type(random: &mut Random) -> (SqlType, String) {
    let mut made = one_type(random);
    // Types that the dialect does not have are rare in a case: an error hides the rest of it.
    while made.0.compile(&random.target).is_err() && !random.chance(40) {
        made = one_type(random);
    }
    made
}

fn one_type(random: &mut Random) -> (SqlType, String) {
    match random.below(12) {
        0 | 1 => (SqlType::integer(), "sa.Integer()".to_owned()),
        2 | 3 => {
            let length = 1 + u32::try_from(random.below(255)).unwrap();
            (SqlType::string(length), format!("sa.String({length})"))
        }
        4 => (SqlType::text(), "sa.Text()".to_owned()),
        5 => {
            let zone = random.chance(2);
            (SqlType::date_time(zone), format!("sa.DateTime(timezone={})", py_bool(zone)))
        }
        6 => (SqlType::boolean(), "sa.Boolean()".to_owned()),
        _ => rare_type(random, 0),
    }
}

fn rare_type(random: &mut Random, depth: usize) -> (SqlType, String) {
    match random.below(if depth > 1 { 12 } else { 16 }) {
        0 | 1 => character(random),
        2 => integer(random),
        3 => numeric(random),
        4 => boolean(random),
        5 => binary(random),
        6 | 7 => temporal(random),
        8 => interval(random),
        9 => enumeration(random),
        10 => simple(random),
        11 => {
            if random.chance(2) {
                (
                    UserDefined {
                        class_name: "Own".to_owned(),
                        column_spec: "GEOMETRY(1)".to_owned(),
                    }
                    .into(),
                    "user_defined(\"GEOMETRY(1)\")".to_owned(),
                )
            } else {
                domain(random)
            }
        }
        12 => {
            let (item, source) = rare_type(random, 2);
            let dimensions = random.maybe(2, |random| u32::try_from(random.below(4)).unwrap());
            let class = random.pick(&["sa.ARRAY", "postgresql.ARRAY"]);
            let dimensions_source =
                dimensions.map_or(String::new(), |number| format!(", dimensions={number}"));
            (
                Array { item: Box::new(item), dimensions }.into(),
                format!("{class}({source}{dimensions_source})"),
            )
        }
        13 => {
            let (inner, source) = rare_type(random, 2);
            (Decorated::new("Wrapped", inner).into(), format!("decorated({source})"))
        }
        _ => {
            let (base, base_source) = rare_type(random, 2);
            let (other, other_source) = rare_type(random, 2);
            let dialects = random.pick(&[&["postgresql"][..], &["sqlite"], &["mysql", "mariadb"]]);
            let names: Vec<_> = dialects.iter().map(|name| py(name)).collect();
            (
                base.with_variant(&other, dialects.iter().copied()),
                format!("{base_source}.with_variant({other_source}, {})", names.join(", ")),
            )
        }
    }
}

fn small(random: &mut Random) -> u32 {
    u32::try_from(random.below(20)).unwrap()
}

fn mysql_arguments(random: &mut Random, arguments: &mut Arguments) -> MysqlCharacter {
    let mut mysql = MysqlCharacter::default();
    if random.chance(3) {
        mysql.charset = Some("utf8mb4".to_owned());
    }
    arguments.text("charset", mysql.charset.as_ref());
    let mut flag = |name: &str| {
        let value = random.maybe(5, |_| true);
        arguments.flag(name, value);
        value.is_some()
    };
    mysql.ascii = flag("ascii");
    mysql.unicode = flag("unicode");
    mysql.binary = flag("binary");
    mysql.national = flag("national");
    mysql
}

fn character(random: &mut Random) -> (SqlType, String) {
    use CharacterKind::*;
    let (kind, class) = random.pick(&[
        (String, "sa.String"),
        (String, "sa.String"),
        (Unicode, "sa.Unicode"),
        (Text, "sa.Text"),
        (UnicodeText, "sa.UnicodeText"),
        (Varchar, "sa.VARCHAR"),
        (Nvarchar, "sa.NVARCHAR"),
        (Char, "sa.CHAR"),
        (Nchar, "sa.NCHAR"),
        (UpperText, "sa.TEXT"),
        (Clob, "sa.CLOB"),
        (Citext, "postgresql.CITEXT"),
        (Tinytext, "mysql.TINYTEXT"),
        (Mediumtext, "mysql.MEDIUMTEXT"),
        (Longtext, "mysql.LONGTEXT"),
        (Varchar, "mysql.VARCHAR"),
        (Char, "mysql.CHAR"),
        (UpperText, "mysql.TEXT"),
    ]);
    let mut character: Character = kind.into();
    let mut arguments = Arguments::default();
    if !matches!(kind, Tinytext | Mediumtext | Longtext) {
        character.length = random.maybe(2, small);
        arguments.number("length", character.length);
    }
    character.collation =
        random.maybe(4, |random| random.pick(&["C", "utf8_bin", "de_DE"]).to_owned());
    arguments.text("collation", character.collation.as_ref());
    if character.collation.is_some() && class.starts_with("sa.") && random.chance(3) {
        character.collation_schema = Some("pg_catalog".to_owned());
        arguments.text("collation_schema", character.collation_schema.as_ref());
    }
    if class.starts_with("mysql") {
        character.mysql = mysql_arguments(random, &mut arguments);
    }
    (character.into(), format!("{class}({})", arguments.join()))
}

fn integer(random: &mut Random) -> (SqlType, String) {
    use IntegerKind::*;
    let (kind, class) = random.pick(&[
        (Integer, "sa.Integer"),
        (SmallInteger, "sa.SmallInteger"),
        (BigInteger, "sa.BigInteger"),
        (UpperInteger, "sa.INTEGER"),
        (Smallint, "sa.SMALLINT"),
        (Bigint, "sa.BIGINT"),
        (UpperInteger, "mysql.INTEGER"),
        (Smallint, "mysql.SMALLINT"),
        (Bigint, "mysql.BIGINT"),
        (Mediumint, "mysql.MEDIUMINT"),
        (Tinyint, "mysql.TINYINT"),
    ]);
    let mut integer: limbeck_schema::types::Integer = kind.into();
    let mut arguments = Arguments::default();
    if class.starts_with("mysql") {
        integer.display_width = random.maybe(2, small);
        integer.unsigned = random.chance(2);
        integer.zerofill = random.chance(4);
        arguments.number("display_width", integer.display_width);
        arguments.flag("unsigned", Some(integer.unsigned));
        arguments.flag("zerofill", Some(integer.zerofill));
    }
    (integer.into(), format!("{class}({})", arguments.join()))
}

fn numeric(random: &mut Random) -> (SqlType, String) {
    use NumericKind::*;
    let (kind, class, scale) = random.pick(&[
        (Numeric, "sa.Numeric", true),
        (Float, "sa.Float", false),
        (Double, "sa.Double", false),
        (UpperNumeric, "sa.NUMERIC", true),
        (Decimal, "sa.DECIMAL", true),
        (UpperFloat, "sa.FLOAT", false),
        (Real, "sa.REAL", false),
        (UpperDouble, "sa.DOUBLE", false),
        (DoublePrecision, "sa.DOUBLE_PRECISION", false),
        (UpperNumeric, "mysql.NUMERIC", true),
        (Decimal, "mysql.DECIMAL", true),
        (UpperDouble, "mysql.DOUBLE", true),
        (Real, "mysql.REAL", true),
        (UpperFloat, "mysql.FLOAT", true),
        (DoublePrecision, "postgresql.DOUBLE_PRECISION", false),
    ]);
    let mut numeric: limbeck_schema::types::Numeric = kind.into();
    let mut arguments = Arguments::default();
    numeric.precision = random.maybe(2, small);
    let both = matches!(class, "mysql.DOUBLE" | "mysql.REAL");
    if both {
        numeric.scale = numeric.precision.map(|_| small(random));
    } else if scale {
        numeric.scale = random.maybe(2, small);
    }
    arguments.number("precision", numeric.precision);
    if scale {
        arguments.number("scale", numeric.scale);
    }
    if class.starts_with("mysql") {
        numeric.unsigned = random.chance(2);
        arguments.flag("unsigned", Some(numeric.unsigned));
    }
    (numeric.into(), format!("{class}({})", arguments.join()))
}

fn boolean(random: &mut Random) -> (SqlType, String) {
    let upper = random.chance(3);
    let create_constraint = random.chance(2);
    let name = random.maybe(2, |_| "ck_bool".to_owned());
    let mut arguments = Arguments::default();
    arguments.flag("create_constraint", Some(create_constraint));
    arguments.text("name", name.as_ref());
    let class = if upper { "sa.BOOLEAN" } else { "sa.Boolean" };
    (
        Boolean { upper, create_constraint, name: name.as_deref().into() }.into(),
        format!("{class}({})", arguments.join()),
    )
}

fn binary(random: &mut Random) -> (SqlType, String) {
    use BinaryKind::*;
    if random.chance(6) {
        return (SqlType::pickle(), "sa.PickleType()".to_owned());
    }
    let (kind, class, sized) = random.pick(&[
        (LargeBinary, "sa.LargeBinary", true),
        (Blob, "sa.BLOB", true),
        (Binary, "sa.BINARY", true),
        (Varbinary, "sa.VARBINARY", true),
        (Bytea, "postgresql.BYTEA", true),
        (Tinyblob, "mysql.TINYBLOB", false),
        (Mediumblob, "mysql.MEDIUMBLOB", false),
        (Longblob, "mysql.LONGBLOB", false),
    ]);
    let length = if sized { random.maybe(2, small) } else { None };
    let mut arguments = Arguments::default();
    arguments.number("length", length);
    (
        limbeck_schema::types::Binary { kind, length }.into(),
        format!("{class}({})", arguments.join()),
    )
}

fn temporal(random: &mut Random) -> (SqlType, String) {
    use TemporalKind::*;
    let (kind, class) = random.pick(&[
        (DateTime, "sa.DateTime"),
        (Date, "sa.Date"),
        (Time, "sa.Time"),
        (Timestamp, "sa.TIMESTAMP"),
        (UpperDatetime, "sa.DATETIME"),
        (UpperDate, "sa.DATE"),
        (UpperTime, "sa.TIME"),
        (Timestamp, "postgresql.TIMESTAMP"),
        (UpperTime, "postgresql.TIME"),
        (Timestamp, "mysql.TIMESTAMP"),
        (UpperDatetime, "mysql.DATETIME"),
        (UpperTime, "mysql.TIME"),
        (DateTime, "sqlite.DATETIME"),
        (Date, "sqlite.DATE"),
        (Time, "sqlite.TIME"),
    ]);
    let mut temporal: Temporal = kind.into();
    let mut arguments = Arguments::default();
    if !matches!(kind, Date | UpperDate) && !class.starts_with("sqlite") {
        temporal.timezone = random.chance(2);
        arguments.flag("timezone", Some(temporal.timezone));
    }
    if class.starts_with("postgresql") {
        temporal.precision = random.maybe(2, |random| small(random) % 7);
        arguments.number("precision", temporal.precision);
    }
    if class.starts_with("mysql") {
        temporal.fsp = random.maybe(2, |random| small(random) % 7);
        arguments.number("fsp", temporal.fsp);
    }
    if class.starts_with("sqlite") && random.chance(2) {
        temporal.sqlite_char = true;
        arguments.push("storage_format=\"%(year)04d%(month)02d\"");
    }
    (temporal.into(), format!("{class}({})", arguments.join()))
}

fn interval(random: &mut Random) -> (SqlType, String) {
    let mut arguments = Arguments::default();
    if random.chance(2) {
        let native = random.chance(2);
        let second_precision = random.maybe(2, small);
        arguments.flag("native", Some(native));
        arguments.number("second_precision", second_precision);
        (
            Interval::Generic { native, second_precision }.into(),
            format!("sa.Interval({})", arguments.join()),
        )
    } else {
        let precision = random.maybe(2, small);
        let fields = random.maybe(2, |_| "YEAR TO MONTH".to_owned());
        arguments.number("precision", precision);
        arguments.text("fields", fields.as_ref());
        (
            Interval::Postgresql { precision, fields }.into(),
            format!("postgresql.INTERVAL({})", arguments.join()),
        )
    }
}

fn enumeration(random: &mut Random) -> (SqlType, String) {
    let values = random.pick(&[&["a", "bb"][..], &["it's", "50%", "a\\b"], &["x"]]);
    if random.chance(6) {
        let mut arguments = Arguments::default();
        for value in values {
            arguments.push(py(value));
        }
        let mysql = mysql_arguments(random, &mut arguments);
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        return (
            Set { values, collation: None, mysql }.into(),
            format!("mysql.SET({})", arguments.join()),
        );
    }
    let (kind, class) = random.pick(&[
        (EnumKind::Generic, "sa.Enum"),
        (EnumKind::Generic, "sa.Enum"),
        (EnumKind::Postgresql, "postgresql.ENUM"),
        (EnumKind::Mysql, "mysql.ENUM"),
    ]);
    let mut enumeration = Enum {
        kind,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..Enum::default()
    };
    let mut arguments = Arguments::default();
    for value in values {
        arguments.push(py(value));
    }
    if !random.chance(8) {
        let name = random.pick(&["kind", "Kind", "mood", "date"]).to_owned();
        arguments.text("name", Some(&name));
        enumeration.name = Name::Given(name);
    }
    enumeration.schema = random.maybe(5, |_| "s1".to_owned());
    arguments.text("schema", enumeration.schema.as_ref());
    if enumeration.schema.is_none() && random.chance(5) {
        enumeration.inherit_schema = true;
        arguments.flag("inherit_schema", Some(true));
    }
    if kind == EnumKind::Generic {
        enumeration.native_enum = !random.chance(3);
        arguments.flag("native_enum", Some(enumeration.native_enum));
        if random.chance(4) {
            enumeration.length = EnumLength::Given(40);
            arguments.number("length", Some(40));
        } else if random.chance(8) {
            enumeration.length = EnumLength::Unlimited;
            arguments.push("length=None");
        }
    }
    if kind == EnumKind::Mysql {
        enumeration.collation = random.maybe(4, |_| "utf8_bin".to_owned());
        arguments.text("collation", enumeration.collation.as_ref());
        enumeration.mysql = mysql_arguments(random, &mut arguments);
    } else if random.chance(3) {
        enumeration.create_type = false;
        arguments.flag("create_type", Some(false));
    }
    if random.chance(3) {
        enumeration.create_constraint = true;
        arguments.flag("create_constraint", Some(true));
    }
    (enumeration.into(), format!("{class}({})", arguments.join()))
}

fn simple(random: &mut Random) -> (SqlType, String) {
    match random.below(7) {
        0 => {
            let upper = random.chance(2);
            let native = random.chance(2);
            if upper {
                let class = random.pick(&["sa.UUID()", "postgresql.UUID(as_uuid=False)"]);
                (Uuid { upper, ..Uuid::default() }.into(), class.to_owned())
            } else {
                (
                    Uuid { upper, native, as_text: false }.into(),
                    format!("sa.Uuid(native_uuid={})", py_bool(native)),
                )
            }
        }
        1 | 2 => {
            let (json, source) = random.pick(&[
                (Json::Json, "sa.JSON()"),
                (Json::Json, "postgresql.JSON(astext_type=sa.Text())"),
                (Json::Json, "mysql.JSON()"),
                (Json::Json, "sqlite.JSON()"),
                (Json::Jsonb, "postgresql.JSONB()"),
                (Json::Jsonb, "sqlite.JSONB()"),
                (Json::Jsonpath, "postgresql.JSONPATH()"),
            ]);
            (json.into(), source.to_owned())
        }
        3 => {
            if random.chance(2) {
                let length = random.maybe(2, small);
                let varying = random.chance(2);
                let mut arguments = Arguments::default();
                arguments.number("length", length);
                arguments.flag("varying", Some(varying));
                let length = if varying { length } else { Some(length.unwrap_or(1).max(1)) };
                (Bit { length, varying }.into(), format!("postgresql.BIT({})", arguments.join()))
            } else {
                let width = random.maybe(2, |_| 4);
                let mut arguments = Arguments::default();
                arguments.number("display_width", width);
                (SqlType::Year(width), format!("mysql.YEAR({})", arguments.join()))
            }
        }
        _ => {
            let simple = random.pick(SimpleType::ALL);
            let module = match simple {
                SimpleType::Inet4 | SimpleType::Inet6 => "mysql",
                _ => "postgresql",
            };
            (simple.into(), format!("{module}.{}()", simple.class_name()))
        }
    }
}

fn domain(random: &mut Random) -> (SqlType, String) {
    let mut domain = Domain::new(random.pick(&["posint", "Dom"]), SqlType::integer());
    let mut arguments = Arguments::default();
    arguments.push(py(&domain.name));
    arguments.push("sa.Integer()");
    domain.schema = random.maybe(4, |_| "s1".to_owned());
    arguments.text("schema", domain.schema.as_ref());
    domain.collation = random.maybe(4, |_| "C".to_owned());
    arguments.text("collation", domain.collation.as_ref());
    domain.constraint_name = random.maybe(3, |_| "cn".to_owned());
    arguments.text("constraint_name", domain.constraint_name.as_ref());
    if random.chance(2) {
        domain.not_null = true;
        arguments.flag("not_null", Some(true));
    }
    if random.chance(2) {
        if random.chance(2) {
            domain.default = Some(limbeck_schema::expr::literal("5", None));
            arguments.push("default=\"5\"");
        } else {
            domain.default = Some(text("7 + 1"));
            arguments.push("default=sa.text(\"7 + 1\")");
        }
    }
    if random.chance(2) {
        domain.check = Some(text("VALUE > 0"));
        arguments.push("check=\"VALUE > 0\"");
    }
    (domain.into(), format!("postgresql.DOMAIN({})", arguments.join()))
}
