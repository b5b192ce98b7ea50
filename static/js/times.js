// Moments come from the server in UTC; people read them in their own time.

const LANGUAGE = document.documentElement.lang;
const FORMAT = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, { month: "short", day: "numeric" });
const DAY_OF_A_YEAR = new Intl.DateTimeFormat(LANGUAGE, { month: "short", day: "numeric", year: "numeric" });

/** @param {ParentNode} root */
export function localiseTimes(root) {
  for (const element of root.querySelectorAll("time[data-when-local]")) {
    if (!(element instanceof HTMLTimeElement) || !element.dateTime) continue;
    const isDay = element.dataset.whenLocal === "day";
    element.textContent = isDay ? localDay(element.dateTime) : localTime(element.dateTime);
  }
}

/** @param {string} iso */
export function localTime(iso) {
  return FORMAT.format(new Date(iso));
}

/** Without the year where it is this one. @param {string} iso */
export function localDay(iso) {
  const at = new Date(iso);
  return (at.getFullYear() === new Date().getFullYear() ? DAY : DAY_OF_A_YEAR).format(at);
}
