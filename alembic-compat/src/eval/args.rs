//! Arguments of calls, and what native functions make of them.

use super::error::Result;
use super::interpreter::Interpreter;
use super::text::Text;
use super::value::Value;

/// The arguments of a call. For methods the object comes first.
#[derive(Debug, Clone, Default)]
pub struct Args {
    /// Positional ones, stars worked in.
    pub positional: Vec<Value>,
    /// Keywords in the order written, each once.
    pub keywords: Vec<(Text, Value)>,
}

impl Args {
    /// No arguments.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Positional arguments only.
    pub fn of(values: impl IntoIterator<Item = Value>) -> Self {
        Self { positional: values.into_iter().collect(), keywords: Vec::new() }
    }

    /// Takes a keyword out.
    pub fn take_keyword(&mut self, name: &str) -> Option<Value> {
        let at = self.keywords.iter().position(|(key, _)| *key == name)?;
        Some(self.keywords.remove(at).1)
    }

    /// Takes the object of a method off. `None` only where a method is called without one.
    pub fn take_self(&mut self) -> Option<Value> {
        (!self.positional.is_empty()).then(|| self.positional.remove(0))
    }

    /// Puts an argument in front.
    #[must_use]
    pub fn prepend(mut self, value: Value) -> Self {
        self.positional.insert(0, value);
        self
    }

    /// Exactly `N` positional arguments. A name with a dot (`list.append`) is a method: messages do
    /// not count its object.
    ///
    /// # Errors
    /// A `TypeError` that names the function.
    pub fn exactly<const N: usize>(
        self,
        interp: &mut Interpreter,
        function: &str,
    ) -> Result<[Value; N]> {
        self.refuse_keywords(interp, function)?;
        // The object of a method is not counted.
        let hidden = usize::from(function.contains('.'));
        let given = self.positional.len().saturating_sub(hidden);
        self.positional.try_into().or_else(|_| {
            let wanted = match N - hidden.min(N) {
                0 => "no arguments".to_owned(),
                1 => "exactly one argument".to_owned(),
                several => format!("exactly {several} arguments"),
            };
            interp.type_error(format!("{function}() takes {wanted} ({given} given)"))
        })
    }

    /// From `least` to `N` positional arguments; those not given are `None`.
    ///
    /// # Errors
    /// A `TypeError` that names the function.
    pub fn up_to<const N: usize>(
        self,
        interp: &mut Interpreter,
        function: &str,
        least: usize,
    ) -> Result<[Option<Value>; N]> {
        self.refuse_keywords(interp, function)?;
        let given = self.positional.len();
        if given < least || given > N {
            let (bound, number) = if given < least { ("at least", least) } else { ("at most", N) };
            let s = if number == 1 { "" } else { "s" };
            return interp.type_error(format!(
                "{function} expected {bound} {number} argument{s}, got {given}"
            ));
        }
        let mut values = self.positional.into_iter();
        Ok(std::array::from_fn(|_| values.next()))
    }

    /// The same for a method: messages do not count its object.
    ///
    /// # Errors
    /// A `TypeError` that names the function.
    pub fn method_up_to<const N: usize>(
        self,
        interp: &mut Interpreter,
        function: &str,
        least: usize,
    ) -> Result<[Option<Value>; N]> {
        self.refuse_keywords(interp, function)?;
        let given = self.positional.len();
        if given < least || given > N {
            let (bound, number) =
                if given < least { ("at least", least - 1) } else { ("at most", N - 1) };
            let s = if number == 1 { "" } else { "s" };
            let given = given.saturating_sub(1);
            return interp.type_error(format!(
                "{function} expected {bound} {number} argument{s}, got {given}"
            ));
        }
        let mut values = self.positional.into_iter();
        Ok(std::array::from_fn(|_| values.next()))
    }

    /// # Errors
    /// A `TypeError` when there are keywords.
    pub fn refuse_keywords(&self, interp: &mut Interpreter, function: &str) -> Result<()> {
        if self.keywords.is_empty() {
            return Ok(());
        }
        interp.type_error(format!("{function}() takes no keyword arguments"))
    }

    /// Distributes the arguments over the parameters of a native function, with Python's
    /// `TypeError`s.
    ///
    /// # Errors
    /// A `TypeError` for what is missing, too much or unknown.
    pub fn bind<const N: usize>(
        self,
        interp: &mut Interpreter,
        signature: &Signature<N>,
    ) -> Result<Bound<N>> {
        signature.bind(interp, self)
    }
}

/// The parameters of a native function.
///
/// ```
/// # use limbeck_alembic::eval::Signature;
/// // def add_column(table_name, column, *, schema=None)
/// const ADD_COLUMN: Signature<3> =
///     Signature { keyword_only: 1, ..Signature::new("add_column", ["table_name", "column", "schema"], 2) };
/// # assert_eq!(ADD_COLUMN.required, 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Signature<const N: usize> {
    /// The name of the function in messages.
    pub function: &'static str,
    /// The parameters: those that may be given by position first.
    pub names: [&'static str; N],
    /// How many of the first ones must be given.
    pub required: usize,
    /// How many of the first ones cannot be given by name.
    pub positional_only: usize,
    /// How many of the last ones can only be given by name.
    pub keyword_only: usize,
    /// Whether there is a `*args`, for what is left of the positional arguments.
    pub star: bool,
    /// Whether there is a `**kwargs`, for what is left of the keywords.
    pub double_star: bool,
}

/// Arguments distributed over parameters.
#[derive(Debug)]
pub struct Bound<const N: usize> {
    /// One for each parameter; those not given are `None`.
    pub values: [Option<Value>; N],
    /// What `*args` gets.
    pub star: Vec<Value>,
    /// What `**kwargs` gets.
    pub double_star: Vec<(Text, Value)>,
}

impl<const N: usize> Signature<N> {
    /// Parameters that can be given by position or name, `required` of them needed.
    #[must_use]
    pub const fn new(function: &'static str, names: [&'static str; N], required: usize) -> Self {
        Self {
            function,
            names,
            required,
            positional_only: 0,
            keyword_only: 0,
            star: false,
            double_star: false,
        }
    }

    fn bind(&self, interp: &mut Interpreter, args: Args) -> Result<Bound<N>> {
        let mut values: [Option<Value>; N] = std::array::from_fn(|_| None);
        let by_position = N.saturating_sub(self.keyword_only);
        let given = args.positional.len();
        let mut positional = args.positional.into_iter();
        for (slot, value) in values.iter_mut().take(by_position).zip(positional.by_ref()) {
            *slot = Some(value);
        }
        let star: Vec<Value> = positional.collect();
        if !star.is_empty() && !self.star {
            let function = self.function;
            let least = self.required.min(by_position);
            let wanted = if least == by_position {
                format!("{by_position}")
            } else {
                format!("from {least} to {by_position}")
            };
            let s = if by_position == 1 { "" } else { "s" };
            let was = if given == 1 { "was" } else { "were" };
            return interp.type_error(format!(
                "{function}() takes {wanted} positional argument{s} but {given} {was} given"
            ));
        }
        let mut double_star = Vec::new();
        for (name, value) in args.keywords {
            let place = self.names.iter().position(|other| name == *other);
            match place.filter(|place| *place >= self.positional_only) {
                Some(place) if values[place].is_some() => {
                    let function = self.function;
                    return interp.type_error(format!(
                        "{function}() got multiple values for argument '{name}'"
                    ));
                }
                Some(place) => values[place] = Some(value),
                None if self.double_star => double_star.push((name, value)),
                None => {
                    let function = self.function;
                    return interp.type_error(format!(
                        "{function}() got an unexpected keyword argument '{name}'"
                    ));
                }
            }
        }
        let missing: Vec<&str> = (0..self.required.min(N))
            .filter(|place| values[*place].is_none())
            .map(|place| self.names[place])
            .collect();
        if !missing.is_empty() {
            let kind = "positional";
            return interp.type_error(missing_arguments(self.function, kind, &missing));
        }
        Ok(Bound { values, star, double_star })
    }
}

/// The message for arguments that were not given.
pub(super) fn missing_arguments(function: &str, kind: &str, names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let s = if names.len() == 1 { "" } else { "s" };
    let list = match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    };
    format!("{function}() missing {} required {kind} argument{s}: {list}", names.len())
}
