/**
 * What is said because of a code, in English: the same as on the service's pages (`serving/i18n/messages.py`), which a test
 * sees to. English is what translations are found by.
 */

import type { Outcome, RetakeReason } from "../decision/diagnosis";
import type { ExpertVerdict } from "../store/expert";

/** Leave a sentence as it is, but have it translated where it is shown. */
export function sentence(english: string): string {
  return english;
}

export const LABELS: Readonly<Record<Exclude<Outcome, "uncertain">, string>> = {
  healthy: sentence("Looks healthy"),
  condition: sentence("Most likely"),
  unknown_plant: sentence("No answer"),
  not_a_plant: sentence("No answer"),
  retake: sentence("Please try again"),
};
export const NOT_CLEAR = sentence("Not clear");
export const LOOKS_SICK = sentence("It looks sick");

export const HEADLINES: Readonly<Partial<Record<Outcome, string>>> = {
  unknown_plant: sentence("A plant we don't know"),
  not_a_plant: sentence("We see no leaf here"),
  retake: sentence("We need a better photo"),
};

export const PROBABLY = sentence("Probably %(name)s");
export const COMPARE = sentence("Compare: is it %(names)s?");
export const CHECK_FIRST = sentence("Check first: %(sign)s");
/** No promise, because much that is wrong with plants was never learned. */
export const NO_SIGN = sentence("No sign that we know. Look again in three days.");
export const WHICH_CROP = sentence("Which crop is it?");
export const FEW_KNOWN = sentence("We know too little about this crop's troubles");
export const SEVERAL_PLANTS = sentence("The photos seem to show different plants: %(crops)s. Ask about one plant at a time.");
export const BLIND = sentence("Also possible, but Majani can't see it:");
export const SOMETHING_ELSE = sentence("Or something else: another disease, hunger, thirst, herbicide, an insect.");
export const COMPARE_WITH_THESE = sentence("%(crop)s: compare with these");
/** How often what is said is right: of a name, and of a list. */
export const NAME_RIGHT = sentence("Right in about %(right)d of 10 in fields that it had never seen.");
export const LIST_RIGHT = sentence("In about %(right)d of 10 the right name is in this list, if it is one that we know.");
/** What a person took for the right one. */
export const CHOSEN = sentence("You chose this. Majani is not sure of it.");
/** Said before people ask, and with every answer. */
export const PROGRAM = sentence("A computer program looked at your photo. It can be wrong.");
export const PROGRAM_LOOKS = sentence("A computer program looks at your photo. It can be wrong.");

export const EXPLANATIONS: Readonly<Record<Outcome, string>> = {
  healthy: sentence("We see no sign of disease or pests. Look at the undersides and at other plants too."),
  condition: sentence("A photo can't prove it. Check the plant before you act."),
  uncertain: sentence("Take 2 or 3 close photos of other leaves of this plant, in daylight."),
  unknown_plant: sentence("Majani can't help with this plant yet. It knows: %(crops)s. It names the troubles of some of these."),
  not_a_plant: sentence("Take a photo of one leaf that fills the picture."),
  retake: sentence("This photo is not clear enough for an answer."),
};

export const RETAKE: Readonly<Record<RetakeReason, string>> = {
  too_small: sentence("It is too small. Send the photo itself, not a thumbnail or a screenshot."),
  too_dark: sentence("It is too dark. Take it in daylight, with the sun behind you, without your shadow on it."),
  blurred: sentence("It is blurred. Hold the phone still, a hand's width away, and tap on the leaf to focus."),
};

export const REMEDIES: Readonly<Record<string, string>> = {
  photo_empty: sentence("The file is empty. Take the photo again."),
  photo_too_large: sentence("Send a photo of at most 16 MB, as a phone's camera saves it."),
  photo_unsupported: sentence("Send a photo as JPEG, PNG or WebP. A whole photo, not a narrow strip of one."),
  heic_not_supported: sentence(
    "On an iPhone, open Settings > Camera > Formats and choose Most Compatible, then take it again. " +
      "Or send it as a photo, not as a document.",
  ),
  photo_broken: sentence("Part of the file is missing; perhaps the connection broke. Send it again."),
  photo_too_many_pixels: sentence("Send the photo as your phone's camera saves it, or choose a smaller size there."),
  photo_unreadable: sentence("Take the photo again."),
  request_too_large: sentence("Send fewer photos at a time, or choose a smaller size in your phone's camera."),
  case_too_many_photos: sentence("Send fewer photos at a time, all of the same plant."),
  crop_unknown: sentence("Choose a crop from the list, or leave it open."),
  diagnosis_deleted: sentence("It may have been deleted already. You can ask about the leaf again."),
};
export const REMEDY = sentence("Something got lost while sending. Send it again.");

/** The only words about products that are ever shown. */
export const PRODUCT: Readonly<Record<string, string>> = {
  registered_product: sentence(
    "If this does not stop it, ask your extension officer for a product registered for this crop and this problem. " +
      "Wear gloves, mask and long clothes. Keep the waiting time before harvest that is on the label.",
  ),
  no_cure: sentence("No spray cures this."),
};

export const EXPERT: Readonly<Record<ExpertVerdict, string>> = {
  condition: sentence("An expert looked: %(name)s."),
  unknown_plant: sentence("An expert looked: it is a plant that Majani does not know."),
  not_a_plant: sentence("An expert looked: the photos show no leaf to judge."),
  cannot_tell: sentence("An expert looked and can't tell from these photos."),
  bad_photo: sentence("An expert looked: the photos are not clear enough."),
  disagreement: sentence("Experts looked and do not agree. Show the plant to your extension officer."),
};
export const EXPERT_AGREES = sentence("An expert looked and agrees: %(name)s.");
export const EXPERT_CORRECTS = sentence("An expert looked: %(name)s, not %(other)s.");
