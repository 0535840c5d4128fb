//! The Regions of each partition.
//!
//! Owns: the list ("AWS Regions", as of 2026-11), and in which Region of a partition the services are called that have one for all of
//! it. A Region that an account has not opted into answers so: a list that is too long costs a call but no correctness.

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

/// Those of a partition, in order.
#[must_use]
pub fn of(partition: &str) -> &'static [&'static str] {
    match partition {
        "aws-cn" => CHINA,
        "aws-us-gov" => GOVERNMENT,
        _ => AWS,
    }
}

/// The partition that a Region is in.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// Where IAM and other services are called that have one endpoint for the whole partition.
/// Source: AWS IAM User Guide, "AWS global condition context keys" (`aws:RequestedRegion`).
#[must_use]
pub fn home(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_of_a_partition_is_one_of_its_regions() {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            assert!(of(partition).contains(&home(partition)), "{partition}");
            assert!(of(partition).iter().all(|region| partition_of(region) == partition));
        }
    }
}
