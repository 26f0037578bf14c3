// How far the upload of an interactive content is. Without this script the form is sent as any other.

const MEGABYTE = 1_000_000;

function fileField(form) {
  return form.querySelector("input[type=file][data-upload-limit]");
}

function tooBig(field) {
  const file = field.files[0];
  return Boolean(file) && file.size > Number(field.dataset.uploadLimit);
}

function checkSize(field) {
  const limit = Math.floor(Number(field.dataset.uploadLimit) / MEGABYTE);
  field.setCustomValidity(tooBig(field) ? `Ce fichier est trop gros : ${limit} Mo au plus.` : "");
  field.reportValidity();
}

function show(form, text, percent) {
  const box = form.querySelector("[data-upload-progress]");
  const bar = box.querySelector("progress");
  box.hidden = false;
  box.querySelector("[data-upload-label]").textContent = text;
  if (percent === null) {
    bar.removeAttribute("value");
  } else {
    bar.value = percent;
  }
}

// The same form with what is wrong, as the server has written it.
function showFaults(form, html) {
  const answer = new DOMParser().parseFromString(html, "text/html").getElementById(form.id);
  if (!answer) {
    return false;
  }
  const fresh = document.importNode(answer, true);
  form.replaceWith(fresh);
  follow(fresh);
  (fresh.querySelector("[data-upload-faults]") || fileField(fresh)).focus();
  return true;
}

function give(form, text) {
  show(form, text, 0);
  const button = form.querySelector("button[type=submit]");
  button.disabled = false;
  button.classList.remove("button-longrunning-active");
}

function send(form) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) {
      const percent = Math.round((100 * event.loaded) / event.total);
      show(form, `Envoi… ${percent} %`, percent);
    }
  });
  request.upload.addEventListener("load", () => show(form, "Vérification du contenu…", null));
  request.addEventListener("load", () => {
    if (request.status === 200 && request.getResponseHeader("Content-Type").startsWith("application/json")) {
      window.location.assign(JSON.parse(request.responseText).url);
    } else if (request.status !== 422 || !showFaults(form, request.responseText)) {
      give(form, "Le site n'a pas pu prendre ce fichier. Réessayez dans un moment.");
    }
  });
  request.addEventListener("error", () => give(form, "L'envoi s'est interrompu. Vérifiez votre connexion, puis réessayez."));
  request.send(new FormData(form));
}

function follow(form) {
  const field = fileField(form);
  field.addEventListener("change", () => checkSize(field));
  form.addEventListener("submit", (event) => {
    if (!field.files.length) {
      return;
    }
    event.preventDefault();
    if (tooBig(field)) {
      checkSize(field);
      give(form, field.validationMessage);
      return;
    }
    show(form, "Envoi…", 0);
    send(form);
  });
}

const form = document.getElementById("w-editor-form");
if (form && fileField(form)) {
  follow(form);
}
