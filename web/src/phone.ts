/** Everything that the screens share: what is kept, what answers, what is said; handed down, so that nothing is global. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Bundle, Readiness } from "./device/bundle";
import type { Cut } from "./device/picture";
import type { Shot } from "./device/shot";
import type { Manifest } from "./decision/manifest";
import type { Fields } from "./store/case";
import type { Database } from "./store/database";
import type { Delivery } from "./store/delivery";
import type { Draft } from "./store/draft";
import type { Ended, FieldWorker, Work } from "./store/worker";
import type { LanguageEntry } from "./text/texts";
import type { Wording } from "./text/wording";

export interface Phone extends Work {
  readonly database: Database;
  readonly bundle: Bundle;
  readonly delivery: Delivery;
  readonly draft: Draft;
  readonly words: Wording;
  readonly languages: readonly LanguageEntry[];
  readonly readiness: Readiness;
  /** Of the bundle that answers here or, until one does, at the service. */
  readonly manifest: Manifest | null;
  /** Rises whenever something in the database has changed. */
  readonly changes: number;
  readonly shots: readonly Shot[];
  /** Crop that the person has named for them. */
  readonly crop: string | null;
  /** Look at a photo, and let the network begin with it; see `device/shot.ts`. */
  look(source: Blob, cut?: Cut, takenAt?: number): Promise<Shot>;
  /** Whether this browser has a viewfinder, and it has not failed yet. */
  readonly hasFinder: boolean;
  loseFinder(): void;
  setShots(shots: (now: readonly Shot[]) => readonly Shot[]): void;
  setCrop(crop: string | null): void;
  setLanguage(tag: string): Promise<boolean>;
  setWorker(worker: FieldWorker | null, ended?: Ended): Promise<void>;
  setVisit(id: string | null): Promise<void>;
  /** Fetch what answering without a network needs. */
  prepare(): Promise<void>;
  /** Fetch what may be new at the service, for another district perhaps. */
  renew(): Promise<void>;
  changed(): void;
  /** Change a case, and let the service hear it soon. */
  tell(id: string, fields: Fields): Promise<void>;
  /** Wait until something is stored that the person wants, and tell them if it cannot be. Return whether it is. */
  stored(writing: Promise<unknown>): Promise<boolean>;
  /** Whether the last of it could not be stored. */
  readonly isUnsaved: boolean;
}

export const PhoneContext = createContext<Phone | null>(null);

export function usePhone(): Phone {
  const phone = useContext(PhoneContext);
  if (phone === null) throw new Error("outside of the app");
  return phone;
}

/** What `read` finds in the database, read again whenever something there has changed. */
export function useStored<Found>(read: () => Promise<Found>, dependencies: readonly unknown[] = []): Found | undefined {
  const { changes } = usePhone();
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    let isCurrent = true;
    read().then((now) => isCurrent && setFound(now), (error: unknown) => console.error(error));
    return () => {
      isCurrent = false;
    };
  }, [changes, ...dependencies]);
  return found;
}

/**
 * The address of a blob for as long as the component that shows it lives.
 *
 * @param identity Of a photo that is read from the database again and again, and is the same all the time.
 */
export function useAddress(blob: Blob, identity: unknown = blob): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [identity]);
  return address;
}
