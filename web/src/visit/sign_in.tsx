/**
 * Extension workers sign in with the access token that their operator made, typed or from a QR code; it opens visits, and
 * stays on this phone.
 */

import { useEffect, useState } from "preact/hooks";
import { ENDS, PROBLEMS } from "../part/access_news";
import { Icon } from "../part/icon";
import { usePhone } from "../phone";
import type { Route } from "../route";
import { endsSoon, type FieldWorker, findWorker } from "../store/worker";

/** `route` may have a token, which came from a QR code. */
export function SignIn({ route }: { route: Route }) {
  const { words, worker, ended, setWorker, setVisit } = usePhone();
  const [token, setToken] = useState("");
  const [isShown, setShown] = useState(false);
  const [problem, setProblem] = useState<keyof typeof PROBLEMS | null>(null);
  const [other, setOther] = useState<FieldWorker | null>(null);

  // Said here, it need not be said on every screen.
  useEffect(() => {
    if (ended === null) return;
    setProblem(ended);
    void setWorker(null);
  }, [ended]);
  useEffect(() => {
    if (route.id !== "") void signIn(route.id);
  }, [route]);

  async function signIn(token: string): Promise<void> {
    setToken(token);
    const found = await findWorker(token.trim());
    if (typeof found === "string") return setProblem(found);
    setToken("");
    setProblem(null);
    // A link may come from anybody; only the person says that another one works with this phone.
    const isSame = worker?.name === found.name && (worker.worker === undefined || worker.worker === found.worker);
    if (worker !== null && !isSame) return setOther(found);
    await setWorker(found);
  }

  /** Let the visit of the one before end first. */
  async function become(next: FieldWorker | null): Promise<void> {
    setOther(null);
    await setVisit(null);
    await setWorker(next);
  }

  const trouble = (
    <div id="token-problem" role="alert">
      {problem !== null && (
        <>
          <p>{words.say(PROBLEMS[problem])} {problem !== "away" && words.say("Your visits and answers stay on this phone.")}</p>
          {problem !== "away" && <p class="code">{words.say("Code for support: %(code)s", { code: `token_invalid, ${problem}` })}</p>}
        </>
      )}
    </div>
  );
  if (worker !== null) {
    return (
      <section class="card">
        <h2><Icon name="person" /> {words.say("Signed in: %(name)s", { name: worker.name })}</h2>
        {endsSoon(worker) && <p data-access="ends">{words.say(ENDS, { day: words.day(worker.expires_at) })}</p>}
        {trouble}
        {other !== null && (
          <button type="button" data-do="become" onClick={() => void become(other)}>
            {words.say("Sign in as %(name)s", { name: other.name })}
          </button>
        )}
        <p><a href="#visit"><Icon name="visit" /> {words.say("Visits")}</a></p>
        <button type="button" class="second" onClick={() => void become(null)}>{words.say("Sign out")}</button>
      </section>
    );
  }
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void signIn(token);
      }}
    >
      <h2><Icon name="person" /> {words.say("For extension workers")}</h2>
      <div class="field">
        <label for="token">{words.say("Access token")}</label>
        <input
          id="token"
          type={isShown ? "text" : "password"}
          autocomplete="off"
          required
          value={token}
          aria-describedby="token-problem"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </div>
      <button type="button" class="quiet" aria-pressed={isShown} data-do="show-token" onClick={() => setShown(!isShown)}>
        {words.say("Show")}
      </button>
      {trouble}
      <button type="submit" class="second">{words.say("Sign in")}</button>
    </form>
  );
}
