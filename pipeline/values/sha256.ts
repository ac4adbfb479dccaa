/**
 * SHA-256 in plain arithmetic: the workflow sandbox has no crypto, and a library's typed-array tables can't be frozen,
 * as modules shared by many runs are. FIPS 180-4.
 */
// Of the platform, not of the language; Temporal's sandbox has it too.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const PRIMES = firstPrimes(64);
const K = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const INITIAL = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

/** The first 32 bits of the fractional part. */
function fraction(root: number): number {
  return ((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

/** Hex digest of a text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  const words = pad(new TextEncoder().encode(text));
  const hash = [...INITIAL];
  const schedule = new Array<number>(64).fill(0);
  for (let start = 0; start < words.length; start += 16) compress(hash, schedule, words, start);
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Big-endian words of the message, a one bit, zeros and the length in bits. */
function pad(bytes: Uint8Array): number[] {
  const words = new Array<number>((((bytes.length + 8) >> 6) + 1) * 16).fill(0);
  bytes.forEach((byte, index) => (words[index >> 2]! |= byte << (24 - (index & 3) * 8)));
  words[bytes.length >> 2]! |= 0x80 << (24 - (bytes.length & 3) * 8);
  words[words.length - 2] = Math.floor(bytes.length / 0x2000_0000);
  words[words.length - 1] = (bytes.length << 3) | 0;
  return words;
}

const rotate = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

function compress(hash: number[], w: number[], words: readonly number[], start: number): void {
  for (let t = 0; t < 64; t++) {
    if (t < 16) {
      w[t] = words[start + t]!;
      continue;
    }
    const early = w[t - 15]!;
    const late = w[t - 2]!;
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index] = (hash[index]! + word) | 0;
}
