// Reads a lesson one slide at a time. The page holds every slide, so without this it is one page, and so it prints.

const stage = document.querySelector("[data-slides]");
const slides = stage ? [...stage.querySelectorAll("[data-slide]")] : [];
if (slides.length > 1) start();

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function start() {
  const deck = stage.firstElementChild;
  const article = stage.closest("article");
  const back = element("button", { type: "button", className: "button button--secondary", textContent: "Précédent" });
  const next = element("button", { type: "button", className: "button", textContent: "Suivant" });
  const count = element("p", { className: "slides__count" });
  const bar = element("progress", { max: slides.length });
  bar.setAttribute("aria-hidden", "true"); // the count says it
  const whole = element("button", { type: "button", className: "button button--quiet" });
  const full = element("button", { type: "button", className: "button button--quiet", textContent: "Plein écran" });
  const nav = element(
    "nav",
    { className: "slides__nav no-print" },
    element("div", { className: "progress" }, bar),
    element("div", { className: "slides__moves" }, back, count, next),
    element("div", { className: "slides__more" }, whole, ...(document.fullscreenEnabled ? [full] : [])),
  );
  nav.setAttribute("aria-label", "Diapositives");
  stage.append(nav);
  let current = 0;

  const named = () => {
    const name = window.location.hash.slice(1);
    try {
      return document.getElementById(decodeURIComponent(name));
    } catch {
      return document.getElementById(name); // an address that someone cut short
    }
  };
  const slideOf = (target) => slides.findIndex((slide) => slide.contains(target));

  function show(index) {
    current = index;
    slides.forEach((slide, number) => slide.classList.toggle("slide--shown", number === index));
    const position = `Diapositive ${index + 1} sur ${slides.length}`;
    count.textContent = position;
    bar.value = index + 1;
    // Not `disabled`: the button that was pressed would lose the focus to nowhere.
    back.setAttribute("aria-disabled", String(index === 0));
    next.setAttribute("aria-disabled", String(index === slides.length - 1));
    article?.classList.toggle("slides-end", index === slides.length - 1);
  }

  function go(index) {
    if (index < 0 || index >= slides.length || index === current) return;
    show(index);
    const heading = slides[index].querySelector("h2[id]") ?? slides[index];
    const { pathname, search } = window.location;
    history.replaceState(history.state, "", heading.id ? `#${heading.id}` : pathname + search);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    stage.scrollIntoView({ block: "start", behavior: "instant" });
    deck.scrollTop = 0;
    document.dispatchEvent(new Event("slidechange"));
  }

  function setWhole(yes) {
    stage.classList.toggle("slides--whole", yes);
    article?.classList.toggle("slides-on", !yes);
    whole.textContent = yes ? "Voir en diapositives" : "Tout voir sur une page";
  }

  back.addEventListener("click", () => go(current - 1));
  next.addEventListener("click", () => go(current + 1));
  whole.addEventListener("click", () => {
    setWhole(!stage.classList.contains("slides--whole"));
    whole.scrollIntoView({ block: "nearest", behavior: "instant" });
  });
  full.addEventListener("click", () => {
    document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen().catch(() => {});
  });
  document.addEventListener("fullscreenchange", () => {
    full.textContent = document.fullscreenElement ? "Quitter le plein écran" : "Plein écran";
  });

  // How much of the slide is out of sight, above and below: in full screen it scrolls in a box of its own.
  function hiddenParts() {
    if (document.fullscreenElement === stage)
      return [deck.scrollTop, deck.scrollHeight - deck.clientHeight - deck.scrollTop];
    const { top, bottom } = stage.getBoundingClientRect();
    return [-top, bottom - window.innerHeight];
  }

  // Keys turn slides only where they have nothing else to do: no field, no box that scrolls, no more of this slide.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (stage.classList.contains("slides--whole")) return;
    const busy = "input, select, textarea, summary, iframe, video, audio, [contenteditable], [tabindex='0']";
    if (event.target.closest?.(busy)) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const [above, below] = hiddenParts();
    if (below <= 1) steps.PageDown = 1;
    if (above <= 1) steps.PageUp = -1;
    const step = steps[event.key];
    if (!step || !slides[current + step]) return;
    event.preventDefault();
    go(current + step);
  });

  function follow() {
    const target = named();
    const index = target ? slideOf(target) : -1;
    if (index < 0) return;
    show(index);
    target.scrollIntoView({ behavior: "instant" });
    document.dispatchEvent(new Event("slidechange"));
  }

  window.addEventListener("hashchange", follow);
  setWhole(false);
  show(0);
  follow();
}
