//! The difference as Markdown, for a comment on a pull request: at most 60 kB, and what was left out is counted.

use std::io::{self, Write};

use super::words;
use crate::difference::{Difference, Gaps, Section};
use crate::report::markdown::text;
use crate::report::terminal::names::{Names, plural};

/// Bytes. GitHub takes 65,536 characters.
const MOST: usize = 60_000;

/// Bytes that are kept for what must not be cut: the sentence about each part, and the count of what was left out.
const KEPT: usize = 500;

/// Text that grows as long as there is room.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        if line.is_empty() && self.text.ends_with("\n\n") {
            return;
        }
        if self.text.len() + line.len() + 1 > MOST - KEPT {
            self.left_out += usize::from(!line.is_empty());
            return;
        }
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Writes it.
///
/// # Errors
/// If the output cannot be written.
pub fn write(difference: &Difference, names: &Names, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { text: String::new(), left_out: 0 };
    page.line(&format!("### rolehop diff: {}", text(&words::title(difference))));
    for plan in &difference.planned {
        page.line("");
        page.line(&text(&words::planned(plan)));
        page.line("");
        let left = plan.not_understood.iter();
        left.for_each(|not| {
            page.line(&format!("- **not understood**: {}: {}", text(&not.source.shown()), text(&not.why)))
        });
        plan.notes.iter().for_each(|note| page.line(&format!("- note: {}", text(note))));
    }
    for target in difference.paths.iter().flatten() {
        page.line("");
        page.line(&format!("**{}**", text(&words::target(target))));
        page.line("");
        for change in &target.changes {
            page.line(&format!("- **{}**: {}", change.change.as_str(), text(&words::ways(change, names))));
            if let Some(states) = words::states(change) {
                page.line(&format!("  - {}", text(&states)));
            }
            for cause in &change.causes {
                page.line(&format!("  - cause: {}", text(&words::change(cause, names))));
            }
            if let Some(example) = words::example(change, "→", names) {
                page.line(&format!("  - path: {}", text(&example)));
            }
        }
        gaps(&target.gaps, &mut page);
    }
    if let Some(found) = &difference.findings {
        page.line("");
        page.line(&format!("**findings: {}**", words::findings(found)));
        page.line("");
        found.new.iter().for_each(|one| page.line(&format!("- **new**: {}", text(&words::finding(one)))));
        found
            .changed
            .iter()
            .for_each(|one| page.line(&format!("- **changed**: {}", text(&words::finding_change(one)))));
        found.resolved.iter().for_each(|one| page.line(&format!("- **resolved**: {}", text(&words::finding(one)))));
        let open = found.not_comparable.iter();
        open.for_each(|one| page.line(&format!("- **not comparable**: {}", text(&words::finding(one)))));
    }
    let is_plain = |section: &Section| section.changes.is_empty() && section.gaps.is_empty();
    for (name, section) in difference.sections().filter(|(_, section)| !is_plain(section)) {
        page.line("");
        page.line(&format!("**{name}: {}**", plural(section.changes.len(), "change")));
        page.line("");
        section.changes.iter().for_each(|one| page.line(&format!("- {}", text(&words::change(one, names)))));
        gaps(&section.gaps, &mut page);
    }
    let plain: Vec<&str> = difference.sections().filter(|(_, s)| is_plain(s)).map(|(name, _)| name).collect();
    if !plain.is_empty() {
        page.line("");
        page.line(&format!("No change: {}", plain.join(", ")));
    }
    if page.left_out > 0 {
        let cut = format!(
            "\n{} left out, to stay below {MOST} bytes: `rolehop diff -f json` has all.\n",
            plural(page.left_out, "line")
        );
        page.text.push_str(&cut);
    }
    out.write_all(page.text.as_bytes())
}

fn gaps(gaps: &Gaps, page: &mut Page) {
    for (side, gaps) in [("old", &gaps.old), ("new", &gaps.new)] {
        for gap in gaps {
            page.line(&format!("- **not comparable**: the {side} snapshot lacks {}", text(&gap.sentence())));
        }
    }
}
