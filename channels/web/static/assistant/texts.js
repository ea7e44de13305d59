/* Everything the widget itself says. Impersonal and calm; the assistant's own words come from the server.
 *
 * Polish stands here; the other languages are files of their own, fetched only by a page that asks for them.
 */

export const texts = {
  language: "pl",
  title: "Asystent MOPS",
  launcher: "Zapytaj asystenta",
  unread: (count) => `. Nowe wiadomości: ${count}`,
  close: "Zamknij okno rozmowy",
  transcript: "Przebieg rozmowy",
  message: "Wiadomość",
  placeholder: "Proszę wpisać wiadomość",
  send: "Wyślij",
  hint: "Proszę nie podawać numeru PESEL.",
  person: "Porozmawiaj z pracownikiem",
  back: "Wróć do asystenta",
  newMessages: "Nowe wiadomości",

  assistant: "Asystent (program)",
  system: "Informacja",
  staff: "Pracownik MOPS",
  resident: "Moja wiadomość",
  byBot: "Odpowiada program komputerowy",
  byWaiting: "Rozmowa czeka na pracownika",
  byStaff: (name) => `Odpowiada pracownik: ${name}`,
  byClosed: "Rozmowa zakończona",
  waiting: (place) =>
    place ? `Rozmowa czeka na pracownika. Miejsce w kolejce: ${place}.` : "Rozmowa czeka na pracownika.",
  closed: "Rozmowa została zakończona. Nowa wiadomość rozpocznie ją od początku.",
  lost: "Poprzednia rozmowa nie jest już przechowywana. To jest nowa rozmowa.",
  expires: (date) => `Ta rozmowa zostanie usunięta po dniu ${date}. Nowa wiadomość przedłuży ten czas.`,
  offline: "Brak połączenia. Wiadomości zostaną wysłane, gdy połączenie wróci.",
  opening: "Łączenie…",
  thinking: "Asystent przygotowuje odpowiedź",
  writes: (name) => `${name} pisze`,

  sending: "Wysyłanie…",
  sent: "Wysłano",
  notSent: "Nie wysłano",
  willRetry: "Nie wysłano. Kolejna próba nastąpi samoczynnie.",
  retry: "Spróbuj ponownie",
  edit: "Popraw",
  discard: "Usuń",
  old: "Wiadomość czekała zbyt długo i nie została wysłana.",
  refused: "Wiadomości nie można wysłać.",

  chosen: "wybrano",
  answers: "Możliwe odpowiedzi",
  choices: (titles) => `Możliwe odpowiedzi: ${titles.join(", ")}.`,
  newWindow: "otwiera się w nowej karcie",
  today: "Dzisiaj",
  retracted: "Wiadomość wycofana przez pracownika.",
  amended: "poprawiono",
  amendedBy: (name) => `${name}, poprawiona wiadomość`,
  quoted: "W odpowiedzi na",

  menu: "Ustawienia i moje dane",
  large: "Większy tekst",
  contrast: "Wysoki kontrast",
  print: "Drukuj rozmowę",
  save: "Zapisz rozmowę w pliku",
  rate: "Oceń rozmowę",
  privacy: "Ochrona danych",
  download: "Pobierz moje dane",
  erase: "Usuń moje dane",
  aboutData:
    "Rozmowa jest zapisana, aby można było do niej wrócić w tej przeglądarce. Nie ma limitu czasu na odpowiedź. " +
    "Na wspólnym komputerze warto po rozmowie usunąć swoje dane.",
  keptFor: (days) =>
    `Rozmowa jest usuwana po ${days} ${days === 1 ? "dniu" : "dniach"} od ostatniej wiadomości. ` +
    "Wcześniej można zapisać ją w pliku.",
  eraseAsk:
    "Usunięte zostaną wszystkie wiadomości tej rozmowy, także u pracowników. Tego nie można cofnąć. Wysłane " +
    "zgłoszenie może pozostać w dokumentacji Ośrodka, jeśli wymagają tego przepisy.",
  eraseYes: "Tak, usuń moje dane",
  eraseNo: "Nie, zostaw",
  erased: "Rozmowa i zapisane w niej dane są usunięte. Nowa wiadomość rozpocznie nową rozmowę.",
  kept: (numbers) => `Zgłoszenie ${numbers} pozostaje w dokumentacji Ośrodka.`,
  failed: "Nie udało się. Proszę spróbować ponownie za chwilę.",
  nothingYet: "Nie ma jeszcze żadnej rozmowy.",

  ratingTitle: "Jak ocenić tę rozmowę?",
  scores: ["bardzo źle", "źle", "średnio", "dobrze", "bardzo dobrze"],
  comment: "Uwagi (można pominąć)",
  commentHint: "Proszę nie podawać danych osobowych.",
  ratingSend: "Wyślij ocenę",
  ratingSkip: "Pomiń",
  ratingThanks: "Ocena jest zapisana. Dziękujemy.",
  ratingMissing: "Proszę wybrać ocenę od 1 do 5.",
};

export const LANGUAGES = ["uk", "en"];

/* Choose the language of the widget's own words; the assistant goes on speaking Polish. */
export async function speak(language) {
  if (!LANGUAGES.includes(language)) return;
  Object.assign(texts, (await import(`./texts_${language}.js`)).texts);
}
