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
let hoursEdited = false, refusals = null; // those before this page was open are not its own
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
  showTraining(state.training);
  showRefusal(state.refused);
  followSet(state.settings.set);
}

function showRefusal({ count, sentence: reason }) {
  if (refusals !== null && count !== refusals) say(reason);
  refusals = count;
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
  for (const name of ["temperature", "density"]) showSlider(name, settings[name]);
  showBlend(settings);
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
byId("panic").addEventListener("click", () => steer("panic", [], "All notes end; the music goes on after a rest."));
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
// what is held, a button or the name of a slider or list, learns the knob that moves next
function learnWhenHeld(held, control) {
  let holding = 0, hasLearned = false;
  held.addEventListener("pointerdown", () => {
    hasLearned = false;
    holding = setTimeout(() => {
      hasLearned = true;
      steer("learn", [control], "Move a knob now: it is this control's.");
    }, HOLD_MS);
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
    held.addEventListener(end, () => clearTimeout(holding));
  }
  held.addEventListener("click", (event) => { // releasing it is no press
    if (hasLearned) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    hasLearned = false;
  }, true);
}

const HELD = [
  "volume", "temperature", "density", "set", "style", "mode", "scene", "language",
  "quiet", "silence", "panic", "sound_check", "test_picture",
];
for (const name of HELD) {
  learnWhenHeld(document.querySelector(`label[for=${name}]`) || byId(name), name);
}

// a slider that asks for its number once it rests
function steerBySlider(slider, words, send) {
  let timer = 0;
  slider.addEventListener("input", () => {
    const value = Number(slider.value); // an event may set the slider back meanwhile
    words.textContent = String(value);
    clearTimeout(timer);
    timer = setTimeout(() => send(value), 200);
  });
}

for (const name of ["temperature", "density"]) {
  steerBySlider(byId(name), byId(`${name}-words`), (value) => steer(name, [value], `${name[0].toUpperCase()}${name.slice(1)} ${value}.`));
}

function showSlider(id, setting) {
  byId(id).disabled = !setting;
  if (setting && document.activeElement !== byId(id)) byId(id).value = setting.value;
  write(`${id}-words`, String(Number(byId(id).value)));
}

// a slider for the share of each style, where styles are blended
function showBlend(settings) {
  const styles = Object.keys(settings).filter((name) => name.startsWith("blend ")).map((name) => name.slice(6));
  if (byId("blend").dataset.styles !== styles.join()) {
    byId("blend").dataset.styles = styles.join();
    byId("blend").replaceChildren(...styles.flatMap(blendSlider));
  }
  for (const style of styles) showSlider(`blend-${style}`, settings[`blend ${style}`]);
}

function blendSlider(style) {
  const label = element("label", `Share of ${style} `), slider = document.createElement("input");
  const words = document.createElement("output");
  Object.assign(slider, { id: `blend-${style}`, type: "range", min: 0, max: 1, step: 0.05 });
  Object.assign(words, { id: `blend-${style}-words`, className: "figure" });
  label.htmlFor = slider.id;
  label.append(words);
  steerBySlider(slider, words, (share) => steer("blend", [style, share], `Share of ${style} ${share}.`));
  learnWhenHeld(label, `blend ${style}`);
  return [label, slider];
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
  const readers = [readHours, readVisits, readRecordings, readLog, readQuestion, readFamily];
  await Promise.all(readers.map((read) => read()));
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

// The generations of the style

const LANE_PX = 18, NODE_Y_PX = 22; // distance of the lines of descent, and where a generation lies
let familyDrawn = "", familySet = "", trained = false;

function showTraining(training) {
  byId("training").hidden = !training.is_running;
  write("training-outcome", sentence(training.outcome));
  if (trained && !training.is_running) readFamily();
  trained = training.is_running;
  if (!training.is_running) return;
  const { step, loss, held_out_bits: held, learning_rate: rate, notes_per_second: speed } = training;
  write("training-words", step ? `A training runs: step ${step}, loss ${loss.toFixed(3)} bits a note, held out `
    + `${held.toFixed(3)}, learning rate ${rate.toExponential(1)}, ${speed} notes/s` : "A training begins.");
  fill("ranks", training.gradient_norms.map((norm, rank) => element("li",
    `process ${rank + 1}: gradient ${norm.toFixed(3)}, ${training.rank_notes_per_second[rank] ?? 0} notes/s`)));
}

// Another set may have another style, and so another family.
function followSet(set) {
  if (!set || set.value === familySet) return;
  if (familySet) readFamily();
  familySet = set.value;
}

async function readFamily() {
  const { status, values } = await ask("GET", "/staff/generations");
  if (status === 200) showFamily(values);
}

function showFamily(family) {
  byId("family-section").hidden = false;
  write("family-style", family.style);
  const drawn = JSON.stringify(family);
  if (drawn === familyDrawn) return;
  familyDrawn = drawn;
  const newestFirst = [...family.generations].sort((one, other) => other.number - one.number);
  const lanes = lanesOf(newestFirst, family.current);
  const rows = newestFirst.map((generation) => generationRow(generation, family, newestFirst, lanes));
  for (const [name, reason] of Object.entries(family.refused)) {
    const row = document.createElement("li"), words = element("div", `File ${name} is not used. `);
    const why = element("span", sentence(reason));
    why.className = "reason";
    words.append(why);
    row.append(words);
    rows.push(row);
  }
  byId("family").replaceChildren(...rows);
}

// The ancestors of what plays lie in lane 0; each other generation keeps its parent's line if it is
// the first to do so, or opens a line to the right of all.
function lanesOf(newestFirst, current) {
  const byNumber = new Map(newestFirst.map((each) => [each.number, each])), lanes = new Map([[0, 0]]);
  for (let at = byNumber.get(current); at && at.number; at = byNumber.get(at.parent)) lanes.set(at.number, 0);
  const continued = new Set();
  let free = 1;
  for (const { number, parent } of [...newestFirst].reverse()) {
    if (lanes.has(number)) continue;
    const goesOn = lanes.get(parent) && !continued.has(parent);
    if (goesOn) continued.add(parent);
    lanes.set(number, goesOn ? lanes.get(parent) : free++);
  }
  return lanes;
}

function generationRow(generation, { style, current, guesses }, all, lanes) {
  const row = document.createElement("li"), words = document.createElement("div");
  const { number, scores } = generation, plays = number === current;
  row.className = plays ? "plays" : generation.accepted ? "kept" : "aside";
  words.append(element("strong", number ? `Generation ${number}` : "Generation 0, as installed"));
  if (number) words.append(element("span", `${generation.created.slice(0, 16).replace("T", " ")}, ${generation.duets} duets`));
  const figures = Object.entries(scores).map(([name, score]) => `${name.replaceAll("_", " ")} ${score.toFixed(3)}`);
  if (figures.length) {
    const line = element("span", figures.join("   "));
    line.className = "figure";
    words.append(document.createElement("br"), line);
  }
  const guessed = guesses[number], percent = (share) => Math.round(100 * share);
  if (guessed) {
    words.append(document.createElement("br"), element("span", `Person or network: ${percent(guessed.right / guessed.guesses)} % `
      + `of ${guessed.guesses} guesses right (95 %: ${percent(guessed.low)} to ${percent(guessed.high)} %).`));
  }
  for (const reason of generation.reasons) {
    const why = element("span", `Set aside: ${reason}.`);
    why.className = "reason";
    words.append(why);
  }
  const now = element("span", "plays now");
  now.className = "now";
  if (plays || !matchMedia("(max-width: 600px)").matches) words.prepend(plays ? now : backButton(style, number));
  else words.append(backButton(style, number));
  row.append(familyLines(generation, current, all, lanes), words);
  return row;
}

function backButton(style, number) {
  const button = element("button", "Back to this one");
  button.type = "button";
  button.setAttribute("aria-label", `Back to generation ${number}`);
  button.addEventListener("click", async () => {
    const { status, values } = await ask("POST", "/staff/generations", { style, number });
    say(status === 200 ? `Generation ${number} plays from the next visit on.` : sentence(values.error) || "That did not work.");
    if (status === 200) showFamily(values);
  });
  return button;
}

// The lines of descent beside a row: those that pass, those that arrive from children, its own dot.
function familyLines({ number }, current, all, lanes) {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
  const x = (lane) => LANE_PX * (lane + 0.5), own = x(lanes.get(number));
  const draw = (shape, attributes, plays) => {
    const made = document.createElementNS(space, shape);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (plays) made.setAttribute("class", "plays");
    svg.append(made);
  };
  svg.setAttribute("height", "1");
  svg.setAttribute("width", String(LANE_PX * (Math.max(...lanes.values()) + 1)));
  svg.setAttribute("aria-hidden", "true");
  const lineage = new Set();
  const parents = new Map(all.map((each) => [each.number, each.parent]));
  for (let at = current; at; at = parents.get(at)) lineage.add(at);
  for (const child of all) {
    if (!child.number) continue;
    const lane = x(lanes.get(child.number)), plays = lineage.has(child.number);
    if (child.number > number && child.parent < number) draw("path", { d: `M${lane} 0V4000` }, plays);
    if (child.parent === number) draw("path", { d: `M${lane} 0V${NODE_Y_PX - 8}Q${lane} ${NODE_Y_PX} ${own} ${NODE_Y_PX}` }, plays);
  }
  if (number) draw("path", { d: `M${own} ${NODE_Y_PX}V4000` }, lineage.has(number));
  draw("circle", { cx: own, cy: NODE_Y_PX, r: number === current ? 7 : 5 });
  return svg;
}

ask("GET", "/staff/status").then(({ status, values }) => {
  if (status === 200) showStaff();
  else showLogin(status === 401 ? "" : values.error || "");
});
