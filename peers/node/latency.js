// Distributions of times, as rows keep them.

/** The `latency` of a reply. Values are ns. */
export function latency(nanos) {
  const values = Float64Array.from(nanos, (value) => Math.max(Math.round(value), 0)).sort();
  const counts = [];
  for (const value of values) {
    const low = rounded(value);
    if (counts.at(-1)?.[0] === low) counts.at(-1)[1] += 1;
    else counts.push([low, 1]);
  }
  return { mean_ns: values.reduce((a, b) => a + b) / values.length, max_ns: values.at(-1), counts };
}

/** Rounded down to eleven significant bits, the width of HdrHistogram's buckets at three digits. */
function rounded(value) {
  const step = 2 ** Math.max(Math.floor(Math.log2(Math.max(value, 1))) - 10, 0);
  return Math.floor(value / step) * step;
}

/** Most orders in service at once. */
export function peak(starts, ends) {
  const begun = Float64Array.from(starts).sort();
  const over = Float64Array.from(ends).sort();
  let most = 0;
  let ended = 0;
  begun.forEach((start, index) => {
    while (over[ended] <= start) ended += 1;
    most = Math.max(most, index + 1 - ended);
  });
  return most;
}
