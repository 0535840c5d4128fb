//! The OU path of an account: the OUs from the root down to it.
//!
//! Owns: following parents, and what a cyclic list of OUs means. Does not know where the OUs come from: a file, or AWS.

/// Deeper than any tree of AWS, which nests five OUs.
const DEEPEST: usize = 64;

/// The root and OUs above an account, from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OuPath {
    /// Ids; the last is the parent of the account.
    pub(crate) ids: Vec<String>,
    /// Names of those that are listed as OUs, which the root is not.
    pub(crate) names: Vec<String>,
}

/// How people name a place below the root by the names of OUs: `/Workloads/Prod`.
pub(crate) fn shown(names: &[String]) -> String {
    names.iter().fold(String::new(), |path, name| path + "/" + name)
}

/// Follows parents upwards; `listed` returns an OU's parent and name. A parent that is not listed ends the path: it is
/// the root, or its own parent is unknown. If the ids form a cycle, the path is unknown.
pub(crate) fn ou_path<'a>(parent: &'a str, listed: impl Fn(&str) -> Option<(&'a str, &'a str)>) -> OuPath {
    let mut path = OuPath::default();
    let mut at = parent;
    loop {
        if path.ids.len() > DEEPEST {
            return OuPath::default();
        }
        path.ids.push(at.to_owned());
        let Some((above, name)) = listed(at).filter(|(above, _)| !above.is_empty()) else { break };
        path.names.push(name.to_owned());
        at = above;
    }
    path.ids.reverse();
    path.names.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(parent: &str) -> OuPath {
        ou_path(parent, |id| match id {
            "ou-team" => Some(("ou-prod", "Team")),
            "ou-prod" => Some(("r-root", "Prod")),
            "ou-round" => Some(("ou-about", "Round")),
            "ou-about" => Some(("ou-round", "About")),
            _ => None,
        })
    }

    #[test]
    fn the_way_up_ends_at_what_is_not_listed() {
        assert_eq!(path("ou-team").ids, ["r-root", "ou-prod", "ou-team"]);
        assert_eq!(path("ou-team").names, ["Prod", "Team"]);
        assert_eq!(path("ou-lost").ids, ["ou-lost"]);
    }

    #[test]
    fn of_a_circle_nothing_is_known() {
        assert_eq!(path("ou-round"), OuPath::default());
    }
}
