// Writing in the forum: a toolbar, a live preview, names and tags completed, files sent as they are chosen, and above
// all what one types kept at each moment, on the server and on the device. The form works without any of this.

const SAVE_AFTER_MS = 3000;
const RETRY_MS = 15000;
const PREVIEW_AFTER_MS = 600;
const COMPLETE_AFTER_MS = 250;
const COUNT_FROM = 0.8;
const SENT_KEY = "forum:envoye";

forgetWhatIsPublished();
document.querySelectorAll("form[data-compose]").forEach(start);

function start(form) {
  form.classList.add("compose--enhanced");
  const texts = [...form.querySelectorAll("textarea")];
  let drafts = null;
  sendFiles(form, () => drafts.touch());
  drafts = keepDraft(form);
  for (const text of texts) {
    addToolbar(form, text);
    count(text);
  }
  const body = texts.find((text) => text.name === "body");
  texts.forEach((text) => complete(text, names(form, text)));
  form.querySelectorAll("[data-compose-tags]").forEach((input) => complete(input, tags(form, input)));
  livePreview(form);
  followKind(form, body);
}

// Only passages that are shown have a button; the link «Corriger» works without it.
document.querySelectorAll("[data-compose-show]").forEach((control) => {
  control.hidden = false;
  control.addEventListener("click", (event) => {
    const field = document.getElementById(control.dataset.composeShow);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.setSelectionRange(Number(control.dataset.start), Number(control.dataset.end));
    field.scrollIntoView({ block: "center" });
  });
});

function later(wait, act) {
  let timer = 0;
  const plan = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), wait);
  };
  plan.stop = () => clearTimeout(timer);
  return plan;
}

function typed(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// -- The toolbar ---------------------------------------------------------------------------------------------------

function addToolbar(form, text) {
  const model = document.getElementById("compose-toolbar");
  if (!model) return;
  const bar = model.content.firstElementChild.cloneNode(true);
  bar.setAttribute("aria-controls", text.id);
  const buttons = [...bar.querySelectorAll("button")];
  text.before(bar);

  // One stop for the Tab key; the arrows move inside.
  bar.addEventListener("keydown", (event) => {
    const here = buttons.indexOf(document.activeElement);
    const moves = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 };
    if (here < 0 || !(event.key in moves)) return;
    event.preventDefault();
    const next = buttons[(moves[event.key] + buttons.length) % buttons.length];
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  });
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) act(button.dataset.do);
  });
  text.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const wanted = { b: "bold", i: "italic", k: "link" }[event.key];
    if (!wanted) return;
    event.preventDefault();
    act(wanted);
  });

  function act(what) {
    if (what === "file") form.querySelector("[name=uploads]")?.click();
    else if (what === "bold") surround("**", "**", "texte en gras");
    else if (what === "italic") surround("*", "*", "texte en italique");
    else if (what === "link") link();
    else if (what === "list") prefix("- ");
    else if (what === "quote") prefix("> ");
  }

  // As if it were typed, so that Ctrl+Z takes it back.
  function insert(value) {
    text.focus();
    if (!document.execCommand("insertText", false, value)) {
      text.setRangeText(value, text.selectionStart, text.selectionEnd, "end");
      typed(text);
    }
  }

  function surround(before, after, example) {
    const { selectionStart: from, selectionEnd: to } = text;
    const chosen = text.value.slice(from, to).trim() || example;
    insert(before + chosen + after);
    text.setSelectionRange(from + before.length, from + before.length + chosen.length);
  }

  function link() {
    const { selectionStart: from, selectionEnd: to } = text;
    const chosen = text.value.slice(from, to).trim();
    const isAddress = /^https?:\/\/\S+$/.test(chosen);
    const words = chosen && !isAddress ? chosen : "texte du lien";
    const address = isAddress ? chosen : "https://";
    insert(`[${words}](${address})`);
    const at = from + 1 + (isAddress || !chosen ? 0 : words.length + 2);
    text.setSelectionRange(at, at + (isAddress || !chosen ? words.length : address.length));
  }

  function prefix(mark) {
    const { value, selectionStart, selectionEnd } = text;
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const end = value.indexOf("\n", selectionEnd);
    const to = end < 0 ? value.length : end;
    const lines = value.slice(from, to).split("\n").map((line) => mark + line);
    const apart = from > 0 && value.slice(0, from).trimEnd() && !value.slice(0, from).endsWith("\n\n") ? "\n" : "";
    text.setSelectionRange(from, to);
    insert(apart + lines.join("\n"));
  }
}

// -- Its length ----------------------------------------------------------------------------------------------------

function count(text) {
  const limit = Number(text.dataset.limit);
  if (!limit) return;
  const shown = document.createElement("p");
  shown.className = "compose-count";
  shown.setAttribute("aria-live", "polite");
  text.after(shown);
  const update = () => {
    const length = text.value.length;
    const left = limit - length;
    const many = (number) => `${number.toLocaleString("fr-FR")} caractère${number > 1 ? "s" : ""}`;
    shown.textContent = length < limit * COUNT_FROM ? "" : left >= 0 ? `Il reste ${many(left)}` : `${many(-left)} de trop`;
    shown.classList.toggle("compose-count--over", left < 0);
    // Browsers that size a field by its content need none of this.
    if (!CSS.supports("field-sizing", "content")) {
      text.style.height = "auto";
      text.style.height = `${text.scrollHeight + 4}px`;
    }
  };
  text.addEventListener("input", later(50, update));
  update();
}

// -- The preview ---------------------------------------------------------------------------------------------------

function livePreview(form) {
  const button = form.querySelector("[data-compose-preview]");
  const place = form.querySelector("#apercu");
  if (!button || !place || !window.htmx) return;
  let isOn = false;
  const refresh = () => place.dispatchEvent(new CustomEvent("compose:preview"));
  const soon = later(PREVIEW_AFTER_MS, refresh);
  button.type = "button";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    isOn = !isOn;
    button.setAttribute("aria-pressed", String(isOn));
    button.textContent = isOn ? "Cacher l'aperçu" : "Aperçu";
    if (isOn) refresh();
    else place.replaceChildren();
  });
  form.addEventListener("input", (event) => {
    if (isOn && event.target.matches("textarea")) soon();
  });
}

// -- The three texts of an «analyse de pratique» -------------------------------------------------------------------

function followKind(form, body) {
  const first = form.querySelector("[name=situation]");
  if (!first || !body) return;
  // What was typed in the field that goes away moves to the one that comes.
  form.addEventListener("change", (event) => {
    if (event.target.name !== "kind") return;
    const guided = event.target.value === "practice";
    const parts = ["situation", "tried", "ask"].map((name) => form.elements[name]);
    if (guided && body.value.trim() && !first.value.trim()) {
      first.value = body.value;
      body.value = "";
    } else if (!guided && parts.some((part) => part.value.trim())) {
      body.value = [body, ...parts].map((part) => part.value.trim()).filter(Boolean).join("\n\n");
      parts.forEach((part) => (part.value = ""));
    }
    [body, ...parts].forEach(typed);
  });
}

// -- Completion ----------------------------------------------------------------------------------------------------

// A source says which part of the field is being completed, where to ask, and what to write.
function names(form, text) {
  const asked = new URLSearchParams();
  return {
    part() {
      const before = text.value.slice(0, text.selectionEnd);
      const found = before.match(/(?:^|[^\p{L}\p{N}_@/.])@([\p{L}][\p{L}'’.-]*(?: [\p{L}'’.-]*)?)$/u);
      return found && found[1].length >= 2 ? { from: before.length - found[1].length, typed: found[1] } : null;
    },
    address(value) {
      asked.set("q", value);
      const category = form.elements.category?.value;
      if (form.dataset.topic) asked.set("sujet", form.dataset.topic);
      else if (category) asked.set("categorie", category);
      return `${form.dataset.members}?${asked}`;
    },
    written: (value) => `${value} `,
  };
}

function tags(form, input) {
  return {
    part() {
      const before = input.value.slice(0, input.selectionEnd);
      const from = before.lastIndexOf(",") + 1;
      const value = before.slice(from).trimStart();
      return value.length >= 1 ? { from: before.length - value.length, typed: value } : null;
    },
    address: (value) => `${form.dataset.tags}?${new URLSearchParams({ q: value })}`,
    written: (value) => `${value}, `,
  };
}

function complete(field, source) {
  const list = document.createElement("ul");
  list.className = "compose-suggestions";
  list.id = `${field.id}_suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  field.after(list);
  field.parentElement.style.setProperty("position", "relative");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  let chosen = -1;
  let request = null;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
  };
  const options = () => [...list.children];
  const mark = (index) => {
    chosen = index;
    options().forEach((option, number) => option.setAttribute("aria-selected", String(number === index)));
    field.setAttribute("aria-activedescendant", options()[index].id);
    options()[index].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    const part = source.part();
    close();
    if (!part) return;
    field.setRangeText(source.written(option.dataset.insert), part.from, field.selectionEnd, "end");
    field.focus();
    typed(field);
    ask.stop();
  };
  const ask = later(COMPLETE_AFTER_MS, async () => {
    const part = source.part();
    request?.abort();
    if (!part) return close();
    request = new AbortController();
    let found = [];
    try {
      const answer = await fetch(source.address(part.typed), { signal: request.signal, headers: { Accept: "application/json" } });
      found = answer.ok && !answer.redirected ? (await answer.json()).found : [];
    } catch {
      return;
    }
    list.replaceChildren(
      ...found.map(({ insert, label }, number) => {
        const option = document.createElement("li");
        option.id = `${list.id}_${number}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.insert = insert;
        option.textContent = label;
        return option;
      }),
    );
    list.hidden = !found.length;
    chosen = -1;
    return undefined;
  });

  field.addEventListener("input", () => (source.part() ? ask() : (ask.stop(), close())));
  field.addEventListener("blur", () => setTimeout(close, 200));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const last = options().length - 1;
    if (event.key === "ArrowDown") mark(chosen < last ? chosen + 1 : 0);
    else if (event.key === "ArrowUp") mark(chosen > 0 ? chosen - 1 : last);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(options()[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// -- Files ---------------------------------------------------------------------------------------------------------

function sendFiles(form, touch) {
  const input = form.querySelector("[name=uploads]");
  const list = form.querySelector("[data-compose-file-list]");
  const state = form.querySelector("[data-compose-file-state]");
  if (!input || !list) return;
  const most = 6;
  let isSending = false;
  const kept = () => list.querySelectorAll(".compose-file").length - list.querySelectorAll("[name=remove]:checked").length;

  const send = (file) =>
    new Promise((done) => {
      const data = new FormData();
      data.append("uploads", file);
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      const sending = new XMLHttpRequest();
      sending.open("POST", form.dataset.uploads);
      sending.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) state.textContent = `Envoi de « ${file.name} » : ${Math.round((100 * event.loaded) / event.total)} %`;
      });
      sending.addEventListener("loadend", () => {
        if (sending.status === 200) {
          list.insertAdjacentHTML("beforeend", sending.responseText);
          done("");
        } else {
          const isSaid = sending.status && (sending.getResponseHeader("Content-Type") || "").startsWith("text/plain");
          done(`« ${file.name} » : ${isSaid ? sending.responseText : "l'envoi a échoué. Réessayez."}`);
        }
      });
      sending.send(data);
    });

  input.addEventListener("change", async () => {
    const files = [...input.files];
    const problems = [];
    input.disabled = isSending = true;
    for (const file of files) {
      if (kept() >= most) {
        problems.push(`Six fichiers au plus par message : « ${file.name} » n'est pas joint.`);
        continue;
      }
      const problem = await send(file);
      if (problem) problems.push(problem);
    }
    input.value = "";
    input.disabled = isSending = false;
    state.textContent = problems.join(" ") || (files.length ? "C'est joint." : "");
    touch();
  });
  form.addEventListener("submit", (event) => {
    if (!isSending) return;
    event.preventDefault();
    state.textContent = "Un fichier est encore en route. Publiez quand il sera joint.";
  });
}

// -- Drafts --------------------------------------------------------------------------------------------------------

// The page that follows a sending tells whether it worked: it leads to the message, to its discussion, or to the list of
// one's messages. The copy on the device is then of no more use.
function forgetWhatIsPublished() {
  const key = sessionStorage.getItem(SENT_KEY);
  if (!key) return;
  sessionStorage.removeItem(SENT_KEY);
  const { hash, pathname } = location;
  const isNewTopic = key.startsWith("forum:brouillon:topic") && pathname.startsWith("/forum/sujet/");
  if (isNewTopic || hash.startsWith("#message-") || pathname === "/forum/mes-messages/") localStorage.removeItem(key);
}

function keepDraft(form) {
  const place = form.dataset.place;
  const state = form.querySelector("[data-compose-state]");
  const notices = form.parentElement.querySelector("[data-compose-notices]");
  if (!place) return { touch() {} };
  const key = `forum:brouillon:${place}:${form.dataset.key}`;
  let version = form.dataset.version;
  let dirty = "unsaved" in form.dataset;
  let sending = null;
  let leaving = false;

  const device = {
    read() {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    write(value) {
      try {
        value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key);
      } catch {
        // A full or closed storage only costs the second copy.
      }
    },
  };

  const NAMES = ["title", "category", "kind", "tags", "body", "situation", "tried", "ask", "anonymous", "files", "remove"];
  const content = () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (NAMES.includes(name)) data.append(name, value);
    return data;
  };
  const texts = () => Object.fromEntries([...content()].filter(([name]) => !["files", "remove"].includes(name)));
  const request = (force) => {
    const data = content();
    data.set("place", place);
    data.set("base", version);
    if (force) data.set("force", "1");
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return data;
  };
  const say = (words) => {
    state.textContent = words;
  };

  async function save(force = false) {
    if (!dirty || sending || leaving) return;
    dirty = false;
    sending = new AbortController();
    try {
      const answer = await fetch(form.dataset.drafts, {
        method: "POST",
        body: request(force),
        headers: { Accept: "application/json" },
        signal: sending.signal,
      });
      if (answer.status === 409) {
        dirty = true;
        sending = null;
        return conflict((await answer.json()).version);
      }
      if (!answer.ok || answer.redirected) {
        dirty = true;
        say(answer.status === 403 ? "Vous n'êtes plus connecté : votre texte reste sur cet appareil." : "Brouillon gardé sur cet appareil.");
      } else {
        const kept = await answer.json();
        version = kept.version;
        if (!dirty) device.write(null);
        say(kept.version ? `Brouillon enregistré à ${kept.said}` : "");
      }
    } catch {
      if (leaving) return undefined;
      dirty = true;
      say("Pas de réseau : brouillon gardé sur cet appareil.");
    }
    sending = null;
    if (dirty) retry();
    return undefined;
  }
  const soon = later(SAVE_AFTER_MS, save);
  const retry = later(RETRY_MS, save);

  function notice(words, ...choices) {
    const box = document.createElement("div");
    box.className = "notice notice--warning compose-notice";
    const text = document.createElement("p");
    text.textContent = words;
    const buttons = choices.map(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--secondary button--small";
      button.textContent = label;
      button.addEventListener("click", () => {
        box.remove();
        act();
      });
      return button;
    });
    box.append(text, ...buttons);
    notices.replaceChildren(box);
  }

  function conflict(other) {
    retry.stop();
    if (notices.childElementCount) return;
    const choices = [["Garder ce que j'écris ici", () => save(true)]];
    if (other) choices.push(["Reprendre l'autre", () => ((dirty = false), device.write(null), location.reload())]);
    notice(
      other
        ? "Ce brouillon a été continué dans un autre onglet ou sur un autre appareil."
        : "Ce brouillon a été publié ou effacé ailleurs. Ce que vous écrivez ici n'est gardé que sur cet appareil.",
      ...choices,
    );
  }

  function touch() {
    dirty = true;
    device.write({ at: Date.now(), base: version, texts: texts() });
    soon();
  }

  // What the server never got: the network or the session was gone.
  const left = device.read();
  const now = texts();
  const differs = left && Object.entries(left.texts).some(([name, value]) => value.trim() && (now[name] || "").trim() !== value.trim());
  if (left && !("unsaved" in form.dataset)) {
    if (differs && Date.now() - left.at < 90 * 24 * 3600 * 1000) {
      notice(
        "Un texte que vous aviez commencé ici n'avait pas pu être enregistré.",
        [
          "Le remettre",
          () => {
            for (const [name, value] of Object.entries(left.texts)) {
              const field = form.elements[name];
              if (!field) continue;
              if (field.type === "checkbox") field.checked = true;
              else field.value = value;
              if (field instanceof HTMLElement) typed(field);
            }
            touch();
          },
        ],
        ["L'effacer", () => device.write(null)],
      );
    } else {
      device.write(null);
    }
  }

  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    // The page that comes shows the text again, or its message.
    leaving = true;
    soon.stop();
    retry.stop();
    sending?.abort();
    sessionStorage.setItem(SENT_KEY, key);
    setTimeout(() => (leaving = false), 8000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });
  window.addEventListener("pagehide", () => {
    if (dirty && !leaving) navigator.sendBeacon(form.dataset.drafts, request(false));
  });
  if (dirty) soon();
  return { touch };
}
