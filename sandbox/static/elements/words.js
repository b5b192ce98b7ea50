// The texts of the card field. English is Stripe's wording, which pages and tests rely on.

/**
 * @typedef {Record<string, string>} Errors
 * @typedef {import("./entry.js").FieldName} FieldName
 * @typedef {{placeholders: Record<FieldName, string>, labels: Record<FieldName, string>, errors: Errors}} Words
 */

/** @type {Record<string, Words>} */
const LANGUAGES = {
  en: {
    placeholders: { number: "Card number", expiry: "MM / YY", cvc: "CVC", postal: "ZIP" },
    labels: {
      number: "Credit or debit card number",
      expiry: "Credit or debit card expiration date",
      cvc: "Credit or debit card CVC/CVV",
      postal: "ZIP",
    },
    errors: {
      incomplete_number: "Your card number is incomplete.",
      invalid_number: "Your card number is invalid.",
      incomplete_expiry: "Your card's expiration date is incomplete.",
      invalid_expiry_month_past: "Your card's expiration date is in the past.",
      invalid_expiry_year_past: "Your card's expiration year is in the past.",
      invalid_expiry_year: "Your card's expiration year is invalid.",
      incomplete_cvc: "Your card's security code is incomplete.",
      incomplete_zip: "Your postal code is incomplete.",
    },
  },
  de: {
    placeholders: { number: "Kartennummer", expiry: "MM / JJ", cvc: "CVC", postal: "PLZ" },
    labels: {
      number: "Kredit- oder Debitkartennummer",
      expiry: "Ablaufdatum der Karte",
      cvc: "Prüfziffer der Karte (CVC)",
      postal: "Postleitzahl",
    },
    errors: {
      incomplete_number: "Die Kartennummer ist unvollständig.",
      invalid_number: "Die Kartennummer ist ungültig.",
      incomplete_expiry: "Das Ablaufdatum der Karte ist unvollständig.",
      invalid_expiry_month_past: "Das Ablaufdatum der Karte liegt in der Vergangenheit.",
      invalid_expiry_year_past: "Das Ablaufjahr der Karte liegt in der Vergangenheit.",
      invalid_expiry_year: "Das Ablaufjahr der Karte ist ungültig.",
      incomplete_cvc: "Die Prüfziffer der Karte ist unvollständig.",
      incomplete_zip: "Die Postleitzahl ist unvollständig.",
    },
  },
  es: {
    placeholders: { number: "Número de tarjeta", expiry: "MM / AA", cvc: "CVC", postal: "C.P." },
    labels: {
      number: "Número de tarjeta de crédito o débito",
      expiry: "Fecha de vencimiento de la tarjeta",
      cvc: "Código de seguridad de la tarjeta (CVC)",
      postal: "Código postal",
    },
    errors: {
      incomplete_number: "El número de tu tarjeta está incompleto.",
      invalid_number: "El número de tu tarjeta no es válido.",
      incomplete_expiry: "La fecha de vencimiento de tu tarjeta está incompleta.",
      invalid_expiry_month_past: "La fecha de vencimiento de tu tarjeta ya ha pasado.",
      invalid_expiry_year_past: "El año de vencimiento de tu tarjeta ya ha pasado.",
      invalid_expiry_year: "El año de vencimiento de tu tarjeta no es válido.",
      incomplete_cvc: "El código de seguridad de tu tarjeta está incompleto.",
      incomplete_zip: "Tu código postal está incompleto.",
    },
  },
  fr: {
    placeholders: { number: "Numéro de carte", expiry: "MM / AA", cvc: "CVC", postal: "CP" },
    labels: {
      number: "Numéro de carte de crédit ou de débit",
      expiry: "Date d'expiration de la carte",
      cvc: "Code de sécurité de la carte (CVC)",
      postal: "Code postal",
    },
    errors: {
      incomplete_number: "Le numéro de votre carte est incomplet.",
      invalid_number: "Le numéro de votre carte n'est pas valide.",
      incomplete_expiry: "La date d'expiration de votre carte est incomplète.",
      invalid_expiry_month_past: "La date d'expiration de votre carte est passée.",
      invalid_expiry_year_past: "L'année d'expiration de votre carte est passée.",
      invalid_expiry_year: "L'année d'expiration de votre carte n'est pas valide.",
      incomplete_cvc: "Le code de sécurité de votre carte est incomplet.",
      incomplete_zip: "Votre code postal est incomplet.",
    },
  },
  ja: {
    placeholders: { number: "カード番号", expiry: "月 / 年", cvc: "CVC", postal: "郵便番号" },
    labels: {
      number: "クレジットカードまたはデビットカードの番号",
      expiry: "カードの有効期限",
      cvc: "カードのセキュリティコード (CVC)",
      postal: "郵便番号",
    },
    errors: {
      incomplete_number: "カード番号が不完全です。",
      invalid_number: "カード番号が無効です。",
      incomplete_expiry: "カードの有効期限が不完全です。",
      invalid_expiry_month_past: "カードの有効期限が過ぎています。",
      invalid_expiry_year_past: "カードの有効期限の年が過ぎています。",
      invalid_expiry_year: "カードの有効期限の年が無効です。",
      incomplete_cvc: "カードのセキュリティコードが不完全です。",
      incomplete_zip: "郵便番号が不完全です。",
    },
  },
};

/**
 * @param {string} locale an IETF tag, or "auto" for the browser's own
 * @returns {Words & {language: string}} English where the language is not spoken here
 */
export function wordsFor(locale) {
  const tag = locale === "auto" ? navigator.language : locale;
  const language = tag.split("-")[0].toLowerCase();
  return language in LANGUAGES ? { language, ...LANGUAGES[language] } : { language: "en", ...LANGUAGES.en };
}
