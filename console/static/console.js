"use strict";
(() => {
  // What was typed is kept while a form is on its way: if the session is over, it stands there again after the sign-in.
  const KEY = "hc:sent";
  const who = document.body.dataset.official || "";
  const kept = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
  };
  const keep = (value) => {
    try {
      if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
      else sessionStorage.removeItem(KEY);
    } catch { /* a browser that keeps nothing */ }
  };
  const typed = (form) => [...form.elements].filter((e) =>
    e.name && !["hidden", "password", "file", "submit", "button"].includes(e.type));

  const last = kept();
  if (last && !who) {
    keep({ ...last, lost: true });
  } else if (last) {
    keep(null);
    if (last.lost && last.who === who && last.path === location.pathname) {
      for (const form of document.forms) {
        if (form.action !== last.action) continue;
        for (const element of typed(form)) {
          if (!(element.name in last.fields)) continue;
          if (element.type === "checkbox" || element.type === "radio") element.checked = last.fields[element.name].includes(element.value);
          else element.value = last.fields[element.name][0];
        }
      }
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    // A second press must not send it twice.
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (!who) return;
    const fields = {};
    for (const element of typed(form)) {
      const on = !["checkbox", "radio"].includes(element.type) || element.checked;
      fields[element.name] = (fields[element.name] || []).concat(on ? [element.value] : []);
    }
    keep({ who, path: location.pathname, action: form.action, fields });
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
