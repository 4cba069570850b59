/* SHA-256, SHA-512 and HMAC-SHA-256 in plain script, for pages without WebCrypto.
   Source: FIPS 180-4; RFC 2104. The constants are computed as the standard defines them. */
"use strict";
(function (piaolian) {
  const MASK64 = (1n << 64n) - 1n;

  function primes(count) {
    const found = [];
    for (let n = 2; found.length < count; n++) {
      if (found.every((p) => n % p)) found.push(n);
    }
    return found;
  }

  /* The first 64 bits of the fraction of the degree-th root of n. */
  function rootFraction(n, degree) {
    const target = BigInt(n) << (64n * degree);
    let low = 0n, high = 1n << 70n;
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** degree <= target) low = middle; else high = middle;
    }
    return low & MASK64;
  }

  const K512 = primes(80).map((p) => rootFraction(p, 3n));
  const H512 = primes(8).map((p) => rootFraction(p, 2n));
  const K256 = K512.slice(0, 64).map((k) => Number(k >> 32n));
  const H256 = H512.map((h) => Number(h >> 32n));

  function padded(data, block) {
    const size = Math.ceil((data.length + 1 + block / 8) / block) * block;
    const out = new Uint8Array(size);
    out.set(data);
    out[data.length] = 0x80;
    new DataView(out.buffer).setBigUint64(size - 8, BigInt(data.length) * 8n);
    return new DataView(out.buffer);
  }

  function sha256(data) {
    const view = padded(data, 64), w = new Int32Array(64), h = Int32Array.from(H256);
    const rotate = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < view.byteLength; at += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3))
          + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, k] = h;
      for (let i = 0; i < 64; i++) {
        const one = (k + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g))
          + K256[i] + w[i]) | 0;
        const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22))
          + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        k = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, k].forEach((value, i) => { h[i] += value; });
    }
    const out = new DataView(new ArrayBuffer(32));
    h.forEach((value, i) => out.setInt32(4 * i, value));
    return new Uint8Array(out.buffer);
  }

  function sha512(data) {
    const view = padded(data, 128), w = new Array(80);
    const wrap = (x) => x & MASK64, rotate = (x, n) => (x >> n) | wrap(x << (64n - n));
    let h = H512;
    for (let at = 0; at < view.byteLength; at += 128) {
      for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(at + 8 * i);
      for (let i = 16; i < 80; i++) {
        const x = w[i - 15], y = w[i - 2];
        w[i] = wrap(w[i - 16] + w[i - 7] + (rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n))
          + (rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n)));
      }
      let [a, b, c, d, e, f, g, k] = h;
      for (let i = 0; i < 80; i++) {
        const one = k + (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n))
          + ((e & f) ^ ((MASK64 ^ e) & g)) + K512[i] + w[i];
        const two = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n))
          + ((a & b) ^ (a & c) ^ (b & c));
        k = g; g = f; f = e; e = wrap(d + one); d = c; c = b; b = a; a = wrap(one + two);
      }
      h = [a, b, c, d, e, f, g, k].map((value, i) => wrap(value + h[i]));
    }
    const out = new DataView(new ArrayBuffer(64));
    h.forEach((value, i) => out.setBigUint64(8 * i, value));
    return new Uint8Array(out.buffer);
  }

  function concat(...parts) {
    const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    parts.reduce((at, part) => { out.set(part, at); return at + part.length; }, 0);
    return out;
  }

  /* The key is at most one block long: ours have 32 bytes. */
  function hmacSha256(key, data) {
    const pad = (byte) => Uint8Array.from({ length: 64 }, (_, i) => (key[i] || 0) ^ byte);
    return sha256(concat(pad(0x5c), sha256(concat(pad(0x36), data))));
  }

  Object.assign(piaolian, { sha256, sha512, hmacSha256, concat });
})(window.piaolian = window.piaolian || {});
