//! An expression, parsed once.
//!
//! Owns: the bounds of an expression, and which facts it names. Names are replaced by numbers of slots, so that evaluation asks for a fact
//! by a number and nothing is built that the expression does not name.

use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue, operators};
use cel::parser::{ParseErrors, Parser};

use super::error::Wrong;
use super::fields::{Field, Kind, no_fact, of_subject};
use super::types::{Checker, Misfit, Type};
use crate::finding::Subject;

/// Characters of an expression.
const LONGEST: usize = 4_096;
/// Levels of an expression.
const DEEPEST: usize = 64;
/// Loops within loops.
const MOST_LOOPS: usize = 2;
/// Stack on which an expression is parsed: nesting is limited only once it is parsed.
const STACK: usize = 64 << 20;
/// What a slot's name begins with: no name in an expression does.
const SLOT: char = '#';

/// What a name in an expression stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A fact.
    Fact(&'static Field),
    /// The value of a tag; empty text if it is absent.
    Tag(&'static Field, String),
    /// Whether there is such a tag.
    HasTag(&'static Field, String),
}

/// An expression that is true or false.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) root: IdedExpr,
    pub(super) slots: Vec<Slot>,
    /// Loops within loops, at most.
    loops: usize,
}

impl Expression {
    /// How long a list may be that the expression reads.
    pub(super) fn longest_list(&self) -> usize {
        if self.loops < 2 { 10_000 } else { 1_000 }
    }

    /// The number of the slot that a name stands for.
    pub(super) fn slot(name: &str) -> Option<usize> {
        name.strip_prefix(SLOT)?.parse().ok()
    }

    /// Parses and checks an expression; an error is with its place, in characters from the start of the text.
    pub(super) fn parse(text: &str, subject: Subject) -> Result<Self, (usize, Wrong)> {
        if text.chars().count() > LONGEST {
            let why = format!("an expression has at most {LONGEST} characters");
            return Err((0, Wrong::new("the expression is too long", why, "make two rules of it")));
        }
        let compiled = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let compiled = thread.spawn_scoped(scope, || compile(text, subject)).ok()?;
            compiled.join().ok()
        });
        compiled.unwrap_or_else(|| {
            let why = "the parser of expressions failed";
            Err((0, Wrong::new("the expression cannot be parsed", why, "make it simpler")))
        })
    }
}

fn compile(text: &str, subject: Subject) -> Result<Expression, (usize, Wrong)> {
    let (mut root, places) = Parser::new().parse_with_source_info(text).map_err(|errors| unparsed(text, &errors))?;
    let place = |node: u64| places.offset_for(node).map_or(0, |(start, _)| start as usize);
    let refused = |misfit: Misfit| (place(misfit.node), misfit.wrong);
    let (depth, loops) = measured(&root);
    if depth > DEEPEST {
        let why = format!("it has {depth} levels; at most {DEEPEST} are evaluated");
        return Err((0, Wrong::new("the expression is nested too deep", why, "make two rules of it")));
    }
    if loops > MOST_LOOPS {
        let why = format!("a loop within loops, {loops} deep, takes too many steps");
        return Err((0, Wrong::new("the expression has too many loops", why, format!("nest at most {MOST_LOOPS}"))));
    }
    let mut names = Names { subject, slots: Vec::new(), bound: Vec::new() };
    names.replace(&mut root).map_err(refused)?;
    let slots = names.slots;
    let slot = |name: &str| {
        Some(match slots.get(Expression::slot(name)?)? {
            Slot::Fact(field) => field.kind.into(),
            Slot::Tag(..) => Type::Text,
            Slot::HasTag(..) => Type::Bool,
        })
    };
    Checker { slot: &slot }.check(&root).map_err(refused)?;
    Ok(Expression { root, slots, loops })
}

/// The first error of the parser.
fn unparsed(text: &str, errors: &ParseErrors) -> (usize, Wrong) {
    let Some(first) = errors.errors.first() else {
        return (0, Wrong::new("the expression is not CEL", "it does not parse", "correct it"));
    };
    let (line, column) = (usize::try_from(first.pos.0).unwrap_or(1), usize::try_from(first.pos.1).unwrap_or(1));
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    let why = first.msg.lines().next().unwrap_or_default().to_owned();
    (before + column.saturating_sub(1), Wrong::new("the expression is not CEL", why, "correct it"))
}

/// Levels, and loops within loops.
fn measured(expr: &IdedExpr) -> (usize, usize) {
    let worst = |parts: &[&IdedExpr]| {
        let of = parts.iter().map(|part| measured(part));
        of.fold((0, 0), |(depth, loops), (deeper, more)| (deeper.max(depth), more.max(loops)))
    };
    let Expr::Comprehension(of) = &expr.expr else {
        let (depth, loops) = worst(&parts(&expr.expr));
        return (depth + 1, loops);
    };
    // only what is evaluated for each element counts as within the loop
    let (depth, loops) = worst(&[&of.iter_range, &of.accu_init, &of.result]);
    let (deeper, within) = worst(&[&of.loop_cond, &of.loop_step]);
    (depth.max(deeper) + 1, loops.max(within + 1))
}

/// The parts of what is no loop.
fn parts(expr: &Expr) -> Vec<&IdedExpr> {
    match expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&*select.operand],
        // maps are refused, whatever is in them
        _ => Vec::new(),
    }
}

/// Replaces the names of facts by slots.
struct Names {
    subject: Subject,
    slots: Vec<Slot>,
    /// Names that loops bind.
    bound: Vec<String>,
}

impl Names {
    fn replace(&mut self, expr: &mut IdedExpr) -> Result<(), Misfit> {
        if let Some((path, is_test)) = path_of(&expr.expr)
            && !path.first().is_some_and(|root| self.bound.contains(root))
        {
            let slot = self.slot(expr.id, &path, is_test)?;
            let at = self.slots.iter().position(|other| *other == slot).unwrap_or_else(|| {
                self.slots.push(slot);
                self.slots.len() - 1
            });
            expr.expr = Expr::Ident(format!("{SLOT}{at}"));
            return Ok(());
        }
        match &mut expr.expr {
            Expr::Call(call) => {
                call.target.as_deref_mut().into_iter().chain(&mut call.args).try_for_each(|part| self.replace(part))
            }
            Expr::List(list) => list.elements.iter_mut().try_for_each(|part| self.replace(part)),
            Expr::Comprehension(of) => {
                let ComprehensionExpr {
                    iter_range, iter_var, accu_var, accu_init, loop_cond, loop_step, result, ..
                } = &mut **of;
                self.replace(iter_range)?;
                self.replace(accu_init)?;
                let outer = self.bound.len();
                self.bound.extend([iter_var.clone(), accu_var.clone()]);
                [loop_cond, loop_step, result].into_iter().try_for_each(|part| self.replace(part))?;
                self.bound.truncate(outer);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn slot(&self, node: u64, path: &[String], is_test: bool) -> Result<Slot, Misfit> {
        let name = path.iter().take(2).cloned().collect::<Vec<_>>().join(".");
        let Some(field) = of_subject(self.subject).find(|field| field.name == name) else {
            return Err(Misfit { node, wrong: no_fact(self.subject, &path.join(".")) });
        };
        match (field.kind, path.get(2..).unwrap_or_default(), is_test) {
            (_, [], false) => Ok(Slot::Fact(field)),
            (Kind::Tags, [key], false) => Ok(Slot::Tag(field, key.clone())),
            (Kind::Tags, [key], true) => Ok(Slot::HasTag(field, key.clone())),
            (_, _, true) => Err(Misfit {
                node,
                wrong: Wrong::new(
                    format!("`has` asks for `{}`", path.join(".")),
                    "every fact is there: one that was not read makes the expression unknown",
                    "ask for a tag: `has(account.tags.env)`",
                ),
            }),
            _ => Err(Misfit {
                node,
                wrong: Wrong::new(
                    format!("`{name}` has no part `{}`", path.get(2..).unwrap_or_default().join(".")),
                    format!("it is a {}", field.kind.words()),
                    "docs/own-rules.md lists the facts",
                ),
            }),
        }
    }
}

/// `a.b.c`, `a.b["c"]`, and whether it is within `has`.
fn path_of(expr: &Expr) -> Option<(Vec<String>, bool)> {
    match expr {
        Expr::Ident(name) if !name.starts_with(['@', SLOT]) => Some((vec![name.clone()], false)),
        Expr::Select(select) => {
            let (mut path, is_test) = path_of(&select.operand.expr)?;
            path.push(select.field.clone());
            Some((path, is_test || select.test))
        }
        Expr::Call(call) if call.func_name == operators::INDEX => {
            let [operand, IdedExpr { expr: Expr::Literal(LiteralValue::String(key)), .. }] = call.args.as_slice()
            else {
                return None;
            };
            let (mut path, is_test) = path_of(&operand.expr)?;
            path.push(key.inner().to_owned());
            Some((path, is_test))
        }
        _ => None,
    }
}
