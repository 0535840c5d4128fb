//! How many calls people take, how long that is, and what happens where AWS throttles.

use rolehop::emulator::{EmulatorOptions, Schedule};
use rolehop::facet::Facets;

use crate::run::*;
use crate::world::*;

fn of_people(action: &str) -> bool {
    action.starts_with("sso:") || action.starts_with("identitystore:")
}

/// Calls about people and the time that they take at ten a second, as AWS's quota of twenty a second lets them pass.
async fn measured(size: Size, scale: f64) -> (u64, f64, u64) {
    let quotas = Some(scale);
    let emulator = start(&files(size), EmulatorOptions { quotas, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |options| {
        options.facets = Facets::named(["core", "identity-center"]).unwrap();
        options.tuning.quota_scale = scale;
    })
    .await;
    let at = |request: &rolehop::emulator::AnsweredRequest| request.at.as_secs_f64();
    let requests = emulator.requests();
    let about: Vec<_> = requests.iter().filter(|request| of_people(&request.action)).collect();
    let seconds = (at(about.last().unwrap()) - at(about[0])) * scale;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(size));
    let refused = about.iter().filter(|request| request.status != 200).count();
    (about.len() as u64, seconds, refused as u64)
}

#[tokio::test]
async fn a_large_organization_takes_as_long_as_its_calls_at_the_rate_and_loses_nothing() {
    let full = std::env::var_os("ROLEHOP_PEOPLE").is_some();
    let size = if full {
        Size { accounts: 1850, sets: 8, users: 3000, groups: 300, members: 500 }
    } else {
        Size { accounts: 60, sets: 8, users: 90, groups: 12, members: 70 }
    };
    let (calls, seconds, throttled) = measured(size, if full { 4.0 } else { SCALE }).await;
    println!(
        "{} accounts, {} sets, {} users: {calls} calls in {seconds:.0} s at ten a second, {throttled} throttled",
        size.accounts, size.sets, size.users
    );
    // a page each for users and groups, a call for each group's members and for each principal, and the sets
    let principals = size.users + size.groups;
    let pages = size.users.div_ceil(100) + size.groups.div_ceil(100) + size.members.div_ceil(100);
    let sets = size.sets * (1 + size.accounts.div_ceil(100));
    let assignments = expected(size).account_assignments.unwrap().len().div_ceil(100);
    let most = principals + size.groups + pages + sets + 2 * assignments + size.groups + 40;
    assert!(calls <= most as u64, "{calls} calls, {most} at most");
    assert_eq!(throttled, 0, "half of the quota is left to others");
}

#[tokio::test]
async fn others_who_use_up_the_quota_slow_it_down_and_nothing_is_lost() {
    let faults = Schedule::throttling(7, 0.3);
    let emulator = start(&files(SMALL), EmulatorOptions { faults, ..EmulatorOptions::default() });
    let ran = scan(&emulator, |_| ()).await;
    assert_eq!(ran.reason(), None);
    same(&ran.instance(), &expected(SMALL));
}
