//! The regions that `all` means.
//!
//! Owns: the list ("AWS Regions", as of 2026-11). A region that an account has not opted into answers so: a list that
//! is too long costs a call but no correctness. A newer region has to be named explicitly.

const AWS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
const CHINA: &[&str] = &["cn-north-1", "cn-northwest-1"];
const GOVERNMENT: &[&str] = &["us-gov-east-1", "us-gov-west-1"];

/// The named regions, with `all` expanded to those of the partition.
pub(crate) fn expand(named: &[String], partition: &str) -> Vec<String> {
    let all = match partition {
        "aws-cn" => CHINA,
        "aws-us-gov" => GOVERNMENT,
        _ => AWS,
    };
    let mut regions: Vec<String> = Vec::new();
    for region in named {
        match region.as_str() {
            ALL => regions.extend(all.iter().map(|region| (*region).to_owned())),
            region => regions.push(region.to_owned()),
        }
    }
    regions.sort();
    regions.dedup();
    regions
}

/// Every enabled Region, as it is written.
const ALL: &str = "all";

/// What is noted of a run that reads these Regions besides its own: their names, or that it reads all.
pub(crate) fn read(named: &[String], own: &str) -> Vec<String> {
    if named.iter().any(|region| region == ALL) {
        return vec![ALL.to_owned()];
    }
    let mut regions: Vec<String> = named.iter().cloned().chain(std::iter::once(own.to_owned())).collect();
    regions.sort();
    regions.dedup();
    regions
}

/// Whether a run that noted the first has read all of the second.
pub(crate) fn cover(read: &[String], named: &[String]) -> bool {
    read.iter().any(|region| region == ALL) || named.iter().all(|region| read.contains(region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_region_of_the_partition_and_names_are_kept() {
        let named = ["eu-west-1".to_owned(), "xx-new-1".to_owned(), "all".to_owned()];
        let regions = expand(&named, "aws");
        assert_eq!(regions.iter().filter(|region| *region == "eu-west-1").count(), 1);
        assert!(regions.contains(&"xx-new-1".to_owned()) && regions.len() > 30);
        assert_eq!(expand(&["all".to_owned()], "aws-cn"), CHINA);
        assert!(expand(&[], "aws").is_empty());
    }

    #[test]
    fn what_is_noted_tells_whether_a_later_run_asks_for_more() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(read(&list(&["eu-west-1", "us-east-1"]), "us-east-1"), ["eu-west-1", "us-east-1"]);
        assert_eq!(read(&list(&["eu-west-1", "all"]), "us-east-1"), ["all"]);
        assert!(cover(&list(&["all"]), &list(&["eu-west-1"])) && cover(&[], &[]));
        assert!(!cover(&list(&["us-east-1"]), &list(&["all"])) && !cover(&[], &list(&["eu-west-1"])));
    }
}
