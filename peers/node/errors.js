// What can go wrong, by who is at fault.

/** The request itself was at fault: a name, a parameter, a number. */
export class UsageError extends Error {}

/** The protocol knows what was asked for, and this peer does not do it. */
export class Unable extends Error {}

/** The harness closed our input in the middle of a sample. */
export class InputEnded extends Error {}

/** Names what is not known, and what is. */
export function unknown(kind, word, known) {
  const shown = String(word).slice(0, 64);
  const nearest = known.find((name) => distance(shown, name) <= 2);
  const hint = nearest ? `; did you mean '${nearest}'?` : "";
  return new UsageError(`unknown ${kind} '${shown}'${hint} (known: ${known.join(", ")})`);
}

/** How many letters make one word the other. */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}

/** A connection's error in words. */
export function inWords(error) {
  if (error.code === "ECONNRESET" && error.message === "aborted") {
    return new Error("the connection was closed in the middle of a response");
  }
  return error.code === "ECONNRESET" ? new Error("the connection was reset by the server") : error;
}

/** An error as one line for a person. */
export function oneLine(error) {
  const texts = [];
  for (let at = error; at && texts.length < 4; at = at.cause) {
    const text = String(at.message || at.code || at).replace(/\s+/g, " ").trim();
    const code = at.code && !text.includes(at.code) ? ` (${at.code})` : "";
    texts.push(text + code);
  }
  return texts.join(": ");
}

/** A time as a person writes it: 200ms, 1.5s. */
export function duration(nanos) {
  for (const [unit, scale] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (nanos >= scale) return `${nanos / scale}${unit}`;
  }
  return `${nanos}ns`;
}
