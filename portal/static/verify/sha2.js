/* SHA-256, SHA-512 and HMAC-SHA-256 in plain script: pages on a LAN address have no WebCrypto.
   One loop serves both: 32-bit words are numbers, 64-bit words BigInts, the operators the same.
   Source: FIPS 180-4, whose constants are computed as it defines them; RFC 2104. */
"use strict";
(function (piaolian) {
  const MASK64 = (1n << 64n) - 1n;
  const PRIMES = [];
  for (let n = 2; PRIMES.length < 80; n++) if (PRIMES.every((p) => n % p)) PRIMES.push(n);

  /* The first 64 bits of the fraction of the degree-th root of n. */
  function rootFraction(n, degree) {
    let low = 0n, high = 1n << 70n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** degree <= BigInt(n) << (64n * degree)) low = middle; else high = middle;
    }
    return low & MASK64;
  }
  const K = PRIMES.map((p) => rootFraction(p, 3n));
  const H = PRIMES.slice(0, 8).map((p) => rootFraction(p, 2n));
  const upperHalf = (x) => Number(x >> 32n) | 0;

  const SHA256 = {
    word: 4, k: K.slice(0, 64).map(upperHalf), h: H.map(upperHalf),
    get: "getInt32", set: "setInt32", wrap: (x) => x | 0,
    shift: (x, n) => x >>> n, rotate: (x, n) => (x >>> n) | (x << (32 - n)),
    sigma: [[7, 18, 3], [17, 19, 10], [6, 11, 25], [2, 13, 22]],
  };
  const SHA512 = {
    word: 8, k: K, h: H, get: "getBigUint64", set: "setBigUint64",
    wrap: (x) => x & MASK64, shift: (x, n) => x >> n,
    rotate: (x, n) => (x >> n) | ((x << (64n - n)) & MASK64),
    sigma: [[1n, 8n, 7n], [19n, 61n, 6n], [14n, 18n, 41n], [28n, 34n, 39n]],
  };

  function sha2(data, { word, k, h, get, set, wrap, shift, rotate, sigma }) {
    const block = 16 * word, size = Math.ceil((data.length + 1 + 2 * word) / block) * block;
    const bytes = new Uint8Array(size), view = new DataView(bytes.buffer), w = [];
    bytes.set(data);
    bytes[data.length] = 0x80;
    view.setBigUint64(size - 8, BigInt(data.length) * 8n);
    const [s0, s1, S1, S0] = sigma.map(([a, b, c], i) =>
      (x) => rotate(x, a) ^ rotate(x, b) ^ (i < 2 ? shift : rotate)(x, c));
    for (let at = 0; at < size; at += block) {
      for (let i = 0; i < 16; i++) w[i] = view[get](at + word * i);
      for (let i = 16; i < k.length; i++) {
        w[i] = wrap(w[i - 16] + s0(w[i - 15]) + w[i - 7] + s1(w[i - 2]));
      }
      let [a, b, c, d, e, f, g, last] = h;
      for (let i = 0; i < k.length; i++) {
        const one = last + S1(e) + ((e & f) ^ (~e & g)) + k[i] + w[i];
        const two = S0(a) + ((a & b) ^ (a & c) ^ (b & c));
        last = g; g = f; f = e; e = wrap(d + one); d = c; c = b; b = a; a = wrap(one + two);
      }
      h = [a, b, c, d, e, f, g, last].map((value, i) => wrap(value + h[i]));
    }
    const out = new DataView(new ArrayBuffer(8 * word));
    h.forEach((value, i) => out[set](word * i, value));
    return new Uint8Array(out.buffer);
  }

  function concat(...parts) {
    const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) { out.set(part, at); at += part.length; }
    return out;
  }
  const sha256 = (data) => sha2(data, SHA256), sha512 = (data) => sha2(data, SHA512);

  /* The key is at most one block long: ours have 32 bytes. */
  function hmacSha256(key, data) {
    const pad = (byte) => Uint8Array.from({ length: 64 }, (_, i) => key[i] ^ byte);
    return sha256(concat(pad(0x5c), sha256(concat(pad(0x36), data))));
  }

  Object.assign(piaolian, { sha256, sha512, hmacSha256, concat });
})(window.piaolian = window.piaolian || {});
