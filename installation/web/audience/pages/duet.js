"use strict";
// A visitor's duet. This file holds all it needs; "delete" and "wall" alone ask the machine it came from.

const pristine = `<!doctype html>\n${document.documentElement.outerHTML}`;
const data = JSON.parse(document.getElementById("data").textContent);
const COLOURS = ["#8a9af3", "#cfc25c", "#c695d0", "#86bfb0", "#f2a382", "#74a5eb", "#eab947",
  "#a894e9", "#aac485", "#e09aac", "#70b3d4", "#f6ae5b"]; // of the pitch classes from C, as on the stage
const VISITOR = 0, MAX_SPAN_MS = 14000, MARGIN_MS = 400, LEAD_S = 0.12;
const STILL_MS = 500; // between two pictures with reduced motion
const still = matchMedia("(prefers-reduced-motion: reduce)");
const byId = (id) => document.getElementById(id);
const notes = data.notes.map(([onset, duration, pitch, velocity, source]) => ({ onset, duration, pitch, velocity, source }));
const begin = Math.min(...notes.map((note) => note.onset)) - MARGIN_MS;
const end = Math.max(...notes.map((note) => note.onset + note.duration)) + MARGIN_MS;
const span = Math.min(MAX_SPAN_MS, end - begin);
const low = Math.min(...notes.map((note) => note.pitch)) - 3, high = Math.max(...notes.map((note) => note.pitch)) + 3;
const causes = new Map();
for (const [note, cause, nats] of data.reasons) causes.set(note, [...(causes.get(note) || []), { cause, nats }]);

let language = "en", chosen = -1, audio = null, startedAt = 0, startedFrom = 0, position = begin, voices = [], timer = 0;

function say(key, values = {}) {
  const text = (data.words[language] || {})[`phone.${key}`] || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function speak(code) {
  language = code;
  document.documentElement.lang = code;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = say(each.dataset.word);
  for (const each of byId("languages").children) each.setAttribute("aria-pressed", String(each.lang === code));
  const date = new Date(data.began), until = new Date(data.until);
  byId("lede").textContent = say("home_lede", { date: date.toLocaleString(code, { dateStyle: "long", timeStyle: "short" }) });
  byId("until").textContent = location.protocol === "file:" ? say("offline_file")
    : say("kept_until", { date: until.toLocaleDateString(code, { dateStyle: "long" }) });
  byId("play").textContent = say(audio ? "stop" : "play");
  const count = (isVisitor) => notes.filter((note) => (note.source === VISITOR) === isVisitor).length;
  byId("picture").setAttribute("aria-label", `${say("you")}: ${count(true)}, ${say("network")}: ${count(false)}`);
  byId("place").setAttribute("aria-label", say("home_title"));
  byId("cells").hidden = !data.units.length;
  const most = Math.max(...data.units.map(([, , difference]) => difference));
  byId("cells").querySelector("ul").replaceChildren(...data.units.map(([layer, unit, difference]) => {
    const row = document.createElement("li"), bar = document.createElement("i"), name = document.createElement("span");
    name.textContent = say("cell", { layer: layer + 1, unit });
    bar.style.width = `${most > 0 ? Math.max(3, 100 * difference / most) : 3}%`;
    row.append(name, bar);
    return row;
  }));
}

// Picture

function left() {
  // with reduced motion the picture stands, and turns a page when it is full
  if (still.matches) return Math.max(begin, Math.min(end - span, begin + Math.floor((position - begin) / span) * span));
  return Math.max(begin, Math.min(end - span, position - 0.4 * span));
}

function layout() {
  const canvas = byId("picture"), { width, height } = canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d"), from = left();
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const top = 0.34 * height; // the arcs rise above the notes
  return {
    pen, width, height,
    x: (time) => (time - from) / span * width,
    y: (pitch) => height - 14 - (pitch - low) / (high - low) * (height - top - 14),
  };
}

function addBar(pen, x, y, width, height) {
  if (pen.roundRect) pen.roundRect(x, y, width, height, 3);
  else pen.rect(x, y, width, height); // Safari before 16, Chrome before 99
}

function draw() {
  const { pen, width, height, x, y } = layout();
  pen.clearRect(0, 0, width, height);
  const sounding = notes.map((note) => audio && note.onset <= position && position < note.onset + note.duration);
  for (const [index, list] of causes) {
    const isShown = index === chosen || (audio && sounding[index]);
    for (const { cause, nats } of list) drawArc(pen, x, y, notes[cause], notes[index], nats, isShown);
  }
  notes.forEach((note, index) => {
    const start = x(note.onset), length = Math.max(5, x(note.onset + note.duration) - start - 1.5);
    if (start > width || start + length < 0) return;
    const thick = sounding[index] || index === chosen ? 11 : 7;
    pen.globalAlpha = sounding[index] || index === chosen ? 1 : 0.8;
    pen.fillStyle = note.source === VISITOR ? "#ffffff" : COLOURS[note.pitch % 12];
    pen.beginPath();
    addBar(pen, start, y(note.pitch) - thick / 2, length, thick);
    pen.fill();
  });
  pen.globalAlpha = 1;
  pen.fillStyle = "#8995ac";
  if (audio) pen.fillRect(x(position), 0, 1.5, height);
}

function drawArc(pen, x, y, cause, note, nats, isShown) {
  if (!cause || !note) return;
  const from = x(cause.onset), to = x(note.onset), rise = Math.min(0.8 * y(Math.max(cause.pitch, note.pitch)), 26 + 0.3 * Math.abs(to - from));
  pen.globalAlpha = isShown ? 0.95 : 0.16;
  pen.strokeStyle = cause.source === VISITOR ? "#ffffff" : COLOURS[cause.pitch % 12];
  pen.lineWidth = Math.min(5, (isShown ? 1.4 : 0.8) + nats);
  pen.beginPath();
  pen.moveTo(from, y(cause.pitch));
  pen.quadraticCurveTo((from + to) / 2, Math.min(y(cause.pitch), y(note.pitch)) - rise * 1.6, to, y(note.pitch));
  pen.stroke();
}

byId("picture").addEventListener("pointerdown", (event) => {
  const { x, y } = layout();
  const distance = (note) => Math.hypot(Math.max(0, x(note.onset) - event.offsetX, event.offsetX - x(note.onset + note.duration)), y(note.pitch) - event.offsetY);
  const nearest = notes.map((note, index) => [distance(note), index]).sort((a, b) => a[0] - b[0])[0];
  chosen = nearest[0] < 40 ? nearest[1] : -1;
  draw();
});

// Sound: each note is given to the audio clock at once, and the picture follows that clock

function play(from) {
  audio = new (window.AudioContext || window.webkitAudioContext)();
  startedAt = audio.currentTime + LEAD_S;
  startedFrom = from;
  const master = audio.createGain(), limiter = audio.createDynamicsCompressor();
  master.gain.value = 0.5;
  master.connect(limiter).connect(audio.destination);
  for (const note of notes) {
    if (note.onset + note.duration <= from) continue;
    sound(note, startedAt + Math.max(0, note.onset - from) / 1000, master);
  }
  byId("play").textContent = say("stop");
  followLater();
}

function sound(note, at, master) {
  const seconds = note.duration / 1000, tone = audio.createOscillator(), gain = audio.createGain();
  tone.type = note.source === VISITOR ? "triangle" : "sine";
  tone.frequency.value = 440 * 2 ** ((note.pitch - 69) / 12);
  const loud = 0.34 * (note.velocity / 127);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + 0.008);
  gain.gain.setTargetAtTime(0.35 * loud, at + 0.008, 0.25);
  gain.gain.setTargetAtTime(0, at + seconds, 0.06);
  tone.connect(gain).connect(master);
  tone.start(at);
  tone.stop(at + seconds + 0.5);
  voices.push(tone);
}

function follow() {
  if (!audio) return;
  const heard = audio.currentTime - (audio.outputLatency || 0);
  position = Math.max(startedFrom, startedFrom + 1000 * (heard - startedAt));
  byId("place").value = String(Math.round(1000 * (position - begin) / (end - begin)));
  draw();
  if (position >= end) stop(begin);
  else followLater();
}

function followLater() {
  if (still.matches) timer = setTimeout(follow, STILL_MS);
  else requestAnimationFrame(follow);
}

function stop(at) {
  clearTimeout(timer);
  voices = [];
  audio.close();
  audio = null;
  position = at;
  byId("place").value = String(Math.round(1000 * (position - begin) / (end - begin)));
  byId("play").textContent = say("play");
  draw();
}

byId("play").addEventListener("click", () => (audio ? stop(position) : play(position)));
byId("place").addEventListener("input", () => {
  const at = begin + Number(byId("place").value) / 1000 * (end - begin);
  if (audio) stop(at);
  position = at;
  draw();
});

// Keep and delete

function keep(content, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

const day = data.began.slice(0, 16).replace(/[T:]/g, "-");
byId("save").addEventListener("click", () => keep(pristine, "text/html", `hidden-state-${day}.html`));
byId("midi").addEventListener("click", () => {
  const bytes = Uint8Array.from(atob(data.midi), (each) => each.charCodeAt(0));
  keep(bytes, "audio/midi", `hidden-state-${day}.mid`);
});
byId("wall").hidden = location.protocol === "file:";
byId("wall").addEventListener("click", async () => {
  const answer = await fetch(`${location.pathname}/play`, { method: "POST" }).catch(() => ({ status: 0 }));
  byId("message").textContent = say({ 200: "wall_plays", 429: "wall_later" }[answer.status] || "failed");
});
byId("delete").hidden = location.protocol === "file:";
byId("delete").addEventListener("click", async () => {
  if (!confirm(say("delete_sure"))) return;
  const answer = await fetch(location.pathname, { method: "DELETE" }).catch(() => ({ status: 0 }));
  const isGone = answer.status === 200 || answer.status === 404;
  byId("message").textContent = say(isGone ? "deleted" : "failed");
  if (isGone) byId("ends").hidden = true;
});

for (const code of Object.keys(data.words)) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", lang: code, textContent: data.words[code]["language.name"] });
  button.addEventListener("click", () => speak(code));
  byId("languages").append(button);
}
speak(navigator.languages.map((code) => code.slice(0, 2)).find((code) => code in data.words) || "en");
addEventListener("resize", draw);
draw();
