/* The web chat's page. The server wrote the conversation so far into it; from here on this draws what is said.

What a person says gets a number of its own and stays in localStorage until its answer is here. The server takes a
number once, so sending again is always safe: after a reload, a lost answer, a restart. */
(() => {
"use strict";

const BEGIN = "1:menu:start";          // makes the greeting a message of its own, ahead of the first question
const TIMEOUT = 20000;                 // ms for one request on a bad network
const DOUBLE_TAP = 600;                // ms in which a second press of the same button or place is the same press
const KEEP_DAYS = 6;                   // the server knows a number for seven days
const TEXTS = {
  us: "Hai Chiều", them: "Bà con",
  sending: "Đang gửi…", sent: "Đã gửi", unsent: "Chưa gửi được.", again: "Gửi lại",
  photo: "Ảnh đã gửi", sendingPhoto: "Đang gửi ảnh…", lostPhoto: "Ảnh này không còn ở máy. Bà con chọn lại ảnh giúp tôi nhé.",
  noPhotos: "Chưa gửi được ảnh vì mất mạng. Khi có mạng, bà con chọn lại ảnh nhé.",
  many: "Mỗi lần gửi được nhiều nhất 5 ảnh.",
  waiting: "Máy đang trả lời…", offline: "Mất mạng. Tin sẽ được gửi khi có mạng lại.",
};

const MOST_PHOTOS = 5;                 // at once, as the server takes

const $ = (id) => document.getElementById(id);
const main = $("main"), log = $("log"), dots = $("dots"), form = $("f"), box = $("text");
const picker = $("photo"), net = $("net"), state = $("status"), fresh = $("fresh"), header = document.querySelector("header");

const seen = new Set();                // ids of the messages that are drawn
let known = 0;                         // every message up to this id is drawn
const queue = [];                      // what is said and not answered, in order; `el` is its bubble

// -- what is kept until it is answered

const KEEP = "hc:" + log.dataset.session + ":";
const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
const page = random();

function kept() {
  const items = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith("hc:")) continue;
      const item = key.startsWith(KEEP) && JSON.parse(localStorage.getItem(key));
      if (item && Date.now() - item.at < KEEP_DAYS * 864e5) items.push(item);
      else localStorage.removeItem(key); // too old, or of a session that is over: nobody may send it any more
    }
  } catch (_) { /* no storage here: a reload then forgets */ }
  return items.sort((a, b) => a.at - b.at || a.turn - b.turn);
}
function keep(item) {
  const { id, at, turn, text, payload, label, after, photo, preview } = item;
  const kept = { id, at, turn, text, payload, label, after, photo, preview };
  try { localStorage.setItem(KEEP + id, JSON.stringify(kept)); } catch (_) { /* as above */ }
}
function release(item) {
  queue.splice(queue.indexOf(item), 1);
  try { localStorage.removeItem(KEEP + item.id); } catch (_) { /* as above */ }
  if (item.photo) photos().then((p) => p.drop(KEEP + item.id)).catch(() => {});
}
let photoScript = null;             // photo.js, from when it is first needed
function photos() {
  photoScript = photoScript || import(picker.dataset.script).then((script) => {
    script.tidy(queue.map((i) => KEEP + i.id));
    return script;
  }).catch((e) => { photoScript = null; throw e; });
  return photoScript;
}

// -- drawing: the same as bot/channels/webchat/page.py writes

function make(tag, className, text) {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text) el.textContent = text;
  return el;
}
function bubble(mine, text) {
  const el = make("div", "m " + (mine ? "me" : "bot")), p = make("p", text ? "t" : "t none");
  p.append(make("span", "vh", (mine ? TEXTS.them : TEXTS.us) + ": "));
  const title = mine ? null : /^(.{1,90}[^.!?:…])\n\n/.exec(text);
  if (title) {
    p.append(make("strong", "", title[1]), text.slice(title[1].length));
  } else {
    p.append(text);
  }
  el.append(p);
  return el;
}
function buttons(list) {
  const row = make("div", "b");
  for (const b of list) {
    if (b.url === undefined) {
      const el = make("button", "", b.label);
      el.value = b.payload;
      row.append(el);
    } else if (/^(https?:\/\/|tel:)/i.test(b.url)) {
      const el = make("a", "", b.label);
      el.href = b.url;
      el.target = "_blank";
      el.rel = "noopener noreferrer";
      row.append(el);
    }
  }
  return row;
}
/* A picture is shown; anything else is a link that saves it. */
function attachment(a) {
  const el = make("a", a.kind === "photo" ? "p" : "d", a.kind === "photo" ? "" : a.name);
  if (a.url) el.href = a.url;
  if (a.kind === "photo") {
    const img = make("img");
    img.alt = TEXTS.photo;
    if (a.src || a.url) img.src = a.src || a.url;
    el.append(img);
    el.target = "_blank";
    el.rel = "noopener noreferrer";
  } else {
    el.download = a.name;
  }
  return el;
}
/* Draw a message that is not there yet; returns its element, or null. */
function draw(m) {
  const mine = m.from === "resident";
  if (seen.has(m.id)) return null;
  seen.add(m.id);
  if (mine && !m.text && !m.attachments.length) return null;
  const el = bubble(mine, m.text);
  el.dataset.id = m.id;
  el.append(...m.attachments.map(attachment));
  if (m.buttons.length) el.append(buttons(m.buttons));
  const hello = $("hello");
  const hadFocus = hello && hello.contains(document.activeElement);
  if (hello) hello.remove();
  const said = mine && adopt(m.id, m.text, el, m.attachments.length > 0);
  if (said && said.parentNode) said.replaceWith(el);
  else log.insertBefore(el, unsettled());
  if (hadFocus) { el.tabIndex = -1; el.focus({ preventScroll: true }); }
  return el;
}
/* The first bubble that the server has not confirmed: what it has said stands above. */
function unsettled() {
  const item = queue.find((i) => i.el && !i.stored);
  return item ? item.el : null;
}
/* A message of ours came back from the server: it is the one we still keep, not a second one. Returns its old bubble. */
function adopt(id, text, el, files) {
  const item = queue.find((i) => !i.stored && id > i.after && !!i.photo === files && (i.label || i.text || "") === text);
  if (!item) return null;
  const old = item.el;
  item.el = el;
  item.stored = true;
  return old;
}
function mark(item, words, bad) {
  if (!item.el) return;
  item.el.classList.toggle("bad", !!bad);
  let line = item.el.querySelector(".s");
  if (!words) { if (line) line.remove(); return; }
  if (!line) {
    line = make("p", "s");
    line.setAttribute("aria-live", "off"); // said once for all by #status
    item.el.append(line);
  }
  line.textContent = words;
}
function markUnsent(item) {
  mark(item, TEXTS.unsent, true);
  const again = item.el && make("button", "again", TEXTS.again);
  if (again) {
    again.type = "button";
    item.el.querySelector(".s").append(again);
  }
}
function say(words) {
  if (state.textContent !== words) state.textContent = words;
}

// -- where the reader is

let placed = -1;                       // where we scrolled to; elsewhere means that the reader moved
function following() {
  return main.scrollHeight - main.scrollTop - main.clientHeight < 60 || Math.abs(main.scrollTop - placed) < 3;
}
function toEnd() {
  main.scrollTop = main.scrollHeight;
  placed = main.scrollTop;
  fresh.hidden = true;
}
/* Show this at the top if what follows fills the screen, so that a long answer is read from its beginning. */
function toTop(el) {
  const bar = getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
  main.scrollTop = el.offsetTop - bar - 10;
  placed = main.scrollTop;
  fresh.hidden = true;
}
let resting = false;                   // at the end; the keyboard or a notice below must not cover it
main.addEventListener("scroll", () => {
  resting = main.scrollHeight - main.scrollTop - main.clientHeight < 60;
  if (resting) fresh.hidden = true;
}, { passive: true });
if (window.ResizeObserver) new ResizeObserver(() => { if (resting) toEnd(); }).observe(main);
fresh.addEventListener("click", () => { toEnd(); box.focus({ preventScroll: true }); });

/* Draw what came, in order. */
function arrive(messages, question) {
  const follow = following(), drawn = messages.map(draw).filter(Boolean);
  if (!drawn.length) return drawn;
  const tall = question && question.offsetHeight > main.clientHeight / 2;
  if (follow) toTop(question && !tall ? question : drawn[0]);
  else fresh.hidden = false;
  return drawn;
}

// -- talking to the server

/* Returns {status, wait, body}; status 0: nobody answered, or somebody else did (a hotspot's login page). */
async function ask(path, body) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), TIMEOUT);
  try {
    const answer = await fetch(path, body ? {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
      signal: stop.signal, redirect: "error",
    } : { signal: stop.signal, redirect: "error" });
    const wait = parseInt(answer.headers.get("Retry-After"), 10) || 0;
    let data = {};
    try { data = await answer.json(); } catch (_) { /* a proxy's error page */ }
    if (answer.ok && !Array.isArray(data.messages)) return { status: 0, wait: 0, body: {} };
    return { status: answer.status, wait, body: data };
  } catch (_) {
    return { status: 0, wait: 0, body: {} };
  } finally {
    clearTimeout(timer);
  }
}
function online(yes) {
  const words = yes && navigator.onLine !== false ? "" : TEXTS.offline;
  if (net.textContent !== words) net.textContent = words;
}

let sending = false, tries = 0, timer = 0, turn = 0, notBefore = 0, told = false;
/* Send what waits, one after the other. */
async function pump() {
  clearTimeout(timer);
  if (sending || !queue.length || (tries && document.hidden)) return;
  if (Date.now() < notBefore) {
    timer = setTimeout(pump, notBefore - Date.now());
    return;
  }
  sending = true;
  const item = queue[0];
  dots.hidden = false;
  if (!tries) say(TEXTS.waiting);
  if (following()) toEnd();
  const answer = await (item.photo ? sendPhoto(item) : ask("/api/chat/messages", Object.assign({ client_id: item.id },
    item.payload ? { payload: item.payload } : { text: item.text })));
  sending = false;
  dots.hidden = true;
  online(answer.status !== 0);
  if (answer.status === 200) {
    tries = 0;
    settle(item, answer.body.messages);
  } else if ([400, 403, 413, 415].includes(answer.status)) {
    tries = 0;
    release(item);
    mark(item, answer.body.error || TEXTS.unsent, true);
    say(answer.body.error || TEXTS.unsent);
  } else {
    tries += 1;
    const follow = following();
    queue.forEach(markUnsent);
    if (follow) toEnd();
    say(TEXTS.unsent);
    told = answer.wait > 0;            // the server said when; otherwise we only guess
    notBefore = Date.now() + (answer.wait || Math.min(60, 2 ** tries)) * 1000 + Math.random() * 500;
  }
  if (queue.length) pump(); else if (state.textContent === TEXTS.waiting) say("");
}
/* Returns what `ask` does; a picture that is not on this phone any more is refused with our own words. */
async function sendPhoto(item) {
  try {
    const script = await photos(), blob = await script.find(KEEP + item.id);
    if (!blob) return { status: 400, wait: 0, body: { error: TEXTS.lostPhoto } };
    mark(item, TEXTS.sendingPhoto);
    return await script.send("/api/chat/messages", { client_id: item.id }, blob,
      (share) => mark(item, TEXTS.sendingPhoto + " " + Math.round(share * 100) + "%"));
  } catch (_) {
    return { status: 0, wait: 0, body: {} };
  }
}
function settle(item, replies) {
  const shown = replies.length > 0 && replies.every((m) => seen.has(m.id));
  release(item);
  // Its answer is there already, so it is there too, if perhaps in other words: the server hides what is secret.
  if (shown && item.el && !item.stored) item.el.remove();
  mark(item, replies.length ? "" : TEXTS.sent);
  arrive(replies, item.el && item.el.isConnected ? item.el : null);
}
/* Somebody asked for it, or the network is back. */
function sendNow() {
  if (!queue.length) return;
  tries = 0;
  if (!told) notBefore = 0;
  queue.forEach((i) => mark(i, TEXTS.sending));
  pump();
}

function put(said) {
  if ($("hello") && !queue.length && said.payload !== BEGIN) put({ payload: BEGIN });
  const item = Object.assign({ id: random(), at: Date.now(), turn: turn++, after: Math.max(0, ...seen) }, said);
  queue.push(item);
  keep(item);
  place(item);
}
function place(item) {
  const words = item.label || item.text || "";
  if (!words && !item.photo) return;
  item.el = bubble(true, words);
  if (item.photo) item.el.append(attachment({ kind: "photo", src: item.preview }));
  mark(item, TEXTS.sending);
  log.append(item.el);
  toEnd();
}

// -- what the person does

function fit() {
  box.style.height = "";               // empty: as high as one line, however large the letters are
  if (box.value) box.style.height = box.scrollHeight + 2 + "px";
}
box.addEventListener("input", fit);
addEventListener("resize", fit);
box.addEventListener("keydown", (e) => {
  // Vietnamese is typed through an input method: its Enter ends a word.
  if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return;
  e.preventDefault();
  submit();
});
form.addEventListener("submit", (e) => { e.preventDefault(); submit(); });
function submit() {
  const text = box.value.trim().normalize("NFC");
  $("notice").hidden = true;
  box.focus({ preventScroll: true });
  if (!text) return;
  box.value = "";
  fit();
  put({ text });
  sendNow();
}

picker.addEventListener("click", () => { photos().catch(() => {}); }); // while the person looks for a picture
picker.addEventListener("change", async () => {
  const chosen = Array.from(picker.files);
  picker.value = "";
  $("notice").hidden = true;
  if (chosen.length > MOST_PHOTOS) tell(TEXTS.many);
  for (const file of chosen.slice(0, MOST_PHOTOS)) {
    try {
      const script = await photos(), id = random(), { blob, preview } = await script.prepare(file);
      await script.keep(KEEP + id, blob);
      put({ id, photo: true, preview });
      sendNow();
    } catch (_) {
      tell(TEXTS.noPhotos);
      return;
    }
  }
});
function tell(words) {
  $("notice").textContent = words;
  $("notice").hidden = false;
}

let last = null;                       // the press before this one
log.addEventListener("click", (e) => {
  const button = e.target.closest("button");
  if (!button) return;
  e.preventDefault();
  // What is drawn meanwhile may have moved another button under the finger.
  const again = last && e.timeStamp - last.at < DOUBLE_TAP && (button.value === last.value
    || Math.abs(e.clientX - last.x) + Math.abs(e.clientY - last.y) < 16);
  last = { at: e.timeStamp, value: button.value, x: e.clientX, y: e.clientY };
  if (again) return;
  if (button.className === "again") {
    const said = button.closest(".m");
    said.tabIndex = -1;                // the button goes away under the focus
    said.focus({ preventScroll: true });
    sendNow();
    return;
  }
  const payload = button.value;
  if (queue.some((i) => i.payload === payload)) return;
  put(payload === BEGIN ? { payload } : { payload, label: button.textContent });
  sendNow();
});
addEventListener("keydown", (e) => {
  if (e.key === "Escape" && parent !== window) parent.postMessage("hai-chieu:close", "*");
});

// -- what comes by itself

let stream = null, pause = 5000, leaving = 0;
function listen() {
  if (stream || document.hidden || !window.EventSource) return;
  stream = new EventSource("/api/chat/events?page=" + page + "&after=" + known);
  stream.addEventListener("open", () => { pause = 5000; });
  stream.addEventListener("message", (e) => {
    const m = JSON.parse(e.data);
    known = Math.max(known, m.id);
    arrive([m]);
  });
  stream.addEventListener("error", () => {
    if (!stream || stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    stream = null;
    setTimeout(listen, pause);
    pause = Math.min(60000, pause * 2);
  });
}
function hush() {
  if (stream) stream.close();
  stream = null;
}
document.addEventListener("visibilitychange", () => {
  clearTimeout(leaving);
  if (document.hidden) {
    leaving = setTimeout(hush, 30000);   // spares the battery, the data and the server
  } else {
    if (loaded) listen(); else load();
    pump();
  }
});
addEventListener("offline", () => online(false));
addEventListener("online", () => { online(true); if (loaded) sendNow(); else load(); });

let loaded = false, loading = false, slow = 2000;
async function load() {
  if (loading || loaded) return;
  loading = true;
  const answer = await ask("/api/chat/messages?limit=100&after=" + known);
  loading = false;
  online(answer.status !== 0);
  if (answer.status !== 200) {
    setTimeout(load, answer.wait * 1000 || slow);
    slow = Math.min(60000, slow * 2);
    return;
  }
  loaded = true;
  arrive(answer.body.messages);
  known = Math.max(known, ...answer.body.messages.map((m) => m.id));
  listen();
  pump();
}

// -- the beginning: take over what the server wrote, then what was not answered when the page was left

document.documentElement.className = "js";
dots.hidden = true;
for (const el of log.querySelectorAll("[data-id]")) {
  seen.add(Number(el.dataset.id));
  known = Math.max(known, Number(el.dataset.id));
}
queue.push(...kept());
turn = queue.length;
for (const el of log.querySelectorAll(".me[data-id]")) {
  const words = el.querySelector(".t").lastChild;
  adopt(Number(el.dataset.id), words.nodeType === 3 ? words.data : "", el, !!el.querySelector(".p, .d"));
}
for (const item of queue) {
  if (item.stored) mark(item, TEXTS.sending); else place(item);
}
online(true);
fit();
if ($("hello") && !queue.length) placed = main.scrollTop; else toEnd();
load();
})();
