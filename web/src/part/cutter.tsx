/** Go nearer to the leaf in a photo: a slider for how near, and the picture itself to be moved, by finger or by arrows. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Cut } from "../device/picture";
import type { Shot } from "../device/shot";
import { useAddress, usePhone } from "../phone";
import { Icon } from "./icon";

const NEAREST = 4;
const STEP = 0.05;

export function Cutter({ shot, onCut, onClose }: { shot: Shot; onCut(cut: Cut): void; onClose(): void }) {
  const { words } = usePhone();
  const dialog = useRef<HTMLDialogElement>(null);
  const [zoom, setZoom] = useState(1 / shot.cut.width);
  const [centre, setCentre] = useState({ x: shot.cut.left + shot.cut.width / 2, y: shot.cut.top + shot.cut.height / 2 });
  const dragged = useRef<{ x: number; y: number } | null>(null);
  const address = useAddress(shot.source);
  const cut = cutAt(centre, zoom);

  useEffect(() => {
    dialog.current?.showModal();
    // Gives the focus back to the button that opened it.
    return () => dialog.current?.close();
  }, []);

  function move(byX: number, byY: number): void {
    setCentre((now) => {
      const { left, top, width, height } = cutAt({ x: now.x + byX, y: now.y + byY }, zoom);
      return { x: left + width / 2, y: top + height / 2 };
    });
  }

  function onKey(event: KeyboardEvent): void {
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const way = ways[event.key];
    if (way === undefined) return;
    event.preventDefault();
    move(...way);
  }

  function onDrag(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (dragged.current === null) return;
    const box = event.currentTarget.getBoundingClientRect();
    const [byX, byY] = [event.clientX - dragged.current.x, event.clientY - dragged.current.y];
    dragged.current = { x: event.clientX, y: event.clientY };
    move(-byX / box.width / zoom, -byY / box.height / zoom);
  }

  return (
    <dialog ref={dialog} class="cutter" aria-label={words.say("Zoom in")} onClose={onClose}>
      <p>{words.say("Drag until one leaf fills the frame.")}</p>
      <div
        class="window"
        tabIndex={0}
        role="application"
        aria-label={words.say("Photo. Move it with the arrow keys.")}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={onDrag}
        onPointerUp={() => {
          dragged.current = null;
        }}
      >
        <img
          src={address}
          alt=""
          draggable={false}
          style={{
            transform: `scale(${zoom}) translate(${-100 * cut.left}%, ${-100 * cut.top}%)`,
            transformOrigin: "0 0",
          }}
        />
      </div>
      <label>
        {words.say("Zoom")}
        <input type="range" min={1} max={NEAREST} step={0.1} value={zoom} onInput={(event) => setZoom(Number(event.currentTarget.value))} />
      </label>
      <div class="shutter">
        <button type="button" class="second" onClick={onClose}><Icon name="no" /> {words.say("Close")}</button>
        <button type="button" onClick={() => onCut(cut)}><Icon name="yes" /> {words.say("Done")}</button>
      </div>
    </dialog>
  );
}

/** The part around a centre, pushed back to where it lies within the photo. */
function cutAt(centre: { x: number; y: number }, zoom: number): Cut {
  const side = 1 / zoom;
  const within = (at: number): number => Math.min(1 - side, Math.max(0, at - side / 2));
  return { left: within(centre.x), top: within(centre.y), width: side, height: side };
}
