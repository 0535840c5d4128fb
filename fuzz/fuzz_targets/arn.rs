//! ARNs: six parts give the text back, and whatever they name is named without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolehop::arn::{Arn, Named};

fuzz_target!(|text: &str| {
    let Some(arn) = Arn::parse(text) else { return };
    let Arn { partition, service, region, account, resource } = arn;
    assert_eq!(format!("arn:{partition}:{service}:{region}:{account}:{resource}"), text);
    if let Some(id) = arn.account_id() {
        assert_eq!(id.to_string(), account);
    }
    match arn.named() {
        Named::User { path, name } => assert_eq!(format!("user{path}{name}"), resource),
        Named::Role { path, name } => assert_eq!(format!("role{path}{name}"), resource),
        Named::Group { path, name } => assert_eq!(format!("group{path}{name}"), resource),
        Named::AssumedRole { role, session } => assert_eq!(format!("assumed-role/{role}/{session}"), resource),
        _ => {}
    }
});
