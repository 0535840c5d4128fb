//! The path of a cloud resource in formats that know files only.
//!
//! Owns: the form of the path. INVARIANT: it is relative, stable and safe in a URI, whatever the name of the resource.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::arn::Arn;

/// Characters that stay as they are in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `aws/<partition>/<account>/<type>/<name>`: relative, stable, safe in a URI. An absolute URI would make GitHub reject the whole
/// file. IAM accepts `.` and `..` as names; as path segments they would lead out of the root, and readers treat percent-encoded
/// ones the same way, so they get an underscore in front.
pub(super) fn synthetic_path(subject: &str) -> String {
    let segments: Vec<String> = match Arn::parse(subject) {
        Some(arn) => {
            let account = if arn.account.is_empty() { "global" } else { arn.account };
            let resource = arn.resource.split('/').filter(|part| !part.is_empty());
            [arn.partition, account].into_iter().chain(resource).map(encode).collect()
        }
        None => vec![encode(subject)],
    };
    format!("aws/{}", segments.join("/"))
}

/// The relative path of a file that exists, safe in a URI.
pub(super) fn file_path(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).map(encode).collect::<Vec<_>>().join("/")
}

fn encode(part: &str) -> String {
    let mark = if matches!(part, "." | "..") { "_" } else { "" };
    format!("{mark}{}", utf8_percent_encode(part, SEGMENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_has_a_relative_path_that_is_safe_in_a_uri() {
        assert_eq!(synthetic_path("arn:aws:iam::111122223333:role/team/app"), "aws/aws/111122223333/role/team/app");
        assert_eq!(synthetic_path("arn:aws:iam::111122223333:root"), "aws/aws/111122223333/root");
        assert_eq!(synthetic_path("ec2.amazonaws.com"), "aws/ec2.amazonaws.com");
        assert_eq!(synthetic_path("*"), "aws/%2A");
        assert_eq!(
            synthetic_path("arn:aws:iam::111122223333:role/../../../../tmp/./pwn"),
            "aws/aws/111122223333/role/_../_../_../_../tmp/_./pwn"
        );
        assert_eq!(synthetic_path("arn:..:iam::..:role/..\\pwn"), "aws/_../_../role/..%5Cpwn");
        assert_eq!(synthetic_path(".."), "aws/_..");
        assert_eq!(synthetic_path("arn:aws:iam::111122223333:user/a b#ü"), "aws/aws/111122223333/user/a%20b%23%C3%BC");
    }
}
