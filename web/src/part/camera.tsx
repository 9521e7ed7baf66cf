/** A viewfinder that asks for one leaf filling it, and keeps what was in the frame: a near leaf is diagnosed best. */

import { useEffect, useRef, useState } from "preact/hooks";
import { holdRenewal } from "../device/renewal";
import { usePhone } from "../phone";
import { Icon } from "./icon";

/** Share of the picture's short side. The photo also takes a small margin around the frame. */
const FRAME = 0.8;
const KEPT = 0.92;
const DARK = 55;
const CHECK_MS = 700;

interface Props {
  onPhoto(photo: Blob): void;
  onClose(): void;
  /** The person refuses, or another program uses the camera. The phone's own camera app replaces it from then on. */
  onFail(): void;
}

export function hasCamera(): boolean {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

export function Camera({ onPhoto, onClose, onFail }: Props) {
  const { words } = usePhone();
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const shutter = useRef<HTMLButtonElement>(null);
  const [isReady, setReady] = useState(false);
  const [isDark, setDark] = useState(false);

  useEffect(holdRenewal, []);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let isOpen = true;
    dialog.current?.showModal();
    const wanted = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1440 } };
    navigator.mediaDevices.getUserMedia({ video: wanted, audio: false }).then(
      (opened) => {
        stream = opened;
        if (isOpen && video.current !== null) video.current.srcObject = opened;
        else stop(opened);
      },
      () => {
        if (!isOpen) return;
        onClose();
        onFail();
      },
    );
    const checking = setInterval(() => video.current && setDark(isTooDark(video.current)), CHECK_MS);
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

  return (
    <dialog ref={dialog} class="camera" aria-label={words.say("Take a photo")} onClose={onClose}>
      <div class="finder">
        <video ref={video} autoplay playsInline muted onPlaying={() => setReady(true)} />
        <svg class="frame" viewBox="0 0 100 100" aria-hidden="true">
          <rect x="2" y="2" width="96" height="96" rx="10" />
          <path d="M22 80C14 38 40 18 82 16c4 44-20 70-60 64zM22 80l38-38" />
        </svg>
      </div>
      <p role="status">
        {isDark ? words.say("It is too dark here. Go into the light.") : words.say("One leaf, filling the frame.")}
      </p>
      <div class="shutter">
        <button type="button" class="second" onClick={onClose}>
          <Icon name="no" /> {words.say("Close")}
        </button>
        <button ref={shutter} type="button" data-do="shoot" disabled={!isReady} onClick={() => void shoot()}>
          <Icon name="camera" /> {words.say("Take photo")}
        </button>
      </div>
    </dialog>
  );
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What stood in the frame, at the camera's own size. */
async function inFrame(video: HTMLVideoElement): Promise<Blob | null> {
  const side = Math.round(Math.min(video.videoWidth, video.videoHeight) * KEPT);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const [left, top] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
  canvas.getContext("2d")?.drawImage(video, left, top, side, side, 0, 0, side, side);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}

function isTooDark(video: HTMLVideoElement): boolean {
  if (video.videoWidth === 0) return false;
  const side = 24;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return false;
  const share = FRAME * Math.min(video.videoWidth, video.videoHeight);
  const [left, top] = [(video.videoWidth - share) / 2, (video.videoHeight - share) / 2];
  context.drawImage(video, left, top, share, share, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  return sum / (side * side) < DARK;
}
