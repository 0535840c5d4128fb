//! The facts of one subject as an expression asks for them, and what the expression says.
//!
//! Owns: values of CEL, and what becomes of a fact that is not known. Builds what is asked for, when it is asked for.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, OnceLock};

use cel::common::types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Value};

use super::expression::{Expression, Slot};
use super::fields::Field;
use crate::snapshot::account::Tag;
use crate::wildcard;

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data<'a> {
    Bool(bool),
    Int(i64),
    Text(Cow<'a, str>),
    Texts(Vec<Cow<'a, str>>),
    Tags(Cow<'a, [Tag]>),
}

/// A value, or why it is not known.
pub(super) type Known<T> = Result<T, String>;

/// What knows the facts of one subject.
pub(super) trait Facts<'a>: Send + Sync {
    /// A fact.
    fn fact(&self, field: &Field) -> Known<Data<'a>>;

    /// Whether the keys of these tags ignore case.
    fn ignores_case(&self, field: &Field) -> bool {
        !field.name.starts_with("account.")
    }
}

/// What an expression says of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// With the reasons.
    Unknown(BTreeSet<String>),
    /// The expression itself is wrong.
    Wrong(String),
}

/// CEL's operators and functions, and `like`, which matches globs.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut environment = Env::stdlib();
    let added = cel::add_member_overload!(environment, fn like: (CelString, CelString) -> CelBool);
    let Ok(()) = added else { unreachable!("CEL has no `like` of its own") };
    Arc::new(environment)
});

/// The facts of a subject, each with its value once it was asked for.
struct View<'a, 'e> {
    expression: &'e Expression,
    facts: &'e dyn Facts<'a>,
    /// By slot. A fact that is not known has no value: CEL then has an error, which only a decisive `&&` or `||` outweighs.
    values: Vec<OnceLock<Known<Box<dyn Val>>>>,
}

/// What an expression says of the subject with these facts.
pub(super) fn answer<'a>(expression: &Expression, facts: &dyn Facts<'a>) -> Answer {
    let values = expression.slots.iter().map(|_| OnceLock::new()).collect();
    let view = View { expression, facts, values };
    let mut context = Context::with_env(Arc::clone(&ENVIRONMENT));
    context.set_variable_resolver(&view);
    let said = match Value::resolve_val(&expression.root, &context) {
        Ok(value) => value.downcast_ref::<CelBool>().map(|said| *said.inner()).ok_or(None),
        Err(error) => Err(Some(error)),
    };
    let missing = || -> BTreeSet<String> {
        let asked = view.values.iter().filter_map(OnceLock::get);
        asked.filter_map(|value| value.as_ref().err().cloned()).collect()
    };
    match said {
        Ok(true) => Answer::Yes,
        Ok(false) => Answer::No,
        Err(Some(ExecutionError::UndeclaredReference(_))) if !missing().is_empty() => Answer::Unknown(missing()),
        Err(Some(ExecutionError::Overflow(..))) => Answer::Unknown(["a number of it is too large".to_owned()].into()),
        Err(Some(error)) => Answer::Wrong(error.to_string()),
        Err(None) => Answer::Wrong("it is neither true nor false".to_owned()),
    }
}

impl View<'_, '_> {
    fn tag(&self, field: &Field, key: &str) -> Known<Option<String>> {
        let Data::Tags(tags) = self.facts.fact(field)? else { return Ok(None) };
        let same = |tag: &&Tag| {
            if self.facts.ignores_case(field) { tag.key.eq_ignore_ascii_case(key) } else { tag.key == key }
        };
        Ok(tags.iter().find(same).map(|tag| tag.value.clone()))
    }

    fn value(&self, slot: &Slot) -> Known<Box<dyn Val>> {
        match slot {
            Slot::Fact(field) => self.sized(self.facts.fact(field)?, field),
            Slot::Tag(field, key) => Ok(Box::new(CelString::from(self.tag(field, key)?.unwrap_or_default()))),
            Slot::HasTag(field, key) => Ok(Box::new(CelBool::from(self.tag(field, key)?.is_some()))),
        }
    }

    fn sized(&self, data: Data<'_>, field: &Field) -> Known<Box<dyn Val>> {
        let most = self.expression.longest_list();
        match data {
            Data::Texts(texts) if texts.len() > most => {
                Err(format!("{} has {} entries, and this rule reads lists of {most}", field.name, texts.len()))
            }
            Data::Bool(is) => Ok(Box::new(CelBool::from(is))),
            Data::Int(number) => Ok(Box::new(CelInt::from(number))),
            Data::Text(text) => Ok(Box::new(CelString::from(text.into_owned()))),
            Data::Texts(texts) => {
                let boxed = |text: Cow<'_, str>| -> Box<dyn Val> { Box::new(CelString::from(text.into_owned())) };
                Ok(Box::new(CelList::from(texts.into_iter().map(boxed).collect::<Vec<_>>())))
            }
            Data::Tags(tags) => {
                let entry = |tag: &Tag| -> (CelMapKey<'static>, Box<dyn Val>) {
                    (CelMapKey::from(tag.key.clone()), Box::new(CelString::from(tag.value.clone())))
                };
                Ok(Box::new(CelMap::from(tags.iter().map(entry).collect::<HashMap<_, _>>())))
            }
        }
    }
}

impl VariableResolver for View<'_, '_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let at = Expression::slot(variable)?;
        let (slot, value) = (self.expression.slots.get(at)?, self.values.get(at)?);
        let value = value.get_or_init(|| self.value(slot)).as_ref().ok()?;
        Some(CowVal::Borrowed(&**value))
    }
}

fn like(text: &CelString<'_>, glob: &CelString<'_>) -> CelBool {
    CelBool::from(wildcard::matches(glob.inner(), text.inner()))
}
