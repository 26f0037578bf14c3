// Links to messages and discussions: copied, or shared with what the device offers. Without this the date of a message is
// its link.

const SAID_FOR = 2500;

const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("role", "status");
document.querySelector("main").append(said);

function copied(button) {
  const label = button.firstChild;
  const before = button.dataset.label ?? label.data;
  button.dataset.label = before;
  label.data = "Lien copié";
  said.textContent = "Lien copié";
  setTimeout(() => {
    label.data = before;
    said.textContent = "";
  }, SAID_FOR);
}

async function copy(button, path) {
  try {
    await navigator.clipboard.writeText(new URL(path, location.href).href);
  } catch {
    // The browser may forbid it: the address is then shown where it can be copied by hand.
    location.assign(path);
    return;
  }
  copied(button);
}

async function share(button) {
  const { share: path, title } = button.dataset;
  if (!navigator.share) return copy(button, path);
  try {
    await navigator.share({ title, url: new URL(path, location.href).href });
  } catch {
    // Closed without sharing.
  }
}

document.querySelectorAll("[data-copy-link], [data-share]").forEach((button) => {
  button.hidden = !(navigator.clipboard || (navigator.share && button.dataset.share));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-link], [data-share]");
  if (!button) return;
  if (button.dataset.share) share(button);
  else copy(button, button.dataset.copyLink);
});
