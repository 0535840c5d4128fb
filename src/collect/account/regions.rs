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
            "all" => regions.extend(all.iter().map(|region| (*region).to_owned())),
            region => regions.push(region.to_owned()),
        }
    }
    regions.sort();
    regions.dedup();
    regions
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
}
