//! Role chaining of a profile, done here because the SDK does not support `mfa_serial` and `duration_seconds`.
//!
//! Owns: the order of the hops, which hop uses the MFA code, and how long the result is valid. The first credentials of
//! a chain are the SDK's job: keys, sign-in, process, metadata. Does not know files (`load` reads the profiles) or
//! terminals.
//! INVARIANT: a code is used once; credentials stay in memory.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::Credentials as Keys;

use crate::collect::aws::clients::{Budget, Clients};
use crate::collect::aws::error::{CallError, Kind};
use crate::collect::error::CredentialError;
use crate::collect::options::Mfa;

/// One role of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) profile: String,
    pub(crate) role_arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) session_name: Option<String>,
    pub(crate) duration_seconds: Option<i32>,
}

/// A profile's chain: from the profile with credentials of its own to the requested one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// The profile that has credentials of its own.
    pub(crate) leaf: String,
    /// Roles in the order in which they are assumed.
    pub(crate) hops: Vec<Hop>,
    /// The MFA device, with the profile that names it.
    pub(crate) device: Option<(String, String)>,
}

/// Reads the chain of a profile. `get` returns a key of a profile, `exists` whether there is one.
pub(crate) fn read(
    selected: &str,
    get: &dyn Fn(&str, &str) -> Option<String>,
    exists: &dyn Fn(&str) -> bool,
) -> Result<Chain, CredentialError> {
    let mut chain = Chain { leaf: selected.to_owned(), ..Chain::default() };
    let mut seen: Vec<String> = Vec::new();
    let bad = |why: String| CredentialError::BadChain { profile: selected.to_owned(), why };
    loop {
        let profile = chain.leaf.clone();
        let shown = |seen: &[String]| [seen, std::slice::from_ref(&profile)].concat().join(" -> ");
        if seen.contains(&profile) {
            return Err(bad(format!("it refers to itself: {}", shown(&seen))));
        }
        if chain.device.is_none() {
            chain.device = get(&profile, "mfa_serial").map(|serial| (profile.clone(), serial));
        }
        let Some(role_arn) = get(&profile, "role_arn") else { break };
        let Some(source) = source(&profile, get).map_err(bad)? else { break };
        let hop = Hop {
            profile: profile.clone(),
            role_arn,
            external_id: get(&profile, "external_id"),
            session_name: get(&profile, "role_session_name"),
            duration_seconds: duration(&profile, get).map_err(bad)?,
        };
        chain.hops.insert(0, hop);
        if !exists(&source) {
            return Err(bad(format!("source_profile `{source}` does not exist: {}", shown(&seen))));
        }
        // a profile with keys of its own may be its own source, as in the AWS CLI
        if source == profile && get(&profile, "aws_access_key_id").is_some() {
            break;
        }
        seen.push(profile);
        chain.leaf = source;
    }
    Ok(chain)
}

/// The profile that signs a role's AssumeRole; `None` if the SDK itself can get the role.
fn source(profile: &str, get: &dyn Fn(&str, &str) -> Option<String>) -> Result<Option<String>, String> {
    let is_set = |key| get(profile, key).is_some();
    match get(profile, "source_profile") {
        Some(_) if is_set("credential_source") => {
            Err(format!("`{profile}` has both source_profile and credential_source"))
        }
        Some(source) => Ok(Some(source)),
        None if is_set("credential_source") || is_set("web_identity_token_file") => Ok(None),
        None => Err(format!("`{profile}` has a role_arn and neither source_profile nor credential_source")),
    }
}

fn duration(profile: &str, get: &dyn Fn(&str, &str) -> Option<String>) -> Result<Option<i32>, String> {
    let Some(text) = get(profile, "duration_seconds") else { return Ok(None) };
    match text.trim().parse::<i32>() {
        Ok(seconds @ 900..=43_200) => Ok(Some(seconds)),
        _ => Err(format!("`{profile}` has duration_seconds `{text}`, which is not 900 to 43200")),
    }
}

/// Provides the credentials at the end of a chain, and walks it on every request.
pub(crate) struct Walker {
    pub(crate) clients: Clients,
    /// Credentials of the chain's first profile, or those from before the MFA code.
    pub(crate) first: SharedCredentialsProvider,
    pub(crate) hops: Vec<Hop>,
    /// The device whose code is used on the first hop.
    pub(crate) device: Option<(String, String)>,
    pub(crate) mfa: Mfa,
}

impl fmt::Debug for Walker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walker").field("hops", &self.hops.len()).finish_non_exhaustive()
    }
}

impl ProvideCredentials for Walker {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(Box::pin(self.walk()))
    }
}

impl Walker {
    async fn walk(&self) -> Result<Credentials, CredentialsError> {
        let mut current = self.first.provide_credentials().await?;
        let mut code = match &self.device {
            Some((profile, serial)) => Some((serial.clone(), self.code(profile, serial).await?)),
            None => None,
        };
        if self.hops.is_empty()
            && let Some((serial, code)) = code.take()
        {
            current = self.session_token(current, &serial, &code).await.map_err(CredentialsError::provider_error)?;
        }
        for hop in &self.hops {
            current = self.assume(current, hop, code.take()).await.map_err(CredentialsError::provider_error)?;
        }
        Ok(current)
    }

    async fn code(&self, profile: &str, serial: &str) -> Result<String, CredentialsError> {
        let mfa = self.mfa.clone();
        let profile = profile.to_owned();
        let serial = serial.to_owned();
        // a person is asked, which may take a while
        let asked = tokio::task::spawn_blocking(move || mfa.code(&profile, &serial)).await;
        asked.ok().flatten().ok_or_else(|| {
            let expired = CallError::own(
                "GetSessionToken",
                Kind::Expired,
                "an MFA code is needed and there is no terminal to ask on",
            );
            CredentialsError::provider_error(expired)
        })
    }

    async fn session_token(&self, first: Credentials, serial: &str, code: &str) -> Result<Credentials, CallError> {
        const OPERATION: &str = "GetSessionToken";
        let budget = Budget::of_account("base");
        let pace = self.clients.flow().of_first_calls();
        let sts = self.clients.sts_as(SharedCredentialsProvider::new(first), &budget, &pace);
        let answer = sts.get_session_token().serial_number(serial).token_code(code).send().await;
        let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
        credentials(OPERATION, answer.credentials())
    }

    async fn assume(
        &self,
        with: Credentials,
        hop: &Hop,
        code: Option<(String, String)>,
    ) -> Result<Credentials, CallError> {
        const OPERATION: &str = "AssumeRole";
        let budget = Budget::of_account("base");
        let pace = self.clients.flow().of_first_calls();
        let sts = self.clients.sts_as(SharedCredentialsProvider::new(with), &budget, &pace);
        let (serial, code) = code.unzip();
        let answer = sts
            .assume_role()
            .role_arn(&hop.role_arn)
            .role_session_name(hop.session_name.as_deref().unwrap_or("rolehop"))
            .set_external_id(hop.external_id.clone())
            .set_duration_seconds(hop.duration_seconds)
            .set_serial_number(serial)
            .set_token_code(code)
            .send()
            .await;
        let answer = answer.map_err(|error| {
            let mut error = CallError::hiding(OPERATION, &error, hop.external_id.as_deref());
            error.message = format!("role of profile `{}`: {}", hop.profile, error.message);
            error
        })?;
        credentials(OPERATION, answer.credentials())
    }
}

fn credentials(operation: &'static str, keys: Option<&Keys>) -> Result<Credentials, CallError> {
    let bad = |why| CallError::own(operation, Kind::BadAnswer, why);
    let keys = keys.filter(|keys| !keys.session_token().is_empty() && keys.secret_access_key().len() >= 16);
    let keys = keys.ok_or_else(|| bad("the answer has no usable credentials"))?;
    let end = SystemTime::try_from(*keys.expiration()).map_err(|_| bad("the credentials' expiry is not a time"))?;
    let token = Some(keys.session_token().to_owned());
    Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, Some(end), "profile"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(selected: &str, entries: &[(&str, &str, &str)]) -> Result<Chain, CredentialError> {
        let get = |profile: &str, key: &str| {
            let found = entries.iter().find(|(p, k, _)| *p == profile && *k == key);
            found.map(|(_, _, value)| (*value).to_owned())
        };
        read(selected, &get, &|profile| entries.iter().any(|(p, _, _)| *p == profile))
    }

    #[test]
    fn a_chain_is_walked_from_its_source_and_the_device_may_stand_anywhere() {
        let found = chain(
            "deploy",
            &[
                ("deploy", "role_arn", "arn:aws:iam::2:role/deploy"),
                ("deploy", "source_profile", "hub"),
                ("deploy", "duration_seconds", "1800"),
                ("hub", "role_arn", "arn:aws:iam::1:role/hub"),
                ("hub", "source_profile", "ann"),
                ("hub", "external_id", "x"),
                ("ann", "mfa_serial", "arn:aws:iam::1:mfa/ann"),
            ],
        )
        .unwrap();
        assert_eq!(found.leaf, "ann");
        assert_eq!(found.hops.iter().map(|hop| hop.profile.as_str()).collect::<Vec<_>>(), ["hub", "deploy"]);
        assert_eq!((found.hops[0].external_id.as_deref(), found.hops[1].duration_seconds), (Some("x"), Some(1800)));
        assert_eq!(found.device.unwrap().0, "ann");
    }

    #[test]
    fn chains_that_lead_nowhere_are_told_with_their_names() {
        let why = |selected: &str, entries: &[(&str, &str, &str)]| match chain(selected, entries) {
            Err(CredentialError::BadChain { why, .. }) => why,
            other => unreachable!("{other:?}"),
        };
        let role = ("a", "role_arn", "r");
        let circle =
            why("a", &[role, ("a", "source_profile", "b"), ("b", "role_arn", "r"), ("b", "source_profile", "a")]);
        assert!(circle.contains("a -> b -> a"), "{circle}");
        assert!(why("a", &[role, ("a", "source_profile", "gone")]).contains("`gone` does not exist"));
        assert!(why("a", &[role]).contains("neither"));
        let both = [role, ("a", "source_profile", "b"), ("a", "credential_source", "Environment"), ("b", "x", "y")];
        assert!(why("a", &both).contains("both"));
        assert!(why("a", &[role, ("a", "source_profile", "b"), ("a", "duration_seconds", "5")]).contains("900"));
    }

    #[test]
    fn a_profile_with_keys_may_be_its_own_source_and_others_are_left_to_the_sdk() {
        let own = [("a", "role_arn", "r"), ("a", "source_profile", "a"), ("a", "aws_access_key_id", "AKIA")];
        let found = chain("a", &own).unwrap();
        assert_eq!((found.leaf.as_str(), found.hops.len()), ("a", 1));
        let metadata = [("a", "role_arn", "r"), ("a", "credential_source", "Ec2InstanceMetadata")];
        assert_eq!(chain("a", &metadata).unwrap().hops, []);
        assert_eq!(chain("plain", &[("plain", "region", "x")]).unwrap().device, None);
    }
}
