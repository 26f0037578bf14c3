// The form of a sheet saves itself while one writes; each button saves too, so nothing depends on this.

const SAVE_AFTER_MS = 3000;
const RETRY_MS = 10000;

const form = document.querySelector("[data-sheet-form]");
if (form) start(form);

function start(form) {
  const state = form.querySelector("[data-sheet-state]");
  const revision = form.querySelector("[name=revision]");
  let dirty = false;
  let sending = false;
  let leaving = false;
  let stale = false;
  let timer = 0;

  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  function changed(event) {
    // What is said of a photo goes with its file, by its own button.
    if (event.target.name?.startsWith("photo-") && event.target.closest(".sheet-add")) return;
    dirty = true;
    say("Modifications pas encore enregistrées.");
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  }

  function written() {
    const data = new FormData(form);
    data.delete("photo-file");
    return data;
  }

  async function save() {
    clearTimeout(timer);
    if (!dirty || sending || leaving || stale) return;
    sending = true;
    dirty = false;
    let again = false;
    try {
      // Not `form.action`: the buttons have that name.
      const response = await fetch(form.getAttribute("action"), {
        method: "POST",
        body: written(),
        headers: { "X-Autosave": "1" },
        credentials: "same-origin",
        redirect: "manual",
      });
      if (response.ok) {
        const saved = await response.json();
        revision.value = saved.revision;
        if (!dirty) say(saved.saved);
      } else if (response.status === 409) {
        stale = true;
        say("Cette fiche a été changée ailleurs. Enregistrez pour choisir entre les deux versions.");
      } else if (response.type === "opaqueredirect" || response.status === 403) {
        say("Votre session a expiré : reconnectez-vous dans un autre onglet, puis enregistrez ici.");
        again = true;
      } else {
        throw new Error(response.status);
      }
    } catch {
      say("Pas de réseau : gardez cette page ouverte, l'enregistrement reprendra dès que possible.");
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
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !leaving) event.preventDefault();
  });
}
