//! Edge cases of the rules about password policies.

use rolehop::finding::Status;
use serde_json::{Value, json};

use crate::support::World;
use crate::{root, support, told};

#[test]
fn password_policies_matter_where_somebody_has_a_password() {
    let rules =
        ["password-policy-missing", "password-length-short", "password-reuse-allowed", "password-complexity-off"];
    let unknown = || vec![(Status::Unknown, root(support::PROD))];
    let report = |enabled: &str| json!([{"user": "ann", "password_enabled": enabled}]);
    for rule in rules {
        let mut world = World::default();
        world.account(support::PROD);
        assert_eq!(told(&world, rule), (vec![], 1), "{rule}: no user, whatever was not read");
        world.user(support::PROD, "ann", &[]);
        assert_eq!(told(&world, rule), (unknown(), 0), "{rule}: neither was read");
        world.account(support::PROD)["PasswordPolicy"] = Value::Null;
        assert_eq!(told(&world, rule), (unknown(), 0), "{rule}: no report");
        world.account(support::PROD)["CredentialReport"] = report("maybe");
        assert_eq!(told(&world, rule), (unknown(), 0), "{rule}: no column");
        world.account(support::PROD)["CredentialReport"] = report("false");
        assert_eq!(told(&world, rule), (vec![], 1), "{rule}: no password");
        world.account(support::PROD)["CredentialReport"] = report("true");
        world.account(support::PROD)["PasswordPolicy"] = json!({"MinimumPasswordLength": "long"});
        assert_eq!(told(&world, rule), (unknown(), 0), "{rule}: no policy that can be read");
    }
    // a policy says nothing by what it leaves out, except that no password is remembered
    let mut world = World::default();
    world.user(support::PROD, "ann", &[]);
    world.account(support::PROD)["CredentialReport"] = report("true");
    world.account(support::PROD)["PasswordPolicy"] = json!({"HardExpiry": false});
    let status = |rule| told(&world, rule).0.into_iter().map(|(status, _)| status).collect::<Vec<_>>();
    assert_eq!(rules.map(status), [vec![], vec![Status::Unknown], vec![Status::Open], vec![Status::Unknown]]);
}
