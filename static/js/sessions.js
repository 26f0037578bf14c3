// Session plans: rows without a round trip, minutes counted as they are typed, saved by itself, kept on the device.

const MAX_STEPS = 8;
const SAVE_AFTER_MS = 3000;
const RETRY_MS = 10000;
const SENT_KEY = "seance:envoyee";

const storage = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key);
    } catch {
      // A full or closed storage only costs the second copy.
    }
  },
};

// -- The plan, shown -----------------------------------------------------------------------------------------------

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// The server has it: the copy of the form that was sent is of no more use.
if (document.querySelector("[data-session-saved]")) {
  const sent = storage.read(SENT_KEY);
  if (sent) storage.write(sent, null);
  storage.write(SENT_KEY, null);
}

// -- The form ------------------------------------------------------------------------------------------------------

const form = document.querySelector("[data-session-form]");
if (form) start(form);

function start(form) {
  const list = form.querySelector("[data-session-steps]");
  const model = document.querySelector("[data-session-row]");
  const count = form.querySelector("[data-session-count]");
  const add = form.querySelector("[data-session-add]");
  const state = form.querySelector("[data-session-state]");
  const timing = form.querySelector("[data-session-timing]");
  let key = form.dataset.keptUnder;
  const revision = form.querySelector("[name=revision]");
  // Not form.action: the buttons are named «action» too.
  let address = form.getAttribute("action") || location.href;
  let dirty = false;
  let sending = false;
  let leaving = false;
  let timer = 0;

  const rows = () => [...list.querySelectorAll("[data-session-step]")];
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  // -- Rows

  function number() {
    rows().forEach((row, place) => {
      row.querySelectorAll("[name^=etape-], [id^=id_etape-], label").forEach((element) => {
        for (const attribute of ["name", "id", "for"]) {
          const value = element.getAttribute(attribute);
          if (value) element.setAttribute(attribute, value.replace(/etape-(\d+|__n__)-/, `etape-${place}-`));
        }
      });
      row.querySelector("[data-session-place]").textContent = place + 1;
      row.querySelectorAll("[data-session-move]").forEach((button) => {
        button.value = `${button.dataset.sessionMove}:${place}`;
        const words = button.querySelector(".visually-hidden");
        words.textContent = ` l'étape ${place + 1}`;
      });
    });
    count.value = rows().length;
    add.disabled = rows().length >= MAX_STEPS;
    tell();
  }

  function append() {
    list.append(model.content.cloneNode(true));
    number();
    return rows().at(-1);
  }

  function whole(input) {
    return input && /^\d{1,4}$/.test(input.value.trim()) ? Number(input.value) : 0;
  }

  // The same words as the server's.
  function tell() {
    const total = rows().reduce((sum, row) => sum + whole(row.querySelector("[data-session-minutes]")), 0);
    const wanted = whole(form.querySelector("[data-session-wanted]"));
    const said = `Total des étapes : ${total} min sur ${wanted} min prévues`;
    if (!total) timing.textContent = `Durée prévue : ${wanted} min. Aucune étape n'a encore de durée.`;
    else if (total < wanted) timing.textContent = `${said}. Il reste ${wanted - total} min.`;
    else if (total > wanted) timing.textContent = `${said}. Il manque ${total - wanted} min.`;
    else timing.textContent = `${said}. Le compte est bon.`;
  }

  add.addEventListener("click", (event) => {
    event.preventDefault();
    if (rows().length < MAX_STEPS) append().querySelector("input").focus();
    changed();
  });

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-session-move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-session-step]");
    if (button.dataset.sessionMove === "up") row.previousElementSibling?.before(row);
    else if (button.dataset.sessionMove === "down") row.nextElementSibling?.after(row);
    else {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      (next?.querySelector("input") || add).focus();
    }
    number();
    if (row.isConnected) button.focus();
    changed();
  });

  // -- Keeping and saving

  function entries() {
    return [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  }

  function changed() {
    dirty = true;
    storage.write(key, entries());
    tell();
    say("Modifications pas encore enregistrées.");
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  }

  async function save() {
    clearTimeout(timer);
    if (!dirty || sending || leaving) return;
    sending = true;
    dirty = false;
    let again = false;
    try {
      const response = await fetch(address, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Autosave": "1" },
        credentials: "same-origin",
        redirect: "manual",
      });
      if (response.ok) {
        const saved = await response.json();
        revision.value = saved.revision;
        address = saved.url;
        form.setAttribute("action", address);
        // From now on it is this plan that the device keeps.
        if (key !== saved.kept_under) {
          storage.write(key, null);
          key = saved.kept_under;
          if (dirty) storage.write(key, entries());
        }
        if (!dirty) {
          storage.write(key, null);
          say("Séance enregistrée.");
        }
      } else if (response.status === 422) {
        say("Gardé sur cet appareil. La séance s'enregistrera quand le titre, l'objectif et la durée seront remplis.");
      } else if (response.status === 409) {
        say("Cette séance a été changée ailleurs. Enregistrez pour choisir entre les deux versions.");
      } else if (response.type === "opaqueredirect" || response.status === 403) {
        say("Votre session a expiré : reconnectez-vous dans un autre onglet, puis enregistrez ici. Tout est gardé sur cet appareil.");
        again = true;
      } else {
        throw new Error(response.status);
      }
    } catch {
      say("Pas de réseau : tout est gardé sur cet appareil, et partira dès que possible.");
      again = true;
    }
    sending = false;
    if (again) dirty = true;
    if (dirty) timer = setTimeout(save, again ? RETRY_MS : SAVE_AFTER_MS);
  }

  form.addEventListener("input", changed);
  window.addEventListener("online", save);
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
    // Kept until the page of the saved plan says that the server has it: the session may have expired meanwhile.
    storage.write(key, entries());
    storage.write(SENT_KEY, key);
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });

  // -- What was kept

  const kept = document.querySelector("[data-session-kept]");
  const copy = storage.read(key);
  if (copy && form.dataset.fresh === "yes" && differs(copy)) {
    kept.hidden = false;
    kept.querySelector("[data-session-restore]").addEventListener("click", () => {
      restore(copy);
      kept.hidden = true;
      changed();
      form.querySelector("input:not([type=hidden])").focus();
    });
    kept.querySelector("[data-session-forget]").addEventListener("click", () => {
      storage.write(key, null);
      kept.hidden = true;
    });
  }

  function differs(copy) {
    const text = (pairs) => JSON.stringify(pairs.filter(([name]) => !["submission", "revision", "action"].includes(name)));
    return text(copy) !== text(entries());
  }

  function restore(copy) {
    const wanted = Number(copy.find(([name]) => name === "etapes")?.[1]) || 0;
    while (rows().length > wanted) rows().at(-1).remove();
    while (rows().length < Math.min(wanted, MAX_STEPS)) append();
    number();
    form.querySelectorAll("[type=checkbox]").forEach((box) => {
      box.checked = copy.some(([name, value]) => name === box.name && value === box.value);
    });
    for (const [name, value] of copy) {
      if (["submission", "revision", "etapes", "action"].includes(name)) continue;
      const field = form.elements.namedItem(name);
      if (field && "value" in field && field.type !== "checkbox") field.value = value;
    }
  }

  number();
}
