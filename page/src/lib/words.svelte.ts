// What is said, in the reader's language: one catalogue with the Python side, a file for each language, loaded alone.
type Words = Record<string, string>;

const files = import.meta.glob<{ default: Words }>("../../../src/countenance/server/words/*.json");
const load = (code: string) => files[`../../../src/countenance/server/words/${code}.json`]();

export const LANGUAGES: Record<string, string> = {
  en: "English", de: "Deutsch", fr: "Français", es: "Español", hi: "हिन्दी", ar: "العربية",
};

const state = $state({ code: "en", words: {} as Words });

function wanted(): string {
  let kept: string | null = null;
  try { kept = localStorage.getItem("language"); } catch { /* storage is switched off */ }
  for (const one of [kept, ...navigator.languages]) {
    const code = (one ?? "").slice(0, 2).toLowerCase();
    if (code in LANGUAGES) return code;
  }
  return "en";
}

export async function speak(code: string): Promise<void> {
  state.words = (await load(code)).default;
  state.code = code;
  document.documentElement.lang = code;
  document.documentElement.dir = code === "ar" ? "rtl" : "ltr";
}

export async function choose(code: string): Promise<void> {
  try { localStorage.setItem("language", code); } catch { /* for this visit alone */ }
  await speak(code);
}

export const ready = () => speak(wanted());
export const language = () => state.code;

export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = state.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export const day = (when: string) => new Intl.DateTimeFormat(state.code, { dateStyle: "medium" }).format(new Date(when));
export const moment = (when: string) =>
  new Intl.DateTimeFormat(state.code, { dateStyle: "short", timeStyle: "short" }).format(new Date(when));
// Days until then where they are few; 0 otherwise.
export const soon = (when: string) => {
  const days = Math.ceil((new Date(when).getTime() - Date.now()) / 86400000);
  return days > 0 && days <= 30 ? days : 0;
};
export const number = (value: number, digits = 0) =>
  new Intl.NumberFormat(state.code, { maximumFractionDigits: digits }).format(value);
export const place = (code: string) => {
  if (code === "worldwide") return t("consent.worldwide");
  try { return new Intl.DisplayNames([state.code], { type: "region" }).of(code) ?? code; } catch { return code; }
};
export const tongue = (code: string) => {
  if (code === "any") return t("consent.any");
  try { return new Intl.DisplayNames([state.code], { type: "language" }).of(code) ?? code; } catch { return code; }
};
