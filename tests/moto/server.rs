//! A moto server of our own: a Python environment made on the first run, a free port, a health check, and its end.
//!
//! Owns: provisioning and processes. Does not know what is loaded. INVARIANT: no server outlives the value that started it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const REQUIREMENTS: &str = include_str!("requirements.txt");

const TURN_OFF: &str = "set ROLEHOP_SKIP_MOTO=1 to leave the moto tests out";

/// The directory of the scripts beside this file.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto")
}

/// A Python environment with the pinned packages.
pub(crate) struct Venv(PathBuf);

impl Venv {
    /// The environment under `target/`, made or made anew where its stamp is not that of the pins.
    pub(crate) fn provision(python: &str) -> Result<Self, String> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("no target directory")?;
        let venv = Self(target.join("moto-venv"));
        let version = Command::new(python).arg("--version").output().map_err(|error| {
            format!("cannot run `{python}` ({error}): the moto tests need Python 3.10 or later with venv and pip; {TURN_OFF}")
        })?;
        let stamp = format!("{}{REQUIREMENTS}", String::from_utf8_lossy(&version.stdout));
        let stamp_file = venv.0.join("rolehop-stamp.txt");
        if fs::read_to_string(&stamp_file).is_ok_and(|present| present == stamp) {
            return Ok(venv);
        }
        let make = output(Command::new(python).args(["-m", "venv", "--clear"]).arg(&venv.0));
        make.map_err(|error| format!("cannot make a Python environment: {error}; {TURN_OFF}"))?;
        let requirements = scripts().join("requirements.txt");
        let mut pip = Command::new(venv.command("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
        output(&mut pip).map_err(|error| format!("cannot install moto and the AWS CLI: {error}; {TURN_OFF}"))?;
        // last of all: an environment that was interrupted half-way has no stamp
        fs::write(&stamp_file, stamp).map_err(|error| error.to_string())?;
        Ok(venv)
    }

    /// A command of the environment.
    pub(crate) fn command(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }

    /// Runs one of the scripts beside this file and returns what it prints.
    pub(crate) fn script<S: AsRef<OsStr>>(&self, name: &str, arguments: &[S]) -> Result<Vec<u8>, String> {
        let mut command = Command::new(self.command("python"));
        command.arg(scripts().join(name)).args(arguments);
        output(scrubbed(&mut command)).map(|output| output.stdout)
    }
}

/// A moto server on loopback; killed when dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(crate) fn start(venv: &Venv, log: &Path) -> Result<Self, String> {
        let mut failure = String::new();
        // between asking for a free port and using it somebody else may take it
        for _ in 0..3 {
            let port = free_port()?;
            let file = File::create(log).map_err(|error| format!("`{}`: {error}", log.display()))?;
            let mut command = Command::new(venv.command("moto_server"));
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
            let child = scrubbed(&mut command).spawn().map_err(|error| format!("cannot start moto_server: {error}"))?;
            let mut server = Self { child, port };
            match server.wait_until_healthy() {
                Ok(()) => return Ok(server),
                Err(error) => failure = error,
            }
        }
        let log = fs::read_to_string(log).unwrap_or_default();
        Err(format!("moto_server did not come up: {failure}; its log: {log}"))
    }

    /// What `AWS_ENDPOINT_URL` is set to.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait_until_healthy(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status}"));
            }
            if self.answers().unwrap_or(false) {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err("no answer within 60 s".to_owned())
    }

    fn answers(&self) -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /moto-api/data.json HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(start.ends_with(b" 200"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself; there is nobody to tell
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes the caller's AWS settings and proxies away and puts invented keys in their place: nothing here may reach AWS.
pub(crate) fn scrubbed(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy().to_ascii_uppercase();
        if ["AWS_", "MOTO_", "ROLEHOP_"].iter().any(|prefix| name_text.starts_with(prefix))
            || ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].contains(&name_text.as_str())
        {
            command.env_remove(&name);
        }
    }
    command.envs([
        ("AWS_ACCESS_KEY_ID", "AKIAMANAGEMENT000000"),
        ("AWS_SECRET_ACCESS_KEY", "invented"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_PAGER", ""),
    ])
}

/// Runs to the end; what went wrong includes what the command said.
pub(crate) fn output(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{:?} ended with {}: {}", command.get_program(), output.status, said.trim()))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
