//! Where services without an SDK crate answer.
//!
//! Owns: host names by partition. An endpoint that is configured takes their place (`clients`).
//! Source: endpoint rule sets of the three services; partitions as botocore lists them.

use crate::facet::Service;

/// What region names of a partition start with, the ending of its host names, and that of its newer, dual-stack ones.
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-gov-", "amazonaws.com", "api.aws"),
    ("", "amazonaws.com", "api.aws"),
];

/// The endpoint of a service in a region. The account access manager has dual-stack hosts alone.
pub(super) fn of(service: Service, region: &str, fips: bool) -> String {
    let found = PARTITIONS.iter().find(|(start, _, _)| region.starts_with(start));
    let (plain, dual) = found.map_or(("amazonaws.com", "api.aws"), |(_, plain, dual)| (*plain, *dual));
    let ending = if service == Service::AccountAccess { dual } else { plain };
    let fips = if fips { "-fips" } else { "" };
    format!("https://{}{fips}.{region}.{ending}", service.prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_those_of_the_rule_sets() {
        let at = |service, region| of(service, region, false);
        assert_eq!(at(Service::SsoAdmin, "ap-south-1"), "https://sso.ap-south-1.amazonaws.com");
        assert_eq!(at(Service::IdentityStore, "cn-north-1"), "https://identitystore.cn-north-1.amazonaws.com.cn");
        assert_eq!(at(Service::AccountAccess, "us-east-1"), "https://account-access.us-east-1.api.aws");
        assert_eq!(of(Service::SsoAdmin, "us-gov-west-1", true), "https://sso-fips.us-gov-west-1.amazonaws.com");
        let china = "https://account-access.cn-northwest-1.api.amazonwebservices.com.cn";
        assert_eq!(at(Service::AccountAccess, "cn-northwest-1"), china);
    }
}
