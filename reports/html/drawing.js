
// The drawing of a target: who on the left, roles on the way, roles of the target on the right.
const FIRST_GROUPS = 10;
const MOST_LANES_BETWEEN = 3;
const RANK = { allowed: 0, conditional: 1, unknown: 2, denied: 3 };

/** Nodes by lane and the ways between them, of the groups that are shown. */
function layoutOf(target, groups) {
  const between = Math.min(MOST_LANES_BETWEEN, Math.max(0, ...groups.flatMap((g) => g.paths.map((p) => p.hops.length - 1))));
  const lanes = Array.from({ length: between + 2 }, () => new Map());
  const ways = new Map();
  const node = (lane, key, make) => {
    if (!lanes[lane].has(key)) lanes[lane].set(key, { key: `${lane}:${key}`, lane, paths: [], places: new Map(), ...make() });
    return lanes[lane].get(key);
  };
  groups.forEach((group) => {
    const from = node(0, String(target.groups.indexOf(group)), () => ({ group, label: text(group.who) }));
    group.paths.forEach((path) => {
      const stops = stopsOf(path, between);
      const passed = [from, ...stops.map(({ lane, places }) => {
        const label = places.map(lastName).join(" → ");
        const found = node(lane, label, () => ({ label }));
        places.forEach((place) => found.places.set(place.join(), place));
        return found;
      })];
      passed.forEach((one) => one.paths.push({ group, path }));
      passed.slice(1).forEach((to, at) => {
        const key = `${passed[at].key} ${to.key}`;
        if (!ways.has(key)) ways.set(key, { from: passed[at], to, verdict: group.verdict, paths: [] });
        const way = ways.get(key);
        way.paths.push(path);
        if (RANK[group.verdict] < RANK[way.verdict]) way.verdict = group.verdict;
      });
    });
    // roles of the target of a name that is drawn, as far as they are named
    const last = lanes[lanes.length - 1];
    group.role_names.forEach((place) => last.get(lastName(place))?.places.set(place.join(), place));
  });
  const found = [...ways.values()];
  const sorted = lanes.map((lane) => [...lane.values()]);
  sorted[0].forEach((one, at) => { one.at = at; });
  sorted.slice(1).forEach((lane) => inOrder(lane, found));
  return { lanes: sorted, ways: found };
}

/** Nodes near those that lead to them: fewer lines cross. */
function inOrder(lane, ways) {
  const height = (node) => node.at ?? 0;
  const weight = new Map(lane.map((node) => {
    const before = ways.filter((way) => way.to === node).map((way) => height(way.from));
    return [node, before.reduce((sum, at) => sum + at, 0) / Math.max(1, before.length)];
  }));
  lane.sort((a, b) => weight.get(a) - weight.get(b));
  lane.forEach((node, at) => { node.at = at; });
}

/** The roles that a path passes, each with its lane; many on the way are one stop. */
function stopsOf(path, between) {
  const roles = path.hops.map((hop) => hop.to);
  const end = { lane: between + 1, places: roles.slice(-1) };
  const passed = roles.slice(0, -1);
  const single = passed.length <= between ? passed : passed.slice(passed.length - between + 1);
  const folded = passed.slice(0, passed.length - single.length);
  const first = between - single.length + 1;
  const stops = single.map((place, at) => ({ lane: first + at, places: [place] }));
  return [...(folded.length ? [{ lane: first - 1, places: folded }] : []), ...stops, end];
}

class Drawing {
  constructor(host, target) {
    this.host = host;
    this.target = target;
    this.shown = Math.min(FIRST_GROUPS, target.groups.length);
    if (target.groups.length - this.shown < 3) this.shown = target.groups.length;
    this.selected = null;
    this.panel = el("section", { className: "panel", "aria-label": `Selection in the drawing of ${text(target.name)}` });
    this.build();
    host.hidden = false;
    new ResizeObserver(() => this.drawWays()).observe(this.board);
    this.drawWays();
  }

  build() {
    const { lanes, ways } = layoutOf(this.target, this.target.groups.slice(0, this.shown));
    this.lanes = lanes;
    this.ways = ways;
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    const name = text(this.target.name);
    const titles = lanes.map((_, at) => (at === 0 ? "Who" : at === lanes.length - 1 ? `Roles of ${name}` : "Roles on the way"));
    const columns = lanes.map((nodes, at) => el("div", {}, el("p", { className: "lane-head", textContent: titles[at] }),
      el("ul", { className: "lane", role: "list", "aria-label": titles[at] }, nodes.map((node) => this.nodeItem(node)))));
    const board = el("div", { className: "board", role: "group", onkeydown: (event) => this.key(event),
      "aria-label": `Who reaches ${name}: choose a group or a role to see the paths through it` }, this.svg, columns);
    if (this.board) this.board.replaceWith(board);
    else this.host.append(this.tools(), board, this.panel);
    this.board = board;
    this.focusable(this.lanes[0][0]);
    this.select(null);
  }

  tools() {
    const line = (className) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      svg.setAttribute("viewBox", "0 0 32 10");
      svg.setAttribute("aria-hidden", "true");
      path.setAttribute("d", "M0 5H32");
      path.setAttribute("class", `way ${className}`);
      svg.append(path);
      return svg;
    };
    const used = new Set(this.target.groups.map((group) => group.verdict));
    const legend = ["allowed", "conditional", "unknown"].filter((word) => used.has(word));
    const rest = this.target.groups.length - this.shown;
    const all = el("button", { type: "button", className: "plain-button", textContent: `Show all ${this.target.groups.length} groups`,
      onclick: () => { this.shown = this.target.groups.length; this.build(); this.drawWays(); this.lanes[0][0].button.focus(); all.remove(); } });
    return el("div", { className: "drawing-tools" },
      el("p", {}, "Choose a group or role for its paths and their proof. Arrow keys move, Enter chooses, Escape clears. "),
      el("ul", { className: "legend", role: "list" }, legend.map((word) => el("li", {}, line(`way-${word}`), word))),
      rest > 0 ? all : null);
  }

  nodeItem(node) {
    const group = node.group;
    const places = [...node.places.values()];
    const accounts = new Set(places.map((place) => place[0]));
    const needs = group && group.verdict === "conditional" ? `: ${text(group.needs)}` : "";
    const about = group ? [el("span", {}, soft(text(group.reaches))),
      el("span", {}, verdictMark(group.verdict), soft(`${needs}${group.without_mfa ? ", without MFA" : ""}`))]
      : [el("span", {}, soft(accounts.size === 1 ? accountOf(places[0]).name : `in ${count(accounts.size, "account")}`))];
    node.button = el("button", { type: "button", className: "node-main", tabIndex: -1, "aria-pressed": "false",
      onclick: () => this.select(this.selected === node ? null : node) }, el("strong", {}, soft(node.label)), about);
    const members = group ? group.members : places;
    const total = group ? group.principals : places.length;
    const box = el("div", { className: "node" }, el("div", { className: "node-head" }, node.button));
    box.dataset.verdict = group ? group.verdict : "";
    node.box = box;
    if (members.length > 1) {
      let list = null;
      node.more = el("button", { type: "button", className: "node-more", tabIndex: -1, textContent: "+", "aria-expanded": "false",
        "aria-label": `Show the ${group ? "members" : "roles"} of ${node.label}`, onclick: () => {
          if (list) { list.remove(); list = null; } else { list = membersList(members, total); box.append(list); }
          node.more.setAttribute("aria-expanded", String(list !== null));
          node.more.textContent = list ? "–" : "+";
          this.drawWays();
        } });
      box.firstChild.append(node.more);
    }
    return el("li", {}, box);
  }

  /** One node of the drawing is in the order of the Tab key; arrows move to the others. */
  focusable(node) {
    this.lanes.flat().forEach((one) => {
      one.button.tabIndex = one === node ? 0 : -1;
      if (one.more) one.more.tabIndex = one === node ? 0 : -1;
    });
  }

  key(event) {
    const node = this.lanes.flat().find((one) => one.button === document.activeElement || one.more === document.activeElement);
    if (event.key === "Escape") { this.select(null); event.preventDefault(); return; }
    if (!node) return;
    const lane = this.lanes[node.lane];
    const at = lane.indexOf(node);
    const beside = (by) => {
      const others = this.lanes[node.lane + by] || [];
      const linked = others.filter((one) => this.ways.some((way) => (way.from === node && way.to === one) || (way.to === node && way.from === one)));
      return linked[0] || others[Math.min(at, others.length - 1)];
    };
    const to = { ArrowDown: () => lane[at + 1], ArrowUp: () => lane[at - 1], ArrowRight: () => beside(1), ArrowLeft: () => beside(-1),
      Home: () => lane[0], End: () => lane[lane.length - 1] }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    this.focusable(to);
    to.button.focus();
  }

  select(node) {
    this.selected = node;
    this.board.classList.toggle("has-selection", node !== null);
    const chosen = new Set(node ? node.paths.map(({ path }) => path) : []);
    this.lanes.flat().forEach((one) => {
      one.box.classList.toggle("on-way", one === node || one.paths.some(({ path }) => chosen.has(path)));
      one.button.setAttribute("aria-pressed", String(one === node));
    });
    this.ways.forEach((way) => { way.isOn = way.paths.some((path) => chosen.has(path)); });
    this.drawWays();
    this.panel.replaceChildren(...(node ? panelOf(node, this.target, () => { this.select(null); node.button.focus(); }) : []));
    this.panel.hidden = node === null;
    if (node) this.focusable(node);
  }

  drawWays() {
    const origin = this.board.getBoundingClientRect();
    const lines = this.ways.map((way) => {
      const from = way.from.button.getBoundingClientRect();
      const to = way.to.button.getBoundingClientRect();
      const [x, y] = [way.from.box.getBoundingClientRect().right - origin.left, from.top + from.height / 2 - origin.top];
      const [toX, toY] = [to.left - origin.left, to.top + to.height / 2 - origin.top];
      const bend = Math.max(18, (toX - x) / 2);
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("d", `M${x} ${y}C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`);
      line.setAttribute("class", `way way-${way.verdict}${way.isOn ? " on-way" : ""}`);
      return line;
    });
    this.svg.replaceChildren(...lines);
  }
}

function membersList(members, total) {
  const items = members.map((place) => el("li", {}, soft(shortName(place))));
  if (total > members.length) items.push(el("li", { className: "quiet", textContent: `and ${(total - members.length).toLocaleString("en-US")} more, in the CSV and JSON of who-can` }));
  return el("ul", { className: "members", tabIndex: 0, role: "list", "aria-label": "Members" }, items);
}
