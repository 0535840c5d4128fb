//! Credentials of users, asked for user by user: what was saved of some is not what all have, and what was read is judged.

use std::collections::BTreeMap;

use rolehop::finding::Status;
use rolehop::rules::{self, RuleSelection};

use super::*;

const A: &str = "111122223333";

fn plain(id: &str) -> Value {
    details(id, "ann", &trusts(root(id)))
}

/// The same with a second user.
fn with_bob() -> Value {
    let mut file = plain(A);
    let mut second = file["UserDetailList"][0].clone();
    second["UserName"] = json!("bob");
    second["Arn"] = json!(user(A, "bob"));
    file["UserDetailList"].as_array_mut().unwrap().push(second);
    file
}

#[test]
fn keys_of_some_users_are_not_the_keys_of_all() {
    let file = with_bob();
    let dir = Dir::new();
    let keys = |dir: &Dir| {
        let snapshot = Snapshot::open(dir.path()).unwrap();
        snapshot.with_account(A.parse().unwrap(), |file| file.access_keys.map(|keys| keys.len())).unwrap()
    };
    let of_ann = json!({"AccessKeyMetadata": [{"UserName": "ann", "AccessKeyId": "AKIA1", "Status": "Active"}]});
    dir.json(&format!("accounts/{A}/details.json"), &file).json(&format!("accounts/{A}/access-keys-ann.json"), &of_ann);
    assert_eq!(keys(&dir), None);
    dir.json(&format!("accounts/{A}/access-keys-bob.json"), &json!({"AccessKeyMetadata": []}));
    assert_eq!(keys(&dir), Some(1));
    let mut cut = of_ann;
    cut["IsTruncated"] = json!(true);
    dir.json(&format!("accounts/{A}/access-keys-ann.json"), &cut);
    assert_eq!(keys(&dir), None);
}

#[test]
fn an_empty_answer_counts_for_the_user_with_the_longest_name_that_fits() {
    let mut file = plain(A);
    for name in ["ci", "deploy-ci"] {
        let mut other = file["UserDetailList"][0].clone();
        other["UserName"] = json!(name);
        other["Arn"] = json!(user(A, name));
        file["UserDetailList"].as_array_mut().unwrap().push(other);
    }
    let dir = Dir::new();
    let are_known = |dir: &Dir| {
        let snapshot = Snapshot::open(dir.path()).unwrap();
        snapshot.with_account(A.parse().unwrap(), |file| file.access_keys.is_some()).unwrap()
    };
    dir.json(&format!("accounts/{A}/details.json"), &file);
    for name in ["ann", "deploy-ci"] {
        dir.json(&format!("accounts/{A}/access-keys-{name}.json"), &json!({"AccessKeyMetadata": []}));
    }
    assert!(!are_known(&dir), "the keys of `ci` were not saved");
    dir.json(&format!("accounts/{A}/access-keys-ci.json"), &json!({"AccessKeyMetadata": []}));
    assert!(are_known(&dir));
}

#[test]
fn what_was_read_of_a_list_is_judged_and_the_rest_is_unknown() {
    let file = with_bob();
    let key = json!({"UserName": "ann", "SSHPublicKeyId": "APKA1", "Status": "Active", "UploadDate": "2020-01-01T00:00:00+00:00"});
    let certificate = json!({"ServerCertificateName": "old", "Path": "/", "ServerCertificateId": "ASCA",
        "Arn": format!("arn:aws:iam::{A}:server-certificate/old"), "Expiration": "2021-01-01T00:00:00+00:00"});
    let answers = BTreeMap::from([
        ("details", file),
        ("ssh-keys-ann", json!({"SSHPublicKeys": [key]})),
        ("ssh-keys-bob", json!({"SSHPublicKeys": []})),
        ("specific-ann", json!({"ServiceSpecificCredentials": []})),
        ("specific-bob", json!({"ServiceSpecificCredentials": []})),
        ("certificates", json!({"ServerCertificateMetadataList": [certificate]})),
    ]);
    let told = |answers: &BTreeMap<&str, Value>, rule: &str| {
        let dir = Dir::new();
        answers.iter().for_each(|(name, answer)| _ = dir.json(&format!("accounts/{A}/{name}.json"), answer));
        let estate = dir.estate();
        let selection = RuleSelection { only: vec![rule.to_owned()], ..RuleSelection::default() };
        let found = rules::check(&TrustGraph::new(&estate), &selection).unwrap().findings;
        found.into_iter().map(|finding| (finding.status, finding.subject)).collect::<Vec<_>>()
    };
    let (old, expired) = ("service-credential-old", "server-certificate-expired");
    let of_account = || format!("arn:aws:iam::{A}:root");
    let key_is_old = (Status::Open, user(A, "ann"));
    assert_eq!(told(&answers, old), std::slice::from_ref(&key_is_old));
    for name in ["ssh-keys-bob", "specific-bob", "specific-ann"] {
        let mut fewer = answers.clone();
        fewer.remove(name).unwrap();
        assert_eq!(told(&fewer, old), [key_is_old.clone(), (Status::Unknown, of_account())], "{name}");
    }
    let mut fewer = answers.clone();
    fewer.remove("ssh-keys-ann").unwrap();
    assert_eq!(told(&fewer, old), [(Status::Unknown, of_account())]);
    let [(status, subject)] = told(&answers, expired).try_into().unwrap();
    assert_eq!((status, subject.contains("old") || subject == of_account()), (Status::Open, true));
    let mut page = answers.clone();
    page.get_mut("certificates").unwrap()["IsTruncated"] = json!(true);
    let statuses: Vec<Status> = told(&page, expired).into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses, [Status::Open, Status::Unknown]);
    page.remove("certificates").unwrap();
    assert_eq!(told(&page, expired), [], "nobody asked for them");
}
