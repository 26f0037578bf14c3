// In the frame of an H5P content: gives the core what it needs, and tells the page around what happens.
// The frame has no origin, so no cookie and no storage. It runs before the core; its listeners come first.

(() => {
  "use strict";

  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const player = read("h5p-player");
  const framed = window.parent !== window;
  window.H5PIntegration = read("h5p-integration");

  // -- What an opaque origin refuses by an exception, old contents want without asking ------------------------------

  const memory = () => {
    const kept = new Map();
    const methods = {
      getItem: (key) => (kept.has(String(key)) ? kept.get(String(key)) : null),
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: (key) => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: (index) => [...kept.keys()][index] ?? null,
    };
    return new Proxy(methods, {
      get: (target, key) => (key === "length" ? kept.size : key in target ? target[key] : kept.get(String(key))),
      set: (target, key, value) => (kept.set(String(key), String(value)), true),
      has: (target, key) => key in target || kept.has(String(key)),
      deleteProperty: (target, key) => (kept.delete(String(key)), true),
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (target, key) =>
        kept.has(String(key)) ? { value: kept.get(String(key)), enumerable: true, configurable: true } : undefined,
    });
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, { value: memory(), configurable: true });
  }
  Object.defineProperty(document, "cookie", { get: () => "", set: () => {}, configurable: true });

  // -- Reports ------------------------------------------------------------------------------------------------------

  const KEPT_FOR = { statement: 800, state: 3000 };
  const MOST = 100;
  const uuid = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  };

  let statements = [];
  const states = new Map();
  let seconds = 0;
  let seen = false;
  let seenSaid = false;
  let timer = null;
  let due = Infinity;

  // Later changes have greater numbers, on this device and on the next one.
  let last = 0;
  const sequence = () => (last = Math.max(last + 1, Date.now()));

  const say = (message) => {
    if (framed) window.parent.postMessage(message, "*");
  };

  const taken = () => {
    const whole = Math.floor(seconds);
    if (!statements.length && !states.size && whole < 1 && (!seen || seenSaid)) return null;
    const report = { id: uuid(), statements: statements.splice(0, MOST), states: [...states.values()], seconds: whole, seen };
    states.clear();
    seconds -= whole;
    seenSaid = seen;
    return report;
  };

  const post = (report) =>
    fetch(player.report, { method: "POST", body: JSON.stringify(report), credentials: "omit", keepalive: true });

  const flush = () => {
    clearTimeout(timer);
    due = Infinity;
    if (!player.report) return;
    for (let report = taken(); report; report = statements.length ? taken() : null) {
      if (framed) say({ eti: "report", report });
      else post(report).catch(() => {});
    }
  };

  const soon = (delay) => {
    const at = Date.now() + delay;
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(flush, delay);
  };

  const leave = () => {
    if (!player.report) return;
    for (let report = taken(); report; report = statements.length ? taken() : null) {
      navigator.sendBeacon(player.report, JSON.stringify(report));
      // The page may stay, and lost its connection: it tries again, which changes nothing if this one arrived.
      say({ eti: "report", report });
    }
  };

  const record = (statement) => {
    const verb = statement.verb?.id ?? "";
    if (!player.report || verb.endsWith("/interacted")) return;
    const kept = JSON.parse(JSON.stringify(statement));
    delete kept.actor;
    kept.id ??= uuid();
    kept.timestamp ??= new Date().toISOString();
    statements.push(kept);
    soon(KEPT_FOR.statement);
  };

  const keep = (part, kind, text) => {
    if (!player.report) return;
    const key = `${part}/${kind}`;
    states.set(key, { key, sequence: sequence(), data: text });
    soon(KEPT_FOR.state);
  };

  // -- The core -----------------------------------------------------------------------------------------------------

  const saved = (contentId) => {
    const content = window.H5PIntegration.contents[`cid-${contentId}`];
    if (content) content.contentUserData ??= {};
    return content?.contentUserData;
  };

  const connect = () => {
    const H5P = window.H5P;
    if (!H5P?.externalDispatcher) return;
    H5P.setUserData = (contentId, kind, data, options) => {
      const part = options?.subContentId || 0;
      const all = saved(contentId);
      let text;
      try {
        text = JSON.stringify(data);
      } catch (error) {
        options?.errorCallback?.(error);
        return;
      }
      if (!all || text === undefined || all[part]?.[kind] === text) return;
      (all[part] ??= {})[kind] = text;
      keep(part, kind, text);
    };
    H5P.deleteUserData = (contentId, kind, part) => {
      const all = saved(contentId);
      if (all?.[part || 0]) delete all[part || 0][kind];
      keep(part || 0, kind, null);
    };
    H5P.externalDispatcher.on("xAPI", (event) => record(event.data.statement));
    nameMain(H5P);
  };

  // Some packages call their library by another name than their script does: if only one content type is there, that is it.
  const nameMain = (H5P) => {
    const name = Object.values(window.H5PIntegration.contents)[0].library.split(" ")[0];
    const path = name.split(".");
    const last = path.pop();
    const owner = path.reduce((found, part) => found?.[part], window);
    if (!owner || typeof owner[last] === "function") return;
    const types = Object.values(H5P).filter((value) => typeof value === "function" && value.prototype?.attach);
    if (types.length === 1) owner[last] = types[0];
  };

  const instances = () => window.H5P?.instances ?? [];
  const resize = () => instances().forEach((instance) => window.H5P.trigger(instance, "resize"));

  const saveAll = () => {
    if (window.H5PIntegration.saveFreq === false) return;
    for (const instance of instances()) {
      if (typeof instance.getCurrentState !== "function") continue;
      const state = instance.getCurrentState();
      if (state !== undefined) window.H5P.setUserData(instance.contentId, "state", state);
    }
  };

  // -- Time, and what is seen ---------------------------------------------------------------------------------------

  let onScreen = false;
  let looked = 0;
  new IntersectionObserver((entries) => {
    onScreen = entries.at(-1).isIntersecting;
  }).observe(document.body);

  const wasSeen = () => {
    seen = true;
    const scored = instances().some((instance) => {
      try {
        return typeof instance.getMaxScore === "function" && instance.getMaxScore() > 0;
      } catch {
        return true;
      }
    });
    // Nothing to answer: who has seen it has done it.
    if (!scored && instances().length) {
      record({
        verb: { id: "http://adlnet.gov/expapi/verbs/completed" },
        object: { id: player.activity },
        result: { completion: true },
      });
    }
    soon(KEPT_FOR.statement);
  };

  const TICK = 1000;
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    // A device that slept wakes up with a long tick.
    const passed = Math.min(now - before, 2 * TICK) / 1000;
    before = now;
    if (document.visibilityState !== "visible" || !onScreen) return;
    seconds += passed;
    looked += passed;
    if (!seen && looked >= 2 && instances().length) wasSeen();
    if (seconds >= 30) soon(0);
  }, TICK);

  // -- Height, links ------------------------------------------------------------------------------------------------

  let height = 0;
  const measure = () => {
    const now = Math.ceil(document.body.getBoundingClientRect().height);
    if (window.H5P?.isFullscreen || document.fullscreenElement || Math.abs(now - height) < 2) return;
    height = now;
    say({ eti: "height", height });
  };

  const offer = (href) => {
    const address = new URL(href, document.baseURI);
    if (["http:", "https:"].includes(address.protocol)) say({ eti: "link", href: address.href });
  };
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      const href = link?.getAttribute("href") ?? "";
      if (!link || href === "" || href.startsWith("#") || /^(javascript|data|blob):/i.test(href)) return;
      event.preventDefault();
      offer(href);
    },
    true,
  );
  window.open = (href) => {
    if (href) offer(href);
    return null;
  };

  // A video of another site does not play in here: the page offers it as a link instead.
  const VIDEO = /https?:\/\/(?:www\.)?(?:youtube\.com|youtu\.be|(?:player\.)?vimeo\.com)\/[^"\\\s<>]+/;
  document.addEventListener("securitypolicyviolation", (event) => {
    if (!/youtube|vimeo/.test(event.blockedURI)) return;
    const found = Object.values(window.H5PIntegration.contents)[0].jsonContent.match(VIDEO);
    if (found) offer(found[0]);
  });

  // The core starts on the same event, after this.
  document.addEventListener("DOMContentLoaded", connect);
  window.addEventListener("load", () => {
    setTimeout(() => {
      if (!instances().length) document.querySelector(".h5p-content").append("Cette activité n'a pas pu démarrer.");
    }, 3000);
    new ResizeObserver(measure).observe(document.body);
    resize();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "hidden") return;
      saveAll();
      flush();
    });
    // After the core's own listener, which saves the state.
    window.addEventListener("pagehide", () => {
      saveAll();
      leave();
    });
  });
  let pause;
  window.addEventListener("resize", () => {
    clearTimeout(pause);
    pause = setTimeout(resize, 100);
  });
})();
