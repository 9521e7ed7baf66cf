/**
 * An answer in plain words, in the reader's language: the phone's side of `serving/i18n/phrasing.py`. Sentences are found by
 * their English form; `make sentences` collects them from `say(...)`, `sentence(...)` and `ngettext(...)`.
 */

import { type Coarse, cropsShown, type Diagnosis, isHealthyAlone, type Named, needsPhotos, NOT_A_PLANT, officeKnows, type OneOf, type PhotoResult, type RetakeReason } from "../decision/diagnosis";
import type { NamedId } from "../decision/manifest";
import type { Question } from "../decision/question";
import type { Case } from "../store/case";
import { corrects, type ExpertWord } from "../store/expert";
import { EXPERT, EXPERT_AGREES, EXPERT_CORRECTS, EXPLANATIONS, HEADLINES, LABELS, NO_SIGN, OFFICE_KNOWS, PRODUCT, PROGRAM, PROGRAM_LOOKS, REMEDIES, REMEDY, RETAKE, SETS } from "./sentences";
import type { Advice, Name, Review, Texts } from "./texts";

export class Wording {
  readonly tag: string;
  private readonly locale: string;

  constructor(readonly texts: Texts) {
    this.tag = texts.language.tag;
    // As on the service's pages: digits are those of telephones and scales.
    this.locale = `${this.tag === "en" ? "en-GB" : this.tag}-u-nu-latn`;
  }

  /** An English sentence in this language, with its `%(name)s` filled in. */
  say(sentence: string, facts: Readonly<Record<string, string | number>> = {}): string {
    return filled(this.texts.interface[sentence] ?? sentence, facts);
  }

  /** The same for a sentence that depends on a number, which stands under its English plural and a CLDR name. */
  ngettext(one: string, many: string, count: number): string {
    const form = new Intl.PluralRules(this.tag).select(count);
    const translated = this.texts.interface[`${many}_${form}`] ?? this.texts.interface[`${many}_other`];
    return filled(translated ?? (count === 1 ? one : many), { count });
  }

  label(diagnosis: Diagnosis): string {
    return this.say(LABELS[diagnosis.outcome]);
  }

  /** The answer in a few words. */
  headline(diagnosis: Diagnosis): string {
    if (diagnosis.condition !== null) return this.conditionName(diagnosis.condition);
    if (officeKnows(diagnosis)) return this.say(OFFICE_KNOWS);
    if (diagnosis.one_of != null) return this.oneOf(diagnosis.one_of);
    if (diagnosis.coarse !== null) return this.coarse(diagnosis.coarse, diagnosis.crop_hint);
    return this.say(HEADLINES[diagnosis.outcome] ?? LABELS[diagnosis.outcome]);
  }

  /** What the answer means and what would make it better; empty where that was done. */
  explanation(diagnosis: Diagnosis, crops: readonly NamedId[]): string {
    const seen = cropsShown(diagnosis);
    if (seen.length > 1) {
      const names = this.listed(seen.map((id) => this.cropName(id)));
      return this.say("The photos seem to show different plants: %(crops)s. Ask about one plant at a time.", { crops: names });
    }
    if (diagnosis.outcome === "unknown_plant" && diagnosis.crop_hint !== null) {
      if (!crops.some(({ id }) => id === diagnosis.crop_hint)) return this.say("Majani does not know this crop from photos yet.");
      const said = this.cropName(diagnosis.crop_hint);
      return this.say("You said: %(said)s. The photo looks like no crop that Majani knows.", { said });
    }
    if (diagnosis.outcome === "uncertain" && !needsPhotos(diagnosis)) return "";
    return this.say(EXPLANATIONS[diagnosis.outcome], { crops: this.cropNames(crops) });
  }

  /** How far to trust what is named, alone or with others; empty where nothing is. */
  trust(diagnosis: Diagnosis): string {
    if (diagnosis.condition !== null) return this.confidence(diagnosis);
    const { one_of } = diagnosis;
    return one_of == null || isHealthyAlone(one_of) ? "" : this.confidence({ ...diagnosis, confidence: one_of.confidence });
  }

  program(hasLooked = true): string {
    return this.say(hasLooked ? PROGRAM : PROGRAM_LOOKS);
  }

  /** What is said of a plant that the model does not know. */
  notHelped(crops: readonly NamedId[]): string {
    return this.say(EXPLANATIONS.unknown_plant, { crops: this.cropNames(crops) });
  }

  private cropNames(crops: readonly NamedId[]): string {
    return this.listed(crops.map((crop) => this.cropName(crop.id, crop.name)));
  }

  /** How far to trust the answer, as a count that needs no mathematics. */
  confidence({ confidence: known, crop_hint: named }: Pick<Diagnosis, "confidence" | "crop_hint">): string {
    if (known !== null) return this.say("At least %(right)d in 10 answers like this are right.", { right: known.right_of_ten });
    return named === null
      ? this.say("We know how often answers like this are right only if you name the crop.")
      : this.notMeasured();
  }

  notMeasured(): string {
    return this.say("We have not measured yet how often answers like this are right.");
  }

  /** What follows from the person's reply to a question; empty without one, and if they can't tell. */
  afterReply({ condition, reply, likelier }: Question): string {
    const name = this.texts.names.conditions[condition]?.name ?? condition;
    if (likelier !== null) return this.say("From your answer, more likely: %(name)s", { name });
    if (reply === "no") return this.say("From your answer, less likely: %(name)s", { name });
    return reply === "yes" ? this.say("Your answer and the photo do not agree. We still can't tell.") : "";
  }

  /** What became of one photo. */
  photoNotes(photo: PhotoResult): readonly string[] {
    const isNoLeaf = photo.shows === NOT_A_PLANT;
    if (photo.used) return [this.say("Used for the answer."), ...(isNoLeaf ? [this.say("We see no leaf on it.")] : []), ...this.retakeReasons(photo.retake)];
    const reasons = photo.error === null ? this.retakeReasons(photo.retake) : [this.remedy(photo.error)];
    return [this.say("Not used."), ...reasons];
  }

  retakeReasons(reasons: readonly RetakeReason[]): readonly string[] {
    return reasons.map((reason) => this.say(RETAKE[reason]));
  }

  /** What to do about a failure. */
  remedy(code: string): string {
    return this.say(REMEDIES[code] ?? REMEDY);
  }

  /** What ends every answer that says something of the plant and names nothing. */
  somethingElse(): string {
    return this.say("Or something else: hunger, thirst, herbicide, an insect.");
  }

  caution(advice?: Advice): string {
    const caution = this.say("Ask your extension officer before you spray.");
    return advice?.product === "no_cure" ? `${this.product(advice)} ${caution}` : caution;
  }

  /** What may be said about products; empty where nothing may. */
  product(advice: Advice): string {
    const sentence = PRODUCT[advice.product];
    return sentence === undefined ? "" : this.say(sentence);
  }

  lookAlikes(advice: Advice): string {
    const names = advice.confused_with.map((one) => one.name);
    return names.length === 0 ? "" : this.say("It can be mistaken for: %(names)s.", { names: this.listed(names) });
  }

  /** Say who has checked the advice and who its translation, or that the check is missing. */
  reviews(advice: Advice): readonly string[] {
    const { review, text_review: reader, text_language: language = this.tag } = advice;
    return [
      review.status === "reviewed"
        ? this.say("Reviewed by an agronomist: %(name)s, %(day)s.", this.signature(review))
        : this.say("Not yet reviewed by an agronomist."),
      language !== this.tag
        ? this.say("Not translated yet; this is the English text.")
        : reader.status === "reviewed"
          ? this.say("Checked by a native reader: %(name)s, %(day)s.", this.signature(reader))
          : this.say("Drafted by machine; not yet checked by a native reader."),
    ];
  }

  /** What a message to the office begins with: the answer, its day, and where the office can open a case that was sent. */
  about({ diagnosis, createdAt, receipt, keepsPhotos }: Case): string {
    const found = diagnosis === null ? "" : this.headline(diagnosis);
    const link = receipt !== null && keepsPhotos ? `${location.origin}/desk/cases/${receipt.id}` : "";
    return [`Majani, ${this.day(createdAt)}`, found, link].filter(Boolean).join("\n");
  }

  /** What experts say of a case in which this condition, if any, was answered. */
  expert(word: ExpertWord, answered: Named | null): string {
    if (word.condition === null) return this.say(EXPERT[word.verdict]);
    const name = this.texts.names.conditions[word.condition]?.name ?? word.condition;
    if (answered === null) return this.say(EXPERT.condition, { name });
    if (!corrects(word, answered.id)) return this.say(EXPERT_AGREES, { name });
    return this.say(EXPERT_CORRECTS, { name, other: this.conditionName(answered) });
  }

  /** Say that no native reader has checked this language; empty if one has. */
  drafted(): string {
    const isChecked = this.texts.language.review?.status === "reviewed";
    return isChecked ? "" : this.say("Drafted by machine; not yet checked by a native reader.");
  }

  /** A model version as people say it: "Model of 3 May 2026 (0a1b2c3d)"; any other form as it is. */
  modelName(version: string): string {
    const known = /^(\d{4})\.(\d\d)\.(\d\d)-(.+)$/.exec(version);
    if (known === null) return this.say("Model %(version)s", { version });
    const [, year, month, day, checksum = ""] = known;
    return this.say("Model of %(day)s (%(checksum)s)", { day: this.day(`${year}-${month}-${day}T12:00`), checksum });
  }

  /** A share of a whole that may well be 0 or all of it. */
  share(share: number): string {
    return new Intl.NumberFormat(this.locale, { style: "percent" }).format(share);
  }

  megabytes(bytes: number): string {
    const format = new Intl.NumberFormat(this.locale, { style: "unit", unit: "megabyte", maximumFractionDigits: 0 });
    return format.format(Math.max(1, bytes / 1e6));
  }

  /** For how long something is kept, in years where it is that long: rounded up, because it is a promise. */
  duration(days: number): string {
    const [count, unit] = days >= 730 ? [Math.ceil(days / 365), "year"] : [days, "day"];
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
  }

  day(when: number | string): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "long" }).format(new Date(when));
  }

  moment(when: number): string {
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(when));
  }

  /** A day as people say it: "today", "3 days ago". */
  ago(when: number): string {
    const days = new Date().setHours(0, 0, 0, 0) - new Date(when).setHours(0, 0, 0, 0);
    return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(-Math.round(days / 86_400_000), "day");
  }

  listed(names: readonly string[], type: "conjunction" | "disjunction" = "conjunction"): string {
    return new Intl.ListFormat(this.locale, { type }).format(names);
  }

  cropName(id: string, fallback: string = id): string {
    return this.texts.names.crops[id]?.name ?? fallback;
  }

  conditionName(condition: Named): string {
    const known = this.texts.names.conditions[condition.id]?.name;
    if (known !== undefined) return known;
    const heading = condition.name.charAt(0).toUpperCase() + condition.name.slice(1);
    const crop = condition.crop_name.toLowerCase();
    return heading.toLowerCase().includes(crop) ? heading : `${heading} (${crop})`;
  }

  private signature({ by, on }: Review): { name: string; day: string } {
    return { name: by ?? "", day: on === null ? "" : this.day(`${on}T12:00`) };
  }

  private oneOf(one_of: OneOf): string {
    const names = one_of.conditions.map((named) => this.conditionName(named));
    if (isHealthyAlone(one_of)) return this.say(NO_SIGN);
    return this.say(SETS[names.length - 1] ?? "", { names: this.listed(names, "disjunction") });
  }

  private coarse(coarse: Coarse, cropHint: string | null): string {
    const { crops, parents } = this.texts.names;
    const crop = crops[coarse.crop]?.name;
    const said = crops[cropHint ?? coarse.crop]?.name;
    if (crop === undefined || said === undefined) return coarse.statement;
    if (said !== crop) return this.say("You said: %(said)s. It looks like: %(crop)s. Which is it?", { said, crop });
    if (coarse.parent !== null) {
      const trouble = parents[coarse.parent];
      if (trouble === undefined) return coarse.statement;
      return this.say("%(crop)s: probably %(trouble)s, type unclear", { crop, trouble });
    }
    return coarse.sick
      ? this.say("%(crop)s: looks sick, we can't tell why", { crop })
      : this.say("%(crop)s: we can't tell if it is sick", { crop });
  }
}

/** Whether any of the names has these letters, with or without accents. */
export function matches({ name, local }: Name, wanted: string): boolean {
  const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return [name, ...local].some((one) => plain(one).includes(plain(wanted.trim())));
}

function filled(sentence: string, facts: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/%\((\w+)\)[sd]/g, (whole, name: string) => String(facts[name] ?? whole));
}

/** Parts in one line; each keeps its own direction among letters that run the other way. */
export function inLine(...parts: readonly (string | undefined)[]): string {
  return parts.flatMap((part) => (part ? [`\u2068${part}\u2069`] : [])).join(" · ");
}
