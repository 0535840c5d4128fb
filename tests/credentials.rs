//! Sources of the base credentials: every source that the AWS CLI knows, run through the program in an otherwise empty
//! environment, against the emulator and small stand-ins for the other services.
#![cfg(all(feature = "aws", feature = "emulator", unix))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions, Fault, Rule, Schedule, When};
use rolehop::generate::{Spec, write};
use rolehop::ids::AccountId;
use serde_json::Value;

const CANARY: &str = "canary";
const DEVICE: &str = "arn:aws:iam::111122223333:mfa/ann";

struct Bench {
    home: tempfile::TempDir,
    emulator: Emulator,
    management: AccountId,
}

impl Bench {
    fn new() -> Self {
        let mfa = Some((DEVICE.to_owned(), "123456".to_owned()));
        Self::with(|_| EmulatorOptions { mfa, ..EmulatorOptions::default() })
    }

    /// The options may depend on the accounts; the first is the management account.
    fn with(options: impl FnOnce(&[AccountId]) -> EmulatorOptions) -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = home.path().join("made");
        write(&Spec::new(3, 4), &made).unwrap();
        let organization: Value =
            serde_json::from_slice(&std::fs::read(made.join("organization.json")).unwrap()).unwrap();
        let management = organization["Organization"]["MasterAccountId"].as_str().unwrap();
        let listed = organization["Accounts"].as_array().unwrap().iter().map(|account| account["Id"].as_str().unwrap());
        let mut accounts: Vec<AccountId> = listed.map(|id| id.parse().unwrap()).collect();
        accounts.sort_by_key(|id| id.to_string() != management);
        let options = options(&accounts);
        let emulator = Emulator::start(EmulatorData::from_directory(&made).unwrap(), options).unwrap();
        Self { home, emulator, management: accounts[0] }
    }

    /// `{key}`, `{secret}` and `{role}` stand for the emulator's.
    fn file(&self, name: &str, text: &str) {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.fill(text)).unwrap();
    }

    fn fill(&self, text: &str) -> String {
        let (key, secret) = self.emulator.access_key();
        let role = format!("arn:aws:iam::{}:role/audit-readonly", self.management);
        text.replace("{key}", key).replace("{secret}", secret).replace("{role}", &role)
    }

    /// The program, in an otherwise empty environment.
    fn command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("HOME", self.home.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_REGION", "eu-west-1");
        command.env("AWS_ENDPOINT_URL", self.emulator.endpoint());
        for (name, value) in variables {
            command.env(name, self.fill(value));
        }
        command
    }

    fn run(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = self.command(variables);
        // only the list: it needs credentials and nothing from the accounts
        command.args(["doctor", "--no-config", "--role-name", "audit-readonly", "--sample", "1", "--facets", "core"]);
        command.args(arguments).output().unwrap()
    }

    /// The command succeeds and says where the credentials come from.
    #[track_caller]
    fn works(&self, variables: &[(&str, &str)], arguments: &[&str], source: &str) {
        let output = self.run(variables, arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(matches!(output.status.code(), Some(0 | 4)), "{text}");
        let line = text.lines().find(|line| line.contains("credentials")).unwrap_or_else(|| unreachable!("{text}"));
        assert!(line.contains(source), "{line}");
        assert!(!text.contains(CANARY) && !text.contains("signatures/not/checked"), "{text}");
    }

    /// The command fails with a four-part error.
    #[track_caller]
    fn fails(&self, variables: &[(&str, &str)], arguments: &[&str], exit: i32, id: &str, says: &[&str]) {
        let output = self.run(variables, arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{text}");
        assert!(text.contains(&format!("error[{id}]")), "{text}");
        for part in ["where", "why", "next"].iter().chain(says) {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("panicked") && !text.contains(CANARY), "{text}");
    }
}

/// Answers every request by its path, until the test ends.
fn stand_in(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            let mut bytes = vec![0; 8192];
            let read = stream.read(&mut bytes).unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let path = text.split_whitespace().nth(1).unwrap_or_default().to_owned();
            let (status, body) = answer(&path);
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\
                 content-type: application/json\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    url
}

const ENVIRONMENT: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "{key}"), ("AWS_SECRET_ACCESS_KEY", "{secret}")];
const KEYS: &str = "aws_access_key_id = {key}\naws_secret_access_key = {secret}\n";

#[test]
fn keys_of_the_environment_and_of_a_profile() {
    let bench = Bench::new();
    bench.works(ENVIRONMENT, &[], "via environment");
    bench.file(".aws/credentials", &format!("[audit]\n{KEYS}\n[default]\n{KEYS}"));
    bench.works(&[], &["--profile", "audit"], "via profile audit");
    bench.works(&[("AWS_PROFILE", "audit")], &[], "audit");
    bench.works(&[], &[], "default");
    bench.fails(&[], &["--profile", "gone"], 6, "E102", &["gone"]);
}

#[test]
fn a_chain_of_roles_with_its_duration_and_external_id() {
    let bench = Bench::new();
    bench.file(".aws/credentials", &format!("[ann]\n{KEYS}"));
    bench.file(
        ".aws/config",
        "[profile hub]\nrole_arn = {role}\nsource_profile = ann\nduration_seconds = 900\nexternal_id = canary\n\
         [profile twice]\nrole_arn = {role}\nsource_profile = hub\nrole_session_name = second\n\
         [profile loop]\nrole_arn = {role}\nsource_profile = pool\n[profile pool]\nrole_arn = {role}\nsource_profile = loop\n\
         [profile orphan]\nrole_arn = {role}\nsource_profile = nobody\n\
         [profile long]\nrole_arn = {role}\nsource_profile = ann\nduration_seconds = 5\n",
    );
    bench.works(&[], &["--profile", "hub"], "14 min left");
    bench.works(&[], &["--profile", "twice"], "assumed-role/audit-readonly/second");
    bench.fails(&[], &["--profile", "loop"], 6, "E108", &["loop -> pool -> loop"]);
    bench.fails(&[], &["--profile", "orphan"], 6, "E108", &["`nobody` does not exist"]);
    bench.fails(&[], &["--profile", "long"], 6, "E108", &["900"]);
}

#[test]
fn a_service_that_is_unwell_at_the_beginning_is_waited_for() {
    for operation in ["AssumeRole", "GetCallerIdentity", "DescribeOrganization"] {
        let unwell = Rule::always(operation, Fault::Status(503)).when(When::First(6));
        let bench =
            Bench::with(|_| EmulatorOptions { faults: Schedule::of([unwell.clone()]), ..EmulatorOptions::default() });
        bench.file(".aws/credentials", &format!("[ann]\n{KEYS}"));
        bench.file(".aws/config", "[profile hub]\nrole_arn = {role}\nsource_profile = ann\n");
        bench.works(&[], &["--profile", "hub"], "profile hub");
    }
}

#[test]
fn an_mfa_device_is_never_ignored() {
    let device = format!("mfa_serial = {DEVICE}\n");
    let profiles = format!("[profile ann]\n{device}[profile ops]\nrole_arn = {{role}}\nsource_profile = ann\n");
    let on_role = format!("[profile ops]\nrole_arn = {{role}}\nsource_profile = ann\n{device}");
    for config in [&profiles, &on_role] {
        let bench = Bench::new();
        bench.file(".aws/credentials", &format!("[ann]\n{KEYS}"));
        bench.file(".aws/config", config);
        bench.fails(&[], &["--profile", "ops"], 6, "E107", &[DEVICE, "--mfa-code"]);
        bench.works(&[], &["--profile", "ops", "--mfa-code", "123456"], "profile ops");
        // a code is accepted once
        bench.fails(&[], &["--profile", "ops", "--mfa-code", "123456"], 6, "E103", &["MultiFactorAuthentication"]);
    }
    // a user's own profile: a session with MFA, configured in the profile or by the option
    let bench = Bench::new();
    bench.file(".aws/credentials", &format!("[ann]\n{KEYS}"));
    bench.works(&[("ROLEHOP_MFA_CODE", "123456")], &["--profile", "ann", "--mfa-serial", DEVICE], "59 min left");
    assert_eq!(bench.emulator.calls()["sts:GetSessionToken"], 1);
    bench.fails(&[], &["--profile", "ann", "--mfa-serial", DEVICE], 6, "E107", &["there is no terminal"]);
}

#[test]
fn a_process_that_works_hangs_fails_or_prints_junk() {
    let bench = Bench::new();
    let good = r#"{"Version":1,"AccessKeyId":"{key}","SecretAccessKey":"{secret}"}"#;
    bench.file("good.json", good);
    let json = bench.home.path().join("good.json").display().to_string();
    bench.file(
        ".aws/config",
        &format!(
            "[profile good]\ncredential_process = cat {json}\n[profile junk]\ncredential_process = echo canary-junk\n\
             [profile fails]\ncredential_process = sh -c 'echo broken >&2; exit 3'\n\
             [profile old]\ncredential_process = sh -c 'echo \"{{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKIA\\\",\\\"SecretAccessKey\\\":\\\"s\\\",\\\"SessionToken\\\":\\\"t\\\",\\\"Expiration\\\":\\\"2020-01-01T00:00:00Z\\\"}}\"'\n"
        ),
    );
    bench.works(&[], &["--profile", "good"], "profile good");
    bench.fails(&[], &["--profile", "fails"], 6, "E103", &["profile fails"]);
    bench.fails(&[], &["--profile", "junk"], 6, "E103", &["profile junk"]);
    let output = bench.run(&[], &["--profile", "old"]);
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
}

/// AWS reports the session at the end of the chain as expired when the last account's role is assumed.
#[test]
fn credentials_that_end_mid_run_are_had_anew_waited_for_or_leave_a_snapshot() {
    let collect = |gives: &str, signs_in: bool, wait: &str| {
        let bench = Bench::with(|accounts| {
            let expired = Rule::always("AssumeRole", Fault::Refuse(403, "ExpiredToken")).when(When::First(1));
            EmulatorOptions { faults: Schedule::of([expired.of(accounts[2])]), ..EmulatorOptions::default() }
        });
        let good = bench.fill(r#"{"Version":1,"AccessKeyId":"{key}","SecretAccessKey":"{secret}"}"#);
        let home = bench.home.path().display().to_string();
        bench.file("good.json", &good);
        bench.file(
            "process.sh",
            &format!(
                "if [ {gives} ] || [ ! -e {home}/once ]; then touch {home}/once; cat {home}/good.json; else exit 1; fi"
            )
            .replace("{home}", &home),
        );
        bench.file(
            ".aws/config",
            &format!(
                "[profile ann]\ncredential_process = sh {home}/process.sh\n\
                 [profile hub]\nrole_arn = {{role}}\nsource_profile = ann\n"
            ),
        );
        let signed_in = bench.home.path().join("signed-in");
        std::thread::scope(|scope| {
            if signs_in {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_secs(4));
                    std::fs::write(&signed_in, "").unwrap();
                });
            }
            let mut command = bench.command(&[]);
            command.args([
                "collect",
                "--no-config",
                "--role-name",
                "audit-readonly",
                "--profile",
                "hub",
                "--concurrency",
                "1",
            ]);
            command.args(["--skip-facets", "account-tags", "--sign-in-wait", wait, "--snapshot"]);
            let output = command.arg(bench.home.path().join("out")).output().unwrap();
            (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
        })
    };
    let (code, text) = collect("-e {home}/good.json", false, "1s");
    assert_eq!(code, Some(0), "a chain is walked again: {text}");
    let (code, text) = collect("-e {home}/signed-in", false, "1s");
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("error[E105]") && text.contains("--resume"), "{text}");
    let (code, text) = collect("-e {home}/signed-in", true, "60s");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("sign in again"), "{text}");
}

#[test]
fn a_web_identity_and_a_container() {
    let bench = Bench::new();
    bench.file("token", "a.b.c");
    let token = bench.home.path().join("token").display().to_string();
    let variables = [("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()), ("AWS_ROLE_ARN", "{role}")];
    bench.works(&variables, &[], "default chain");
    let gone = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"), ("AWS_ROLE_ARN", "{role}")];
    let output = bench.run(&gone, &[]);
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));

    let answer = bench.fill(
        r#"{"AccessKeyId":"{key}","SecretAccessKey":"{secret}","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#,
    );
    let url = stand_in(move |_| (200, answer.clone()));
    let container = format!("{url}/creds");
    bench.works(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str())], &[], "default chain");
}

#[test]
fn instance_metadata_that_answers_and_that_does_not() {
    let bench = Bench::new();
    let answer = bench.fill(
        r#"{"Code":"Success","AccessKeyId":"{key}","SecretAccessKey":"{secret}","Token":"t","Expiration":"2099-01-01T00:00:00Z","AccountId":"111122223333"}"#,
    );
    let url = stand_in(move |path| match path {
        "/latest/api/token" => (200, "token".to_owned()),
        path if path.ends_with("/role") => (200, answer.clone()),
        _ => (200, "role".to_owned()),
    });
    let on = ("AWS_EC2_METADATA_DISABLED", "false");
    bench.works(&[on, ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())], &[], "default chain");
    // no service is listening: this must not look like a hang
    let start = Instant::now();
    let nobody = [on, ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://192.0.2.1")];
    bench.fails(&nobody, &[], 6, "E101", &["instance metadata"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

/// SHA-1 of `corp`: the name of its file in the cache of the AWS CLI.
const CORP: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f";

/// SHA-1 of the start URL, by which older profiles are cached.
const START: &str = "1667e2e8d0e47b926b6e3048caee923410901ca4";

#[test]
fn a_sign_in_that_is_missing_or_over_names_the_command_that_renews_it() {
    let bench = Bench::new();
    bench.file(
        ".aws/config",
        "[profile audit]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Audit\n\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.example/start\n\
         [profile console]\nlogin_session = arn:aws:iam::111122223333:user/ann\n",
    );
    bench.fails(&[], &["--profile", "audit"], 6, "E104", &["aws sso login"]);
    bench.file(&format!(".aws/sso/cache/{CORP}.json"), "not json canary");
    bench.fails(&[], &["--profile", "audit"], 6, "E104", &["aws sso login"]);
    let cached = |end: &str| {
        let start = "https://corp.awsapps.example/start";
        format!(r#"{{"startUrl":"{start}","region":"eu-west-1","accessToken":"canary-token","expiresAt":"{end}"}}"#)
    };
    bench.file(&format!(".aws/sso/cache/{CORP}.json"), &cached("2020-01-01T00:00:00Z"));
    bench.fails(&[], &["--profile", "audit"], 6, "E104", &["expired"]);
    bench.file(&format!(".aws/sso/cache/{CORP}.json"), &cached("2099-01-01T00:00:00Z"));
    let keys = bench.fill(
        r#"{"roleCredentials":{"accessKeyId":"{key}","secretAccessKey":"{secret}","sessionToken":"t","expiration":4070908800000}}"#,
    );
    // it fails at first
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let portal = stand_in(move |_| match asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0..5 => (503, String::new()),
        _ => (200, keys.clone()),
    });
    let portal = ("AWS_ENDPOINT_URL_SSO", portal.as_str());
    bench.works(&[portal], &["--profile", "audit"], "profile audit");

    // an expired sign-in is renewed if possible
    let over = cached("2020-01-01T00:00:00Z").replace(
        '}',
        r#","refreshToken":"canary-refresh","clientId":"c","clientSecret":"canary","registrationExpiresAt":"2099-01-01T00:00:00Z"}"#,
    );
    bench.file(&format!(".aws/sso/cache/{CORP}.json"), &over);
    let new = r#"{"accessToken":"canary-new","expiresIn":28800,"refreshToken":"canary-next","tokenType":"Bearer"}"#;
    let issuer = stand_in(move |_| (200, new.to_owned()));
    bench.works(&[portal, ("AWS_ENDPOINT_URL_SSO_OIDC", issuer.as_str())], &["--profile", "audit"], "profile audit");

    // the legacy profile format cannot be renewed: the warning comes while it still works
    bench.file(
        ".aws/config",
        "[profile old]\nsso_start_url = https://corp.awsapps.example/start\nsso_region = eu-west-1\n\
         sso_account_id = 111122223333\nsso_role_name = Audit\n\
         [profile console]\nlogin_session = arn:aws:iam::111122223333:user/ann\n",
    );
    bench.file(&format!(".aws/sso/cache/{START}.json"), &cached("2099-01-01T00:00:00Z"));
    bench.works(&[portal], &["--profile", "old"], "its sign-in is not renewed");
    let output = bench.run(&[], &["--profile", "console"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "{text}");
    assert!(!text.contains("FeatureNotEnabled") && text.contains("aws login"), "{text}");
}

#[test]
fn a_proxy_and_a_bundle_of_certificates_are_honored() {
    let bench = Bench::new();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = std::sync::Arc::clone(&asked);
    let proxy = stand_in(move |path| {
        log.lock().unwrap().push(path.to_owned());
        (407, "<html>sign in</html>".to_owned())
    });
    let mut variables = ENVIRONMENT.to_vec();
    variables.extend([("AWS_ENDPOINT_URL", "http://aws.invalid"), ("HTTP_PROXY", proxy.as_str())]);
    bench.fails(&variables, &[], 6, "E106", &["proxy", "through HTTP_PROXY", "check HTTP_PROXY"]);
    assert!(asked.lock().unwrap().iter().any(|path| path.starts_with("http://aws.invalid")), "{asked:?}");
    // nothing is listening there
    let dead = ("HTTP_PROXY", "http://ann:canary@127.0.0.1:1");
    let mut variables = ENVIRONMENT.to_vec();
    variables.extend([("AWS_ENDPOINT_URL", "http://aws.invalid"), dead]);
    bench.fails(&variables, &[], 6, "E106", &["through HTTP_PROXY", "the network, HTTP_PROXY"]);
    for name in ["http_proxy", "ALL_PROXY", "all_proxy"] {
        let mut variables = ENVIRONMENT.to_vec();
        variables.extend([("AWS_ENDPOINT_URL", "http://aws.invalid"), (name, dead.1)]);
        bench.fails(&variables, &[], 6, "E106", &[&format!("through {name}"), &format!("the network, {name},")]);
    }
    let mut variables = ENVIRONMENT.to_vec();
    variables.extend([("AWS_ENDPOINT_URL", "https://aws.invalid"), ("https_proxy", dead.1)]);
    bench.fails(&variables, &[], 6, "E106", &["through https_proxy"]);
    // exempted hosts are contacted directly, in every form
    for except in ["127.0.0.1", "*", "127.0.0.0/8", "x.example, 127.0.0.1", "::1,*"] {
        for name in ["NO_PROXY", "no_proxy"] {
            let mut variables = ENVIRONMENT.to_vec();
            variables.extend([dead, (name, except)]);
            bench.works(&variables, &[], "via environment");
        }
    }
    let mut variables = ENVIRONMENT.to_vec();
    variables.extend([dead, ("NO_PROXY", "127.0.0.1:1")]);
    bench.fails(&variables, &[], 6, "E106", &["through HTTP_PROXY"]);
    for (name, value) in [
        ("HTTP_PROXY", "::not a proxy"),
        ("http_proxy", "http://ann:canary@ho st:1"),
        ("HTTPS_PROXY", "http://ann:canary@host:port"),
        ("ALL_PROXY", "socks5://ann:canary@host:1"),
    ] {
        let mut variables = ENVIRONMENT.to_vec();
        variables.push((name, value));
        bench.fails(&variables, &[], 2, "E381", &[name, "http://proxy.example.com:3128"]);
    }
    bench.file("empty.pem", "nothing");
    let empty = bench.home.path().join("empty.pem").display().to_string();
    for bundle in ["/nowhere/bundle.pem", &empty] {
        let mut variables = ENVIRONMENT.to_vec();
        variables.push(("AWS_CA_BUNDLE", bundle));
        bench.fails(&variables, &[], 2, "E381", &["AWS_CA_BUNDLE", "PEM"]);
    }
}

#[test]
fn no_value_of_the_environment_makes_it_panic() {
    let bench = Bench::new();
    let hostile: &[(&str, &str)] = &[
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "lots"),
        ("AWS_MAX_ATTEMPTS", "-1"),
        ("AWS_RETRY_MODE", "legacy"),
        ("AWS_RETRY_MODE", ""),
        ("AWS_ENDPOINT_URL", "localhost:1"),
        ("AWS_ENDPOINT_URL", "ftp://x"),
        ("AWS_ENDPOINT_URL", "http://"),
        ("AWS_ENDPOINT_URL", "http://[::1"),
        ("AWS_ENDPOINT_URL_IAM", "::"),
        ("AWS_ENDPOINT_URL_STS", "http://a b"),
        ("AWS_ENDPOINT_URL_CLOUDTRAIL", "nonsense"),
        ("AWS_PROFILE", "nobody"),
        ("AWS_PROFILE", "\u{1b}[2J"),
        ("AWS_REGION", "eu-west-1;rm -rf"),
        ("AWS_REGION", " "),
        ("AWS_REGION", "\u{202e}"),
        ("AWS_CONFIG_FILE", "/"),
        ("AWS_CONFIG_FILE", "/nowhere/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/proc/self/mem"),
        ("AWS_USE_FIPS_ENDPOINT", "maybe"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "perhaps"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "moon"),
        ("AWS_EC2_METADATA_DISABLED", "nonsense"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "not a url"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/creds"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "::::"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "\\\\"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/"),
        ("AWS_SDK_UA_APP_ID", "\u{0}"),
        ("AWS_SDK_UA_APP_ID", "{}<script>"),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "sometimes"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "never-ever"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "perhaps"),
        ("AWS_DEFAULTS_MODE", "turbo"),
        ("LOG_SENSITIVE_BODIES", "true"),
        ("HTTPS_PROXY", "::not a proxy"),
        ("HTTP_PROXY", "http://ann:canary@127.0.0.1:1"),
        ("NO_PROXY", ",,,*"),
        ("HOME", ""),
    ];
    for (name, value) in hostile {
        if value.contains('\u{0}') {
            // no environment variable can hold it
            continue;
        }
        let mut variables = ENVIRONMENT.to_vec();
        variables.push((name, value));
        let output = bench.run(&variables, &[]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 2 | 4 | 6)), "{name}={value:?}: {code:?} {text}");
        assert!(!text.contains("panicked") && !text.contains("E901") && !text.contains(CANARY), "{name}: {text}");
        assert!(!text.contains('\u{1b}'), "{name}: {text:?}");
        if code != Some(0) && code != Some(4) {
            assert!(text.contains("error[E") && text.contains("next"), "{name}={value:?}: {text}");
        }
    }
}
