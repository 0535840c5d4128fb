//! One account file: what GetAccountAuthorizationDetails and the smaller data sets of the account would return.
//!
//! Owns: the order of the file and its data sets. Does not know the roles (`roles`) and people (`hub`) in it.

use super::hub::{self, Person};
use super::layout::Layout;
use super::random::Random;
use super::template::{fill, filled, list};
use super::{documents, roles};

const SUMMARY: &str = r#"{"Users":@users@,"UsersQuota":5000,"Groups":@groups@,"GroupsQuota":300,"GroupsPerUserQuota":10,"Roles":@roles@,"RolesQuota":1000,"Policies":3,"PoliciesQuota":1500,"PolicyVersionsInUse":5,"PolicyVersionsInUseQuota":10000,"InstanceProfiles":0,"InstanceProfilesQuota":1000,"ServerCertificates":0,"ServerCertificatesQuota":20,"PolicySizeQuota":6144,"UserPolicySizeQuota":2048,"GroupPolicySizeQuota":5120,"RolePolicySizeQuota":10240,"AssumeRolePolicySizeQuota":2048,"AttachedPoliciesPerRoleQuota":10,"AttachedPoliciesPerUserQuota":10,"AttachedPoliciesPerGroupQuota":10,"AccessKeysPerUserQuota":2,"VersionsPerPolicyQuota":5,"MFADevices":@devices@,"MFADevicesInUse":@devices@,"AccountMFAEnabled":@rootmfa@,"AccountAccessKeysPresent":@rootkeys@,"AccountPasswordPresent":1,"AccountSigningCertificatesPresent":0,"Providers":2}"#;

const REPORT_ROW: &str = r#"{"user":"@user@","arn":"@arn@","user_creation_time":"@created@","password_enabled":"@password@","password_last_used":"@login@","password_last_changed":"@changed@","password_next_rotation":"N/A","mfa_active":"@mfa@","access_key_1_active":"@key@","access_key_1_last_rotated":"@rotated@","access_key_1_last_used_date":"@rotated@","access_key_1_last_used_region":"N/A","access_key_1_last_used_service":"N/A","access_key_2_active":"false","access_key_2_last_rotated":"N/A","access_key_2_last_used_date":"N/A","access_key_2_last_used_region":"N/A","access_key_2_last_used_service":"N/A","cert_1_active":"false","cert_1_last_rotated":"N/A","cert_2_active":"false","cert_2_last_rotated":"N/A"}"#;

const DEVICE: &str = r#"{"SerialNumber":"arn:aws:iam::@account@:mfa/@user@","User":{"Path":"/","UserName":"@user@","UserId":"@unique@","Arn":"arn:aws:iam::@account@:user/@user@","CreateDate":"@created@"},"EnableDate":"@created@"}"#;

const KEY: &str = r#"{"UserName":"@user@","AccessKeyId":"@key@","Status":"Active","CreateDate":"@created@","LastUsed":{"LastUsedDate":"@seen@","ServiceName":"s3","Region":"eu-west-1"}}"#;

const USER_DEVICE: &str = r#"{"UserName":"@user@","SerialNumber":"arn:aws:iam::@account@:mfa/@user@","Type":"virtual","EnableDate":"@created@"}"#;

const TRAIL: &str = r#","Trails":[{"Name":"organization","TrailARN":"arn:aws:cloudtrail:eu-west-1:@management@:trail/organization","HomeRegion":"eu-west-1","S3BucketName":"acme-trail","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"IsOrganizationTrail":true,"LogFileValidationEnabled":true,"HasCustomEventSelectors":false,"HasInsightSelectors":false,"Status":{"IsLogging":true,"StartLoggingTime":"2023-01-01T00:00:00Z","LatestDeliveryTime":"2026-12-31T23:55:00Z"},"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}]}],"PasswordPolicy":null,"AccountAliases":["acme-@account@"]"#;

const PROVIDERS: &str = r#","OpenIDConnectProviders":[{"Arn":"arn:aws:iam::@account@:oidc-provider/token.actions.githubusercontent.com","Url":"token.actions.githubusercontent.com","ClientIDList":["sts.amazonaws.com"],"ThumbprintList":["6938fd4d98bab03faadb97b34396831e3780aea1"],"CreateDate":"@created@"}],"SAMLProviders":[{"Arn":"arn:aws:iam::@account@:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE","CreateDate":"@created@","ValidUntil":"2124-01-01T00:00:00+00:00"}]}
"#;

/// The whole file.
pub(super) fn file(layout: &Layout, ix: usize) -> String {
    let mut random = Random::new(layout.spec.seed, ix);
    let id = layout.id(ix);
    let people = hub::people(layout, ix, &mut random);
    let groups = hub::groups(layout, ix, &mut random);

    let mut out = String::with_capacity(24 * 1024 + layout.spec.roles_per_account * 1700 + people.len() * 2000);
    out.push_str("{\"UserDetailList\":");
    list(&mut out, people.iter().map(|person| hub::user(id, person)));
    out.push_str(",\"GroupDetailList\":");
    list(&mut out, &groups);
    out.push_str(",\"RoleDetailList\":");
    roles::list(&mut out, layout, ix, &mut random);
    out.push_str(",\"Policies\":");
    list(&mut out, documents::managed(id, &mut random));

    let root_mfa = random.percent(93);
    let root_keys = random.percent(2);
    let devices = people.iter().filter(|person| person.mfa).count();
    fill(
        &mut out,
        &format!(",\"AccountSummary\":{SUMMARY}"),
        &[
            ("users", &people.len().to_string()),
            ("groups", &groups.len().to_string()),
            ("roles", &layout.spec.roles_per_account.to_string()),
            ("devices", &(devices + usize::from(root_mfa)).to_string()),
            ("rootmfa", if root_mfa { "1" } else { "0" }),
            ("rootkeys", if root_keys { "1" } else { "0" }),
        ],
    );
    out.push_str(",\"CredentialReport\":");
    let root = root_row(id, root_mfa, root_keys, &mut random);
    list(&mut out, std::iter::once(root).chain(people.iter().map(|person| person_row(id, person))));
    out.push_str(",\"VirtualMFADevices\":");
    list(&mut out, people.iter().filter(|person| person.mfa).map(|person| device(id, person)));
    out.push_str(",\"AccessKeys\":");
    list(&mut out, people.iter().filter(|person| person.key).map(access_key));
    out.push_str(",\"MFADevices\":");
    list(&mut out, people.iter().filter(|person| person.mfa).map(|person| user_device(id, person)));
    fill(&mut out, TRAIL, &[("account", id), ("management", layout.id(layout.management()))]);
    fill(&mut out, PROVIDERS, &[("account", id), ("created", &random.date(2020, 4))]);
    out
}

fn root_row(account: &str, mfa: bool, keys: bool, random: &mut Random) -> String {
    let created = random.date(2015, 3);
    filled(
        REPORT_ROW,
        &[
            ("user", "<root_account>"),
            ("arn", &format!("arn:aws:iam::{account}:root")),
            ("created", &created),
            ("password", "not_supported"),
            ("login", "no_information"),
            ("changed", "not_supported"),
            ("mfa", if mfa { "true" } else { "false" }),
            ("key", if keys { "true" } else { "false" }),
            ("rotated", if keys { &created } else { "N/A" }),
        ],
    )
}

fn person_row(account: &str, person: &Person) -> String {
    filled(
        REPORT_ROW,
        &[
            ("user", &person.name),
            ("arn", &format!("arn:aws:iam::{account}:user/{}", person.name)),
            ("created", &person.created),
            ("password", if person.console { "true" } else { "false" }),
            ("login", if person.console { &person.last_seen } else { "N/A" }),
            ("changed", if person.console { &person.created } else { "N/A" }),
            ("mfa", if person.mfa { "true" } else { "false" }),
            ("key", if person.key { "true" } else { "false" }),
            ("rotated", if person.key { &person.last_seen } else { "N/A" }),
        ],
    )
}

fn device(account: &str, person: &Person) -> String {
    filled(
        DEVICE,
        &[("account", account), ("user", &person.name), ("unique", &person.unique), ("created", &person.created)],
    )
}

fn access_key(person: &Person) -> String {
    let key = person.unique.replacen("AIDA", "AKIA", 1);
    filled(KEY, &[("user", &person.name), ("key", &key), ("created", &person.created), ("seen", &person.last_seen)])
}

fn user_device(account: &str, person: &Person) -> String {
    filled(USER_DEVICE, &[("account", account), ("user", &person.name), ("created", &person.created)])
}
