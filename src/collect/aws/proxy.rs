//! Which route a request takes: directly, or through the proxy that the environment names.
//!
//! Owns: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, also in lower case. The SDK ignores what it cannot
//! parse, knows no `*` for addresses, and does not report which variable it used. Never prints what may be a password.
//! INVARIANT: a setting that cannot be parsed is an error: no request bypasses a configured proxy, or uses one against
//! the configuration.

use std::fmt;
use std::net::IpAddr;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::text::THROUGH;

/// Every variable that can name a proxy.
const NAMES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What such a variable may hold.
pub(crate) const ALLOWED: &str =
    "`http://` or `https://` with a host and a port, as in `http://proxy.example.com:3128`";

/// A proxy, and the variable that names it. The debug print does not show the URL, which may have a password.
#[derive(Clone)]
struct Proxy {
    variable: &'static str,
    config: ProxyConfig,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// A variable whose value is not a proxy, as far as it may be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadProxy {
    pub(crate) variable: &'static str,
    pub(crate) shown: String,
}

/// The proxies of the environment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    straight: Vec<String>,
}

/// The variable that a message names as the source of its failure; otherwise the usual one.
pub(crate) fn named_in(message: &str) -> &'static str {
    NAMES.into_iter().find(|name| message.contains(&format!("through {name}"))).unwrap_or("HTTPS_PROXY")
}

impl Proxies {
    /// Reads the environment.
    pub(crate) fn read(variable: &(dyn Fn(&str) -> Option<String> + Sync)) -> Result<Self, BadProxy> {
        // an empty variable means that there is no proxy
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
        let all = first(["ALL_PROXY", "all_proxy"]);
        // a web server passes its visitor's `Proxy` header to a CGI program in this variable
        let by_visitor = variable("REQUEST_METHOD").is_some();
        let http = first(["HTTP_PROXY", "http_proxy"]).filter(|(name, _)| !(by_visitor && *name == "HTTP_PROXY"));
        let https = first(["HTTPS_PROXY", "https_proxy"]);
        let of_scheme = |own: Option<(&'static str, String)>, make: fn(&str) -> Option<ProxyConfig>| {
            let Some((variable, url)) = own.or_else(|| all.clone()).filter(|(_, url)| !url.trim().is_empty()) else {
                return Ok::<_, BadProxy>(None);
            };
            let bad = || BadProxy { variable, shown: shown(&url) };
            let config = normal(&url).and_then(|url| make(&url)).ok_or_else(bad)?;
            Ok(Some(Proxy { variable, config }))
        };
        let no = first(["NO_PROXY", "no_proxy"]).map(|(_, list)| list).unwrap_or_default();
        Ok(Self {
            http: of_scheme(http, |url| ProxyConfig::http(url).ok())?,
            https: of_scheme(https, |url| ProxyConfig::https(url).ok())?,
            straight: no.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).map(str::to_lowercase).collect(),
        })
    }

    /// One client from `make` for each route.
    pub(crate) fn clients(self, make: impl Fn(ProxyConfig) -> SharedHttpClient) -> SharedHttpClient {
        let direct = make(ProxyConfig::disabled());
        if self.http.is_none() && self.https.is_none() {
            return direct;
        }
        let through = |proxy: Option<Proxy>| proxy.map(|proxy| (proxy.variable, make(proxy.config)));
        let http = through(self.http);
        let https = through(self.https);
        SharedHttpClient::new(Routed { direct, http, https, straight: self.straight })
    }
}

/// The URL with its scheme, added if missing; `None` if it is not the URL of a proxy.
fn normal(url: &str) -> Option<String> {
    let url = url.trim();
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let (scheme, rest) = url.split_once("://")?;
    let is_http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = host_and_port(authority.rsplit('@').next()?);
    let valid = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let has_host =
        !host.is_empty() && host.chars().all(valid) && (!host.contains(':') || host.parse::<IpAddr>().is_ok());
    let has_port = port.is_none_or(|port| port.parse::<u16>().is_ok());
    (is_http && path.is_empty() && has_host && has_port).then_some(url)
}

/// What may be shown of a URL: in a mistyped one a password may be anywhere but in the host name.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let authority = rest.rsplit('@').next().unwrap_or_default();
    let (host, port) = host_and_port(authority.split('/').next().unwrap_or_default());
    let port = port.map(|port| if port.parse::<u16>().is_ok() { format!(":{port}") } else { ":***".to_owned() });
    let before = if rest.contains('@') { "***@" } else { "" };
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{before}{host}{}", port.unwrap_or_default())
}

/// Without the brackets of an IPv6 address.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match authority.split_once(':') {
        // an IPv6 address without brackets has no port
        Some((_, rest)) if rest.contains(':') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

/// Whether an entry of `NO_PROXY` exempts a host: `*`, a name and everything below it, an address, a network; for one
/// port if the entry has one.
fn excepts(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let host = host.trim_end_matches('.');
    if let Some((network, bits)) = entry.split_once('/') {
        return lies_in(host, network, bits);
    }
    let (name, of_port) = host_and_port(entry);
    if of_port.is_some_and(|of_port| of_port.parse() != Ok(port)) {
        return false;
    }
    if let (Ok(host), Ok(excepted)) = (host.parse::<IpAddr>(), name.parse::<IpAddr>()) {
        return host == excepted;
    }
    let name = name.trim_start_matches("*.").trim_matches('.');
    let below = host.strip_suffix(name).is_some_and(|start| start.is_empty() || start.ends_with('.'));
    !name.is_empty() && below && host.parse::<IpAddr>().is_err()
}

fn lies_in(host: &str, network: &str, bits: &str) -> bool {
    let (Ok(host), Ok(network), Ok(bits)) = (host.parse(), network.parse(), bits.parse::<u32>()) else { return false };
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(host), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// Sends each request along its route.
#[derive(Debug)]
struct Routed<C = SharedHttpClient> {
    direct: C,
    http: Option<(&'static str, C)>,
    https: Option<(&'static str, C)>,
    straight: Vec<String>,
}

impl HttpClient for Routed {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let of = |client: &SharedHttpClient| client.http_connector(settings, components);
        let through = |way: &Option<(&'static str, SharedHttpClient)>| way.as_ref().map(|(name, c)| (*name, of(c)));
        SharedHttpConnector::new(Routed {
            direct: of(&self.direct),
            http: through(&self.http),
            https: through(&self.https),
            straight: self.straight.clone(),
        })
    }
}

impl<C> Routed<C> {
    /// The proxy of a request, if it has one.
    fn way(&self, uri: &str) -> Option<&(&'static str, C)> {
        let (scheme, rest) = uri.split_once("://")?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        let way = if is_https { self.https.as_ref() } else { self.http.as_ref() }?;
        let authority = rest.split(['/', '?', '#']).next().and_then(|authority| authority.rsplit('@').next())?;
        let (host, port) = host_and_port(authority);
        let host = host.to_lowercase();
        let usual = if is_https { 443 } else { 80 };
        let port = port.and_then(|port| port.parse().ok()).unwrap_or(usual);
        (!self.straight.iter().any(|entry| excepts(entry, &host, port))).then_some(way)
    }
}

impl HttpConnector for Routed<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some((variable, connector)) = self.way(request.uri()) else { return self.direct.call(request) };
        let variable = *variable;
        let answer = connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await.map_err(|error| told(variable, error))?;
            answer.headers_mut().insert(THROUGH, variable);
            Ok(answer)
        })
    }
}

/// The same failure, with the variable that its proxy came from.
fn told(variable: &'static str, error: ConnectorError) -> ConnectorError {
    let is_timeout = error.is_timeout();
    let is_io = error.is_io();
    let kind = error.as_other();
    let through: BoxError = Through { variable, source: error.into_source() }.into();
    match (is_timeout, is_io) {
        (true, _) => ConnectorError::timeout(through),
        (_, true) => ConnectorError::io(through),
        _ => ConnectorError::other(through, kind),
    }
}

/// A failure on the route through a proxy.
#[derive(Debug, thiserror::Error)]
#[error("through {variable}")]
struct Through {
    variable: &'static str,
    source: BoxError,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(set: &'static [(&'static str, &'static str)]) -> Result<Proxies, BadProxy> {
        Proxies::read(&move |name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
    }

    fn way(set: &'static [(&'static str, &'static str)], uri: &str) -> Option<&'static str> {
        let proxies = proxies(set).unwrap();
        let name = |proxy: Option<Proxy>| proxy.map(|proxy| (proxy.variable, ()));
        let routed =
            Routed { direct: (), http: name(proxies.http), https: name(proxies.https), straight: proxies.straight };
        routed.way(uri).map(|(name, ())| *name)
    }

    #[test]
    fn each_scheme_has_its_variable_and_upper_case_comes_first() {
        const BOTH: &[(&str, &str)] =
            &[("HTTP_PROXY", "http://a:1"), ("https_proxy", "b:2"), ("ALL_PROXY", "http://c:3")];
        assert_eq!(way(BOTH, "http://aws.invalid/"), Some("HTTP_PROXY"));
        assert_eq!(way(BOTH, "https://sts.amazonaws.com"), Some("https_proxy"));
        assert_eq!(way(&[("all_proxy", "http://c:3")], "https://sts.amazonaws.com"), Some("all_proxy"));
        assert_eq!(way(&[("HTTP_PROXY", "http://a:1")], "https://sts.amazonaws.com"), None);
        const OFF: &[(&str, &str)] = &[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://c:3")];
        assert_eq!(way(OFF, "https://sts.amazonaws.com"), None, "set to nothing is none");
        const CGI: &[(&str, &str)] = &[("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(way(CGI, "http://aws.invalid/"), None, "a visitor's header is no setting");
    }

    #[test]
    fn a_url_that_is_none_is_refused_by_the_name_of_its_variable_and_shows_no_password() {
        for url in [
            "::not a proxy",
            "http://",
            "http://:80",
            "ftp://host:1",
            "socks5://host:1",
            "http://host:port",
            "http://ann:canary",
            "http://ann:canary@",
            "http://ann:can@ary@ho st:1",
            "http://host:99999",
            "http://host:1/path",
        ] {
            for name in NAMES {
                let set: &'static [(&'static str, &'static str)] = Box::leak(Box::new([(name, url)]));
                let Err(BadProxy { variable, shown }) = proxies(set) else { panic!("{name}={url} was taken") };
                assert_eq!(variable, name);
                assert!(!shown.contains("canary") && !shown.contains("can@ary"), "{url} is shown as {shown}");
            }
        }
        for url in
            ["http://host:1", "host:1", "host", "https://ann:canary@host:1/", "http://[::1]:3128", "HTTP://10.0.0.1:80"]
        {
            let set: &'static [(&'static str, &'static str)] = Box::leak(Box::new([("HTTPS_PROXY", url)]));
            assert!(proxies(set).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_invalid_one_that_is_not_used_does_no_harm() {
        const SET: &[(&str, &str)] =
            &[("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "socks5://host:1")];
        assert!(proxies(SET).is_ok());
    }

    #[test]
    fn every_form_of_exception() {
        let fits = |entry: &str, host: &str| excepts(entry, host, 443);
        for (entry, host) in [
            ("*", "127.0.0.1"),
            ("*", "sts.amazonaws.com"),
            ("amazonaws.com", "sts.amazonaws.com"),
            ("amazonaws.com", "amazonaws.com"),
            (".amazonaws.com", "sts.amazonaws.com"),
            ("*.amazonaws.com", "sts.eu-west-1.amazonaws.com"),
            ("sts.amazonaws.com:443", "sts.amazonaws.com"),
            ("sts.amazonaws.com.", "sts.amazonaws.com"),
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.0/8", "127.9.9.9"),
            ("0.0.0.0/0", "10.1.2.3"),
            ("::1", "::1"),
            ("[::1]:443", "::1"),
            ("fd00::/8", "fd12::1"),
        ] {
            assert!(fits(entry, host), "{entry} {host}");
        }
        for (entry, host) in [
            ("amazonaws.com", "notamazonaws.com"),
            ("sts.amazonaws.com", "amazonaws.com"),
            ("sts.amazonaws.com:80", "sts.amazonaws.com"),
            ("127.0.0.0/8", "128.0.0.1"),
            ("10.0.0.0/33", "10.0.0.1"),
            ("10.0.0.0/8", "host.example"),
            ("0.0.1", "127.0.0.1"),
            (".", "sts.amazonaws.com"),
            ("", "sts.amazonaws.com"),
        ] {
            assert!(!fits(entry, host), "{entry} {host}");
        }
        const SET: &[(&str, &str)] =
            &[("HTTP_PROXY", "http://a:1"), ("no_proxy", "x.example, 127.0.0.1:8080 ,AWS.Example")];
        assert_eq!(way(SET, "http://127.0.0.1:8080/path"), None);
        assert_eq!(way(SET, "http://127.0.0.1:8081/path"), Some("HTTP_PROXY"));
        assert_eq!(way(SET, "http://sts.aws.example"), None);
        assert_eq!(way(&[("HTTP_PROXY", "http://a:1"), ("NO_PROXY", "*")], "http://127.0.0.1:5000"), None);
    }

    #[test]
    fn a_message_names_the_variable_that_it_came_by() {
        assert_eq!(named_in("dispatch failure: through HTTP_PROXY: refused"), "HTTP_PROXY");
        assert_eq!(named_in("through https_proxy: refused"), "https_proxy");
        assert_eq!(named_in("refused"), "HTTPS_PROXY");
    }
}
