//! The referee: a second, deliberately simple reading of how IAM decides, written from the reference text and never
//! from the engine, so that the two do not share a mistake.
//!
//! Owns: one request decided with two values (`decide`), three values by trying every world (`worlds`), paths by plain
//! search (`graph`, `paths`), random organizations (`arbitrary`) and reducing one that shows a difference (`shrink`).
//! Must not know: anything of `rolehop`. Clarity before speed: matching is recursive, documents stay JSON.

#![allow(unreachable_pub, missing_docs, reason = "shared by test binaries, not a library")]
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "an organization that the referee cannot read is a mistake of the generator and must stop the test"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;

pub mod arbitrary;
pub mod bindings;
pub mod calls;
pub mod condition;
pub mod credential;
pub mod decide;
pub mod directory;
pub mod documents;
pub mod domains;
pub mod graph;
pub mod organization;
pub mod passing;
pub mod paths;
pub mod people;
pub mod requests;
mod rollout;
pub mod samples;
pub mod sessions;
pub mod shrink;
pub mod statement;
pub mod text;
pub mod vocabulary;
pub mod worlds;

/// A request fact that the evaluation needed and that this world has not decided yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided(pub String);

/// A value, or the name of the fact that must be decided before there is one.
pub type Asked<T> = Result<T, Undecided>;

/// The request facts that conditions and variables read; key names arrive in lower case.
pub trait Context {
    /// The values of a key; `None` if the request does not have it.
    fn values(&self, key: &str) -> Asked<Option<Vec<String>>>;
    /// The name of the calling role session.
    fn session_name(&self) -> Asked<String>;
}

/// A context given key by key.
pub struct Given {
    pub values: BTreeMap<String, Vec<String>>,
    pub session: String,
}

impl Context for Given {
    fn values(&self, key: &str) -> Asked<Option<Vec<String>>> {
        Ok(self.values.get(key).cloned())
    }

    fn session_name(&self) -> Asked<String> {
        Ok(self.session.clone())
    }
}

/// The strings of an element that may hold one or a list of them; numbers and booleans count as their text.
pub fn strings(element: &serde_json::Value) -> Vec<Cow<'_, str>> {
    use serde_json::Value;
    match element {
        Value::Array(all) => all.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.as_str().into()],
        Value::Bool(flag) => vec![flag.to_string().into()],
        Value::Number(number) => vec![number.to_string().into()],
        Value::Null => Vec::new(),
        Value::Object(_) => panic!("an object where a text should be: {element}"),
    }
}
