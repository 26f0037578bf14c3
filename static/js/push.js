// «Me prévenir sur cet appareil»: asks the browser, and tells the site which device to wake.

const section = document.querySelector("[data-push]");
const isPossible = section && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const say = (text) => {
  section.querySelector("[data-push-status]").textContent = text;
};

const keyBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const tell = async (body) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const response = await fetch(section.dataset.devices, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
};

const show = (isOn) => {
  const button = section.querySelector("[data-push-button]");
  button.setAttribute("aria-pressed", String(isOn));
  button.textContent = isOn ? "Ne plus me prévenir sur cet appareil" : "Me prévenir sur cet appareil";
};

const start = async () => {
  const registration = await navigator.serviceWorker.register(section.dataset.worker, { scope: "/notifications/" });
  let subscription = await registration.pushManager.getSubscription();
  show(Boolean(subscription));
  section.hidden = false;
  const button = section.querySelector("[data-push-button]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      if (subscription) {
        await tell({ ...subscription.toJSON(), forget: true });
        await subscription.unsubscribe();
        subscription = null;
        say("Cet appareil ne sera plus prévenu.");
      } else if ((await Notification.requestPermission()) !== "granted") {
        say("Votre navigateur bloque les notifications de ce site : autorisez-les dans ses réglages, puis recommencez.");
      } else {
        const key = keyBytes(section.dataset.key);
        subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
        await tell(subscription.toJSON());
        say("C'est fait : cet appareil sera prévenu.");
      }
    } catch (error) {
      await subscription?.unsubscribe();
      subscription = null;
      say(error.message || "Cela n'a pas marché. Vérifiez votre connexion, puis réessayez.");
    }
    show(Boolean(subscription));
    button.disabled = false;
  });
};

if (isPossible) start().catch(() => undefined);
