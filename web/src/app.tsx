/** The frame around the screens: where one is, where one can go. */

import { useEffect, useRef } from "preact/hooks";
import { ExpertNews } from "./part/expert_news";
import { Icon, type IconName } from "./part/icon";
import { LanguageChoice } from "./part/language_choice";
import { VisitScreen } from "./part/visit_part";
import { AccessNews } from "./part/access_news";
import { Unsaved } from "./part/unsaved";
import { usePhone } from "./phone";
import { later } from "./part/later";
import { useRoute } from "./route";
import { AnswersScreen } from "./screen/answers";
import { AskScreen } from "./screen/ask";
import { MoreScreen } from "./screen/more";
import { PrivacyScreen } from "./screen/privacy";

const AnswerScreen = later(async () => (await import("./screen/answer")).AnswerScreen);

const GuideScreen = later(async () => (await import("./screen/guide")).GuideScreen);

const CausesScreen = later(async () => (await import("./screen/causes")).CausesScreen);

export function App() {
  const { words, worker, shots } = usePhone();
  useEffect(() => {
    if (shots.length > 0) AnswerScreen.prepare();
  }, [shots.length > 0]);
  const route = useRoute();
  const { screen, id } = route;
  const tabs = useRef<HTMLElement>(null);
  // What stands above the tabs has to know how high they are: letters may be large.
  useEffect(() => {
    if (tabs.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const height = entry?.target.getBoundingClientRect().height ?? 0;
      document.documentElement.style.setProperty("--tabs", `${height}px`);
    });
    observer.observe(tabs.current);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <header>
        <a class="home" href="#"><img src="/static/leaf.svg" alt="" width="28" height="28" /> Majani</a>
        <LanguageChoice />
      </header>
      <main id="main">
        <Unsaved />
        <ExpertNews except={screen === "case" ? id : ""} />
        {screen !== "more" && <AccessNews />}
        {screen === "case" ? (
          // Another case is another screen: what is being written about this one belongs to no other.
          <AnswerScreen key={id} id={id} />
        ) : screen === "answers" ? (
          <AnswersScreen />
        ) : screen === "visit" && worker !== null ? (
          <VisitScreen id={id} />
        ) : screen === "more" ? (
          <MoreScreen route={route} />
        ) : screen === "privacy" ? (
          <PrivacyScreen />
        ) : screen === "guide" ? (
          <GuideScreen key={id} id={id} />
        ) : screen === "causes" ? (
          <CausesScreen key={id} id={id} />
        ) : <AskScreen opensCamera={id === "camera"} follows={screen === "again" ? id : ""} />}
      </main>
      <nav ref={tabs} class="tabs" aria-label="Majani">
        <Tab to="" icon="camera" name={words.say("Ask")} isHere={screen === ""} />
        <Tab to="answers" icon="list" name={words.say("Answers")} isHere={screen === "answers" || screen === "case"} />
        {/* Five would be too small to read: workers find the guide under "More". */}
        {worker === null ? (
          <Tab to="guide" icon="book" name={words.say("Guide")} isHere={screen === "guide"} />
        ) : <Tab to="visit" icon="visit" name={words.say("Visit")} isHere={screen === "visit"} />}
        <Tab to="more" icon="menu" name={words.say("More")} isHere={["more", "privacy", "causes"].includes(screen)} />
      </nav>
    </>
  );
}

function Tab({ to, icon, name, isHere }: { to: string; icon: IconName; name: string; isHere: boolean }) {
  return (
    <a href={`#${to}`} aria-current={isHere ? "page" : undefined}>
      <Icon name={icon} />
      {name}
    </a>
  );
}
