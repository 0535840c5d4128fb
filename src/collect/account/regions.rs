//! The regions that `all` means.
//!
//! Owns: what stands for all regions of a partition. A newer region has to be named explicitly.

use crate::regions;

/// The named regions, with `all` expanded to those of the partition.
pub(crate) fn expand(named: &[String], partition: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for region in named {
        match region.as_str() {
            ALL => found.extend(regions::of(partition).iter().map(|region| (*region).to_owned())),
            region => found.push(region.to_owned()),
        }
    }
    found.sort();
    found.dedup();
    found
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
        assert_eq!(expand(&["all".to_owned()], "aws-cn"), regions::of("aws-cn"));
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
