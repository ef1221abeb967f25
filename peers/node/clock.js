// CLOCK_MONOTONIC. Each thread has a zero of its own for `performance.now`, which is the quick
// way to read it: what is added makes them one.

const zero = difference();

/** Reads the clock, ns. */
export const now = () => performance.now() * 1e6 + zero;

/** What lies between the two clocks: of several looks the one that was least interrupted. */
function difference() {
  let least = Infinity;
  let found = 0;
  for (let look = 0; look < 100; look++) {
    const before = process.hrtime.bigint();
    const between = performance.now() * 1e6;
    const took = Number(process.hrtime.bigint() - before);
    if (took < least) {
      least = took;
      found = Number(before) + took / 2 - between;
    }
  }
  return found;
}
