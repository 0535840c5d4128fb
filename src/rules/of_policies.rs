//! Policies as subjects of rules: what is wrong with a document is decided once, and told where it is in force.
//!
//! Owns: which policies a rule is about, and one finding for each managed policy and each inline policy, with who holds it. Does not
//! know what is wrong with a policy (`families::policies`).

use std::cell::RefCell;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rayon::prelude::*;

use super::context::Context;
use super::outcome::{Found, because};
use super::running::{Judged, Running, in_parallel};
use crate::answer::{Evidence, Layer};
use crate::eval;
use crate::finding::{Counts, Finding, Status};
use crate::ids::{AccountIx, PolicyIx};
use crate::model::{Estate, OwnPolicy};
use crate::policy::{Policy, Statement, wording};
use crate::posture::grants::Home;
use crate::posture::held::{Inline, Managed, named};

/// Which policies a rule is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that give somebody something: inline policies, and managed policies that are attached.
    Attached,
    /// Managed policies that are attached to nobody and are no boundary.
    Unattached,
    /// All in accounts, boundaries among them.
    Any,
    /// All, and the SCPs and RCPs of the organization.
    AnyAndGuardrails,
}

/// What is wrong with a document.
pub(super) struct Said {
    /// Continues a sentence that begins with the policy: `allows every action`.
    what: String,
    /// Positions of the statements that prove it.
    statements: Vec<u32>,
}

impl Said {
    /// Nothing if no statement proves it.
    pub(super) fn of<'s>(what: impl Into<String>, statements: impl IntoIterator<Item = &'s Statement>) -> Option<Self> {
        let statements: Vec<u32> = statements.into_iter().map(|statement| statement.index).collect();
        (!statements.is_empty()).then(|| Self { what: what.into(), statements })
    }

    /// Where the document as a whole is the defect.
    pub(super) fn without_proof(what: impl Into<String>) -> Self {
        Self { what: what.into(), statements: Vec::new() }
    }

    fn proof<'p>(&self, policy: &'p Policy) -> impl Iterator<Item = &'p Statement> {
        policy.statements.iter().filter(|statement| self.statements.contains(&statement.index))
    }

    fn evidence(&self, policy: &Policy, layer: Layer, name: &str) -> Vec<Evidence> {
        self.proof(policy).map(|statement| eval::evidence(layer, name, statement)).collect()
    }
}

/// What a rule says of each document of the estate, wherever it may be.
type Sayings = Vec<Option<Said>>;

/// What it says of one where that is.
pub(super) type Says<'s> = &'s (dyn Fn(&Policy, Home<'_>) -> Option<Said> + Sync);

/// What a rule says of the documents of one account: each is asked about once more, where it may be said anywhere.
struct AtHome<'a> {
    estate: &'a Estate,
    home: Home<'a>,
    anywhere: &'a Sayings,
    says: Says<'a>,
    known: RefCell<BTreeMap<PolicyIx, Option<Rc<Said>>>>,
}

impl<'a> AtHome<'a> {
    fn new(estate: &'a Estate, ix: AccountIx, anywhere: &'a Sayings, says: Says<'a>) -> Self {
        let account = estate.account(ix);
        let home = Home::In { partition: account.partition(), account: account.id() };
        Self { estate, home, anywhere, says, known: RefCell::default() }
    }

    fn said_of(&self, document: PolicyIx) -> Option<Rc<Said>> {
        said_of(self.anywhere, Some(document))?;
        let said = || (self.says)(self.estate.policy(document), self.home).map(Rc::new);
        self.known.borrow_mut().entry(document).or_insert_with(said).clone()
    }
}

fn said_of(sayings: &Sayings, document: Option<PolicyIx>) -> Option<&Said> {
    sayings.get(document?.get())?.as_ref()
}

impl Running<'_> {
    pub(super) fn of_policies(&self, cx: &Context<'_>, accounts: &[AccountIx], which: Which, says: Says<'_>) -> Judged {
        // trust policies and other resource-based policies have principals
        let own = |policy: &Policy| policy.statements.iter().all(|s| s.principal.is_none());
        let guardrails = which == Which::AnyAndGuardrails;
        let sayings: Sayings = (0..cx.estate.policy_count())
            .into_par_iter()
            .map(|at| {
                let policy = cx.estate.policy(PolicyIx::new(at));
                if own(policy) || guardrails { says(policy, Home::Any) } else { None }
            })
            .collect();
        let judged = in_parallel(accounts.len(), &|at, judged| {
            if let Some(account) = accounts.get(at) {
                self.of_account(cx, *account, which, (&sayings, says), judged);
            }
        });
        if guardrails { judged.join(self.of_guardrails(cx, &sayings)) } else { judged }
    }

    fn of_account(
        &self,
        cx: &Context<'_>,
        ix: AccountIx,
        which: Which,
        (sayings, says): (&Sayings, Says<'_>),
        judged: &mut Judged,
    ) {
        let at_home = AtHome::new(cx.estate, ix, sayings, says);
        let found = cx.held(ix);
        let inline = || found.inline.iter().filter(|inline| at_home.said_of(inline.document).is_some());
        let (mut unread, mut reasons) = (0, BTreeSet::new());
        let mut counts = Counts::default();
        for managed in &found.managed {
            let said = managed.policy.document.and_then(|document| at_home.said_of(document));
            match (managed.policy.document, said) {
                // of the unattached, one that is attached passes; of the attached, one that is not is nothing to judge
                _ if !which.is_about(managed) => counts.judged += usize::from(which == Which::Unattached),
                (None, _) => {
                    unread += 1;
                    reasons.insert("the default version of a managed policy was not read or does not parse".to_owned());
                }
                (Some(_), None) => counts.judged += 1,
                (Some(_), Some(_)) if which == Which::Unattached && found.holders_unread.is_some() => {
                    unread += 1;
                    reasons.extend(found.holders_unread.map(|gap| cx.reason(gap)));
                }
                (Some(document), Some(said)) => {
                    counts.add(Counts { judged: 1, failed: 1, ..Counts::default() });
                    judged.findings.push(self.of_managed(cx, ix, managed, cx.estate.policy(document), &said));
                }
            }
        }
        if which != Which::Unattached {
            unread += found.unread.0;
            reasons.extend(found.unread.1.iter().map(|gap| cx.reason(*gap)));
            let failed = inline().map(|inline| inline.holders.len()).sum();
            counts.add(Counts { judged: found.inline_count, failed, ..Counts::default() });
            let mut alike = BTreeMap::<(String, String), Inline<'_>>::new();
            for inline in inline() {
                let Some(said) = at_home.said_of(inline.document) else { continue };
                let policy = cx.estate.policy(inline.document);
                let key = format!("{} {}", inline.name, wording(said.proof(policy)));
                // documents that differ in layout alone are one; of a whole document its defect says more than the name
                match alike.entry((key, if said.statements.is_empty() { said.what.clone() } else { String::new() })) {
                    Entry::Vacant(free) => {
                        free.insert(inline.clone());
                    }
                    Entry::Occupied(mut known) => {
                        let known = known.get_mut();
                        let differs =
                            wording(&cx.estate.policy(known.document).statements) != wording(&policy.statements);
                        known.join(inline.clone(), differs);
                    }
                }
            }
            for ((key, _), inline) in alike {
                let said = at_home.said_of(inline.document);
                judged.findings.extend(said.map(|said| self.of_inline(cx, ix, &inline, &said, key)));
            }
        }
        if unread > 0 {
            counts.unknown += unread;
            let what = if unread == 1 { "1 policy".to_owned() } else { format!("{unread} policies") };
            let why = format!("{what} {}", because(&reasons));
            judged.findings.push(self.unknown(cx, ix, cx.root_arn(ix), "", why));
        }
        judged.counts.add(counts);
    }

    fn of_managed(
        &self,
        cx: &Context<'_>,
        account: AccountIx,
        managed: &Managed<'_>,
        policy: &Policy,
        said: &Said,
    ) -> Finding {
        let holders = named(cx.estate, &managed.holders);
        let message = match (managed.holders.is_empty(), managed.is_boundary) {
            (true, true) => format!("{}; it is a permissions boundary", said.what),
            (true, false) => format!("{}; it is attached to nobody", said.what),
            (false, _) => format!("{}; attached to {holders}", said.what),
        };
        let evidence = said.evidence(policy, Layer::Identity, managed.policy.name());
        self.finding(cx, account, managed.policy.arn.to_string(), Status::Open, Found::of("", message, evidence))
    }

    /// The subject is the first that has it. Who has it is no part of the fingerprint: that is of the account, the name, and the
    /// statements that are found.
    fn of_inline(
        &self,
        cx: &Context<'_>,
        account: AccountIx,
        inline: &Inline<'_>,
        said: &Said,
        discriminator: String,
    ) -> Finding {
        let also = match inline.holders.get(1..).unwrap_or_default() {
            [] => String::new(),
            others if inline.differs => format!("; so does that of {}", named(cx.estate, others)),
            others => format!("; the same policy of {}", named(cx.estate, others)),
        };
        let first = inline.holders.first();
        let subject = first.map_or_else(|| cx.root_arn(account), |holder| holder.arn(cx.estate));
        let policy = cx.estate.policy(inline.document);
        let found = Found {
            message: format!("inline policy `{}` {}{also}", inline.name, said.what),
            discriminator,
            stands_for: Some(cx.root_arn(account)),
            principals: inline.holders.iter().map(|holder| holder.arn(cx.estate)).collect(),
            evidence: said.evidence(policy, Layer::Identity, inline.name),
            fix_for: first.map(|holder| holder.maker(cx.estate)).unwrap_or_default(),
            ..Found::default()
        };
        self.finding(cx, account, subject, Status::Open, found)
    }

    fn of_guardrails(&self, cx: &Context<'_>, sayings: &Sayings) -> Judged {
        let mut judged = Judged::default();
        let management = cx.estate.organization().and_then(|organization| organization.management);
        let owner = management.and_then(|id| cx.estate.account_by_id(id));
        for guardrail in cx.estate.organization_policies().iter().flat_map(|all| &all.own) {
            // what was not read is told of the organization as a whole
            let Some(document) = guardrail.document else { continue };
            judged.counts.judged += 1;
            if let Some(said) = said_of(sayings, Some(document)) {
                judged.counts.failed += 1;
                judged.findings.push(self.of_guardrail(cx, owner, guardrail, cx.estate.policy(document), said));
            }
        }
        let all = cx.estate.organization_policies();
        let unparsed = all.is_some_and(|all| all.own.iter().any(|guardrail| guardrail.document.is_none()));
        let unparsed = unparsed.then(|| "the content of an SCP or RCP was not read or does not parse".to_owned());
        let why = all.and_then(|all| all.scps_unread.clone().or_else(|| all.rcps_unread.clone())).or(unparsed);
        if let Some(why) = why {
            judged.counts.unknown += 1;
            let found = Found {
                message: format!("SCPs and RCPs {}", because(&[why].into())),
                discriminator: "unknown guardrails".to_owned(),
                ..Found::default()
            };
            let subject = owner.map_or_else(|| "*".to_owned(), |ix| cx.root_arn(ix));
            judged.findings.push(self.of_owner(cx, owner, subject, Status::Unknown, found));
        }
        judged
    }

    fn of_guardrail(
        &self,
        cx: &Context<'_>,
        owner: Option<AccountIx>,
        guardrail: &OwnPolicy,
        policy: &Policy,
        said: &Said,
    ) -> Finding {
        let (kind, layer) = if guardrail.is_rcp { ("RCP", Layer::Rcp) } else { ("SCP", Layer::Scp) };
        let message = format!("{kind} `{}` {}", guardrail.name, said.what);
        let evidence = said.evidence(policy, layer, &guardrail.name);
        let found = Found { message, evidence, ..Found::default() };
        self.of_owner(cx, owner, guardrail.arn.clone(), Status::Open, found)
    }
}

impl Which {
    fn is_about(self, managed: &Managed<'_>) -> bool {
        match self {
            Self::Attached => !managed.holders.is_empty(),
            Self::Unattached => managed.holders.is_empty() && !managed.is_boundary,
            Self::Any | Self::AnyAndGuardrails => true,
        }
    }
}
