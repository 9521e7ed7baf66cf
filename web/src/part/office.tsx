/** The extension officer or office that the operator names, to be called or written to. */

import { usePhone, useStored } from "../phone";
import { messageTo, NOWHERE, OFFICE_ADDRESS, type Place } from "../store/office";
import { Icon } from "./icon";

export function usePlace(): Place {
  return useKnownPlace() ?? NOWHERE;
}

/** Undefined while it is being read. */
export function useKnownPlace(): Place | undefined {
  const { database } = usePhone();
  return useStored(async () => ((await database.get("documents", OFFICE_ADDRESS))?.content as Place | undefined) ?? NOWHERE);
}

/** @param about What the message begins with. */
export function Office({ about }: { about: string }) {
  const { words } = usePhone();
  const { office } = usePlace();
  if (office === null) return null;
  const { name, telephone } = office;
  const write = words.say("Write to %(name)s", { name });
  return (
    <p class="office">
      <a href={`tel:${telephone}`} data-do="call">
        <Icon name="phone" /> <span>{words.say("Call %(name)s", { name })} <bdi>{telephone}</bdi></span>
      </a>
      <a href={messageTo(office, about)} data-do="write" aria-label={write} title={write}><Icon name="letter" /></a>
    </p>
  );
}
