//! Why a host was not reached, in plain words.
//!
//! Owns: the texts of the libraries below that stand for a cause. Their error types are not accessible here.

/// What kept a request from its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreached {
    Name,
    Refused,
    Time,
    Tls,
    Route,
    Closed,
}

impl Unreached {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Name => "name not found",
            Self::Refused => "connection refused",
            Self::Time => "no answer in time",
            Self::Tls => "TLS failed",
            Self::Route => "no route to it",
            Self::Closed => "connection closed before the answer",
        }
    }
}

/// The cause that an error and its causes speak of.
pub(crate) fn cause(chain: &str) -> Option<Unreached> {
    const TEXTS: [(&str, Unreached); 22] = [
        ("invalid peer certificate", Unreached::Tls),
        ("received fatal alert", Unreached::Tls),
        ("handshake", Unreached::Tls),
        ("received corrupt message", Unreached::Tls),
        ("dns error", Unreached::Name),
        ("failed to lookup address", Unreached::Name),
        ("name or service not known", Unreached::Name),
        ("no such host", Unreached::Name),
        ("nodename nor servname", Unreached::Name),
        ("connection refused", Unreached::Refused),
        ("actively refused", Unreached::Refused),
        ("network is unreachable", Unreached::Route),
        ("no route to host", Unreached::Route),
        ("host is unreachable", Unreached::Route),
        ("timed out", Unreached::Time),
        ("timeout", Unreached::Time),
        ("no whole answer within", Unreached::Time),
        ("connection reset", Unreached::Closed),
        ("broken pipe", Unreached::Closed),
        ("connection closed", Unreached::Closed),
        ("connection error", Unreached::Closed),
        ("unexpected eof", Unreached::Closed),
    ];
    let chain = chain.to_ascii_lowercase();
    TEXTS.into_iter().find(|(text, _)| chain.contains(text)).map(|(_, cause)| cause)
}

/// The same in plain words, with what only the text can say: the certificate's defect, the proxy on the way, the limit.
pub(crate) fn plain(chain: &str) -> String {
    let from = |mark: &str| chain.find(mark).and_then(|at| chain.get(at..));
    let through = from("through ").and_then(|rest| rest.split(':').next());
    let through = through.filter(|name| name.to_ascii_uppercase().ends_with("_PROXY"));
    let through = through.map_or_else(String::new, |name| format!(" ({name})"));
    match cause(chain) {
        Some(Unreached::Tls) => match from("invalid peer certificate") {
            Some(why) => format!("{}: {why}{through}", Unreached::Tls.words()),
            None => format!("{}{through}", Unreached::Tls.words()),
        },
        Some(Unreached::Time) => match from("no whole answer within") {
            Some(why) => format!("{why}{through}"),
            None => format!("{}{through}", Unreached::Time.words()),
        },
        Some(cause) => format!("{}{through}", cause.words()),
        None => chain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_say_is_told_in_plain_words() {
        let told = |chain: &str| plain(chain);
        let connect = "dispatch failure: io error: client error (Connect): ";
        assert_eq!(
            told(&format!("{connect}tcp connect error: Connection refused (os error 111)")),
            "connection refused"
        );
        assert_eq!(
            told(&format!("{connect}dns error: failed to lookup address information: Name or service not known")),
            "name not found"
        );
        assert_eq!(
            told(&format!("{connect}invalid peer certificate: UnknownIssuer")),
            "TLS failed: invalid peer certificate: UnknownIssuer"
        );
        assert_eq!(told("dispatch failure: timeout: no whole answer within 30 s"), "no whole answer within 30 s");
        assert_eq!(
            told("through HTTPS_PROXY: io error: Connection reset by peer"),
            "connection closed before the answer (through HTTPS_PROXY)"
        );
        assert_eq!(told("something else"), "something else");
    }
}
