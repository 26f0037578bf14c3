// In the page of a SCO or of an assignable unit, before any script of its own: gives it the SCORM runtime with what it
// left the last time, and tells the page around what it reports. No import: it runs where the page's scripts would.

(() => {
  "use strict";

  const QUIET = 3000;
  const BETWEEN = 1500;
  const JUST_NOW = 2000;
  const SEEN_AFTER = 2;
  const EVERY = 30;
  const TALLEST = 4000;
  const GROWTHS = 6;

  const context = JSON.parse(document.getElementById("eti-launch").textContent);
  const page = window.parent;
  const framed = page !== window;
  const is12 = context.kind === "scorm12";
  const say = (message) => {
    if (framed) page.postMessage(message, "*");
  };

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
      get: (target, key) => (key === "length" ? kept.size : (target[key] ?? kept.get(String(key)))),
      set: (_target, key, value) => (kept.set(String(key), String(value)), true),
      has: (target, key) => key in target || kept.has(String(key)),
      deleteProperty: (_target, key) => (kept.delete(String(key)), true),
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_target, key) =>
        kept.has(String(key)) ? { value: kept.get(String(key)), enumerable: true, configurable: true } : undefined,
    });
  };
  const works = (look) => {
    try {
      return look() !== null;
    } catch {
      return false;
    }
  };
  for (const name of ["localStorage", "sessionStorage"]) {
    if (!works(() => window[name])) Object.defineProperty(window, name, { value: memory(), configurable: true });
  }
  if (!works(() => document.cookie)) {
    const cookies = new Map();
    Object.defineProperty(document, "cookie", {
      configurable: true,
      get: () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      set: (text) => {
        const [name, ...value] = String(text).split(";")[0].split("=");
        cookies.set(name.trim(), value.join("="));
      },
    });
    // It is there, and fails when it is used: contents that look for it then do without.
    Object.defineProperty(window, "indexedDB", { value: undefined, configurable: true });
  }
  // A frame of another origin may not ask questions, and the browser's answer would be «no» to all of them.
  window.alert = () => {};
  window.confirm = () => true;
  window.prompt = (_question, answer = "") => answer;

  // -- The runtime ---------------------------------------------------------------------------------------------------

  const prefix = is12 ? "cmi.core." : "cmi.";
  const started = Date.now();
  let api = null;
  let opened = 0;
  let finished = false;
  let changed = false;

  const Runtime = is12 ? window.Scorm12API : window.Scorm2004API;
  if (context.kind !== "cmi5" && Runtime) {
    api = new Runtime({ autocommit: false, lmsCommitUrl: false, logLevel: 5, mastery_override: true });
    for (const [name, value] of Object.entries(context.cmi)) {
      try {
        api.setCMIValue(name, value);
      } catch {
        // One value that the runtime does not take must not cost the others.
      }
    }
    api.lastErrorCode = "0";
    window[is12 ? "API" : "API_1484_11"] = api;
    // Many scripts look for the API from the parent up, and the site's page is closed to them.
    const above = {
      [is12 ? "API" : "API_1484_11"]: api,
      opener: null,
      closed: false,
      frames: [],
      length: 0,
      name: "",
      close() {},
      focus() {},
      postMessage() {},
      addEventListener() {},
      removeEventListener() {},
    };
    above.parent = above.top = above.window = above.self = above;
    Object.defineProperty(window, "parent", { value: above, configurable: true, writable: true });
  }

  const twoDigits = (number) => String(number).padStart(2, "0");
  const sessionTime = () => {
    const seconds = Math.round((Date.now() - opened) / 1000);
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return is12
      ? `${String(hours).padStart(4, "0")}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}`
      : `PT${hours}H${minutes}M${seconds % 60}S`;
  };

  const flatten = (value, path, into) => {
    for (const [key, inner] of Object.entries(value)) {
      if (inner !== null && typeof inner === "object") flatten(inner, `${path}.${key}`, into);
      else if (inner !== "" && inner !== null && inner !== undefined) into[`${path}.${key}`] = inner;
    }
    return into;
  };

  const data = () => {
    const found = flatten(api.renderCMIToJSONObject().cmi, "cmi", {});
    delete found.launch_data;
    found[`${prefix}total_time`] = context.cmi[`${prefix}total_time`] ?? "";
    const reported = found[`${prefix}session_time`];
    if (!reported || /^[PT0HMS:.]*$/.test(reported)) found[`${prefix}session_time`] = sessionTime();
    found.finished = finished;
    return found;
  };

  // -- Reports --------------------------------------------------------------------------------------------------------

  // Later reports have greater numbers, on this device and on the next one.
  let last = context.sequence || 0;
  const sequence = () => (last = Math.max(last + 1, Date.now()));
  const uuid = () => {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
    return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  let seconds = 0;
  let seen = false;
  let seenSaid = false;
  let timer = null;
  let due = Infinity;
  let saidAt = 0;
  let leaving = false;
  let latest = null;

  const taken = () => {
    const whole = Math.floor(seconds);
    if (!changed && whole < 1 && (!seen || seenSaid)) return null;
    const report = { id: uuid(), seconds: whole, seen };
    if (changed) report.cmi = [{ item: context.item, sequence: sequence(), data: data() }];
    seconds -= whole;
    seenSaid = seen;
    changed = false;
    return report;
  };

  // A beacon has room for 64 KB: where that is not enough, what matters most goes alone.
  const beacon = (report) => {
    if (navigator.sendBeacon(context.report, JSON.stringify(report)) || !report.cmi) return;
    const [{ data: whole, ...rest }] = report.cmi;
    const kept = Object.entries(whole).filter(([name]) => !/^cmi\.(interactions|objectives|comments)/.test(name));
    const partial = { ...Object.fromEntries(kept), partial: true };
    navigator.sendBeacon(context.report, JSON.stringify({ ...report, cmi: [{ ...rest, data: partial }] }));
  };

  const flush = () => {
    clearTimeout(timer);
    due = Infinity;
    if (!context.report) return;
    const report = taken();
    if (report) {
      latest = report;
      say({ eti: "report", report });
    }
    // The page around may be gone before it has read what was said just now.
    if (latest && (!framed || (leaving && (report || Date.now() - saidAt < JUST_NOW)))) {
      beacon(latest);
      latest = null;
    }
    if (report) saidAt = Date.now();
  };

  const soon = (delay) => {
    const at = Date.now() + delay;
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(flush, delay);
  };

  const commit = () => {
    changed = true;
    const since = Date.now() - saidAt;
    if (leaving || since >= BETWEEN) flush();
    else soon(BETWEEN - since);
  };

  if (api) {
    const names = is12
      ? { open: "LMSInitialize", set: "LMSSetValue", commit: "LMSCommit", finish: "LMSFinish" }
      : { open: "Initialize", set: "SetValue", commit: "Commit", finish: "Terminate" };
    api.on(names.open, () => {
      opened = Date.now();
      finished = false;
      changed = true;
      soon(QUIET);
    });
    api.on(names.set, () => {
      changed = true;
      soon(QUIET);
    });
    api.on(names.commit, commit);
    api.on(names.finish, () => {
      finished = true;
      changed = true;
      flush();
    });
  }

  window.close = () => flush();

  // -- Time, and what is seen -----------------------------------------------------------------------------------------

  const TICK = 1000;
  let before = performance.now();
  setInterval(() => {
    const now = performance.now();
    // A device that slept wakes up with a long tick.
    const passed = Math.min(now - before, 2 * TICK) / 1000;
    before = now;
    if (document.visibilityState !== "visible") return;
    seconds += passed;
    if (!seen && Date.now() - started >= SEEN_AFTER * 1000) {
      seen = true;
      soon(0);
    }
    if (seconds >= EVERY) soon(0);
  }, TICK);

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
  });
  for (const name of ["beforeunload", "pagehide"]) {
    window.addEventListener(
      name,
      () => {
        leaving = true;
        flush();
        // A page that asks to leave may yet stay.
        setTimeout(() => {
          leaving = false;
        }, 1000);
      },
      true,
    );
  }

  // -- Links, height --------------------------------------------------------------------------------------------------

  const offer = (href) => {
    const address = new URL(href, document.baseURI);
    if (["http:", "https:"].includes(address.protocol)) say({ eti: "link", href: address.href });
  };
  const folder = new URL(".", location.href).href;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const href = link?.getAttribute("href") ?? "";
    if (!link || event.defaultPrevented || href.startsWith("#") || /^(javascript|data|blob|mailto):/i.test(href)) return;
    const next = new URL(href, document.baseURI);
    if (link.target !== "_blank" && next.href.startsWith(folder)) {
      // A part made of several pages finds the runtime in each of them.
      const launched = new URLSearchParams(location.search).get("eti");
      if (launched && !link.target && /\.x?html?$/i.test(next.pathname) && !next.searchParams.has("eti")) {
        next.searchParams.set("eti", launched);
        link.href = next.href;
      }
      return;
    }
    event.preventDefault();
    offer(href);
  });
  window.open = (href) => {
    if (href) offer(href);
    return null;
  };

  // A content that fills its frame would grow with it for ever: only what is cut off asks for more, a few times.
  let growths = 0;
  const measure = () => {
    const height = Math.min(document.documentElement.scrollHeight, TALLEST);
    if (growths >= GROWTHS || height <= window.innerHeight + 1) return;
    growths += 1;
    say({ eti: "height", height });
  };
  window.addEventListener("load", () => {
    if (document.body) new ResizeObserver(measure).observe(document.body);
    measure();
  });
})();
