//! Operators between two operands, casts and extracts.

use super::Compiler;
use super::Context;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::expr::Binary;
use crate::expr::CastKind;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Operator;
use crate::expr::literal_column;
use crate::expr::typing;
use crate::types::Affinity;
use crate::types::CharacterKind;
use crate::types::Json;
use crate::types::NumericKind;
use crate::types::TemporalKind;

fn string() -> SqlType {
    CharacterKind::String.into()
}

impl Compiler<'_> {
    pub(super) fn binary(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        use Operator as O;
        match &binary.operator {
            // What every dialect writes in the same way.
            O::Add
            | O::Sub
            | O::Mul
            | O::Eq
            | O::Ne
            | O::Lt
            | O::Le
            | O::Gt
            | O::Ge
            | O::Is
            | O::IsNot
            | O::And
            | O::Or => {
                let text = self.operator_text(&binary.operator)?;
                self.generic(binary, text, context)
            }
            _ => self.special_binary(binary, context),
        }
    }

    fn special_binary(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        use Operator as O;
        let dialect = self.dialect();
        match &binary.operator {
            O::TrueDiv => self.true_division(binary, context),
            O::FloorDiv => {
                let whole = |side: &Expr| side.sql_type().affinity() == Affinity::Integer;
                let text = self.infix(binary, " / ", context)?;
                if dialect != Dialect::Mysql && whole(&binary.right) && whole(&binary.left) {
                    Ok(text)
                } else {
                    Ok(format!("FLOOR({text})"))
                }
            }
            O::NotMatch => {
                let inverse = Binary { operator: O::Match, ..binary.clone() };
                Ok(format!("NOT {}", self.special_binary(&inverse, Context::default())?))
            }
            O::NotIn => Ok(format!("({})", self.generic(binary, " NOT IN ", context)?)),
            O::Mod => self.infix(binary, " % ", context),
            O::Custom(custom) => {
                if custom.symbol == "->" && custom.eager_grouping {
                    return self.hstore_item(binary, context);
                }
                let symbol = format!(" {} ", custom.symbol);
                self.generic_eager(binary, &symbol, custom.eager_grouping, context)
            }
            O::Like => self.like(binary, &binary.left, &binary.right, "LIKE", context),
            O::NotLike => self.like(binary, &binary.left, &binary.right, "NOT LIKE", context),
            O::ILike => self.ilike(binary, &binary.left, &binary.right, "", true, context),
            O::NotILike => self.ilike(binary, &binary.left, &binary.right, "NOT ", true, context),
            O::Contains
            | O::NotContains
            | O::IContains
            | O::NotIContains
            | O::StartsWith
            | O::NotStartsWith
            | O::IStartsWith
            | O::NotIStartsWith
            | O::EndsWith
            | O::NotEndsWith
            | O::IEndsWith
            | O::NotIEndsWith => self.text_search(binary, context),
            O::Between | O::NotBetween => {
                let word = match (&binary.operator, binary.modifiers.symmetric) {
                    (O::Between, false) => " BETWEEN ",
                    (O::Between, true) => " BETWEEN SYMMETRIC ",
                    (_, false) => " NOT BETWEEN ",
                    (_, true) => " NOT BETWEEN SYMMETRIC ",
                };
                self.generic(binary, word, context)
            }
            O::RegexpMatch => self.regexp_match(binary, false, context),
            O::NotRegexpMatch => self.regexp_match(binary, true, context),
            O::RegexpReplace => self.regexp_replace(binary, context),
            O::Match if dialect == Dialect::Postgresql => {
                let left = self.process(&binary.left, context)?;
                let configuration = match &binary.modifiers.regconfig {
                    Some(name) => format!("{}, ", self.target.literal(name)),
                    None => String::new(),
                };
                let right = self.process(&binary.right, context)?;
                Ok(format!("{left} @@ plainto_tsquery({configuration}{right})"))
            }
            O::Match if dialect == Dialect::Mysql => {
                let left = self.process(&binary.left, context)?;
                let right = self.process(&binary.right, context)?;
                Ok(format!("MATCH ({left}) AGAINST ({right} IN BOOLEAN MODE)"))
            }
            O::Concat if dialect == Dialect::Mysql => {
                let left = self.process(&binary.left, context)?;
                Ok(format!("concat({left}, {})", self.process(&binary.right, context)?))
            }
            operator @ (O::IsDistinctFrom | O::IsNotDistinctFrom)
                if dialect != Dialect::Postgresql =>
            {
                let distinct = *operator == O::IsDistinctFrom;
                let left = self.process(&binary.left, Context::default())?;
                let right = self.process(&binary.right, Context::default())?;
                Ok(match (dialect, distinct) {
                    (Dialect::Mysql, true) => format!("NOT ({left} <=> {right})"),
                    (Dialect::Mysql, false) => format!("{left} <=> {right}"),
                    (_, true) => format!("{left} IS NOT {right}"),
                    (_, false) => format!("{left} IS {right}"),
                })
            }
            O::BitwiseXor if dialect == Dialect::Postgresql => self.generic(binary, " # ", context),
            O::BitwiseXor if dialect == Dialect::Sqlite => {
                let or = self.generic_eager(binary, " | ", true, context)?;
                let and = self.generic_eager(binary, " & ", true, context)?;
                Ok(format!("({or} - {and})"))
            }
            O::JsonGetItem | O::JsonPathGetItem => self.json_item(binary, context),
            O::GetItem if dialect == Dialect::Postgresql => {
                let left = self.process(&binary.left, context)?;
                Ok(format!("{left}[{}]", self.process(&binary.right, context)?))
            }
            operator => {
                let text = self.operator_text(operator)?;
                self.generic(binary, text, context)
            }
        }
    }

    /// Operands with text between them, and nothing more.
    fn infix(&mut self, binary: &Binary, text: &str, context: Context<'_>) -> Written {
        let left = self.process(&binary.left, context)?;
        Ok(format!("{left}{text}{}", self.process(&binary.right, context)?))
    }

    fn generic(&mut self, binary: &Binary, text: &str, context: Context<'_>) -> Written {
        self.generic_eager(binary, text, false, context)
    }

    fn generic_eager(
        &mut self,
        binary: &Binary,
        text: &str,
        eager: bool,
        context: Context<'_>,
    ) -> Written {
        let inner = Context { in_operator: true, ..context };
        let text = self.infix(binary, text, inner)?;
        Ok(if context.in_operator && eager { format!("({text})") } else { text })
    }

    fn true_division(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        let left = self.process(&binary.left, context)?;
        let right = match self.dialect() {
            Dialect::Mysql => self.process(&binary.right, context)?,
            Dialect::Sqlite => format!("({} + 0.0)", self.process(&binary.right, context)?),
            Dialect::Postgresql => {
                let own = binary.right.sql_type();
                let sql_type = match own.affinity() {
                    Affinity::Numeric | Affinity::Float => own,
                    _ => NumericKind::Numeric.into(),
                };
                self.cast(&binary.right, &sql_type, context)?
            }
        };
        Ok(format!("{left} / {right}"))
    }

    fn escape(&self, binary: &Binary) -> String {
        match &binary.modifiers.escape {
            Some(escape) => format!(" ESCAPE {}", self.target.literal(escape)),
            None => String::new(),
        }
    }

    fn like(
        &mut self,
        binary: &Binary,
        left: &Expr,
        right: &Expr,
        word: &str,
        context: Context<'_>,
    ) -> Written {
        let left = self.process(left, context)?;
        let right = self.process(right, context)?;
        Ok(format!("{left} {word} {right}{}", self.escape(binary)))
    }

    /// `ILIKE`, or `LIKE` of what is made lower-case (`lower` says that it is not yet).
    fn ilike(
        &mut self,
        binary: &Binary,
        left: &Expr,
        right: &Expr,
        not: &str,
        lower: bool,
        context: Context<'_>,
    ) -> Written {
        if self.dialect() == Dialect::Postgresql {
            return self.like(binary, left, right, &format!("{not}ILIKE"), context);
        }
        let left = self.process(left, context)?;
        let right = self.process(right, context)?;
        let escape = self.escape(binary);
        Ok(if lower {
            format!("lower({left}) {not}LIKE lower({right}){escape}")
        } else {
            format!("{left} {not}LIKE {right}{escape}")
        })
    }

    fn text_search(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        use Operator as O;
        let percent = literal_column("'%'", string());
        let is_case_blind = matches!(
            binary.operator,
            O::IContains
                | O::NotIContains
                | O::IStartsWith
                | O::NotIStartsWith
                | O::IEndsWith
                | O::NotIEndsWith
        );
        let lower = |side: &Expr| {
            if !is_case_blind {
                side.clone()
            } else if self.dialect() == Dialect::Postgresql {
                // PostgreSQL has an operator for this; but nothing merges with the operand.
                crate::expr::type_coerce(side, side.sql_type())
            } else {
                Expr::new(ExprKind::Function(Box::new(crate::expr::Function {
                    packages: Vec::new(),
                    name: "lower".to_owned(),
                    arguments: vec![side.clone()],
                    sql_type: side.sql_type(),
                    with_ordinality: false,
                })))
            }
        };
        let right = lower(&binary.right);
        let left = if is_case_blind { lower(&binary.left) } else { binary.left.clone() };
        let pattern = match binary.operator {
            O::Contains | O::NotContains | O::IContains | O::NotIContains => {
                percent.concat(&right).concat(&percent)
            }
            O::StartsWith | O::NotStartsWith | O::IStartsWith | O::NotIStartsWith => {
                percent.reverse_operate(O::Concat, &right)
            }
            _ => percent.concat(&right),
        };
        let is_negated = matches!(
            binary.operator,
            O::NotContains
                | O::NotIContains
                | O::NotStartsWith
                | O::NotIStartsWith
                | O::NotEndsWith
                | O::NotIEndsWith
        );
        if is_case_blind {
            let not = if is_negated { "NOT " } else { "" };
            return self.ilike(binary, &left, &pattern, not, false, context);
        }
        let word = if is_negated { "NOT LIKE" } else { "LIKE" };
        self.like(binary, &left, &pattern, word, context)
    }

    fn regexp_match(&mut self, binary: &Binary, negated: bool, context: Context<'_>) -> Written {
        let flags = binary.modifiers.flags.as_deref();
        match (self.dialect(), flags) {
            (Dialect::Sqlite, _) | (Dialect::Mysql, None) => {
                let word = if negated { " NOT REGEXP " } else { " REGEXP " };
                self.generic(binary, word, context)
            }
            (Dialect::Mysql, Some(flags)) => {
                let left = self.process(&binary.left, context)?;
                let literal = self.target.literal(flags);
                if self.target.is_mariadb() {
                    let right = self.process(&binary.right, Context::default())?;
                    let word = if negated { " NOT REGEXP " } else { " REGEXP " };
                    return Ok(format!("{left}{word}CONCAT('(?', {literal}, ')', {right})"));
                }
                let right = self.process(&binary.right, context)?;
                let not = if negated { "NOT " } else { "" };
                Ok(format!("{not}REGEXP_LIKE({left}, {right}, {literal})"))
            }
            (Dialect::Postgresql, flags) => {
                let base = if negated { "!~" } else { "~" };
                match flags {
                    None => self.generic(binary, &format!(" {base} "), context),
                    Some("i") => self.generic(binary, &format!(" {base}* "), context),
                    Some(flags) => {
                        let left = self.process(&binary.left, context)?;
                        let literal = self.target.literal(flags);
                        let right = self.process(&binary.right, context)?;
                        Ok(format!("{left} {base} CONCAT('(?', {literal}, ')', {right})"))
                    }
                }
            }
        }
    }

    fn regexp_replace(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        let flags = binary.modifiers.flags.as_deref();
        if self.dialect() == Dialect::Sqlite {
            return Err(CompileError::Compile(
                "sqlite dialect does not support regular expression replacements".to_owned(),
            ));
        }
        let text = self.process(&binary.left, context)?;
        let Some(flags) = flags else {
            return Ok(format!(
                "REGEXP_REPLACE({text}, {})",
                self.process(&binary.right, context)?
            ));
        };
        let literal = self.target.literal(flags);
        if self.target.is_mariadb()
            && let ExprKind::List(list) = binary.right.kind()
            && let [pattern, replacement] = list.clauses.as_slice()
        {
            let pattern = self.process(pattern, Context::default())?;
            let replacement = self.process(replacement, context)?;
            return Ok(format!(
                "REGEXP_REPLACE({text}, CONCAT('(?', {literal}, ')', {pattern}), {replacement})"
            ));
        }
        let arguments = self.process(&binary.right, context)?;
        Ok(format!("REGEXP_REPLACE({text}, {arguments}, {literal})"))
    }

    /// `CAST(operand AS type)`
    pub(super) fn cast(
        &mut self,
        element: &Expr,
        sql_type: &SqlType,
        context: Context<'_>,
    ) -> Written {
        if self.dialect() == Dialect::Mysql {
            return match self.mysql_cast_type(sql_type)? {
                Some(word) => Ok(format!("CAST({} AS {word})", self.process(element, context)?)),
                None => self.process(&element.grouped(None), context),
            };
        }
        let word = sql_type.compile(self.target)?;
        let (word, collation) = match word.find(" COLLATE ") {
            Some(at) => word.split_at(at),
            None => (word.as_str(), ""),
        };
        Ok(format!("CAST({} AS {word}){collation}", self.process(element, context)?))
    }

    /// The type as MySQL's CAST knows it; none where it knows none like it.
    fn mysql_cast_type(&self, sql_type: &SqlType) -> Result<Option<String>, CompileError> {
        use crate::types::Character;
        use crate::types::EnumKind;
        use crate::types::MysqlCharacter;
        let resolved = sql_type.resolve(self.target);
        Ok(match resolved {
            SqlType::Integer(integer) => Some(
                if integer.unsigned { "UNSIGNED INTEGER" } else { "SIGNED INTEGER" }.to_owned(),
            ),
            SqlType::Temporal(temporal) if temporal.kind == TemporalKind::Timestamp => {
                Some("DATETIME".to_owned())
            }
            SqlType::Temporal(_) => Some(resolved.compile(self.target)?),
            SqlType::Interval(_) => Some("DATETIME".to_owned()),
            SqlType::Numeric(numeric)
                if matches!(
                    numeric.kind,
                    NumericKind::Numeric | NumericKind::UpperNumeric | NumericKind::Decimal
                ) =>
            {
                Some(resolved.compile(self.target)?.replace("NUMERIC", "DECIMAL"))
            }
            SqlType::Numeric(_) => {
                let version = self.target.version();
                let supported = version.is_some()
                    && if self.target.is_mariadb() {
                        self.target.is_at_least(&[10, 4, 5])
                    } else {
                        self.target.is_at_least(&[8, 0, 17])
                    };
                if supported { Some(resolved.compile(self.target)?) } else { None }
            }
            SqlType::Character(character) => {
                // CHAR is taken as it is, MySQL's own types of text but for NATIONAL, and of all
                // others the length.
                let is_own = character.mysql != MysqlCharacter::default()
                    || matches!(
                        character.kind,
                        CharacterKind::Tinytext
                            | CharacterKind::Mediumtext
                            | CharacterKind::Longtext
                    );
                let adapted = match character.kind {
                    CharacterKind::Char => character.clone(),
                    _ if is_own => Character {
                        kind: CharacterKind::Char,
                        mysql: MysqlCharacter { national: false, ..character.mysql.clone() },
                        ..character.clone()
                    },
                    _ => Character { length: character.length, ..CharacterKind::Char.into() },
                };
                Some(SqlType::from(adapted).compile(self.target)?)
            }
            SqlType::Enum(enumeration)
                if enumeration.kind == EnumKind::Generic && !enumeration.native_enum =>
            {
                let length = enumeration.varchar_length();
                let adapted = Character { length, ..CharacterKind::Char.into() };
                Some(SqlType::from(adapted).compile(self.target)?)
            }
            SqlType::Binary(_) => Some("BINARY".to_owned()),
            SqlType::Json(_) => Some("JSON".to_owned()),
            _ => None,
        })
    }

    pub(super) fn extract(&mut self, field: &str, element: &Expr, context: Context<'_>) -> Written {
        if self.dialect() != Dialect::Sqlite {
            let field = match (self.dialect(), field) {
                (Dialect::Mysql, "milliseconds") => "millisecond",
                (_, field) => field,
            };
            return Ok(format!("EXTRACT({field} FROM {})", self.process(element, context)?));
        }
        let format = match field {
            "month" => "%m",
            "day" => "%d",
            "year" => "%Y",
            "second" => "%S",
            "hour" => "%H",
            "doy" => "%j",
            "minute" => "%M",
            "epoch" => "%s",
            "dow" => "%w",
            "week" => "%W",
            "quarter" | "milliseconds" | "microseconds" | "timezone_hour" | "timezone_minute" => {
                field
            }
            _ => {
                return Err(CompileError::Compile(format!(
                    "{field} is not a valid extract argument."
                )));
            }
        };
        let element = self.process(element, context)?;
        Ok(format!("CAST(STRFTIME('{format}', {element}) AS INTEGER)"))
    }

    fn hstore_item(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        let has_subscripts = self.target.is_at_least(&[14]) && !self.target.is_sqlalchemy_2_0();
        if self.dialect() != Dialect::Postgresql || !has_subscripts {
            return self.generic_eager(binary, " -> ", true, context);
        }
        let mut left = self.process(&binary.left, context)?;
        if matches!(binary.left.kind(), ExprKind::Function(_)) {
            left = format!("({left})");
        }
        Ok(format!("{left}[{}]", self.process(&binary.right, context)?))
    }

    fn json_item(&mut self, binary: &Binary, context: Context<'_>) -> Written {
        let is_json = binary.sql_type.affinity() == Affinity::Json;
        match self.dialect() {
            Dialect::Postgresql => {
                let is_path = binary.operator == Operator::JsonPathGetItem;
                if !is_json {
                    let arrow = if is_path { " #>> " } else { " ->> " };
                    let text = self.generic_eager(binary, arrow, true, context)?;
                    let word = binary.sql_type.compile(self.target)?;
                    return Ok(format!("CAST({text} AS {word})"));
                }
                let is_jsonb = *typing::base(&binary.left.sql_type()) == SqlType::Json(Json::Jsonb);
                if !is_path && is_jsonb && self.target.is_at_least(&[14]) {
                    let mut left = self.process(&binary.left, context)?;
                    let is_call = match binary.left.kind() {
                        ExprKind::Function(_) => true,
                        ExprKind::Cast(cast) => cast.kind != CastKind::Coerce,
                        _ => false,
                    };
                    if is_call {
                        left = format!("({left})");
                    }
                    return Ok(format!("{left}[{}]", self.process(&binary.right, context)?));
                }
                let arrow = if is_path { " #> " } else { " -> " };
                self.generic_eager(binary, arrow, true, context)
            }
            Dialect::Sqlite => {
                let left = self.process(&binary.left, context)?;
                let right = self.process(&binary.right, context)?;
                let extract = format!("JSON_EXTRACT({left}, {right})");
                if is_json {
                    return Ok(format!("JSON_QUOTE({extract})"));
                }
                if self.target.is_sqlalchemy_2_0() {
                    return Ok(extract);
                }
                let word = binary.sql_type.compile(self.target)?;
                Ok(format!("CAST({extract} AS {word})"))
            }
            Dialect::Mysql => self.mysql_json_item(binary, is_json, context),
        }
    }

    fn mysql_json_item(&mut self, binary: &Binary, is_json: bool, context: Context<'_>) -> Written {
        let mut extract = || -> Written {
            let left = self.process(&binary.left, context)?;
            Ok(format!("JSON_EXTRACT({left}, {})", self.process(&binary.right, context)?))
        };
        let first = extract()?;
        if is_json {
            return Ok(first);
        }
        let otherwise = match binary.sql_type.affinity() {
            Affinity::Integer => format!("ELSE CAST({} AS SIGNED INTEGER)", extract()?),
            Affinity::Numeric | Affinity::Float => match typing::base(&binary.sql_type) {
                SqlType::Numeric(numeric) => match (numeric.precision, numeric.scale) {
                    (Some(precision), Some(scale)) => {
                        format!("ELSE CAST({} AS DECIMAL({precision}, {scale}))", extract()?)
                    }
                    _ => format!("ELSE {}+0.0000000000000000000000", extract()?),
                },
                _ => format!("ELSE {}", extract()?),
            },
            Affinity::Boolean => "WHEN true THEN true ELSE false".to_owned(),
            Affinity::String => format!("ELSE JSON_UNQUOTE({})", extract()?),
            _ => format!("ELSE {}", extract()?),
        };
        Ok(format!("CASE {first} WHEN 'null' THEN NULL {otherwise} END"))
    }
}
