//! Requests and replies as bytes on a connection: what a client library would hide is what matters here.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rolehop::emulator::Emulator;

/// Access key id, and a session's token.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) token: Option<String>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Reset,
    /// It did not, for as long as the test waited.
    Open,
}

/// What came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// As it came, chunk by chunk where it is chunked.
    pub(crate) raw: Vec<u8>,
    pub(crate) end: End,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, out of its chunks.
    pub(crate) fn text(&self) -> String {
        if self.header("transfer-encoding") != Some("chunked") {
            return String::from_utf8(self.raw.clone()).unwrap();
        }
        let (mut text, mut rest) = (Vec::new(), self.raw.as_slice());
        while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
            text.extend(&rest[line + 2..line + 2 + size]);
            rest = &rest[line + 2 + size + 2..];
        }
        String::from_utf8(text).unwrap()
    }

    /// The text of the first XML element of that name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(content, _)| content.to_owned())
    }

    /// How often an XML element stands in the body.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.text().matches(&format!("<{name}>")).count()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text()).unwrap()
    }
}

pub(crate) fn base(emulator: &Emulator) -> Keys {
    Keys { id: emulator.access_key().0.to_owned(), token: None }
}

/// Keys of a session in an account.
pub(crate) fn session(emulator: &Emulator, account: &str) -> Keys {
    let arn = format!("arn:aws:iam::{account}:role/{}", crate::world::ROLE);
    let answer = query(emulator, &base(emulator), "sts:AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "test")]);
    Keys { id: answer.element("AccessKeyId").unwrap(), token: answer.element("SessionToken") }
}

/// A call of the query protocol: `iam:ListRoles`.
pub(crate) fn query(emulator: &Emulator, keys: &Keys, action: &str, parameters: &[(&str, &str)]) -> Answer {
    let (service, operation) = action.split_once(':').unwrap();
    let mut body = format!("Action={operation}&Version=2010-05-08");
    for (name, value) in parameters {
        let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        body.push_str(&format!("&{name}={value}"));
    }
    let scope = headers(keys, service, "us-east-1");
    send(emulator, &format!("{scope}content-type: application/x-www-form-urlencoded\r\n"), &body)
}

/// A call of AWS JSON in a region.
pub(crate) fn json(emulator: &Emulator, keys: &Keys, action: &str, region: &str, body: &serde_json::Value) -> Answer {
    let (service, operation) = action.split_once(':').unwrap();
    let prefix = if service == "cloudtrail" {
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
    } else {
        "AWSOrganizationsV20161128"
    };
    let target = format!("x-amz-target: {prefix}.{operation}\r\ncontent-type: application/x-amz-json-1.1\r\n");
    send(emulator, &(headers(keys, service, region) + &target), &body.to_string())
}

pub(crate) fn headers(keys: &Keys, service: &str, region: &str) -> String {
    let id = &keys.id;
    let scope = format!("{id}/20261120/{region}/{service}/aws4_request");
    let token = keys.token.iter().map(|token| format!("x-amz-security-token: {token}\r\n")).collect::<String>();
    format!("authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n{token}")
}

/// One request on a connection of its own.
pub(crate) fn send(emulator: &Emulator, headers: &str, body: &str) -> Answer {
    let endpoint = emulator.endpoint();
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    let length = body.len();
    let head =
        format!("POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1 << 16]);
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break End::Closed,
            Ok(count) => bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break End::Reset,
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => break End::Open,
            Err(error) => unreachable!("{error}"),
        }
    };
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, raw) = split.map_or((&bytes[..0], Vec::new()), |at| (&bytes[..at], bytes[at + 4..].to_vec()));
    let head = std::str::from_utf8(head).unwrap();
    let status = head.split(' ').nth(1).map_or(0, |status| status.parse().unwrap());
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Answer { status, headers, raw, end }
}
