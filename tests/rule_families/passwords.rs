//! Edge cases of the rules about password policies.

use rolehop::finding::Status;
use serde_json::{Value, json};

use crate::support::World;
use crate::{root, support, told};

#[test]
fn password_policies_matter_where_somebody_has_a_password() {
    let rules = [
        "password-policy-missing",
        "password-length-short",
        "password-reuse-allowed",
        "password-without-lowercase",
        "password-without-number",
        "password-without-symbol",
        "password-without-uppercase",
    ];
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
        world.user(support::PROD, "bob", &[]);
        assert_eq!(told(&world, rule), (unknown(), 0), "{rule}: a user whom the report does not have");
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
    let unknown = || vec![Status::Unknown];
    assert_eq!(rules.map(status), [vec![], unknown(), vec![Status::Open], unknown(), unknown(), unknown(), unknown()]);
}

/// A control asks for one kind of characters, and fails by it alone.
#[test]
fn each_kind_of_characters_is_a_rule_of_its_own() {
    let kinds = [
        ("password-without-lowercase", "RequireLowercaseCharacters"),
        ("password-without-number", "RequireNumbers"),
        ("password-without-symbol", "RequireSymbols"),
        ("password-without-uppercase", "RequireUppercaseCharacters"),
    ];
    for (off, key) in kinds {
        let mut world = World::default();
        world.user(support::PROD, "ann", &[]);
        world.account(support::PROD)["CredentialReport"] = json!([{"user": "ann", "password_enabled": "true"}]);
        let mut policy = json!({});
        kinds.iter().for_each(|(_, key)| policy[key] = json!(true));
        policy[key] = json!(false);
        world.account(support::PROD)["PasswordPolicy"] = policy;
        for (rule, _) in kinds {
            let found = told(&world, rule).0;
            assert_eq!(found.len(), usize::from(rule == off), "{rule} where {off}");
        }
    }
}
