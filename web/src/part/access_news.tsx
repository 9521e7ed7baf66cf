/** Says on every screen that a worker has to do something about the access token. */

import { usePhone } from "../phone";
import { endsSoon } from "../store/worker";
import { sentence } from "../text/sentences";
import { Icon } from "./icon";

export const PROBLEMS = {
  away: sentence("There is no network. Try again later."),
  unknown: sentence("This access token is not valid or has expired."),
  expired: sentence("This access token has expired. Ask your administrator for a new one."),
  revoked: sentence("This access token was revoked. Ask your administrator for a new one."),
};

export const ENDS = sentence("Your access token expires on %(day)s. Ask your administrator for a new one.");

export function AccessNews() {
  const { words, worker, ended } = usePhone();
  if (worker === null ? ended === null : !endsSoon(worker)) return null;
  const why = ended ?? "unknown";
  return (
    <p class="banner" role="status" data-access={worker === null ? "ended" : "ends"}>
      <a href="#more">
        <Icon name="person" /> {worker === null ? words.say(PROBLEMS[why]) : words.say(ENDS, { day: words.day(worker.expires_at) })}
      </a>
    </p>
  );
}
