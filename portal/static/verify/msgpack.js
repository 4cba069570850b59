/* MessagePack, strictly: one byte form for each message, nothing after it, only
   nil, booleans, integers, text, byte strings and arrays. Integers beyond 2^53 - 1 are
   read as BigInt. Source: the MessagePack specification. */
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
  /* What each first byte says; a size below `least` has a shorter form. */
  const HEADS = {};
  for (const [kind, forms] of Object.entries(FORMS)) {
    forms.forEach(([largest, head, width], i) => {
      const least = i ? forms[i - 1][0] + 1 : 0;
      for (let n = 0; n <= (width ? 0 : largest); n++) HEADS[head + n] = { kind, n, width, least };
    });
  }

  /* Integers below 0: the largest that has no shorter form. */
  [-33n, -129n, -32769n, -2147483649n].forEach((most, i) => {
    HEADS[0xd0 + i] = { kind: "negative", width: 2 ** i, most };
  });
  for (let n = 0; n < 32; n++) HEADS[0xe0 + n] = { kind: "constant", width: 0, is: n - 32 };
  [[0xc0, null], [0xc2, false], [0xc3, true]].forEach(([head, is]) => {
    HEADS[head] = { kind: "constant", width: 0, is };
  });

  function decodeMessage(bytes) {
    let at = 0;

    function take(size) {
      if (size > bytes.length - at) throw new Error("msgpack.truncated");
      return bytes.subarray(at, at += size);
    }

    function value(depth) {
      const [first] = take(1), form = HEADS[first];
      if (!form) throw new Error("msgpack.unexpected_type");
      const read = take(form.width).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      if (form.kind === "constant") return form.is;
      if (form.kind === "negative") {
        const below = BigInt.asIntN(8 * form.width, read);
        if (below > form.most) throw new Error("msgpack.not_canonical");
        return below < Number.MIN_SAFE_INTEGER ? below : Number(below);
      }
      const size = read > Number.MAX_SAFE_INTEGER ? read : form.width ? Number(read) : form.n;
      if (size < form.least) throw new Error("msgpack.not_canonical");
      if (form.kind === "number") return size;
      if (form.kind === "binary") return take(size);
      if (form.kind === "string") return UTF8.decode(take(size));
      if (depth >= DEPTH_MAX || size > bytes.length - at) throw new Error("msgpack.too_deep");
      return Array.from({ length: size }, () => value(depth + 1));
    }

    const message = value(0);
    if (at !== bytes.length) throw new Error("msgpack.trailing_bytes");
    return message;
  }

  function encodeMessage(value) {
    const kind = value.map ? (value instanceof Uint8Array ? "binary" : "array") : typeof value;
    const body = kind === "string" ? new TextEncoder().encode(value) : value;
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
