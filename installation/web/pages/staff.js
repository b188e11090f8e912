"use strict";
// The staff's page: shows what the events tell, and asks for what is pressed.

const SLOW_INTERVAL_MS = 30000; // between two readings of visits, recordings and log
const RECONNECT_MS = 2000; // before the events are asked for again
const HOLD_MS = 1500; // for which a control is held until it learns a knob
const MESSAGE_MS = 6000; // for which a message stays
const WORDS = { well: "Well", starting: "Starting", unwell: "Something is wrong", closed: "Closed" };
const LANGUAGES = { en: "English", ca: "Català", es: "Español" };
const MODES = { answer: "Call and answer" };

const byId = (id) => document.getElementById(id);
let hoursEdited = false;
let events = null, slowTimer = 0, messageTimer = 0, pictureSerial = 0, volumeTimer = 0;

async function ask(method, path, body) {
  const options = { method, credentials: "same-origin" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    return { status: 0, values: { error: "The machine does not answer." } };
  }
  const values = await response.json().catch(() => ({}));
  if (response.status === 401) showLogin("");
  return { status: response.status, values };
}

function say(text) {
  byId("message").textContent = text;
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => { byId("message").textContent = ""; }, MESSAGE_MS);
}

async function steer(name, values, done) {
  const answer = await ask("POST", "/staff/control", { name, values });
  say(answer.status === 200 ? done : answer.values.error || "That did not work.");
}

// Login

function showLogin(message) {
  if (events) events.close();
  clearInterval(slowTimer);
  events = null;
  byId("staff").hidden = true;
  byId("login").hidden = false;
  byId("login-message").textContent = message;
  byId("pin").focus();
}

byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await ask("POST", "/staff/login", { pin: byId("pin").value });
  byId("pin").value = "";
  if (answer.status === 200) showStaff();
  else showLogin(sentence(answer.values.error));
});

function sentence(text) {
  return text ? text[0].toUpperCase() + text.slice(1) + "." : "";
}

byId("logout").addEventListener("click", async () => {
  await ask("POST", "/staff/logout");
  showLogin("");
});

function showStaff() {
  byId("login").hidden = true;
  byId("staff").hidden = false;
  listen();
  readSlowThings();
  slowTimer = setInterval(() => { if (!document.hidden) readSlowThings(); }, SLOW_INTERVAL_MS);
}

// State

function listen() {
  if (events) events.close();
  events = new EventSource("/staff/events");
  events.onmessage = (event) => showState(JSON.parse(event.data));
  events.onerror = async () => {
    events.close();
    showFault("The machine does not answer this page.");
    setTimeout(async () => {
      if (byId("staff").hidden) return;
      const answer = await ask("GET", "/staff/status");
      if (answer.status === 200 || answer.status === 0) listen();
    }, RECONNECT_MS);
  };
}

function showFault(text) {
  byId("light").className = "light red";
  write("state-word", "No connection");
  write("sentence", text);
}

function write(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text; // else it is read out again
}

function showState(state) {
  byId("light").className = `light ${state.light}`;
  write("state-word", state.light === "amber" && state.state === "well" ? "Nearly well" : WORDS[state.state]);
  write("sentence", state.sentence);
  const others = state.faults.map((fault) => fault.sentence).filter((text) => text !== state.sentence);
  fill("faults", others.map((text) => element("li", text)));
  showSound(state);
  showPicture(state.picture_serial);
  showSettings(state.settings);
  showFigures(state);
}

function showSound(state) {
  const level = state.sound ? state.sound.level : 0;
  byId("level").value = Math.sqrt(level); // the ear hears ratios
  write("level-words", state.sound ? (level > 0.0001 ? `${(20 * Math.log10(level)).toFixed(0)} dB` : "silent") : "unknown");
}

function showPicture(serial) {
  if (!serial || serial === pictureSerial || document.hidden) return;
  pictureSerial = serial;
  byId("picture").src = `/staff/picture.jpg?${serial}`;
  byId("picture").hidden = false;
  byId("no-picture").hidden = true;
}

function showSettings(settings) {
  for (const name of ["silence", "quiet", "test_picture"]) {
    byId(name).disabled = !(name in settings);
    const on = name in settings && settings[name].value === 1;
    byId(name).setAttribute("aria-pressed", String(on));
  }
  write("silence", byId("silence").getAttribute("aria-pressed") === "true" ? "Sound again" : "Silence now");
  byId("volume").disabled = !("volume" in settings);
  if ("volume" in settings && document.activeElement !== byId("volume")) {
    byId("volume").value = Math.round(settings.volume.value * 100);
  }
  write("volume-words", `${byId("volume").value} %`);
  for (const name of ["set", "style", "mode", "scene", "language"]) showChoice(name, settings[name]);
}

function showChoice(name, setting) {
  const select = byId(name);
  select.disabled = !setting;
  if (!setting || document.activeElement === select) return;
  const known = Array.from(select.options, (option) => option.value);
  if (known.join() !== setting.choices.join()) {
    const words = { language: LANGUAGES, mode: MODES }[name] || {};
    fill(name, setting.choices.map((choice) => {
      const option = element("option", words[choice] || choice[0].toUpperCase() + choice.slice(1));
      option.value = choice;
      return option;
    }));
  }
  select.value = setting.value;
}

function showFigures(state) {
  const performer = state.performer || {}, stage = state.stage || {}, rows = [];
  const add = (name, value) => { if (value) rows.push(element("dt", name), element("dd", value)); };
  add("Visits", performer.visits === undefined ? "" : `${performer.visits} since the start`);
  add("Frames", stage.frame_rate ? `${stage.frame_rate.toFixed(0)} a second` : "");
  add("Notes late", performer.lateness ? `${performer.lateness.p99.toFixed(2)} ms at p99` : "");
  add("Restarts", `picture ${stage.restarts || 0}, music ${performer.restarts || 0}`);
  add("Sound", state.sound ? state.sound.device : "");
  add("MIDI", state.midi ? [...state.midi.inputs, ...state.midi.outputs].join(", ") : "");
  add("Network", state.machine.network.addresses.join(", ") || "none");
  add("Disk", state.machine.disk ? `${(state.machine.disk.free / 1e9).toFixed(1)} GB free` : "");
  add("Running for", duration(state.uptime));
  fill("figures", rows);
}

function duration(seconds) {
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds % 3600 / 60);
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function fill(id, children) {
  const before = Array.from(byId(id).children, (child) => child.textContent).join("\n");
  if (before !== children.map((child) => child.textContent).join("\n")) byId(id).replaceChildren(...children);
}

// Controls

function toggle(name, on, off) {
  byId(name).addEventListener("click", () => {
    const wanted = byId(name).getAttribute("aria-pressed") !== "true";
    steer(name, [wanted ? 1 : 0], wanted ? on : off);
  });
}

toggle("silence", "Silence.", "The sound is back.");
toggle("quiet", "Quiet.", "As loud as before.");
toggle("test_picture", "The screen shows the test picture.", "The screen shows the piece.");
byId("sound_check").addEventListener("click", () => steer("sound_check", [], "Four notes are played."));
byId("volume").addEventListener("input", () => {
  const percent = Number(byId("volume").value); // an event may set the slider back meanwhile
  write("volume-words", `${percent} %`);
  clearTimeout(volumeTimer);
  volumeTimer = setTimeout(() => steer("volume", [percent / 100], `Volume ${percent} %.`), 200);
});
for (const name of ["set", "style", "mode", "scene", "language"]) {
  byId(name).addEventListener("change", async () => {
    await steer(name, [byId(name).value], "Changed.");
    byId(name).blur();
  });
}
// a control that is held learns the knob that moves next
for (const [id, name] of [["volume", "volume"], ["set", "set"], ["style", "style"], ["mode", "mode"],
  ["scene", "scene"], ["quiet", "quiet"], ["silence", "silence"]]) {
  let holding = 0;
  byId(id).addEventListener("pointerdown", () => {
    holding = setTimeout(() => steer("learn", [name], "Move a knob now: it is this control's."), HOLD_MS);
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel", "input", "click"]) {
    byId(id).addEventListener(end, () => clearTimeout(holding));
  }
}
for (const button of document.querySelectorAll("[data-restart]")) {
  button.addEventListener("click", () => {
    if (confirm(`Start again: ${button.textContent.toLowerCase()}?`)) {
      steer("restart", [button.dataset.restart], "It is started again.");
    }
  });
}
byId("reload").addEventListener("click", readSlowThings);

// Visits, recordings, log

async function readSlowThings() {
  await Promise.all([readHours(), readVisits(), readRecordings(), readLog(), readQuestion()]);
}

async function readHours() {
  if (hoursEdited) return; // somebody writes there
  const { status, values } = await ask("GET", "/staff/hours");
  if (status === 200) byId("hours").value = values.rules.join("\n");
}

async function setHours(rules) {
  const { status, values } = await ask("POST", "/staff/hours", { rules });
  say(status === 200 ? "The hours are set." : values.error || "That did not work.");
  if (status !== 200) return;
  byId("hours").value = values.rules.join("\n");
  hoursEdited = false;
}

byId("hours").addEventListener("input", () => { hoursEdited = true; });

byId("set-hours").addEventListener("click", () => {
  const lines = byId("hours").value.split("\n").map((line) => line.trim());
  setHours(lines.filter((line) => line));
});

byId("reset-hours").addEventListener("click", () => setHours(null));

async function readVisits() {
  const { status, values } = await ask("GET", "/staff/visits");
  if (status !== 200) return;
  for (const name of ["today", "days"]) {
    const parsed = new DOMParser().parseFromString(values[name], "image/svg+xml");
    byId(`visits-${name}`).replaceChildren(parsed.documentElement);
  }
  write("visits-error", values.error);
}

async function readRecordings() {
  const { status, values } = await ask("GET", "/staff/recordings");
  if (status !== 200) return;
  write("recordings-count", String(values.count));
  const rows = values.recordings.map(recordingRow);
  fill("recordings", rows.length ? rows : [element("li", "None yet.")]);
}

function recordingRow(file) {
  const path = `/staff/recordings/${encodeURIComponent(file.day)}/${encodeURIComponent(file.name)}`;
  const row = document.createElement("li"), link = element("a", `${file.day}  ${file.name.replace(".mid", "")}`);
  link.href = path;
  link.setAttribute("download", "");
  const button = element("button", "Delete");
  button.type = "button";
  button.setAttribute("aria-label", `Delete ${file.day} ${file.name}`);
  button.addEventListener("click", async () => {
    if (!confirm(`Delete ${file.day} ${file.name}, and all that is kept of this visit?`)) return;
    const answer = await ask("DELETE", path);
    say(answer.status === 200 ? "Deleted." : answer.values.error || "That did not work.");
    readRecordings();
  });
  row.append(link, button);
  return row;
}

async function readLog() {
  const { status, values } = await ask("GET", "/staff/log");
  if (status !== 200) return;
  const log = byId("log"), atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  write("log", values.lines.join("\n"));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// The question for the audience's phones

let questionSerial = -1;

async function readQuestion() {
  const { status, values } = await ask("GET", "/staff/question");
  if (status === 200) showQuestion(values);
}

function showQuestion(asked) {
  byId("question-section").hidden = false;
  if (asked.serial !== questionSerial) {
    questionSerial = asked.serial;
    byId("question").value = asked.text;
    byId("answers").value = asked.answers.join("\n");
  }
  fill("answer-counts", asked.answers.map((answer, index) => element("li", `${answer}: ${asked.counts[index]}`)));
}

byId("ask-question").addEventListener("click", async () => {
  const answers = byId("answers").value.split("\n").map((line) => line.trim()).filter((line) => line);
  const { status, values } = await ask("POST", "/staff/question", { text: byId("question").value, answers });
  say(status === 200 ? "Asked." : sentence(values.error) || "That did not work.");
  if (status === 200) showQuestion(values);
});

ask("GET", "/staff/status").then(({ status, values }) => {
  if (status === 200) showStaff();
  else showLogin(status === 401 ? "" : values.error || "");
});
