/** What people at work are called, and what they sign in with. */
export const FIRST_NAMES = [
  "Alice",
  "Bob",
  "Carol",
  "Dave",
  "Erin",
  "Frank",
  "Grace",
  "Heidi",
  "Ivan",
  "Judy",
  "Zoë",
  "José",
];
export const LAST_NAMES = [
  "Adams",
  "Brown",
  "Clark",
  "Dunn",
  "Evans",
  "Ford",
  "Gräf",
  "Hughes",
  "Ito",
  "Jørgensen",
];
export const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
];
export const LANGUAGES = ["en", "de-CH,de;q=0.9", "fr", "it"];
