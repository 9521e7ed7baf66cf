/** A page in memory, as far as Preact and tests need one. */

import { type ComponentType, h, render } from "preact";
import { vi } from "vitest";
import { type Phone, PhoneContext } from "../src/phone";
import { ENGLISH } from "../src/text/texts";
import { Wording } from "../src/text/wording";

type Handler = (event: object) => void;

export class Shown {
  readonly childNodes: Shown[] = [];
  readonly handlers = new Map<string, Handler>();
  parentNode: Shown | null = null;
  value: unknown = "";
  disabled: unknown = false;

  constructor(
    readonly localName: string,
    public data = "",
  ) {}

  get firstChild(): Shown | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): Shown | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get text(): string {
    return this.data + this.childNodes.map((child) => child.text).join("");
  }

  insertBefore(child: Shown, before: Shown | null | undefined): void {
    child.parentNode?.removeChild(child);
    this.childNodes.splice(before ? this.childNodes.indexOf(before) : this.childNodes.length, 0, child);
    child.parentNode = this;
  }

  removeChild(child: Shown): void {
    this.childNodes.splice(this.childNodes.indexOf(child), 1);
    child.parentNode = null;
  }

  setAttribute(): void {}
  removeAttribute(): void {}
  focus(): void {}
  scrollIntoView(): void {}
  showModal(): void {}

  addEventListener(name: string, handler: Handler): void {
    this.handlers.set(name, handler);
  }

  all(name: string): Shown[] {
    return this.childNodes.flatMap((child) => [...(child.localName === name ? [child] : []), ...child.all(name)]);
  }

  /** As a person does it, with what the browser tells beside. */
  fire(type: string, about: object = {}): void {
    this.handlers.get(type)?.call(this, { type, currentTarget: Object.assign(this, about) });
  }
}

/** Show a component, and again whatever has changed on the phone. */
export function show<Props>(component: ComponentType<Props>, props: Props & object, phone: Partial<Phone>) {
  vi.stubGlobal("document", {
    createElementNS: (_space: string, name: string) => new Shown(name),
    createTextNode: (data: string) => new Shown("", data),
    querySelector: () => null,
  });
  const page = new Shown("body");
  function again(now: Partial<Phone>, others = props): void {
    const delivery = { hurry: () => {}, soon: () => {} };
    const usual = { words: new Wording(ENGLISH), worker: null, manifest: null, shots: [], changes: 0, changed: () => {}, delivery };
    const value = { ...usual, ...phone, ...now } as unknown as Phone;
    render(h(PhoneContext.Provider, { value, children: h(component, others) }), page as unknown as Element);
  }
  again({});
  return { page, again };
}
