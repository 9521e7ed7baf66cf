/**
 * An answer in plain words, in the reader's language: the phone's side of `serving/i18n/phrasing.py`. Sentences are found by
 * their English form; `make sentences` collects them from `say(...)`, `sentence(...)` and `ngettext(...)`.
 */

import { conditionOf, cropsShown, type Diagnosis, isHealthy, listed, type Named, needsPhotos, NOT_A_PLANT, OUTCOMES_WITH_CAUTION, type PhotoResult, type RetakeReason } from "../decision/diagnosis";
import { isName } from "../decision/grades";
import type { NamedId } from "../decision/manifest";
import { answerOf, type Case } from "../store/case";
import { corrects, type ExpertWord } from "../store/expert";
import * as sentences from "./sentences";
import type { Advice, Name, Review, Texts } from "./texts";

export interface Title {
  /** What kind of answer it is; may be empty. */
  readonly label: string;
  readonly headline: string;
}

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

  /** What a case is called on every screen and in whatever is sent on: what the person chose, else the answer. */
  titleOf(one: Pick<Case, "diagnosis" | "question" | "chosen">): Title | null {
    const answer = answerOf(one);
    if (answer === null) return null;
    const { chosen } = one;
    return chosen == null ? this.title(answer) : { label: this.say(sentences.CHOSEN), headline: this.nameOf(chosen) };
  }

  /** The answer in a few words. */
  title(answer: Diagnosis): Title {
    const [label, headline] = [this.label(answer), this.headline(answer)];
    return headline === "" ? { label: "", headline: label } : { label, headline };
  }

  /** What stands above the headline: the crop, unless that is the question, and what kind of answer it is. */
  lineOf({ crop, why }: Diagnosis, { label }: Title): string {
    return crop === null || why === "another_crop" ? label : inLine(this.cropName(crop.id, crop.name), label);
  }

  private label({ outcome, grade, why, crop_hint, crops, looks_sick }: Diagnosis): string {
    if (why === "another_crop") {
      const [said, crop] = [this.cropName(crop_hint ?? ""), this.cropName(crops[0]?.id ?? "", crops[0]?.name)];
      return this.say("You said: %(said)s. It looks like: %(crop)s. Which is it?", { said, crop });
    }
    if (why === "which_crop" || grade === "probably") return "";
    if (grade === "not_clear") return this.say(sentences.NOT_CLEAR);
    if (grade === "one_of" || outcome === "uncertain") return looks_sick === null ? "" : this.say(sentences.LOOKS_SICK);
    return this.say(sentences.LABELS[outcome]);
  }

  private headline(answer: Diagnosis): string {
    const { outcome, grade, why, crop_hint } = answer;
    const [first] = listed(answer);
    if (why === "which_crop") return this.say(sentences.WHICH_CROP);
    if (why === "several_plants") return this.say(sentences.SEVERAL_PLANTS, { crops: this.listed(cropsShown(answer).map((id) => this.cropName(id))) });
    if (why === "few_known") return this.say(sentences.FEW_KNOWN);
    if (outcome === "unknown_plant" && crop_hint !== null) return this.say(sentences.COMPARE_WITH_THESE, { crop: this.cropName(crop_hint) });
    if (first === undefined) return outcome in sentences.HEADLINES ? this.say(sentences.HEADLINES[outcome]!) : "";
    const name = this.conditionName(first);
    if (grade === "most_likely") return name;
    if (grade === "probably") return isHealthy(first) ? this.say(sentences.NO_SIGN) : this.say(sentences.PROBABLY, { name });
    const names = listed(answer).map((named) => this.conditionName(named));
    return this.say(sentences.COMPARE, { names: this.listed(names, "disjunction") });
  }

  /** What the answer means and what would make it better; empty where that was done. */
  explanation(answer: Diagnosis, crops: readonly NamedId[]): string {
    const { outcome, crop_hint, grade } = answer;
    if (outcome === "unknown_plant" && crop_hint !== null) {
      if (!crops.some(({ id }) => id === crop_hint)) return this.say("Majani does not know this crop from photos yet.");
      return this.say("You said: %(said)s. The photo looks like no crop that Majani knows.", { said: this.cropName(crop_hint) });
    }
    if (grade === null || outcome === "healthy") return this.say(sentences.EXPLANATIONS[outcome], { crops: this.listed(crops.map(({ id, name }) => this.cropName(id, name))) });
    return needsPhotos(answer) && listed(answer).length > 0 ? this.say(sentences.EXPLANATIONS.uncertain) : "";
  }

  /** What was wrong with photos that were asked about all the same. */
  unclear({ photos }: Pick<Diagnosis, "photos">): string {
    return this.retakeReasons([...new Set(photos.filter(({ used }) => used).flatMap(({ retake }) => retake))]).join(" ");
  }

  /** How often answers like this are right, as a count that needs no mathematics; empty where nothing was counted. */
  sure(answer: Diagnosis): string {
    const { probability, in_list, why } = answer;
    if (probability === null || in_list === 0 || why === "few_known") return "";
    // 0.6 as a sum may be a little less.
    const right = Math.min(Math.floor(10 * probability + 1e-9), 9);
    return this.say(isName(answer.grade) ? sentences.NAME_RIGHT : sentences.LIST_RIGHT, { right });
  }

  /** The one sign of a condition that tells most; to be checked first where it is only probable. */
  sign({ see }: Advice, answer: Diagnosis): string {
    const [sign] = inSentences(see);
    const [first] = listed(answer);
    const isProbable = answer.grade === "probably" && first !== undefined && !isHealthy(first);
    return isProbable ? this.say(sentences.CHECK_FIRST, { sign }) : sign;
  }

  /** Conditions of the crop that no photo can be told from; empty where there is none. */
  otherTroubles({ other_troubles, in_list }: Diagnosis): string {
    if (other_troubles.length === 0 || in_list === 0) return "";
    return `${this.say(sentences.BLIND)} ${this.listed(other_troubles.map(({ id, name }) => this.nameOf(id, name)))}.`;
  }

  /** What became of one photo. */
  photoNotes(photo: PhotoResult): readonly string[] {
    const isNoLeaf = photo.shows === NOT_A_PLANT;
    if (photo.used) return [this.say("Used for the answer."), ...(isNoLeaf ? [this.say("We see no leaf on it.")] : []), ...this.retakeReasons(photo.retake)];
    const reasons = photo.error === null ? this.retakeReasons(photo.retake) : [this.remedy(photo.error)];
    return [this.say("Not used."), ...reasons];
  }

  retakeReasons(reasons: readonly RetakeReason[]): readonly string[] {
    return reasons.map((reason) => this.say(sentences.RETAKE[reason]));
  }

  /** What to do about a failure. */
  remedy(code: string): string {
    return this.say(sentences.REMEDIES[code] ?? sentences.REMEDY);
  }

  /** Empty where nothing tempts to spray. */
  cautionOn(answer: Diagnosis, advice?: Advice): string {
    const [first] = listed(answer);
    const isWell = first !== undefined && isName(answer.grade) && isHealthy(first);
    const isOpen = first === undefined && answer.outcome === "uncertain";
    return OUTCOMES_WITH_CAUTION.includes(answer.outcome) && !isWell && !isOpen ? this.caution(advice) : "";
  }

  caution(advice?: Advice): string {
    const caution = this.say("Ask your extension officer before you spray.");
    return advice?.product === "no_cure" ? `${this.product(advice)} ${caution}` : caution;
  }

  /** What may be said about products; empty where nothing may. */
  product(advice: Advice): string {
    const sentence = sentences.PRODUCT[advice.product];
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
  about(one: Case): string {
    const { createdAt, receipt, keepsPhotos } = one;
    const found = this.titleOf(one)?.headline;
    const link = receipt !== null && keepsPhotos ? `${location.origin}/desk/cases/${receipt.id}` : "";
    return [`Majani, ${this.day(createdAt)}`, found, link].filter(Boolean).join("\n");
  }

  /** What experts say of a case that was answered so. */
  expert(word: ExpertWord, answer: Diagnosis | null): string {
    if (word.condition === null) return this.say(sentences.EXPERT[word.verdict]);
    const [name, answered] = [this.nameOf(word.condition), answer && conditionOf(answer)];
    if (answered === null) return this.say(sentences.EXPERT.condition, { name });
    if (!corrects(word, answered.id)) return this.say(sentences.EXPERT_AGREES, { name });
    return this.say(sentences.EXPERT_CORRECTS, { name, other: this.conditionName(answered) });
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

  nameOf(condition: string, fallback: string = condition): string {
    return this.texts.names.conditions[condition]?.name ?? fallback;
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
}

/** Whether any of the names has these letters, with or without accents. */
export function matches({ name, local }: Name, wanted: string): boolean {
  const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return [name, ...local].some((one) => plain(one).includes(plain(wanted.trim())));
}

/** The first sentence, and all others. */
export function inSentences(text: string): readonly [string, string] {
  const [, first = text, others = ""] = /^(.+?[.!?।؟])\s+(.+)$/su.exec(text) ?? [];
  return [first, others];
}

function filled(sentence: string, facts: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/%\((\w+)\)[sd]/g, (whole, name: string) => String(facts[name] ?? whole));
}

/** Parts in one line; each keeps its own direction among letters that run the other way. */
export function inLine(...parts: readonly (string | undefined)[]): string {
  return parts.flatMap((part) => (part ? [`\u2068${part}\u2069`] : [])).join(" · ");
}
