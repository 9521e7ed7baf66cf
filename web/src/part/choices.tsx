/** A row of buttons of which one is taken, and shows it. */

import { usePhone } from "../phone";
import { Icon, type IconName } from "./icon";

interface Props<Id extends string> {
  /** Which button it is stands in the attribute `data-<what>`. */
  what: string;
  /** What each says, in English. */
  of: Readonly<Record<Id, string>>;
  icons?: Readonly<Record<Id, IconName>>;
  taken: Id | null | undefined;
  onTake(id: Id): void;
}

export function Choices<Id extends string>({ what, of, icons, taken, onTake }: Props<Id>) {
  const { words } = usePhone();
  return (
    <p class="verdicts">
      {(Object.keys(of) as Id[]).map((id) => (
        <button key={id} type="button" class="second" {...{ [`data-${what}`]: id }} aria-pressed={taken === id} onClick={() => onTake(id)}>
          {icons && <Icon name={icons[id]} />} {words.say(of[id])}
        </button>
      ))}
    </p>
  );
}
