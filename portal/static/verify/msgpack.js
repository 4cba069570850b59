/* MessagePack, strictly: one byte form for each message, nothing after it, no maps, no floats.
   Integers above 2^53 - 1 are read as BigInt. Source: the MessagePack specification. */
"use strict";
(function (piaolian) {
  const DEPTH_MAX = 16;
  const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  class Reader {
    constructor(bytes) {
      this.bytes = bytes;
      this.at = 0;
    }

    take(size) {
      if (size > this.bytes.length - this.at) throw new Error("msgpack.truncated");
      this.at += size;
      return this.bytes.subarray(this.at - size, this.at);
    }

    /* An unsigned number of `size` bytes that no shorter form could hold. */
    number(size, least) {
      const value = this.take(size).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      if (value < least) throw new Error("msgpack.not_canonical");
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }

    array(count, depth) {
      if (depth >= DEPTH_MAX) throw new Error("msgpack.too_deep");
      if (count > this.bytes.length - this.at) throw new Error("msgpack.truncated");
      return Array.from({ length: count }, () => this.value(depth + 1));
    }

    value(depth) {
      const head = this.take(1)[0];
      if (head < 0x80) return head;
      if (head >= 0x90 && head < 0xa0) return this.array(head & 0x0f, depth);
      if (head >= 0xa0 && head < 0xc0) return UTF8.decode(this.take(head & 0x1f));
      switch (head) {
        case 0xc0: return null;
        case 0xc2: return false;
        case 0xc3: return true;
        case 0xc4: return this.take(this.number(1, 0n));
        case 0xc5: return this.take(this.number(2, 1n << 8n));
        case 0xc6: return this.take(this.number(4, 1n << 16n));
        case 0xcc: return this.number(1, 1n << 7n);
        case 0xcd: return this.number(2, 1n << 8n);
        case 0xce: return this.number(4, 1n << 16n);
        case 0xcf: return this.number(8, 1n << 32n);
        case 0xd9: return UTF8.decode(this.take(this.number(1, 32n)));
        case 0xda: return UTF8.decode(this.take(this.number(2, 1n << 8n)));
        case 0xdb: return UTF8.decode(this.take(this.number(4, 1n << 16n)));
        case 0xdc: return this.array(this.number(2, 16n), depth);
        case 0xdd: return this.array(this.number(4, 1n << 16n), depth);
        default: throw new Error("msgpack.unexpected_type");
      }
    }
  }

  function decodeMessage(bytes) {
    const reader = new Reader(bytes), value = reader.value(0);
    if (reader.at !== bytes.length) throw new Error("msgpack.trailing_bytes");
    return value;
  }

  /* `forms` lists [largest size, head byte, length bytes]; a fixed form has no length bytes. */
  function headed(size, forms) {
    const [, head, width] = forms.find(([largest]) => size <= largest);
    const length = Array.from({ length: width }, (_, i) => (size / 256 ** (width - 1 - i)) & 255);
    return Uint8Array.from([width ? head : head + size, ...length]);
  }

  function encodeMessage(value) {
    if (typeof value === "number") {
      return headed(value, [[0x7f, 0, 0], [0xff, 0xcc, 1], [0xffff, 0xcd, 2], [2 ** 32, 0xce, 4]]);
    }
    if (value instanceof Uint8Array) {
      const forms = [[0xff, 0xc4, 1], [0xffff, 0xc5, 2], [2 ** 32, 0xc6, 4]];
      return piaolian.concat(headed(value.length, forms), value);
    }
    if (typeof value === "string") {
      const bytes = new TextEncoder().encode(value);
      const forms = [[31, 0xa0, 0], [0xff, 0xd9, 1], [0xffff, 0xda, 2], [2 ** 32, 0xdb, 4]];
      return piaolian.concat(headed(bytes.length, forms), bytes);
    }
    const forms = [[15, 0x90, 0], [0xffff, 0xdc, 2], [2 ** 32, 0xdd, 4]];
    return piaolian.concat(headed(value.length, forms), ...value.map(encodeMessage));
  }

  Object.assign(piaolian, { decodeMessage, encodeMessage });
})(window.piaolian = window.piaolian || {});
