pub(in crate::rules) const RULES: &[&dyn crate::rules::rule::Rule] = &[];
