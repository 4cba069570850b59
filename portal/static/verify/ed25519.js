/* Ed25519 verification with the verdicts of libsodium: cofactorless, S below the group order,
   no small-order or non-canonical key, no small-order R.
   Source: RFC 8032; libsodium crypto_sign_verify_detached; formulas add-2008-hwcd-3 and
   dbl-2008-hwcd. All input is public: nothing here needs to run in constant time. */
"use strict";
(function (piaolian) {
  const P = 2n ** 255n - 19n, L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const mod = (x) => { const r = x % P; return r < 0n ? r + P : r; };

  const power = (b, e) => (e ? mod(power(mod(b * b), e >> 1n) * (e & 1n ? b : 1n)) : 1n);
  const D = mod(-121665n * power(121666n, P - 2n));
  const SQRT_M1 = power(2n, (P - 1n) / 4n);

  function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
    const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2));
    const c = mod(mod(2n * D * t1) * t2), d = mod(2n * z1 * z2);
    const e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }

  function double([x, y, z]) {
    const a = mod(x * x), b = mod(y * y), h = a + b;
    const e = h - mod((x + y) * (x + y)), g = a - b, f = 2n * mod(z * z) + g;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }

  function hasSmallOrder(point) {
    const [x, y, z] = double(double(double(point)));
    return x === 0n && y === z;
  }

  const littleEndian = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

  /* Returns the point, or null when the bytes are not the one encoding of a point. */
  function decode(bytes) {
    const value = littleEndian(bytes), y = value & ((1n << 255n) - 1n), sign = value >> 255n;
    const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
    let x = mod(u * mod(v ** 3n) * power(mod(u * v ** 7n), (P - 5n) / 8n));
    if (mod(v * x * x) !== u) x = mod(x * SQRT_M1);
    if (y >= P || mod(v * x * x) !== u || (x === 0n && sign)) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  }

  function encode([x, y, z]) {
    const inverse = power(z, P - 2n);
    const value = mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n);
    return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  }

  const BASE = decode(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58)));

  /* s·B + k·A, both scalars read bit by bit together. */
  function combine(s, k, a) {
    const table = [null, BASE, a, add(BASE, a)];
    let point = [0n, 1n, 1n, 0n];
    for (let bit = 252n; bit >= 0n; bit--) {
      const index = Number((s >> bit) & 1n) + 2 * Number((k >> bit) & 1n);
      point = double(point);
      if (index) point = add(point, table[index]);
    }
    return point;
  }

  piaolian.verifyEd25519 = function (publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const r = signature.subarray(0, 32), s = littleEndian(signature.subarray(32));
    const a = decode(publicKey);
    if (s >= L || a === null || hasSmallOrder(a)) return false;
    const k = littleEndian(piaolian.sha512(piaolian.concat(r, publicKey, message))) % L;
    const expected = combine(s, k, [mod(-a[0]), a[1], a[2], mod(-a[3])]);
    return !hasSmallOrder(expected) && encode(expected).every((byte, i) => byte === r[i]);
  };
})(window.piaolian = window.piaolian || {});
