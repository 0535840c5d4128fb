//! Wildcards against regular expressions of the same language.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regex::Regex;
use rolehop::wildcard;

fn translated(pattern: &str, ignore_case: bool) -> Option<Regex> {
    let mut expression = String::from(if ignore_case { "(?si)^" } else { "(?s)^" });
    for c in pattern.chars() {
        match c {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            c => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push_str("\\z");
    Regex::new(&expression).ok()
}

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    if pattern.len() > 200 || text.len() > 400 {
        return;
    }
    if let Some(oracle) = translated(pattern, false) {
        assert_eq!(wildcard::matches(pattern, text), oracle.is_match(text), "{pattern:?} {text:?}");
    }
    // letters beyond ASCII fold in more ways than IAM's names know
    if pattern.is_ascii() && text.is_ascii()
        && let Some(oracle) = translated(pattern, true)
    {
        assert_eq!(wildcard::matches_ignoring_case(pattern, text), oracle.is_match(text), "{pattern:?} {text:?}");
    }
});
