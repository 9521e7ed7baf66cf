/** What the service would answer, from files beside the page (`make demo`), so that any web host can show the app. It takes nothing. */

/**
 * Answer a request of the app. Hosts that send no parts of files send them whole.
 *
 * @throws TypeError As `fetch` without a network, also for what only a service could take.
 */
export async function fromFiles(address: string, options: RequestInit = {}): Promise<Response> {
  if ((options.method ?? "GET") !== "GET") throw new TypeError("nothing is sent");
  const found = await fetch(fileOf(address), options);
  if (found.status !== 200 || !new Headers(options.headers).has("Range")) return found;
  const bytes = await found.arrayBuffer();
  return new Response(bytes, { status: 206, headers: { "Content-Range": `bytes 0-${bytes.byteLength - 1}/${bytes.byteLength}` } });
}

/** As `serving/demo.py` names it. */
export function fileOf(address: string): string {
  const path = address.replace("?language=", "/").replace(/^\/(app\/)?/, "./");
  return /\.\w+$/.test(path) ? path : `${path}.json`;
}
