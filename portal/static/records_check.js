/* Has each record on the page verified: those in view first, one at a time, and that the page shows
   what the receipt says. A record too large for that is checked from its saved receipt. */
"use strict";
(function (piaolian) {
  const list = document.getElementById("records");
  if (!list) return;
  const SCRIPTS = ["sha2.js", "ed25519.js", "msgpack.js", "receipt.js"].map((it) => "/static/verify/" + it);
  const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[0-9.eE+-]*/g;
  const PAUSE_MS = 400;
  const AGAIN_MS = 30000;
  const waiting = new Set();
  let worker = null;
  let genesis = null;
  let isBusy = false;

  function show(record, state, code) {
    record.dataset.check = state;
    const words = list.dataset["text" + state.replace(/(^|_)(.)/g, (_, __, c) => c.toUpperCase())];
    for (const badge of record.querySelectorAll("[data-badge]")) {
      badge.setAttribute("aria-label", words);
      badge.title = words;
    }
    const failed = record.querySelector("[data-failed]");
    if (!failed) return;
    failed.hidden = state !== "failed";
    failed.querySelector("code").textContent = code || "";
    if (state === "failed") record.querySelector("details").open = true;
  }

  async function fetched(address) {
    const response = await fetch(address, { credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error("away");
    return response;
  }

  /* What the worker says; it is started anew when it broke. */
  function verify(message) {
    worker = worker || new Worker("/static/check_worker.js");
    return new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = () => {
        worker.terminate();
        worker = null;
        reject(new Error("worker"));
      };
      worker.postMessage(message);
    });
  }

  function decoded(text) {
    try {
      return new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))).trim();
    } catch (error) {
      return "";
    }
  }

  /* Every element that names an entry must show a text or a figure of exactly that entry. */
  function isShown(record, leaves) {
    const entries = new Map(leaves);
    const known = new Map();
    const wordsOf = (entry) => {
      if (!known.has(entry)) {
        const tokens = (entries.get("entry/" + entry) || "").match(TOKEN) || [];
        known.set(entry, tokens.map((it) => (it.startsWith('"') ? JSON.parse(it) : it)));
      }
      return known.get(entry);
    };
    const fits = {
      day: (words, text) => words.some((it) => it.startsWith(text)),
      base64: (words, text) => words.some((it) => it.length >= text.length && decoded(it).startsWith(text)),
      words: (words, text) => text.split(/[\s–]+/).every((part) => words.some((it) => it.includes(part))),
    };
    const differs = [...record.querySelectorAll("[data-from]")].filter((element) => {
      const words = wordsOf(element.dataset.from), text = element.textContent;
      const isPlain = words.includes(text) || words.some((it) => it.startsWith(text + " ("));
      return !isPlain && !(fits[element.dataset.form] || (() => false))(words, text);
    });
    for (const element of differs) element.classList.add("differs");
    return differs.length === 0;
  }

  async function check(record) {
    const name = record.dataset.document;
    show(record, "running");
    try {
      genesis = genesis || new Uint8Array(await (await fetched("/genesis.json")).arrayBuffer());
      const receipt = await (await fetched("/records/" + name + "/receipt.json?live")).text();
      const answer = await verify({ scripts: SCRIPTS, receipt, genesis, document: name });
      if (!answer.ok) return show(record, "failed", answer.code);
      return isShown(record, answer.leaves) ? show(record, "passed") : show(record, "failed", "page.differs");
    } catch (error) {
      show(record, "impossible");
      return setTimeout(() => watch(record), AGAIN_MS);
    }
  }

  function next() {
    let best = null;
    for (const record of waiting) {
      if (!record.isConnected) waiting.delete(record);
      else if (!best || record.getBoundingClientRect().top < best.getBoundingClientRect().top) best = record;
    }
    return best;
  }

  async function work() {
    if (isBusy) return;
    isBusy = true;
    for (let record = next(); record; record = next()) {
      waiting.delete(record);
      seen.unobserve(record);
      await check(record);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isBusy = false;
  }

  const seen = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) waiting.add(target);
      else waiting.delete(target);
    }
    work();
  });

  function watch(record) {
    if (record.isConnected && record.dataset.check && record.dataset.check !== "too_large") seen.observe(record);
  }

  piaolian.watchRecord = watch;
  for (const record of list.children) {
    if (record.dataset.check) show(record, record.dataset.check);
    watch(record);
  }
})(window.piaolian = window.piaolian || {});
