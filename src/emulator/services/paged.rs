//! Pages of a JSON list.
//!
//! Owns: the size of a page, its token, and what is said of a wrong one. `protocol::page` decides which entries it has.

use serde_json::{Value, json};

use crate::emulator::protocol::error_response::ErrorResponse;
use crate::emulator::protocol::page::Page;
use crate::emulator::protocol::request::Call;
use crate::emulator::state::State;

/// How a service cuts its lists.
pub(super) struct Pages {
    /// The parameter for the size of a page.
    pub(super) size: &'static str,
    /// The parameter and the key for the token of the next one.
    pub(super) token: &'static str,
    /// AWS's largest page, which is also the default.
    pub(super) most: usize,
    /// Error codes for a size and for a token that are wrong.
    pub(super) wrong: (&'static str, &'static str),
}

impl Pages {
    /// One page of `entries` under `key`, each as `show` has it. AWS omits the token at the end.
    pub(super) fn page<T>(
        &self,
        state: &State,
        call: &Call,
        key: &str,
        entries: impl IntoIterator<Item = T>,
        show: impl Fn(T) -> Value,
    ) -> Result<Value, ErrorResponse> {
        let entries: Vec<T> = entries.into_iter().collect();
        let asked = match call.number(self.size) {
            None => Some(self.most),
            Some(asked) => asked.and_then(|asked| usize::try_from(asked).ok()),
        };
        let size = asked.filter(|asked| (1..=self.most).contains(asked)).ok_or_else(|| {
            ErrorResponse::new(400, self.wrong.0, format!("MaxResults must be between 1 and {}.", self.most))
        })?;
        let token = call.parameter(self.token);
        let page = Page::of(&call.operation, token, size.min(state.options.page_size), entries.len())
            .ok_or_else(|| ErrorResponse::new(400, self.wrong.1, "You provided an invalid pagination token."))?;
        let mut answer = json!({key: page.cut(entries).map(show).collect::<Vec<_>>()});
        if let (Some(next), Some(object)) = (page.next, answer.as_object_mut()) {
            object.insert(self.token.to_owned(), next.into());
        }
        Ok(answer)
    }
}
