//! TLS that is inspected in transit, as in many companies: the certificate of an authority that only the company
//! trusts.
#![cfg(all(feature = "aws", feature = "emulator"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rolehop::emulator::{Emulator, EmulatorData, EmulatorOptions};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Sits between the program and the emulator with a certificate for `localhost` signed by its own authority.
struct Inspector {
    address: SocketAddr,
    /// The authority's certificate, in PEM form.
    authority: String,
    _runtime: tokio::runtime::Runtime,
}

impl Inspector {
    fn start(emulator: &Emulator, expired: bool) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = authority.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(authority, key);
        let mut host = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        if expired {
            (host.not_before, host.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate().unwrap();
        let certificate = host.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let to = emulator.endpoint().replace("http://", "");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, to) = (acceptor.clone(), to.clone());
                tokio::spawn(async move {
                    // a client that does not trust us hangs up
                    let Ok(mut inside) = acceptor.accept(stream).await else { return };
                    let mut outside = TcpStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
                });
            }
        });
        Self { address, authority: pem, _runtime: runtime }
    }

    fn doctor(&self, emulator: &Emulator, bundle: Option<&std::path::Path>) -> Output {
        let (id, secret) = emulator.access_key();
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("rolehop"));
        command.env_clear().env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        command.env("AWS_REGION", "eu-west-1");
        command.env("AWS_ENDPOINT_URL", format!("https://localhost:{}", self.address.port()));
        if let Some(bundle) = bundle {
            command.env("AWS_CA_BUNDLE", bundle);
        }
        command.args(["doctor", "--no-config", "--role-name", "audit-readonly", "--facets", "core", "--sample", "2"]);
        command.output().unwrap()
    }
}

fn emulator() -> Emulator {
    let world = EmulatorData::from_directory(std::path::Path::new("examples/demo")).unwrap();
    Emulator::start(world, EmulatorOptions::default()).unwrap()
}

#[test]
fn f11_an_authority_that_nobody_knows_is_named_with_the_variable_that_makes_it_known() {
    let (emulator, dir) = (emulator(), tempfile::tempdir().unwrap());
    let inspector = Inspector::start(&emulator, false);
    let refused = inspector.doctor(&emulator, None);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(6), "{text}");
    for part in ["error[E106]", "cannot prove that it is AWS", "certificate", "AWS_CA_BUNDLE"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(emulator.requests().is_empty(), "nothing is told to somebody who is not trusted");

    let bundle = dir.path().join("bundle.pem");
    std::fs::write(&bundle, &inspector.authority).unwrap();
    let trusted = inspector.doctor(&emulator, Some(&bundle));
    let text = String::from_utf8_lossy(&trusted.stdout).into_owned();
    assert!(matches!(trusted.status.code(), Some(0 | 4)), "{text}");
    assert!(text.contains("credentials"), "{text}");
}

#[test]
fn f11_a_certificate_that_has_expired_is_not_taken_even_from_a_known_authority() {
    let (emulator, dir) = (emulator(), tempfile::tempdir().unwrap());
    let inspector = Inspector::start(&emulator, true);
    let bundle = dir.path().join("bundle.pem");
    std::fs::write(&bundle, &inspector.authority).unwrap();
    let refused = inspector.doctor(&emulator, Some(&bundle));
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(6), "{text}");
    assert!(text.contains("expired") && text.contains("error[E106]"), "{text}");
    assert!(emulator.requests().is_empty());
}
