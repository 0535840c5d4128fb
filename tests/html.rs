//! The HTML report: what it says, held against the other formats; that no name is markup; and, in a browser, that it works.
//!
//! Parsed by the parser of Servo. `tests/html/check.mjs` drives a browser.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a report that cannot be read has failed its test")]

#[path = "support/program.rs"]
mod program;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use program::{Ended, run_in};
use scraper::{ElementRef, Html, Selector};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::*;

/// A report, parsed.
struct Page {
    raw: String,
    html: Html,
}

impl Page {
    fn new(raw: String) -> Self {
        Self { html: Html::parse_document(&raw), raw }
    }

    fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&Selector::parse(selector).unwrap()).collect()
    }

    /// The text of the first such element, blanks as one.
    fn text(&self, selector: &str) -> String {
        let found = self.all(selector);
        assert!(!found.is_empty(), "no {selector}");
        let text = found[0].text().collect::<String>();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn data(&self) -> Value {
        serde_json::from_str(&self.all("script#data")[0].text().collect::<String>()).unwrap()
    }
}

fn check(dir: &Path, snapshot: &Path, arguments: &[&str]) -> Ended {
    let snapshot = snapshot.to_str().unwrap();
    run_in(dir, &[], &[&["check", "-f", "html", "--no-fail", "--snapshot", snapshot], arguments].concat())
}

/// The report of an example, with its own configuration.
fn example(name: &str, arguments: &[&str]) -> Page {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let config = dir.join("rolehop.toml");
    Page::new(check(&dir, &dir, &[&["--config", config.to_str().unwrap()], arguments].concat()).out)
}

/// The report of an organization whose target is the account `PROD`.
fn of_world(world: &World) -> Page {
    let (snapshot, place) = (world.write(), tempfile::tempdir().unwrap());
    let config = format!("version = 1\n[targets.\"<b>prod</b>\"]\naccounts = [\"{PROD}\"]\n");
    fs::write(place.path().join("rolehop.toml"), config).unwrap();
    let ended = check(place.path(), snapshot.path(), &["--config", "rolehop.toml"]);
    assert!(ended.err.is_empty() || !ended.err.contains("error["), "{}", ended.err);
    Page::new(ended.out)
}

#[test]
fn the_page_runs_one_script_and_loads_nothing() {
    let page = example("demo", &[]);
    let policy = page.all("meta[http-equiv='Content-Security-Policy']")[0].value().attr("content").unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    let digest = |element: &ElementRef<'_>| {
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(element.text().collect::<String>())))
    };
    let scripts = page.all("script");
    assert_eq!(scripts.len(), 2);
    assert_eq!((scripts[0].value().attr("type"), scripts[1].value().attr("type")), (Some("application/json"), None));
    assert!(policy.contains(&format!("script-src {}", digest(&scripts[1]))), "{policy}");
    let styles = page.all("style");
    assert_eq!(styles.len(), 1);
    assert!(policy.contains(&format!("style-src {}", digest(&styles[0]))), "{policy}");
    assert!(
        page.all("link, img, iframe, object, embed, base, form, video, audio, [src], [srcset], [style]").is_empty()
    );
    let handlers = page.all("*").into_iter().flat_map(|element| element.value().attrs().collect::<Vec<_>>());
    assert_eq!(handlers.filter(|(name, _)| name.starts_with("on")).count(), 0);
    for link in page.all("a[href]") {
        let href = link.value().attr("href").unwrap();
        assert!(href.starts_with('#') || href.starts_with("https://"), "{href}");
        if href.starts_with("https://") {
            // the page that is left is told nothing, and keeps what was chosen in it
            let attribute = |name: &str| link.value().attr(name);
            assert_eq!(
                (attribute("rel"), attribute("target")),
                (Some("noreferrer noopener"), Some("_blank")),
                "{href}"
            );
        }
    }
    let sources = page.all("dd a[href^='https://docs.aws.amazon.com/']");
    assert!(sources.len() >= 100, "{} sources of rules are links", sources.len());
    let style: String = styles[0].text().collect();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn every_link_within_the_page_leads_somewhere_and_no_id_is_there_twice() {
    let page = example("demo", &[]);
    let mut ids: Vec<&str> = page.all("[id]").iter().map(|element| element.value().attr("id").unwrap()).collect();
    for link in page.all("a[href^='#']") {
        let name = link.value().attr("href").unwrap().trim_start_matches('#');
        assert!(ids.contains(&name), "#{name}");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(count, ids.len());
}

#[test]
fn groups_counts_and_ledger_are_those_of_the_tables() {
    let page = example("demo", &[]);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let ask = |arguments: &[&str]| {
        let files = ["--snapshot", dir.to_str().unwrap(), "--config"].map(str::to_owned);
        let config = dir.join("rolehop.toml").to_str().unwrap().to_owned();
        let all = arguments.iter().map(|a| (*a).to_owned()).chain(files).chain([config]).collect::<Vec<_>>();
        run_in(&dir, &[], &all.iter().map(String::as_str).collect::<Vec<_>>()).out
    };
    let table = ask(&["who-can", "prod", "--limit", "40"]);
    let sentence = table.lines().next().unwrap();
    assert_eq!(page.text("#targets .lead"), format!("{sentence}."));
    let rows: Vec<&str> = table.lines().filter(|l| l.starts_with("allowed") || l.starts_with("conditional")).collect();
    assert_eq!(page.all("#targets tbody tr").len(), rows.len(), "{table}");
    let found: Value = serde_json::from_str(&ask(&["check", "-f", "json", "--no-fail"])).unwrap();
    let data = page.data();
    let sum = |of: &dyn Fn(&Value) -> u64| data["rules"].as_array().unwrap().iter().map(of).sum::<u64>();
    let all = found["findings"].as_array().unwrap().len() as u64;
    assert_eq!(sum(&|rule| rule["findings"].as_u64().unwrap()), all);
    let messages = |rule: &Value| rule["messages"].as_array().unwrap().clone();
    assert_eq!(sum(&|rule| messages(rule).iter().map(|m| m["subjects"].as_array().unwrap().len() as u64).sum()), all);
    let open = found["summary"]["open"].as_u64().unwrap();
    assert!(page.text("#findings").contains(&format!("{open} open")));
    let ledger = &found["ledger"];
    let complete = ledger["complete"].as_u64().unwrap();
    let equation = format!("{} listed = {complete} complete + 0 incomplete + 1 skipped", ledger["listed"]);
    assert_eq!(page.text(".equation"), equation);
    assert!(page.all("#incomplete").is_empty());
}

#[test]
fn the_proof_of_every_hop_that_is_drawn_is_that_of_path() {
    let page = example("demo", &[]);
    let data = page.data();
    let paths: Vec<&Value> = data["targets"][0]["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["paths"].as_array().unwrap())
        .collect();
    assert!(paths.len() >= 8, "{}", paths.len());
    let text = |number: &Value| data["texts"][number.as_u64().unwrap() as usize].as_str().unwrap().to_owned();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    for path in paths {
        let [from, to] = [text(&path["ask"][0]), text(&path["ask"][1])];
        let snapshot = dir.to_str().unwrap();
        let answer = run_in(&dir, &[], &["path", &from, &to, "--json", "--no-config", "--snapshot", snapshot]).out;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let hops = path["hops"].as_array().unwrap();
        assert_eq!(answer["hops"].as_array().unwrap().len(), hops.len(), "{from} {to}");
        for (drawn, hop) in hops.iter().zip(answer["hops"].as_array().unwrap()) {
            assert_eq!(drawn["verdict"], hop["verdict"]);
            let told = |e: &Value| json!([e["layer"], e["effect"], e["policy"], e["statement"], e["sid"], e["text"]]);
            let proof: Vec<Value> = hop["evidence"].as_array().unwrap().iter().map(told).collect();
            let shown = drawn["evidence"].as_array().unwrap().iter();
            let shown: Vec<Value> =
                shown.map(|e| json!([e[0], e[1], text(&e[2]), e[3], text(&e[4]), text(&e[5])])).collect();
            assert_eq!(shown, proof);
        }
    }
}

#[test]
fn no_name_is_markup_or_hides_text() {
    const HARM: &str = "</script><img src=x onerror=alert(1)>\"'&<!--<script>\u{202e}\u{200b}";
    let mut world = World::of_organization();
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Sid": HARM, "Effect": "Allow",
        "Principal": {"AWS": [root(HUB)]}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]});
    world.role(PROD, &format!("r{HARM}"), trust, &[may_assume(&["*"])]);
    world.user(HUB, &format!("u{HARM}"), &[may_assume(&["*"])]);
    world.organization()["Accounts"][1]["Name"] = json!(format!("prod{HARM}"));
    let page = of_world(&world);
    assert_eq!(page.all("script").len(), 2);
    assert!(page.all("img, b, [onerror]").is_empty());
    assert!(page.raw.chars().all(|c| !"\u{202e}\u{200b}".contains(c)));
    let shown = HARM.replace('\u{202e}', "\\u{202e}").replace('\u{200b}', "\\u{200b}");
    assert!(page.text("#targets").contains(&format!("u{shown}")), "{}", page.text("#targets"));
    let texts = page.data()["texts"].clone();
    assert!(texts.as_array().unwrap().contains(&json!(format!("prod{shown}"))), "{texts}");
}

#[test]
fn missing_data_is_told_first_and_nothing_is_proven_without_it() {
    let mut world = World::of_organization();
    world.user(HUB, "ann", &[may_assume(&["*"])]);
    world.role(PROD, "deploy", trusts(json!({"AWS": root(HUB)})), &[]);
    let listed = world.organization()["Accounts"].as_array_mut().unwrap();
    let mut unread = listed[0].clone();
    unread["Id"] = json!("555555555555");
    unread["Name"] = json!("unread");
    listed.push(unread);
    let page = of_world(&world);
    let banner = page.text("#incomplete");
    assert!(banner.contains("2 incomplete") && banner.contains("unknown, not clean"), "{banner}");
    assert!(page.text("#completeness").contains("555555555555"));
    assert!(page.raw.find("id=\"incomplete\"") < page.raw.find("id=\"summary\""));
    assert!(page.text(".target-name").contains("<b>prod</b>"));
    let target = page.text("#target-1");
    assert!(target.contains("at least") && target.contains("Not proven"), "{target}");
}

#[test]
fn without_a_target_the_page_says_how_to_define_one() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/demo");
    let page = Page::new(check(&dir, &dir, &["--no-config"]).out);
    let summary = page.text("#summary");
    assert!(summary.contains("No target is defined") && summary.contains("rolehop config init"), "{summary}");
    assert!(page.all(".drawing").is_empty());
}

#[test]
fn a_report_about_some_accounts_says_so() {
    let page = example("demo", &["--account", "prod-core"]);
    assert!(page.text(".banner").contains("Some accounts only"));
    assert!(page.all("#frameworks details").is_empty());
    let whole = example("demo", &[]);
    assert!(whole.all("#frameworks details").len() >= 6);
    let of_one = example("demo", &["--framework", "cis-v7"]);
    assert_eq!(of_one.all("#frameworks details").len(), 1);
}

#[test]
fn a_redacted_report_holds_no_external_id() {
    assert!(example("demo", &[]).raw.contains("rolehop-demo"));
    assert!(!example("demo", &["--redact"]).raw.contains("rolehop-demo"));
}

/// Runs `tests/html/check.mjs`: filters, search, paths by mouse and keyboard, printing, axe-core, three widths, light and dark.
#[test]
fn a_browser_shows_it_all_by_mouse_and_keyboard_and_on_paper() {
    let Some(browser) = browser() else { return };
    let tools = tools::node("html-npm", "html");
    let report = tools.join("report.html");
    fs::write(&report, example("demo", &[]).raw).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/html/check.mjs");
    let checked = Command::new("node").arg(script).args([&browser, &report, &tools]).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}");
}

/// A browser, where npm can install what drives it; `None` if one is missing, which is said.
fn browser() -> Option<PathBuf> {
    let on_path = |name: &str| {
        let dirs = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&dirs).map(|dir| dir.join(name)).find(|file| file.is_file())
    };
    let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
    let found = on_path("npm").and(browser);
    let off = std::env::var_os("ROLEHOP_SKIP_BROWSER").is_some_and(|value| value == "1");
    if found.is_none() || off {
        let why = if off { "ROLEHOP_SKIP_BROWSER=1" } else { "chromium or npm is missing" };
        // not through `eprintln!`: the test harness would swallow it, and the skip would look like a pass
        let _ = writeln!(std::io::stderr(), "\nHTML report in a browser: SKIPPED ({why}), nothing was checked");
    }
    found.filter(|_| !off)
}
