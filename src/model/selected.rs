//! Which accounts a selector names, as far as the snapshot tells.

use super::account::Account;
use crate::selection::{Candidate, Selector};

impl Account {
    /// Whether the selector names the account; `None` if its tags, OUs or name, which would tell, were not read.
    #[must_use]
    pub fn fits(&self, selector: &Selector) -> Option<bool> {
        let tags = self.tags().filter(|_| matches!(selector, Selector::Tag(..))).unwrap_or_default();
        let tags: Vec<(String, String)> = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        let (id, name, units, unit_names) = (self.id(), self.name(), self.units(), self.unit_names());
        if selector.fits(Candidate { id, name, units, unit_names, tags: &tags }) {
            return Some(true);
        }
        let is_unread = match selector {
            Selector::Tag(..) => self.tags().is_none(),
            Selector::Unit(_) => self.units_gap().or(self.membership_gap()).is_some(),
            // an alias is not what the organization calls it
            Selector::Name(_) => self.membership_gap().is_some(),
            Selector::Account(_) => false,
        };
        (!is_unread).then_some(false)
    }
}
