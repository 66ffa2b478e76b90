"use strict";
(() => {
  // How far a sending is: numbers that change while one looks. Without this script the page has a link to load it again.
  const live = document.querySelector("[data-progress]");
  if (live && window.EventSource) {
    const source = new EventSource(live.dataset.progress);
    const bar = live.querySelector("progress");
    const put = (selector, value) => document.querySelectorAll(selector).forEach((place) => { place.textContent = value; });
    // What can be done changes with the status; nothing that is being typed is lost for it.
    const again = () => {
      const busy = document.activeElement && document.activeElement.closest("main form");
      if (!busy) location.reload();
    };
    source.addEventListener("progress", (event) => {
      const told = JSON.parse(event.data);
      for (const [name, number] of Object.entries(told.counts)) put(`[data-count="${name}"]`, number);
      put("[data-total]", told.total);
      put("[data-done]", told.done);
      bar.max = Math.max(told.total, 1);
      bar.value = told.done;
      const listing = live.querySelector("[data-listing]");
      if (listing) listing.hidden = told.expanded;
      if (told.status !== live.dataset.status) { source.close(); again(); }
    });
    source.addEventListener("end", () => source.close());
    window.addEventListener("pagehide", () => source.close());
  }

  // A long list of boxes to tick gets a field to look for one.
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
  for (const place of document.querySelectorAll("[data-filter-place]")) {
    const boxes = [...place.parentElement.querySelectorAll("[data-picks] label")];
    const search = document.createElement("input");
    search.type = "search";
    search.placeholder = "Tìm tên xã, phường";
    search.setAttribute("aria-label", "Tìm tên xã, phường");
    search.addEventListener("input", () => {
      const wanted = folded(search.value.trim());
      for (const box of boxes) box.hidden = !folded(box.textContent).includes(wanted);
    });
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    place.append(search);
    place.hidden = false;
  }

  for (const place of document.querySelectorAll("[data-count-of]")) {
    const text = document.getElementById(place.dataset.countOf);
    const count = () => { place.textContent = ` Nội dung đang có ${text.value.length} ký tự.`; };
    text.addEventListener("input", count);
    count();
  }
})();
