/* Runs the verifier on a thread of its own, so that the page stays at hand while it works. */
"use strict";
self.window = self;
let isLoaded = false;

self.addEventListener("message", (event) => {
  const { scripts, receipt, genesis, document: name } = event.data;
  try {
    if (!isLoaded) self.importScripts(...scripts);
    isLoaded = true;
    self.postMessage(check(receipt, genesis, name));
  } catch (error) {
    self.postMessage({ ok: false, code: "receipt.malformed", leaves: [] });
  }
});

/* The verifier's answer, and whether the receipt is of this document at all. */
function check(text, genesis, name) {
  const receipt = self.piaolian.readJson(text);
  const answer = self.piaolian.verifyReceipt(receipt, genesis);
  const failed = answer.steps.find((step) => !step.ok);
  if (failed) return { ok: false, code: failed.code, leaves: [] };
  const [height, transaction, operation] = name.split("-");
  const tail = "/" + height.padStart(12, "0") + "-" + transaction.padStart(5, "0") + "-"
    + operation.padStart(4, "0") + "/";
  const key = atob(receipt.fact.key.replace(/-/g, "+").replace(/_/g, "/"));
  const isThis = receipt.fact.kind === "leaf" && key.startsWith("j/") && key.endsWith(tail);
  if (!isThis) return { ok: false, code: "page.other_document", leaves: [] };
  if (!receipt.details) return { ok: false, code: "document.missing", leaves: [] };
  return { ok: true, code: "ok", leaves: self.piaolian.leavesOf(receipt.details.text) };
}
