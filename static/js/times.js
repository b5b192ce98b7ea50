// Moments come from the server in UTC; people read them in their own time.

const FORMAT = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

/** @param {ParentNode} root */
export function localiseTimes(root) {
  for (const element of root.querySelectorAll("time[data-when-local]")) {
    if (element instanceof HTMLTimeElement) element.textContent = localTime(element.dateTime);
  }
}

/** @param {string} iso */
export function localTime(iso) {
  return FORMAT.format(new Date(iso));
}
