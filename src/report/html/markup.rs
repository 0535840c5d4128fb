//! From a template to a page.
//!
//! Owns: how text becomes markup, and the policy of a page. INVARIANT: every text is escaped; a page runs and styles nothing but what
//! its policy names by digest.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::report::terminal::names::number;

/// What pages share.
const PARTS: &str = include_str!("../../../reports/html/parts.html");

/// The policy of a page with this style and, if it has one, this script: it loads nothing.
pub(in crate::report) fn policy(script: Option<&str>, style: &str) -> String {
    let digest = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let script = script.map_or_else(|| "'none'".to_owned(), digest);
    let style = digest(style);
    format!("default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'")
}

/// Fills a template.
pub(in crate::report) fn render(template: &str, page: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    fill(template, page, out).map_err(io::Error::other)
}

fn fill(template: &str, page: &impl Serialize, out: &mut dyn Write) -> Result<(), minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("number", |count: usize| number(count));
    environment.add_filter("ticks", ticks);
    environment.add_filter("breaks", breaks);
    environment.add_template("parts", PARTS)?;
    environment.add_template("page", template)?;
    environment.get_template("page")?.render_captured_to(minijinja::value::Serde(page), out).map(|_| ())
}

/// Text with code between backticks, as markup.
fn ticks(text: &str) -> Value {
    let mut parts = text.split('`');
    let mut markup = parts.next().map(escaped).unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    for pair in rest.chunks(2) {
        match pair {
            [code, after] => markup.push_str(&format!("<code>{}</code>{}", escaped(code), escaped(after))),
            // one that is not closed is a character like any other
            [open] => markup.push_str(&format!("`{}", escaped(open))),
            _ => {}
        }
    }
    Value::from_safe_string(markup)
}

/// A name that a narrow column may break where its parts meet, and not within one.
fn breaks(text: &str) -> Value {
    let parts = text.split_inclusive(['/', ':', '-', '_', '.', '@']);
    Value::from_safe_string(parts.map(escaped).collect::<Vec<_>>().join("<wbr>"))
}

fn escaped(text: &str) -> String {
    HtmlEscape(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_everything_is_escaped() {
        assert_eq!(ticks("use `a<b>` & `c`").to_string(), "use <code>a&lt;b&gt;</code> &amp; <code>c</code>");
        assert_eq!(ticks("one ` alone").to_string(), "one ` alone");
        assert_eq!(breaks("dev/<b>-1").to_string(), "dev&#x2f;<wbr>&lt;b&gt;-<wbr>1");
        assert_eq!(ticks("<script>").to_string(), "&lt;script&gt;");
    }
}
