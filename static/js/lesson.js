// Remembers the last title that the reader has passed, so that «Continuer» comes back there on any device.

const place = document.querySelector("form[data-keep-place]");
if (place) {
  const headings = [...document.querySelectorAll(".lesson-body h2[id]")];
  let sent = "";

  const reached = () => headings.filter((h) => h.getBoundingClientRect().top < window.innerHeight / 2).at(-1)?.id ?? "";

  const keep = () => {
    const anchor = reached();
    if (!anchor || anchor === sent) return;
    const data = new FormData(place);
    data.set("anchor", anchor);
    if (navigator.sendBeacon(place.action, data)) sent = anchor;
  };

  // Now and then while reading: a phone may die without a word.
  let pause;
  window.addEventListener(
    "scroll",
    () => {
      clearTimeout(pause);
      pause = setTimeout(keep, 1000);
    },
    { passive: true },
  );
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  window.addEventListener("pagehide", keep);
}
