/** The current screen. The address keeps it behind `#`, so every screen works without a network. */

import { useLayoutEffect, useState } from "preact/hooks";

export interface Route {
  readonly screen: string;
  /** Id of what the screen shows, if it shows one of many. */
  readonly id: string;
}

export function goTo(path: string): void {
  location.hash = `#${path}`;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  // Listens before anything else can happen: a change of the address in between would be lost.
  useLayoutEffect(() => {
    const onChange = (): void => {
      setRoute(read());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return route;
}

function read(): Route {
  const [screen = "", id = ""] = location.hash.replace(/^#/, "").split("/");
  // An access token from a QR code: not for eyes, nor for the history.
  if (screen === "more" && id !== "") history.replaceState(null, "", "#more");
  return { screen, id };
}
