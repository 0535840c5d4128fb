// Reads pictures with the programs that draw them: node read.mjs dot|mermaid FILE... A line of JSON each: {"nodes", "edges"}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , modules, language, ...files] = process.argv;
const require = createRequire(`${modules}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);

async function mermaid(text) {
  const { default: mermaid } = await load("mermaid");
  await mermaid.parse(text);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return { nodes: db.getVertices().size, edges: db.getEdges().length };
}

async function dot(text) {
  const { instance } = await load("@viz-js/viz");
  const viz = await instance();
  const drawn = viz.render(text, { format: "json" });
  // a width that is not known of a letter is a warning
  if (drawn.status !== "success" || drawn.errors.some((one) => one.level !== "warning")) {
    throw new Error(JSON.stringify(drawn.errors));
  }
  const { objects = [], edges = [] } = JSON.parse(drawn.output);
  return { nodes: objects.filter((one) => one.nodes === undefined).length, edges: edges.length };
}

if (language === "mermaid") {
  const { JSDOM } = require("jsdom");
  const { window } = new JSDOM("");
  globalThis.window = window;
  globalThis.document = window.document;
}
for (const file of files) {
  const text = readFileSync(file, "utf8");
  console.log(JSON.stringify(await (language === "mermaid" ? mermaid(text) : dot(text))));
}
