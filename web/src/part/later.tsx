/** Screens that the first photo does not need: fetched when there is one, or at the latest when they are shown. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

const PAUSE_MS = 2_000;

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let found: ComponentType<Props> | undefined;
  const fetchIt = async (): Promise<ComponentType<Props>> => (found ??= await load());

  function Later(props: Props) {
    const [Found, show] = useState(() => found);
    useEffect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const attempt = (): void => {
        fetchIt().then(
          (one) => show(() => one),
          (error: unknown) => {
            // Until everything is kept for use without a network, it may be away.
            console.warn(error);
            timer = setTimeout(attempt, PAUSE_MS);
          },
        );
      };
      if (Found === undefined) attempt();
      return () => clearTimeout(timer);
    }, []);
    return Found === undefined ? null : <Found {...props} />;
  }
  return Object.assign(Later, { prepare: () => void fetchIt().catch(() => {}) });
}
