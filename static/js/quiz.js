// Saves each answer as it is given, keeps it on the device until the server has it, and shows how long is left.

const form = document.querySelector("form[data-autosave]");
const state = document.querySelector("[data-saved]");
const RETRY_MS = 5000;
const store = {
  key: form ? `quiz:${form.getAttribute("action")}` : "",
  read: () => {
    try {
      return JSON.parse(localStorage.getItem(store.key));
    } catch {
      return null;
    }
  },
  write: (entries) => {
    try {
      entries ? localStorage.setItem(store.key, JSON.stringify(entries)) : localStorage.removeItem(store.key);
    } catch {
      // A full or closed storage only costs the second copy.
    }
  },
};

let wanted = null; // the last answer that the server does not have yet
let sending = false;
let timer = 0;

function say(text) {
  if (state && state.textContent !== text) state.textContent = text;
}

function entries() {
  return [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
}

function token() {
  return form.querySelector("[name=csrfmiddlewaretoken]").value;
}

// One request after the other, always with the latest answer: what is given last is saved last.
async function flush() {
  clearTimeout(timer);
  if (!wanted || sending) return;
  sending = true;
  const data = new FormData();
  const sent = wanted;
  sent.forEach(([name, value]) => data.append(name, value));
  data.append("csrfmiddlewaretoken", token());
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { "X-Autosave": "1" },
      credentials: "same-origin",
      redirect: "manual",
    });
    if (response.status === 204) {
      if (wanted === sent) wanted = null;
      say("Réponse enregistrée.");
    } else if (response.status === 409) {
      if (wanted === sent) wanted = null;
      say(await response.text());
    } else if (response.type === "opaqueredirect" || response.status === 403) {
      say("Votre session a expiré : reconnectez-vous dans un autre onglet, puis continuez ici. Votre réponse est gardée sur cet appareil.");
    } else {
      throw new Error(response.status);
    }
  } catch {
    say("Pas de réseau : votre réponse est gardée sur cet appareil, elle partira dès que possible.");
  }
  sending = false;
  store.write(wanted);
  if (wanted) timer = setTimeout(flush, wanted === sent ? RETRY_MS : 0);
}

function keep() {
  wanted = entries();
  store.write(wanted);
  if (navigator.onLine !== false) say("Enregistrement…");
  flush();
}

if (form) {
  let pause = 0;
  form.addEventListener("change", () => {
    clearTimeout(pause);
    keep();
  });
  // While typing, now and then: a phone may die without a word.
  form.addEventListener("input", (event) => {
    if (!event.target.matches("input:not([type=radio], [type=checkbox]), textarea")) return;
    clearTimeout(pause);
    pause = setTimeout(keep, 1500);
  });
  window.addEventListener("online", flush);
  form.addEventListener("submit", () => {
    clearTimeout(pause);
    clearTimeout(timer);
    store.write(null);
    wanted = null;
  });
  // What a closed tab or a lost network had kept on this device goes to the server now, and shows.
  const kept = store.read();
  if (kept) {
    wanted = kept;
    flush().then(() => {
      if (!wanted) location.reload();
    });
  }
}

// The countdown is a comfort: the server's clock decides.
const clock = document.querySelector("[data-clock]");
if (clock) {
  // A second later than the page says: what is handed in before the deadline is not out of time.
  const end = performance.now() + (Number(clock.dataset.left) + 1) * 1000;
  const text = clock.querySelector("[data-clock-text]");
  const status = clock.querySelector("[data-clock-status]");
  const told = new Set();

  function tick() {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000) - 1);
    const minutes = Math.floor(left / 60);
    text.textContent = `Il reste ${minutes ? `${minutes} min ` : ""}${String(left % 60).padStart(minutes ? 2 : 1, "0")} s`;
    clock.classList.toggle("clock--short", left <= 60);
    for (const mark of [300, 60]) {
      if (left <= mark && left > mark - 5 && !told.has(mark)) {
        told.add(mark);
        status.textContent = `Il reste ${mark / 60} minute${mark > 60 ? "s" : ""}.`;
      }
    }
    if (performance.now() < end) return void setTimeout(tick, 1000);
    finish();
  }

  async function finish() {
    text.textContent = "Le temps est écoulé.";
    const data = new FormData();
    data.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    if (form) {
      wanted = entries();
      await flush();
    }
    try {
      await fetch(clock.dataset.submit, {
        method: "POST",
        body: data,
        credentials: "same-origin",
        redirect: "manual",
      });
      location.assign(clock.dataset.url);
    } catch {
      // Without a network the server closes the attempt by itself, some seconds later.
      setTimeout(() => location.assign(clock.dataset.url), 16000);
    }
  }

  tick();
}
