import { byId, show } from "./page.js";

// The session: ended elsewhere or by time. Nothing typed is lost; the person decides when to sign in again.

export function sessionEnded(reason) {
  const renewed = reason === "formularz";
  byId("sesja-tekst").textContent = renewed
    ? "Logowanie zmieniło się w innej karcie. Wpisana treść jest zachowana w tej przeglądarce."
    : "Sesja wygasła. Wpisana treść jest zachowana w tej przeglądarce.";
  const link = byId("sesja-odnosnik");
  link.textContent = renewed ? "Odśwież stronę" : "Zaloguj ponownie";
  link.href = renewed ? location.pathname : `/desk/logowanie?dalej=${encodeURIComponent(location.pathname)}`;
  show("sesja", true);
  show("utracono", false);
}
