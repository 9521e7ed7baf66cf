/**
 * Part of the service worker: a newer app whose runtime has not arrived yet is not installed where a model is kept.
 * Else a phone that was closed meanwhile would open the newer app, and have no answer in the field.
 */
self.addEventListener("install", (event) =>
  event.waitUntil(
    new Promise((installed, failed) => {
      const opening = indexedDB.open("majani");
      // No database, no model; none is to begin here.
      opening.onupgradeneeded = () => opening.transaction.abort();
      opening.onerror = () => installed();
      opening.onsuccess = () => {
        const stores = opening.result.transaction(["documents", "parts"]);
        const model = stores.objectStore("documents").get("manifest");
        const parts = stores.objectStore("parts").getAll(IDBKeyRange.bound([RUNTIME.address, 0], [RUNTIME.address, RUNTIME.bytes]));
        stores.onabort = () => failed(stores.error);
        stores.oncomplete = async () => {
          opening.result.close();
          const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
          const here = parts.result.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
          // A phone without room for both would never get a newer app.
          if (model.result === undefined || here === RUNTIME.bytes || quota - usage < RUNTIME.bytes) installed();
          else failed(new Error("the runtime has not arrived"));
        };
      };
    }),
  ),
);
