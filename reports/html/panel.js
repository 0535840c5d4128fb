
// What is told of a selection: the paths through it, hop by hop, with the statements that decide.
const MOST_PATHS = 6;

function panelOf(node, target, clear) {
  const { group } = node;
  const head = el("div", { className: "message" }, el("h4", {}, soft(node.label)),
    el("button", { type: "button", className: "plain-button", textContent: "Clear selection", onclick: clear }));
  const about = group
    ? el("p", {}, verdictMark(group.verdict), `: ${text(group.reaches)}; needs ${text(group.needs)}.`)
    : el("p", { textContent: `On ${count(node.paths.length, "drawn path")} of ${count(new Set(node.paths.map((one) => one.group)).size, "group")}.` });
  const shown = node.paths.slice(0, MOST_PATHS);
  const paths = shown.map((one) => pathSection(one, group !== undefined));
  const rest = node.paths.length - shown.length;
  const more = rest > 0 ? [el("p", { className: "quiet", textContent: `and ${count(rest, "more path")}: choose one of the groups` })] : [];
  const none = shown.length ? [] : [el("p", { className: "quiet", textContent: "No path of this group is drawn; `rolehop path` shows one." })];
  const examples = group && (group.principals > 1 || group.roles > 1) && shown.length
    ? [el("p", { className: "quiet", textContent: `${count(shown.length, "path")} of this group as ${shown.length === 1 ? "an example" : "examples"}: they differ in length or in the role at the end. The others hold with the same verdict on the same conditions.` })] : [];
  return [head, about, ...examples, ...none, ...paths, ...more];
}

function pathSection({ group, path }, isGroup) {
  const needs = text(path.needs);
  const title = el("p", {}, el("strong", { textContent: shortName(path.from) }), ` reaches ${shortName(path.to)} in ${count(path.hops.length, "hop")}`,
    needs ? `; needs ${needs}` : "", isGroup ? "" : ` (${group.verdict})`);
  const stop = (place, ...more) => el("li", { className: "hop" }, el("span", { className: "hop-name" }, soft(shortName(place))), more);
  const stops = path.hops.map((hop) => {
    const call = el("p", { className: "hop-call" }, el("code", { textContent: text(hop.action) }), " ", verdictMark(hop.verdict),
      hop.needs.length ? ` needs ${hop.needs.map(text).join(", ")}` : "");
    return stop(hop.from, call, proofTable(hop.evidence));
  });
  const word = (name) => (/^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`);
  return el("div", { className: "path" }, title, el("ol", { className: "hops", role: "list" }, stops, stop(path.to)),
    el("code", { className: "ask", textContent: `rolehop path ${path.ask.map((name) => word(text(name))).join(" ")}` }));
}
