/** Extension workers sign in with the access token that their operator made; it opens visits, and stays on this phone. */

import { useState } from "preact/hooks";
import { usePhone } from "../phone";
import { findWorker } from "../store/worker";
import { Icon } from "./icon";

export function SignIn() {
  const { words, worker, setWorker, setVisit } = usePhone();
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");

  async function signIn(event: Event): Promise<void> {
    event.preventDefault();
    const found = await findWorker(token.trim());
    if (found === "away") return setProblem(words.say("There is no network. Try again later."));
    if (found === "unknown") return setProblem(words.say("This access token is not valid or has expired."));
    setToken("");
    setProblem("");
    await setWorker(found);
  }

  if (worker !== null) {
    return (
      <section class="card">
        <h2>
          <Icon name="person" /> {words.say("Signed in: %(name)s", { name: worker.name })}
        </h2>
        <p>
          <a href="#visit">
            <Icon name="visit" /> {words.say("Visits")}
          </a>
        </p>
        <button type="button" class="second" onClick={() => void setVisit(null).then(() => setWorker(null))}>
          {words.say("Sign out")}
        </button>
      </section>
    );
  }
  return (
    <form class="card" onSubmit={(event) => void signIn(event)}>
      <h2>
        <Icon name="person" /> {words.say("For extension workers")}
      </h2>
      <div class="field">
        <label for="token">{words.say("Access token")}</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          required
          value={token}
          aria-describedby="token-problem"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </div>
      <p id="token-problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="second">
        {words.say("Sign in")}
      </button>
    </form>
  );
}
