
// Findings: search, filters, and what is found by rule.
const STATUS_WORDS = { open: "open", unknown: "unknown", waived: "waived", baseline: "in the baseline" };
const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const FIRST_SUBJECTS = 12;
const OPENED = 3;

class Explorer {
  constructor(host) {
    this.lower = data.texts.map((one) => one.toLowerCase());
    this.severities = new Set(SEVERITIES);
    this.status = ["open", "unknown", "waived", "baseline"].find((status) => data.rules.some((rule) => rule.status === status)) || "open";
    this.query = [];
    this.result = el("p", { className: "result", role: "status" });
    this.list = el("div", {});
    host.append(this.filters(), this.result, this.list);
    host.hidden = false;
    this.show();
  }

  filters() {
    let timer;
    const search = el("input", { type: "search", id: "find", autocomplete: "off", spellcheck: false,
      oninput: () => { clearTimeout(timer); timer = setTimeout(() => this.find(search.value), 120); } });
    const chip = (severity) => el("button", { type: "button", className: "chip", "aria-pressed": "true", onclick: ({ currentTarget }) => {
      const isOn = !this.severities.delete(severity);
      if (isOn) this.severities.add(severity);
      currentTarget.setAttribute("aria-pressed", String(isOn));
      this.show();
    } }, severityMark(severity));
    const counts = (status) => data.rules.filter((rule) => rule.status === status).reduce((sum, rule) => sum + rule.findings, 0);
    const option = (status) => el("option", { value: status, selected: status === this.status, textContent: `${STATUS_WORDS[status]} (${counts(status).toLocaleString("en-US")})` });
    const status = el("select", { id: "status", onchange: () => { this.status = status.value; this.show(); } },
      Object.keys(STATUS_WORDS).map(option), el("option", { value: "", textContent: "all" }));
    return el("div", { className: "filters", role: "search", "aria-label": "Findings" },
      el("div", { className: "find" }, el("label", { htmlFor: "find", textContent: "Search rule, message, account, role, user" }), search),
      el("div", {}, el("label", { htmlFor: "status", textContent: "Status" }), status),
      el("fieldset", {}, el("legend", { textContent: "Severity" }), el("div", { className: "chips" }, SEVERITIES.map(chip))));
  }

  find(value) {
    this.query = value.toLowerCase().split(/\s+/).filter(Boolean);
    this.show();
  }

  /** The messages of a rule that match, with the subjects that do. */
  matches(rule) {
    if (!this.query.length) return rule.messages.map((message) => ({ message, subjects: message.subjects }));
    return rule.messages.map((message) => {
      const of = `${this.lower[rule.rule]} ${this.lower[rule.title]} ${this.lower[message.text]}`;
      const left = this.query.filter((word) => !of.includes(word));
      const subjects = left.length ? message.subjects.filter((place) => this.placeHas(place, left)) : message.subjects;
      return { message, subjects };
    }).filter(({ subjects }) => subjects.length);
  }

  placeHas([account, name], words) {
    const of = account < 0 ? "" : data.accounts[account].map((number) => this.lower[number]).join(" ");
    return words.every((word) => this.lower[name].includes(word) || of.includes(word));
  }

  show() {
    const rules = data.rules.filter((rule) => (!this.status || rule.status === this.status) && this.severities.has(rule.severity));
    const found = rules.map((rule) => ({ rule, messages: this.matches(rule) })).filter(({ messages }) => messages.length);
    const isSearch = this.query.length > 0;
    const named = found.reduce((sum, { messages }) => sum + messages.reduce((n, { subjects }) => n + subjects.length, 0), 0);
    const all = found.reduce((sum, { rule }) => sum + rule.findings, 0);
    const cut = data.rules.some((rule) => rule.left[0] || rule.messages.some((message) => message.subjects.length < message.findings));
    const partial = cut ? " Not every finding is named in this file: the CSV and JSON have all." : "";
    this.result.textContent = isSearch ? `${count(named, "named finding")} of ${count(found.length, "rule")} match.${partial}`
      : `${count(all, "finding")} of ${count(found.length, "rule")}.`;
    this.list.replaceChildren(...found.map((one) => this.ruleFold(one, isSearch)));
    [...this.list.children].slice(0, isSearch ? OPENED : 0).forEach((details) => { details.open = true; });
  }

  ruleFold({ rule, messages }, isSearch) {
    const named = messages.reduce((sum, { subjects }) => sum + subjects.length, 0);
    const status = rule.status === "open" ? "" : ` ${STATUS_WORDS[rule.status]}`;
    const tally = isSearch ? `${named.toLocaleString("en-US")} of ${count(rule.findings, "finding")}${status}`
      : `${count(rule.findings, "finding")}${status} in ${count(rule.accounts, "account")}`;
    const fold = el("details", { className: "fold" }, el("summary", {}, severityMark(rule.severity),
      el("span", { className: "fold-title" }, ticks(text(rule.title))), el("span", { className: "quiet", textContent: tally })));
    let isDrawn = false;
    const draw = () => {
      if (isDrawn || !fold.open) return;
      isDrawn = true;
      fold.append(...this.ruleBody(rule, messages, isSearch));
    };
    fold.addEventListener("toggle", draw);
    return fold;
  }

  ruleBody(rule, messages, isSearch) {
    const fix = text(rule.fix);
    const [left, findings] = rule.left;
    return [
      fix ? el("p", {}, el("strong", { textContent: "Fix: " }), ticks(fix), " ", el("a", { className: "id", href: `#rule-${text(rule.rule)}`, textContent: text(rule.rule) })) : null,
      el("ul", { className: "messages", role: "list" }, messages.map((one) => this.messageItem(one, isSearch))),
      left && !isSearch ? el("p", { className: "quiet", textContent: `and ${count(findings, "finding")} with ${count(left, "other message")}, in the CSV and JSON` }) : null,
    ].filter(Boolean);
  }

  messageItem({ message, subjects }, isSearch) {
    const draw = (place) => {
      const { id, name } = accountOf(place);
      const own = text(place[1]);
      return [el("span", { title: id }, soft(name)), ...soft(own ? `${id ? " " : ""}${own}` : "")];
    };
    const more = message.findings - message.subjects.length;
    const proof = message.evidence || message.path ? el("details", {}, el("summary", { className: "quiet", textContent: "Proof of the first" }),
      message.path ? el("p", { textContent: message.path.map(shortName).join(" → ") }) : null,
      message.evidence ? proofTable(message.evidence) : null) : null;
    return el("li", {}, el("div", { className: "message" }, el("span", {}, ticks(text(message.text))),
      el("span", { className: "num quiet", textContent: (isSearch ? subjects.length : message.findings).toLocaleString("en-US") })),
    growingList("subjects", subjects, draw, FIRST_SUBJECTS, 200),
    more > 0 ? el("p", { className: "quiet", textContent: `and ${more.toLocaleString("en-US")} more, in the CSV and JSON` }) : null, proof);
  }
}
