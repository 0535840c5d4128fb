// Uses a report as people do, in a browser: opens it, filters, follows a path, by keyboard alone, prints it, and asks axe-core.
//
// node check.mjs CHROMIUM REPORT.html   (puppeteer-core and axe-core beside this file or in NODE_PATH)
// Prints a line for each thing that is wrong; exits with 1 if there is one.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";
import fs from "node:fs";

const [, , browserPath, file, modules] = process.argv;
const require = createRequire(pathToFileURL(path.join(path.resolve(modules ?? "."), "package.json")));
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const wrong = [];
const expect = (holds, what) => { if (!holds) wrong.push(what); };
const address = pathToFileURL(path.resolve(file)).href;

const browser = await puppeteer.launch({ executablePath: browserPath, headless: true, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage();
page.on("console", (message) => { if (["error", "warn"].includes(message.type())) wrong.push(`console: ${message.text()}`); });
page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
page.on("request", (request) => expect(request.url() === address, `loads ${request.url()}`));

await page.setViewport({ width: 1400, height: 900 });
await page.goto(address, { waitUntil: "load" });
expect(await page.evaluate(() => document.documentElement.dataset.ready === "true"), "the scripts did not come to their end");
const ready = await page.evaluate(() => Math.round(performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd));
expect(ready <= 2000, `interactive after ${ready} ms`);

const result = () => page.$eval("#explorer .result", (element) => element.textContent);
const folds = () => page.$$eval("#explorer details", (all) => all.length);
const settled = () => new Promise((resolve) => setTimeout(resolve, 250));

// filter and search
const [before, all] = [await result(), await folds()];
await page.type("#find", "mfa");
await settled();
expect((await result()) !== before && (await folds()) < all && (await folds()) > 0, "a search changes nothing");
await page.$eval("#find", (input) => { input.value = ""; input.dispatchEvent(new Event("input")); });
await settled();
expect((await result()) === before, "an emptied search does not show everything again");
const chips = await page.$$("#explorer .chip");
await chips[1].click();
expect((await folds()) < all, "a severity that is off is still shown");
await chips[1].click();
await page.$eval("#explorer details", (fold) => { fold.open = true; });
await settled();
expect((await page.$$("#explorer details[open] .subjects li")).length > 0, "an opened rule shows no finding");

// follow a path with the mouse
await page.click(".drawing .node-main");
const panel = () => page.$eval(".drawing .panel", (element) => (element.hidden ? "" : element.textContent));
expect((await panel()).includes("sts:"), "a chosen group shows no hop");
expect((await page.$$(".drawing .panel .proof tr")).length > 1, "a hop has no proof");
expect((await page.$$(".drawing .way.on-way")).length > 0, "no line stands out");
const cut = await page.evaluate(() => {
  const board = document.querySelector(".board").getBoundingClientRect();
  return [...document.querySelectorAll(".board .node")].filter((node) => node.getBoundingClientRect().right > board.right || node.scrollWidth > node.clientWidth + 1).length;
});
expect(cut === 0, `${cut} nodes are cut off`);

// keyboard alone
await page.goto(address, { waitUntil: "load" });
const focused = (selector) => page.evaluate((of) => document.activeElement.matches(of), selector);
let steps = 0;
while (!(await focused(".node-main")) && steps++ < 100) await page.keyboard.press("Tab");
expect(await focused(".node-main"), "the Tab key does not lead to the drawing");
const label = () => page.evaluate(() => document.activeElement.textContent);
const first = await label();
await page.keyboard.press("ArrowDown");
expect((await label()) !== first, "the arrow keys do not move");
await page.keyboard.press("ArrowRight");
await page.keyboard.press("Enter");
expect((await panel()).includes("sts:"), "Enter does not choose");
await page.keyboard.press("Escape");
expect((await panel()) === "" && (await focused(".node-main")), "Escape does not clear the choice");
steps = 0;
while (!(await focused("#find")) && steps++ < 60) await page.keyboard.press("Tab");
expect(await focused("#find"), "the Tab key does not lead to the search");

// axe-core, and nothing wider than the window, at three widths, light and dark
for (const scheme of ["light", "dark"]) {
  for (const width of [1400, 900, 360]) {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(address, { waitUntil: "load" });
    await page.click(".drawing .node-main");
    await page.$$eval("main details", (folds) => folds.slice(0, 40).forEach((fold) => { fold.open = true; }));
    await settled();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide <= 0, `${wide} px wider than a window of ${width} px`);
    // scripts that the page did not bring run in a world of their own
    const client = await page.createCDPSession();
    const { frameTree } = await client.send("Page.getFrameTree");
    const { executionContextId } = await client.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
    const expression = `${axe}; axe.run({ resultTypes: ["violations"] }).then((found) => JSON.stringify(found.violations.map(({ id, impact, nodes }) => ({ id, impact, count: nodes.length, first: nodes[0].html.slice(0, 160), why: nodes[0].failureSummary }))))`;
    const { result: found } = await client.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    for (const { id, impact, count, first: html, why } of JSON.parse(found.value)) {
      const line = `axe: ${id} (${impact}) ${count} times at ${width} px, ${scheme}: ${html} ${why}`;
      if (["serious", "critical"].includes(impact)) wrong.push(line);
      else console.log(line);
    }
  }
}

// paper
await page.setViewport({ width: 1400, height: 900 });
await page.goto(address, { waitUntil: "load" });
const pdf = Buffer.from(await page.pdf({ format: "A4" }));
expect(pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 20_000, "no PDF");
if (process.env.PDF) fs.writeFileSync(process.env.PDF, pdf);

// without scripts
await page.setJavaScriptEnabled(false);
await page.goto(address, { waitUntil: "load" });
expect((await page.$$("#targets tbody tr")).length > 0, "without scripts there is no table");
await browser.close();

wrong.forEach((line) => console.log(`WRONG ${line}`));
console.log(`${wrong.length} wrong; interactive after ${ready} ms`);
process.exit(wrong.length ? 1 : 0);
