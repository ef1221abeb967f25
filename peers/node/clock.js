// CLOCK_MONOTONIC. Each thread has a zero of its own for `performance.now`, which is the quick
// way to read it: what is added makes them one.

const zero = Number(process.hrtime.bigint()) - performance.now() * 1e6;

/** Reads the clock, ns. */
export const now = () => performance.now() * 1e6 + zero;
