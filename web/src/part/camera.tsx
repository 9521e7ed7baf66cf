/** A viewfinder that asks for one leaf filling it, and keeps what was in the frame: a near leaf is diagnosed best. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Hint, hintOf } from "../decision/hint";
import type { Pixels } from "../decision/quality";
import { pixelsOf } from "../device/picture";
import { holdRenewal } from "../device/renewal";
import { USUAL_LIMITS } from "../device/shot";
import { useAddress, usePhone } from "../phone";
import { sentence } from "../text/sentences";
import { Icon } from "./icon";
import "./camera.css";

/** Share of the picture's short side: the frame takes 80 %, and the photo a small margin around it. */
const KEPT = 0.92;
/** As `measure` has it. */
const HINT_SIDE_PX = 256;
/** One look takes a cheap phone up to 50 ms. */
const HINT_MS = 400;

const HINTS: Readonly<Record<Hint, string>> = {
  dark: sentence("It is too dark here. Go into the light."),
  nearer: sentence("Go nearer: one leaf, filling the frame."),
  still: sentence("Hold still."),
  found: sentence("Good. Take the photo."),
};

interface Props {
  /** The same leaf before, to hold this one over. */
  ghost: Blob | null;
  onPhoto(photo: Blob): void;
  onGallery(): void;
  onClose(): void;
  /** The person refuses, or another program uses the camera. The phone's own camera app replaces it from then on. */
  onFail(): void;
}

export function Camera({ ghost, onPhoto, onGallery, onClose, onFail }: Props) {
  const { words, shots, manifest } = usePhone();
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const shutter = useRef<HTMLButtonElement>(null);
  const [ratio, setRatio] = useState(1);
  const [isReady, setReady] = useState(false);
  const [hint, setHint] = useState<Hint | null>(null);
  const [torch, setTorch] = useState<MediaStreamTrack | null>(null);
  const [isLit, setLit] = useState(false);

  useEffect(holdRenewal, []);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let isOpen = true;
    let before: Pixels | null = null;
    dialog.current?.showModal();
    const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
    navigator.mediaDevices.getUserMedia({ video: wanted, audio: false }).then(
      (opened) => {
        stream = opened;
        if (!isOpen || video.current === null) return stop(opened);
        video.current.srcObject = opened;
        const [track] = opened.getVideoTracks();
        setTorch(track !== undefined && hasTorch(track) ? track : null);
      },
      () => {
        if (!isOpen) return;
        onClose();
        onFail();
      },
    );
    const checking = setInterval(() => {
      const frame = video.current && seenBy(video.current);
      if (frame === null) return;
      setHint(hintOf(frame, before, manifest?.rules.quality ?? USUAL_LIMITS));
      before = frame;
    }, HINT_MS);
    return () => {
      isOpen = false;
      clearInterval(checking);
      dialog.current?.close();
      if (stream !== null) stop(stream);
    };
  }, []);

  // Not on "Close", where browsers put it when they open a dialog.
  useEffect(() => (isReady ? shutter.current?.focus() : undefined), [isReady]);

  async function shoot(): Promise<void> {
    if (video.current === null) return;
    // A second tap would take the same photo twice.
    setReady(false);
    const photo = await inFrame(video.current);
    onClose();
    if (photo !== null) onPhoto(photo);
  }

  function light(): void {
    // Not among the constraints of every browser's types.
    const lit = { advanced: [{ torch: !isLit } as MediaTrackConstraintSet] };
    torch?.applyConstraints(lit).then(() => setLit(!isLit), (error: unknown) => console.warn(error));
  }

  function playing({ currentTarget: { videoWidth, videoHeight } }: { currentTarget: HTMLVideoElement }): void {
    setRatio(videoWidth / videoHeight || 1);
    setReady(true);
  }

  const last = shots.at(-1);
  const said = hint === null ? sentence("One leaf, filling the frame.") : HINTS[hint];
  return (
    <dialog ref={dialog} class="camera" aria-label={words.say("Take a photo")} onClose={() => dialog.current && onClose()}>
      <button type="button" class="close" aria-label={words.say("Close")} onClick={onClose}><Icon name="no" /></button>
      <div class="finder" style={{ "--ratio": ratio }}>
        <video ref={video} autoplay playsInline muted onPlaying={playing} onResize={playing} />
        <svg class={`frame ${hint ?? ""}`} viewBox="0 0 100 100" aria-hidden="true">
          {ghost !== null && <Ghost photo={ghost} />}
          <rect x="10" y="10" width="80" height="80" rx="8" />
          {ghost === null && <path d="M28 74C22 41 42 26 75 25c3 35-16 55-47 49zM28 74l29-29" />}
        </svg>
      </div>
      <p role="status" data-hint={hint}>
        {ghost !== null && hint !== "dark" ? words.say("Hold the phone so that the leaf covers its old photo.") : words.say(said)}
      </p>
      <Advice good={words.say("Good: one leaf, near, in the light.")} bad={words.say("Bad: far away, dark, or blurred.")} />
      <div class="controls">
        {last === undefined ? (
          <button type="button" class="round" data-do="from-gallery" aria-label={words.say("Choose from gallery")} onClick={onGallery}>
            <Icon name="images" />
          </button>
        ) : (
          <button type="button" class="round" data-do="last-photo" aria-label={words.ngettext("Your photo", "Your photos", shots.length)} onClick={onClose}>
            <Last photo={last.source} id={last.id} />
          </button>
        )}
        <button
          ref={shutter}
          type="button"
          class="shoot"
          data-do="shoot"
          aria-label={words.say("Take photo")}
          disabled={!isReady}
          onClick={() => void shoot()}
        />
        {torch === null ? (
          <span class="round" />
        ) : (
          <button type="button" class="round" data-do="torch" aria-label={words.say("Torch")} aria-pressed={isLit} onClick={light}>
            <Icon name="torch" />
          </button>
        )}
      </div>
    </dialog>
  );
}

function Ghost({ photo }: { photo: Blob }) {
  const address = useAddress(photo);
  // As much of the picture as a photo keeps.
  return address === "" ? null : <image class="ghost" href={address} x="4" y="4" width="92" height="92" />;
}

function Last({ photo, id }: { photo: Blob; id: string }) {
  const address = useAddress(photo, id);
  return address === "" ? null : <img src={address} alt="" />;
}

/** A leaf as it should be, and as it should not: to be read without words. */
function Advice({ good, bad }: { good: string; bad: string }) {
  const leaf = "M7 26C4 10 13 4 28 4c1 15-6 24-21 22z";
  return (
    <p class="examples">
      <svg viewBox="0 0 36 32" role="img" aria-label={good}>
        <path class="leaf" d={leaf} />
        <path class="right" d="M20 25l4 4 9-10" />
      </svg>
      <svg viewBox="0 0 116 32" role="img" aria-label={bad}>
        <path class="leaf" d={leaf} transform="translate(10 10) scale(.3)" />
        <path class="leaf" d={leaf} transform="translate(40)" opacity=".3" />
        <path class="leaf blurred" d={leaf} transform="translate(76)" />
        {[17, 58, 94].map((x) => <path class="wrong" d={`M${x} 20l10 10m0-10l-10 10`} />)}
      </svg>
    </p>
  );
}

function hasTorch(track: MediaStreamTrack): boolean {
  return (track.getCapabilities?.() as { torch?: boolean } | undefined)?.torch === true;
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What stands in the frame, `side` pixels wide; null before the first picture. */
function draw(video: HTMLVideoElement, side?: number): HTMLCanvasElement | null {
  const seen = Math.round(Math.min(video.videoWidth, video.videoHeight) * KEPT);
  if (seen === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side ?? seen;
  const [left, top] = [(video.videoWidth - seen) / 2, (video.videoHeight - seen) / 2];
  canvas.getContext("2d", { willReadFrequently: true })?.drawImage(video, left, top, seen, seen, 0, 0, canvas.width, canvas.width);
  return canvas;
}

/** What stood in the frame, at the camera's own size. */
async function inFrame(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = draw(video);
  return canvas && new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}

function seenBy(video: HTMLVideoElement): Pixels | null {
  const canvas = draw(video, HINT_SIDE_PX);
  const context = canvas?.getContext("2d");
  return canvas && context ? pixelsOf({ canvas, context }) : null;
}
