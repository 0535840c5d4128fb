//! Names of the roles that Identity Center makes of permission sets.
//!
//! Owns: what path, name and ARN of such a role tell. A role has a new suffix whenever the last assignment of its set in the account was
//! removed and one is made again (IAM Identity Center User Guide, "Referencing permission sets"), so the suffix tells nobody apart.

/// The path below which these roles are.
const PATH: &str = "/aws-reserved/sso.amazonaws.com/";
const PREFIX: &str = "AWSReservedSSO_";
/// Hexadecimal digits at the end of a name.
const SUFFIX: usize = 16;

/// What the name of a reserved role tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved<'a> {
    /// The name of the permission set.
    pub set: &'a str,
    /// The region of the identity source; `None` for us-east-1.
    pub region: Option<&'a str>,
}

/// What path and name of a role tell of its permission set; `None` for all other roles.
#[must_use]
pub fn reserved<'a>(path: &'a str, name: &'a str) -> Option<Reserved<'a>> {
    let region = path.strip_prefix(PATH)?.trim_end_matches('/');
    let (set, suffix) = name.strip_prefix(PREFIX)?.rsplit_once('_')?;
    let is_suffix = suffix.len() == SUFFIX && suffix.bytes().all(|b| b.is_ascii_hexdigit());
    let region = Some(region).filter(|region| !region.is_empty());
    (is_suffix && !set.is_empty()).then_some(Reserved { set, region })
}

/// The ARN of a reserved role without its suffix: the same for every role that its account ever had for the set.
#[must_use]
pub fn without_suffix(arn: &str) -> Option<&str> {
    let (_, resource) = arn.split_once(":role/")?;
    let (_, name) = resource.rsplit_once('/')?;
    let path = arn.get(arn.len() - resource.len() - 1..arn.len() - name.len())?;
    reserved(path, name)?;
    arn.rsplit_once('_').map(|(front, _)| front)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_stands_between_prefix_and_last_suffix() {
        let set = |name| reserved(PATH, name).map(|reserved| reserved.set);
        assert_eq!(set("AWSReservedSSO_Admin_0123456789abcdef"), Some("Admin"));
        assert_eq!(set("AWSReservedSSO_Data_Read_Only_0123456789abcdef"), Some("Data_Read_Only"));
        assert_eq!(set("AWSReservedSSO_a_0123456789abcdef_0123456789abcdef"), Some("a_0123456789abcdef"));
        assert_eq!(set("AWSReservedSSO_Admin_0123456789abcde"), None);
        assert_eq!(set("AWSReservedSSO_Admin_0123456789abcdeg"), None);
        assert_eq!(set("AWSReservedSSO__0123456789abcdef"), None);
        assert_eq!(set("AWSReservedSSO_0123456789abcdef"), None);
        assert_eq!(set("Admin_0123456789abcdef"), None);
    }

    #[test]
    fn an_arn_without_its_suffix_tells_account_path_and_set() {
        let arn = |set: &str| format!("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/{set}");
        let of_set = arn("AWSReservedSSO_Dev");
        for suffix in ["0123456789abcdef", "fedcba9876543210"] {
            assert_eq!(without_suffix(&format!("{of_set}_{suffix}")), Some(of_set.as_str()));
        }
        for other in
            [of_set.as_str(), "arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef", "", "role/x"]
        {
            assert_eq!(without_suffix(other), None, "{other}");
        }
    }

    #[test]
    fn the_path_tells_the_region_and_a_role_elsewhere_is_an_ordinary_one() {
        let name = "AWSReservedSSO_Admin_0123456789abcdef";
        let region = |path| reserved(path, name).map(|reserved| reserved.region);
        assert_eq!(region("/aws-reserved/sso.amazonaws.com/"), Some(None));
        assert_eq!(region("/aws-reserved/sso.amazonaws.com/eu-central-1/"), Some(Some("eu-central-1")));
        assert_eq!(region("/"), None);
        assert_eq!(region("/team/aws-reserved/sso.amazonaws.com/"), None);
    }
}
