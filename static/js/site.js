// Small comforts on top of pages that work without any of this.

// A form that was sent is not sent again by a second tap.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A sending that was stopped by hand, or lost, may be tried again.
  setTimeout(() => delete form.dataset.sent, 8000);
});
// The back button brings the page back as it was left: its forms may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// A video loads from the other site only once it is asked for.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-player]");
  if (!button) return;
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.src = button.dataset.player;
  frame.title = button.dataset.title;
  frame.className = "video__frame";
  frame.allow = "fullscreen; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin";
  button.replaceWith(frame);
  frame.focus();
});

// After a fragment is replaced, the keyboard and the screen reader go on from what is new.
document.addEventListener("htmx:after:swap", () => {
  document.querySelector("[data-focus-after-swap]")?.focus();
});
