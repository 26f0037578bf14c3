// Saves an answer as soon as it is given, so that a lost connection or a flat battery loses nothing.

const form = document.querySelector("form[data-autosave]");
const state = document.querySelector("[data-saved]");
let queue = Promise.resolve();
let waiting = 0;

// One request after the other: the answer given last is the one saved last.
async function save(data) {
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: data,
      headers: { "X-Autosave": "1" },
      credentials: "same-origin",
    });
    return response.status === 204
      ? "Réponse enregistrée."
      : "Réponse pas encore enregistrée : validez avec le bouton.";
  } catch {
    return "Pas de réseau : gardez cette page ouverte, puis validez avec le bouton.";
  }
}

form?.addEventListener("change", () => {
  const data = new FormData(form);
  waiting += 1;
  state.textContent = "Enregistrement…";
  queue = queue.then(() => save(data)).then((outcome) => {
    waiting -= 1;
    if (waiting === 0) state.textContent = outcome;
  });
});
