//! Lists in words.

/// At most three of many, and how many more.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let shown = items.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    if items.len() > 3 { format!("{shown} and {} more", items.len() - 3) } else { shown }
}
