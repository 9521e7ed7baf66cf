/** What only workers see, loaded when there is one: farmers' phones need not read it at the first visit. */

import { useEffect, useState } from "preact/hooks";
import type { Route } from "../route";
import type { Case } from "../store/case";

type Loaded = typeof import("../visit");
let loaded: Loaded | undefined;

export function VisitScreen({ id }: { id: string }) {
  const visits = useLoaded();
  return visits === undefined ? null : <visits.VisitScreen id={id} />;
}

/** The worker's notes on a case of a visit. */
export function CaseNotes({ one }: { one: Case }) {
  const visits = useLoaded();
  return visits === undefined ? null : <visits.CaseNotes one={one} />;
}

export function SignIn({ route }: { route: Route }) {
  const visits = useLoaded();
  return visits === undefined ? null : <visits.SignIn route={route} />;
}

function useLoaded(): Loaded | undefined {
  const [visits, setVisits] = useState(loaded);
  useEffect(() => {
    if (visits !== undefined) return;
    import("../visit").then(
      (found) => {
        loaded = found;
        setVisits(found);
      },
      (error: unknown) => console.error(error),
    );
  }, []);
  return visits;
}
