// The preview of an interactive content takes the height that the content says.

const LEAST = 160;
const MOST = 4000;

for (const frame of document.querySelectorAll("[data-package-preview]")) {
  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.data?.eti !== "height") {
      return;
    }
    const height = Number(event.data.height);
    if (Number.isFinite(height)) {
      frame.style.height = `${Math.min(Math.max(height, LEAST), MOST)}px`;
    }
  });
}
