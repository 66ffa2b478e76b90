/* Puts the web chat of Hai Chiều on another site: <script src="https://…/embed.js" defer></script>
Leaves no global name, and styles by element.style alone, so that a strict style-src of the site does not matter. */
(() => {
"use strict";
const script = document.currentScript;
if (!script || document.querySelector("[data-hai-chieu]")) return;
const home = new URL(".", script.src), GREEN = "#0b5d47", TITLE = "Hỏi đáp chính sách";
const SVG = "http://www.w3.org/2000/svg";

function make(tag, styles, attributes) {
  const el = document.createElement(tag);
  el.style.all = "initial";
  Object.assign(el.style, { boxSizing: "border-box", fontFamily: "system-ui, Roboto, sans-serif" }, styles);
  for (const name in attributes) el.setAttribute(name, attributes[name]);
  return el;
}
function ring(el) {
  el.addEventListener("focus", () => {
    if (el.matches(":focus-visible")) Object.assign(el.style, { outline: "3px solid #fff", outlineOffset: "-6px" });
  });
  el.addEventListener("blur", () => { el.style.outline = "none"; });
}

const opener = make("button", {
  position: "fixed", right: "16px", bottom: "16px", width: "64px", height: "64px", borderRadius: "32px",
  background: GREEN, border: "2px solid #fff", boxShadow: "0 3px 12px rgba(0,0,0,.35)", cursor: "pointer",
  zIndex: "2147483000", padding: "0", display: "flex", alignItems: "center", justifyContent: "center",
}, { type: "button", "aria-label": TITLE, title: TITLE, "aria-haspopup": "dialog", "aria-expanded": "false", "data-hai-chieu": "" });
const icon = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
for (const [name, value] of [["viewBox", "0 0 32 32"], ["width", "44"], ["height", "44"], ["aria-hidden", "true"]]) icon.setAttribute(name, value);
for (const [name, value] of [["d", "M6 7h20v14H15l-6 5v-5H6zM11 12h10M11 16.500h6"], ["fill", "none"], ["stroke", "#fff"], ["stroke-width", "2.500"], ["stroke-linecap", "round"], ["stroke-linejoin", "round"]]) path.setAttribute(name, value);
icon.append(path);
opener.append(icon);
ring(opener);

const panel = make("dialog", {
  position: "fixed", left: "auto", top: "auto", margin: "0", padding: "0", overflow: "hidden", background: "#fff",
  zIndex: "2147483001", flexDirection: "column",
}, { "aria-label": TITLE });
const bar = make("div", { display: "flex", alignItems: "center", flex: "none", background: GREEN, color: "#fff", paddingLeft: "14px" });
const name = make("span", { flex: "1", color: "#fff", fontSize: "17px", fontWeight: "600" });
name.textContent = "Hai Chiều";
const BUTTON = { minWidth: "52px", height: "52px", color: "#fff", fontSize: "17px", textAlign: "center", lineHeight: "52px", cursor: "pointer", padding: "0 12px" };
const alone = make("a", Object.assign({}, BUTTON, { textDecoration: "underline" }), { href: home.href, target: "_blank", rel: "noopener" });
alone.textContent = "Mở trang riêng";
const closer = make("button", Object.assign({}, BUTTON, { fontSize: "30px" }), { type: "button", "aria-label": "Đóng" });
closer.textContent = "×";
[alone, closer].forEach(ring);
bar.append(name, alone, closer);
panel.append(bar);

const phone = matchMedia("(max-width: 600px), (max-height: 480px)");
let frame = null;

function lay() {
  Object.assign(panel.style, phone.matches
    ? { left: "0", top: "0", right: "0", bottom: "0", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none", borderRadius: "0", border: "0" }
    : { left: "auto", top: "auto", right: "16px", bottom: "92px", width: "400px", height: "min(640px, calc(100vh - 112px))", borderRadius: "16px", border: "1px solid #0b5d47", boxShadow: "0 8px 32px rgba(0,0,0,.35)" });
}
function open() {
  if (!frame) {
    // Asked for only now: who does not open it pays nothing for it.
    frame = make("iframe", { flex: "1", width: "100%", border: "0", minHeight: "0", display: "block" }, { src: home.href, title: TITLE });
    panel.append(frame);
  }
  lay();
  panel.style.display = "flex";
  // On a phone it covers the site, which must then be out of reach; beside the site it must not be.
  if (panel.showModal && phone.matches) panel.showModal();
  else if (panel.show) panel.show();
  else panel.setAttribute("open", "");
  opener.setAttribute("aria-expanded", "true");
  closer.focus();
}
function close() {
  if (opener.getAttribute("aria-expanded") !== "true") return;
  if (panel.close) panel.close();
  else panel.removeAttribute("open");
  panel.style.display = "none";
  opener.setAttribute("aria-expanded", "false");
  opener.focus();
}
opener.addEventListener("click", () => (opener.getAttribute("aria-expanded") === "true" ? close() : open()));
closer.addEventListener("click", close);
panel.addEventListener("cancel", (e) => { e.preventDefault(); close(); });
panel.addEventListener("keydown", (e) => { if (e.key === "Escape") { e.stopPropagation(); close(); } });
// Keys pressed inside the frame stay there, so the page in it tells.
addEventListener("message", (e) => {
  if (frame && e.source === frame.contentWindow && e.origin === home.origin && e.data === "hai-chieu:close") close();
});
panel.style.display = "none";
const appear = () => document.body.append(opener, panel);
if (document.body) appear(); else addEventListener("DOMContentLoaded", appear);
})();
