"use strict";
// The live page: begins a session, sends a camera or words, shows what comes back, and its receipt.
const $ = (id) => document.getElementById(id);
const kind = document.body.dataset.kind;
const camera = kind !== "speech";
const key = new URLSearchParams(location.hash.slice(1)).get("key") || "";
history.replaceState(null, "", location.pathname); // the key does not stay in the address
const TEXT = {
  camera: ["Move a portrait", "Your camera moves the portrait; your own face is not shown to anybody. Look straight and stay calm for a moment at the beginning."],
  speech: ["A portrait that speaks", "Write something, and the portrait says it, in a voice that is nobody's."],
  swap: ["Wear a permitted likeness", "The likeness is drawn on one person alone: the one whom the permission names. Others stay as they are."],
  "re-age": ["Another age", "Only the person whom the permission names is made older or younger. Others stay as they are."],
};
[$("heading").textContent, $("intro").textContent] = TEXT[kind];
let session = null, peer = null, stream = null, timer = 0, socketless = 0;

const say = (text) => { $("status").textContent = text; };
const problem = (text) => { $("problem").hidden = !text; $("problem").textContent = text || ""; };

async function call(method, path, body, type = "application/json") {
  const headers = { Authorization: `Bearer ${session ? session.token : key}` };
  if (body !== undefined) headers["Content-Type"] = type;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body });
  } catch {
    throw new Error("The server cannot be reached. Check the network.");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const error = new Error(said.error ? `${said.error.message} ${said.error.remedy}` : `The server answered ${answer.status}.`);
  error.code = said.error && said.error.code;
  throw error;
}

async function media() {
  if (!camera) return null;
  if (!navigator.mediaDevices) throw new Error("This page gets no camera: open it over https, or on this computer.");
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 25 } },
      audio: $("sound").checked ? { echoCancellation: true } : false,
    });
  } catch (error) {
    const why = { NotAllowedError: "The page may not use the camera. Allow it in the browser, and begin again.",
      NotFoundError: "There is no camera" + ($("sound").checked ? " or no microphone." : "."),
      NotReadableError: "Another program uses the camera." };
    throw new Error(why[error.name] || `The camera cannot be used (${error.name}).`);
  }
}

async function begin() {
  $("begin").disabled = true; problem(""); $("receipt").hidden = true;
  try {
    stream = await media();
    if (stream) { $("own").srcObject = stream; $("own").hidden = false;
      for (const track of stream.getTracks()) track.onended = () => say("The camera is gone; the picture rests until it is back."); }
    const answer = await call("POST", "/live/sessions", JSON.stringify({ sound: camera && $("sound").checked }));
    session = await answer.json();
    $("over").textContent = "Getting ready: permission is checked, and the mark is tried …"; $("over").hidden = false;
    $("end").hidden = false;
    timer = setInterval(look, 1000);
    await connect();
  } catch (error) {
    problem(error.message); stop(); $("begin").disabled = false;
  }
}

async function connect() {
  peer = new RTCPeerConnection();
  peer.ontrack = (event) => {
    if ("jitterBufferTarget" in event.receiver) event.receiver.jitterBufferTarget = 0;
    const shown = $("shown"); shown.srcObject = shown.srcObject || new MediaStream();
    shown.srcObject.addTrack(event.track); shown.play().catch(() => {});
  };
  const own = peer;
  peer.onconnectionstatechange = () => {
    if (own === peer && session && ["failed", "disconnected"].includes(own.connectionState)) setTimeout(again, 1500, own);
  };
  const sound = !camera || $("sound").checked;
  if (stream) for (const track of stream.getTracks()) peer.addTransceiver(track, { direction: "sendrecv", streams: [stream] });
  else { peer.addTransceiver("video", { direction: "recvonly" }); if (sound) peer.addTransceiver("audio", { direction: "recvonly" }); }
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise((done) => { if (peer.iceGatheringState === "complete") return done();
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done(); setTimeout(done, 2000); });
  const answer = await call("POST", `/live/sessions/${session.id}/${stream ? "whip" : "whep"}`, peer.localDescription.sdp, "application/sdp");
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
}

async function again(lost) { // a lost network: the session lives on for a while, the connection is made anew
  if (lost !== peer || !session || lost.connectionState === "connected") return;
  say("The connection was lost; it is made again …"); lost.close();
  try { await connect(); say(""); } catch (error) {
    if (session && ++socketless < 20) setTimeout(again, 2000, peer); else problem(error.message); }
}

let frames = 0, since = performance.now();
function count() { frames += 1; $("shown").requestVideoFrameCallback(count); }
if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) $("shown").requestVideoFrameCallback(count);

async function look() {
  if (!session) return;
  let said;
  try { said = await (await call("GET", `/live/sessions/${session.id}`)).json(); } catch { return; }
  if (!session) return;
  if (said.over) return over(said);
  if (said.on_air && said.session) {
    const now = performance.now(), fps = frames * 1000 / (now - since); frames = 0; since = now;
    $("over").hidden = fps > 0; $("cards").hidden = false;
    $("mark").textContent = said.session.render_id;
    $("fps").textContent = `${fps.toFixed(1)} a second, ${said.session.size.join("×")}`;
    $("viewers").textContent = said.viewers;
    $("whep").textContent = `${location.origin}/live/sessions/${session.id}/whep?token=${session.watch_token}`;
    $("mjpeg").href = `/live/sessions/${session.id}/mjpeg?token=${session.watch_token}`;
    $("calibrate").hidden = kind !== "camera"; $("say").hidden = kind !== "speech";
    if (kind === "camera") say(said.seen === false ? "Nobody is seen: is it too dark, or are you outside the picture?" :
      said.calibrated === false ? "Look straight and stay calm …" : "");
    const stats = peer ? await peer.getStats() : []; let delay = 0;
    stats.forEach((one) => { if (one.type === "inbound-rtp" && one.kind === "video" && one.jitterBufferEmittedCount)
      delay = 1000 * one.jitterBufferDelay / one.jitterBufferEmittedCount; });
    $("delay").textContent = `${delay.toFixed(0)} ms in this browser`;
  }
}

function over(said) {
  const receipt = said.receipt;
  stop(); $("begin").disabled = false;
  if (!receipt) return problem(said.error ? `${said.error.message} ${said.error.remedy || ""}` : "The session ended.");
  $("receipt").hidden = false;
  $("receipt").className = "answer " + (receipt.reason === "closed" ? "good" : "bad");
  $("why").textContent = receipt.reason === "closed" ? "It was closed." : receipt.message;
  $("r-mark").textContent = receipt.render_id; $("r-manifest").textContent = receipt.manifest_id;
  $("r-seconds").textContent = `${receipt.seconds} s, ${receipt.frames} pictures`;
}

function stop() {
  clearInterval(timer); session = null;
  if (peer) peer.close(); peer = null;
  if (stream) for (const track of stream.getTracks()) track.stop(); stream = null;
  $("own").hidden = true; $("own").srcObject = null; $("shown").srcObject = null;
  for (const id of ["end", "calibrate", "say", "cards"]) $(id).hidden = true;
  $("over").textContent = "Not on the air."; $("over").hidden = false; say("");
}

async function end() {
  $("end").disabled = true; say("Ending …");
  try { over(await (await call("DELETE", `/live/sessions/${session.id}`)).json()); } catch (error) { problem(error.message); stop(); $("begin").disabled = false; }
  $("end").disabled = false;
}

$("with-sound").hidden = !camera;
$("begin").onclick = begin; $("end").onclick = end;
$("calibrate").onclick = () => call("POST", `/live/sessions/${session.id}/recalibrate`).catch((error) => problem(error.message));
$("say").onsubmit = async (event) => {
  event.preventDefault(); const text = $("text").value.trim(); if (!text) return;
  problem("");
  try { await call("POST", `/live/sessions/${session.id}/say`, JSON.stringify({ text })); $("text").value = ""; } catch (error) { problem(error.message); }
};
$("hush").onclick = () => call("POST", `/live/sessions/${session.id}/clear`).catch((error) => problem(error.message));
window.addEventListener("pagehide", () => { if (session) fetch(`/live/sessions/${session.id}`, { method: "DELETE", keepalive: true, headers: { Authorization: `Bearer ${session.token}` } }); });
