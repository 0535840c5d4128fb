
"use strict";
// What the page's scripts share. Names come from tenants: they enter the page as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const text = (number) => data.texts[number];
const count = (n, noun) => `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;

/** An element with properties, attributes (those with a dash or `role`), listeners, and children. */
function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key.includes("-") || key === "role") node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Text with code between backticks; one that is not closed is a character like any other. */
function ticks(string) {
  const parts = string.split("`");
  const closed = parts.length - (parts.length % 2 === 0 ? 1 : 0);
  return parts.map((part, at) => {
    if (at >= closed) return `\`${part}`;
    return at % 2 === 1 ? el("code", { textContent: part }) : part;
  });
}

/** Text that may break where a part of a name ends. */
function soft(string) {
  const parts = string.split(/(?<=[/_.:,-])(?=\w)|(?<=[a-z])(?=[A-Z])/);
  return parts.flatMap((part, at) => (at ? [el("wbr"), part] : [part]));
}

/** Id and name of the account of a place; empty for what is in none. */
function accountOf([account]) {
  const [id, name] = account < 0 ? ["", ""] : data.accounts[account].map(text);
  return { id, name: name || id };
}

/** `account/kind/name` of a place. */
function shortName(place) {
  const { id, name } = accountOf(place);
  const own = text(place[1]);
  if (!id) return own;
  return own ? `${name}/${own}` : `${name === id ? "account " : ""}${name}${name === id ? "" : ` (${id})`}`;
}

const lastName = (place) => text(place[1]).split("/").pop() || shortName(place);
const severityMark = (word) => el("span", { className: `sev sev-${word}`, textContent: word });
const verdictMark = (word) => el("span", { className: `verdict verdict-${word}`, textContent: word });

/** A list of which more is shown on demand. */
function growingList(className, items, draw, first, step) {
  const list = el("ul", { className });
  let shown = 0;
  const more = el("button", { type: "button", className: "plain-button" });
  const grow = (by) => {
    list.append(...items.slice(shown, shown + by).map((item) => el("li", {}, draw(item))));
    shown = Math.min(items.length, shown + by);
    more.textContent = `Show ${count(Math.min(step, items.length - shown), "more")}`.replace(/mores$/, "more");
    more.hidden = shown >= items.length;
  };
  more.addEventListener("click", () => grow(step));
  grow(first);
  return [list, more];
}

/** Statements that a decision rests on. */
function proofTable(evidence) {
  const row = ([layer, effect, policy, statement, sid, words]) => {
    const at = statement === null ? "" : `, statement ${statement + 1}${text(sid) ? ` (${text(sid)})` : ""}`;
    const place = text(policy) ? `${text(policy)}${at}: ` : "";
    const word = layer === "scp" || layer === "rcp" ? layer.toUpperCase() : layer;
    return el("tr", {}, el("th", { scope: "row", textContent: word }),
      el("td", { textContent: effect === "none" ? "says nothing" : effect }), el("td", {}, place, text(words)));
  };
  return el("table", { className: "proof" }, el("tbody", {}, evidence.map(row)));
}

/** A folded element that the address names is opened. */
function openNamed() {
  const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.tagName === "DETAILS") named.open = true;
}

/** The section in view is marked in the list of sections. */
function markSections() {
  const links = new Map([...document.querySelectorAll(".toc > ul > li > a")].map((a) => [a.hash.slice(1), a]));
  const mark = () => {
    const sections = [...document.querySelectorAll("main > section")];
    const current = sections.filter((section) => section.getBoundingClientRect().top < innerHeight * 0.3).pop() || sections[0];
    for (const [id, link] of links) {
      if (id === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("scroll", mark, { passive: true });
  mark();
}

/** A section with folds can be opened and closed as a whole: to search in it, and to print it. */
function foldSections() {
  for (const heading of document.querySelectorAll("main > section > h2")) {
    const folds = () => [...heading.parentElement.querySelectorAll("details.fold")];
    if (folds().length < 2) continue;
    const button = el("button", { type: "button", className: "plain-button fold-all", textContent: "Open all", onclick: () => {
      const open = folds().some((fold) => !fold.open);
      folds().forEach((fold) => { fold.open = open; });
      button.textContent = open ? "Close all" : "Open all";
    } });
    heading.after(button);
  }
}
