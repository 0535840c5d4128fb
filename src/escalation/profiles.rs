//! By which instance profile a role is used.
//!
//! Owns: those that the role is in, and those that the caller may put it in: nobody reads which ones are empty, so that one of any name may
//! be there. A profile holds one role.
//! Source: AWS IAM User Guide, "Use instance profiles"; AWS Service Authorization Reference (`iam:AddRoleToInstanceProfile`;
//! `ec2:InstanceProfile`, the profile of the instance; `ec2:NewInstanceProfile`, the one that it is given).

use std::sync::{Arc, LazyLock};

use super::attempt::Attempt;
use super::choice::{layers, texts, value_of};
use super::made;
use super::open::{OF_PROFILE, by_choice};
use crate::eval::{Caller, Credentials, Question, Resource, Sent, ServiceKeys, Trace, Truth, decide};
use crate::ids::PrincipalIx;
use crate::model::Estate;
use crate::policy::action::Action;
use crate::policy::key::ContextKey;
use crate::regions;

static FILL: LazyLock<Action> = LazyLock::new(|| Action::named("iam", "AddRoleToInstanceProfile"));

impl Attempt<'_> {
    /// Whether the instance profile changes what an attempt comes to: the role is in none, or requests say which one it is.
    pub(crate) fn turns_on_profile(&self, estate: &Estate, open: &Truth) -> bool {
        let role = self.target.principal.filter(|_| self.way.way().takes_instance_profile() && *open != Truth::False);
        let is_in_one = role.and_then(|role| estate.principal(role).role()?.in_instance_profile);
        let is_told = || open.has_test(&|test| OF_PROFILE.contains(&test.variable.lower()));
        role.is_some() && (is_in_one == Some(false) || is_told())
    }

    /// What an attempt comes to for some instance profile that holds the role, or that its maker may put it in. What requests say of the
    /// profile stays open in what is given, and here where nobody read which ones hold the role.
    pub(super) fn by_profile(&self, estate: &Estate, open: Truth, credentials: Credentials) -> Truth {
        let Some(role) = self.target.principal.filter(|_| self.turns_on_profile(estate, &open)) else { return open };
        let account = estate.account(estate.principal(self.by).account());
        let of = |name: &str| -> Arc<str> {
            format!("arn:{}:iam::{}:instance-profile/{name}", account.partition(), account.id()).into()
        };
        let own = estate.principal(role).instance_profiles();
        let mut any = if own.is_some() { Truth::False } else { open.clone() };
        for name in own.into_iter().flatten() {
            any = any.or(self.with_profile(&open, &of(&name)));
            if any == Truth::True {
                return any;
            }
        }
        let speaking = self.texts_of_profiles(estate);
        for name in made::profiles(&speaking) {
            let arn = of(&name);
            let used = self.with_profile(&open, &arn);
            // a name that policies spell out may be that of another role's profile
            let is_free = || !speaking.iter().any(|text| **text == *arn) || !is_taken(estate, role, &name);
            if used != Truth::False && is_free() {
                any = any.or(used.and(self.may_fill(estate, &arn, credentials)));
            }
            if any == Truth::True {
                break;
            }
        }
        any
    }

    /// An open answer, where its requests are about this profile.
    fn with_profile(&self, open: &Truth, arn: &str) -> Truth {
        let gives = self.way.way().steps.iter().any(|step| step.action.operation() == "associateiaminstanceprofile");
        let [key, given] = OF_PROFILE;
        let key = if gives { given } else { key };
        open.replace(&mut |test| {
            let held = if test.variable.lower() == key { test.holds(&[arn]) } else { None };
            held.map_or_else(|| Truth::test((**test).clone()), Truth::from)
        })
    }

    fn may_fill(&self, estate: &Estate, arn: &Arc<str>, credentials: Credentials) -> Truth {
        let home = estate.principal(self.by).account();
        let region = regions::home(estate.account(home).partition());
        let of = Resource::Other { arn: Arc::clone(arn), account: Some(home), unread_policy: None };
        let question = Question::of(estate, &FILL, Caller::Principal(self.by), of, arn)
            .signed(credentials)
            .with_service_keys(ServiceKeys::Chosen)
            .sending(Sent::new(&[("aws:RequestedRegion", &[region])]));
        by_choice(decide(&question, &mut Trace::off()))
    }

    /// What policies say of the profiles that may be filled, and that requests may be about.
    fn texts_of_profiles(&self, estate: &Estate) -> Vec<String> {
        let principal = estate.principal(self.by);
        let statements: Vec<_> =
            layers(estate, principal.class()).into_iter().flat_map(|policy| &policy.statements).collect();
        let conditions = statements.iter().flat_map(|statement| &statement.conditions);
        let values = conditions.filter(|own| OF_PROFILE.contains(&own.key.lower())).flat_map(|own| &own.values);
        let of_caller = |key: &ContextKey| value_of(estate, self.by, key);
        let told: Vec<String> = values.filter_map(|text| text.filled(of_caller)).collect();
        let filling: Vec<_> = statements.into_iter().filter(|statement| statement.actions.matches(&FILL)).collect();
        if filling.is_empty() { Vec::new() } else { [texts(estate, self.by, &filling), told].concat() }
    }
}

/// Whether another role of the account is in a profile of this path and name.
fn is_taken(estate: &Estate, role: PrincipalIx, name: &str) -> bool {
    let others = estate.principals_of(estate.principal(role).account()).filter(|other| *other != role);
    let mut held = others.filter_map(|other| estate.principal(other).instance_profiles()).flatten();
    held.any(|own| *own == *name)
}
