// The bakery's arithmetic on words of 64 bits, each as two halves of 32: the same on BigInt
// takes some fifty times as long, and nobody who needs it often would write it so.

/**
 * Kneads the word at `words[at]` (low half, then high half) so many times and puts the result
 * in its place.
 */
export function knead(words, at, iterations) {
  let low = words[at] | 0;
  let high = words[at + 1] | 0;
  for (let fold = 0; fold < iterations; fold++) {
    const a = low ^ ((low >>> 29) | (high << 3));
    const b = high ^ (high >>> 29);
    // Times 0xbf58476d1ce4e5b9, in products of 16 bits.
    const a0 = a & 0xffff;
    const a1 = a >>> 16;
    const p00 = Math.imul(a0, 0xe5b9);
    const p01 = Math.imul(a0, 0x1ce4);
    const p10 = Math.imul(a1, 0xe5b9);
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const carry = (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    low = ((middle << 16) | (p00 & 0xffff)) ^ fold;
    high =
      (Math.imul(a1, 0x1ce4) + carry + Math.imul(b, 0x1ce4e5b9) + Math.imul(a, 0xbf58476d)) | 0;
  }
  words[at] = low;
  words[at + 1] = high;
}
