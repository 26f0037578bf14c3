// The zones of a question «Zone sur image», drawn on its image in Wagtail's admin. The number fields below the image
// hold them: they work without this script, and both stay in step.
(() => {
  const SIDES = ["x", "y", "width", "height"];
  const LEAST = 2; // percent: smaller is a slip of the hand, not a zone
  const STEP = 1; // percent, by arrow key
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const rounded = (value) => Math.round(value * 10) / 10;
  const parse = (text) => (String(text).trim() === "" ? NaN : Number(String(text).replace(",", ".")));
  const write = (value) => String(rounded(value)).replace(".", ",");

  function make(tag, className, text = "") {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  }

  // `crypto.randomUUID` is missing where the site is not served over HTTPS.
  const newId = () =>
    "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16),
    );

  function drawOn(block, pictureUrl) {
    const picture = block.childBlocks.picture.childBlocks.image.widget;
    const zones = block.childBlocks.zones;
    const shown = new Map(); // an item of the list → its zone on the image
    let current = null;
    let shownPicture = null;

    const editor = make("div", "hotspot-editor");
    const missing = make("p", "help", "Choisissez l'image ci-dessus : vous pourrez y dessiner les zones.");
    const board = make("div", "hotspot-editor__board");
    const help = make(
      "p",
      "help",
      "Faites glisser sur l'image pour dessiner une zone ; déplacez-la, tirez ses coins. Au clavier, les flèches " +
        "déplacent la zone, Maj et les flèches changent sa taille, Entrée mène à sa description, Suppr l'enlève.",
    );
    help.id = `${block.prefix}-dessin`;
    const stage = make("div", "hotspot-editor__stage");
    stage.setAttribute("role", "group");
    stage.setAttribute("aria-label", "Zones sur l'image");
    const image = make("img", "hotspot-editor__image");
    image.alt = "";
    image.draggable = false;
    const ghost = make("div", "hotspot-editor__ghost");
    ghost.hidden = true;
    stage.append(image, ghost);
    const addButton = make("button", "button button-small button-secondary", "Ajouter une zone");
    addButton.type = "button";
    const status = make("p", "w-sr-only");
    status.setAttribute("role", "status");
    board.append(help, stage, addButton, status);
    editor.append(missing, board);
    zones.container[0].before(editor);

    // -- The fields, and the zones that they describe

    const field = (child, name) => child.block.childBlocks[name];

    function read(child) {
      return Object.fromEntries(SIDES.map((side) => [side, parse(field(child, side).getValue())]));
    }

    function keep(child, box, { done = true } = {}) {
      SIDES.forEach((side) => {
        const { input } = field(child, side).widget;
        if (input.value === write(box[side])) return;
        input.value = write(box[side]);
        if (!done) return;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      refresh();
    }

    function inside(box) {
      const width = clamp(box.width, LEAST, 100);
      const height = clamp(box.height, LEAST, 100);
      return { x: clamp(box.x, 0, 100 - width), y: clamp(box.y, 0, 100 - height), width, height };
    }

    function nameOf(child) {
      const label = field(child, "label").getValue().trim();
      const right = field(child, "correct").getValue() ? ", à trouver" : "";
      return `Zone ${zones.children.indexOf(child) + 1}${label ? ` : ${label}` : ""}${right}`;
    }

    function tell(child) {
      const { x, y, width, height } = read(child);
      status.textContent =
        `${write(x)} % depuis la gauche, ${write(y)} % depuis le haut, ` +
        `largeur ${write(width)} %, hauteur ${write(height)} %.`;
    }

    // -- The image

    function refresh() {
      const { children } = zones;
      const id = picture.getValue() || null;
      if (id !== shownPicture) {
        shownPicture = id;
        if (id) image.src = pictureUrl.replace("/0/", `/${id}/`);
      }
      board.hidden = !id;
      missing.hidden = Boolean(id);
      addButton.disabled = children.length >= (zones.blockDef.meta.maxNum || Infinity);
      for (const [child, element] of shown) {
        if (!children.includes(child)) {
          element.remove();
          shown.delete(child);
        }
      }
      children.forEach((child, index) => {
        const element = shown.get(child) || showZone(child);
        const box = read(child);
        child.element.querySelector("[data-panel-heading] > span").dataset.zone = index + 1;
        element.hidden = !SIDES.every((side) => Number.isFinite(box[side]));
        if (element.hidden) return;
        element.style.left = `${box.x}%`;
        element.style.top = `${box.y}%`;
        element.style.width = `${box.width}%`;
        element.style.height = `${box.height}%`;
        // A small zone stays within reach of the pointer above a large one.
        element.style.zIndex = Math.round(20000 - box.width * box.height);
        element.dataset.shape = field(child, "shape").getValue();
        element.toggleAttribute("data-right", field(child, "correct").getValue());
        element.toggleAttribute("data-current", child === current);
        element.setAttribute("aria-label", nameOf(child));
        element.firstChild.textContent = index + 1;
      });
    }

    function choose(child) {
      current = child;
      refresh();
    }

    function describe(child) {
      const toggle = child.element.querySelector("[data-panel-toggle]");
      if (toggle.getAttribute("aria-expanded") === "false") toggle.click();
      field(child, "label").focus();
    }

    function add(box) {
      const state = { ...zones.blockDef.initialChildState };
      SIDES.forEach((side) => (state[side] = write(inside(box)[side])));
      const child = zones.insert(state, zones.children.length, { id: newId() });
      choose(child);
      shown.get(child).focus();
      status.textContent = `Zone ${zones.children.length} ajoutée. Entrée : la décrire.`;
    }

    function remove(child) {
      const index = zones.children.indexOf(child);
      zones.deleteBlock(index, { animate: true });
      const next = zones.children[Math.min(index, zones.children.length - 1)];
      (next ? shown.get(next) : addButton).focus();
      status.textContent = "Zone enlevée.";
    }

    function follow(element, event, moved, ended) {
      const { width, height } = stage.getBoundingClientRect();
      const { clientX, clientY, pointerId } = event;
      const track = (now) => moved(((now.clientX - clientX) / width) * 100, ((now.clientY - clientY) / height) * 100);
      const stop = (now) => {
        element.removeEventListener("pointermove", track);
        element.removeEventListener("pointerup", stop);
        element.removeEventListener("pointercancel", stop);
        ended(now.type === "pointercancel");
      };
      element.setPointerCapture(pointerId);
      element.addEventListener("pointermove", track);
      element.addEventListener("pointerup", stop);
      element.addEventListener("pointercancel", stop);
    }

    function resized(box, corner, across, down) {
      const right = box.x + box.width;
      const bottom = box.y + box.height;
      const left = corner.includes("w") ? clamp(box.x + across, 0, right - LEAST) : box.x;
      const top = corner.includes("n") ? clamp(box.y + down, 0, bottom - LEAST) : box.y;
      const width = corner.includes("w") ? right - left : clamp(box.width + across, LEAST, 100 - box.x);
      const height = corner.includes("n") ? bottom - top : clamp(box.height + down, LEAST, 100 - box.y);
      return { x: left, y: top, width, height };
    }

    function showZone(child) {
      const element = make("button", "hotspot-editor__zone");
      element.type = "button";
      element.setAttribute("aria-describedby", help.id);
      element.append(make("span", "hotspot-editor__number"));
      for (const corner of ["nw", "ne", "sw", "se"]) {
        const handle = make("span", "hotspot-editor__corner");
        handle.dataset.corner = corner;
        element.append(handle);
      }
      element.addEventListener("focus", () => choose(child));
      element.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        event.stopPropagation();
        event.preventDefault();
        element.focus();
        const before = read(child);
        const { corner } = event.target.dataset;
        let after = before;
        follow(
          element,
          event,
          (across, down) => {
            after = corner
              ? resized(before, corner, across, down)
              : inside({ ...before, x: before.x + across, y: before.y + down });
            keep(child, after, { done: false });
          },
          (cancelled) => {
            keep(child, before, { done: false });
            if (!cancelled) keep(child, after);
          },
        );
      });
      element.addEventListener("dblclick", () => describe(child));
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          describe(child);
        } else if (event.key === "Delete") {
          event.preventDefault();
          remove(child);
        } else if (event.key in ARROWS) {
          event.preventDefault();
          const [across, down] = ARROWS[event.key].map((way) => way * STEP);
          const box = read(child);
          const moved = { ...box, x: box.x + across, y: box.y + down };
          keep(child, event.shiftKey ? resized(box, "se", across, down) : inside(moved));
          tell(child);
        }
      });
      shown.set(child, element);
      stage.append(element);
      return element;
    }

    stage.addEventListener("pointerdown", (event) => {
      if (event.button || addButton.disabled) return;
      event.preventDefault();
      const { left, top, width, height } = stage.getBoundingClientRect();
      const x = clamp(((event.clientX - left) / width) * 100, 0, 100);
      const y = clamp(((event.clientY - top) / height) * 100, 0, 100);
      let box = null;
      follow(
        stage,
        event,
        (across, down) => {
          const [otherX, otherY] = [clamp(x + across, 0, 100), clamp(y + down, 0, 100)];
          box = { x: Math.min(x, otherX), y: Math.min(y, otherY), width: Math.abs(otherX - x), height: Math.abs(otherY - y) };
          SIDES.forEach((side) => (ghost.style[{ x: "left", y: "top" }[side] || side] = `${box[side]}%`));
          ghost.hidden = false;
        },
        (cancelled) => {
          ghost.hidden = true;
          if (!cancelled && box && box.width >= LEAST && box.height >= LEAST) add(box);
        },
      );
    });
    image.addEventListener("error", () => {
      board.hidden = true;
    });
    addButton.addEventListener("click", () => {
      const place = 10 + ((zones.children.length * 5) % 60);
      add({ x: place, y: place, width: 20, height: 20 });
    });

    // -- What happens in the fields

    block.container[0].addEventListener("input", refresh);
    block.container[0].addEventListener("change", refresh);
    zones.container[0].addEventListener("focusin", (event) => {
      const child = zones.children.find((each) => each.element.contains(event.target));
      if (child && child !== current) choose(child);
    });
    for (const name of ["blockCountChanged", "moveBlock"]) {
      const original = zones[name].bind(zones);
      zones[name] = (...args) => {
        const result = original(...args);
        refresh();
        return result;
      };
    }
    refresh();
  }

  // A plain definition of a StructBlock, whose render also draws. Not a subclass: Wagtail gives the label of a block
  // within a block according to the class of its parent.
  class HotspotBlockDefinition {
    constructor(...args) {
      const definition = new window.wagtailStreamField.blocks.StructBlockDefinition(...args);
      const render = definition.render.bind(definition);
      definition.render = (...place) => {
        const block = render(...place);
        drawOn(block, definition.meta.pictureUrl);
        return block;
      };
      return definition;
    }
  }

  window.telepath.register("courses.questions.HotspotBlock", HotspotBlockDefinition);
})();
