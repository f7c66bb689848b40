//! `Enum("Name", "A B")`: enumerations that a call makes.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::stdlib::support;

use super::hooks::Hooks;

impl Hooks {
    pub(super) fn functional(
        interp: &mut Interpreter,
        class: &Rc<Class>,
        args: &Args,
    ) -> Result<Value> {
        const NEW: crate::eval::Signature<7> = crate::eval::Signature {
            keyword_only: 5,
            ..crate::eval::Signature::new(
                "Enum",
                ["value", "names", "module", "qualname", "type", "start", "boundary"],
                2,
            )
        };
        let [name, names, module, qualname, data, start, _] =
            args.clone().bind(interp, &NEW)?.values;
        let name = support::text(interp, &name.unwrap_or_default(), "the name of an enumeration")?;
        let names = names.unwrap_or_default();
        let start = match start {
            Some(start) => support::int(interp, &start)?,
            None => 1,
        };
        let items = match names.as_text() {
            Some(text) => {
                let text = text.replace(',', " ");
                text.split_whitespace().map(Value::from).collect()
            }
            None => match interp.mapping(&names)? {
                Some(pairs) => {
                    pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect()
                }
                None => interp.items(&names)?,
            },
        };
        let mut pairs: Vec<(Text, Value)> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            let (name, value) = match item.as_text() {
                Some(name) if start == 1 => {
                    let value = Self::next_value(interp, class, &name, &values)?;
                    (name, value)
                }
                Some(name) => (name, Value::Int(start + i64::try_from(at).unwrap_or_default())),
                None => {
                    let pair = interp.items(&item)?;
                    let [name, value] = pair.as_slice() else {
                        return interp.value_error("an enumeration takes names and values");
                    };
                    (support::text(interp, name, "the name of a member")?, value.clone())
                }
            };
            let value = Self::resolve_autos(interp, class, &name, value, &values)?;
            values.push(value.clone());
            pairs.push((name, value));
        }
        let r#type = Value::Class(Rc::clone(&interp.types().r#type));
        let mut bases = vec![Value::Class(Rc::clone(class))];
        if let Some(data) = data.filter(|data| !data.is_none()) {
            bases.insert(0, data);
        }
        let space = Value::dict(pairs);
        if let Value::Dict(dict) = &space {
            if let Some(module) = module {
                dict.set_text(&Text::from("__module__"), module);
            }
            if let Some(qualname) = qualname {
                dict.set_text(&Text::from("__qualname__"), qualname);
            }
        }
        interp.call(&r#type, Args::of([Value::Str(name), Value::tuple(bases), space]))
    }
}
