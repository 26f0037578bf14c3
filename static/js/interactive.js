// Around the frame of an interactive content: launches it, keeps what it reports until the site has it, shows the result.
// The frame is not trusted: what it says is checked by its shape here and by its meaning on the server.

const WAITING = "eti:report:";
const PAUSES = [2, 5, 10, 30, 60];
const LIGHT = 1_500_000;
const TALLEST = 20_000;
const LARGEST = 1_000_000;

const activities = [...document.querySelectorAll("[data-activity]")].map((element) => ({
  element,
  frame: null,
  report: "",
  // What the page itself said of the result.
  said: element.querySelector("[data-status]").textContent,
}));

// -- Reports: kept in the browser until the site has answered ------------------------------------------------------

const memory = new Map();

const keep = (id, text) => {
  try {
    localStorage.setItem(WAITING + id, text);
  } catch {
    memory.set(WAITING + id, text);
  }
};

const forget = (key) => {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
};

const waiting = () => {
  const found = new Map(memory);
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(WAITING)) found.set(key, localStorage.getItem(key));
    }
  } catch {
    // Storage is closed to this page: the ones in memory are all there is.
  }
  return [...found].map(([key, text]) => ({ key, ...JSON.parse(text) })).sort((a, b) => a.at - b.at);
};

let sending = false;
let failures = 0;
let timer;

const send = async () => {
  if (sending) return;
  sending = true;
  clearTimeout(timer);
  try {
    for (let next = waiting()[0]; next; next = waiting()[0]) {
      const body = JSON.stringify(next.report);
      const response = await fetch(next.to, {
        method: "POST",
        body,
        credentials: "omit",
        headers: { "Content-Type": "application/json" },
        keepalive: body.length < 60_000,
      });
      if (response.status === 429 || response.status >= 500) throw new Error(String(response.status));
      forget(next.key);
      failures = 0;
      show(next.to, await response.json().catch(() => ({})));
      if (next.report.cmi) follow(next.to, next.report.cmi);
    }
  } catch {
    const pause = PAUSES[Math.min(failures, PAUSES.length - 1)];
    failures += 1;
    status(null, "Pas de connexion : vos réponses sont gardées sur cet appareil et partiront dès que possible.");
    timer = setTimeout(send, pause * 1000);
  } finally {
    sending = false;
  }
};

const uuid = () => {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

const take = (activity, report) => {
  if (!activity.report || typeof report !== "object" || report === null) return;
  const id = typeof report.id === "string" ? report.id : uuid();
  const text = JSON.stringify({ at: Date.now(), to: activity.report, report: { ...report, id } });
  if (text.length > LARGEST) return;
  keep(id.slice(0, 40), text);
  send();
};

const status = (activity, text) => {
  for (const one of activity ? [activity] : activities.filter((each) => each.frame)) {
    const place = one.element.querySelector("[data-status]");
    if (place && place.textContent !== text) place.textContent = text;
  }
};

const show = (to, answer) => {
  const activity = activities.find((each) => each.report === to);
  if (!activity) return;
  if (answer.error) status(activity, answer.error);
  if (answer.result) {
    status(activity, answer.result.text);
    activity.element.toggleAttribute("data-done", answer.result.done === true);
  }
};

// When a part of a package changes its status, others may open: the table of contents is asked for again.
const statuses = new Map();

const follow = async (to, parts) => {
  const activity = activities.find((each) => each.report === to);
  const list = activity?.element.querySelector(".activity__items");
  if (!list) return;
  let changed = false;
  for (const { item, data } of parts) {
    const names = ["core.lesson_status", "completion_status", "success_status"];
    const status = names.map((name) => data?.[`cmi.${name}`] ?? "").join(" ");
    changed ||= statuses.get(item) !== status;
    statuses.set(item, status);
  }
  if (!changed) return;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const same = page.querySelectorAll("[data-activity]")[activities.indexOf(activity)];
    const fresh = same?.querySelector(".activity__items");
    if (fresh) list.replaceChildren(...fresh.childNodes);
  } catch {
    // The list stays as it was until the page is opened again.
  }
};

window.addEventListener("online", send);
window.addEventListener("pagehide", () => {
  for (const { to, report } of waiting()) navigator.sendBeacon(to, JSON.stringify(report));
});

// -- The frame ------------------------------------------------------------------------------------------------------

const launch = async (activity, href, { focus = false } = {}) => {
  const { element } = activity;
  const poster = element.querySelector("[data-poster]");
  poster?.setAttribute("aria-busy", "true");
  status(activity, "L'activité se charge…");
  let answer;
  try {
    const response = await fetch(href, { headers: { Accept: "application/json" } });
    if (response.redirected) return void location.assign(response.url);
    answer = await response.json();
    if (answer.error) {
      status(activity, answer.error);
      poster?.removeAttribute("aria-busy");
      return;
    }
  } catch {
    status(activity, "L'activité n'a pas pu être lancée. Vérifiez votre connexion, puis réessayez.");
    poster?.removeAttribute("aria-busy");
    return;
  }
  activity.report = answer.report;
  status(activity, answer.text || activity.said);
  const frame = element.querySelector("template").content.firstElementChild.cloneNode(true);
  frame.src = answer.frame;
  (activity.frame ?? poster)?.replaceWith(frame);
  activity.frame = frame;
  element.querySelector("[data-fullscreen]").hidden = false;
  if (focus) frame.focus();
};

const isSlow = () => {
  const link = navigator.connection;
  return Boolean(link && (link.saveData || /2g|3g/.test(link.effectiveType ?? "")));
};

const wide = (activity, on) => {
  activity.element.toggleAttribute("data-wide", on);
  activity.element.querySelector("[data-fullscreen]")?.setAttribute("aria-pressed", String(on));
};

const fullscreen = (activity) => {
  // Not every phone gives the whole screen to a page: the frame then covers the page.
  if (activity.element.requestFullscreen && document.fullscreenEnabled) {
    if (document.fullscreenElement) document.exitFullscreen();
    else activity.element.requestFullscreen().catch(() => wide(activity, true));
  } else {
    wide(activity, !activity.element.hasAttribute("data-wide"));
  }
};

const offerLink = (activity, href) => {
  let address;
  try {
    address = new URL(href);
  } catch {
    return;
  }
  if (!["http:", "https:"].includes(address.protocol)) return;
  const place = activity.element.querySelector("[data-link]");
  const link = document.createElement("a");
  link.href = address.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.textContent = "Ouvrir dans un nouvel onglet";
  place.replaceChildren(`Ce contenu propose un lien : ${address.hostname} – `, link);
};

for (const activity of activities) {
  const { element } = activity;
  const opener = element.querySelector("[data-launch]");
  element.addEventListener("click", (event) => {
    const link = event.target.closest("[data-launch], [data-item]");
    if (link && element.contains(link)) {
      event.preventDefault();
      launch(activity, link.href, { focus: true });
    }
    if (event.target.closest("[data-fullscreen]")) fullscreen(activity);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && element.hasAttribute("data-wide")) wide(activity, false);
  });
  if (opener && element.hasAttribute("data-autoload") && Number(element.dataset.size) <= LIGHT && !isSlow()) {
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        if (!activity.frame) launch(activity, opener.href);
      },
      { rootMargin: "300px" },
    );
    watcher.observe(element);
  }
}

window.addEventListener("message", (event) => {
  const activity = activities.find((each) => each.frame && each.frame.contentWindow === event.source);
  const said = event.data;
  if (!activity || typeof said !== "object" || said === null) return;
  if (said.eti === "height" && Number.isFinite(said.height) && said.height > 0) {
    activity.frame.style.height = `${Math.min(Math.ceil(said.height), TALLEST)}px`;
  } else if (said.eti === "report") {
    take(activity, said.report);
  } else if (said.eti === "link" && typeof said.href === "string") {
    offerLink(activity, said.href.slice(0, 2000));
  } else if (said.eti === "fullscreen") {
    wide(activity, said.on !== false);
  }
});

send();
