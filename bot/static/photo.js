/* Pictures for the chat page, loaded when somebody wants to send one.

A picture is made small here, which spares a prepaid plan some nine tenths, and kept in IndexedDB until its answer is
here. Whatever this cannot do (an old phone, a full disk), the server does or says. */

const SIDE = 2048, QUALITY = .85;      // as the server keeps it
const SHOWN = 320;                     // px of the preview
const SMALL = 300e3;                   // bytes below which a JPEG goes as it is
const TIMEOUT = 180000;                // ms for one picture on a bad network
const STORE = "photos";

/* Returns {blob, preview}: what is to be sent, and a data: URL or "". */
export async function prepare(file) {
  let image = null;
  try {
    image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const preview = draw(image, SHOWN).toDataURL("image/jpeg", .7);
    if (file.type === "image/jpeg" && file.size <= SMALL) return { blob: file, preview };
    const blob = await new Promise((done) => draw(image, SIDE).toBlob(done, "image/jpeg", QUALITY));
    return { blob: blob && blob.size < file.size ? blob : file, preview };
  } catch (_) {
    return { blob: file, preview: "" };  // nothing that this browser can open
  } finally {
    if (image) image.close();
  }
}
function draw(image, side) {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/* Returns {status, wait, body} as chat.js's `ask` does; `progress` is told the share that is sent. */
export function send(path, fields, blob, progress) {
  return new Promise((done) => {
    const nobody = () => done({ status: 0, wait: 0, body: {} });
    const form = new FormData(), request = new XMLHttpRequest();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", blob, blob.name || "anh.jpg");
    request.open("POST", path);
    request.timeout = TIMEOUT;
    request.upload.onprogress = (e) => { if (e.lengthComputable) progress(e.loaded / e.total); };
    request.onerror = request.ontimeout = request.onabort = nobody;
    request.onload = () => {
      const wait = parseInt(request.getResponseHeader("Retry-After"), 10) || 0;
      let body = {};
      try { body = JSON.parse(request.responseText); } catch (_) { /* a proxy's error page */ }
      if (request.status === 200 && !Array.isArray(body.messages)) nobody();
      else done({ status: request.status, wait, body });
    };
    request.send(form);
  });
}

// -- what is kept until it is answered; memory alone where there is no database

const memory = new Map();
let opening = null;
function base() {
  opening = opening || new Promise((done, fail) => {
    const request = indexedDB.open("hc", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = fail;
  });
  return opening;
}
async function use(mode, work) {
  try {
    const transaction = (await base()).transaction(STORE, mode), request = work(transaction.objectStore(STORE));
    return await new Promise((done, fail) => {
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = fail;
    });
  } catch (_) {
    return undefined;
  }
}
export async function keep(key, blob) {
  memory.set(key, blob);
  await use("readwrite", (store) => store.put(blob, key));
}
export async function find(key) {
  return memory.get(key) || use("readonly", (store) => store.get(key));
}
export async function drop(key) {
  memory.delete(key);
  await use("readwrite", (store) => store.delete(key));
}
/* Forget every picture but these: of a session that is over, nobody may send them any more. */
export async function tidy(keys) {
  for (const key of (await use("readonly", (store) => store.getAllKeys())) || []) {
    if (!keys.includes(key)) await drop(key);
  }
}
