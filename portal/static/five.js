/* The public check: a link may carry the text of a QR code behind "#", which no server ever sees.
   It fills the form; the visitor presses the button. */
"use strict";
(function () {
  const form = document.getElementById("five");
  const FORM = /^CZ-EI-\d{2},(\d{8}),(\d{10}),([0-9A-Za-z]{6}),(\d{8}),(-?\d+\.\d{2})$/;

  function fill() {
    let text = "";
    try {
      text = decodeURIComponent(window.location.hash.slice(1));
    } catch (error) {
      return;
    }
    const found = FORM.exec(text);
    if (!found) return;
    ["code", "number", "check_code", "date", "amount"].forEach((name, place) => {
      form.elements[name].value = found[place + 1];
    });
    /* What was told is not left in the address bar and the history. */
    window.history.replaceState(null, "", window.location.pathname);
    form.querySelector("button").focus();
  }

  fill();
  window.addEventListener("hashchange", fill);
})();
