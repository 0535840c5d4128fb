//! Which accounts, teams and roles there are, and what they are called.
//!
//! Owns: every name that one account's documents may use for something in another account. Does not know the documents.
//! INVARIANT: a name depends on account and slot alone, never on a random sequence, so that two accounts agree on it without
//! communication.

use super::spec::Spec;

const TEAMS: [&str; 32] = [
    "payments",
    "search",
    "ledger",
    "catalog",
    "checkout",
    "shipping",
    "pricing",
    "billing",
    "fraud",
    "support",
    "orders",
    "media",
    "mobile",
    "profile",
    "reports",
    "inventory",
    "loyalty",
    "partners",
    "routing",
    "claims",
    "content",
    "streaming",
    "identityproof",
    "risk",
    "warehouse",
    "forecast",
    "archive",
    "mailing",
    "maps",
    "voice",
    "sensors",
    "research",
];

/// Teams of a division share an OU.
const TEAMS_PER_DIVISION: usize = 25;

/// A team has an account for each of these.
const STAGES: [Stage; 4] = [Stage::Prod, Stage::Staging, Stage::Dev, Stage::Sandbox];

/// Accounts outside the organization that some roles trust.
pub(super) const VENDORS: [&str; 3] = ["999000000001", "999000000002", "999000000003"];

/// What a role is for that every account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Baseline {
    OrganizationAccess,
    HubReadOnly,
    HubAdmin,
    /// What a scan assumes.
    Audit,
    Recorder,
    FlowLogs,
    Backup,
    ServiceLinked,
    /// A permission set of Identity Center, by number.
    PermissionSet(usize),
    Vendor,
    Github,
    Breakglass,
    /// Hands a release on to the next stage.
    Release,
    /// In some accounts open to the whole organization.
    Inventory,
}

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Shared,
    Prod,
    Staging,
    Dev,
    Sandbox,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Prod => "prod",
            Self::Staging => "staging",
            Self::Dev => "dev",
            Self::Sandbox => "sandbox",
        }
    }
}

/// What a team's role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Runs on compute: trusted by a service, reads data roles.
    Workload,
    /// Guards data: trusted by accounts of its team.
    Data,
    /// Assumed by a CI runner of the delivery account.
    Deploy,
    /// Assumed by people of the hub.
    Operator,
    /// The CI runner itself, in the delivery account only.
    Runner,
}

/// Nine workload, five data, three deploy and three operator roles in every twenty, evenly spread.
const KINDS: [Kind; 20] = [
    Kind::Workload,
    Kind::Data,
    Kind::Workload,
    Kind::Deploy,
    Kind::Operator,
    Kind::Workload,
    Kind::Data,
    Kind::Workload,
    Kind::Workload,
    Kind::Data,
    Kind::Deploy,
    Kind::Workload,
    Kind::Operator,
    Kind::Data,
    Kind::Workload,
    Kind::Workload,
    Kind::Deploy,
    Kind::Data,
    Kind::Operator,
    Kind::Workload,
];

/// The whole organization, as names.
pub(super) struct Layout {
    pub(super) spec: Spec,
    ids: Vec<String>,
    baseline: Vec<Baseline>,
}

impl Layout {
    pub(super) fn new(spec: Spec) -> Self {
        // a step that is coprime to the range visits every number once: ids are distinct without a set to check
        const RANGE: u64 = 900_000_000_000;
        const STEP: u64 = 73_687_870_081;
        let start = super::random::Random::new(spec.seed, usize::MAX).next() % RANGE;
        let ids = (0..spec.accounts as u64)
            .map(|ix| format!("{:012}", 100_000_000_000 + (start + ix * STEP % RANGE) % RANGE))
            .collect();
        Self { spec, ids, baseline: baseline(&spec) }
    }

    /// The roles of every account before those of its team; a small account has only the first of them.
    pub(super) fn baseline(&self) -> &[Baseline] {
        &self.baseline
    }

    /// The twelve digits of an account.
    pub(super) fn id(&self, ix: usize) -> &str {
        self.ids.get(ix).map_or("000000000000", String::as_str)
    }

    pub(super) fn management(&self) -> usize {
        0
    }

    /// The account with the users.
    pub(super) fn hub(&self) -> usize {
        1.min(self.spec.accounts.saturating_sub(1))
    }

    /// The account with the CI runners.
    pub(super) fn delivery(&self) -> usize {
        2.min(self.spec.accounts.saturating_sub(1))
    }

    /// Teams with at least one account of their own.
    pub(super) fn teams(&self) -> usize {
        self.spec.accounts.saturating_sub(3).div_ceil(STAGES.len())
    }

    /// The team of an account; `None` for the three shared accounts.
    pub(super) fn team_of(&self, ix: usize) -> Option<usize> {
        ix.checked_sub(3).map(|workload| workload / STAGES.len())
    }

    pub(super) fn stage(&self, ix: usize) -> Stage {
        let stage = ix.checked_sub(3).and_then(|workload| STAGES.get(workload % STAGES.len()));
        stage.copied().unwrap_or(Stage::Shared)
    }

    /// The accounts of a team, production first.
    pub(super) fn accounts_of(&self, team: usize) -> std::ops::Range<usize> {
        let first = 3 + team * STAGES.len();
        first..(first + STAGES.len()).min(self.spec.accounts)
    }

    /// The account from which a team's release comes into this one, if the team has it.
    pub(super) fn stage_before(&self, ix: usize) -> Option<usize> {
        let before = match self.stage(ix) {
            Stage::Prod => Stage::Staging,
            Stage::Staging => Stage::Dev,
            Stage::Shared | Stage::Dev | Stage::Sandbox => return None,
        };
        self.accounts_of(self.team_of(ix)?).find(|peer| self.stage(*peer) == before)
    }

    /// The account into which it goes from this one.
    pub(super) fn stage_after(&self, ix: usize) -> Option<usize> {
        self.accounts_of(self.team_of(ix)?).find(|peer| self.stage_before(*peer) == Some(ix))
    }

    pub(super) fn team_name(&self, team: usize) -> String {
        let word = TEAMS.get(team % TEAMS.len()).copied().unwrap_or_default();
        if team < TEAMS.len() { word.to_owned() } else { format!("{word}{}", team / TEAMS.len()) }
    }

    /// Prefix of the names of an account's roles: its team, or what the shared account is for.
    pub(super) fn prefix(&self, ix: usize) -> String {
        match (self.team_of(ix), ix) {
            (Some(team), _) => self.team_name(team),
            (None, 0) => "management".to_owned(),
            (None, 1) => "identity".to_owned(),
            (None, _) => "delivery".to_owned(),
        }
    }

    pub(super) fn account_name(&self, ix: usize) -> String {
        match self.stage(ix) {
            Stage::Shared => self.prefix(ix),
            stage => format!("{}-{}", self.prefix(ix), stage.name()),
        }
    }

    /// The id of the OU that an account is in; the root's for the management account.
    pub(super) fn parent(&self, ix: usize) -> String {
        let division = self.team_of(ix).unwrap_or(0) / TEAMS_PER_DIVISION;
        match (self.stage(ix), ix) {
            (Stage::Shared, 0) => ROOT.to_owned(),
            (Stage::Shared, 1) => SECURITY.to_owned(),
            (Stage::Shared, _) => INFRASTRUCTURE.to_owned(),
            (Stage::Prod, _) => format!("ou-gen0-prod{division:04}"),
            (Stage::Staging | Stage::Dev, _) => format!("ou-gen0-nonp{division:04}"),
            (Stage::Sandbox, _) => SANDBOX.to_owned(),
        }
    }

    pub(super) fn divisions(&self) -> usize {
        self.teams().div_ceil(TEAMS_PER_DIVISION)
    }

    /// What the role in a slot after the baseline is for.
    pub(super) fn kind(&self, ix: usize, slot: usize) -> Kind {
        if ix == self.delivery() && slot < self.runners() {
            return Kind::Runner;
        }
        KINDS.get(slot % KINDS.len()).copied().unwrap_or(Kind::Workload)
    }

    /// Number of CI runners of the delivery account: one per team, as far as its roles suffice.
    pub(super) fn runners(&self) -> usize {
        self.teams().min(self.team_slots() / 2)
    }

    /// Number of roles after the baseline.
    pub(super) fn team_slots(&self) -> usize {
        self.spec.roles_per_account.saturating_sub(self.baseline.len())
    }

    /// The name of the role in a slot after the baseline.
    pub(super) fn role_name(&self, ix: usize, slot: usize) -> String {
        let kind = match self.kind(ix, slot) {
            Kind::Workload => "app",
            Kind::Data => "data",
            Kind::Deploy => "deploy",
            Kind::Operator => "operator",
            Kind::Runner => return format!("ci-runner-{slot}"),
        };
        format!("{}-{kind}-{slot:02}", self.prefix(ix))
    }

    /// The ARNs of an account's roles of one kind.
    pub(super) fn role_arns(&self, ix: usize, kind: Kind) -> impl Iterator<Item = String> {
        (0..self.team_slots())
            .filter(move |slot| self.kind(ix, *slot) == kind)
            .map(move |slot| format!("arn:aws:iam::{}:role/{}", self.id(ix), self.role_name(ix, slot)))
    }

    /// The CI runner that deploys a team's accounts; `None` if there is none.
    pub(super) fn runner_of(&self, team: usize) -> Option<String> {
        let slot = team.checked_rem(self.runners())?;
        Some(format!("arn:aws:iam::{}:role/{}", self.id(self.delivery()), self.role_name(self.delivery(), slot)))
    }
}

/// In the order of a file.
fn baseline(spec: &Spec) -> Vec<Baseline> {
    let mut sets = (0..spec.sso_sets).map(Baseline::PermissionSet);
    let mut parts = vec![
        Baseline::OrganizationAccess,
        Baseline::HubReadOnly,
        Baseline::HubAdmin,
        Baseline::Audit,
        Baseline::Recorder,
        Baseline::FlowLogs,
        Baseline::Backup,
        Baseline::ServiceLinked,
    ];
    parts.extend(sets.next());
    parts.extend([Baseline::Vendor, Baseline::Github, Baseline::Breakglass, Baseline::Release]);
    if spec.any_principal > 0 {
        parts.push(Baseline::Inventory);
    }
    parts.extend(sets);
    parts
}

/// Fixed ids of the organization, its root and OUs.
pub(super) const ORGANIZATION: &str = "o-generated0";
pub(super) const ROOT: &str = "r-gen0";
pub(super) const SECURITY: &str = "ou-gen0-security";
pub(super) const INFRASTRUCTURE: &str = "ou-gen0-infrastr";
pub(super) const WORKLOADS: &str = "ou-gen0-workload";
pub(super) const PROD: &str = "ou-gen0-prodroot";
pub(super) const NON_PROD: &str = "ou-gen0-nonproot";
pub(super) const SANDBOX: &str = "ou-gen0-sandboxx";
