//! Wildcards against regular expressions of the same language.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regex::Regex;
use rolehop::wildcard;

fn translated(pattern: &str) -> Option<Regex> {
    let mut expression = String::from("(?s)^");
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
    if let Some(oracle) = translated(pattern) {
        assert_eq!(wildcard::matches(pattern, text), oracle.is_match(text), "{pattern:?} {text:?}");
    }
});
