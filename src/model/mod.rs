//! The estate: immutable tables of accounts, units, principals, classes, policies and trusts, and the indexes over them.
