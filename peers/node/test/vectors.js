// The vectors of docs/PROTOCOL.md, which every runner must compute alike.

import assert from "node:assert";
import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");

/** The cells of the table behind `<!-- vectors: NAME -->`, without the marks of code. */
export function rows(name) {
  const text = page.split(`<!-- vectors: ${name} -->\n`)[1];
  const table = /^(\|.*\n)+/.exec(text)[0].trimEnd().split("\n").slice(2);
  assert.ok(table.length > 0, name);
  return table.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replace(/^`(.*)`$/, "$1")),
  );
}
