// Saves an answer as soon as it is given, so that a lost connection or a flat battery loses nothing.

const form = document.querySelector("form[data-autosave]");
const state = document.querySelector("[data-saved]");
let latest = 0;

form?.addEventListener("change", async () => {
  const turn = ++latest;
  state.textContent = "Enregistrement…";
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Autosave": "1" },
      credentials: "same-origin",
    });
    if (turn !== latest) return;
    state.textContent = response.status === 204 ? "Réponse enregistrée." : "Réponse pas encore enregistrée : validez avec le bouton.";
  } catch {
    if (turn === latest) state.textContent = "Pas de réseau : gardez cette page ouverte, puis validez avec le bouton.";
  }
});
