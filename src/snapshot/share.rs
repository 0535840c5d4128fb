//! Shares of a collection: an account list that several processes read concurrently, each its own part.
//!
//! Owns: the list, which shard an account belongs to, and what a snapshot records about its share, so that a merge can
//! prove that the parts belong to one list. Does not know how accounts are read.
//! INVARIANT: every account of a list belongs to exactly one shard of a total, and to the same one in every process.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::digest::hex_digest;
use crate::diagnostic::{Code, Diagnostic};
use crate::ids::AccountId;

/// One shard of a total, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1 to `total`.
    pub index: u32,
    /// The number of shards.
    pub total: u32,
}

/// A text that does not name a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}: a shard is given as I/N, from 1/N to N/N")]
pub struct BadShard(String);

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, BadShard> {
        let bad = || BadShard(format!("`{text}`"));
        let (index, total) = text.split_once('/').ok_or_else(bad)?;
        let shard =
            Self { index: index.trim().parse().map_err(|_| bad())?, total: total.trim().parse().map_err(|_| bad())? };
        if (1..=shard.total).contains(&shard.index) { Ok(shard) } else { Err(bad()) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.total)
    }
}

impl Shard {
    /// The shard of an AWS Batch array job or a Kubernetes Indexed Job: both count from 0. Batch provides the size
    /// itself; Kubernetes does not, so its job has to set `ROLEHOP_SHARD_TOTAL`.
    ///
    /// # Errors
    /// If the variables are set but invalid.
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, BadShard> {
        let total = |own: &str| variable("ROLEHOP_SHARD_TOTAL").or_else(|| variable(own));
        let engines = [
            ("AWS_BATCH_JOB_ARRAY_INDEX", total("AWS_BATCH_JOB_ARRAY_SIZE")),
            ("JOB_COMPLETION_INDEX", total("JOB_COMPLETIONS")),
        ];
        for (name, total) in engines {
            let Some(index) = variable(name) else { continue };
            let total = total.ok_or_else(|| BadShard(format!("{name} is set and ROLEHOP_SHARD_TOTAL is not")))?;
            let index: u32 = index.trim().parse().map_err(|_| BadShard(format!("{name}=`{index}`")))?;
            return format!("{}/{total}", index.saturating_add(1)).parse().map(Some);
        }
        Ok(None)
    }

    /// Whether an account belongs to this shard. A change of the total moves as few accounts as possible (J. Lamping,
    /// E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm").
    #[must_use]
    pub fn owns(self, account: AccountId) -> bool {
        let digest = Sha256::digest(account.to_string().as_bytes());
        let mut key = digest.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let mut bucket = -1_i64;
        let mut next = 0_i64;
        while next < i64::from(self.total) {
            bucket = next;
            key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
            let draw = (1_u64 << 31) as f64 / ((key >> 33) + 1) as f64;
            next = ((bucket + 1) as f64 * draw) as i64;
        }
        bucket + 1 == i64::from(self.index)
    }
}

/// A list of accounts that was provided, not discovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountList {
    accounts: BTreeSet<AccountId>,
}

/// What a snapshot records about the list that it is a part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// SHA-256 of the whole list: its ids in order, one per line.
    pub list: String,
    /// Number of accounts in the whole list.
    pub listed: usize,
    /// The shard; absent if the snapshot covers the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

impl Share {
    /// True for the part that also reads the organization: one of them has to, and its quotas are too low for all.
    #[must_use]
    pub fn reads_organization(&self) -> bool {
        self.shard.is_none_or(|shard| shard.index == 1)
    }
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the list of accounts `{}`: {why}", path.display())]
pub struct ListError {
    path: PathBuf,
    why: String,
}

impl ListError {
    /// The error in four parts.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::new(
            Code::UnusableList,
            "cannot use the list of accounts",
            format!("`{}`", self.path.display()),
            self.why.clone(),
            "one id of twelve digits a line, or what `rolehop accounts --list -f csv` prints",
        )
    }
}

impl AccountList {
    /// Reads a file: one id per line with `#` comments, or CSV with a column `account`, `account_id` or `id`.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has no account id or a duplicate.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let failed = |why: String| ListError { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Like [`AccountList::read`], for a text that has already been read.
    ///
    /// # Errors
    /// As for [`AccountList::read`].
    pub fn of(path: &Path, text: &str) -> Result<Self, ListError> {
        Self::parse(text).map_err(|why| ListError { path: path.to_owned(), why })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().next().unwrap_or_default().to_ascii_lowercase();
        let column =
            header.split(',').position(|name| ["account", "account_id", "id"].contains(&name.trim().trim_matches('"')));
        let mut accounts = BTreeSet::new();
        for (at, line) in text.lines().enumerate().skip(usize::from(column.is_some())) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let cell = line.split(',').nth(column.unwrap_or(0)).unwrap_or_default().trim().trim_matches('"');
            let number = at + 1;
            let shown: String = cell.chars().take(40).filter(|c| !c.is_control()).collect();
            let id = AccountId::parse(cell)
                .ok_or_else(|| format!("line {number} has `{shown}`, which is no account id of twelve digits"))?;
            if !accounts.insert(id) {
                return Err(format!("line {number} names account {id} for the second time"));
            }
        }
        if accounts.is_empty() { Err("it names no account".to_owned()) } else { Ok(Self { accounts }) }
    }

    /// The accounts of a shard, or all, and what their snapshot records about the list.
    #[must_use]
    pub fn share(&self, shard: Option<Shard>) -> (Vec<AccountId>, Share) {
        let text: String = self.accounts.iter().map(|id| format!("{id}\n")).collect();
        let own = self.accounts.iter().copied().filter(|id| shard.is_none_or(|shard| shard.owns(*id)));
        (own.collect(), Share { list: hex_digest(text.as_bytes()), listed: self.accounts.len(), shard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: u64) -> Vec<AccountId> {
        (0..count).map(|n| AccountId::parse(&format!("{:012}", n * 7_919 + 13)).unwrap()).collect()
    }

    #[test]
    fn every_account_is_in_exactly_one_shard_and_the_shards_are_even() {
        for total in [1, 2, 7, 64] {
            let mut sizes = vec![0; total as usize];
            for id in ids(6400) {
                let owners: Vec<u32> = (1..=total).filter(|index| Shard { index: *index, total }.owns(id)).collect();
                assert_eq!(owners.len(), 1, "{id} of {total}");
                sizes[owners[0] as usize - 1] += 1;
            }
            let even = 6400 / total;
            assert!(sizes.iter().all(|size| *size > even / 2 && *size < even * 2), "{sizes:?}");
        }
    }

    #[test]
    fn one_more_shard_moves_few_accounts() {
        let of = |id: &AccountId, total| (1..=total).find(|index| Shard { index: *index, total }.owns(*id));
        let moved = ids(5000).iter().filter(|id| of(id, 10) != of(id, 11)).count();
        assert!(moved < 5000 / 8, "{moved}");
        // the same in every process and version; computed by an independent program
        assert_eq!(of(&AccountId::parse("111122223333").unwrap(), 8), Some(5), "a shard must never change");
    }

    #[test]
    fn engines_count_from_zero() {
        let with = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Shard::from_environment(&move |name| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
        };
        let batch = with(&[("AWS_BATCH_JOB_ARRAY_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_SIZE", "4")]);
        assert_eq!(batch, Ok(Some(Shard { index: 1, total: 4 })));
        let kubernetes = with(&[("JOB_COMPLETION_INDEX", "3"), ("ROLEHOP_SHARD_TOTAL", "4")]);
        assert_eq!(kubernetes, Ok(Some(Shard { index: 4, total: 4 })));
        assert_eq!(with(&[]), Ok(None));
        assert!(with(&[("JOB_COMPLETION_INDEX", "3")]).is_err());
        assert!(with(&[("JOB_COMPLETION_INDEX", "4"), ("ROLEHOP_SHARD_TOTAL", "4")]).is_err());
        for bad in ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }

    #[test]
    fn lists_are_lines_or_csv_and_nonsense_is_named_with_its_line() {
        let list = |text| AccountList::parse(text);
        let plain = list("# ours\n000000000001\n\n000000000002 # two\n").unwrap();
        assert_eq!(plain, list("account,name\n000000000002,\"b\"\n000000000001,a\n").unwrap());
        assert_eq!(plain.share(None).1.list.len(), 64);
        assert!(list("00000000001\n").unwrap_err().contains("line 1"));
        assert!(list("000000000001\n000000000001\n").unwrap_err().contains("second time"));
        assert!(list("\n# nobody\n").unwrap_err().contains("no account"));
        let shard = Some("1/2".parse().unwrap());
        assert_eq!(plain.share(shard).1.list, plain.share(None).1.list);
    }
}
