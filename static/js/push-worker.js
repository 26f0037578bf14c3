// Kept by a device that accepted to be woken: shows what was sent, opens the list on a click. It sees no page.

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data?.json() ?? {};
  } catch {
    // Sent by nobody we know: the words below say enough.
  }
  event.waitUntil(
    self.registration.showNotification(told.title ?? "Réseau ETI", {
      body: told.body ?? "Il y a du nouveau pour vous.",
      icon: "/static/img/icon.svg",
      tag: "nouveautes",
      data: { url: told.url ?? "/notifications/" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});
