/** The photos of the case so far, each with what is wrong with it, to be cut, turned or taken away. */

import { useState } from "preact/hooks";
import { turned } from "../device/picture";
import { mayBeOpenedElsewhere, type Shot } from "../device/shot";
import { usePhone } from "../phone";
import { Icon } from "./icon";

export function ShotStrip({ isBusy, onBusy }: { isBusy: boolean; onBusy(isBusy: boolean): void }) {
  const { words, shots, setShots, look } = usePhone();
  const [cutting, setCutting] = useState<{ readonly shot: Shot; readonly Cutter: typeof import("./cutter").Cutter } | null>(null);

  async function openCutter(shot: Shot): Promise<void> {
    // Few need it, and none at once.
    const { Cutter } = await import("./cutter");
    setCutting({ shot, Cutter });
  }

  async function replace(shot: Shot, source: Blob | Promise<Blob>, cut?: Shot["cut"]): Promise<void> {
    onBusy(true);
    try {
      // A rotated photo keeps its time and visit.
      const seen = await look(await source, cut, shot.takenAt);
      setShots((now) => now.map((one) => (one.id === shot.id ? { ...seen, id: shot.id, of: shot.of ?? null, follows: shot.follows } : one)));
    } catch (error) {
      // The photo stays as it was.
      console.warn(error);
    } finally {
      onBusy(false);
    }
  }

  return (
    <>
      <ol class={shots.length > 1 ? "shots several" : "shots"}>
        {shots.map((shot, at) => (
          <li key={shot.id}>
            <Thumbnail canvas={shot.canvas} title={words.say("Photo %(number)d", { number: at + 1 })} />
            <Complaint shot={shot} />
            <div class="tools">
              {shot.pixels !== null && (
                <>
                  <button type="button" class="second" data-do="zoom" disabled={isBusy} onClick={() => void openCutter(shot)}>
                    <Icon name="cut" /> <span>{words.say("Zoom in")}</span>
                  </button>
                  <button
                    type="button"
                    class="second"
                    data-do="rotate"
                    disabled={isBusy}
                    onClick={() => void replace(shot, shot.kept.then(turned))}
                  >
                    <Icon name="turn" /> <span>{words.say("Rotate")}</span>
                  </button>
                </>
              )}
              <button
                type="button"
                class="second"
                data-do="remove"
                onClick={() => setShots((now) => now.filter((one) => one.id !== shot.id))}
              >
                <Icon name="trash" /> <span>{words.say("Remove")}</span>
              </button>
            </div>
          </li>
        ))}
      </ol>
      {cutting !== null && (
        <cutting.Cutter
          shot={cutting.shot}
          onClose={() => setCutting(null)}
          onCut={(cut) => {
            setCutting(null);
            void replace(cutting.shot, cutting.shot.source, cut);
          }}
        />
      )}
    </>
  );
}

function Thumbnail({ canvas, title }: { canvas: HTMLCanvasElement | null; title: string }) {
  if (canvas === null) return <p class="blank">{title}</p>;
  return <div ref={(place) => place?.replaceChildren(canvas)} role="img" aria-label={title} />;
}

function Complaint({ shot }: { shot: Shot }) {
  const { words, shots } = usePhone();
  // The app leaves it out if another photo can be diagnosed.
  const isForService = mayBeOpenedElsewhere(shot) && shots.every((one) => one.pixels === null);
  const said = isForService
    ? [navigator.onLine ? words.say("This phone can't open it. Ask, and we try.") : words.say("This phone can't open it. We can try when you are online.")]
    : shot.error !== null ? [words.remedy(shot.error)] : words.retakeReasons(shot.retake);
  if (said.length === 0) return null;
  return (
    <p class="complaint" role="alert" data-tried={isForService ? (navigator.onLine ? "now" : "later") : undefined}>
      <Icon name="warning" /> {said.join(" ")}
    </p>
  );
}
