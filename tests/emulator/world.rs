//! A small organization that has one of everything: a management account with little read, a member with all, a closed one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) const MANAGEMENT: &str = "000011112222";
pub(crate) const MEMBER: &str = "111122223333";
pub(crate) const SUSPENDED: &str = "444455556666";
pub(crate) const ROLE: &str = "scanner";

/// An identity policy.
pub(crate) fn allow(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// A trust policy whose text holds everything that an encoding can get wrong.
pub(crate) fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "A 1+1=2 & <ü> 100%", "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{MANAGEMENT}:root")}, "Action": "sts:AssumeRole"}]})
}

/// The files of the snapshot.
pub(crate) fn files() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("organization.json".to_owned(), organization()),
        ("identity-center.json".to_owned(), identity_center()),
        ("account-access.json".to_owned(), account_access()),
        (format!("accounts/{MANAGEMENT}.json"), management()),
        (format!("accounts/{MEMBER}.json"), member()),
        (format!("accounts/{SUSPENDED}.json"), json!({"RoleDetailList": [scanner(SUSPENDED, "CLOSED")]})),
    ];
    files.into_iter().map(|(name, value)| (name, value.to_string().into_bytes())).collect()
}

/// Changes one file.
pub(crate) fn edit(files: &mut BTreeMap<String, Vec<u8>>, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), value.to_string().into_bytes());
}

fn organization() -> Value {
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    json!({
        "Organization": {"Id": "o-example", "FeatureSet": "ALL", "MasterAccountId": MANAGEMENT,
            "Arn": format!("arn:aws:organizations::{MANAGEMENT}:organization/o-example")},
        "Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
        "OrganizationalUnits": [{"Id": "ou-root-prod", "Name": "Prod", "ParentId": "r-root"}],
        "Accounts": [
            {"Id": MANAGEMENT, "Name": "management", "ParentId": "r-root", "Tags": [], "State": "ACTIVE"},
            {"Id": MEMBER, "Name": "member", "ParentId": "ou-root-prod", "Tags": [{"Key": "env", "Value": "prod"}],
                "Status": "ACTIVE", "JoinedTimestamp": "2021-05-06T07:08:09.123000+00:00"},
            {"Id": SUSPENDED, "Name": "closed", "ParentId": "r-root", "State": "CLOSED"},
        ],
        "Policies": [
            {"Id": "p-FullAWSAccess", "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY", "Content": full.to_string(),
                "TargetIds": ["r-root", "ou-root-prod", MANAGEMENT, MEMBER]},
            {"Id": "p-noleave", "Name": "NoLeave", "Type": "SERVICE_CONTROL_POLICY",
                "Content": {"Version": "2012-10-17", "Statement": []}, "TargetIds": [MEMBER]},
        ],
        "DelegatedAdministrators": [{"Id": MEMBER, "Name": "member", "DelegationEnabledDate": "2024-01-01T00:00:00+00:00",
            "Services": [{"ServicePrincipal": "guardduty.amazonaws.com", "DelegationEnabledDate": "2024-01-01T00:00:00Z"}]}],
        "EnabledFeatures": ["RootCredentialsManagement", "RootSessions"],
    })
}

pub(crate) const INSTANCE: &str = "arn:aws:sso:::instance/ssoins-0123456789abcdef";
pub(crate) const SET: &str = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef";
pub(crate) const STORE: &str = "d-0123456789";
pub(crate) const APPLICATION: &str = "arn:aws:account-access:us-east-1:000011112222:application/app-1";
pub(crate) const PERSON: &str = "94482488-3041-7026-18f3-000000000001";
pub(crate) const PEOPLE: &str = "94482488-3041-7026-18f3-000000000002";

fn identity_center() -> Value {
    json!({"Instances": [{
        "InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": MANAGEMENT, "Status": "ACTIVE",
        "PermissionSets": [{"PermissionSetArn": SET, "Name": "Admin", "SessionDuration": "PT8H", "CreatedDate": "2024-01-01T00:00:00Z"}],
        "Provisioned": [{"AccountId": MEMBER, "PermissionSets": [SET]}],
        "AccountAssignments": [
            {"AccountId": MEMBER, "PermissionSetArn": SET, "PrincipalType": "GROUP", "PrincipalId": PEOPLE}],
        "Users": [{"UserId": PERSON, "UserName": "ada", "DisplayName": "Ada", "UserStatus": "ENABLED"}],
        "Groups": [{"GroupId": PEOPLE, "DisplayName": "operators"}],
        "GroupMemberships": [{"GroupId": PEOPLE, "MemberId": {"UserId": PERSON}}],
        "AccessControlAttributes": [{"Key": "team", "Value": {"Source": ["${path:enterprise.department}"]}}],
        "AccessControlEnabled": true,
    }]})
}

fn account_access() -> Value {
    let role = format!("arn:aws:iam::{MEMBER}:role/Text");
    json!({"Applications": [{"ApplicationArn": APPLICATION, "Status": "ACTIVE", "InstanceArn": INSTANCE,
        "Entitlements": [{"EntitlementId": "e-1", "PrincipalRole": {"RoleArn": role, "Account": MEMBER, "UserId": PERSON}}]}]})
}

fn management() -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "PasswordPolicy": null,
        "RoleDetailList": [scanner(MANAGEMENT, "MANAGEMENT")]})
}

fn scanner(account: &str, suffix: &str) -> Value {
    json!({"Path": "/", "RoleName": ROLE, "RoleId": format!("AROASCANNER{suffix}000"),
        "Arn": format!("arn:aws:iam::{account}:role/{ROLE}"), "CreateDate": "2024-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust(), "RoleLastUsed": {}, "MaxSessionDuration": 7200})
}

fn member() -> Value {
    let boundary =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/Edge"});
    let plain = |name: &str, document: Value| {
        json!({"Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"), "Arn": format!("arn:aws:iam::{MEMBER}:role/{name}"),
            "CreateDate": "2024-01-01T00:00:00Z", "AssumeRolePolicyDocument": document, "RolePolicyList": [], "Tags": []})
    };
    let on_a_path = json!({"Path": "/team/", "RoleName": "OnAPath", "RoleId": "AROAONAPATH",
        "Arn": "arn:aws:iam::111122223333:role/team/OnAPath", "CreateDate": "2024-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": trust(), "Tags": [{"Key": "env", "Value": "prod"}], "PermissionsBoundary": boundary,
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": allow("s3:*")}],
        "RoleLastUsed": {"LastUsedDate": "2026-10-01T08:30:00+00:00", "Region": "eu-west-1"},
        "InstanceProfileList": [{"Path": "/", "InstanceProfileName": "web", "InstanceProfileId": "AIPAWEB",
            "Arn": "arn:aws:iam::111122223333:instance-profile/web", "CreateDate": "2024-01-01T00:00:00+00:00",
            "Roles": [{"Path": "/team/", "RoleName": "OnAPath", "RoleId": "AROAONAPATH",
                "Arn": "arn:aws:iam::111122223333:role/team/OnAPath", "CreateDate": "2024-01-01T00:00:00+00:00",
                "AssumeRolePolicyDocument": trust()}]}]});
    let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    let mut account = json!({
        "UserDetailList": [
            {"Path": "/people/", "UserName": "ann", "UserId": "AIDAANN", "Arn": "arn:aws:iam::111122223333:user/people/ann",
                "CreateDate": "2024-03-01T12:00:00+00:00", "GroupList": ["ops"], "PermissionsBoundary": boundary,
                "UserPolicyList": [{"PolicyName": "inline", "PolicyDocument": allow("s3:*")}],
                "AttachedManagedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
                "Tags": [{"Key": "team", "Value": "a<b>&\"c\" ü"}]},
            {"Path": "/", "UserName": "bob", "UserId": "AIDABOB", "Arn": "arn:aws:iam::111122223333:user/bob",
                "CreateDate": "2024-03-01T12:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [], "Tags": []},
        ],
        "GroupDetailList": [{"Path": "/", "GroupName": "ops", "GroupId": "AGPAOPS", "Arn": "arn:aws:iam::111122223333:group/ops",
            "CreateDate": "2024-01-01T00:00:00+00:00",
            "GroupPolicyList": [{"PolicyName": "inline", "PolicyDocument": allow("ec2:*").to_string()}],
            "AttachedManagedPolicies": [{"PolicyName": "Edge", "PolicyArn": "arn:aws:iam::111122223333:policy/Edge"}]}],
        "RoleDetailList": [scanner(MEMBER, "MEMBER"), on_a_path, plain("Text", json!(trust().to_string())), plain("Encoded", json!(encoded))],
        "Policies": policies(),
    });
    for (key, value) in facets().as_object().unwrap() {
        account[key] = value.clone();
    }
    account
}

fn policies() -> Value {
    let version = |id: &str, is_default: bool, document: Value| json!({"Document": document, "VersionId": id, "IsDefaultVersion": is_default, "CreateDate": "2024-01-01T00:00:00+00:00"});
    json!([
        {"PolicyName": "Edge", "PolicyId": "ANPAEDGE", "Arn": "arn:aws:iam::111122223333:policy/Edge", "Path": "/",
            "DefaultVersionId": "v2", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 2, "IsAttachable": true,
            "CreateDate": "2024-01-01T00:00:00+00:00", "UpdateDate": "2024-01-02T00:00:00+00:00",
            "PolicyVersionList": [version("v2", true, allow("sts:AssumeRole")), version("v1", false, allow("iam:GetUser"))]},
        {"PolicyName": "ReadOnlyAccess", "PolicyId": "ANPAREAD", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "Path": "/",
            "DefaultVersionId": "v9", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0, "IsAttachable": true,
            "CreateDate": "2015-02-06T18:39:48+00:00", "UpdateDate": "2024-01-02T00:00:00+00:00",
            "PolicyVersionList": [version("v9", true, allow("s3:Get*"))]},
    ])
}

fn facets() -> Value {
    let row = |user: &str, arn: &str, password: &str| {
        json!({"user": user, "arn": arn, "user_creation_time": "2020-01-01T00:00:00+00:00", "password_enabled": password,
            "mfa_active": "true", "access_key_1_active": "false", "a_new_column": "x"})
    };
    json!({
        "AccountSummary": {"Users": 2, "Groups": 1, "Roles": 4, "AccountMFAEnabled": 1},
        "CredentialReport": [
            row("<root_account>", "arn:aws:iam::111122223333:root", "not_supported"),
            row("ann", "arn:aws:iam::111122223333:user/people/ann", "true"),
        ],
        "VirtualMFADevices": [
            {"SerialNumber": "arn:aws:iam::111122223333:mfa/ann", "EnableDate": "2024-03-02T00:00:00+00:00",
                "User": {"Path": "/people/", "UserName": "ann", "UserId": "AIDAANN",
                    "Arn": "arn:aws:iam::111122223333:user/people/ann", "CreateDate": "2024-03-01T12:00:00+00:00"}},
            {"SerialNumber": "arn:aws:iam::111122223333:mfa/spare"},
        ],
        "PasswordPolicy": {"MinimumPasswordLength": 14, "RequireSymbols": true, "RequireNumbers": false,
            "RequireUppercaseCharacters": true, "RequireLowercaseCharacters": true, "AllowUsersToChangePassword": true,
            "ExpirePasswords": true, "MaxPasswordAge": 90, "PasswordReusePrevention": 24},
        "OpenIDConnectProviders": [{"Arn": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            "Url": "token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"],
            "ThumbprintList": ["6938fd4d98bab03faadb97b34396831e3780aea1"], "CreateDate": "2024-01-01T00:00:00+00:00",
            "Tags": [{"Key": "owner", "Value": "platform"}]}],
        "SAMLProviders": [{"Arn": "arn:aws:iam::111122223333:saml-provider/idp", "ValidUntil": "2100-01-01T00:00:00+00:00",
            "SAMLMetadataDocument": "<EntityDescriptor entityID=\"x&y\"/>", "CreateDate": "2024-01-01T00:00:00+00:00"}],
        "AccountAliases": ["the-member"],
        "AccessKeys": [{"UserName": "ann", "AccessKeyId": "AKIAANN", "Status": "Active",
            "CreateDate": "2024-03-01T12:00:00Z", "LastUsed": {"LastUsedDate": "2026-10-01T08:30:00Z", "ServiceName": "s3",
                "Region": "eu-west-1"}},
            {"UserName": "bob", "AccessKeyId": "AKIABOB", "Status": "Inactive", "CreateDate": "2024-03-01T12:00:00Z",
                "LastUsed": {}}],
        "MFADevices": [{"UserName": "ann", "SerialNumber": "arn:aws:iam::111122223333:u2f/user/ann/key", "Type": "fido",
            "EnableDate": "2024-03-02T00:00:00Z"}],
        "ServerCertificates": [{"ServerCertificateName": "shop", "Arn": "arn:aws:iam::111122223333:server-certificate/shop",
            "UploadDate": "2024-01-01T00:00:00Z", "Expiration": "2027-01-01T00:00:00Z"}],
        "ServiceCredentials": {
            "SSHPublicKeys": [{"UserName": "ann", "SSHPublicKeyId": "APKAANN", "Status": "Active",
                "UploadDate": "2024-03-01T12:00:00Z"}],
            "ServiceSpecificCredentials": [{"UserName": "bob", "ServiceSpecificCredentialId": "ACCABOB",
                "ServiceName": "codecommit.amazonaws.com", "Status": "Inactive", "CreateDate": "2024-03-01T12:00:00Z"}]},
        "Trails": [{"Name": "all", "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "HomeRegion": "us-east-1",
                "S3BucketName": "logs", "IsMultiRegionTrail": true, "Status": {"IsLogging": true,
                    "StartLoggingTime": "2024-01-01T00:00:00Z"},
                "AdvancedEventSelectors": [{"Name": "management", "FieldSelectors": [
                    {"Equals": ["Management"], "Field": "eventCategory"}]}]},
            {"Name": "local", "TrailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/local", "HomeRegion": "eu-west-1",
                "S3BucketName": "logs", "IsMultiRegionTrail": false, "Status": {"IsLogging": false},
                "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
                    "ExcludeManagementEventSources": []}]}],
        "LastAccessed": [
            {"Arn": "arn:aws:iam::111122223333:user/bob", "JobCompletionDate": "2026-11-01T00:00:00Z",
                "ServicesLastAccessed": [{"ServiceName": "Amazon S3", "ServiceNamespace": "s3",
                    "LastAuthenticated": "2026-10-31T00:00:00Z", "TotalAuthenticatedEntities": 1}]},
            {"Arn": "arn:aws:iam::111122223333:role/Text", "JobCompletionDate": "2026-11-01T00:00:00Z",
                "ServicesLastAccessed": []}],
        "AssumeRoleEvents": {"From": "2026-08-22T12:00:00Z", "To": "2026-11-20T12:00:00Z", "Regions": ["us-east-1"],
            "Roles": ["arn:aws:iam::111122223333:role/Text"], "Events": [
                {"EventTime": "2026-11-01T10:00:00Z", "EventId": "e-1", "EventName": "AssumeRole", "Region": "us-east-1",
                    "RoleArn": "arn:aws:iam::111122223333:role/Text", "Principal": "arn:aws:iam::000011112222:user/eve",
                    "PrincipalType": "IAMUser", "PrincipalAccount": "000011112222", "SessionName": "eve",
                    "SourceIpAddress": "192.0.2.7", "MfaAuthenticated": true},
                {"EventTime": "2026-11-02T10:00:00Z", "EventId": "e-2", "EventName": "AssumeRole", "Region": "us-east-1",
                    "RoleArn": "arn:aws:iam::111122223333:role/Text", "Principal": "lambda.amazonaws.com",
                    "ErrorCode": "AccessDenied"}]},
    })
}
