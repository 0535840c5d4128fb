//! Percent-encoded documents: the encoded spelling says the same as the plain one, and any other bytes never panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rolehop::policy::parse;

fuzz_target!(|text: &str| {
    let _ = parse(&serde_json::Value::String(text.to_owned()).to_string());
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Sid": text, "Effect": "Allow", "Action": text, "Resource": [text, "*"],
         "Condition": {"StringLike": {"aws:PrincipalTag/x": text}}}]});
    let plain = parse(&document.to_string()).expect("plain");
    let encoded = utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string();
    let encoded = parse(&serde_json::Value::String(encoded).to_string()).expect("encoded");
    assert_eq!(plain, encoded);
});
