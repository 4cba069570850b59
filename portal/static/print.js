/* The page to print: its button, which works with scripts only. */
"use strict";
(function () {
  const print = document.getElementById("print");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
})();
