//! The effect of a fault on an answer of the query protocol: on its pages, its entries, its jobs.
//!
//! Owns: the elements that a fault changes. An answer without the element is unchanged. Knows the form of answers, not
//! their meaning.

use std::ops::Range;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::emulator::faults::fault::Fault;
use crate::emulator::protocol::page::Page;
use crate::emulator::protocol::request::Call;

/// Changes an answer of the query protocol.
pub(super) fn corrupt(fault: &Fault, body: &mut String, call: &Call, nth: u64) {
    match fault {
        Fault::WrongAccount => replace_element(body, "Account", "999999999999"),
        Fault::JobStuck => {
            replace_element(body, "State", "INPROGRESS");
            unfinished(body, "IN_PROGRESS</JobStatus>");
        }
        Fault::JobFailed => {
            let error = "<Error><Message>The job failed.</Message><Code>ServiceFailure</Code></Error>";
            unfinished(body, &format!("FAILED</JobStatus>{error}"));
        }
        Fault::OddReport => {
            let report = element(body, "Content").and_then(|content| odd_report(body.get(content)?));
            replace_element(body, "Content", report.as_deref().unwrap_or_default());
        }
        // an answer without pages has no empty ones, and no duplicates
        Fault::EmptyPage | Fault::Twice if element(body, "IsTruncated").is_none() => {}
        Fault::EmptyPage => {
            remove_members(body, |_| true);
            set_marker(body, Some(&Page::again(&call.operation, call.parameter("Marker"), nth)));
        }
        Fault::EmptyList => {
            remove_members(body, |_| true);
            set_marker(body, None);
        }
        Fault::WithoutElement(name) => remove_element(body, name),
        Fault::Without(id) => remove_members(body, |member| member.contains(&format!(">{id}<"))),
        Fault::Twice => {
            if let Some(first) = members(body).first().cloned()
                && let Some(member) = body.get(first.clone()).map(str::to_owned)
            {
                body.insert_str(first.end, &member);
            }
        }
        Fault::RepeatLast => {
            let before =
                element(body, "Marker").and_then(|marker| Page::before(&call.operation, body.get(marker)?, nth));
            if before.is_some() {
                set_marker(body, before.as_deref());
            }
        }
        Fault::EndlessList => {
            set_marker(body, Some(&Page::again(&call.operation, call.parameter("Marker"), nth)));
        }
        Fault::NoMarker => {
            set_marker(body, None);
            *body = body.replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>");
        }
        _ => {
            if let Some(marker) = fault.marker(nth) {
                set_marker(body, Some(&marker));
            }
        }
    }
}

/// The content of the first element of that name.
fn element(body: &str, name: &str) -> Option<Range<usize>> {
    let start = body.find(&format!("<{name}>"))? + name.len() + 2;
    let end = body.get(start..)?.find(&format!("</{name}>"))? + start;
    Some(start..end)
}

/// Removes the first element of that name, including its tags.
fn remove_element(body: &mut String, name: &str) {
    if let Some(inner) = element(body, name) {
        body.replace_range(inner.start - name.len() - 2..inner.end + name.len() + 3, "");
    } else {
        *body = body.replacen(&format!("<{name}/>"), "", 1);
    }
}

fn replace_element(body: &mut String, name: &str, content: &str) {
    if let Some(range) = element(body, name) {
        body.replace_range(range, content);
    }
}

/// A job without result, with `status` as its status.
fn unfinished(body: &mut String, status: &str) {
    if let Some(range) = element(body, "JobStatus") {
        body.replace_range(range.start..range.end + "</JobStatus>".len(), status);
        remove_members(body, |_| true);
        set_marker(body, None);
    }
}

/// Sets the marker of the next page, or removes it. An answer without pages is unchanged.
fn set_marker(body: &mut String, marker: Option<&str>) {
    if let Some(old) = element(body, "Marker") {
        body.replace_range(old.start - "<Marker>".len()..old.end + "</Marker>".len(), "");
    }
    let Some(truncated) = element(body, "IsTruncated") else { return };
    let after = truncated.end + "</IsTruncated>".len();
    if let Some(marker) = marker {
        body.insert_str(after, &format!("<Marker>{marker}</Marker>"));
    }
    body.replace_range(truncated, if marker.is_some() { "true" } else { "false" });
}

/// The entries of an answer's own lists; lists nested in entries are not searched.
fn members(body: &str) -> Vec<Range<usize>> {
    /// Nesting depth: response, result, list.
    const DEPTH: usize = 3;
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, _) in body.match_indices('<') {
        let tag = body.get(at..).and_then(|rest| rest.split('>').next()).unwrap_or_default();
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
            if depth == DEPTH && tag == "</member" {
                found.push(start..at + tag.len() + 1);
            }
        } else {
            if depth == DEPTH && tag == "<member" {
                start = at;
            }
            depth += 1;
        }
    }
    found
}

fn remove_members(body: &mut String, unwanted: impl Fn(&str) -> bool) {
    for range in members(body).into_iter().rev() {
        if body.get(range.clone()).is_some_and(&unwanted) {
            body.replace_range(range, "");
        }
    }
}

/// The report with its columns reversed plus one more, and with the line endings of another system.
fn odd_report(content: &str) -> Option<String> {
    let table = BASE64_STANDARD.decode(content).ok()?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_slice());
    for (at, record) in reader.records().enumerate() {
        let record = record.ok()?;
        let added = if at == 0 { "one_more_column" } else { "a \"quoted\", cell\nof two lines" };
        let cells: Vec<&str> =
            std::iter::once(added).chain(record.iter().collect::<Vec<_>>().into_iter().rev()).collect();
        writer.write_record(cells).ok()?;
    }
    Some(BASE64_STANDARD.encode(writer.into_inner().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<LResponse xmlns=\"n\"><LResult><Users><member><Name>a</Name><Tags><member>t</member></Tags></member>\
                        <member><Name>b</Name></member></Users><IsTruncated>false</IsTruncated></LResult></LResponse>";

    #[test]
    fn only_the_entries_of_the_answers_own_lists_are_members() {
        let found: Vec<&str> = members(PAGE).into_iter().filter_map(|range| PAGE.get(range)).collect();
        let first = "<member><Name>a</Name><Tags><member>t</member></Tags></member>";
        assert_eq!(found, [first, "<member><Name>b</Name></member>"]);
    }

    #[test]
    fn a_marker_is_set_moved_and_taken_away() {
        let mut page = PAGE.to_owned();
        set_marker(&mut page, Some("m"));
        assert!(page.contains("<IsTruncated>true</IsTruncated><Marker>m</Marker></LResult>"), "{page}");
        set_marker(&mut page, Some("n"));
        assert!(page.contains("<IsTruncated>true</IsTruncated><Marker>n</Marker></LResult>"), "{page}");
        set_marker(&mut page, None);
        assert_eq!(page, PAGE);
        let mut whole = "<LResponse><LResult></LResult></LResponse>".to_owned();
        set_marker(&mut whole, Some("m"));
        assert!(!whole.contains('m'), "an answer without pages has no marker");
    }
}
