//! Reading many documents: what they share is read and stored once.
//!
//! Owns: which parts of statements are the same in many documents, by their text. Whatever is unusual or wrong goes to `parse`,
//! which also says what is wrong.
//! INVARIANT: a document is read as `parse` reads it.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::action::ActionPattern;
use super::document::{Effect, Policy, Statement, Terms, Version};
use super::outline::{Outline, Outlines, Parts};
use super::parse::{
    self, MAX_BYTES, OneOrMany, PolicyError, RawConditions, RawPrincipal, action_clause, conditions, position,
    spelled_out,
};
use super::resource::{List, Patterns, ResourceClause};
use super::size::characters;
use super::text::Text;
use crate::json::Cursor;
use crate::recent::Recent;
use crate::text_hash::{Itself, TextHash, TextHasher};

/// A few hundred kinds of statements are most of an organization.
const RECENT: usize = 1024;

/// Reads documents one after the other.
pub struct Parser {
    hasher: TextHasher,
    terms: HashMap<TextHash, Arc<Terms>, BuildHasherDefault<Itself>>,
    recent: Recent<Arc<Terms>>,
    /// By the text of the list; `None` if it came once.
    recent_roles: Recent<Option<Arc<List>>>,
    /// Texts that are hashed together.
    joined: String,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            hasher: TextHasher::new(),
            terms: HashMap::default(),
            recent: Recent::new(RECENT),
            recent_roles: Recent::new(RECENT),
            joined: String::new(),
        }
    }
}

impl Parser {
    /// As [`parse`](super::parse).
    ///
    /// # Errors
    /// If the text is not a complete, valid policy document.
    pub fn parse(&mut self, json: &str) -> Result<Policy, PolicyError> {
        let json = spelled_out(json)?;
        let mut outlines = Outlines::default();
        let mut cursor = Cursor::new(&json);
        let outline = outlines.read(&mut cursor).filter(|_| cursor.end().is_some());
        match outline.and_then(|outline| self.document(&json, &outlines, outline)) {
            Some(policy) => Ok(policy),
            None => parse::object(&json),
        }
    }

    /// As [`Parser::parse`], for a document of which the outline is known.
    ///
    /// # Errors
    /// If the text is not a complete, valid policy document.
    pub(crate) fn parse_outlined(
        &mut self,
        json: &str,
        outlines: &Outlines<'_>,
        outline: Outline,
    ) -> Result<Policy, PolicyError> {
        let usual = json.len() <= MAX_BYTES;
        match usual.then(|| self.document(json, outlines, outline)).flatten() {
            Some(policy) => Ok(policy),
            None => self.parse(json),
        }
    }

    fn document(&mut self, json: &str, outlines: &Outlines<'_>, outline: Outline) -> Option<Policy> {
        let version = outline.version;
        let parts = outlines.statements(outline);
        let mut statements = Vec::with_capacity(parts.len());
        for (at, parts) in parts.iter().enumerate() {
            statements.push(self.statement(parts, at, version)?);
        }
        Some(Policy { version, size: characters(json), statements: statements.into() })
    }

    fn statement(&mut self, parts: &Parts<'_>, at: usize, version: Version) -> Option<Statement> {
        let terms = self.terms(parts, at, version)?;
        let resources = match parts.resource {
            Some(list) if names_roles(&terms) => {
                Some(ResourceClause::new(list.negated, self.roles(list.text, version)?))
            }
            Some(list) => Some(ResourceClause::new(list.negated, patterns(list.text, version)?)),
            None => None,
        };
        Some(Statement { terms, resources })
    }

    /// Patterns of roles. What may be assumed is the same for many: the third document with a list shares that of the second.
    fn roles(&mut self, text: &str, version: Version) -> Option<Patterns> {
        let known = self.recent_roles.get(text).cloned();
        if let Some(Some(list)) = known {
            return Some(Patterns::Many(list));
        }
        let read = patterns(text, version)?;
        // a variable is one under one version alone
        if text.contains('$') {
            return Some(read);
        }
        let list = known.map(|_| read.clone().shared());
        self.recent_roles.put(text, list.clone());
        Some(list.map_or(read, Patterns::Many))
    }

    fn terms(&mut self, parts: &Parts<'_>, at: usize, version: Version) -> Option<Arc<Terms>> {
        let effect = match parts.effect? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return None,
        };
        let action = parts.action?;
        let variables = version == Version::V2012;
        self.joined.clear();
        // JSON never has this character, so that no two lists of texts are one text
        for text in [
            if variables { "2012" } else { "2008" },
            parts.effect?,
            if action.negated { "not" } else { "" },
            action.text,
            parts.sid.unwrap_or_default(),
            parts.condition.unwrap_or_default(),
            parts.principal.map_or("", |list| if list.negated { "not" } else { "" }),
            parts.principal.map_or("", |list| list.text),
        ] {
            self.joined.push_str(text);
            self.joined.push('\0');
        }
        self.joined.extend(position(at).to_le_bytes().map(char::from));
        if let Some(known) = self.recent.get(&self.joined) {
            return Some(Arc::clone(known));
        }
        let hash = self.hasher.hash(&self.joined);
        if let Some(known) = self.terms.get(&hash) {
            self.recent.put(&self.joined, Arc::clone(known));
            return Some(Arc::clone(known));
        }
        let conditions_read = match parts.condition {
            Some(text) => Some(serde_json::from_str::<RawConditions>(text).ok()?),
            None => None,
        };
        let principal = match parts.principal {
            Some(list) => Some(serde_json::from_str::<RawPrincipal>(list.text).ok()?.clause(list.negated)),
            None => None,
        };
        let terms = Arc::new(Terms {
            index: position(at),
            sid: parts.sid.unwrap_or_default().into(),
            effect,
            principal,
            actions: action_clause(action.negated, &serde_json::from_str(action.text).ok()?),
            conditions: conditions(conditions_read, variables),
        });
        self.terms.insert(hash, Arc::clone(&terms));
        Some(terms)
    }
}

/// Whether a statement is about assuming roles.
fn names_roles(terms: &Terms) -> bool {
    terms
        .actions
        .patterns
        .iter()
        .any(|pattern| matches!(pattern, ActionPattern::Named { service, .. } if **service == *"sts"))
}

/// The patterns of a `Resource` element.
fn patterns(text: &str, version: Version) -> Option<Patterns> {
    let variables = version == Version::V2012;
    if let Some(patterns) = plain_patterns(text, variables) {
        return Some(patterns);
    }
    let OneOrMany(list) = serde_json::from_str::<OneOrMany<String>>(text).ok()?;
    Some(list.iter().map(|pattern| Text::of_resource(pattern, variables)).collect())
}

/// Patterns without escapes.
fn plain_patterns(text: &str, variables: bool) -> Option<Patterns> {
    let mut cursor = Cursor::new(text);
    if cursor.peek()? != b'[' {
        return Some(Patterns::One(Text::of_resource(cursor.string()?, variables)));
    }
    let mut list = Vec::new();
    cursor.list(|cursor| {
        list.push(Text::of_resource(cursor.string()?, variables));
        Some(())
    })?;
    Some(list.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document in parts, so that parts can be exchanged.
    fn documents() -> Vec<String> {
        let actions = [r#""Action":"sts:AssumeRole""#, r#""NotAction":["iam:*","s3:Get\u002a"]"#, r#""Action":5"#, ""];
        let resources = [
            r#""Resource":"*""#,
            r#""Resource":["arn:aws:iam::1:user/${aws:username}","b","c","d","e*","f"]"#,
            r#""NotResource":[]"#,
            r#""Resource":"a\"b""#,
            r#""Resource":{"a":1}"#,
            r#""Resource":"a","NotResource":"b""#,
        ];
        let others = [
            r#""Effect":"Allow""#,
            r#""Effect":"Deny","Sid":"One","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
            r#""Effect":"Deny","Condition":{"Bool":{"a":"1"},"Bool":{"a":"2"}}"#,
            r#""Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"]}"#,
            r#""Effect":"Allow","NotPrincipal":"*""#,
            r#""Effect":"Allow","Principal":{"AWS":"*","AWS":"*"}"#,
            r#""Effect":"Allow","Sid":null,"Principal":null"#,
            r#""Effect":"Allow","Effect":"Allow""#,
            r#""effect":"Allow""#,
            r#""Effect":"Never""#,
        ];
        let wholes = [
            r#"{"Version":"2012-10-17","Statement":[{@}]}"#,
            r#"{"Version":"2012-10-17","Id":"x","Statement":{@}}"#,
            r#"{"Statement":[{@},{@}]}"#,
            r#"{"Statement":[{@}],"Version":"2012-10-17"}"#,
            r#"{"Version":"2020-01-01","Statement":[{@}]}"#,
            r#"{"Version":"2012-10-17","Statement":[{@}],"Wibble":1}"#,
            r#" { "Version" : "2012-10-17" , "Statement" : [ { @ } ] } "#,
            r#"{"Version":"2012-10-17","Statement":[{@}]} x"#,
        ];
        let mut all = Vec::new();
        for whole in wholes {
            for action in actions {
                for resource in resources {
                    for other in others {
                        let parts: Vec<&str> =
                            [action, resource, other].into_iter().filter(|p| !p.is_empty()).collect();
                        all.push(whole.replace('@', &parts.join(",")));
                    }
                }
            }
        }
        all
    }

    #[test]
    fn documents_are_read_as_parse_reads_them() {
        let mut parser = Parser::default();
        let mut read = 0;
        for json in documents() {
            let text = serde_json::to_string(&json).unwrap();
            let encoded = percent_encoding::utf8_percent_encode(&json, percent_encoding::NON_ALPHANUMERIC);
            for spelling in [json.clone(), text, format!("\"{encoded}\"")] {
                let (quick, slow) = (parser.parse(&spelling), super::super::parse(&spelling));
                read += usize::from(quick.is_ok());
                assert_eq!(quick.map_err(|e| e.to_string()), slow.map_err(|e| e.to_string()), "{spelling}");
            }
        }
        assert!(read > 500, "only {read} were documents");
    }

    #[test]
    fn what_is_equal_is_stored_once() {
        let mut parser = Parser::default();
        let document = |name: &str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::{name}"}}}}"#)
        };
        let [one, other] = ["a", "b"].map(|name| parser.parse(&document(name)).unwrap());
        assert!(Arc::ptr_eq(&one.statements[0].terms, &other.statements[0].terms));
        assert_ne!(one, other);
        let role = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::1:role/a"}}"#;
        let [first, second, third] = [(); 3].map(|()| parser.parse(role).unwrap());
        let list = |policy: &Policy| policy.statements[0].resources.as_ref().unwrap().patterns.as_ptr();
        assert!(list(&first) != list(&second) && list(&second) == list(&third));
        assert_eq!(first, third);
    }
}
