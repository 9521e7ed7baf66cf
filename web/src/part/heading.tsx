/** The heading of a screen. It takes the focus, so that keyboards and screen readers start there. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Of all screens; the first one is where everybody begins anyway. */
let shown = 0;

export function Heading({ children, ...rest }: { children: ComponentChildren; class?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    shown += 1;
    // An answer can come while a worker writes about the plant.
    if (shown > 1 && document.querySelector(".visit-fields:focus-within") === null) heading.current?.focus({ preventScroll: true });
  }, []);
  return <h1 ref={heading} tabIndex={-1} {...rest}>{children}</h1>;
}
