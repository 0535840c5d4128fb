//! One test of a condition block: an operator, a key, the values.

use super::key::ContextKey;
use super::operator::{Base, Operator};
use super::text::Text;

/// One line of a `Condition` block. All lines of a block must hold; of the values, one must match (for negated operators, none
/// may).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// How the values are compared.
    pub operator: Operator,
    /// The operator as the policy has it.
    pub written: Box<str>,
    /// The fact of the request that is compared.
    pub key: ContextKey,
    /// As written.
    pub values: Box<[Text]>,
}

impl Condition {
    /// The values as they are shown: an external id may not be for everybody.
    pub fn shown_values(&self) -> impl Iterator<Item = &str> {
        let hides = self.has_values_of_key();
        self.values.iter().map(move |value| if hides { self.key.shown_value(value.as_str()) } else { value.as_str() })
    }

    /// False where its values only say whether the key is there.
    pub(super) fn has_values_of_key(&self) -> bool {
        self.operator.base != Base::Null
    }

    /// Every key that the test reads: its own and those of variables in its values.
    pub fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        std::iter::once(&self.key).chain(self.values.iter().flat_map(Text::variables))
    }
}
