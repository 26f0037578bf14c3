// Comforts for answering: steps moved with two buttons, places shown on an image. Forms work without any of this.

function button(text, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  return made;
}

function changed(element) {
  element.dispatchEvent(new Event("change", { bubbles: true }));
}

// The lists of ranks give way to buttons; they still hold the answer.
function enhanceOrdering(list) {
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  list.after(status);
  const rows = () => [...list.children];

  function refresh() {
    rows().forEach((row, index) => {
      const [up, down] = row.querySelectorAll(".ordering__moves button");
      up.disabled = index === 0;
      down.disabled = index === rows().length - 1;
    });
  }

  function move(row, step, pressed) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    step < 0 ? other.before(row) : other.after(row);
    rows().forEach((each, index) => (each.querySelector("select").value = String(index + 1)));
    refresh();
    (pressed.disabled ? row.querySelector(".ordering__moves button:enabled") : pressed).focus();
    status.textContent = `${row.querySelector(".ordering__text").textContent.trim()} : place ${rows().indexOf(row) + 1}.`;
    changed(list.querySelector("select"));
  }

  rows().forEach((row) => {
    const text = row.querySelector(".ordering__text").textContent.trim();
    const moves = document.createElement("span");
    moves.className = "ordering__moves";
    const up = button("↑", `Monter « ${text} »`);
    const down = button("↓", `Descendre « ${text} »`);
    up.addEventListener("click", () => move(row, -1, up));
    down.addEventListener("click", () => move(row, 1, down));
    moves.append(up, down);
    row.append(moves);
  });
  list.classList.add("ordering--enhanced");
  list.previousElementSibling.textContent = "Mettez les étapes dans l'ordre avec les flèches, la première en haut.";
  refresh();
}

// A tap on the image leaves a mark; which zone it falls in is the server's business.
function enhanceHotspot(box) {
  const frame = box.querySelector("[data-hotspot-image]");
  const image = frame.querySelector("img");
  const field = box.querySelector("[data-hotspot-points]");
  if (!image) return;
  const points = field.value ? field.value.split(";").map((pair) => pair.split(",").map(Number)) : [];

  function draw() {
    frame.querySelectorAll(".hotspot__pin").forEach((pin) => pin.remove());
    points.forEach(([x, y], index) => {
      const pin = button(String(index + 1), `Retirer le repère ${index + 1}`);
      pin.className = "hotspot__pin";
      pin.style.left = `${x}%`;
      pin.style.top = `${y}%`;
      pin.addEventListener("click", (event) => {
        event.stopPropagation();
        points.splice(index, 1);
        keep();
      });
      frame.append(pin);
    });
  }

  function keep() {
    field.value = points.map((point) => point.join(",")).join(";");
    draw();
    changed(field);
  }

  image.addEventListener("click", (event) => {
    const { left, top, width, height } = image.getBoundingClientRect();
    if (points.length >= 20) return;
    const percent = (value, size) => Math.round((value / size) * 1000) / 10;
    points.push([percent(event.clientX - left, width), percent(event.clientY - top, height)]);
    keep();
  });
  frame.dataset.ready = "yes";
  box.querySelector("[data-hotspot-help]").hidden = false;
  const list = box.querySelector("[data-hotspot-list]");
  if (!list.querySelector("input:checked")) list.open = false;
  draw();
}

function enhance(root) {
  root.querySelectorAll("[data-ordering]:not(.ordering--enhanced)").forEach(enhanceOrdering);
  root.querySelectorAll("[data-hotspot] [data-hotspot-image]:not([data-ready])").forEach((frame) =>
    enhanceHotspot(frame.closest("[data-hotspot]")),
  );
}

enhance(document);
document.addEventListener("htmx:after:swap", () => enhance(document));
