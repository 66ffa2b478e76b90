"use strict";
(() => {
  // What needs people now: asked for while the page is looked at.
  const EVERY_MS = 4000;
  const alarms = document.querySelector("[data-alarms]");
  const sentences = () => [...alarms.querySelectorAll("p")].map((p) => p.textContent.trim()).join("\n");

  const draw = (list) => {
    alarms.replaceChildren(...list.map(({ sentence, href }) => {
      const line = document.createElement("p");
      const words = href ? document.createElement("a") : line;
      if (href) { words.setAttribute("href", href); line.append(words); }
      words.textContent = sentence;
      return line;
    }));
    alarms.hidden = !list.length;
  };
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(alarms.dataset.alarms, { redirect: "error", headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const list = (await answer.json()).alarms;
      if (list.map((alarm) => alarm.sentence).join("\n") === sentences()) return;
      draw(list);
      if (document.querySelector("[data-live]")) location.reload();
    } catch { /* the next time, perhaps; a session that is over shows itself at the next click */ }
  };
  if (alarms) {
    setInterval(ask, EVERY_MS);
    document.addEventListener("visibilitychange", ask);
  }

  // The list by keyboard.
  const rows = [...document.querySelectorAll("[data-row]")];
  const keys = document.querySelector("[data-keys]");
  if (keys) {
    const hidden = "hc:keys";
    const remembered = () => { try { return localStorage.getItem(hidden); } catch { return null; } };
    keys.hidden = remembered() === "1" || !matchMedia("(hover: hover)").matches;
    let at = -1;
    const go = (to) => {
      if (!rows.length) return;
      rows[at]?.classList.remove("current");
      at = Math.max(0, Math.min(rows.length - 1, to));
      rows[at].classList.add("current");
      const link = rows[at].querySelector("a");
      link.focus({ preventScroll: true });
      rows[at].scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.target.closest("input, textarea, select")) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      // Enter is the focused link's own.
      if (event.key === "j") go(at + 1);
      else if (event.key === "k") go(at - 1);
      else if (event.key === "/") document.querySelector("input[type=search]")?.focus();
      else if (event.key === "?") {
        keys.hidden = !keys.hidden;
        try { localStorage.setItem(hidden, keys.hidden ? "1" : "0"); } catch { /* a browser that keeps nothing */ }
      } else return;
      event.preventDefault();
    });
  }

  const print = document.querySelector("[data-print]");
  if (print) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = print.dataset.print || "In phiếu";
    button.addEventListener("click", () => window.print());
    print.replaceWith(button);
  }
})();
