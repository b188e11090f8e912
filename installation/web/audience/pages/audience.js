"use strict";
// The audience's page. Everything comes from this machine; a random token is all that is kept here.

const PAST_MS = 4000, FUTURE_MS = 2000; // shown before and after now
const SEND_DELAY_MS = 400; // after the last touch of a slider
const MESSAGE_MS = 4000;
const STILL_MS = 500; // between two pictures with reduced motion
const COLOURS = ["#8a9af3", "#cfc25c", "#c695d0", "#86bfb0", "#f2a382", "#74a5eb", "#eab947",
  "#a894e9", "#aac485", "#e09aac", "#70b3d4", "#f6ae5b"]; // of the pitch classes from C, as on the stage
const still = matchMedia("(prefers-reduced-motion: reduce)");
const byId = (id) => document.getElementById(id);

let words = {}, language = "en", events = null, retryMs = 1000;
let clockOffset = Infinity; // this phone's clock minus the machine's, ms; the smallest seen is nearest
let turn = "attract", styles = [], crowd = { voices: 0, axes: [0, 0, 0], styles: [] };
let duet = null, sendTimer = 0, messageTimer = 0, voice = remember("voice");
const notes = new Map();
const opinion = { wildness: 0, surprise: 0, brightness: 0, styles: [] };
let handle = null; // place of the light between the styles

// What this phone keeps

function remember(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return value === undefined ? null : value; // a private window keeps nothing
  }
}

// Words

function say(key, values = {}) {
  const text = (words[language] || {})[key] || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function speak(chosen) {
  language = remember("language", chosen);
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = say(`phone.${each.dataset.word}`);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", say(`phone.${each.dataset.label}`));
  for (const each of document.querySelectorAll(".axis")) {
    const [low, high] = each.querySelectorAll("label span");
    low.textContent = say(`phone.${each.dataset.low}`);
    high.textContent = say(`phone.${each.dataset.high}`);
    each.querySelector("input").setAttribute("aria-label", `${low.textContent} – ${high.textContent}`);
  }
  for (const each of byId("languages").children) {
    each.setAttribute("aria-pressed", String(each.lang === language));
  }
  write("turn", events || !turn ? say(`phone.turn_${turn}`) : say("phone.offline"));
  showCrowd();
  drawTriangle();
}

function write(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function tell(key) {
  write("message", say(`phone.${key}`));
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => write("message", ""), MESSAGE_MS);
}

// Requests

async function ask(method, path, body) {
  try {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await fetch(path, { method, headers, body: text });
    return { status: response.status, values: await response.json().catch(() => ({})) };
  } catch {
    return { status: 0, values: {} };
  }
}

async function askAsVoice(path, body) {
  for (let tries = 0; tries < 2; tries++) {
    if (!voice) {
      const joined = await ask("POST", "/join");
      if (joined.status !== 200) return joined;
      voice = joined.values.voice;
      remember("voice", voice);
    }
    const answer = await ask("POST", path, { voice, ...body });
    if (answer.status !== 401) return answer;
    voice = null; // the machine has started again
  }
  return { status: 401, values: {} };
}

// Events

function listen() {
  if (events || document.hidden) return;
  events = new EventSource("/events");
  events.onmessage = (event) => {
    retryMs = 1000;
    take(JSON.parse(event.data));
  };
  events.onerror = () => {
    hush();
    write("turn", say("phone.offline"));
    setTimeout(listen, retryMs * (0.5 + Math.random())); // not all phones at once
    retryMs = Math.min(30000, 2 * retryMs);
  };
}

function hush() {
  if (events) events.close();
  events = null;
  notes.clear(); // the end of a held one may be missed; all that sound are told again
  clockOffset = Infinity; // this phone may have slept
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) hush();
  else listen();
});

function take(news) {
  clockOffset = Math.min(clockOffset, performance.now() - news.t);
  for (const [serial, due, duration, pitch, source] of news.notes || []) {
    notes.set(serial, { due, duration, pitch, source });
  }
  for (const [serial, duration] of news.ends || []) {
    if (notes.has(serial)) notes.get(serial).duration = duration;
  }
  for (const serial of news.gone || []) notes.delete(serial);
  if (news.turn) turn = news.turn;
  write("turn", say(`phone.turn_${turn}`));
  if (news.styles && news.styles.join() !== styles.join()) {
    styles = news.styles;
    opinion.styles = [];
    handle = null;
    byId("styles").hidden = styles.length < 2;
  }
  if (news.crowd) {
    crowd = news.crowd;
    showCrowd();
  }
  if (news.duet !== undefined) showVote(news.duet);
  if (news.question) showQuestion(news.question);
  if (news.styles || news.crowd) drawTriangle();
}

// The moving roll

function fit(canvas) {
  const ratio = devicePixelRatio || 1, { width, height } = canvas.getBoundingClientRect();
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { pen, width, height };
}

function addBar(pen, x, y, width, height) {
  if (pen.roundRect) pen.roundRect(x, y, width, height, 3);
  else pen.rect(x, y, width, height); // Safari before 16, Chrome before 99
}

function drawRoll() {
  const { pen, width, height } = fit(byId("roll"));
  const now = performance.now() - clockOffset, span = PAST_MS + FUTURE_MS;
  // with reduced motion the picture stands, and turns a page when it is full
  const left = still.matches ? now - (now % PAST_MS) : now - PAST_MS;
  pen.clearRect(0, 0, width, height);
  const x = (time) => (time - left) / span * width, scale = height / 62;
  pen.fillStyle = "#333d4f";
  pen.fillRect(x(now), 0, 1.5, height);
  for (const [serial, note] of notes) {
    const end = note.due + (note.duration || Math.max(60, now - note.due));
    if (end < now - 2 * PAST_MS) notes.delete(serial);
    if (end < left || note.due > left + span) continue;
    const y = height - (Math.min(96, Math.max(36, note.pitch)) - 35) * scale;
    const sounds = note.due <= now && now < end;
    pen.globalAlpha = note.due > now ? 0.45 : sounds ? 1 : 0.7;
    pen.fillStyle = note.source === 0 ? "#ffffff" : COLOURS[note.pitch % 12];
    pen.beginPath();
    const thick = sounds ? 9 : 6;
    addBar(pen, x(note.due), y - thick / 2, Math.max(4, x(end) - x(note.due) - 1.5), thick);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function later(work) {
  if (still.matches) setTimeout(work, STILL_MS);
  else requestAnimationFrame(work);
}

function animate() {
  if (!document.hidden && clockOffset !== Infinity) drawRoll();
  later(animate);
}

// Opinions

for (const axis of document.querySelectorAll(".axis")) {
  const label = document.createElement("label"), slider = document.createElement("input");
  label.append(document.createElement("span"), document.createElement("span"));
  Object.assign(slider, { type: "range", min: -100, max: 100, value: 0, id: axis.dataset.axis });
  label.htmlFor = slider.id;
  slider.addEventListener("input", () => {
    opinion[axis.dataset.axis] = Number(slider.value) / 100;
    sendSoon();
  });
  const mark = document.createElement("div");
  mark.className = "mark";
  mark.append(document.createElement("i"));
  axis.append(label, slider, mark);
}

function sendSoon() {
  clearTimeout(sendTimer);
  sendTimer = setTimeout(async () => {
    const { status } = await askAsVoice("/opinion", opinion);
    tell(status === 200 ? "sent" : status === 429 ? "busy" : "failed");
  }, SEND_DELAY_MS);
}

function showCrowd() {
  document.querySelectorAll(".mark i").forEach((mark, axis) => {
    mark.style.left = `${50 + 50 * crowd.axes[axis]}%`;
  });
  const key = crowd.voices === 0 ? "alone" : crowd.voices === 1 ? "one" : "many";
  write("crowd", say(`phone.${key}`, { count: crowd.voices }));
}

// The styles' triangle: shares by nearness to the corners

function corners(width, height) {
  const radius = Math.min(width, height) * 0.36, count = styles.length;
  return styles.map((style, k) => ({
    x: width / 2 + Math.min(1.5, 0.4 * width / radius) * radius * Math.sin(2 * Math.PI * k / count),
    y: height * 0.56 - radius * Math.cos(2 * Math.PI * k / count),
  }));
}

function styleName(style) {
  const key = `style.${style}`, text = say(key);
  return text === key ? style : text;
}

function drawTriangle() {
  if (byId("styles").hidden) return;
  const canvas = byId("triangle"), { pen, width, height } = fit(canvas), places = corners(width, height);
  const look = getComputedStyle(document.documentElement);
  pen.clearRect(0, 0, width, height);
  pen.strokeStyle = look.getPropertyValue("--rule");
  pen.lineWidth = 1.5;
  pen.beginPath();
  places.forEach(({ x, y }, k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.stroke();
  pen.font = "300 17px Jost, sans-serif";
  pen.fillStyle = look.getPropertyValue("--text");
  pen.textAlign = "center";
  places.forEach(({ x, y }, k) => {
    const name = styleName(styles[k]), half = pen.measureText(name).width / 2 + 2;
    pen.fillText(name, Math.min(width - half, Math.max(half, x)), y < height / 2 ? y - 12 : y + 26);
  });
  if (crowd.styles.length === styles.length) drawLight(pen, mean(places, crowd.styles), 7, look.getPropertyValue("--crowd"));
  const own = handle ? { x: handle.x * width, y: handle.y * height } : mean(places, styles.map(() => 1));
  pen.strokeStyle = look.getPropertyValue("--text");
  pen.lineWidth = 3;
  pen.beginPath();
  pen.arc(own.x, own.y, 15, 0, 2 * Math.PI);
  pen.stroke();
  const shares = opinion.styles.length ? opinion.styles : styles.map(() => 1 / styles.length);
  const spoken = styles.map((style, k) => `${styleName(style)} ${Math.round(100 * shares[k])} %`);
  canvas.setAttribute("aria-valuetext", spoken.join(", "));
  canvas.setAttribute("aria-valuenow", String(Math.round(100 * shares[0])));
}

function drawLight(pen, { x, y }, radius, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function mean(places, shares) {
  const total = shares.reduce((sum, share) => sum + share, 0) || 1;
  return {
    x: places.reduce((sum, place, k) => sum + place.x * shares[k], 0) / total,
    y: places.reduce((sum, place, k) => sum + place.y * shares[k], 0) / total,
  };
}

function moveHandle(x, y) {
  const { width, height } = byId("triangle").getBoundingClientRect();
  handle = { x: Math.min(1, Math.max(0, x / width)), y: Math.min(1, Math.max(0, y / height)) };
  const near = corners(width, height).map((place) => {
    const distance = Math.hypot(place.x - handle.x * width, place.y - handle.y * height) / height;
    return 1 / (distance * distance + 0.002);
  });
  const total = near.reduce((sum, each) => sum + each, 0);
  opinion.styles = near.map((each) => each / total);
  drawTriangle();
  sendSoon();
}

byId("triangle").addEventListener("pointerdown", (event) => {
  byId("triangle").setPointerCapture(event.pointerId);
  moveHandle(event.offsetX, event.offsetY);
});
byId("triangle").addEventListener("pointermove", (event) => {
  if (event.buttons) moveHandle(event.offsetX, event.offsetY);
});
byId("triangle").addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-14, 0], ArrowRight: [14, 0], ArrowUp: [0, -14], ArrowDown: [0, 14] }[event.key];
  if (!step) return;
  event.preventDefault();
  const { width, height } = byId("triangle").getBoundingClientRect();
  const at = handle || { x: 0.5, y: 0.5 };
  moveHandle(at.x * width + step[0], at.y * height + step[1]);
});

// Votes

function showVote(offered) {
  duet = offered;
  byId("vote").hidden = duet === null;
  for (const id of ["liked", "disliked"]) byId(id).disabled = false;
}

for (const id of ["liked", "disliked"]) {
  byId(id).addEventListener("click", async () => {
    for (const each of ["liked", "disliked"]) byId(each).disabled = true;
    const { status, values } = await askAsVoice("/vote", { duet, liked: id === "liked" });
    if (status === 200) {
      tell(values.counted ? "thanks" : "voted");
      byId("vote").hidden = true;
    } else {
      tell(status === 429 ? "busy" : "failed");
      for (const each of ["liked", "disliked"]) byId(each).disabled = false;
    }
  });
}

// The question of the day

let question = { serial: 0, text: "", answers: [], counts: [] };

function showQuestion(asked) {
  const isNew = asked.serial !== question.serial;
  question = asked;
  byId("question").hidden = !asked.text;
  write("question-text", asked.text);
  if (isNew) {
    byId("answers").replaceChildren(...asked.answers.map((answer, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "choice";
      button.append(document.createElement("b"), answer, document.createElement("i"));
      button.addEventListener("click", async () => {
        const { status } = await askAsVoice("/answer", { question: question.serial, answer: index });
        tell(status === 200 ? "sent" : status === 429 ? "busy" : "failed");
        if (status !== 200) return;
        for (const each of byId("answers").children) each.setAttribute("aria-pressed", String(each === button));
      });
      return button;
    }));
  }
  const total = Math.max(1, asked.counts.reduce((sum, count) => sum + count, 0));
  Array.from(byId("answers").children).forEach((button, index) => {
    button.querySelector("b").textContent = String(asked.counts[index]);
    button.querySelector("i").style.width = `${100 * asked.counts[index] / total}%`;
  });
}

// Person or network?

let round = null, sound = null;

function beats(part) {
  return Math.max(0, ...part.map(([onset, duration]) => onset + duration));
}

async function drawARound() {
  const { status, values } = await ask("GET", "/round");
  byId("rounds").hidden = status !== 200;
  if (status !== 200) return;
  round = values;
  hushRound();
  byId("verdict").textContent = "";
  byId("another").hidden = true;
  for (const id of ["person", "network"]) byId(id).disabled = false;
  drawRound();
}

function drawRound() {
  if (byId("rounds").hidden || !round) return;
  const { pen, width, height } = fit(byId("round")), all = [...round.opening, ...round.continuation];
  const end = beats(all), low = Math.min(...all.map((note) => note[2])) - 2, high = Math.max(...all.map((note) => note[2])) + 2;
  const now = sound ? (sound.context.currentTime - sound.begun) * round.tempo / 60 : -1;
  pen.clearRect(0, 0, width, height);
  all.forEach(([onset, duration, pitch], index) => {
    const plays = onset <= now && now < onset + duration;
    pen.fillStyle = index < round.opening.length ? "#ffffff" : "#f2a382"; // the same whoever it was
    pen.globalAlpha = plays ? 1 : 0.65;
    pen.fillRect(onset / end * width, height - (pitch - low) / (high - low) * height - 3, Math.max(3, duration / end * width - 1.5), plays ? 9 : 6);
  });
  pen.globalAlpha = 1;
  pen.fillStyle = "#8995ac";
  pen.fillRect(Math.min(...round.continuation.map((note) => note[0])) / end * width - 3, 0, 1.5, height);
}

function hushRound() {
  if (sound) sound.context.close();
  sound = null;
  byId("hear").textContent = say("phone.play");
}

function hearRound() {
  const context = new (window.AudioContext || window.webkitAudioContext)(), begun = context.currentTime + 0.1, beat = 60 / round.tempo;
  sound = { context, begun };
  for (const [onset, duration, pitch] of [...round.opening, ...round.continuation]) {
    const tone = context.createOscillator(), gain = context.createGain(), at = begun + onset * beat;
    tone.type = "triangle";
    tone.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.2, at + 0.008);
    gain.gain.setTargetAtTime(0.08, at + 0.008, 0.25);
    gain.gain.setTargetAtTime(0, at + duration * beat * 0.95, 0.05);
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + duration * beat + 0.4);
  }
  byId("hear").textContent = say("phone.stop");
  const follow = () => {
    if (!sound || sound.context !== context) return;
    drawRound();
    if (context.currentTime > begun + beats(round.continuation) * beat + 0.5) hushRound();
    later(follow);
  };
  follow();
}

byId("hear").addEventListener("click", () => (sound ? hushRound() : hearRound()));
byId("another").addEventListener("click", drawARound);
for (const choice of ["person", "network"]) {
  byId(choice).addEventListener("click", async () => {
    for (const id of ["person", "network"]) byId(id).disabled = true;
    const { status, values } = await askAsVoice("/guess", { round: round.round, choice });
    if (status !== 200) {
      tell(status === 429 ? "busy" : "failed");
      for (const id of ["person", "network"]) byId(id).disabled = false;
      return;
    }
    const percent = (share) => Math.round(100 * share), who = say(`phone.${values.truth}`);
    const verdict = say(values.truth === choice ? "phone.guess_right" : "phone.guess_wrong", { who });
    const score = say("phone.score", { right: values.right, guesses: values.guesses,
      share: percent(values.right / Math.max(1, values.guesses)), low: percent(values.low), high: percent(values.high) });
    byId("verdict").textContent = values.guesses ? `${verdict} ${score}` : verdict;
    byId("another").hidden = false;
  });
}

// Start

async function start() {
  const answer = await ask("GET", "/words.json");
  if (answer.status !== 200) {
    setTimeout(start, 3000);
    return;
  }
  words = answer.values;
  for (const code of Object.keys(words)) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", lang: code, textContent: words[code]["language.name"] });
    button.addEventListener("click", () => speak(code));
    byId("languages").append(button);
  }
  const wanted = [remember("language"), ...navigator.languages.map((code) => code.slice(0, 2))];
  document.querySelector("main").hidden = false;
  speak(wanted.find((code) => code in words) || "en");
  listen();
  animate();
  drawARound();
}

addEventListener("resize", () => {
  drawTriangle();
  drawRound();
});
start();
