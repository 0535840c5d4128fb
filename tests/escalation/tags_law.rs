//! The engine against the referee, on random policies about one tag: whoever may change its own enters by any value that is open to it.

use rolehop::answer::Verdict;
use serde_json::{Value, json};

use crate::paths::{everything, policy};
use crate::reference::arbitrary::Draw;
use crate::reference::bindings::{Binding, Step};
use crate::reference::statement::Caller;
use crate::support::{DEV, PROD, World, role, root, trusts_if, user};
use crate::tags::{path, statement, tagged};

/// Random policies about the tag `team` of `who`, which has this one.
struct Case {
    own: Vec<Value>,
    tag: Option<&'static str>,
    trust: Value,
    scp: Value,
}

const VALUES: [&str; 3] = ["a", "b", "c"];

fn case(seed: u64) -> Case {
    let mut draw = Draw::new(seed);
    let condition = |draw: &mut Draw, keys: &[&str]| {
        let key = *draw.pick(keys);
        let values: Vec<&str> = (0..1 + draw.below(2)).map(|_| *draw.pick(&VALUES)).collect();
        let operators = ["StringEquals", "StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringLike"];
        match draw.below(7) {
            0 => json!({}),
            1 => json!({"Null": {(key): *draw.pick(&["true", "false"])}}),
            _ => json!({(*draw.pick(&operators)): {(key): values}}),
        }
    };
    let has = ["aws:PrincipalTag/team"];
    let changes = ["aws:RequestTag/team", "aws:RequestTag/team", "aws:PrincipalTag/team", "iam:ResourceTag/team"];
    let mut own = Vec::new();
    let allowed = condition(&mut draw, &has);
    own.push(statement("Allow", "sts:AssumeRole", "*", allowed));
    for (action, keys) in [("iam:TagUser", &changes[..]), ("iam:UntagUser", &changes[2..])] {
        if draw.chance(70) {
            let condition = condition(&mut draw, keys);
            own.push(statement("Allow", action, "*", condition));
        }
    }
    if draw.chance(30) {
        let action = *draw.pick(&["iam:TagUser", "iam:*", "sts:AssumeRole", "sts:*"]);
        let keys = if action.starts_with("sts") { &has[..] } else { &changes[..] };
        let condition = condition(&mut draw, keys);
        own.push(statement("Deny", action, "*", condition));
    }
    let mut scp = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    if draw.chance(25) {
        let condition = condition(&mut draw, &has);
        let deny = json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*", "Condition": condition});
        scp.as_array_mut().unwrap().push(deny);
    }
    let trust = condition(&mut draw, &has);
    let tag = draw.chance(60).then(|| *draw.pick(&VALUES));
    Case { own, tag, trust, scp: policy(scp) }
}

impl Case {
    fn engine(&self) -> bool {
        let mut world = World::of_organization();
        world.role(PROD, "target", trusts_if(root(DEV), self.trust.clone()), &[everything()]);
        let tags: Vec<(&str, &str)> = self.tag.iter().map(|value| ("team", *value)).collect();
        world.user(DEV, "who", &self.own).with(DEV, "UserDetailList", "Tags", tagged(&tags));
        world.guardrail("SERVICE_CONTROL_POLICY", DEV, self.scp.clone());
        match path(&world, "prod/target").verdict {
            Verdict::Allowed => true,
            Verdict::Denied => false,
            verdict => panic!("{verdict:?}"),
        }
    }

    fn allows(&self, action: &'static str, tag: Option<&str>, more: &[(&'static str, &str)]) -> bool {
        let caller = Caller::User { account: DEV.to_owned(), arn: user(DEV, "who") };
        let identity = self.own.iter().collect();
        let binding = Binding { identity, boundary: None, scps: vec![&self.scp], rcp: None, caller };
        let own = tag.map(|value| ("aws:principaltag/team", value));
        let keys = own.iter().chain(more).map(|(key, value)| (*key, (*value).to_owned())).collect();
        let resource = if action == "sts:AssumeRole" { role(PROD, "target") } else { user(DEV, "who") };
        binding.allows(&Step { action, resource, keys, is_tagged: false })
    }

    fn enters(&self, tag: Option<&str>) -> bool {
        // the trust policy as one of an own that allows nothing else
        let trust = Case {
            own: vec![statement("Allow", "sts:AssumeRole", "*", self.trust.clone())],
            tag: None,
            trust: json!({}),
            scp: everything(),
        };
        self.allows("sts:AssumeRole", tag, &[]) && trust.allows("sts:AssumeRole", tag, &[])
    }

    /// Whether it may do this to itself, by a request about the tag that passes these keys too.
    fn changes(&self, action: &'static str, passed: Option<&str>) -> bool {
        let own = self.tag.map(|value| ("iam:resourcetag/team", value));
        let passed = passed.map(|value| ("aws:requesttag/team", value));
        let keys: Vec<(&'static str, &str)> = own.into_iter().chain(passed).chain([("aws:tagkeys", "team")]).collect();
        self.allows(action, self.tag, &keys)
    }

    /// Whether it enters with its tag, with another one that it may give itself, or without one that it may take away.
    fn referee(&self) -> bool {
        let gives = |value: &str| self.changes("iam:TagUser", Some(value)) && self.enters(Some(value));
        self.enters(self.tag)
            || VALUES.into_iter().chain(["d"]).any(gives)
            || self.enters(None) && self.changes("iam:UntagUser", None)
    }
}

#[test]
fn the_engine_and_the_referee_agree_on_who_gets_in_by_another_tag() {
    let mut counts = [[0; 2]; 2];
    for seed in 0..400 {
        let case = case(seed);
        let found = case.engine();
        assert_eq!(
            found,
            case.referee(),
            "seed {seed}: {:#?}\ntag {:?}\ntrust {:#}\nscp {:#}",
            case.own,
            case.tag,
            case.trust,
            case.scp
        );
        counts[usize::from(found)][usize::from(case.enters(case.tag))] += 1;
    }
    // in by another tag alone, in anyway, and not
    assert!(counts[1][0] > 20 && counts[1][1] > 40 && counts[0][0] > 40, "{counts:?}");
}
