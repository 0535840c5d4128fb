//! The roles of an account: those that every account has, then those of its team.

use super::layout::Layout;
use super::random::Random;
use super::role::{Account, write};
use super::{baseline, team};

/// Appends the `RoleDetailList` of an account.
pub(super) fn list(out: &mut String, layout: &Layout, ix: usize, random: &mut Random) {
    let account = Account::new(layout, ix);
    out.push('[');
    for (n, part) in layout.baseline().iter().take(layout.spec.roles_per_account).enumerate() {
        if n > 0 {
            out.push(',');
        }
        let role = baseline::role(&account, *part, random);
        write(out, &account, &role, random);
    }
    for slot in 0..layout.team_slots() {
        out.push(',');
        let role = team::role(&account, slot, random);
        write(out, &account, &role, random);
    }
    out.push(']');
}
