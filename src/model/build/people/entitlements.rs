//! Entitlements of the account access manager.

use std::collections::BTreeSet;

use super::PeopleBuilder;
use crate::arn::Arn;
use crate::facet::Facet;
use crate::ids::{GapIx, InstanceIx};
use crate::model::Presence;
use crate::model::people::{Assignee, Entitlement, Grant, UnknownAssignee};
use crate::snapshot::account_access::{AccountAccessFile, Application, Entitlement as Raw, PrincipalRole};

impl PeopleBuilder<'_> {
    pub(super) fn add_entitlements(&mut self, file: Option<&AccountAccessFile>) {
        let Some(file) = file else {
            // the account access manager lets in people of an instance of Identity Center
            if self.people.instances.is_empty() {
                return;
            }
            let gap = self.gap(Facet::AccountAccess, "entitlements of the account access manager were not read".into());
            self.people.entitlements_unread.push(gap);
            return;
        };
        let arns: BTreeSet<&str> = file.applications.iter().map(|of| of.application_arn.as_str()).collect();
        self.people.applications = Some(arns.into_iter().map(Into::into).collect());
        let mut found = Vec::new();
        for application in &file.applications {
            if application.entitlements.is_none() {
                let reason = format!("entitlements of `{}` were not read", application.application_arn);
                let gap = self.gap(Facet::AccountAccess, reason);
                self.people.entitlements_unread.push(gap);
            }
            for raw in application.entitlements.iter().flatten() {
                let grant = self.grant(application, raw);
                let (application, id) = (application.application_arn.as_str(), raw.entitlement_id.as_str());
                found.push(Entitlement { application: application.into(), id: id.into(), grant });
            }
        }
        found.sort_by(|a, b| (&a.application, &a.id).cmp(&(&b.application, &b.id)));
        for entitlement in found {
            // somebody may be entitled who is not in the tables
            let (role, gap) = match &entitlement.grant {
                Grant::Role { role, assignee: Assignee::Unknown(who), .. } => (*role, who.gap),
                Grant::Role { role, .. } => (*role, None),
                Grant::Unknown(gap) => (None, Some(*gap)),
            };
            self.people.entitlements_unread.extend(gap);
            let ix = self.people.entitlements.push(entitlement);
            if let Some(role) = role {
                self.people.entitled.entry(role).or_default().push(ix);
            }
        }
        self.people.entitlements_unread.sort();
        self.people.entitlements_unread.dedup();
    }

    fn grant(&mut self, application: &Application, raw: &Raw) -> Grant {
        let Some(PrincipalRole { role_arn, account, user_id, group_id }) = &raw.principal_role else {
            let reason = format!("entitlement `{}` is of a kind that rolehop does not know", raw.entitlement_id);
            return Grant::Unknown(self.gap(Facet::AccountAccess, reason));
        };
        let assignee = match (user_id, group_id) {
            (Some(id), None) => self.entitled(application, "USER", id),
            (None, Some(id)) => self.entitled(application, "GROUP", id),
            _ => {
                let reason = format!(
                    "entitlement `{}` is for a kind of principal that rolehop does not know",
                    raw.entitlement_id
                );
                let gap = self.gap(Facet::AccountAccess, reason);
                Assignee::Unknown(UnknownAssignee { kind: "".into(), id: "".into(), gap: Some(gap) })
            }
        };
        let role = self.estate.principal_by_arn(role_arn);
        let account = account.or_else(|| Arn::parse(role_arn)?.account_id());
        let unread = if role.is_none() { self.role_unread(account) } else { None };
        Grant::Role { assignee, arn: role_arn.as_str().into(), account, role, unread }
    }

    /// Why a role of an account may be there although the snapshot has none.
    fn role_unread(&mut self, account: Option<crate::ids::AccountId>) -> Option<GapIx> {
        let Some(id) = account else {
            return Some(self.gap(Facet::AccountAccess, "the account of an entitlement's role is not known".into()));
        };
        match self.estate.account_by_id(id).map(|ix| self.estate.account(ix).presence().clone()) {
            Some(Presence::Collected) => None,
            Some(presence) if presence.gap().is_some() => presence.gap(),
            _ => Some(self.gap(Facet::AccountAccess, format!("account {id} is not in the snapshot"))),
        }
    }

    /// Whom an application's id means: of the instance that it names, or of any.
    fn entitled(&mut self, application: &Application, kind: &str, id: &str) -> Assignee {
        let fits = |(_, instance): &(InstanceIx, &crate::model::people::Instance)| {
            application.instance_arn.as_deref().is_none_or(|arn| arn == instance.arn())
        };
        let instances: Vec<InstanceIx> = self.people.instances.iter_indexed().filter(fits).map(|(ix, _)| ix).collect();
        let mut last = None;
        for instance in instances {
            match self.assignee(instance, kind, id) {
                Assignee::Unknown(unknown) if last.is_none() || unknown.gap.is_some() => last = Some(unknown),
                Assignee::Unknown(_) => {}
                known => return known,
            }
        }
        let unknown = last.unwrap_or_else(|| {
            let reason = format!("the instance of `{}` was not read", application.application_arn);
            let gap = self.gap(Facet::AccountAccess, reason);
            UnknownAssignee { kind: kind.into(), id: id.into(), gap: Some(gap) }
        });
        Assignee::Unknown(unknown)
    }
}
