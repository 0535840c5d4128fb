//! The shape of what users sign in with, as the AWS CLI prints it: access keys, MFA devices, SSH public keys and credentials of single
//! services; and of the server certificates that IAM stores beside them.
//!
//! Owns: key names, and the kind of a device, which AWS reveals only through its serial number. Never a secret.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// An entry of ListAccessKeys with its last use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccessKey {
    pub user_name: String,
    pub access_key_id: String,
    /// `Active`, `Inactive` or `Expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    /// GetAccessKeyLastUsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<AccessKeyLastUsed>,
}

/// When and for which service a key was last used; without a date, never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct AccessKeyLastUsed {
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub last_used_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// An entry of ListServerCertificates; never its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct ServerCertificate {
    pub server_certificate_name: String,
    pub arn: String,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub upload_date: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub expiration: Option<String>,
}

/// What users sign in to single services with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCredentials {
    /// Of every user.
    #[serde(rename = "SSHPublicKeys")]
    pub ssh_public_keys: Vec<SshPublicKey>,
    /// Of every user.
    #[serde(rename = "ServiceSpecificCredentials")]
    pub service_specific_credentials: Vec<ServiceSpecificCredential>,
}

/// An entry of ListSSHPublicKeys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct SshPublicKey {
    pub user_name: String,
    #[serde(rename = "SSHPublicKeyId")]
    pub ssh_public_key_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub upload_date: Option<String>,
}

/// An entry of ListServiceSpecificCredentials; never its password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct ServiceSpecificCredential {
    pub user_name: String,
    pub service_specific_credential_id: String,
    #[serde(default)]
    pub service_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub create_date: Option<String>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<String>,
}

/// An entry of ListMFADevices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct MfaDevice {
    pub user_name: String,
    pub serial_number: String,
    /// Derived from the serial number; not a key of AWS's answer.
    #[serde(rename = "Type")]
    pub kind: MfaKind,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub enable_date: Option<String>,
}

/// Kinds of MFA devices (IAM User Guide, "AWS Multi-factor authentication in IAM").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MfaKind {
    /// Passkey or security key: phishing-resistant.
    Fido,
    /// Authenticator app.
    Virtual,
    /// A token with a display.
    #[default]
    Hardware,
    /// Text messages; no longer offered by AWS.
    Sms,
}

impl MfaKind {
    /// The kind that a serial number implies: an ARN for all but hardware tokens, whose number is the manufacturer's.
    #[must_use]
    pub fn of(serial_number: &str) -> Self {
        let resource = serial_number.splitn(6, ':').nth(5).filter(|_| serial_number.starts_with("arn:"));
        match resource.and_then(|resource| resource.split('/').next()) {
            Some("mfa") => Self::Virtual,
            Some("u2f" | "fido") => Self::Fido,
            Some("sms-mfa") => Self::Sms,
            _ => Self::Hardware,
        }
    }
}

/// An entry of ListVirtualMFADevices; never its seed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct VirtualMfaDevice<'a> {
    #[serde(borrow, default)]
    pub serial_number: Cow<'a, str>,
    #[serde(default, deserialize_with = "super::dates::any", skip_serializing_if = "Option::is_none")]
    pub enable_date: Option<String>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MfaUser<'a>>,
}

/// The owner of a device; the root user if the ARN ends in `:root`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct MfaUser<'a> {
    #[serde(borrow, default)]
    pub arn: Cow<'a, str>,
    #[serde(borrow, default)]
    pub user_name: Cow<'a, str>,
}

/// Lists of an imported account of which a part was saved. A snapshot of our own has a list whole, or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// There may be server certificates that are not listed.
    pub server_certificates: bool,
    /// Users who may have credentials of single services that are not listed.
    pub service_credentials_of: BTreeSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_serial_number_tells_the_kind() {
        assert_eq!(MfaKind::of("arn:aws:iam::111122223333:mfa/ann"), MfaKind::Virtual);
        assert_eq!(MfaKind::of("arn:aws:iam::111122223333:u2f/user/ann/key-1A2B"), MfaKind::Fido);
        assert_eq!(MfaKind::of("arn:aws:iam::111122223333:sms-mfa/ann"), MfaKind::Sms);
        assert_eq!(MfaKind::of("GAHT12345678"), MfaKind::Hardware);
    }
}
