// Remembers the last title that the reader has passed, so that «Continuer» comes back there on any device.

const place = document.querySelector("form[data-keep-place]");
if (place) {
  const headings = [...document.querySelectorAll(".lesson-body h2[id]")];
  let sent = "";

  // A slide that is not shown has no place on the screen; one that is shown is where the reader is.
  const isShown = (heading) => heading.getClientRects().length > 0;
  const isReached = (heading) =>
    heading.closest(".slides:not(.slides--whole) .slide--shown") !== null || heading.getBoundingClientRect().top < window.innerHeight / 2;
  const reached = () => headings.filter((h) => isShown(h) && isReached(h)).at(-1)?.id ?? "";

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
  document.addEventListener("slidechange", keep);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  window.addEventListener("pagehide", keep);
}
