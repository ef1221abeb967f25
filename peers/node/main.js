// The program: `node main.js runner [--parent PID]`.

import { Console } from "node:console";

const [command, ...rest] = process.argv.slice(2);
if (command === "--version") {
  console.log(`bakeoff-node 0.1.0, node ${process.versions.node}`);
} else if (command === "runner") {
  // Standard output carries messages alone.
  globalThis.console = new Console(process.stderr, process.stderr);
  const { Runner } = await import("./conversation.js");
  let status = 0;
  if (rest[0] === "--parent") {
    // The end of the input tells it as well, but between two samples only.
    const parent = Number(rest[1]);
    setInterval(() => process.ppid !== parent && process.exit(1), 1000).unref();
  }
  try {
    await new Runner().converse();
  } catch (error) {
    status = 1;
    if (error.code !== "EPIPE") console.error(`bakeoff-node: ${error.message}`);
  }
  // What a failed order left behind is not waited for.
  process.exit(status);
} else {
  console.error(`usage: node main.js runner [--parent PID] | --version (not '${[command, ...rest].join(" ")}')`);
  process.exit(2);
}
