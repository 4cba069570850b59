/* MessagePack, strictly: one byte form for each message, nothing after it, no maps, no floats.
   Integers above 2^53 - 1 are read as BigInt. Source: the MessagePack specification. */
"use strict";
(function (piaolian) {
  const DEPTH_MAX = 16;
  const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /* For each kind of value its forms, shortest first: [largest size, head, bytes of size]; a form
     without bytes of size has it in its head. */
  const FORMS = {
    number: [[0x7f, 0x00, 0], [0xff, 0xcc, 1], [0xffff, 0xcd, 2], [0xffffffff, 0xce, 4],
      [Infinity, 0xcf, 8]],
    string: [[31, 0xa0, 0], [0xff, 0xd9, 1], [0xffff, 0xda, 2], [0xffffffff, 0xdb, 4]],
    binary: [[0xff, 0xc4, 1], [0xffff, 0xc5, 2], [0xffffffff, 0xc6, 4]],
    array: [[15, 0x90, 0], [0xffff, 0xdc, 2], [0xffffffff, 0xdd, 4]],
  };
  const FIXED = { 0xc0: null, 0xc2: false, 0xc3: true };

  function decodeMessage(bytes) {
    let at = 0;

    function take(size) {
      if (size > bytes.length - at) throw new Error("msgpack.truncated");
      return bytes.subarray(at, at += size);
    }

    function headed(head) {
      for (const [kind, forms] of Object.entries(FORMS)) {
        for (let i = 0; i < forms.length; i++) {
          const [largest, first, width] = forms[i];
          if (!width && head >= first && head <= first + largest) return [kind, head - first];
          if (!width || head !== first) continue;
          const size = take(width).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
          if (i && size <= forms[i - 1][0]) throw new Error("msgpack.not_canonical");
          return [kind, size <= Number.MAX_SAFE_INTEGER ? Number(size) : size];
        }
      }
      throw new Error("msgpack.unexpected_type");
    }

    function value(depth) {
      const [head] = take(1);
      if (head in FIXED) return FIXED[head];
      const [kind, size] = headed(head);
      if (kind === "number") return size;
      if (kind === "binary") return take(size);
      if (kind === "string") return UTF8.decode(take(size));
      if (depth >= DEPTH_MAX || size > bytes.length - at) throw new Error("msgpack.too_deep");
      return Array.from({ length: size }, () => value(depth + 1));
    }

    const message = value(0);
    if (at !== bytes.length) throw new Error("msgpack.trailing_bytes");
    return message;
  }

  function encodeMessage(value) {
    const body = typeof value === "string" ? new TextEncoder().encode(value) : value;
    const kind = Array.isArray(value) ? "array" : value instanceof Uint8Array ? "binary" : typeof value;
    const size = kind === "number" ? value : body.length;
    const [, head, width] = FORMS[kind].find(([largest]) => size <= largest);
    const digits = Array.from({ length: width }, (_, i) =>
      Math.floor(size / 256 ** (width - 1 - i)) % 256);
    const opening = [width ? head : head + size, ...digits];
    if (kind === "number") return Uint8Array.from(opening);
    return piaolian.concat(opening, ...(kind === "array" ? value.map(encodeMessage) : [body]));
  }

  Object.assign(piaolian, { decodeMessage, encodeMessage });
})(window.piaolian = window.piaolian || {});
