//! Groups of Identity Center as the start of a question: what their members reach by being in them.

use rolehop::answer::{CanAnswer, Verdict};
use rolehop::graph::query::{self, Targets};
use serde_json::{Value, json};

use super::by_title;
use super::world::{DEV, World, assigned, member, target};

fn team_of(assignments: Vec<Value>) -> World {
    World::new(vec![target("deploy", Value::Null)], &["Admin", "Data_Read"], assignments)
}

fn roles(answer: &CanAnswer) -> Vec<(&str, Verdict)> {
    answer.answers.iter().map(|one| (one.role.rsplit('/').next().unwrap(), one.verdict)).collect()
}

#[test]
fn a_group_reaches_what_being_in_it_gives_and_nothing_of_its_members_own() {
    let own = assigned(DEV, "Data_Read", "USER", "u-ada");
    let world = team_of(vec![assigned(DEV, "Admin", "GROUP", "g-team"), own]);
    for name in ["team", "Team", "group team", "g-team"] {
        let answer = world.can(name);
        assert_eq!(answer.principal, "group team", "{name}");
        let admin = "AWSReservedSSO_Admin_0123456789abcdef";
        assert_eq!(roles(&answer), [(admin, Verdict::Allowed), ("deploy", Verdict::Allowed)]);
        assert!(answer.proven);
        assert!(answer.note.unwrap().starts_with("this means members of the group as such"));
        assert!(answer.mfa_of_people.is_some());
    }
    assert_eq!(world.can("ada").answers.len(), 3);
    let path = world.path("team", "prod/deploy");
    assert_eq!((path.verdict, path.hop_count, path.from.as_str()), (Verdict::Allowed, Some(2), "group team"));
    assert_eq!(path.hops[0].from, "group team");
}

#[test]
fn a_group_of_disabled_users_reaches_nothing_and_says_why() {
    let world = team_of(vec![assigned(DEV, "Admin", "GROUP", "g-team")])
        .with("GroupMemberships", json!([member("g-team", "u-bob")]));
    let answer = world.can("team");
    assert_eq!((answer.answers.len(), answer.proven), (0, true));
    assert_eq!(answer.note, Some("the group has no member who can sign in"));
    assert_eq!(world.path("team", "prod/deploy").verdict, Verdict::Denied);
}

#[test]
fn what_only_some_members_reach_is_reached_by_the_group_and_said_to_be_of_some() {
    let world = by_title(json!([{"Key": "team", "Value": {"Source": ["${path:title}"]}}]));
    let answer = world.can("team");
    let admin = "AWSReservedSSO_Admin_0123456789abcdef";
    let expected = [(admin, Verdict::Allowed), ("dev-data", Verdict::Allowed), ("ops-data", Verdict::Allowed)];
    assert_eq!(roles(&answer), expected);
    assert!(answer.note.unwrap().contains("at least one of them"));
}

#[test]
fn members_who_were_not_read_may_or_may_not_come_in() {
    let world = team_of(vec![assigned(DEV, "Admin", "GROUP", "g-team")])
        .with("GroupMemberships", json!([]))
        .with("UnreadGroups", json!([{"GroupId": "g-team", "Reason": "denied"}]));
    let answer = world.can("team");
    assert!(!answer.proven && answer.answers.iter().all(|one| one.verdict == Verdict::Unknown));
    assert_eq!(answer.answers.len(), 2);
    // another group's members are no question of this one
    assert!(world.can("cut").proven);
}

#[test]
fn a_name_of_two_groups_is_not_picked_from() {
    let groups = json!([{"GroupId": "g-1", "DisplayName": "Ops"}, {"GroupId": "g-2", "DisplayName": "ops"}]);
    let world = team_of(Vec::new()).with("Groups", groups).with("GroupMemberships", json!([]));
    let error = world.ask(|graph| query::path(graph, "OPS", "prod/deploy", &Targets::new()).unwrap_err());
    assert!(error.to_string().contains("OPS"), "{error}");
}
