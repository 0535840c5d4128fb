//! Gets the code of an MFA device: from the command line, or from a person at the terminal.
//!
//! Owns: the prompt. INVARIANT: a code that was given is used once, because AWS accepts it only once.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex};

use crate::collect::Mfa;
use crate::report::escape::escape;

/// The source of codes: the one that was given, then the terminal; none if there is neither.
pub(super) fn source(serial: Option<String>, given: Option<String>) -> Mfa {
    let terminal = has_terminal();
    if given.is_none() && !terminal {
        return Mfa { serial, ask: None };
    }
    let given = Mutex::new(given);
    let ask = move |profile: &str, serial: &str| {
        let once = given.lock().ok().and_then(|mut given| given.take());
        once.or_else(|| if terminal { prompt(profile, serial) } else { None })
    };
    Mfa { serial, ask: Some(Arc::new(ask)) }
}

/// Whether there is a terminal to prompt on.
pub(super) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn prompt(profile: &str, serial: &str) -> Option<String> {
    let mut err = io::stderr().lock();
    write!(err, "MFA code of {} (profile {}): ", escape(serial), escape(profile)).and_then(|()| err.flush()).ok()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).ok()?;
    Some(line.trim().to_owned()).filter(|code| !code.is_empty())
}
