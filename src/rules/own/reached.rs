//! The targets of the configuration that principals get into.
//!
//! Owns: one search back from each target, made once for all rules that ask, and what is told of a principal. INVARIANT: where a target, or
//! the ways into it, were not read as a whole, only those who surely reach it have an answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use roaring::RoaringBitmap;

use super::view::{Data, Known};
use crate::answer::Verdict;
use crate::graph::Source;
use crate::graph::query::{Targets, WhoCan};
use crate::ids::PrincipalIx;
use crate::rules::context::Context;

/// Who reaches each target, by its name; searched when it is first asked for.
#[derive(Default)]
pub(in crate::rules) struct Reached<'s> {
    targets: Option<&'s Targets>,
    found: OnceLock<BTreeMap<String, Reaching>>,
}

/// Who reaches a target, in any number of calls.
#[derive(Default)]
struct Reaching {
    surely: RoaringBitmap,
    /// Some way of theirs rests on missing data.
    perhaps: RoaringBitmap,
    /// Why it is not known of the others.
    unread: Option<String>,
}

impl<'s> Reached<'s> {
    pub(in crate::rules) fn of(targets: &'s Targets) -> Self {
        Self { targets: Some(targets), found: OnceLock::new() }
    }

    /// Searches, on one thread.
    pub(super) fn search(&self, cx: &Context<'_>) {
        self.found.get_or_init(|| {
            let targets = self.targets.into_iter().flatten();
            targets.map(|(name, _)| (name.clone(), self.reaching(cx, name))).collect()
        });
    }

    fn reaching(&self, cx: &Context<'_>, name: &str) -> Reaching {
        let Some(targets) = self.targets else { return Reaching::default() };
        let found = match WhoCan::new(cx.ways, name, targets, &Default::default()) {
            Ok(found) => found,
            Err(error) => {
                let why = error.diagnostic().what;
                return Reaching { unread: Some(why), ..Reaching::default() };
            }
        };
        let mut reaching = Reaching::default();
        for one in found.reaching() {
            let Source::Principal(ix) = one.source else { continue };
            let Ok(number) = u32::try_from(ix.get()) else { continue };
            let list = if one.verdict == Verdict::Unknown { &mut reaching.perhaps } else { &mut reaching.surely };
            list.insert(number);
        }
        if !found.is_proven() {
            reaching.unread = Some(format!("who reaches target {name} was not read as a whole"));
        }
        reaching
    }

    /// The names of the targets that a principal reaches.
    pub(super) fn by<'e>(&self, ix: PrincipalIx) -> Known<Data<'e>> {
        let Some(found) = self.found.get().filter(|found| !found.is_empty()) else {
            return Err("the configuration has no [targets]".to_owned());
        };
        let number = u32::try_from(ix.get()).map_err(|_| "it has no number".to_owned())?;
        let mut names = Vec::new();
        for (name, reaching) in found {
            if reaching.surely.contains(number) {
                names.push(Cow::Owned(name.clone()));
            } else if reaching.perhaps.contains(number) {
                return Err(format!("whether it reaches target {name} rests on data that was not read"));
            } else if let Some(why) = &reaching.unread {
                return Err(why.clone());
            }
        }
        Ok(Data::Texts(names))
    }
}
