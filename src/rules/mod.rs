//! Rules: a card for people and a pure function each.
