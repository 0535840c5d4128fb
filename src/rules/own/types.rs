//! What an expression may say: which operators and functions there are, what each takes, and that the whole is true or false.
//!
//! Owns: the check before a rule runs, so that no subject decides whether a rule has an error. What can fail by what the data says (an
//! index, a division, a key) is not part of the language: a tag that is absent is empty text.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};

use super::error::Wrong;
use super::fields::Kind;

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Int,
    Text,
    /// A list of texts.
    Texts,
    Ints,
    Bools,
    /// A list of nothing yet, which fits every list.
    Empty,
    Tags,
}

/// What is wrong, at which node.
pub(super) struct Misfit {
    pub(super) node: u64,
    pub(super) wrong: Wrong,
}

/// Names that loops bind, innermost last.
type Bound = Vec<(String, Type)>;

impl From<Kind> for Type {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Self::Bool,
            Kind::Int => Self::Int,
            Kind::Text => Self::Text,
            Kind::Texts => Self::Texts,
            Kind::Tags => Self::Tags,
        }
    }
}

impl Type {
    fn words(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "a number",
            Self::Text => "text",
            Self::Texts => "a list of text",
            Self::Ints => "a list of numbers",
            Self::Bools => "a list of true or false",
            Self::Empty => "an empty list",
            Self::Tags => "tags",
        }
    }

    fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Ints | Self::Bools | Self::Empty)
    }

    /// A list of these; there are no lists of lists.
    fn listed(self) -> Option<Self> {
        match self {
            Self::Text => Some(Self::Texts),
            Self::Int => Some(Self::Ints),
            Self::Bool => Some(Self::Bools),
            _ => None,
        }
    }

    /// What a loop over it binds.
    fn element(self) -> Option<Self> {
        match self {
            Self::Texts | Self::Tags => Some(Self::Text),
            Self::Ints | Self::Empty => Some(Self::Int),
            Self::Bools => Some(Self::Bool),
            _ => None,
        }
    }

    /// The type of what is either this or that.
    fn either(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Empty, list) | (list, Self::Empty) if list.is_list() => Some(list),
            _ => (self == other).then_some(self),
        }
    }
}

/// The functions that there are, for messages.
const FUNCTIONS: &str = "`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `&&`, `||`, `!`, `? :`, `+`, `-`, `size`, `contains`, `startsWith`, \
                         `endsWith`, `like`, `has`, `all`, `exists`, `exists_one`, `filter` and `map`";

/// Checks one expression; `slot` tells the type of what a name stands for.
pub(super) struct Checker<'s> {
    pub(super) slot: &'s dyn Fn(&str) -> Option<Type>,
}

impl Checker<'_> {
    /// Whether the whole is true or false.
    pub(super) fn check(&self, expr: &IdedExpr) -> Result<(), Misfit> {
        let found = self.of(expr, &mut Bound::new())?;
        expect(expr, found, Type::Bool, "the expression")
    }

    fn of(&self, expr: &IdedExpr, bound: &mut Bound) -> Result<Type, Misfit> {
        match &expr.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ok(Type::Bool),
                LiteralValue::Int(_) => Ok(Type::Int),
                LiteralValue::String(_) => Ok(Type::Text),
                _ => Err(misfit(expr, "a literal that is not text, a whole number, `true` or `false`")),
            },
            Expr::Ident(name) => {
                let known = bound.iter().rev().find(|(other, _)| other == name).map(|(_, found)| *found);
                known.or_else(|| (self.slot)(name)).ok_or_else(|| misfit(expr, &format!("`{name}` is no name here")))
            }
            Expr::List(list) => {
                let mut found = Type::Empty;
                for element in &list.elements {
                    let of = self.of(element, bound)?;
                    found = of
                        .listed()
                        .and_then(|list| list.either(found))
                        .ok_or_else(|| misfit(element, &format!("{} in {}", of.words(), found.words())))?;
                }
                Ok(found)
            }
            Expr::Call(call) => self.call(expr, call, bound),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, bound),
            Expr::Select(_) => Err(misfit(expr, "something of which a part is selected")),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => Err(misfit(expr, "a map")),
        }
    }

    fn comprehension(&self, of: &ComprehensionExpr, bound: &mut Bound) -> Result<Type, Misfit> {
        let range = self.of(&of.iter_range, bound)?;
        let element =
            range.element().ok_or_else(|| misfit(&of.iter_range, &format!("a loop over {}", range.words())))?;
        let start = self.of(&of.accu_init, bound)?;
        let depth = bound.len();
        bound.push((of.iter_var.clone(), element));
        bound.push((of.accu_var.clone(), start));
        self.of(&of.loop_cond, bound)?;
        let step = self.of(&of.loop_step, bound)?;
        if let Some((_, accu)) = bound.last_mut() {
            *accu = if start.is_list() { step } else { start };
        }
        let result = self.of(&of.result, bound);
        bound.truncate(depth);
        result
    }

    fn call(&self, expr: &IdedExpr, call: &CallExpr, bound: &mut Bound) -> Result<Type, Misfit> {
        let name = call.func_name.as_str();
        let nodes: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let mut types = Vec::with_capacity(nodes.len());
        for node in &nodes {
            types.push(self.of(node, bound)?);
        }
        let takes = |wanted: Type| {
            let mut pairs = nodes.iter().zip(&types);
            pairs.try_for_each(|(node, found)| expect(node, *found, wanted, &format!("`{}`", shown(name))))
        };
        match (name, types.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [_, _]) | (operators::LOGICAL_NOT, [_]) => {
                takes(Type::Bool).map(|()| Type::Bool)
            }
            (operators::NOT_STRICTLY_FALSE, [_]) => Ok(Type::Bool),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                if let Some(node) = nodes.first() {
                    expect(node, *condition, Type::Bool, "a condition")?;
                }
                yes.either(*no).ok_or_else(|| misfit(expr, "two answers of different types"))
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => {
                left.either(*right).map(|_| Type::Bool).ok_or_else(|| compared(expr, *left, *right))
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => {
                let same = left == right && matches!(left, Type::Int | Type::Text);
                if same { Ok(Type::Bool) } else { Err(compared(expr, *left, *right)) }
            }
            (operators::IN, [element, list]) if *list == Type::Empty || list.element() == Some(*element) => {
                Ok(Type::Bool)
            }
            (operators::IN, [element, list]) => Err(misfit(expr, &format!("{} in {}", element.words(), list.words()))),
            (operators::ADD, [left, right]) => match (left, right) {
                (Type::Int, Type::Int) => Ok(Type::Int),
                (Type::Text, Type::Text) => Ok(Type::Text),
                (left, right) => {
                    let list = left.either(*right).filter(|found| found.is_list());
                    list.ok_or_else(|| misfit(expr, &format!("{} + {}", left.words(), right.words())))
                }
            },
            (operators::SUBSTRACT, [_, _]) | (operators::NEGATE, [_]) => takes(Type::Int).map(|()| Type::Int),
            ("size", [found]) if found.is_list() || matches!(found, Type::Text | Type::Tags) => Ok(Type::Int),
            ("contains" | "startsWith" | "endsWith" | "like", [_, _]) if call.target.is_some() => {
                takes(Type::Text).map(|()| Type::Bool)
            }
            _ => Err(Misfit {
                node: expr.id,
                wrong: Wrong::new(
                    format!("`{}` cannot be used like this", shown(name)),
                    "rules have a part of CEL, in which nothing fails by what the data says".to_owned(),
                    format!("there are {FUNCTIONS}"),
                ),
            }),
        }
    }
}

fn expect(expr: &IdedExpr, found: Type, wanted: Type, of: &str) -> Result<(), Misfit> {
    if found == wanted {
        return Ok(());
    }
    let what = format!("{of} is given {}, not {}", found.words(), wanted.words());
    Err(Misfit {
        node: expr.id,
        wrong: Wrong::new(what, "types are checked before a rule runs", "correct the expression"),
    })
}

fn compared(expr: &IdedExpr, left: Type, right: Type) -> Misfit {
    let what = format!("{} is compared with {}", left.words(), right.words());
    let why = "it would never be equal, or has no order";
    Misfit { node: expr.id, wrong: Wrong::new(what, why, "compare things of one type") }
}

fn misfit(expr: &IdedExpr, what: &str) -> Misfit {
    Misfit {
        node: expr.id,
        wrong: Wrong::new(
            format!("{what} cannot be used here"),
            "rules have a part of CEL, in which nothing fails by what the data says",
            format!("there are {FUNCTIONS}"),
        ),
    }
}

/// An operator as people write it.
fn shown(name: &str) -> &str {
    if name == operators::IN { "in" } else { name.trim_matches('_') }
}
