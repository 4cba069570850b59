/* The check of a portable receipt, step by step, with nothing but the genesis file.
   verifyReceipt(receipt object, genesis bytes) -> {ok, steps: [{name, ok, code}], facts}. The first
   step that fails ends the check. Formats and steps: docs/formats.md. */
"use strict";
(function (piaolian) {
  const { sha256, hmacSha256, concat, decodeMessage, encodeMessage, verifyEd25519 } = piaolian;
  /* Forms of messages: `u` an unsigned integer, `i` one below 0, `s` text, `t` a truth, `n` nil, a
     number a byte string so long. */
  const CERTIFICATE = /^\[u,u,32,\[(\[u,64\],?)*\]\]$/;
  const HEADER = /^\[u,u,32,u,32,u,s,32,32,32,32,32,32\]$/;
  /* Of a bill what stands behind its validity: counterpart, replaces, replaced by, order, the
     holder's own key, paper, claim, books. */
  const NAME = "(n|\\[s,u\\])", MANY = (form) => `\\[(${form}(,(?=\\[))?)*\\]`;
  const AXES = [NAME, NAME, NAME, "[sn]", "(32|n)", "(n|\\[u,s,s,u,u\\])",
    `(n|\\[(n|\\[s,u,s,u,u\\]),${MANY("\\[s,u,u,s,u,t\\]")}\\])`,
    `(n|\\[${MANY("\\[s,u,u\\]")},[sn],u\\])`].join(",");
  const BILL = new RegExp("^\\[u,s,s,s,s,s,u,\\[[ui](,[ui]){4}\\],\\[32,32,u\\],32,u,u,u,u,8,u,"
    + `${AXES}\\]$`);
  /* A published document: kind, size class, sealed text, time, place, key, state, amendments. */
  const LINKED = "(n|\\[s,u,u,u\\])", PUBLISHED = new RegExp(
    `^\\[u,s,u,\\[32,32,u\\],u,u,u,u,8,u,${LINKED},${LINKED}\\]$`);
  const DOCUMENT_KEY = /^j\/([a-z][a-z0-9-]{1,30})\/(\d{12})-(\d{5})-(\d{4})\/$/;
  /* Characters of a bill's text, and of any that a browser has the memory and patience for. */
  const BILL_MAX = 262144, TEXT_MAX = 8 * 1024 * 1024;
  const VALIDITY = ["issued", "reversed", "red"];
  const AMOUNTS = ["totalAmt", "fundPay", "otherfundPay", "accountPay", "ownPay"];
  /* A token's beginning, all of it but for a string, which ends where one of STOP is a quote. */
  const TOKEN = /["[\]{},:]|[^\s"[\]{},:]+/g, STOP = /["\\]/g;
  const LONE_SURROGATE = /(^|[^\\])(\\\\)*\\ud[89a-f]/;

  class Failed extends Error {}
  const check = (claim, reason = "malformed") => { if (!claim) throw new Failed(reason); };
  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const equal = (a, b) => hex(a) === hex(b);
  const bits = (bitmap) => bitmap.toString(2).replace(/0/g, "").length;
  const big = (value, size) => Uint8Array.from({ length: size }, (_, i) =>
    Number((BigInt(value) >> BigInt(8 * (size - 1 - i))) & 255n));
  const tagged = (domain, ...parts) =>
    sha256(concat(utf8("piaolian"), [domain.length], utf8(domain), ...parts));

  function base64url(text, size) {
    const data = atob(text.replace(/[-_]/g, (c) => (c === "-" ? "+" : "/")));
    const again = btoa(data).replace(/=+$/, "").replace(/[+/]/g, (c) => (c === "+" ? "-" : "_"));
    check(again === text && (!size || data.length === size));
    return Uint8Array.from(data, (c) => c.charCodeAt(0));
  }

  function formOf(value) {
    if (value instanceof Uint8Array) return value.length;
    if (Array.isArray(value)) return `[${value.map(formOf)}]`;
    if (value === null) return "n";
    const sign = value < 0 ? "i" : "u";
    return { number: sign, bigint: sign, string: "s", boolean: "t" }[typeof value];
  }

  function decode(bytes, form) {
    const value = decodeMessage(bytes);
    check(form.test(formOf(value)));
    return value;
  }

  /* Tokens of a text that is JSON; no pattern runs over a string, which may be as long as a file. */
  function tokensOf(text) {
    const tokens = [];
    for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
      STOP.lastIndex = TOKEN.lastIndex;
      while (found[0] === '"' && STOP.exec(text)[0] !== '"') STOP.lastIndex += 1;
      TOKEN.lastIndex = STOP.lastIndex;
      tokens.push({ 0: text.slice(found.index, TOKEN.lastIndex), index: found.index });
    }
    return tokens;
  }

  /* Splits a JSON text into its parts, each with its own text; keys are unique in an object. */
  function split(text) {
    check(!LONE_SURROGATE.test(JSON.stringify(JSON.parse(text))));
    const tokens = tokensOf(text);
    let at = 0;
    function part() {
      const first = tokens[at++], open = first[0], names = new Set(), parts = [];
      if (open === "{" || open === "[") {
        for (; !"}]".includes(tokens[at][0]); at += tokens[at][0] === "," ? 1 : 0) {
          const name = open === "{" ? JSON.parse(tokens[at][0]) : parts.length;
          check(!names.has(name));
          names.add(name);
          if (open === "{") at += 2;
          parts.push([name, part()]);
        }
        at += 1;
      }
      const last = tokens[at - 1];
      return { open, parts, text: text.slice(first.index, last.index + last[0].length) };
    }
    return part();
  }

  /* The one way to read JSON that is not ours: as JSON.parse, and no key twice in an object. */
  function readJson(text) {
    split(text);
    return JSON.parse(text);
  }

  function leavesOf(text) {
    check(text.length <= TEXT_MAX, "too_long");
    const { open, parts } = split(text);
    check(open === "{" && parts.every(([path]) => !path.includes("/")));
    return parts.flatMap(([path, field]) => (field.open === "[" && field.parts.length
      ? field.parts.map(([i, element]) => [`${path}/${i}`, element.text]) : [[path, field.text]]));
  }

  const node = (left, right) => sha256(concat([1], left, right));
  const lineHash = (path, value, salt) => sha256(concat([0], encodeMessage([path, value, salt])));
  const documentRoot = (count, root) => tagged("document-root", big(count, 8), root);

  function merkleRoot(hashes) {
    if (hashes.length < 2) return hashes[0] || sha256([]);
    const half = 2 ** Math.ceil(Math.log2(hashes.length) - 1);
    return node(merkleRoot(hashes.slice(0, half)), merkleRoot(hashes.slice(half)));
  }

  /* RFC 9162, section 2.1.3.2. */
  function rootOfLine({ path, value, salt, index, size, proof }) {
    let position = index, last = size - 1, root = lineHash(path, value, base64url(salt, 16));
    check(Number.isInteger(index) && Number.isInteger(size) && index >= 0 && index < size);
    for (const sibling of proof.map((text) => base64url(text, 32))) {
      check(last > 0);
      if (position % 2 || position === last) {
        root = node(sibling, root);
        while (position && position % 2 === 0) { position /= 2; last = Math.floor(last / 2); }
      } else root = node(root, sibling);
      position = Math.floor(position / 2);
      last = Math.floor(last / 2);
    }
    check(last === 0);
    return documentRoot(size, root);
  }

  const nibbles = (digits) => [...digits].map((digit) => parseInt(digit, 16));
  const leafHash = (key, valueHash) => sha256(concat([2], big(key.length, 2), key, valueHash));
  const branchHash = (path, bitmap, children) =>
    sha256(concat([3], big(path.length, 2), path, big(bitmap, 2), ...children));

  /* What stands in the place of an absent key: its hash, or null of an empty slot. */
  function insteadHash(key, instead) {
    if (!instead) return null;
    if (instead.kind === "leaf") {
      check(!equal(base64url(instead.key), key));
      return leafHash(base64url(instead.key), base64url(instead.value_hash, 32));
    }
    check(instead.kind === "branch" && /^[0-9a-f]*$/.test(instead.path)
      && (hex(key) === instead.path || !hex(key).startsWith(instead.path))
      && bits(instead.bitmap) === instead.children.length);
    const children = instead.children.map((text) => base64url(text, 32));
    return branchHash(nibbles(instead.path), instead.bitmap, children);
  }

  function rootOfTrie(key, leaf, steps) {
    const path = nibbles(hex(key));
    let found = leaf, below = path.length;
    for (const [depth, bitmap, others] of [...steps].reverse()) {
      const hashes = others.map((text) => base64url(text, 32)), slot = path[depth];
      check(depth >= 0 && depth < below && Number.isInteger(depth) && bitmap > 0 && bitmap < 65536
        && Boolean((bitmap >> slot) & 1) === Boolean(found)
        && bits(bitmap) === hashes.length + (found ? 1 : 0));
      if (found) hashes.splice(bits(bitmap & ((1 << slot) - 1)), 0, found);
      found = branchHash(path.slice(0, depth), bitmap, hashes);
      below = depth;
    }
    return found || new Uint8Array(32);
  }

  function fen(value) {
    const text = value.startsWith('"') ? JSON.parse(value) : value;
    const parts = /^(0|[1-9]\d{0,17})(?:\.(\d{1,2})0{0,4})?$/.exec(text);
    return parts && BigInt(parts[1]) * 100n + BigInt((parts[2] || "").padEnd(2, "0"));
  }

  const setHash = (validators) => tagged("validator-set", encodeMessage(validators));

  /* A quorum of a set signed one block in one round: its height, hash and signers. */
  function checkCertificate(text, validators, chain) {
    const [height, round, hash, seals] = decode(base64url(text), CERTIFICATE);
    const n = validators.length;
    check(round <= 1000000);
    check(seals.length >= Math.floor((2 * n + 2) / 3) && seals.every(([signer], i) =>
      signer < n && (i === 0 || signer > seals[i - 1][0])), "no_quorum");
    const signed = concat(utf8("piaolian"), [1, 3], chain, big(height, 8), big(round, 4), hash);
    check(seals.every(([signer, signature]) =>
      verifyEd25519(validators[signer][2], signed, signature)), "bad_signature");
    return { height, hash, signers: seals.map(([signer]) => validators[signer][0]) };
  }

  function checkHeader(text, certified, validators, chain) {
    const bytes = base64url(text);
    check(equal(tagged("header", bytes), certified.hash), "differs");
    const header = decode(bytes, HEADER);
    check(header[0] === 1 && header[1] === 1);
    check(equal(header[2], chain), "other_chain");
    check(header[3] === certified.height && header[3] > 0, "other_height");
    check(equal(header[10], setHash(validators)), "other_validators");
    return header;
  }

  /* What the receipt's header says of itself, before anything about it is known. */
  function claimedHeader(text) {
    try {
      return decode(base64url(text), HEADER);
    } catch (error) {
      return null;
    }
  }

  /* The set after one change, which the set before has certified. */
  function setAfter(change, { validators, chain }, last) {
    let header;
    try {
      const certified = checkCertificate(change.certificate, validators, chain);
      header = checkHeader(change.header, certified, validators, chain);
    } catch (error) {
      throw new Failed("bad_change");
    }
    check(header[3] > last, "bad_change");
    const after = change.validators.map(({ agency, suite, public: key }) =>
      [agency, suite, base64url(key, 32)]);
    const unique = (place) => new Set(after.map((entry) => String(entry[place]))).size;
    check(after.length >= 4 && unique(0) === after.length && unique(2) === after.length,
      "bad_change");
    check(equal(header[11], setHash(after)), "other_set");
    return after;
  }

  /* The published document under a key, by which it names itself. */
  function checkDocument(it, value) {
    const leaf = it.document = decode(value, PUBLISHED);
    const parts = DOCUMENT_KEY.exec(new TextDecoder().decode(it.key));
    check(leaf[0] === 24 && parts && [5, 6, 7].every((at, i) => leaf[at] === Number(parts[i + 2]))
      && leaf[5] <= it.header[3] && leaf[4] <= it.header[5] && leaf[9] === (leaf[11] ? 1 : 0));
    it.custodian = it.names.get(parts[1]) || parts[1];
  }

  const CHECKS = {
    genesis(it) {
      it.chain = base64url(it.receipt.chain, 32);
      check(equal(sha256(it.genesisBytes), it.chain), "differs");
      it.genesis = readJson(new TextDecoder("utf-8", { fatal: true }).decode(it.genesisBytes));
      const { format, suite, quorum_rule: rule } = it.genesis;
      check(format === "piaolian-genesis-1" && suite === 1 && rule === 1);
    },
    validators(it) {
      it.names = new Map(it.genesis.agencies.map((agency) => [agency.id, agency.name]));
      it.validators = it.genesis.validators.map((id) => {
        const { keys } = it.genesis.agencies.find((agency) => agency.id === id);
        const [key, ...more] = keys.filter(({ purpose }) => purpose === "validator");
        check(more.length === 0 && key.suite === 1);
        return [id, key.suite, base64url(key.public, 32)];
      });
      check(it.validators.length >= 4);
      let last = 0;
      for (const change of it.receipt.validators) {
        it.validators = setAfter(change, it, last);
        last = decode(base64url(change.header), HEADER)[3];
      }
      const claimed = claimedHeader(it.receipt.header);
      check(!claimed || (equal(claimed[10], setHash(it.validators)) && last < claimed[3]),
        "missing_change");
    },
    certificate(it) {
      it.certified = checkCertificate(it.receipt.certificate, it.validators, it.chain);
    },
    header(it) {
      it.header = checkHeader(it.receipt.header, it.certified, it.validators, it.chain);
    },
    trie(it) {
      const { leaf, fact, trie, instead } = it.receipt;
      it.key = /^(no-)?leaf$/.test(fact.kind) ? base64url(fact.key)
        : utf8(`b/${fact.code}/${String(fact.number).padStart(10, "0")}`);
      const root = leaf ? rootOfTrie(base64url(leaf.key), base64url(leaf.hash, 32), trie)
        : rootOfTrie(it.key, insteadHash(it.key, instead), trie);
      check(equal(tagged("state-root", root), it.header[9]), "differs");
    },
    leaf(it) {
      const { leaf, fact, instead, details } = it.receipt;
      if (/^no-(bill|leaf)$/.test(fact.kind)) return check(!leaf && !details, "other_fact");
      check(/^(bill|leaf)$/.test(fact.kind) && leaf && !instead, "other_fact");
      const key = base64url(leaf.key), value = base64url(leaf.value);
      check(equal(leafHash(key, sha256(value)), base64url(leaf.hash)), "differs");
      check(equal(key, it.key), "other_fact");
      if (hex(key).startsWith("6a2f")) return checkDocument(it, value);
      if (fact.kind === "leaf") return check(!details, "other_fact");
      it.bill = decode(value, BILL);
      check(it.bill[0] === 7 && it.bill[10] <= it.header[3] && it.bill[6] <= it.header[5]);
      const isRed = it.bill[15] === 2;
      return check(VALIDITY[it.bill[15]] && it.bill[7].every((fen) => isRed || fen >= 0)
        && it.bill[7].every((fen) => !isRed || fen <= 0));
    },
    document(it) {
      const { text, seed, lines } = it.receipt.details;
      const { bill } = it, [commitment] = bill ? bill[8] : it.document[3];
      check(lines ? !text && !seed && lines.length : text);
      check(lines || !bill || utf8(text).length <= BILL_MAX);
      it.shown = lines ? lines.map(({ path, value }) => [path, value]) : leavesOf(text);
      check(!lines || lines.every(({ index }, i) => i === 0 || index > lines[i - 1].index));
      const key = lines || base64url(seed, 32);
      const roots = lines ? lines.map(rootOfLine) : [documentRoot(it.shown.length, merkleRoot(
        it.shown.map(([path, value]) =>
          lineHash(path, value, hmacSha256(key, utf8(path)).subarray(0, 16)))))];
      check(roots.every((root) => equal(root, commitment)), "differs");
      for (const [path, value] of bill ? it.shown : []) {
        if (path === "busNo") check(JSON.parse(value) === bill[4], "other_bill");
        const at = AMOUNTS.indexOf(path), sign = bill[15] === 2 ? -1n : 1n;
        if (at >= 0) check(fen(value) === sign * BigInt(bill[7][at]), "other_bill");
      }
    },
  };

  const STEPS = Object.keys(CHECKS), shortName = (name) => name && name.slice(-3).join("-");

  function factsOf(it) {
    const { receipt, genesis, names, certified, header, key, bill, document: leaf, shown } = it;
    const isBill = /bill$/.test(receipt.fact.kind);
    return {
      ...receipt.fact,
      keyText: isBill ? "" : new TextDecoder().decode(key),
      valueHex: isBill || !receipt.leaf ? "" : hex(base64url(receipt.leaf.value)), chainName: genesis.name, height: header[3], timeMs: header[5],
      headerHash: hex(certified.hash), signers: certified.signers.map((id) => names.get(id) || id),
      trust: "genesis", shown: shown || [],
      document: leaf && { custodian: it.custodian, name: shortName(leaf.slice(5, 8)), kind: leaf[1],
        years: leaf[3][2], timeMs: leaf[4], state: leaf[11] ? "superseded" : "published",
        supersedes: shortName(leaf[10]), supersededBy: shortName(leaf[11]) },
      bill: bill && { issuer: names.get(bill[1]) || bill[1], place: bill[2], businessNumber: bill[4],
        checkCode: bill[5], timeMs: bill[6], amounts: bill[7], validity: VALIDITY[bill[15]],
        counterpart: bill[16], replacedBy: bill[18], isOnPaper: Boolean(bill[21]) && bill[21][0] === 1 },
    };
  }

  function verifyReceipt(receipt, genesisBytes) {
    const steps = [], it = { receipt, genesisBytes };
    for (const name of STEPS) {
      if (name === "document" && receipt.details === null) continue;
      try {
        check(receipt.format === "piaolian-receipt-1");
        CHECKS[name](it);
        steps.push({ name, ok: true, code: "ok" });
      } catch (error) {
        const code = `${name}.${error instanceof Failed ? error.message : "malformed"}`;
        return { ok: false, steps: [...steps, { name, ok: false, code }], facts: null };
      }
    }
    return { ok: true, steps, facts: factsOf(it) };
  }

  Object.assign(piaolian, { verifyReceipt, readJson, splitJson: split, leavesOf, STEPS });
})(window.piaolian = window.piaolian || {});
