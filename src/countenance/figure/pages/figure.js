"use strict";
// The kiosk page of a figure: its picture, what it says with its source, and ways to ask. Knows nobody; keeps nothing.
const $ = (id) => document.getElementById(id);
let about = null, language = "", words = {}, talk = null, lastUse = 0, peer = null, shownId = null, timers = [];

async function call(method, path, body, type = "application/json") {
  const headers = talk ? { Authorization: `Bearer ${talk.token}` } : {};
  if (body !== undefined) headers["Content-Type"] = type;
  const answer = await fetch(path, { method, headers, body: body === undefined || type !== "application/json" ? body : JSON.stringify(body) });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const error = new Error(said.error ? `${said.error.message} ${said.error.remedy}` : `${answer.status}`);
  error.code = said.error && said.error.code;
  throw error;
}
const problem = (text) => { $("problem").hidden = !text; $("problem").textContent = text || ""; };
const over = (text) => { $("over").hidden = !text; $("over").textContent = text || ""; };

function speak(tag) { // the page in this language
  language = tag; words = about.languages[tag].words;
  document.documentElement.lang = tag;
  document.title = `${about.name} · ${words.badge_long}`;
  const put = { badge: words.badge, "badge-long": words.badge_long, name: about.name, about: about.languages[tag].about, sign: words.sign, start: words.start,
    suggest: words.suggest, "hold-words": about.listening === "free" ? words.tap_free : words.hold, stop: words.stop, end: words.end, send: words.send, "text-label": words.type, take: words.take_along,
    privacy: words.privacy + (about.keeps_declined ? " " + words.kept : "") };
  for (const [id, text] of Object.entries(put)) $(id).textContent = text;
  $("text").placeholder = words.type; $("bigger").setAttribute("aria-label", words.bigger); $("languages").setAttribute("aria-label", words.language);
  $("shown").setAttribute("aria-label", `${about.name}, ${words.badge_long}`);
  $("languages").replaceChildren(...Object.keys(about.languages).map((one) => {
    const button = document.createElement("button");
    button.textContent = one.toUpperCase(); button.lang = one; button.setAttribute("aria-pressed", String(one === tag));
    button.onclick = () => { speak(one); used(); if (talk) { talk = null; begin(); } };
    return button;
  }));
  if (Object.keys(about.languages).length < 2) $("languages").hidden = true;
  $("suggestions").replaceChildren(...about.languages[tag].suggestions.map((one) => choice(one.entry, one.question)));
}
function choice(entry, question) {
  const button = document.createElement("button");
  button.textContent = question; button.lang = language;
  button.onclick = () => asked(() => call("POST", `/figure/talks/${talk.id}/choose`, { entry, language }));
  return button;
}
const used = () => { lastUse = Date.now(); };

async function begin() {
  used(); problem(""); $("start").disabled = true;
  $("shown").muted = false; $("shown").play().catch(() => {});
  try {
    const said = await (await call("POST", "/figure/talks", { language })).json();
    talk = { id: said.id, token: said.token };
    document.body.dataset.screen = "talk"; $("begin").hidden = true; $("ask").hidden = false; $("said").hidden = false;
    show(said.reply); ($("hold").hidden ? $("text") : $("hold")).focus({ preventScroll: true });
  } catch (error) { over(error.message); } finally { $("start").disabled = false; }
}
function rest() { // back to the beginning: nothing of the talk stays on the screen
  if (talk) call("DELETE", `/figure/talks/${talk.id}`).catch(() => {});
  talk = null; quiet(); release(); timers.forEach(clearTimeout);
  document.body.dataset.screen = "start"; $("begin").hidden = false; $("ask").hidden = true; $("said").hidden = true; $("along").hidden = true;
  for (const id of ["caption", "sources", "options", "qr"]) $(id).replaceChildren();
  $("text").value = ""; problem(""); $("shown").muted = true; document.body.classList.remove("answered"); speak(Object.keys(about.languages)[0]); $("start").focus({ preventScroll: true });
}
async function asked(send) {
  if (!talk) await begin();
  used(); problem(""); $("along").hidden = true;
  try { show(await (await send()).json()); } catch (error) {
    if (error.code === "figure.talk") { talk = null; await begin(); } else problem(error instanceof TypeError ? words.lost : error.message);
  }
}
function show(reply) {
  used(); timers.forEach(clearTimeout); timers = [];
  $("understood").hidden = !reply.question;
  $("understood").textContent = reply.question ? `${words.understood}: “${reply.question}”` + (reply.understood && reply.understood !== reply.question ? ` → ${reply.understood}` : "") : "";
  const captions = reply.captions.length ? reply.captions : reply.sentences.map((text) => ({ text, start: 0, end: 0 }));
  const parts = captions.map((one) => { const span = document.createElement("span"); span.textContent = one.text + " "; return span; });
  $("caption").replaceChildren(...parts); $("caption").lang = reply.language; $("caption").classList.toggle("all", !reply.aloud);
  if (reply.aloud) {
    captions.forEach((one, k) => timers.push(setTimeout(() => parts.forEach((part, n) => part.classList.toggle("now", n <= k)), 1000 * one.start + 300)));
    const last = captions[captions.length - 1];
    timers.push(setTimeout(used, 1000 * last.end));
    lastUse = Date.now() + 1000 * last.end;
  }
  $("sources").replaceChildren(...reply.sources.map((one) => {
    const line = document.createElement("p"), by = document.createElement("b");
    line.className = one.by === "said" ? "own" : ""; by.textContent = one.by === "said" ? words.said : words.written;
    line.append(`${words.source}: ${one.source} · `, by); return line;
  }));
  $("options").replaceChildren(...reply.options.map((one) => choice(one.entry, one.question)));
  if (reply.options.length) { const none = document.createElement("button"); none.textContent = words.none; none.onclick = () => asked(() => call("POST", `/figure/talks/${talk.id}/ask`, { text: "no", language })); $("options").append(none); }
  document.body.classList.toggle("answered", Boolean(reply.question));
  problem(reply.floor || !about.stage ? "" : words.busy);
  $("said").scrollIntoView({ block: "nearest" });
}

// The picture
async function connect(id) {
  shownId = id;
  if (peer) peer.close();
  const own = peer = new RTCPeerConnection();
  const stream = new MediaStream();
  own.ontrack = (event) => { if ("jitterBufferTarget" in event.receiver) event.receiver.jitterBufferTarget = 0; stream.addTrack(event.track); $("shown").srcObject = stream; $("shown").play().catch(() => {}); };
  own.onconnectionstatechange = () => { if (own === peer && ["failed", "disconnected"].includes(own.connectionState)) shownId = null; };
  own.addTransceiver("video", { direction: "recvonly" }); own.addTransceiver("audio", { direction: "recvonly" });
  await own.setLocalDescription(await own.createOffer());
  await new Promise((done) => { if (own.iceGatheringState === "complete") return done(); own.onicegatheringstatechange = () => own.iceGatheringState === "complete" && done(); setTimeout(done, 2000); });
  const answer = await call("POST", "/figure/whep", own.localDescription.sdp, "application/sdp");
  await own.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}
async function look() {
  try {
    const said = await (await call("GET", "/figure/state")).json(), stage = said.stage;
    document.body.classList.toggle("asleep", stage !== null && stage.state === "asleep");
    if (!stage) { document.querySelector(".stage").hidden = true; }
    else if (stage.state === "on_air") { over(""); if (shownId !== stage.render_id) await connect(stage.render_id); }
    else { shownId = null; over({ waking: words.waking, asleep: (words.asleep || "").replace("{time}", stage.opens || ""), away: words.away }[stage.state]); }
  } catch (error) { shownId = null; over(words.lost); }
  if (talk && !held && Date.now() - lastUse > 1000 * about.forget_after) rest();
}

// The microphone
let socket = null, audio = null, pieces = null, held = false, pressed = 0, latched = false;
async function microphone() {
  if (pieces) return;
  if (!navigator.mediaDevices) throw new Error("none");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
  audio = new AudioContext();
  await audio.audioWorklet.addModule("/figure/assets/microphone.js");
  pieces = new AudioWorkletNode(audio, "pieces", { numberOfOutputs: 0 });
  audio.createMediaStreamSource(stream).connect(pieces);
  stream.getTracks()[0].onended = () => { pieces = null; problem(words.no_microphone); release(); };
  pieces.port.onmessage = (event) => {
    if (!socket || socket.readyState !== 1) return;
    if (event.data === "over") socket.send(JSON.stringify({ type: "end" }));
    else socket.send(event.data.buffer);
  };
}
function line() {
  return new Promise((done, failed) => {
    if (socket && socket.readyState === 1 && socket.talk === talk.id) return done(socket);
    if (socket) socket.close();
    const own = socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/figure/talks/${talk.id}/voice?token=${encodeURIComponent(talk.token)}`);
    own.talk = talk.id; own.onopen = () => done(own);
    own.onclose = () => { if (socket === own) { socket = null; if (held) { release(); problem(words.lost); } } failed(new Error("closed")); };
    own.onmessage = (event) => {
      const said = JSON.parse(event.data);
      if (said.type === "reply") { thinking(false); if (latched && about.listening !== "free") release(); show(said); }
      else if (said.type === "heard") { used(); $("understood").hidden = false; $("understood").textContent = `${words.understood}: “${said.text}”`; }
      else if (said.type === "error") { thinking(false); problem(said.message); }
      else used();
    };
  });
}
const thinking = (on) => { $("hold-words").textContent = on ? words.thinking : about.listening === "free" ? words.tap_free : words.hold; };
async function press() {
  if (held) { if (latched) finish(); return; }
  held = true; latched = false; pressed = Date.now(); used(); problem("");
  $("hold").classList.add("on"); $("hold-words").textContent = words.listening;
  try {
    if (!talk) await begin();
    await microphone();
    const own = await line();
    if (audio.state === "suspended") await audio.resume();
    if (!held) return;
    own.send(JSON.stringify({ type: "begin", rate: audio.sampleRate, language, held: about.listening !== "free" }));
    pieces.port.postMessage("on");
    if (about.listening === "free") latched = true;
  } catch (error) { release(); problem(words.no_microphone); }
}
function finish() { // what was said is sent off
  if (!held) return;
  release(); thinking(true); setTimeout(() => thinking(false), 6000);
  if (pieces) pieces.port.postMessage("off");
}
function letGo() { // a short tap leaves it listening until the voice ends; a long press ends when it is let go
  if (!held || latched) return;
  if (Date.now() - pressed < 350) { latched = true; if (socket && socket.readyState === 1) socket.send(JSON.stringify({ type: "free" })); return; }
  finish();
}
function release() { held = false; latched = false; $("hold").classList.remove("on"); if (about) $("hold-words").textContent = about.listening === "free" ? words.tap_free : words.hold; }
function quiet() { if (pieces) pieces.port.postMessage("stop"); if (socket && socket.readyState === 1) socket.send(JSON.stringify({ type: "stop" })); }

$("start").onclick = begin;
$("end").onclick = rest;
$("stop").onclick = () => { used(); timers.forEach(clearTimeout); if (talk) call("POST", `/figure/talks/${talk.id}/hush`).catch(() => {}); };
$("type").onsubmit = (event) => { event.preventDefault(); const text = $("text").value.trim(); if (!text) return; $("text").value = ""; asked(() => call("POST", `/figure/talks/${talk.id}/ask`, { text, language })); };
$("hold").onpointerdown = (event) => { if (event.button === 0) { event.preventDefault(); $("hold").setPointerCapture(event.pointerId); press(); } };
$("hold").onpointerup = letGo; $("hold").onpointercancel = letGo; $("hold").oncontextmenu = (event) => event.preventDefault();
$("hold").onkeydown = (event) => { if ([" ", "Enter"].includes(event.key) && !event.repeat) { event.preventDefault(); press(); } };
$("hold").onkeyup = (event) => { if ([" ", "Enter"].includes(event.key)) { event.preventDefault(); letGo(); } };
$("bigger").onclick = () => { const on = document.documentElement.classList.toggle("big"); $("bigger").setAttribute("aria-pressed", String(on)); used(); };
$("take").onclick = async () => {
  if (!talk) return;
  used();
  try {
    const said = await (await call("POST", `/figure/talks/${talk.id}/take`)).json();
    $("along").hidden = false; $("transcript").href = said.path; $("transcript").textContent = words.transcript;
    if (said.qr) $("qr").replaceChildren(new DOMParser().parseFromString(said.qr, "image/svg+xml").documentElement);
  } catch (error) { problem(error.message); }
};
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, used, { passive: true });
addEventListener("pagehide", () => { if (talk) fetch(`/figure/talks/${talk.id}`, { method: "DELETE", keepalive: true, headers: { Authorization: `Bearer ${talk.token}` } }); });

(async () => {
  for (;;) { try { about = await (await call("GET", "/figure")).json(); break; } catch { await new Promise((done) => setTimeout(done, 2000)); } }
  speak(Object.keys(about.languages)[0]);
  if (about.listening === "off") $("hold").hidden = true;
  if (about.sign_language) { $("signs").src = "/figure/sign-language"; $("signs").hidden = false; }
  await look(); setInterval(look, 2000);
})();
