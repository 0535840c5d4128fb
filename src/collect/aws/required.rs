//! What AWS documents as always present: the elements of each answer, and the fields of each entry.
//!
//! Owns: comparing the text of an answer with the rows of its operation (`facet`). The SDK reads an absent list as an
//! empty one and an absent field as nothing, so the two cannot be told apart afterwards. Does not judge values.
//! INVARIANT: an answer that passes has every list and every field of its rows; a new call means a new row.
//! Source: API references of IAM, Organizations and CloudTrail (response elements), and their service models. What AWS
//! omits when it is empty (`UserPolicyList`, `Tags`, `PermissionsBoundary`, a root user's `UserName`) is in no row.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::defect::Defect;
use crate::facet::{Operation, operations};

/// The rows of one operation as a tree of element names.
#[derive(Debug, Default)]
struct Node {
    /// As in the table.
    path: &'static str,
    /// Required fields, and whether each must be non-empty.
    fields: Vec<(&'static str, bool)>,
    children: BTreeMap<&'static str, Node>,
}

/// By action.
static TREES: LazyLock<BTreeMap<String, Node>> = LazyLock::new(|| {
    let mut trees = BTreeMap::<_, Node>::new();
    for (_, operation) in operations() {
        let root = trees.entry(operation.action()).or_default();
        for (path, fields) in operation.required {
            let mut node = &mut *root;
            for name in path.split('/').filter(|name| !name.is_empty()) {
                node = node.children.entry(name).or_default();
            }
            node.path = path;
            let field = |word: &'static str| word.strip_suffix('+').map_or((word, false), |name| (name, true));
            node.fields.extend(fields.split(' ').map(field));
        }
    }
    trees
});

impl Node {
    /// The first required field that was not seen, as a defect.
    fn complete(&self, seen: &[&'static str]) -> Result<(), Defect> {
        match self.fields.iter().find(|(field, _)| !seen.contains(field)) {
            Some((field, _)) if self.path.is_empty() => Err(Defect::Lacks(field)),
            Some((field, _)) => Err(Defect::EntryLacks { entry: self.path, field }),
            None => Ok(()),
        }
    }

    /// The required field of this name, if its content is sufficient.
    fn field(&self, name: &str, is_filled: bool) -> Option<&'static str> {
        self.fields.iter().find(|(field, filled)| *field == name && (is_filled || !filled)).map(|(field, _)| *field)
    }
}

/// An element that is open.
struct Open<'t> {
    name: String,
    node: Option<&'t Node>,
    seen: Vec<&'static str>,
    filled: bool,
}

/// Checks an answer of the query protocol whose root and result exist.
pub(crate) fn xml(operation: &Operation, text: &str) -> Result<(), Defect> {
    let Some(tree) = TREES.get(&operation.action()) else { return Ok(()) };
    let result = format!("{}Result", operation.name);
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut had_result = false;
    loop {
        let event = reader.read_event().map_err(|_| Defect::NotXml)?;
        let (element, is_closed) = match &event {
            Event::Start(element) => (Some(element), false),
            Event::Empty(element) => (Some(element), true),
            _ => (None, false),
        };
        if let Some(element) = element {
            let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
            let is_result = open.len() == 1 && name == result;
            had_result |= is_result;
            let node = match open.last_mut() {
                _ if is_result => Some(tree),
                Some(parent) => {
                    parent.filled = true;
                    parent.node.and_then(|node| node.children.get(name.as_str()))
                }
                None => None,
            };
            open.push(Open { name, node, seen: Vec::new(), filled: false });
        }
        match event {
            Event::Text(text) if !text.iter().all(u8::is_ascii_whitespace) => fill(&mut open),
            Event::CData(_) | Event::GeneralRef(_) => fill(&mut open),
            Event::End(_) => close(&mut open)?,
            Event::Empty(_) if is_closed => close(&mut open)?,
            Event::Eof if had_result => return Ok(()),
            // an answer without result holds nothing that its operation promises
            Event::Eof => return tree.complete(&[]),
            _ => {}
        }
    }
}

fn fill(open: &mut [Open<'_>]) {
    if let Some(element) = open.last_mut() {
        element.filled = true;
    }
}

fn close(open: &mut Vec<Open<'_>>) -> Result<(), Defect> {
    let Some(element) = open.pop() else { return Ok(()) };
    if let Some(node) = element.node {
        node.complete(&element.seen)?;
    }
    let field = open.last().and_then(|parent| parent.node?.field(&element.name, element.filled));
    if let (Some(parent), Some(field)) = (open.last_mut(), field) {
        parent.seen.push(field);
    }
    Ok(())
}

/// Checks an answer of the JSON protocol.
pub(crate) fn json(operation: &Operation, body: &[u8]) -> Result<(), Defect> {
    let Some(tree) = TREES.get(&operation.action()) else { return Ok(()) };
    let value = serde_json::from_slice(body).map_err(|_| Defect::NotJson)?;
    object(tree, &value)
}

fn object(node: &Node, value: &Value) -> Result<(), Defect> {
    let present = |field: &&(&'static str, bool)| match value.get(field.0) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !(field.1 && text.is_empty()),
        Some(Value::Object(fields)) => !(field.1 && fields.is_empty()),
        Some(_) => true,
    };
    let seen: Vec<&'static str> = node.fields.iter().filter(present).map(|(field, _)| *field).collect();
    node.complete(&seen)?;
    for (name, child) in &node.children {
        let Some(inner) = value.get(name) else { continue };
        match (inner, child.children.get("member")) {
            (Value::Array(items), Some(member)) => items.iter().try_for_each(|item| object(member, item))?,
            _ => object(child, inner)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facet::{Service, operation};

    const DETAILS: &str = "GetAccountAuthorizationDetails";

    fn xml(name: &str, text: &str) -> Result<(), Defect> {
        super::xml(operation(Service::Iam, name).unwrap(), text)
    }

    fn json(name: &str, body: &[u8]) -> Result<(), Defect> {
        super::json(operation(Service::Organizations, name).unwrap(), body)
    }

    const ROLE: &str = "<member><RoleName>a</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/a</Arn>\
        <AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument><InstanceProfileList/><RolePolicyList/>\
        <AttachedManagedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/P</PolicyArn></member></AttachedManagedPolicies>\
        <Tags><member><Key>k</Key><Value/></member></Tags></member>";

    fn page(roles: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><{DETAILS}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{DETAILS}Result>\
             <UserDetailList/><GroupDetailList></GroupDetailList><RoleDetailList>{roles}</RoleDetailList><Policies/>\
             <IsTruncated>false</IsTruncated></{DETAILS}Result><ResponseMetadata/></{DETAILS}Response>"
        )
    }

    #[test]
    fn a_whole_page_passes_and_lists_may_be_empty() {
        assert_eq!(xml(DETAILS, &page(ROLE)), Ok(()));
        assert_eq!(xml(DETAILS, &page("")), Ok(()));
    }

    /// Removes each element that the table names from a whole answer: no such answer passes.
    #[test]
    fn an_answer_without_a_list_or_a_field_is_refused_by_its_name() {
        for list in ["UserDetailList", "Policies"] {
            let without = page(ROLE).replace(&format!("<{list}/>"), "");
            assert_eq!(xml(DETAILS, &without), Err(Defect::Lacks(list)));
        }
        let entry = "RoleDetailList/member";
        for (sent, field) in [
            ("<RoleId>AROA</RoleId>", "RoleId"),
            ("<Arn>arn:aws:iam::111122223333:role/a</Arn>", "Arn"),
            ("<AssumeRolePolicyDocument>%7B%7D</AssumeRolePolicyDocument>", "AssumeRolePolicyDocument"),
            ("<RolePolicyList/>", "RolePolicyList"),
        ] {
            assert_eq!(xml(DETAILS, &page(&ROLE.replace(sent, ""))), Err(Defect::EntryLacks { entry, field }));
        }
        let emptied = page(&ROLE.replace("AROA", " "));
        assert_eq!(xml(DETAILS, &emptied), Err(Defect::EntryLacks { entry, field: "RoleId" }));
        let entry = "RoleDetailList/member/AttachedManagedPolicies/member";
        let without = page(&ROLE.replace("<PolicyArn>arn:aws:iam::aws:policy/P</PolicyArn>", ""));
        assert_eq!(xml(DETAILS, &without), Err(Defect::EntryLacks { entry, field: "PolicyArn" }));
        let without = page(&ROLE.replace("<Key>k</Key>", ""));
        assert_eq!(
            xml(DETAILS, &without),
            Err(Defect::EntryLacks { entry: "RoleDetailList/member/Tags/member", field: "Key" })
        );
    }

    #[test]
    fn an_answer_without_result_or_with_an_empty_policy_holds_nothing() {
        let name = "GetAccountPasswordPolicy";
        let answer = |inner: &str| format!("<{name}Response>{inner}<ResponseMetadata/></{name}Response>");
        assert_eq!(xml(name, &answer("")), Err(Defect::Lacks("PasswordPolicy")));
        assert_eq!(xml(name, &answer(&format!("<{name}Result/>"))), Err(Defect::Lacks("PasswordPolicy")));
        let empty = answer(&format!("<{name}Result><PasswordPolicy/></{name}Result>"));
        assert!(xml(name, &empty).is_err());
    }

    #[test]
    fn entries_of_json_lists_have_their_ids() {
        assert_eq!(json("ListPolicies", br#"{"Policies":[{"Id":"p-1"}]}"#), Ok(()));
        let entry = "Policies/member";
        let refused = Err(Defect::EntryLacks { entry, field: "Id" });
        assert_eq!(json("ListPolicies", br#"{"Policies":[{"Name":"a"}]}"#), refused);
        assert_eq!(json("ListPolicies", br#"{"Policies":[{"Id":""}]}"#), refused);
        assert_eq!(json("ListAccounts", b"{}"), Err(Defect::Lacks("Accounts")));
        assert_eq!(json("DescribePolicy", br#"{"Policy":{}}"#), Err(Defect::Lacks("Policy")));
        assert_eq!(json("ListTagsForResource", br#"{"Tags":[{"Key":"k","Value":""}]}"#), Ok(()));
    }
}
