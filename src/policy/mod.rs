//! The IAM policy language: document, parsing, actions, resources, principals, condition operators.
