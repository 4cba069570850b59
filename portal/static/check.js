/* Shows a check step by step. Used by the bill's page and by the public check. */
"use strict";
(function (piaolian) {
  const STEPS = ["genesis", "validators", "certificate", "header", "trie", "leaf", "document", "page"];

  function show(box, state, text) {
    box.dataset.state = state;
    box.querySelector("#check-result").textContent = text;
    box.querySelector(".check-meaning").hidden = state === "failed";
    box.querySelector(".check-failed-meaning").hidden = state !== "failed";
  }

  function showStep(box, row, state, code) {
    row.dataset.state = state;
    row.querySelector(".step-state").textContent =
      box.dataset["step" + state[0].toUpperCase() + state.slice(1)];
    const place = row.querySelector(".step-code");
    place.textContent = code || "";
    place.hidden = !code;
  }

  function start(box) {
    show(box, "running", box.dataset.textRunning);
    for (const row of box.querySelectorAll("[data-step]")) showStep(box, row, "waiting");
  }

  /* One step of the answer after another; what comes after a failure was not reached. */
  function finish(box, answer) {
    const steps = new Map(answer.steps.map((step) => [step.name, step]));
    let failed = null;
    for (const name of STEPS) {
      const row = box.querySelector('[data-step="' + name + '"]');
      if (!row) continue;
      const step = steps.get(name);
      const state = !step ? "skipped" : step.ok === true ? "passed" : "failed";
      showStep(box, row, state, step && !step.ok ? step.code : "");
      if (state === "failed" && !failed) failed = row;
    }
    const isPassed = answer.ok === true && !failed;
    if (isPassed) return show(box, "passed", box.dataset.textPassed);
    box.querySelector(".steps-box").open = true;
    const name = failed ? failed.dataset.name + " (" + failed.dataset.step + ")" : "?";
    return show(box, "failed", box.dataset.textFailed.replace("{step}", name));
  }

  /* Runs the verifier; further checks of the page itself come after it as steps of their own. */
  async function run(box, receipt, genesis, furtherSteps) {
    start(box);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const answer = await piaolian.verifyReceipt(receipt, genesis);
    if (answer.ok === true && furtherSteps) {
      const further = furtherSteps();
      answer.steps = answer.steps.concat(further);
      answer.ok = further.every((step) => step.ok);
    }
    finish(box, answer);
    return answer;
  }

  async function fetchGenesis() {
    const response = await fetch("/genesis.json", { credentials: "omit" });
    if (!response.ok) throw new Error("genesis.away");
    return new Uint8Array(await response.arrayBuffer());
  }

  piaolian.check = { run, show, fetchGenesis };
})(window.piaolian = window.piaolian || {});
