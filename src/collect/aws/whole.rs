//! Whether the text of an answer is whole.
//!
//! Owns: the check that the SDK does not make. Measured: the SDK accepts XML that was cut off anywhere after the first
//! element, and reads a missing `IsTruncated` as false; it accepts `{}` as an organization without accounts.
//! INVARIANT: no proper prefix of a whole answer is whole, up to trailing white space.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::defect::Defect;
use super::required;
use super::text::is_web_page;
use crate::facet::{Operation, Whole};

/// Checks the body of a successful answer.
pub(crate) fn check(operation: &'static Operation, body: &[u8]) -> Result<(), Defect> {
    match operation.whole {
        Whole::Xml => xml(operation.name, body).and_then(|text| required::xml(operation, text)),
        Whole::XmlPage => page(operation.name, body).and_then(|text| required::xml(operation, text)),
        Whole::Json(key) => json(key, body, |value| value.starts_with(['[', '{'])),
        Whole::JsonValue(key) => json(key, body, |value| !value.starts_with(['[', '{', 'n'])),
    }?;
    match operation.whole {
        Whole::Xml | Whole::XmlPage => Ok(()),
        Whole::Json(_) | Whole::JsonValue(_) => required::json(operation, body),
    }
}

/// Checks the body of an error answer, which is only an answer if it is whole and has a code: a truncated one could
/// mean anything. A web page is recognized where the error is read, and a bare 429 is understood without a code.
///
/// The JSON protocol has the code in the body or in the header `x-amzn-errortype`.
pub(crate) fn check_refusal(
    operation: &'static Operation,
    status: u16,
    header: Option<&str>,
    body: &[u8],
) -> Result<(), Defect> {
    if status == 429 || status == 407 || is_web_page(body) {
        return Ok(());
    }
    let has_code = match operation.whole {
        Whole::Xml | Whole::XmlPage => is_xml_refusal(body),
        Whole::Json(_) | Whole::JsonValue(_) => {
            let keys = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(body);
            let in_header = header.is_some_and(|code| !code.trim().is_empty());
            keys.is_ok_and(|keys| in_header || keys.contains_key("__type") || keys.contains_key("code"))
        }
    };
    if has_code { Ok(()) } else { Err(Defect::NoCode(status)) }
}

/// A closed element with a code in it: `ErrorResponse` of IAM and STS, `Response` of other implementations.
fn is_xml_refusal(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let text = text.trim_start_matches('\u{feff}').trim();
    let root = match text.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>").map_or("", |(_, rest)| rest.trim_start()),
        None => text,
    };
    let name =
        root.strip_prefix('<').and_then(|rest| rest.split([' ', '>', '\t', '\r', '\n']).next()).unwrap_or_default();
    let closes = !name.is_empty() && root.ends_with(&format!("</{name}>"));
    closes && root.contains("<Code>") && root.contains("</Code>")
}

fn xml<'a>(name: &'static str, body: &'a [u8]) -> Result<&'a str, Defect> {
    let text = std::str::from_utf8(body).map_err(|_| Defect::Truncated(name))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let root = match text.strip_prefix("<?xml") {
        Some(declaration) => declaration.split_once("?>").ok_or(Defect::Truncated(name))?.1.trim_start(),
        None => text,
    };
    let opens = root.strip_prefix('<').and_then(|t| t.strip_prefix(name)).and_then(|t| t.strip_prefix("Response"));
    if !opens.is_some_and(|rest| rest.starts_with([' ', '>', '\t', '\n', '\r'])) {
        return Err(foreign(name, root));
    }
    let closes = text.strip_suffix('>').and_then(|t| t.strip_suffix("Response")).and_then(|t| t.strip_suffix(name));
    if closes.is_some_and(|rest| rest.ends_with("</")) { Ok(root) } else { Err(Defect::Truncated(name)) }
}

/// A cut inside the root's opening tag is a truncation; anything else is not an answer of AWS.
fn foreign(name: &'static str, root: &str) -> Defect {
    let open = format!("<{name}Response ");
    if is_web_page(root.as_bytes()) {
        Defect::web_page(None, None)
    } else if open.starts_with(root) {
        Defect::Truncated(name)
    } else {
        Defect::Foreign(name)
    }
}

fn page<'a>(name: &'static str, body: &'a [u8]) -> Result<&'a str, Defect> {
    let text = xml(name, body)?;
    // documents are percent-encoded and all other text is escaped, so a literal tag is the real one
    let marks = text.matches("<IsTruncated>true</IsTruncated>").count()
        + text.matches("<IsTruncated>false</IsTruncated>").count();
    if marks == 1 && text.matches("<IsTruncated").count() == 1 { Ok(text) } else { Err(Defect::PageMark(marks)) }
}

fn json(key: &'static str, body: &[u8], is_such: impl Fn(&str) -> bool) -> Result<(), Defect> {
    let keys: BTreeMap<String, Box<RawValue>> = match serde_json::from_slice(body) {
        Ok(keys) => keys,
        Err(_) if body.trim_ascii_start().starts_with(b"<") => return Err(Defect::web_page(None, None)),
        Err(_) => return Err(Defect::NotJson),
    };
    // RawValue is valid JSON, so its first character tells its type
    match keys.get(key) {
        Some(value) if is_such(value.get()) => {
            serde_json::from_str::<IgnoredAny>(value.get()).map(drop).map_err(|_| Defect::NotJson)
        }
        _ => Err(Defect::Lacks(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facet::operations;

    const PAGE: &str = concat!(
        r#"<?xml version="1.0"?>"#,
        "\n",
        r#"<GetAccountAuthorizationDetailsResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">"#,
        "<GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><RoleDetailList>",
        "<member><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>",
        "<RoleName>app</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/app</Arn><InstanceProfileList/>",
        "<RolePolicyList/><AttachedManagedPolicies/></member></RoleDetailList><Policies/></GetAccountAuthorizationDetailsResult>",
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetAccountAuthorizationDetailsResponse>"
    );

    fn op(name: &str) -> &'static Operation {
        operations().find(|(_, operation)| operation.name == name).unwrap().1
    }

    #[test]
    fn a_page_cut_at_any_byte_is_not_whole() {
        let page = op("GetAccountAuthorizationDetails");
        assert_eq!(check(page, PAGE.as_bytes()), Ok(()));
        assert_eq!(check(page, format!("{PAGE}\n").as_bytes()), Ok(()));
        for cut in 0..PAGE.len() {
            assert!(check(page, &PAGE.as_bytes()[..cut]).is_err(), "accepted when cut at byte {cut}");
        }
    }

    #[test]
    fn a_page_says_once_whether_more_follows() {
        let page = op("GetAccountAuthorizationDetails");
        let without = PAGE.replace("<IsTruncated>false</IsTruncated>", "");
        assert_eq!(check(page, without.as_bytes()), Err(Defect::PageMark(0)));
        let twice = PAGE.replace("<RoleDetailList>", "<IsTruncated>true</IsTruncated><RoleDetailList>");
        assert_eq!(check(page, twice.as_bytes()), Err(Defect::PageMark(2)));
        let odd = PAGE.replace("<IsTruncated>false", "<IsTruncated>maybe");
        assert!(check(page, odd.as_bytes()).is_err());
    }

    #[test]
    fn an_answer_to_another_question_is_foreign() {
        assert_eq!(check(op("GetAccountSummary"), PAGE.as_bytes()), Err(Defect::Foreign("GetAccountSummary")));
        assert_eq!(check(op("GetAccountSummary"), b"<!DOCTYPE html><html></html>"), Err(Defect::web_page(None, None)));
    }

    #[test]
    fn a_refusal_that_is_cut_is_no_answer() {
        let xml = "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
                   <Type>Sender</Type><Code>NoSuchEntity</Code><Message>gone</Message></Error></ErrorResponse>";
        let json = r#"{"__type":"AccessDeniedException","Message":"no"}"#;
        for (operation, whole) in [("GetSAMLProvider", xml), ("ListAccounts", json)] {
            assert_eq!(check_refusal(op(operation), 404, None, whole.as_bytes()), Ok(()));
            assert_eq!(check_refusal(op(operation), 404, None, format!("{whole}\n").as_bytes()), Ok(()));
            for cut in 0..whole.len() {
                let cut = &whole.as_bytes()[..cut];
                assert_eq!(
                    check_refusal(op(operation), 404, None, cut),
                    Err(Defect::NoCode(404)),
                    "{operation} {cut:?}"
                );
            }
        }
        assert_eq!(check_refusal(op("GetSAMLProvider"), 404, None, json.as_bytes()), Err(Defect::NoCode(404)));
        let accounts = op("ListAccounts");
        let code = Some("AccessDeniedException");
        assert_eq!(check_refusal(accounts, 400, None, b"{}"), Err(Defect::NoCode(400)));
        assert_eq!(check_refusal(accounts, 400, code, b"{}"), Ok(()));
        assert_eq!(check_refusal(accounts, 400, code, b"{\"mess"), Err(Defect::NoCode(400)));
        assert_eq!(check_refusal(op("GetSAMLProvider"), 403, None, b"<html></html>"), Ok(()), "judged by its page");
        assert_eq!(check_refusal(op("GetSAMLProvider"), 429, None, b""), Ok(()), "a bare 429 is throttling");
    }

    #[test]
    fn an_empty_json_answer_is_not_an_empty_list() {
        let accounts = op("ListAccounts");
        assert_eq!(check(accounts, br#"{"Accounts":[]}"#), Ok(()));
        assert_eq!(check(accounts, b"{}"), Err(Defect::Lacks("Accounts")));
        assert_eq!(check(accounts, br#"{"Accounts":null}"#), Err(Defect::Lacks("Accounts")));
        assert_eq!(check(accounts, b""), Err(Defect::NotJson));
        assert_eq!(check(accounts, br#"{"Accounts":[]}x"#), Err(Defect::NotJson));
        let whole = br#"{"Accounts":[{"Id":"111122223333"}],"NextToken":"a"}"#;
        for cut in 0..whole.len() {
            assert!(check(accounts, &whole[..cut]).is_err(), "accepted when cut at byte {cut}");
        }
    }
}
