//! Whose data a file holds, judged by the ARNs in it.
//!
//! Owns: which ARNs count, and that a file agrees with its name, with itself and with one partition.
//! INVARIANT: no record is read under an account that its own ARN does not name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::join;
use crate::arn::Arn;
use crate::diagnostic::Code;
use crate::ids::AccountId;
use crate::snapshot::account::AccountFile;
use crate::snapshot::error::{Refusal, SnapshotError};

/// The ARNs of what belongs to the account itself: not what is attached to it from elsewhere, such as AWS managed
/// policies, and not what a policy names.
fn arns<'f>(file: &'f AccountFile<'_>, each: &mut dyn FnMut(&'f str)) {
    file.role_detail_list.iter().flatten().for_each(|role| each(&role.arn));
    file.user_detail_list.iter().flatten().for_each(|user| each(&user.arn));
    file.group_detail_list.iter().flatten().for_each(|group| each(&group.arn));
    file.policies.iter().flatten().for_each(|policy| each(&policy.arn));
    let devices = file.virtual_mfa_devices.iter().flatten();
    devices.for_each(|device| each(&device.serial_number));
    file.mfa_devices.iter().flatten().for_each(|device| each(&device.serial_number));
    file.open_id_connect_providers.iter().flatten().for_each(|provider| each(&provider.arn));
    file.saml_providers.iter().flatten().for_each(|provider| each(&provider.arn));
    file.server_certificates.iter().flatten().for_each(|certificate| each(&certificate.arn));
    let rows = file.credential_report.iter().flatten();
    rows.filter_map(|row| row.get("arn")).for_each(|arn| each(arn));
}

/// Whether a file's records agree with its name and with each other: then `check` finds nothing.
pub(in crate::snapshot) fn agrees<'f>(
    id: AccountId,
    file: &'f AccountFile<'_>,
    of_records: impl Iterator<Item = &'f str>,
) -> bool {
    let text = id.to_string();
    let mut agree = true;
    // up to the account: nearly every ARN starts like the one before
    let mut start = "";
    let mut partition = None;
    let mut each = |arn: &'f str| {
        if !start.is_empty() && arn.starts_with(start) {
            return;
        }
        let Some(parsed) = Arn::parse(arn).filter(|arn| !matches!(arn.account, "aws" | "")) else { return };
        agree &= parsed.account == text && *partition.get_or_insert(parsed.partition) == parsed.partition;
        start = arn.strip_suffix(parsed.resource).unwrap_or_default();
    };
    arns(file, &mut each);
    of_records.for_each(each);
    agree
}

/// Refuses a file of an account other than the one it is attributed to, and one with two partitions.
pub(in crate::snapshot) fn check(path: &Path, id: AccountId, file: &AccountFile<'_>) -> Result<(), SnapshotError> {
    let text = id.to_string();
    let mut foreign = None;
    let mut partition = None;
    let mut mixed = None;
    arns(file, &mut |arn| {
        let Some(parsed) = Arn::parse(arn).filter(|arn| !matches!(arn.account, "aws" | "")) else { return };
        if parsed.account != text && foreign.is_none() {
            foreign = Some((parsed.account, arn));
        }
        match partition {
            None => partition = Some(parsed.partition),
            Some(known) if known != parsed.partition => mixed = Some((known, parsed.partition)),
            Some(_) => {}
        }
    });
    if let Some((other, arn)) = foreign {
        let why = format!("its name says {id}, but `{arn}` in it is of account {other}");
        let next = format!("if all of it is of account {other}, name it `{other}.json`; else save both accounts again");
        return Err(Refusal::with_code(
            Code::WhoseFile,
            path,
            &format!("is named after account {id} and holds data of account {other}"),
            why,
            next,
        ));
    }
    if let Some((one, other)) = mixed {
        let why = format!("ARNs in it are of `{one}` and of `{other}`, and an account is in one partition");
        return Err(Refusal::with_code(
            Code::WhoseFile,
            path,
            "mixes partitions",
            why,
            "save the account again, each into a file of its own",
        ));
    }
    Ok(())
}

/// The one account that the ARNs of these files name.
pub(super) fn told(path: &Path, texts: &[(PathBuf, String)]) -> Result<AccountId, SnapshotError> {
    let joined = join::collected(texts)?;
    let caller = joined.caller;
    let file = joined.finish()?;
    let mut found: BTreeMap<AccountId, String> = caller.map(|id| (id, id.to_string())).into_iter().collect();
    arns(&file, &mut |arn| {
        if let Some(id) = Arn::parse(arn).and_then(|arn| arn.account_id()) {
            found.entry(id).or_insert_with(|| arn.to_owned());
        }
    });
    let next = "name it `<12 digits>.json`, after the account that it was saved from";
    let mut ids = found.keys();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(*id),
        (Some(one), Some(other)) => {
            let why = format!("ARNs in it are of account {one} and of account {other}");
            Err(Refusal::with_code(
                Code::WhoseFile,
                path,
                &format!("holds data of accounts {one} and {other}"),
                why,
                next,
            ))
        }
        _ => Err(Refusal::with_code(
            Code::WhoseFile,
            path,
            "does not say whose it is",
            "neither its name nor an ARN in it names an account",
            next,
        )),
    }
}
