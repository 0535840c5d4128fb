//! One test of a condition block: an operator, a key, the values.

use super::key::ContextKey;
use super::operator::Operator;
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
    /// Every key that the test reads: its own and those of variables in its values.
    pub fn keys(&self) -> impl Iterator<Item = &ContextKey> {
        std::iter::once(&self.key).chain(self.values.iter().flat_map(Text::variables))
    }
}
