//! Paths whose hops share facts: the name of a session, its tags, its source identity.

#![allow(clippy::unwrap_used, reason = "a question that cannot be asked has failed its test")]

mod support;

use rolehop::answer::Verdict;
use rolehop::graph::TrustGraph;
use rolehop::graph::query::{self, Limits, Targets};
use serde_json::{Value, json};
use support::*;

fn session(role: &str, name: &str) -> Value {
    json!({"AWS": format!("arn:aws:sts::{PROD}:assumed-role/{role}/{name}")})
}

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|k| (*k).to_owned()).collect()
}

fn statements(list: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": list})
}

fn allow(actions: &[&str], principal: Value, condition: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Condition": condition})
}

/// ann → hop → end, where `end` trusts only the session `hop/deploy`.
fn pinned(trust_of_hop: Value) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "hop", trust_of_hop, &[]);
    world.role(PROD, "end", trusts(session("hop", "deploy")), &[]);
    world.user(HUB, "ann", &[may_assume(&[&role(PROD, "hop")])]);
    world
}

#[test]
fn whoever_names_the_session_may_give_it_the_name_that_is_trusted() {
    let world = pinned(trusts(root(HUB)));
    assert_eq!(
        answer(&world, &user(HUB, "ann"), &role(PROD, "end")),
        (Verdict::Conditional, keys(&["sts:RoleSessionName"]))
    );
    assert_eq!(
        answer(&world, &role(PROD, "hop"), &role(PROD, "end")),
        (Verdict::Conditional, keys(&["sts:RoleSessionName"]))
    );
}

#[test]
fn a_session_name_that_is_pinned_to_another_leads_nowhere() {
    let named = |pattern: &str| trusts_if(root(HUB), json!({"StringLike": {"sts:RoleSessionName": pattern}}));
    let to_end = |world: &World| answer(world, &user(HUB, "ann"), &role(PROD, "end"));
    assert_eq!(to_end(&pinned(named("${aws:username}"))), (Verdict::Denied, vec![]));
    assert_eq!(to_end(&pinned(named("dep*"))), (Verdict::Conditional, keys(&["sts:RoleSessionName"])));
    assert_eq!(to_end(&pinned(named("ann-*"))), (Verdict::Denied, vec![]));
}

#[test]
fn a_longer_way_is_found_where_the_shortest_pins_the_wrong_name() {
    let mut world = pinned(trusts_if(root(HUB), json!({"StringEquals": {"sts:RoleSessionName": "ann"}})));
    world.role(PROD, "side", trusts(root(HUB)), &[may_assume(&[&role(PROD, "hop")])]);
    world.user(HUB, "bob", &[may_assume(&[&role(PROD, "hop"), &role(PROD, "side")])]);
    assert_eq!(path(&world, &user(HUB, "bob"), &role(PROD, "end")).verdict, Verdict::Denied);
    let mut world = pinned(statements(&[
        allow(&["sts:AssumeRole"], root(HUB), json!({"StringEquals": {"sts:RoleSessionName": "ann"}})),
        allow(&["sts:AssumeRole"], json!({"AWS": role(PROD, "side")}), json!({})),
    ]));
    world.role(PROD, "side", trusts(root(HUB)), &[]);
    world.user(HUB, "bob", &[may_assume(&[&role(PROD, "hop"), &role(PROD, "side")])]);
    let found = path(&world, &user(HUB, "bob"), &role(PROD, "end"));
    assert_eq!((found.verdict, found.hop_count), (Verdict::Conditional, Some(3)));
}

#[test]
fn a_role_that_may_enter_itself_can_take_another_name() {
    let trust = statements(&[
        allow(&["sts:AssumeRole"], root(HUB), json!({"StringEquals": {"sts:RoleSessionName": "ann"}})),
        allow(&["sts:AssumeRole"], json!({"AWS": role(PROD, "hop")}), json!({})),
    ]);
    let found = path(&pinned(trust), &user(HUB, "ann"), &role(PROD, "end"));
    assert_eq!((found.verdict, found.hop_count), (Verdict::Conditional, Some(3)));
}

#[test]
fn the_session_part_of_a_userid_is_the_name_that_was_given() {
    let build = |pattern: &str| {
        let mut world = World::of_organization();
        world.role(PROD, "hop", trusts_if(root(HUB), json!({"StringEquals": {"sts:RoleSessionName": "ann"}})), &[]);
        let end = trusts_if(json!({"AWS": role(PROD, "hop")}), json!({"StringLike": {"aws:userid": pattern}}));
        world.role(PROD, "end", end, &[]);
        world.user(HUB, "ann", &[may_assume(&[&role(PROD, "hop")])]);
        path(&world, &user(HUB, "ann"), &role(PROD, "end")).verdict
    };
    assert_eq!(build("AROAHOP:an?"), Verdict::Conditional);
    assert_eq!(build("AROAHOP:bob"), Verdict::Denied);
    assert_eq!(build("AROAHOP:*"), Verdict::Conditional);
}

/// ann → hop → end, where `end` requires the calling session to have the tag team=red.
fn tagged(trust_of_hop: Value, allowed: &[&str], tags_of_hop: Value) -> World {
    let mut world = World::of_organization();
    world.role(PROD, "hop", trust_of_hop, &[]).with(PROD, "RoleDetailList", "Tags", tags_of_hop);
    let wants = json!({"StringEquals": {"aws:PrincipalTag/team": "red"}});
    world.role(PROD, "end", trusts_if(json!({"AWS": role(PROD, "hop")}), wants), &[]);
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": allowed, "Resource": role(PROD, "hop")}]});
    world.user(HUB, "ann", &[policy]);
    world
}

#[test]
fn session_tags_need_tag_session_on_both_sides() {
    let open = |condition: Value| statements(&[allow(&["sts:AssumeRole", "sts:TagSession"], root(HUB), condition)]);
    let both: &[&str] = &["sts:AssumeRole", "sts:TagSession"];
    let to_end = |world: &World| answer(world, &user(HUB, "ann"), &role(PROD, "end"));
    assert_eq!(
        to_end(&tagged(open(json!({})), both, json!([]))),
        (Verdict::Conditional, keys(&["aws:PrincipalTag/team"]))
    );
    assert_eq!(to_end(&tagged(open(json!({})), &["sts:AssumeRole"], json!([]))).0, Verdict::Denied);
    assert_eq!(to_end(&tagged(trusts(root(HUB)), both, json!([]))).0, Verdict::Denied);
    let red = json!([{"Key": "team", "Value": "red"}]);
    assert_eq!(to_end(&tagged(trusts(root(HUB)), both, red.clone())).0, Verdict::Allowed);
    // the trust policy itself limits the tags that may be passed
    let only_blue = |operator: &str| open(json!({operator: {"aws:RequestTag/team": "blue"}}));
    assert_eq!(to_end(&tagged(only_blue("StringEquals"), both, red.clone())).0, Verdict::Denied);
    assert_eq!(to_end(&tagged(only_blue("StringEqualsIfExists"), both, red)).0, Verdict::Conditional);
    assert_eq!(to_end(&tagged(only_blue("StringEqualsIfExists"), both, json!([]))).0, Verdict::Denied);
}

/// However many tags a role asks for, whether they can be passed is decided.
#[test]
fn whoever_may_pass_tags_with_mfa_alone_passes_none_without() {
    let mfa = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let hop =
        statements(&[allow(&["sts:AssumeRole"], root(HUB), json!({})), allow(&["sts:TagSession"], root(HUB), mfa)]);
    let mut world = tagged(hop, &["sts:AssumeRole", "sts:TagSession"], json!([]));
    let both = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}]});
    world.role(HUB, "start", trusts(json!({"Service": "ec2.amazonaws.com"})), &[both]);
    let estate = world.estate();
    // the sets of sessions are found for every kind of path at once
    let graph = TrustGraph::new(&estate);
    let found = query::who_can(&graph, &role(PROD, "end"), &Targets::new()).unwrap();
    let who: Vec<&str> = found.answers.iter().map(|one| one.principal.as_str()).collect();
    assert!(who.contains(&user(HUB, "ann").as_str()) && !who.contains(&role(HUB, "start").as_str()), "{who:?}");
    assert_eq!(answer(&world, &role(HUB, "start"), &role(PROD, "end")).0, Verdict::Denied);
}

#[test]
fn many_tags_are_decided() {
    let verdict = |count: usize| {
        let wanted: serde_json::Map<String, Value> =
            (0..count).map(|n| (format!("aws:PrincipalTag/k{n}"), json!("v"))).collect();
        let mut world = World::of_organization();
        let open = statements(&[allow(&["sts:AssumeRole", "sts:TagSession"], root(HUB), json!({}))]);
        world.role(PROD, "hop", open, &[may_assume(&[&role(PROD, "end")])]);
        world.role(PROD, "end", trusts_if(root(PROD), json!({"StringEquals": wanted})), &[]);
        let both = json!({"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}]});
        world.user(HUB, "ann", &[both]);
        answer(&world, &user(HUB, "ann"), &role(PROD, "end")).0
    };
    assert_eq!(
        (verdict(3), verdict(9), verdict(40)),
        (Verdict::Conditional, Verdict::Conditional, Verdict::Conditional)
    );
}

#[test]
fn a_condition_on_tags_can_only_hold_where_tags_may_be_passed() {
    let wants = json!({"StringEquals": {"aws:RequestTag/team": "red"}});
    let trust = statements(&[
        allow(&["sts:AssumeRole"], root(HUB), wants.clone()),
        allow(&["sts:TagSession"], root(HUB), json!({})),
    ]);
    let build = |actions: &[&str]| {
        let mut world = World::of_organization();
        world.role(PROD, "end", trust.clone(), &[]);
        world.user(
            HUB,
            "ann",
            &[json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*"}]})],
        );
        answer(&world, &user(HUB, "ann"), &role(PROD, "end"))
    };
    assert_eq!(build(&["sts:AssumeRole", "sts:TagSession"]), (Verdict::Conditional, keys(&["aws:RequestTag/team"])));
    assert_eq!(build(&["sts:AssumeRole"]).0, Verdict::Denied);
}

#[test]
fn a_source_identity_is_set_once_and_stays() {
    let build = |first: &[&str], own: &[&str]| {
        let mut world = World::of_organization();
        let trust = statements(&[allow(first, root(HUB), json!({}))]);
        world.role(PROD, "hop", trust, &[may_assume(&[&role(PROD, "mid")])]);
        world.role(PROD, "mid", trusts(root(PROD)), &[may_assume(&[&role(PROD, "end")])]);
        let wants = json!({"StringEquals": {"aws:SourceIdentity": "ann"}});
        world.role(PROD, "end", trusts_if(root(PROD), wants), &[]);
        let policy =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": own, "Resource": "*"}]});
        world.user(HUB, "ann", &[policy]);
        path(&world, &user(HUB, "ann"), &role(PROD, "end")).verdict
    };
    let both: &[&str] = &["sts:AssumeRole", "sts:SetSourceIdentity"];
    assert_eq!(build(both, both), Verdict::Conditional);
    assert_eq!(build(&["sts:AssumeRole"], both), Verdict::Denied);
    assert_eq!(build(both, &["sts:AssumeRole"]), Verdict::Denied);
}

#[test]
fn who_can_leaves_out_those_whose_session_cannot_fit() {
    let mut world = pinned(trusts_if(root(HUB), json!({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}})));
    world.user(HUB, "deploy", &[may_assume(&[&role(PROD, "hop")])]);
    let estate = world.estate();
    let found = query::who_can(&TrustGraph::new(&estate), &role(PROD, "end"), &Targets::new()).unwrap();
    let who: Vec<&str> = found.answers.iter().map(|a| a.principal.rsplit('/').next().unwrap()).collect();
    assert_eq!(who, ["deploy", "hop"]);
    let can = query::can(&TrustGraph::new(&estate), &user(HUB, "ann")).unwrap();
    assert_eq!(can.answers.len(), 1);
}

/// ann → a → end, ann → b → c → end, ann → end with an external id.
fn three_ways() -> World {
    let mut world = World::of_organization();
    let enter = |name: &str| may_assume(&[&role(PROD, name)]);
    world.role(PROD, "a", trusts(root(HUB)), &[enter("end")]);
    world.role(PROD, "b", trusts(root(HUB)), &[enter("c")]);
    world.role(PROD, "c", trusts(root(PROD)), &[enter("end")]);
    let asks = json!({"StringEquals": {"sts:ExternalId": "x"}});
    let end =
        statements(&[allow(&["sts:AssumeRole"], root(PROD), json!({})), allow(&["sts:AssumeRole"], root(HUB), asks)]);
    world.role(PROD, "end", end, &[]);
    world.user(HUB, "ann", &[may_assume(&[&role(PROD, "a"), &role(PROD, "b"), &role(PROD, "end")])]);
    world
}

#[test]
fn several_paths_come_best_verdict_first_then_shortest() {
    let estate = three_ways().estate();
    let graph = TrustGraph::new(&estate);
    let found = query::paths(&graph, &user(HUB, "ann"), &role(PROD, "end"), &Targets::new(), 5).unwrap();
    let shown: Vec<_> = found.iter().map(|p| (p.verdict, p.hop_count.unwrap())).collect();
    assert_eq!(shown, [(Verdict::Allowed, 2), (Verdict::Allowed, 3), (Verdict::Conditional, 1)]);
}

#[test]
fn limits_leave_out_long_paths_and_those_past_another_role() {
    let estate = three_ways().estate();
    let graph = TrustGraph::new(&estate);
    let ask = |limits: Limits| {
        let found = query::who_can_within(&graph, &role(PROD, "end"), &Targets::new(), &limits).unwrap();
        let line =
            |a: rolehop::answer::Reacher| (a.principal.rsplit('/').next().unwrap().to_owned(), a.verdict, a.hop_count);
        found.answers.into_iter().map(line).collect::<Vec<_>>()
    };
    let one = ask(Limits { max_hops: Some(1), via: None });
    assert_eq!(one[0], ("ann".to_owned(), Verdict::Conditional, 1));
    assert_eq!(one.len(), 3);
    let through = ask(Limits { max_hops: None, via: Some(role(PROD, "c")) });
    assert_eq!(through, [("ann".to_owned(), Verdict::Allowed, 3), ("b".to_owned(), Verdict::Allowed, 2)]);
    let can = query::can_within(&graph, &user(HUB, "ann"), &Limits { max_hops: None, via: Some(role(PROD, "b")) });
    let roles: Vec<String> =
        can.unwrap().answers.into_iter().map(|a| a.role.rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(roles, ["b", "c", "end"]);
}

#[test]
fn the_role_to_pass_is_no_answer_itself() {
    let mut world = World::of_organization();
    world.role(PROD, "x", trusts(root(PROD)), &[may_assume(&[&role(PROD, "y"), &role(PROD, "end")])]);
    world.role(PROD, "y", trusts(root(PROD)), &[may_assume(&[&role(PROD, "x")])]);
    world.role(PROD, "end", trusts(root(PROD)), &[]);
    let estate = world.estate();
    let limits = Limits { max_hops: None, via: Some(role(PROD, "x")) };
    let found = query::who_can_within(&TrustGraph::new(&estate), &role(PROD, "end"), &Targets::new(), &limits).unwrap();
    let who: Vec<_> = found.answers.iter().map(|a| (a.principal.as_str(), a.hop_count)).collect();
    assert_eq!(who, [(role(PROD, "y").as_str(), 2)]);
}

#[test]
fn a_denial_is_explained_at_the_hop_that_lacks_least() {
    let mut world = World::of_organization();
    world.role(PROD, "hop", trusts(root(HUB)), &[may_assume(&[&role(PROD, "end")])]);
    world.role(PROD, "end", trusts(json!({"AWS": role(PROD, "other")})), &[]);
    world.role(PROD, "other", trusts(root(DEV)), &[]);
    world.user(HUB, "ann", &[may_assume(&[&role(PROD, "hop")])]);
    let estate = world.estate();
    let graph = TrustGraph::new(&estate);
    let (found, at) = query::why_not(&graph, &user(HUB, "ann"), &role(PROD, "end"));
    let at = at.unwrap();
    assert_eq!((at.from.as_str(), at.to.as_str()), (role(PROD, "hop").as_str(), role(PROD, "end").as_str()));
    assert!(found.iter().any(|e| e.text.contains("no statement of the trust policy names the caller")));
}

/// A caller that must be `eve` everywhere is never `bob`, on none of the ten million ways through ten roles.
#[test]
fn a_maze_of_source_identities_is_decided() {
    let mut world = World::of_organization();
    let who = |key: &str, name: &str| json!({"StringEquals": {key: name}});
    let (end, outside) = (role(PROD, "end"), user(PROD, "eve"));
    let entrance = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": role(PROD, "maze*")}]});
    world.user(PROD, "eve", std::slice::from_ref(&entrance));
    world.role(PROD, "end", trusts_if(root(PROD), who("aws:SourceIdentity", "bob")), &[entrance]);
    for n in 0..10 {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": root(PROD),
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Condition": who("sts:SourceIdentity", "eve")}]});
        let onwards = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": "*"}]});
        world.role(PROD, &format!("maze{n}"), trust, &[onwards]);
    }
    for from in [&outside, &end] {
        let found = path(&world, from, &end);
        assert_eq!((found.verdict, found.gaps.len()), (Verdict::Denied, 0), "{found:#?}");
    }
}
