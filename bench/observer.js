/* Notes when each record is on the screen: one frame after the one that it was first drawn in. */
(() => {
  const seen = (window.benchSeen = {});
  window.benchOpened = performance.timeOrigin;
  function note(item) {
    const name = item.dataset.document;
    if (!name || name in seen || item.classList.contains("is-closed")) return;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (item.isConnected && item.getClientRects().length > 0) seen[name] = Date.now();
    }));
  }
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const added of change.addedNodes)
        if (added.nodeType === Node.ELEMENT_NODE && added.matches(".record")) note(added);
  }).observe(document.getElementById("records"), { childList: true });
})();
